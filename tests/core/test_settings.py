"""What the environment says."""

import os
from pathlib import Path

import pytest

from campaign.errors import SetupError
from campaign.settings import preset, read_settings, without_keys

ROOT = Path("/films/spring")


def test_an_empty_environment_keeps_everything_beside_the_campaign() -> None:
    settings = read_settings({})
    assert settings.home_of(ROOT) == ROOT / ".fanout"
    assert settings.ledger_file(ROOT) == ROOT / ".fanout" / "ledger.sqlite3"
    assert settings.ledger_url(ROOT) == "sqlite:////films/spring/.fanout/ledger.sqlite3"
    assert (settings.database_url, settings.ffmpeg, settings.allow_hosts) == (None, None, ())


def test_empty_values_say_nothing() -> None:
    names = ("FANOUT_HOME", "FANOUT_OUT", "FANOUT_DATABASE_URL", "FFMPEG", "FANOUT_ALLOW_HOSTS", "USER", "LOGNAME")
    assert read_settings(dict.fromkeys(names, "")) == read_settings({})


def test_memory_and_ledger_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings({"FANOUT_HOME": "memory"})
    assert settings.home_of(ROOT) == tmp_path / "memory"
    assert settings.ledger_url(ROOT) == f"sqlite:///{tmp_path}/memory/ledger.sqlite3"
    assert read_settings({"FANOUT_OUT": "films"}).out == tmp_path / "films"
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


def a_env_file(folder: Path, text: str | bytes) -> Path:
    (folder / ".env").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def test_keys_come_from_a_file_beside_the_campaign_and_the_environment_goes_first(tmp_path: Path) -> None:
    a_env_file(tmp_path, "# ours\nexport LUMA_AGENTS_API_KEY='luma-$ecret'\nFAL_KEY=id:file\nRUNWARE_API_KEY=file\n")
    vendors = read_settings({"FAL_KEY": "id:of-the-env", "RUNWARE_API_KEY": " "}, beside=tmp_path).vendors
    keys = (vendors.luma_key, vendors.runware_key, vendors.fal_key)
    assert [key.reveal() for key in keys if key] == ["luma-$ecret", "file", "id:of-the-env"]
    assert read_settings({}).vendors.luma_key is None


def test_nothing_of_the_file_gets_into_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWARE_API_KEY", "runware-of-the-environment")
    a_env_file(tmp_path, "LUMA_AGENTS_API_KEY=luma-in-a-file\n")
    before = dict(os.environ)
    assert read_settings(beside=tmp_path).vendors.luma_key is not None
    assert dict(os.environ) == before


def test_the_file_moves_ledger_memory_and_addresses_and_names_no_program(tmp_path: Path) -> None:
    a_env_file(
        tmp_path,
        "FANOUT_DATABASE_URL=postgresql://host/name\nFANOUT_HOME=memory\nFANOUT_OUT=films\nFFMPEG=/tmp/evil\nUSER=eve\n"
        "LUMA_BASE_URL=http://127.0.0.1:9/v1/\nFANOUT_ALLOW_HOSTS=127.0.0.1:9\n",
    )
    settings = read_settings({}, beside=tmp_path)
    assert settings.database_url == "postgresql://host/name"
    assert settings.home_of(ROOT) == tmp_path / "memory"
    assert settings.out == tmp_path / "films"
    assert settings.vendors.moved("luma") == {"LUMA_BASE_URL": "http://127.0.0.1:9/v1"}
    assert settings.vendors.moved("fal") == settings.vendors.moved("local") == {}
    assert settings.allow_hosts == ("127.0.0.1:9",)
    assert settings.ffmpeg is None
    assert settings.user == read_settings({}).user != "eve"


def test_the_file_may_be_as_windows_writes_it(tmp_path: Path) -> None:
    a_env_file(tmp_path, "FAL_KEY=id:secret\r\n".encode("utf-8-sig"))
    assert read_settings({}, beside=tmp_path).vendors.lack("fal") == ""


