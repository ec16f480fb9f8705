"""What is remembered about the files that films are made of."""

import os
from pathlib import Path

import pytest

from campaign.errors import MediaError
from campaign.media.film.known import facts_of, remembered


def test_a_file_is_looked_at_again_only_when_somebody_wrote_to_it(tmp_path: Path) -> None:
    looks = []

    def look(path: Path) -> str:
        looks.append(path)
        return path.read_text(encoding="utf-8")

    known, file, other = remembered(look), tmp_path / "a.mov", tmp_path / "b.mov"
    file.write_text("one", encoding="utf-8")
    assert [known(file), known(file)] == ["one", "one"]
    assert looks == [file]
    other.write_text("two", encoding="utf-8")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)  # as long and of the same time, but another file
    assert [known(file), known(file)] == ["two", "two"]
    assert looks == [file, file]


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    file, answers = tmp_path / "a.mov", iter([MediaError("cut short"), "whole"])
    file.touch()

    def look(_: Path) -> str:
        answer = next(answers)
        if isinstance(answer, MediaError):
            raise answer
        return answer

    known = remembered(look)
    with pytest.raises(MediaError):
        known(file)
    assert known(file) == "whole"


def test_a_file_that_is_gone_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        facts_of(tmp_path / "gone.mov")
