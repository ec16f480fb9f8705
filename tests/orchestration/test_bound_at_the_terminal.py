"""What a person agrees to at the terminal is what is bought, whatever happens to the files meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick
from orchestration.clicking import in_environment
from orchestration.paid_campaign import PaidCampaign

from campaign.errors import SetupError
from fanout import run
from fanout.spending import allow

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


def test_a_sheet_that_changes_after_the_yes_is_not_bought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with quick() as emulator:
        paid = PaidCampaign(tmp_path, emulator)
        in_environment(paid.environment, monkeypatch.setenv)

        def edited_after(*said: Any, **terms: Any) -> Any:
            agreed = allow(*said, **terms)
            paid.rows[0]["light"] = "neon signs at night"
            paid.write_rows()
            return agreed

        monkeypatch.setattr(run, "allow", edited_after)
        words = ["--campaign", str(tmp_path / "campaign.toml"), "--provider", "luma", "--draft", "--yes"]
        with pytest.raises(SetupError, match="is not what it was when its price was worked out"):
            run.command.main(words, standalone_mode=False)
        assert not paid.bill()
