"""The one-click form: this campaign's own choices, held to by the schema; which file it is, is no question."""

from pathlib import Path

import jsonschema
import pytest
from builders import a_variant
from plans import a_brief, a_campaign

from campaign.model.ratios import AspectRatio


def test_the_form_offers_what_the_sheet_has_and_nothing_else(tmp_path: Path) -> None:
    from flows.regenerate import regenerate
    from flows.room.forms import choices_of, form_of

    campaign = a_campaign(root=tmp_path, ratios=(AspectRatio("16:9"), AspectRatio("9:16")))
    rows = (
        a_variant(),
        a_variant(key="fr", line=3, market="FR", locale="fr-FR"),
        a_variant(key="fr-2", line=4, market="FR"),
    )
    choices = choices_of(a_brief(*rows, campaign=campaign))
    assert choices.markets == ("DE", "FR")
    form = form_of(regenerate, choices)
    fields = form["properties"]
    assert fields["markets"]["items"]["enum"] == ["DE", "FR"]
    assert fields["ratios"]["items"]["enum"] == ["16:9", "9:16"]
    assert fields["provider"]["enum"] == ["as in campaign.toml", "local", "luma", "runware", "fal"]
    assert (fields["what"]["default"], fields["dry_run"]["default"]) == ("only what failed", False)
    assert "campaign_file" not in fields
    jsonschema.validate({"what": "everything", "markets": ["FR"], "campaign_file": "/x/campaign.toml"}, form)
    for wrong in (
        {"markets": ["XX"]},
        {"what": "all"},
        {"provider": "sora"},
        {"quality": "better"},
        {"ratios": ["2:1"]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, form)
