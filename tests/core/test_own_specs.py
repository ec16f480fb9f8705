"""A campaign's own folder of specs: laid over the shipped numbers, checked as strictly as campaign.toml."""

from fractions import Fraction
from pathlib import Path

import pytest

from campaign.intake.brief import read_all
from campaign.intake.catalogue import read_catalogue
from campaign.intake.spec_schema import VIDEO
from campaign.intake.specs import with_own_specs
from campaign.media.film.encoding import PICTURE_CODECS, Aim, picture_options
from campaign.model.catalogue import Catalogue, Trust
from campaign.model.faults import Fault
from campaign.model.ratios import AspectRatio, Size

WIDE, TALL = AspectRatio("16:9"), AspectRatio("9:16")


def read(folder: Path, **files: str) -> tuple[Catalogue, tuple[Fault, ...]]:
    specs = folder / "specs"
    specs.mkdir(exist_ok=True)
    for name, text in files.items():
        (specs / f"{name}.toml").write_text(text, encoding="utf-8")
    return with_own_specs(specs, read_catalogue())


def test_a_placement_of_the_campaigns_own(tmp_path: Path) -> None:
    catalogue, faults = read(
        tmp_path,
        client="""
        [specs."client.hevc"]
        container = "mov"
        video_codec = "libx265"
        pixel_format = "yuv420p10le"
        audio_codec = "none"
        crf = 20
        [placements."client.wall"]
        ratios = ["21:9"]
        spec = "client.hevc"
        sizes = { "21:9" = [2560, 1096] }
        rates = [25, "30000/1001"]
        exact_seconds = [7.5]
        upscale = false
        """,
    )
    assert faults == ()
    wall = catalogue.placements["client.wall"]
    spec = wall.spec(AspectRatio("21:9"), "DE", Fraction(25))
    assert (spec.id, spec.container, spec.audio_codec, spec.crf) == ("client.hevc", "mov", None, 20)
    assert (spec.size, spec.upscale) == (Size(2560, 1096), False)
    assert (spec.rates, spec.exact_seconds) == ((25, Fraction(30000, 1001)), (Fraction(15, 2),))
    assert wall.evidence_of("rates").trust is Trust.CAMPAIGN


def test_single_numbers_are_laid_over_the_shipped_ones_and_are_the_campaigns_word(tmp_path: Path) -> None:
    text = '[placements."meta.reels"]\nmax_seconds = 60\nvideo_kbps = 9000\n'
    catalogue, faults = read(tmp_path, own=text)
    before, after = (each.placements["meta.reels"] for each in (read_catalogue(), catalogue))
    assert faults == ()
    spec, shipped = after.specs[TALL], before.specs[TALL]
    assert (spec.max_seconds, spec.min_seconds, spec.size) == (60, shipped.min_seconds, shipped.size)
    assert (spec.video_kbps, spec.crf) == (9000, None)
    assert after.safe_zones == before.safe_zones
    assert (after.evidence_of("max_seconds").trust, after.evidence_of("min_seconds").trust) == (
        Trust.CAMPAIGN,
        Trust.CONTRADICTED,
    )


def test_a_number_with_a_source_is_trusted_as_far_as_that(tmp_path: Path) -> None:
    evidence = 'evidence = [{ of = ["max_seconds"], trust = "third_party", source = "a mail", read = 2026-01-02 }]'
    catalogue, _ = read(tmp_path, own=f'[placements."sky_de"]\nmax_seconds = 60\n{evidence}\n')
    said = catalogue.placements["sky_de"].evidence_of("max_seconds")
    assert (said.trust, said.source) == (Trust.THIRD_PARTY, "a mail")


def test_market_lengths_are_laid_over_market_by_market(tmp_path: Path) -> None:
    catalogue, _ = read(tmp_path, own='[placements."amazon.prime_video".market_seconds]\nUS = [6]\nSE = [10]\n')
    slots = catalogue.placements["amazon.prime_video"].market_seconds
    assert (slots["US"], slots["SE"], slots["JP"]) == ((6,), (10,), (15, 30))


