"""campaign.toml: the contract of its keys, and how its faults are told."""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from campaign.intake.campaign_file import read_campaign_file
from campaign.intake.nearest import distance
from campaign.intake.schema import SECTIONS, FileKeys
from campaign.model.campaign import Campaign
from campaign.model.faults import Fault, Level
from campaign.model.jobs import How
from campaign.model.ratios import AspectRatio

CAMPAIGNS = Path(__file__).parents[1] / "fixtures" / "campaigns"
SMALLEST = '[inputs]\nmaster = "master.mov"\n[output]\nratios = ["9:16"]\n'
TABLES = {name: "[[{}]]" if name in ("shots", "schedule") else "[{}]" for name in SECTIONS}


def faults_of(text: str, tmp_path: Path) -> tuple[Fault, ...]:
    path = tmp_path / "campaign.toml"
    path.write_text(text, encoding="utf-8")
    return read_campaign_file(path)[2]


def the_fault(text: str, tmp_path: Path) -> Fault:
    faults = faults_of(text, tmp_path)
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def sound(text: str, tmp_path: Path) -> Campaign:
    path = tmp_path / "campaign.toml"
    path.write_text(text, encoding="utf-8")
    campaign, _, faults = read_campaign_file(path)
    assert campaign is not None, [str(fault) for fault in faults]
    return campaign


def described(campaign: Campaign) -> str:
    lines = (f"{field.name} = {getattr(campaign, field.name)!r}" for field in fields(campaign))
    return "\n".join(lines).replace(str(campaign.root), "ROOT") + "\n"


def test_the_example_of_the_contract_reads_as_it_always_did(golden: Callable[[str, str], None]) -> None:
    campaign, matrix, faults = read_campaign_file(CAMPAIGNS / "design" / "campaign.toml")
    assert not faults
    assert campaign is not None
    golden("intake/design-campaign.txt", described(campaign) + f"{matrix}\n")


def test_all_faults_of_a_dirty_file_are_told_at_once(golden: Callable[[str, str], None]) -> None:
    campaign, _, faults = read_campaign_file(CAMPAIGNS / "dirty" / "campaign.toml")
    assert campaign is None
    golden("intake/dirty-campaign.txt", "".join(f"{fault}\n" for fault in faults))


def test_inputs_and_output_are_all_that_must_be_said(tmp_path: Path) -> None:
    folder = tmp_path / "Frühling 2027"
    folder.mkdir()
    campaign = sound(SMALLEST, folder)
    assert campaign.name == "fruhling-2027"
    assert campaign.provider == "local"
    assert (campaign.draft, campaign.final) == (None, "720p")  # None: the provider's own, 360p for local
    assert campaign.timezone == "UTC"
    assert campaign.sheet == folder / "variants.csv"
    assert campaign.templates == folder / "templates"
    assert campaign.reframe_template == "reframe"
    assert campaign.focus == (0.5, 0.5)
    assert campaign.shots == ()


def test_an_empty_file_asks_for_master_and_ratios(tmp_path: Path) -> None:
    assert [fault.rule for fault in faults_of("", tmp_path)] == ["inputs.master", "output.ratios"]


def test_placements_alone_are_enough_to_say_what_to_make(tmp_path: Path) -> None:
    text = '[inputs]\nmaster = "m.mov"\n[output]\nplacements = ["meta.reels"]\n'
    assert sound(text, tmp_path).placements == ("meta.reels",)


def test_a_bom_and_windows_newlines_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert read_campaign_file(tmp_path / "campaign.toml")[2] == ()


