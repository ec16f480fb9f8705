"""Real films, made with ffmpeg from the bytes that were sent. The emulator's only door for ffmpeg."""

import asyncio
import re
import subprocess
import zipfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import imageio_ffmpeg

from emulator import recipes
from emulator.blobs import Blobs
from emulator.journal import Journal
from emulator.recipes import Picture
from emulator.works import Blob, Film

MOST_SECONDS = 120
HANDS = 2
_BRANDS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_SIZE = re.compile(r"^#dimensions 0: (\d+)x(\d+)$", re.MULTILINE)
_BASE = re.compile(r"^#tb 0: (\d+)/(\d+)$", re.MULTILINE)
_AUDIO = re.compile(r"^  Stream #0:\d+.*: Audio: ", re.MULTILINE)


class NotAFilm(Exception):
    """The bytes cannot be read as a film; says why."""


@dataclass(frozen=True, slots=True)
class _Run:
    out: bytes
    err: str


class Footage:
    """Measures and makes films, at most `HANDS` at once; what was made once is not made again, as `made` remembers."""

    def __init__(self, blobs: Blobs, made: Journal) -> None:
        self._blobs = blobs
        self._journal = made
        self._before = {line["key"]: line["core"] for line in made.kept}
        self._at_work: set[subprocess.Popen[bytes]] = set()
        self._closed = False
        self._ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        self._hands = asyncio.Semaphore(HANDS)
        self._measured: dict[str, asyncio.Task[Film]] = {}
        self._made: dict[tuple[object, ...], asyncio.Task[Blob]] = {}

    async def measure(self, core: str) -> Film:
        """What is in the bytes of that hash. Raises NotAFilm."""
        if core not in self._measured:
            self._measured[core] = asyncio.create_task(self._measure(self._blobs.place(core)))
        return await asyncio.shield(self._measured[core])

    async def make(self, core: str, picture: Picture) -> Blob:
        """The film of that picture, made from the bytes of that hash."""

        async def work() -> Blob:
            film = await self.measure(core)
            source = self._blobs.place(core)
            return await self._written(lambda into: recipes.render(sniff(source), source, film, picture, into))

        return await self._once((core, picture), work)

    async def exr(self, core: str, kind: str) -> Blob:
        """A small OpenEXR picture of the film's first frame, alone (`exr`) or in a ZIP (`zip`)."""

        async def work() -> Blob:
            source = self._blobs.place(core)
            alone = await self._written(lambda into: recipes.still(sniff(source), source, into))
            return self._zipped(alone) if kind == "zip" else alone

        return await self._once((core, kind), work)

    def close(self) -> None:
        """Stop what is being made."""
        self._closed = True
        for process in list(self._at_work):
            process.kill()

    async def _once(self, key: tuple[object, ...], work: Callable[[], Coroutine[Any, Any, Blob]]) -> Blob:
        if key not in self._made:
            self._made[key] = asyncio.create_task(self._remembered(repr(key), work))
        return await asyncio.shield(self._made[key])

    async def _remembered(self, key: str, work: Callable[[], Coroutine[Any, Any, Blob]]) -> Blob:
        if key in self._before:
            return self._blobs.with_tail(self._before[key], b"")
        blob = await work()
        self._journal.append({"key": key, "core": blob.core})
        return blob

    async def _written(self, argv: Callable[[Path], tuple[str, ...]]) -> Blob:
        with self._blobs.fresh() as file:
            into = Path(file.name)
        await self._run(argv(into))
        return self._blobs.adopt(into)

    def _zipped(self, picture: Blob) -> Blob:
        with self._blobs.fresh() as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo("frame_000001.exr"), picture.read())
        return self._blobs.adopt(Path(file.name))

    async def _measure(self, path: Path) -> Film:
        run = await self._run(recipes.measure(sniff(path), path))
        listed = run.out.decode("ascii", "replace")
        size, base = _SIZE.search(listed), _BASE.search(listed)
        rows = [line.split(",") for line in listed.splitlines() if line and not line.startswith("#")]
        if not (size and base and rows):
            raise NotAFilm("there is no picture in it")
        unit = Fraction(int(base[1]), int(base[2]))
        times = sorted(int(row[2]) for row in rows)
        last = int(rows[-1][3]) or 1
        rate = 1 / (unit * last) if len(times) == 1 else Fraction(len(times) - 1) / (unit * (times[-1] - times[0]))
        film = Film(len(rows), _usual(rate), int(size[1]), int(size[2]), bool(_AUDIO.search(run.err)))
        if film.seconds > MOST_SECONDS:
            raise NotAFilm(f"it is longer than {MOST_SECONDS} s")
        return film

    async def _run(self, argv: tuple[str, ...]) -> _Run:
        async with self._hands:
            return await asyncio.to_thread(self._call, argv)

    def _call(self, argv: tuple[str, ...]) -> _Run:
        if self._closed:
            raise NotAFilm("the emulator is ending")
        with subprocess.Popen((self._ffmpeg, *argv), stdout=PIPE, stderr=PIPE, stdin=DEVNULL, env={}) as process:
            self._at_work.add(process)
            try:
                out, err = process.communicate(timeout=600)
            finally:
                self._at_work.discard(process)
        said = err.decode("utf-8", "replace")
        if process.returncode != 0:
            raise NotAFilm(said.strip().splitlines()[-1][:300] if said.strip() else "it cannot be read")
        return _Run(out, said)


def sniff(path: Path) -> str:
    """The demuxer for a file, by its first bytes; nothing else may open it. Raises NotAFilm."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in _BRANDS:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    raise NotAFilm("its first bytes are not those of mp4, mov or webm")


def _usual(rate: Fraction) -> Fraction:
    """The rate itself, or the usual one that it is a rounding of (times of webm are whole milliseconds)."""
    usual = [Fraction(n) for n in (24, 25, 30, 50, 60)] + [Fraction(n * 1000, 1001) for n in (24, 30, 60)]
    nearest = min(usual, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) < nearest / 2000 else rate.limit_denominator(100_000)
