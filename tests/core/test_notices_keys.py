"""[notices] of campaign.toml: which blocks of the Prefect server are told what happened."""

from pathlib import Path

from campaign.intake.campaign_file import read_campaign_file
from campaign.model.campaign import Notices

TOML = """
[inputs]
master = "master.mov"

[output]
ratios = ["16:9"]

"""


def read(tmp_path: Path, notices: str):
    file = tmp_path / "campaign.toml"
    file.write_text(TOML + notices, encoding="utf-8")
    return read_campaign_file(file)


def test_blocks_are_kept_once_each(tmp_path: Path) -> None:
    campaign, _, faults = read(
        tmp_path, '[notices]\nblocks = ["slack-webhook/ops", "email/desk", "slack-webhook/ops"]\n'
    )
    assert not faults
    assert campaign is not None
    assert campaign.notices == Notices(blocks=("slack-webhook/ops", "email/desk"))


def test_without_the_table_nobody_is_told(tmp_path: Path) -> None:
    campaign, _, _ = read(tmp_path, "")
    assert campaign is not None
    assert campaign.notices.blocks == ()


def test_a_name_that_is_none_is_refused_with_the_form_to_write(tmp_path: Path) -> None:
    campaign, _, faults = read(tmp_path, '[notices]\nblocks = ["ops"]\n')
    assert campaign is None
    assert [fault.place for fault in faults] == ["notices.blocks[0]"]
    assert "slack-webhook/ops" in faults[0].cure