@pytest.mark.parametrize(
    ("text", "place", "cure"),
    [
        ("[output]\nratios = [16:9]\n", "2:13", '"16:9" in quotes'),
        ("focus = 9:16\n", "1:10", '"9:16" in quotes'),
        ("[reframe]\nhow = { 4:5 = 'derive' }\n", "2:10", '"4:5" in quotes'),
        ("master = “m.mov”\n", "1:10", "straight quotes"),
        ('master = "C:\\media"\n', "1:15", "forward slashes"),
        ("[inputs]\n[inputs]\n", "2:8", "keep one"),
        ("[budget]\ncampaign_usd = 500 USD\n", "2:20", "quoted"),
        ("a = [1,\n", "2:1", "closed"),
    ],
)
def test_a_syntax_error_has_line_column_and_cure(text: str, place: str, cure: str, tmp_path: Path) -> None:
    fault = the_fault(text, tmp_path)
    assert (fault.rule, fault.place) == ("toml.syntax", place)
    assert cure in fault.cure


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfea\x00",
        b"a = '\xe9'",
        b"a = " + b"[" * 5000,
        b"a = " + b"9" * 5000,
        b"#" * (2 << 20),
        b"\x00",
        b"a.a=1\na=2",
    ],
)
def test_no_content_makes_the_reader_raise(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_bytes(content)
    campaign, _, faults = read_campaign_file(tmp_path / "campaign.toml")
    assert campaign is None
    assert faults[0].level is Level.ERROR


def test_a_folder_or_nothing_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").mkdir()
    for name in ("campaign.toml", "nothing.toml"):
        campaign, _, faults = read_campaign_file(tmp_path / name)
        assert campaign is None
        assert faults[0].rule == "toml.missing"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("../master.mov", "out of the campaign"),
        ("link/master.mov", "out of the campaign"),
        ("https://example.com/master.mov", "address"),
        ("file:/etc/passwd", "address"),
        ("concat:a|b", "address"),
        ("/proc/self/environ", "/proc"),
        ("/dev/video0", "/proc"),
        ("/sys/../dev/null", "/proc"),
        ("~/master.mov", "~"),
        ("", "empty"),
        ("a\\nb", "control"),
        ("x" * 5000, ""),
    ],
)
def test_a_path_stays_under_the_campaign_or_is_absolute(written: str, problem: str, tmp_path: Path) -> None:
    root = tmp_path / "campaign"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    if len(written) > 4000:
        faults_of(SMALLEST.replace("master.mov", written), root)  # an overlong path is found missing later
        return
    fault = the_fault(SMALLEST.replace("master.mov", written), root)
    assert (fault.place, fault.rule) == ("inputs.master", "inputs.master")
    assert problem in fault.problem


def test_an_absolute_path_may_lie_anywhere(tmp_path: Path) -> None:
    root = tmp_path / "campaign"
    root.mkdir()
    assert sound(SMALLEST.replace("master.mov", f"{tmp_path}/m.mov"), root).master == tmp_path / "m.mov"


def typos(word: str) -> st.SearchStrategy[str]:
    letters = st.sampled_from("abcdefghijklmnopqrstuvwxyz_")
    at = st.integers(0, len(word) - 1)
    return st.one_of(
        at.map(lambda n: word[:n] + word[n + 1 :]),
        st.tuples(at, letters).map(lambda t: word[: t[0]] + t[1] + word[t[0] :]),
        st.tuples(at, letters).map(lambda t: word[: t[0]] + t[1] + word[t[0] + 1 :]),
        at.filter(lambda n: n + 1 < len(word)).map(lambda n: word[:n] + word[n + 1] + word[n] + word[n + 2 :]),
    )


KEYS = [(table, key) for table, model in SECTIONS.items() for key in model.known_keys()]


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str, str]:
    table, key = draw(st.sampled_from(KEYS))
    known = SECTIONS[table].known_keys()
    every = {name for model in SECTIONS.values() for name in model.known_keys()} | set(FileKeys.known_keys())
    typo = draw(typos(key).filter(lambda word: word and word not in every))
    twins = [name for name in known if name != key and distance(typo, name, 2) <= 1]
    return table, "|".join([key, *twins]), typo


@given(misspelt())
@example(("shots", "end", "en"))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_key_with_one_wrong_letter_is_caught_and_the_right_one_proposed(
    tmp_path: Path, case: tuple[str, str, str]
) -> None:
    table, meant, typo = case
    text = f'{TABLES[table].format(table)}\n"{typo}" = "x"\n'
    fault = next(fault for fault in faults_of(text, tmp_path) if fault.rule == "toml.unknown")
    assert fault.place.endswith(typo)
    assert fault.nearest in meant.split("|")


@pytest.mark.parametrize("table", FileKeys.known_keys())
def test_a_table_with_one_letter_too_many_is_caught(table: str, tmp_path: Path) -> None:
    faults = faults_of(f"[{table}x]\n", tmp_path)
    assert faults[0].nearest == table


