"""A sheet from the web: fetched every time, kept as it came, and never quietly an old one."""

import hashlib
import shutil
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fakes.listener import Heard, Listener, Reply, listening, says, slams

from campaign.intake.brief import BriefReading, read_all
from campaign.intake.campaign_file import read_campaign_file
from campaign.intake.days import days_at
from campaign.intake.sheet_address import AddressRefused, sheet_address
from campaign.preparing.sheets import sheet_of
from campaign.settings import Settings

SMALL = Path(__file__).parents[1] / "fixtures" / "campaigns" / "small"
SHEET = (SMALL / "variants.csv").read_bytes()
TODAY = date(2026, 11, 20)
QUERY = "?gid=7&output=csv&key=SIGNED"


@pytest.fixture
def root(root: Path) -> Path:
    """The small campaign without a sheet of its own."""
    (root / "variants.csv").unlink()
    return root


def read(root: Path, url: str, *allow: str) -> BriefReading:
    text = (SMALL / "campaign.toml").read_text()
    (root / "campaign.toml").write_text(text.replace("[inputs]\n", f'[inputs]\nvariants = "{url}"\n'))
    settings = Settings(allow_hosts=allow)
    return read_all(root / "campaign.toml", today=TODAY, obtain=lambda campaign: sheet_of(campaign, settings))


def read_from(root: Path, server: Listener, query: str = QUERY) -> BriefReading:
    return read(root, f"{server.url}/pub{query}", server.host)


def told(reading: BriefReading) -> tuple[str, str]:
    (fault,) = reading.faults
    assert not reading.sound
    return fault.rule, str(fault)


def test_a_sheet_is_fetched_and_its_copy_kept_for_us_alone(root: Path) -> None:
    with listening(says(200, SHEET, content_type="text/csv")) as server:
        reading = read_from(root, server)
    assert reading.sound, [str(fault) for fault in reading.faults]
    assert reading.brief is not None
    assert [variant.market for variant in reading.brief.variants] == ["DE", "FR"]
    sha256 = hashlib.sha256(SHEET).hexdigest()
    assert reading.brief.sheet_sha256 == sha256
    origin = reading.brief.sheet_origin
    assert origin is not None
    assert origin.address == f"{server.url}/pub"
    assert abs((datetime.now(UTC) - origin.fetched_at).total_seconds()) < 60
    copy = root / ".fanout" / "sheets" / f"{sha256}.csv"
    assert copy.read_bytes() == SHEET
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not any(b"SIGNED" in path.read_bytes() for path in copy.parent.iterdir())


def test_a_sheet_of_the_campaigns_own_is_kept_as_well(root: Path) -> None:
    shutil.copyfile(SMALL / "variants.csv", root / "variants.csv")
    reading = read_all(root / "campaign.toml", today=TODAY, obtain=lambda campaign: sheet_of(campaign, Settings()))
    assert reading.brief is not None
    assert reading.brief.sheet_origin is None
    assert (root / ".fanout" / "sheets" / f"{reading.brief.sheet_sha256}.csv").read_bytes() == SHEET


def test_a_sheet_that_did_not_change_is_not_sent_again(root: Path) -> None:
    def script(heard: Heard) -> Reply:
        return says(304) if heard.headers.get("if-none-match") == '"v1"' else says(200, SHEET, etag='"v1"')

    with listening(script=script) as server:
        first, second = read_from(root, server), read_from(root, server)
        assert first.brief is not None
        assert second.brief is not None
        assert second.brief.sheet_sha256 == first.brief.sheet_sha256
        (root / ".fanout" / "sheets" / f"{first.brief.sheet_sha256}.csv").write_bytes(b"harmed")
        third = read_from(root, server)
    assert [each.headers.get("if-none-match") for each in server.heard] == [None, '"v1"', None]
    assert first.sound and second.sound and third.sound


