"""Two machines make one campaign: homes apart, PostgreSQL and an S3 server between them, and the power of one is cut."""

from pathlib import Path

import pytest
from machines.power_cuts import campaign_with_cuts

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg, pytest.mark.postgres]
ROWS = 4


@pytest.mark.usefixtures("postgres")  # skips where there is no server
@pytest.mark.timeout(900)  # a minute on a quiet machine
def test_the_work_of_a_machine_that_lost_its_power_is_taken_over_and_nothing_is_bought_twice(tmp_path: Path) -> None:
    outcome = campaign_with_cuts(tmp_path, rows=ROWS, names=("one", "two"), cuts=1, answered=True)
    assert outcome.sound, outcome
    assert outcome.charges == 2 * ROWS
    assert outcome.refused == 0, "both machines together had more jobs at the vendor than the campaign has slots"
    assert 0 < outcome.kept[0] < outcome.kept[1], "the cut came before anything was kept, or after everything was"
