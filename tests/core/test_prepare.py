"""Preparing: faults of sheet, campaign, templates, master and plan are told together, whichever is found first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from campaign.errors import InputError
from campaign.model.orders import RunOrder
from campaign.preparing.prepare import prepare
from campaign.settings import Settings

HEADER = "market,locale,season,demographic,setting,light\n"
ROW = "DE,de-DE,winter,families,a snowy square,soft daylight\n"
MODIFY = "---\noperation: modify\n---\n{{ setting }}, lit by {{ light }}. Same identity and framing as the source.\n"
REFRAME = "---\noperation: reframe\n---\nMore of the same place continues {{ setting }}. Same picture as the source.\n"
TOML = '[inputs]\nmaster = "master.mov"\n[output]\nratios = ["16:9"]\n[modify]\ntemplate = "look"\n'


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Prepares a small campaign whose master is no film; gives what was wrong by rule, with the place."""

    def prepared(*, toml: str = TOML, sheet: str = HEADER + ROW, look: str = MODIFY) -> dict[str, str]:
        (tmp_path / "campaign.toml").write_text(toml)
        (tmp_path / "variants.csv").write_text(sheet)
        (tmp_path / "master.mov").write_bytes(b"not a film")
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / "look.j2").write_text(look)
        (tmp_path / "templates" / "reframe.j2").write_text(REFRAME)
        with (
            pytest.raises(InputError) as stopped,
            prepare(RunOrder(campaign_file=tmp_path / "campaign.toml"), Settings()),
        ):
            pass
        return {fault.rule: f"{fault.file}:{fault.place}" for fault in stopped.value.faults}

    return prepared


def test_a_master_that_is_no_film_is_told_at_its_key(told: Callable[..., dict[str, str]]) -> None:
    assert told() == {"inputs.master": "campaign.toml:inputs.master"}


def test_a_faulty_key_hides_neither_rows_nor_templates_nor_names_nor_the_master(
    told: Callable[..., dict[str, str]],
) -> None:
    found = told(
        toml=TOML + "[reframe]\nfocus = 3\n" + '[budget]\nday_usd = 4\n[provider]\nname = "luna"\n',
        sheet=HEADER + ROW + ROW.replace("DE,de-DE,", "ZZ,fr-FR,"),
        look=MODIFY + "{{ seting }}",
    )
    assert found == {
        "reframe.focus": "campaign.toml:reframe.focus",
        "budget.day_usd": "campaign.toml:budget.day_usd",
        "provider.name": "campaign.toml:provider.name",
        "csv.market": "variants.csv:3:1",
        "inputs.master": "campaign.toml:inputs.master",
        "template.variable": "templates/look.j2:5:4",
    }


def test_a_misspelt_header_is_not_blamed_on_the_templates(told: Callable[..., dict[str, str]]) -> None:
    found = told(sheet=HEADER.replace("setting", "seting") + ROW)
    assert set(found) == {"csv.column", "inputs.master"}


def test_the_naming_rule_is_told_with_the_rest(told: Callable[..., dict[str, str]]) -> None:
    found = told(toml=TOML.replace("[modify]", 'name = "{markt}_{ratio}"\n[modify]'))
    assert set(found) == {"inputs.master", "name.rule"}
