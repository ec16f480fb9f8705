"""What the environment says."""

import os
from pathlib import Path

import pytest

from campaign.settings import preset, read_settings

ROOT = Path("/films/spring")


def test_an_empty_environment_keeps_everything_beside_the_campaign() -> None:
    settings = read_settings({})
    assert settings.home_of(ROOT) == ROOT / ".fanout"
    assert settings.ledger_file(ROOT) == ROOT / ".fanout" / "ledger.sqlite3"
    assert settings.ledger_url(ROOT) == "sqlite:////films/spring/.fanout/ledger.sqlite3"
    assert (settings.database_url, settings.ffmpeg, settings.allow_hosts, settings.user) == (None, None, (), "unknown")


def test_empty_values_say_nothing() -> None:
    names = ("FANOUT_HOME", "FANOUT_DATABASE_URL", "FFMPEG", "FANOUT_ALLOW_HOSTS", "USER", "LOGNAME")
    assert read_settings(dict.fromkeys(names, "")) == read_settings({})


def test_memory_and_ledger_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings({"FANOUT_HOME": "memory"})
    assert settings.home_of(ROOT) == tmp_path / "memory"
    assert settings.ledger_url(ROOT) == f"sqlite:///{tmp_path}/memory/ledger.sqlite3"
    moved = read_settings({"FANOUT_DATABASE_URL": "postgresql://host/name"})
    assert moved.ledger_url(ROOT) == "postgresql://host/name"
    assert moved.home_of(ROOT) == ROOT / ".fanout"


def test_hosts_and_the_persons_name_are_read() -> None:
    said = {"FANOUT_ALLOW_HOSTS": " 127.0.0.1:8080, ,proxy:3128", "LOGNAME": "ada", "FFMPEG": "/opt/ffmpeg"}
    settings = read_settings(said)
    assert settings.allow_hosts == ("127.0.0.1:8080", "proxy:3128")
    assert settings.user == "ada"
    assert settings.ffmpeg == Path("/opt/ffmpeg")
    assert read_settings({**said, "USER": "grace"}).user == "grace"


def test_what_a_person_has_set_is_not_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANOUT_TEST_SET", "theirs")
    monkeypatch.delenv("FANOUT_TEST_UNSET", raising=False)
    preset({"FANOUT_TEST_SET": "ours", "FANOUT_TEST_UNSET": "ours"})
    assert os.environ["FANOUT_TEST_SET"] == "theirs"
    assert os.environ.pop("FANOUT_TEST_UNSET") == "ours"
