"""EXR results by their headers."""

from pathlib import Path

import pytest
from exr_files import FLOAT, REC709, an_exr, frames, zipped

from campaign.errors import MediaError
from campaign.media.quality.exr import MAGIC, read_exr
from campaign.media.quality.originals import EXR, look_at


def test_a_sequence_as_it_should_be_has_nothing_odd(tmp_path: Path) -> None:
    looked = look_at(EXR, zipped(tmp_path / "a.zip", frames(24)), 24)
    assert (str(looked.size), looked.frames, looked.odd, looked.usable) == ("160x90", 24, (), True)


@pytest.mark.parametrize(
    ("made", "words", "measured"),
    [
        (frames(23), "other frames than its segment", "23 frames"),
        (frames(24, depth=FLOAT), "24 of 24 EXR frames are not half float", "float"),
        (frames(24, colours=REC709), "do not say ACES2065-1", "0.64 0.33 0.3"),
        (frames(24, colours=None), "do not say ACES2065-1", "none"),
        (frames(24) | {"f/frame_0007.exr": an_exr(FLOAT)}, "1 of 24 EXR frames are not half float", ""),
        (frames(24) | {"f/frame_0007.exr": an_exr(size=(80, 90))}, "differ in size", "several"),
    ],
)
def test_what_differs_is_told_and_the_file_kept(
    made: dict[str, bytes], words: str, measured: str, tmp_path: Path
) -> None:
    looked = look_at(EXR, zipped(tmp_path / "a.zip", made), 24)
    (odd,) = looked.odd
    assert words in odd.text and odd.measured.startswith(measured) and looked.usable


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../frame_1.exr": an_exr()}, "leaves its folder"),
        ({"/etc/frame_1.exr": an_exr()}, "leaves its folder"),
        ({"a\\b_1.exr": an_exr()}, "leaves its folder"),
        ({"frame_1.exr": an_exr(), "run.sh": b"rm"}, "no EXR frame"),
        ({"frame_1.exr": an_exr() + bytes(4 << 20)}, "more than its picture has"),
        ({"frame_1.exr": an_exr(), "frame_3.exr": an_exr()}, "not numbered"),
        ({"frame_1.exr": b"PNG"}, "is no EXR"),
        ({"frame_1.exr": an_exr()[:60]}, "header is broken"),
        ({"frame_1.exr": an_exr(size=(99999, 99999))}, "is no frame"),
        ({}, "0 files"),
    ],
)
def test_a_harmful_or_broken_zip_is_refused_and_not_handed_on(
    members: dict[str, bytes], words: str, tmp_path: Path
) -> None:
    looked = look_at(EXR, zipped(tmp_path / "a.zip", members), 1)
    assert words in looked.odd[0].text and not looked.usable


def test_bytes_that_are_neither_or_end_too_soon_are_refused(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "whole.zip", frames(3)).read_bytes()
    for data in (b"", b"moov", whole[:-30], MAGIC, an_exr()[:-90]):
        path = tmp_path / "bad"
        path.write_bytes(data)
        with pytest.raises(MediaError):
            read_exr(path)
