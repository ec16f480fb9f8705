"""Answers read without guessing, waits believed within reason."""

import json
from datetime import UTC, datetime

import pytest

from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, complete_members, id_of, kept, members, sentence
from campaign.providers.retry_after import retry_after_s
from campaign.secrets import Secret

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        ("0", 0.0),
        (" 60 ", 60.0),
        ("1.5", 1.5),
        ("1000000000", 600.0),
        ("9" * 400, 600.0),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("Friday, 20-Nov-26 12:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 12:00:30 -0000", 30.0),
        ("Sat, 20 Nov 2066 12:00:00 GMT", 600.0),
        ("Fri, 20 Nov 2026 11:59:30 GMT", None),
        ("-5", None),
        ("+5", None),
        ("soon", None),
        ("5 seconds", None),
        ("1e9", None),
        ("nan", None),
        ("inf", None),
        ("٣", None),
        ("Fri, 32 Nov 2026 99:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_a_wait_is_believed_within_reason(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"id": "gen-1", "state": "queu', {"id": "gen-1"}),
        ('  {"id" : "gen-1" , "sta', {"id": "gen-1"}),
        ('{"id":"gen-1","output":[{"url":"a"}],"x":tru', {"id": "gen-1", "output": [{"url": "a"}]}),
        ('{"output": {"id": "inner"}, "id": "gen-1", ', {"output": {"id": "inner"}, "id": "gen-1"}),
    ],
)
def test_of_an_answer_cut_short_what_is_whole_is_read(text: str, found: dict[str, object]) -> None:
    assert complete_members(text) == found


@pytest.mark.parametrize(
    "text", ['{"id": "gen-', '{"id": "gen-1"', "{", "", "<html>{", '[{"id": "gen-1", "a', '{"n": 12', "{1: 2, "]
)
def test_what_is_not_whole_is_not_guessed(text: str) -> None:
    with pytest.raises(Malformed):
        complete_members(text)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff\xfe", b"<html>", b"[" * 100_000])
def test_what_is_no_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        members(Answer(200, {}, body))


@pytest.mark.parametrize("value", [None, "", 7, "a b", "a\nb", "x" * 201, ["a"], True])
def test_an_id_is_a_short_printable_word(value: object) -> None:
    with pytest.raises(Malformed):
        id_of({"id": value}, "id")


def test_a_sentence_is_one_line_without_secrets() -> None:
    key = Secret("luma-api-CANARY-51ab")
    said = sentence(f"bad\r\n\x1b[31mkey {key.reveal()} at https://x.example/a?token=abc " + "x" * 999)
    assert not {"\n", "\r", "\x1b"} & {*said}
    assert "CANARY" not in said
    assert "token" not in said
    assert len(said) < 420


def test_an_answer_is_kept_whole_as_json_without_secrets() -> None:
    key = Secret("luma-api-CANARY-62cd")
    body = json.dumps(
        {"id": "gen-1", "new_field": {"a": [1, None]}, "echo": key.reveal(), "url": "https://x.example/a?sig=1"}
    )
    told = json.loads(kept(Answer(200, {}, body.encode())))
    assert told["status"] == 200
    assert told["body"]["new_field"] == {"a": [1, None]}
    assert "CANARY" not in json.dumps(told)
    assert told["body"]["url"].startswith("https://x.example/a?")
    assert "sig=1" not in told["body"]["url"]


@pytest.mark.parametrize(
    "body", [b"<html>oops</html>", b"", b"\xff\xfe\x00", b"{" + b"x" * 200_000, b'{"a": "' + b"x" * 200_000 + b'"}']
)
def test_an_answer_that_is_no_json_or_too_long_is_kept_as_json_all_the_same(body: bytes) -> None:
    text = kept(Answer(502, {}, body, whole=False))
    assert json.loads(text)["status"] == 502
    assert len(text) < 70_000
