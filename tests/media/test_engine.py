"""Which ffmpeg is taken, and what is said when it will not do."""

from pathlib import Path

import pytest

from campaign.errors import SetupError
from campaign.media.engine import Engine, find_engine, lacks


def test_the_engine_does_everything_the_recipes_ask(engine: Engine) -> None:
    assert engine.path.is_absolute()
    assert int(engine.version.split(".")[0]) >= 7
    assert lacks(engine.path) == ""


def a_stub(path: Path, version: str, answer: str = "") -> Path:
    path.write_text(f'#!/bin/sh\n[ "$1" = -version ] && echo "ffmpeg version {version}" || echo "{answer}"\n')
    path.chmod(0o755)
    return path


def test_a_named_binary_that_is_too_old_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"5\.1\.9 is older.*Unset FFMPEG"):
        find_engine(a_stub(tmp_path / "ffmpeg", "5.1.9-0+deb12u1"))


def test_a_named_binary_without_an_encoder_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="lacks libx264"):
        find_engine(a_stub(tmp_path / "ffmpeg", "8.0"))


def test_something_that_is_not_ffmpeg_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="does not run as ffmpeg"):
        find_engine(tmp_path / "nothing")


def test_a_machine_with_a_lesser_ffmpeg_gets_the_packaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    a_stub(tmp_path / "ffmpeg", "5.1.9")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    find_engine.cache_clear()
    assert find_engine().path != tmp_path / "ffmpeg"
    find_engine.cache_clear()