def test_a_mark_that_no_header_can_hold_is_not_sent_back(root: Path) -> None:
    with listening(says(200, SHEET, etag="\u00fc" * 9, last_modified="x" * 501)) as server:
        assert read_from(root, server).sound
        assert read_from(root, server).sound
    assert not {"if-none-match", "if-modified-since"} & server.heard[1].headers.keys()


def test_a_sheet_that_changed_is_another_and_both_copies_stay(root: Path) -> None:
    changed = SHEET.replace(b"FR", b"IT").replace(b"fr-IT", b"it-IT").replace(b"fr-FR", b"it-IT")
    with listening(says(200, SHEET, etag='"v1"'), says(200, changed, etag='"v2"')) as server:
        first, second = read_from(root, server), read_from(root, server)
    assert first.brief is not None
    assert second.brief is not None
    assert [variant.market for variant in second.brief.variants] == ["DE", "IT"]
    assert len(list((root / ".fanout" / "sheets").glob("*.csv"))) == 2


def test_faults_name_the_address_with_line_and_column(root: Path) -> None:
    with listening(says(200, SHEET.replace(b"FR,", b"XX,"))) as server:
        reading = read_from(root, server)
    (market,) = [fault for fault in reading.faults if fault.rule == "csv.market"]
    assert str(market).startswith(f"{server.url}/pub:3:1: error: ")


UNREAD: dict[str, tuple[Reply, str, str]] = {
    "a page to log in on": (says(200, "<!DOCTYPE html><p>Sign in"), "sheet.not_published", "Publish to web"),
    "a page by its type": (says(200, "a,b", content_type="text/html; x=y"), "sheet.not_published", "Publish to web"),
    "closed": (says(401, "no"), "sheet.not_published", "HTTP 401"),
    "gone": (says(404, "no"), "sheet.gone", "HTTP 404"),
    "broken": (says(503, "no"), "sheet.unreached", "HTTP 503"),
    "nothing": (says(200, b"\n"), "sheet.empty", "right tab"),
    "a broken line": (slams(), "sheet.unreached", "nothing is spent"),
    "too much": (says(200, b"a" * (17 << 20)), "sheet.unreached", "larger than"),
    "unasked 304": (says(304), "sheet.unreached", "HTTP 304"),
}


@pytest.mark.parametrize(("reply", "rule", "words"), UNREAD.values(), ids=UNREAD.keys())
def test_what_is_no_sheet_is_named_and_offers_no_old_one(root: Path, reply: Reply, rule: str, words: str) -> None:
    with listening(reply) as server:
        found, text = told(read_from(root, server))
    assert found == rule
    assert words in text
    assert text.startswith(f"{server.url}/pub: error: ")
    assert "SIGNED" not in text
    assert ".csv" not in text


def test_when_it_cannot_be_reached_the_copy_is_offered_and_not_taken(root: Path) -> None:
    with listening(says(200, SHEET)) as server:
        before = read_from(root, server)
    after = read_from(root, server)
    rule, text = told(after)
    assert rule == "sheet.unreached"
    assert before.brief is not None
    assert after.brief is not None
    assert not after.brief.variants
    assert f"{before.brief.sheet_sha256}.csv" in text


def test_redirects_are_followed_a_few_times_and_never_inwards(root: Path) -> None:
    hidden = "http://127.0.0.1:9/secret"
    with listening(says(307, location="/a"), says(302, location="/b"), says(200, SHEET)) as server:
        assert read_from(root, server).sound
        assert [each.path for each in server.heard] == [f"/pub{QUERY}", "/a", "/b"]
    with listening(says(302, location=hidden)) as server:
        assert told(read_from(root, server))[0] == "sheet.forbidden"
    with listening(says(302, location="/on")) as server:
        assert "sent on more than 3 times" in told(read_from(root, server))[1]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/a.csv", "https://127.0.0.1/a.csv", "http://[::1]/a", "https://169.254.169.254/"]
)
def test_nothing_on_this_machine_or_its_network_is_fetched_unless_allowed(root: Path, url: str) -> None:
    rule, text = told(read(root, url))
    assert rule == "sheet.forbidden"
    assert "FANOUT_ALLOW_HOSTS" in text


