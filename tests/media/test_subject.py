"""What a crop loses: more where it misses the subject, told by shot and frame with the cure."""

import asyncio
from fractions import Fraction
from pathlib import Path

from campaign.media.quality.measures import Subject
from campaign.media.quality.picture_checks import SUBJECT, judge_subjects
from campaign.media.quality.subject import kept_by
from campaign.media.spot.sample import SHOTS, subject_at

TALL = Fraction(9, 16)


def test_a_crop_beside_the_subject_loses_more_than_one_anywhere(sample_clips: dict[str, Path], tmp_path: Path) -> None:
    shot = SHOTS[1]
    clip, middle = sample_clips[shot.id], subject_at(shot.start_frame + shot.frames // 2)[0]
    tracked = asyncio.run(kept_by(clip, shot.frames, TALL, None, tmp_path / "cache"))
    beside = asyncio.run(kept_by(clip, shot.frames, TALL, (0.0 if middle > 0.5 else 1.0, 0.5), tmp_path / "cache"))
    assert tracked.loss.score < SUBJECT < beside.loss.score
    assert asyncio.run(kept_by(clip, shot.frames, TALL, None, tmp_path / "cache")) == tracked
    whole = asyncio.run(kept_by(clip, shot.frames, Fraction(16, 9), (0.0, 0.5), tmp_path / "cache"))
    assert whole.loss.score == 0


def test_a_lost_subject_is_a_warning_with_the_cure_and_the_worst_piece_counts() -> None:
    pieces = [Subject("hero", 0.7, 3), Subject("hero", 1.2, 60), Subject("pour", 0.8, 99)]
    warned, told = judge_subjects(pieces)
    assert (warned.check, warned.severity, warned.frame) == ("subject", "warning", 60)
    assert "set focus for shot hero in campaign.toml" in warned.message
    assert (told.severity, told.measured) == ("info", "pour 0.80")