def test_a_virtual_environment_of_that_name_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert read_settings({}, beside=tmp_path) == read_settings({})


@pytest.mark.parametrize("raw", [b"FAL_KEY=\xff\xf0\x00", "FAL_KEY=id:secret".encode("utf-16")])
def test_a_file_that_is_no_text_is_named_with_the_cure(tmp_path: Path, raw: bytes) -> None:
    a_env_file(tmp_path, raw)
    with pytest.raises(SetupError, match=r"\.env is no text in UTF-8\. Save it anew"):
        read_settings({}, beside=tmp_path)


@pytest.mark.parametrize("text", ["<your key here>", "two\nlines", "schlüssel", "tab\tbed"])
def test_what_cannot_be_a_key_is_none_and_said_to_be_none(text: str) -> None:
    vendors = read_settings({"FAL_KEY": text}).vendors
    assert vendors.fal_key is None
    assert vendors.lack("fal") == "FAL_KEY holds blanks or characters that no key has. Paste the key anew."


def test_a_key_that_is_lacking_is_named_by_its_variable() -> None:
    vendors = read_settings({"RUNWARE_API_KEY": "some-key"}).vendors
    assert vendors.lack("luma").startswith("luma needs a key: set LUMA_AGENTS_API_KEY in the environment, or")
    assert vendors.lack("runware") == vendors.lack("local") == ""


def test_programs_that_are_started_need_not_see_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "id:secret")
    with without_keys():
        assert "FAL_KEY" not in os.environ
    assert os.environ["FAL_KEY"] == "id:secret"


def test_an_address_is_shown_without_what_may_be_a_password() -> None:
    vendors = read_settings({"LUMA_BASE_URL": "https://ada:secret@proxy.example/v1?token=secret"}).vendors
    assert vendors.moved("luma") == {"LUMA_BASE_URL": "https://proxy.example/v1"}


@pytest.mark.parametrize("host", ["127.0.0.1:8778", "localhost:1", "[::1]:2"])
def test_a_provider_on_this_machine_is_rehearsed(host: str) -> None:
    vendors = read_settings(
        {"LUMA_BASE_URL": f"http://{host}/v1", "RUNWARE_BASE_URL": "https://proxy.example/v1"}
    ).vendors
    assert vendors.rehearsed("luma") == f"http://{host}/v1"
    assert vendors.rehearsed("runware") == vendors.rehearsed("fal") == vendors.rehearsed("local") == ""


def test_without_a_user_in_the_environment_the_login_name_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert read_settings({"USER": ""}).user == "root"
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    assert read_settings({}).user == "uid 3999999999"


def test_where_providers_reach_us_is_an_https_address_or_of_this_machine() -> None:
    assert read_settings({}).webhook_url is None
    said = {"FANOUT_WEBHOOK_URL": " https://hooks.example.com/fanout/ ", "FANOUT_WEBHOOK_PORT": "5000"}
    settings = read_settings(said)
    assert (settings.webhook_url, settings.webhook_port) == ("https://hooks.example.com/fanout", 5000)
    assert read_settings({"FANOUT_WEBHOOK_URL": "http://127.0.0.1:5000"}).webhook_url == "http://127.0.0.1:5000"
    for url in (
        "http://hooks.example.com",
        "hooks.example.com",
        "https://me:secret@example.com",
        "https://a/b?token=1",
    ):
        with pytest.raises(SetupError, match="FANOUT_WEBHOOK_URL") as refused:
            read_settings({"FANOUT_WEBHOOK_URL": url})
        assert "secret" not in str(refused.value)
        assert "token" not in str(refused.value)
    for port in ("0", "65536", "-1", "four"):
        with pytest.raises(SetupError, match="FANOUT_WEBHOOK_PORT"):
            read_settings({"FANOUT_WEBHOOK_PORT": port})
