"""Secrets show themselves to nobody, and what is told to anybody is told without them."""

import base64
import copy
import json
import logging
import pickle
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import quote

import pytest

from campaign.secrets import HIDDEN, Secret, guard_logs, guarded, redact
from campaign.settings import Settings, Vendors

KEY = "luma-api-CANARY/7f3e+9&41d"
PAIR = "6f1e-key-id:CANARY-c0ffee=secret"


@pytest.fixture
def records() -> Iterator[list[str]]:
    """What handlers of the root logger are given, formatted, while logs are guarded."""
    former = logging.getLogRecordFactory()
    told: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(self.format(record))

    ear = Ear()
    logging.getLogger().addHandler(ear)
    guard_logs()
    yield told
    logging.getLogger().removeHandler(ear)
    logging.setLogRecordFactory(former)


def test_a_secret_is_shown_and_written_nowhere() -> None:
    settings = Settings(vendors=Vendors(luma_key=Secret(KEY)), database_url=f"postgresql://ada:{KEY}@host/db")
    for text in (repr(settings), str(settings), f"{settings.vendors.luma_key}", str(asdict(settings.vendors))):
        assert KEY not in text
    with pytest.raises(TypeError):
        pickle.dumps(settings)
    with pytest.raises(TypeError):
        json.dumps(settings.vendors.luma_key)
    assert settings.vendors.luma_key is not None
    assert settings.vendors.luma_key.reveal() == KEY


def test_secrets_are_equal_by_their_text_and_copied_as_themselves() -> None:
    secret = Secret(KEY)
    assert secret == Secret(KEY)
    assert secret != Secret(PAIR)
    assert len({secret, Secret(KEY)}) == 1
    assert copy.copy(secret) is copy.deepcopy(secret) is secret


def test_a_fingerprint_tells_keys_apart_and_nothing_of_them() -> None:
    assert Secret(KEY).fingerprint == Secret(KEY).fingerprint != Secret(PAIR).fingerprint
    assert len(Secret(KEY).fingerprint) == 4


@pytest.mark.parametrize("text", [KEY, PAIR])
def test_what_the_process_has_held_is_hidden_however_it_is_spelt(text: str) -> None:
    Secret(text)
    encoded = [base64.b64encode(f"{before}{text}".encode()).decode() for before in ("", "a", "ab", "user:")]
    for spelling in (text, quote(text), quote(text, safe=""), *encoded):
        told = redact(f"refused {spelling} today")
        assert HIDDEN in told
        assert told.startswith("refused ")
        assert told.endswith(" today")
        assert spelling not in told


def test_the_second_half_of_a_pair_is_a_secret_of_its_own() -> None:
    Secret(PAIR)
    assert redact("bad secret CANARY-c0ffee=secret for 6f1e-key-id") == f"bad secret {HIDDEN} for 6f1e-key-id"


def test_credentials_in_headers_and_queries_of_addresses_are_hidden_though_nobody_knows_them() -> None:
    said = (
        "{'Authorization': 'Bearer abc.def', 'x-api-key': 'zz'} at https://cdn.example/film.mp4?X-Amz-Signature=1f&e=2"
    )
    told = redact(said)
    assert not any(part in told for part in ("abc.def", "zz", "Signature", "e=2"))
    assert "https://cdn.example/film.mp4?" in told
    assert redact("Authorization: Key id:secret, next") == f"Authorization: {HIDDEN}, next"


def test_ordinary_words_are_left_alone() -> None:
    Secret("run")
    assert redact("run again: 3 films at https://host/run") == "run again: 3 films at https://host/run"


def test_logs_are_told_without_secrets_whoever_logs_and_whatever_breaks(records: list[str]) -> None:
    Secret(KEY)
    log = logging.getLogger("some.library.deep.down")
    log.warning("the header was %s of %d", {"Authorization": f"Bearer {KEY}"}, 3)
    log.warning("plain %s", "words")
    try:
        raise ValueError(f"no such key: {quote(KEY, safe='')}")
    except ValueError:
        log.exception("it broke")
    told = "\n".join(records)
    assert "of 3" in told
    assert "plain words" in told
    assert "ValueError: no such key: [hidden]" in told
    assert not any(part in told for part in (KEY, quote(KEY, safe="")))


def test_logs_are_guarded_once(records: list[str]) -> None:
    once = logging.getLogRecordFactory()
    guard_logs()
    assert logging.getLogRecordFactory() is once


def test_an_error_is_raised_on_as_it_is_unless_it_tells_a_secret() -> None:
    Secret(KEY)
    plain = ValueError("no such film")
    with pytest.raises(ValueError, match="no such film") as caught, guarded():
        raise plain
    assert caught.value is plain
    with pytest.raises(RuntimeError) as told, guarded():
        raise ConnectionError(f"header {KEY} is refused")
    assert str(told.value) == "ConnectionError: header [hidden] is refused"
    assert told.value.__suppress_context__
