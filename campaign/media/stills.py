"""Single frames of the master as PNG, exact by frame index."""

from collections.abc import Sequence
from pathlib import Path

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.graph import compiled, reading
from campaign.media.run import run
from campaign.media.sniff import sniff
from campaign.media.source import Source
from campaign.model.edit import MasterEdit

DEADLINE_S = 300.0


async def export_stills(master: MasterEdit, frames: Sequence[int], folder: Path, engine: Engine) -> tuple[Path, ...]:
    """Write `frames` (ascending, inside the master) as `<folder>/<master>-f0096.png` at display size, in one decode."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{master.path.stem}-f{frame:04d}.png" for frame in frames)
    unfinished = [path.with_name(f".{path.name}.part") for path in paths]
    source = Source(master.path, sniff(master.path))
    await run(still_argv(engine, source, master, frames, unfinished), deadline_s=DEADLINE_S)
    for part, path in zip(unfinished, paths, strict=True):
        part.replace(path)
    return paths


def still_argv(
    engine: Engine, source: Source, master: MasterEdit, frames: Sequence[int], into: Sequence[Path]
) -> list[str]:
    """One decode, one PNG output a frame."""
    size = master.size
    picture = reading(source)["v:0"].filter("scale", size.width, size.height, in_color_matrix="bt709")
    branches = picture.filter("format", "rgb24").filter_multi_output("split", len(frames))
    outputs = [
        ffmpeg.output(
            branches[n].filter("select", f"eq(n,{frame})"),
            f"file:{path}",
            format="image2",
            **{"c:v": "png", "frames:v": 1, "update": 1, "fps_mode:v": "passthrough"},
        )
        for n, (frame, path) in enumerate(zip(frames, into, strict=True))
    ]
    return compiled(engine, ffmpeg.merge_outputs(*outputs))
