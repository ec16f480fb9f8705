"""Which runs `fanout cancel` takes for those of its campaign."""

from pathlib import Path
from uuid import uuid4

from orchestration.small_campaign import CAMPAIGN
from prefect.client.schemas.objects import FlowRun

from flows.terminal.cancelling import is_of


def a_run(file: Path | str, *tags: str) -> FlowRun:
    return FlowRun(flow_id=uuid4(), parameters={"campaign_file": str(file)}, tags=["fanout", *tags])


def test_a_run_is_known_by_its_file_through_links_and_by_its_name_where_a_worker_was_told_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    file = tmp_path / "real" / "campaign.toml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    typed = tmp_path / "link" / "campaign.toml"
    assert is_of(a_run(file), typed)
    assert is_of(a_run(typed), file)
    assert not is_of(a_run(tmp_path / "campaign.toml", "small"), file), "another folder's campaign of that name"
    assert is_of(a_run("campaign.toml", "small"), typed)
    assert not is_of(a_run("campaign.toml", "autumn"), typed)
    assert not is_of(FlowRun(flow_id=uuid4()), typed)
