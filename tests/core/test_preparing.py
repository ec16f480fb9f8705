"""What is remembered of past runs, which films a person means, and the memory that holds it."""

import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from builders import a_variant
from plans import a_brief, a_plan

from campaign.errors import InputError, LedgerError, SetupError
from campaign.model.changes import Change, Changes
from campaign.model.orders import RunOrder
from campaign.model.outcomes import Status
from campaign.model.standing import FilmStanding, Standing
from campaign.planning.snapshot import compare
from campaign.preparing.history import last_run, remember_run
from campaign.preparing.memory import open_memory
from campaign.preparing.selecting import select
from campaign.settings import Settings
from fanout import exits
from fanout.__main__ import perform

BRIEF = a_brief(
    a_variant(key="de-winter"),
    a_variant(key="fr-summer", line=3, market="FR", season="summer", locale="fr-FR"),
)
PLAN = a_plan(BRIEF)
NOTHING = Changes((), (), ())


def standing(
    *, changes: Changes | None = NOTHING, unmade: frozenset[str] = frozenset(), status: Status | None = Status.DELIVERED
) -> Standing:
    films = tuple(FilmStanding(film=film, status=status, reason=None, sentence="", todo=()) for film in PLAN.films)
    return Standing(films=films, jobs={}, finished={}, changes=changes, unmade=unmade)


def chosen(now: Standing, *only: str, films: tuple[str, ...] | None = None) -> list[str]:
    order = RunOrder(campaign_file=Path("campaign.toml"), only=only, films=films)
    return [found.film.id for found in select(now, order)]


def test_values_that_no_film_has_are_refused_and_those_that_there_are_named() -> None:
    with pytest.raises(
        InputError, match=r"no film of the plan has this market .* did you mean 'DE'\? Use one of DE, FR"
    ):
        chosen(standing(), "market=DF,market=FR")


def test_values_that_no_film_has_together_are_refused() -> None:
    with pytest.raises(InputError, match="no film of the plan has all of this at once"):
        chosen(standing(), "market=DE,season=summer")


@pytest.mark.parametrize("only", ["status=failed", "changed=yes", "market=DE,status=missing"])
def test_when_nothing_is_left_to_do_the_selection_is_empty_and_no_fault(only: str) -> None:
    assert chosen(standing(), only) == []


def test_films_named_by_id_take_the_place_of_selectors() -> None:
    assert chosen(standing(), "market=nowhere", films=("fr-summer 9:16",)) == ["fr-summer 9:16"]


def test_of_a_campaign_that_never_ran_everything_is_new() -> None:
    assert len(chosen(standing(changes=None, status=None), "changed=yes")) == len(PLAN.films)
    assert chosen(standing(changes=None, status=None), "changed=no") == []


def test_what_changed_stays_changed_until_it_is_delivered() -> None:
    changes = Changes((), (), (Change("de-winter 9:16", ("prompt",)),))
    late = frozenset({"fr-summer 1:1", "gone 1:1"})
    assert chosen(standing(changes=changes, unmade=late, status=None), "changed=yes") == [
        "de-winter 9:16",
        "fr-summer 1:1",
    ]
    assert chosen(standing(changes=changes, unmade=late), "changed=yes") == ["de-winter 9:16"]


@pytest.fixture
def campaign_file(tmp_path: Path) -> Path:
    path = tmp_path / "campaign.toml"
    path.write_text("", encoding="utf-8")
    (tmp_path / "variants.csv").write_text("market\nDE\n", encoding="utf-8")
    return path


def test_a_run_is_remembered_with_its_sheet(campaign_file: Path) -> None:
    order = RunOrder(campaign_file=campaign_file, only=("market=DE",))
    with open_memory(campaign_file, Settings()) as memory:
        assert last_run(memory.ledger, "fresh-days") is None
        remember_run(memory.ledger, order, PLAN, {"a": "b"}, unmade=["de-winter 9:16"])
        found = last_run(memory.ledger, "fresh-days")
        assert last_run(memory.ledger, "another") is None
    assert found is not None
    assert found.prompts == {"a": "b"}
    assert found.unmade == {"de-winter 9:16"}
    assert found.snapshot["sheet"] == PLAN.sheet_sha256
    assert compare(found.snapshot, PLAN) == NOTHING
    renamed = replace(PLAN, films=PLAN.films[:1])
    assert len(compare(found.snapshot, renamed).removed) == len(PLAN.films) - 1


def test_memory_is_private_and_begins_beside_the_campaign(campaign_file: Path) -> None:
    with open_memory(campaign_file, Settings()) as memory:
        assert memory.home == campaign_file.parent / ".fanout"
        assert stat.S_IMODE(memory.home.stat().st_mode) == 0o700
        assert memory.locate("0" * 64) is None
        kept = memory.store.temporary(".mp4")
        kept.write_bytes(b"film")
        stored = memory.store.put(kept, ".mp4")
        path = memory.locate(stored.sha256)
        assert path is not None
        assert path.read_bytes() == b"film"


def test_a_folder_without_a_campaign_gets_no_memory(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"there is no such file\. Change to the campaign's folder"),
        open_memory(tmp_path / "campaign.toml", Settings()),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_memory_that_cannot_be_made_is_named(campaign_file: Path) -> None:
    (campaign_file.parent / ".fanout").write_text("", encoding="utf-8")
    with pytest.raises(SetupError, match=r"\.fanout: .*FANOUT_HOME"), open_memory(campaign_file, Settings()):
        pass


def test_a_broken_ledger_is_named(campaign_file: Path) -> None:
    home = campaign_file.parent / ".fanout"
    home.mkdir()
    (home / "ledger.sqlite3").write_text("garbage", encoding="utf-8")
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3"), open_memory(campaign_file, Settings()):
        pass


@pytest.mark.parametrize("below", ["", "deeper"])
@pytest.mark.parametrize("command", ["plan", "status", "run", "jobs list", "doctor"])
def test_a_memory_that_is_a_file_is_refused_with_its_cure(
    command: str, below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "memory").write_text("a file")
    monkeypatch.setenv("FANOUT_HOME", str(tmp_path / "memory" / below))
    sample = Path(__file__).parent.parent.parent / "campaign.toml"
    folder = tmp_path / "campaign"
    shutil.copytree(sample.parent / "templates", folder / "templates")
    for name in ("campaign.toml", "variants.csv"):
        shutil.copy(sample.parent / name, folder / name)
    (folder / "media").mkdir()
    (folder / "media" / "master.mov").write_bytes(b"not read before the memory is there")
    assert perform([*command.split(), "--campaign", str(folder / "campaign.toml")]) == exits.REFUSED
    err = capsys.readouterr().err
    assert "a file where a folder is needed" in err
    assert "set FANOUT_HOME to a folder" in err
    assert "Traceback" not in err
