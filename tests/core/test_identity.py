import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from builders import a_spec, a_variant, an_edit, an_output

from campaign.media.film import cutting, finishing
from campaign.model.controls import ControlSet
from campaign.model.edit import Segment
from campaign.model.jobs import Framing, How, Operation
from campaign.model.looks import Look
from campaign.model.plan import Film, Piece
from campaign.model.prompts import Keyframe, Prompt
from campaign.model.ratios import AspectRatio, Size
from campaign.planning import identity
from campaign.planning.identity import Ask, ask_form, canonical, film_key, master_source, output_key, parent_source

ASKED: dict[str, Any] = {
    "operation": Operation.MODIFY,
    "prompt": Prompt("global_campaign", 'a "café" at dawn\n', "p" * 64),
    "controls": ControlSet(depth_blur=0.125, face=True),
    "model": "ray-3.2",
    "resolution": "720p",
    "size": None,
    "keyframes": (Keyframe(frame=3, path="still.png", sha256="ab"),),
}
MASTER = an_edit()


def ask(*, prompt: Prompt, **content: Any) -> Ask:
    return ask_form(**content).say(prompt)


SEGMENT = Segment(MASTER.shots[0], 0, 64)


def test_a_key_is_the_hash_of_canonical_json() -> None:
    """Whoever reads this can make the key of any job with ten lines of any language."""
    content = {
        "operation": "modify",
        "prompt": 'a "café" at dawn\n',
        "controls": {
            "auto": False,
            "strength": None,
            "depth_blur": 0.125,
            "normals_augmentation": None,
            "trajectory_sparsity": None,
            "pose": None,
            "face": True,
        },
        "model": "ray-3.2",
        "resolution": "720p",
        "size": None,
        "ratio": None,
        "framing": None,
        "look": None,
        "keyframes": [{"frame": 3, "still": "ab"}],
        "hdr": False,
        "exr": False,
        "source": {"cut": "cut/1", "frames": [0, 64], "master": "0" * 64},
        "edition": 2,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert ask(**ASKED).key(master_source(MASTER, SEGMENT), 2) == sha256(text.encode()).hexdigest()
    del content["edition"]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert ask(**ASKED).ask_key(master_source(MASTER, SEGMENT)) == sha256(text.encode()).hexdigest()


def test_a_reframe_hangs_on_its_parent_by_key() -> None:
    framing = Framing(How.CROP, (0.25, 0.5))
    asked = ask(**{**ASKED, "size": Size(720, 1280), "ratio": AspectRatio("9:16"), "framing": framing, "look": Look()})
    body = json.loads(f"{asked.opening}{asked.body}{parent_source('k')}}}")
    assert body["source"] == {"parent": "k"}
    assert body["framing"] == {"how": "crop", "focus": [0.25, 0.5]}
    assert body["size"] == [720, 1280]
    assert list(body) == sorted(body)


@pytest.mark.parametrize(
    "change",
    [
        {"operation": Operation.REFRAME},
        {"prompt": Prompt("global_campaign", "another text", "q" * 64)},
        {"controls": ControlSet(auto=True)},
        {"model": "ray-3.3"},
        {"resolution": "1080p"},
        {"size": Size(640, 360)},
        {"ratio": AspectRatio("1:1")},
        {"framing": Framing(How.CROP, (0.5, 0.5))},
        {"look": Look(exposure=0.1)},
        {"keyframes": (Keyframe(frame=3, path="still.png", sha256="cd"),)},
        {"keyframes": ()},
        {"hdr": True},
        {"exr": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_asked_for_is_in_the_key(change: dict[str, Any]) -> None:
    source = master_source(MASTER, SEGMENT)
    assert ask(**{**ASKED, **change}).key(source, 1) != ask(**ASKED).key(source, 1)


def test_only_a_mended_master_has_its_recipe_in_the_key() -> None:
    mended = master_source(replace(MASTER, mezzanine="mezzanine/1"), SEGMENT)
    assert "mezzanine" not in master_source(MASTER, SEGMENT)
    assert json.loads(mended)["mezzanine"] == "mezzanine/1"
    assert canonical(json.loads(mended)) == mended


def test_the_source_is_in_the_key() -> None:
    asked = ask(**ASKED)
    sources = {
        master_source(MASTER, SEGMENT),
        master_source(MASTER, Segment(MASTER.shots[0], 0, 63)),
        master_source(replace(MASTER, sha256="1" * 64), SEGMENT),
        parent_source("a"),
        parent_source("b"),
    }
    assert len({asked.key(source, 1) for source in sources}) == 5


def test_the_template_and_the_still_by_name_are_not_in_the_key() -> None:
    source = master_source(MASTER, SEGMENT)
    renamed = {
        "prompt": replace(ASKED["prompt"], template="relighting"),
        "keyframes": (Keyframe(frame=3, path="moved/still.png", sha256="ab"),),
    }
    assert ask(**{**ASKED, **renamed}).key(source, 1) == ask(**ASKED).key(source, 1)


def test_a_still_that_was_not_read_is_known_by_its_name() -> None:
    one, other = ({"keyframes": (Keyframe(frame=3, path=path),)} for path in ("one.png", "other.png"))
    assert ask(**{**ASKED, **one}) != ask(**{**ASKED, **other})


def test_keys_are_the_same_in_every_process() -> None:
    code = (
        "from campaign.planning.identity import canonical; from campaign.model.looks import Look;"
        "print(canonical(Look(exposure=0.1)))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert texts == {canonical(Look(exposure=0.1)).encode()}


def test_an_output_is_all_that_decides_its_bytes() -> None:
    pieces = (
        Piece(SEGMENT, "k", "crop", (0.5, 0.5)),
        Piece(Segment(MASTER.shots[1], 64, 192), None, "pad", (0.5, 0.5)),
    )
    size = Size(720, 1280)
    keys = [
        output_key(pieces, a_spec(), size, MASTER),
        output_key(pieces[:1], a_spec(), size, MASTER),
        output_key((pieces[0], replace(pieces[1], fit="blur")), a_spec(), size, MASTER),
        output_key((replace(pieces[0], key="other"), pieces[1]), a_spec(), size, MASTER),
        output_key(pieces, a_spec(crf=23), size, MASTER),
        output_key(pieces, a_spec(), Size(1080, 1920), MASTER),
        output_key(pieces, a_spec(), size, replace(MASTER, rate=Fraction(25))),
        output_key(pieces, a_spec(), size, replace(MASTER, sha256="1" * 64)),
    ]
    assert len(set(keys)) == len(keys)
    assert output_key(pieces, a_spec(), size, MASTER) == keys[0]


def test_a_spec_s_name_and_what_it_leaves_open_are_not_in_the_key() -> None:
    pieces, size = (Piece(SEGMENT, "k", "crop", (0.5, 0.5)),), Size(720, 1280)
    key = output_key(pieces, a_spec(), size, MASTER)
    assert output_key(pieces, a_spec(id="web.other"), size, MASTER) == key
    assert output_key(pieces, a_spec(gop_seconds=Fraction(2), min_size=None), size, MASTER) == key
    assert output_key(pieces, a_spec(max_seconds=Fraction(30)), size, MASTER) != key
    said = identity._said(a_spec(max_bytes=900))
    assert '"max_bytes":900' in said and "upscale" not in said and "rates" not in said
    assert output_key(pieces, a_spec(), size, replace(MASTER, mezzanine="mezzanine/1")) != key


def test_the_recipe_of_a_cut_in_a_key_is_the_one_that_cuts() -> None:
    assert identity.CUT_RECIPE == cutting.CUT_RECIPE


def test_numbers_that_only_judge_a_film_are_read_by_nothing_that_writes_one() -> None:
    film = Film(
        variant=a_variant(),
        ratio=AspectRatio("9:16"),
        pieces=(Piece(SEGMENT, "k", "crop", (0.5, 0.5)),),
        jobs=("k",),
        outputs=(),
        edition=1,
    )
    judged = {"max_seconds": Fraction(30), "min_size": Size(10, 10), "upscale": False}
    assert judged.keys() <= set(identity._ONLY_JUDGED)
    key = film_key(film, an_output(), MASTER)
    assert film_key(film, an_output(spec=a_spec(**judged)), MASTER) == key
    assert film_key(film, an_output(spec=a_spec(max_bytes=900)), MASTER) != key
    written = "".join(path.read_text(encoding="utf-8") for path in Path(finishing.__file__).parent.glob("*.py"))
    assert not [name for name in identity._ONLY_JUDGED if name != "id" and f"spec.{name}" in written]


PAID = "8fc39582845c9f98ebea1c7fc3ccee28e179ffe5071c52a99964c46e3e318155"
"""A hash of the keys of all that tests/golden/plan.json buys. No option of pytest renews it."""


def test_what_was_bought_before_is_known_by_the_same_key() -> None:
    plan = json.loads((Path(__file__).parent.parent / "golden" / "plan.json").read_text(encoding="utf-8"))
    bought = sorted(job["key"] for job in plan["jobs"] if job["usd"] != "0")
    assert len(bought) == 24
    assert sha256("\n".join(bought).encode()).hexdigest() == PAID, (
        "keys of paid jobs are others: every campaign would buy anew what it has. If that is meant, say so in a decision, and "
        "change PAID"
    )