REFUSED = {
    "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOp/edit?gid=5#gid=7": "export?format=csv&gid=7",
    "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOp/edit": "export?format=csv&gid=0",
    "https://me:secret@example.com/a.csv": None,
    "ftp://example.com/a.csv": None,
    "https:///a.csv": None,
    "https://[::1/a.csv": None,
    "https://example.com/a b.csv": None,
    "file:///srv/a%20b.csv": "/srv/a b.csv",
}


@pytest.mark.parametrize(("text", "near"), REFUSED.items())
def test_addresses_that_are_none_are_refused_before_anything_is_asked(text: str, near: str | None) -> None:
    with pytest.raises(AddressRefused) as refused:
        sheet_address(text)
    assert refused.value.near is None if near is None else (refused.value.near or "").endswith(near)
    assert refused.value.cure


def test_addresses_and_paths_are_told_apart() -> None:
    for path in ("variants.csv", "/srv/variants.csv", "C:/sheets/variants.csv"):
        assert sheet_address(path) is None
    published = "https://docs.google.com/spreadsheets/d/e/2PACX-abcdefghij/pub?output=csv"
    for address in (published, "s3://bucket/variants.csv", "http://localhost:9/a.csv"):
        assert sheet_address(address) == address


SCHEDULED = """
[inputs]
master = "m.mov"
[output]
ratios = ["1:1"]
[[schedule]]
market = "DE"
cron = "0 6 * * *"
timezone = "Europe/Berlin"
[[schedule]]
market = "nz"
cron = "0 6 * * *"
timezone = "Pacific/Auckland"
[[schedule]]
market = "US"
cron = "0 6 * * *"
timezone = "America/Los_Angeles"
[[schedule]]
market = "US"
cron = "0 18 * * *"
timezone = "America/New_York"
"""
MOMENTS = {
    # Auckland is a day ahead of Los Angeles for most of the day.
    "2026-11-20T12:00:00+00:00": ("2026-11-20", "2026-11-20", "2026-11-21", "2026-11-20"),
    "2026-11-20T07:30:00+00:00": ("2026-11-20", "2026-11-20", "2026-11-20", "2026-11-19"),
    # The nights on which Berlin's clocks change: midnight there is 23:00 UTC in winter, 22:00 in summer.
    "2026-03-28T22:59:59+00:00": ("2026-03-28", "2026-03-28", "2026-03-29", "2026-03-28"),
    "2026-03-28T23:00:00+00:00": ("2026-03-28", "2026-03-29", "2026-03-29", "2026-03-28"),
    "2026-03-29T21:59:59+00:00": ("2026-03-29", "2026-03-29", "2026-03-30", "2026-03-29"),
    "2026-03-29T22:00:00+00:00": ("2026-03-29", "2026-03-30", "2026-03-30", "2026-03-29"),
    "2026-10-24T22:00:00+00:00": ("2026-10-24", "2026-10-25", "2026-10-25", "2026-10-24"),
    "2026-10-25T22:30:00+00:00": ("2026-10-25", "2026-10-25", "2026-10-26", "2026-10-25"),
    "2026-10-25T23:00:00+00:00": ("2026-10-25", "2026-10-26", "2026-10-26", "2026-10-25"),
}


@pytest.mark.parametrize(("moment", "days"), MOMENTS.items())
def test_rows_begin_at_midnight_of_their_own_market(tmp_path: Path, moment: str, days: tuple[str, ...]) -> None:
    (tmp_path / "campaign.toml").write_text(SCHEDULED)
    campaign, _, faults = read_campaign_file(tmp_path / "campaign.toml")
    assert campaign is not None, faults
    found = days_at(datetime.fromisoformat(moment), campaign)
    assert tuple(found.of(market).isoformat() for market in ("FR", "DE", "NZ", "US")) == days