def test_a_key_in_the_wrong_table_is_sent_home(tmp_path: Path) -> None:
    fault = the_fault(SMALLEST + 'draft = "360p"\n', tmp_path)
    assert fault.place == "output.draft"
    assert fault.cure == "`draft` belongs in [provider]."


SHOTS = "[[shots]]\nstart = {}\nend = {}\n[[shots]]\nstart = {}\nend = {}\n"


@pytest.mark.parametrize(
    ("frames", "place", "problem"),
    [
        ((0, 97, 98, 192), "shots[1].start", "gap"),
        ((0, 97, 96, 192), "shots[1].start", "overlap"),
        ((97, 192, 0, 97), "shots[0].start", "belong to no shot"),
        ((1, 97, 97, 192), "shots[0].start", "belong to no shot"),
        ((0, 97, 97, 97), "shots[1].end", "not begun"),
    ],
)
def test_shots_are_in_order_and_cover_the_master(
    frames: tuple[int, ...], place: str, problem: str, tmp_path: Path
) -> None:
    faults = faults_of(SMALLEST + SHOTS.format(*frames), tmp_path)
    assert place in [fault.place for fault in faults]
    assert problem in faults[0].problem


def test_shots_are_named_by_their_position_unless_they_have_an_id(tmp_path: Path) -> None:
    campaign = sound(SMALLEST + SHOTS.format(0, 97, 97, 192), tmp_path)
    assert [shot.id for shot in campaign.shots] == ["shot-1", "shot-2"]


def test_a_shot_carries_its_own_controls(tmp_path: Path) -> None:
    campaign = sound(SMALLEST + "[[shots]]\nstart = 0\nend = 9\nhold_motion = 7\nfaces = true\n", tmp_path)
    assert campaign.shots[0].treatment.controls.hold_motion == 7
    assert campaign.shots[0].treatment.controls.faces is True


def test_two_shots_do_not_share_an_id(tmp_path: Path) -> None:
    text = '[[shots]]\nid = "Hero"\nstart = 0\nend = 9\n[[shots]]\nid = "hero"\nstart = 9\nend = 12\n'
    assert the_fault(SMALLEST + text, tmp_path).place == "shots[1].id"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('[modify]\nauto = true\nstrength = "flex_1"\n', "modify.strength"),
        ('[modify]\nstrength = "flex_1"\nhold_motion = 3\n', "modify.hold_motion"),
        ("[modify]\nhold_motion = 10\n", "modify.hold_motion"),
        ("[modify]\nhold_motion = true\n", "modify.hold_motion"),
        ('[modify]\nfaces = "yes"\n', "modify.faces"),
        ('[reframe]\nhow = { "4:5" = "generate" }\n', 'reframe.how."4:5"'),
        ('[reframe]\nhow = { "9x16" = "derive" }\n', "reframe.how.9x16"),
        ('[reframe]\nhow = { "9:16" = "crop", "9x16" = "pad" }\n', "reframe.how"),
        ("[reframe]\nfocus = [nan, 0.5]\n", "reframe.focus"),
        ("[reframe]\nfocus = [0.5]\n", "reframe.focus"),
        ("[budget]\ncampaign_usd = 500\n", "budget.campaign_usd"),
        ('[budget]\nday_usd = "1e3"\n', "budget.day_usd"),
        ('[budget]\nday_usd = "-5"\n', "budget.day_usd"),
        ("[provider]\nslots = { luma = { modify = 0 } }\n", "provider.slots.luma.modify"),
        ("[provider]\nslots = { lumaa = { modify = 1 } }\n", "provider.slots.lumaa"),
        ('[provider]\nfailover = ["fall"]\n', "provider.failover[0]"),
        ("[provider]\nmoderation_retries = 3\n", "provider.moderation_retries"),
        ('[provider]\nfinal = "4k"\n', "provider.final"),
        ('[matrix]\nseason = "winter"\n', "matrix.season"),
        ("[matrix]\nexclude = [{ market = 1 }]\n", "matrix.exclude[0]"),
        ('[campaign]\nname = "../x"\n', "campaign.name"),
        ('[campaign]\nname = "CON"\n', "campaign.name"),
        ('[campaign]\ntimezone = "../../etc/passwd"\n', "campaign.timezone"),
        ('[[schedule]]\nmarket = "DE"\ncron = "0 6 * * 8"\n', "schedule[0].cron"),
    ],
)
def test_each_rule_names_its_place(line: str, place: str, tmp_path: Path) -> None:
    assert the_fault(SMALLEST + line, tmp_path).place == place