def test_a_changed_spec_reaches_the_placements_that_use_it(tmp_path: Path) -> None:
    catalogue, faults = read(tmp_path, own='[specs."web.h264"]\ncrf = 14\n')
    assert faults == ()
    assert catalogue.placements["meta.reels"].specs[TALL].crf == 14
    assert catalogue.placements["youtube.in_stream"].specs[WIDE].crf is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[placements."meta.reels"]\nmax_byts = 1',
            "specs/own.toml:placements.\"meta.reels\".max_byts: error: there is no such key (found 'max_byts'); "
            "did you mean 'max_bytes'?",
        ),
        ('[placement."x"]\nratios = ["9:16"]', "specs/own.toml:placement: error: there is no such key"),
        (
            '[placements.client]\nratios = ["9:17"]',
            "placements.client.ratios[0]: error: ratios[0] is not a known ratio",
        ),
        ("[placements.client]\nmax_bytes = 1", "placements.client.ratios: error: ratios is missing"),
        (
            '[placements.client]\nratios = ["9:16"]\nspec = "web.h265"',
            "placements.client.spec: error: there is no such spec",
        ),
        (
            '[placements.client]\nratios = ["9:16"]\nsizes = { "9:16" = [1920, 1080] }',
            'placements.client.sizes."9:16": error: 1920x1080 is not 9:16',
        ),
        (
            '[placements.client]\nratios = ["9:16"]\nsizes = { "16:9" = [1920, 1080] }',
            'placements.client.sizes."16:9": error: 16:9 is not a ratio of this placement',
        ),
        ('[placements.client]\nratios = ["1:1"]\nsizes = { "1:1" = [721, 721] }', "has an odd side"),
        ('[placements.client]\nratios = ["1:1"]\ncrf = 20\nvideo_kbps = 9', "video_kbps cannot be combined with crf"),
        ('[placements.client]\nratios = ["1:1"]\nmin_seconds = 9\nmax_seconds = 3', "max_seconds is below min_seconds"),
        ('[placements.client]\nratios = ["1:1"]\nrates = ["25 fps"]', "rates[0] is not a number above 0"),
        ('[placements.client]\nratios = ["1:1"]\ncontainer = "mp4"\naudio_codec = "pcm_s24le"', "does not go into mp4"),
        (
            '[placements.client]\nratios = ["1:1"]\n[[placements.client.evidence]]\nof = ["max"]',
            "no such key to vouch for",
        ),
        ('[placements.client]\nratios = ["1:1"]\n[[placements.client.safe]]\ntopp = 3', "did you mean 'top'?"),
        ('[placements.client]\nratios = ["1:1"]\nmarket_seconds = { uk = [3] }', "is not a market"),
        ('[placements."a b"]\nratios = ["1:1"]', "this name cannot be part of a file name"),
        ('[specs.thin]\ncontainer = "mp4"', "specs.thin.video_codec: error: video_codec is missing"),
        ('[specs."web.h264"]\nsize = [1280, 720]', "size is not a spec's to say"),
        ("[specs", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    _, faults = read(tmp_path, own=text)
    assert any(expected in str(fault) for fault in faults), [str(fault) for fault in faults]
    assert all(str(fault).startswith("specs/own.toml:") for fault in faults)


def test_one_table_is_not_in_two_files(tmp_path: Path) -> None:
    text = '[placements."meta.reels"]\nmax_seconds = 60\n'
    _, faults = read(tmp_path, a=text, b=text)
    (fault,) = faults
    assert str(fault).startswith(
        'specs/b.toml:placements."meta.reels": error: meta.reels is described in specs/a.toml too'
    )


def test_an_empty_folder_is_only_remarked_on(tmp_path: Path) -> None:
    catalogue, (fault,) = read(tmp_path)
    assert catalogue.placements.keys() == read_catalogue().placements.keys()
    assert (fault.level, fault.place) == ("warning", "inputs.specs")


def test_the_example_of_the_readme_reads(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (example,) = [text.split("```")[0] for text in readme.split("```toml\n") if text.startswith("[placements.")]
    catalogue, faults = read(tmp_path, example=example)
    assert faults == ()
    spec = catalogue.placements["client.foyer"].specs[TALL]
    assert (spec.video_codec, spec.audio_codec, spec.size) == ("prores_ks", None, Size(1080, 1920))


def test_a_folder_may_ask_for_what_films_can_be_written_as_and_for_nothing_else() -> None:
    assert set(VIDEO) == set(PICTURE_CODECS)
    for spec in (
        *read_catalogue().specs.values(),
        *(s for p in read_catalogue().placements.values() for s in p.specs.values()),
    ):
        assert picture_options(spec, Fraction(25), Aim(spec.video_kbps))


def test_a_folder_of_specs_is_read_with_the_campaign(tmp_path: Path) -> None:
    read(tmp_path, client='[placements."client.foyer"]\nratios = ["9:16"]\n')
    text = '[inputs]\nmaster = "m.mov"\nspecs = "specs"\n[output]\nplacements = ["client.foyer", "client.foier"]\n'
    (tmp_path / "campaign.toml").write_text(text, encoding="utf-8")
    reading = read_all(tmp_path / "campaign.toml")
    assert "client.foyer" in reading.brief.catalogue.placements
    (fault,) = [fault for fault in reading.faults if fault.rule == "output.placements"]
    assert (fault.place, fault.nearest) == ("output.placements[1]", "client.foyer")
    assert not [fault for fault in reading.faults if "not used yet" in fault.problem]