@pytest.mark.parametrize(
    "cron",
    [
        "0 6 * * 1-5",
        "*/15 0-6,22 1,15 JAN-mar MON",
        "59 23 31 12 7",
        "0 0 1-31/2 * *",
        "0 6 29 2 *",
        "0 6 31 feb-mar *",
    ],
)
def test_good_cron_lines_pass(cron: str, tmp_path: Path) -> None:
    campaign = sound(SMALLEST + f'[[schedule]]\nmarket = "DE"\ncron = "{cron}"\n', tmp_path)
    assert campaign.schedules[0].timezone == "UTC"


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "@daily",
        "60 * * * *",
        "* * 0 * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "0 6 30-31 feb *",
        "0 6 31 4,6 *",
    ],
)
def test_bad_cron_lines_do_not(cron: str, tmp_path: Path) -> None:
    assert faults_of(SMALLEST + f'[[schedule]]\nmarket = "DE"\ncron = "{cron}"\n', tmp_path)


def test_nothing_is_bought_elsewhere_or_said_again_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert (sound(SMALLEST, tmp_path).failover, sound(SMALLEST, tmp_path).moderation_retries) == ((), 0)
    asked = sound(SMALLEST + '[provider]\nfailover = ["runware", "fal"]\nmoderation_retries = 1\n', tmp_path)
    assert (asked.failover, asked.moderation_retries) == (("runware", "fal"), 1)


def test_ways_ratios_and_money_are_read_exactly(tmp_path: Path) -> None:
    text = SMALLEST + '[reframe]\nhow = { "1x1" = "blur" }\n[budget]\nday_usd = "12.50"\nask_above_usd = "0"\n'
    campaign = sound(text, tmp_path)
    assert campaign.how == {AspectRatio("1:1"): How.BLUR}
    assert campaign.budget.day_usd == Decimal("12.50")
    assert campaign.budget.ask_above_usd == 0


def test_a_ratio_named_twice_is_made_once_and_mentioned(tmp_path: Path) -> None:
    text = SMALLEST.replace('"9:16"', '"9:16", "9x16"')
    assert sound(text, tmp_path).ratios == (AspectRatio("9:16"),)
    assert the_fault(text, tmp_path).level is Level.WARNING


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, number))
    else:
        yield path


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {toml(inner)}' for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return (
        {True: "true", False: "false"}[value]
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )


EXAMPLE = tomllib.loads((CAMPAIGNS / "design" / "campaign.toml").read_text(encoding="utf-8"))


@given(
    st.sampled_from(list(leaves(EXAMPLE))),
    st.sampled_from([True, -1, 0.3, "", "\u202ex", [], {}, [[1]], {"a": [1]}, "%n"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_value_anywhere_makes_the_reader_raise(tmp_path: Path, path: tuple[Any, ...], value: Any) -> None:
    def replaced(inside: Any, way: tuple[Any, ...]) -> Any:
        if not way:
            return value
        if isinstance(inside, list):
            return [replaced(inner, way[1:]) if n == way[0] else inner for n, inner in enumerate(inside)]
        return {key: replaced(inner, way[1:]) if key == way[0] else inner for key, inner in inside.items()}

    text = "\n".join(f"{key} = {toml(inner)}" for key, inner in replaced(EXAMPLE, path).items())
    faults = faults_of(text, tmp_path)
    assert all(fault.cure and fault.rule for fault in faults)


def test_the_matrix_is_handed_on_as_written(tmp_path: Path) -> None:
    text = SMALLEST + '[matrix]\nmood = ["calm", "loud"]\nexclude = [{ Season = "winter" }]\n'
    assert faults_of(text, tmp_path) == ()
    _, matrix, _ = read_campaign_file(tmp_path / "campaign.toml")
    assert matrix.columns == {"mood": ("calm", "loud")}
    assert matrix.exclude == ({"Season": "winter"},)


def test_what_the_samples_file_offers_in_comments_is_sound(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "campaign.toml").read_text(encoding="utf-8")
    offered = re.sub(r"(?m)^# (?=\[|draft_first)", "", text)
    campaign = sound(offered, tmp_path)
    assert campaign.draft_first
    assert not sound(text, tmp_path).draft_first
