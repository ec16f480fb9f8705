"""Each delivered film as OpenTimelineIO and as EDL: which frames of the master it shows, and which job made them."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign.delivery.files import write
from campaign.media.film.encoding import first_timecode
from campaign.model.edit import MasterEdit
from campaign.model.outcomes import Status
from campaign.model.plan import Film, Output, Piece, Plan
from campaign.model.standing import JobStanding, Standing

if TYPE_CHECKING:
    from opentimelineio.schema import Clip, Timeline

FOLDER = "timelines"
RECIPE = "timeline/2"
REEL = 8
"""How long the name of a reel may be in a CMX 3600 list."""


def write_timelines(manifest: Mapping[str, Any], plan: Plan, standing: Standing) -> None:
    """Write `timelines/<ratio>/<name>.otio` and `.edl` under the plan's folder for every film that `manifest` calls
    delivered, and the path of the .otio into its item as `timeline` (None for the others).

    The same film gives the same bytes, and what is there already is not written again.
    """
    made = {output.file: (each.film, output) for each in standing.films for output in each.film.outputs}
    for item in manifest["items"]:
        film, output = made.get(item["file"] or "", (None, None))
        item["timeline"] = None
        if film is None or output is None or item["status"] != Status.DELIVERED:
            continue
        stem = f"{FOLDER}/{film.ratio.slug}/{output.name}"
        item["timeline"] = f"{stem}.otio"
        _settle(plan.out / f"{stem}.otio", film, output, plan.master, standing.jobs)


def otio_text(film: Film, output: Output, master: MasterEdit, jobs: Mapping[str, JobStanding]) -> str:
    """The film as an OpenTimelineIO timeline in the master's frames: one clip a piece, a marker at every seam inside a shot.

    It begins at the film's own first timecode, its clips at the master's.
    """
    timeline = _timeline(film, output, master, jobs, float(master.rate))
    return f"{timeline.to_json_string(indent=1)}\n"


def edl_text(film: Film, output: Output, master: MasterEdit, jobs: Mapping[str, JobStanding]) -> str | None:
    """The film as a CMX 3600 EDL: the master's timecode beside the film's own.

    None where such a list cannot say it: at a rate that has no timecode, for a film that shows the master's frames at
    another rate, or where only one of both drops numbers.
    """
    import opentimelineio as otio
    from otio_cmx3600_adapter.cmx_3600 import write_to_string

    drops = _drops(master.timecode, master.rate)
    begins = _begins(output, master)
    if output.cadence is not None or (master.timecode and begins and _drops(begins, master.rate) is not drops):
        return None
    # Timecode that counts every frame is that of the nominal rate: at 29.97 the adapter would drop numbers.
    rate = float(master.rate) if drops else float(round(master.rate))
    timeline = _timeline(film, output, master, jobs, rate)
    track = timeline.tracks[0]
    start = timeline.global_start_time
    track.source_range = otio.opentime.TimeRange(-start, track.available_range().duration)
    for clip in track:  # a comment says it all, and seams have no place of their own in an EDL
        clip.metadata["cmx_3600"] = {"reel": _reel(master), "comments": list(_comments(clip))}
        clip.markers.clear()
    try:
        text: str = write_to_string(timeline, rate=rate)
    except ValueError:
        return None
    title, _, events = text.partition("\n")
    return f"{title}\nFCM: {'DROP FRAME' if drops else 'NON-DROP FRAME'}\n{events.rstrip()}\n"


def _timeline(
    film: Film, output: Output, master: MasterEdit, jobs: Mapping[str, JobStanding], rate: float
) -> "Timeline":
    import opentimelineio as otio

    start, begins = _number(master.timecode, rate), _number(_begins(output, master), rate)
    timeline = otio.schema.Timeline(output.name, global_start_time=otio.opentime.RationalTime(begins, rate))
    timeline.metadata["fanout"] = {
        "film": film.id,
        "file": output.file,
        "mark": _mark(film, output, master, jobs),
        "master": {"file": master.file.name, "sha256": master.sha256, "rate": str(master.rate)},
    }
    if output.cadence is not None:
        timeline.metadata["fanout"]["cadence"] = output.cadence.words(master.rate)
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    for piece in film.pieces:
        clip = otio.schema.Clip(
            piece.segment.name,
            otio.schema.ExternalReference(master.file.name, _range(start, master.frames, rate)),
            _range(start + piece.segment.start_frame, piece.segment.frames, rate),
        )
        clip.metadata["fanout"] = _told(piece, jobs)
        if piece.segment.start_frame != piece.segment.shot.start_frame:
            clip.markers.append(_seam(clip, rate))
        track.append(clip)
    return timeline


def _seam(clip: "Clip", rate: float) -> Any:
    import opentimelineio as otio

    at = clip.source_range.start_time
    marked = otio.opentime.TimeRange(at, otio.opentime.RationalTime(0, rate))
    return otio.schema.Marker("seam inside a shot", marked, otio.schema.MarkerColor.RED)


def _range(start: int, frames: int, rate: float) -> Any:
    import opentimelineio as otio

    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(frames, rate))


def _told(piece: Piece, jobs: Mapping[str, JobStanding]) -> dict[str, object]:
    """What is known of a piece: its frames of the master, and who made it."""
    segment = piece.segment
    told: dict[str, object] = {
        "shot": segment.shot.id,
        "found": segment.shot.found,
        "frames": [segment.start_frame, segment.end_frame],
        "job": piece.key,
    }
    if piece.art is not None:
        told["art"] = {"file": piece.art.path.name, "sha256": piece.art.sha256}
    if piece.key is not None and (job := jobs.get(piece.key)) is not None:
        told |= {"provider": job.provider, "remote_id": job.remote_id}
    return told


def _comments(clip: "Clip") -> Iterator[str]:
    told = clip.metadata["fanout"]
    if told["job"]:
        yield f"JOB {told['job']}"
    if told.get("provider"):
        yield _one_line(f"PROVIDER {told['provider']} {told.get('remote_id') or ''}")
    if "art" in told:
        yield _one_line(f"ART {told['art']['file']}")
    if clip.markers:
        yield "SEAM INSIDE A SHOT"


def _one_line(text: str) -> str:
    """Text that stays within its line: an id is whatever a vendor sent."""
    return re.sub(r"[^\x20-\x7e]", "?", text).strip()[:200]


def _reel(master: MasterEdit) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", master.file.stem)[:REEL].upper() or "MASTER"


def _drops(timecode: str | None, rate: Fraction) -> bool:
    return ";" in (timecode or "") and rate.denominator != 1


def _begins(output: Output, master: MasterEdit) -> str | None:
    """The timecode of the film's first frame, as it is written into the file."""
    return first_timecode(output.spec, master.timecode, output.cadence.rate if output.cadence else master.rate)


def _number(timecode: str | None, rate: float) -> int:
    """The number of a frame by its timecode; 0 without one, or at a rate that has none."""
    import opentimelineio as otio

    try:
        return int(otio.opentime.from_timecode(timecode or "00:00:00:00", rate).value)
    except ValueError:
        return 0


def _mark(film: Film, output: Output, master: MasterEdit, jobs: Mapping[str, JobStanding]) -> str:
    """Tells what both files are made of, so that thousands of them need not be made to be compared."""
    made = [(key, jobs[key].provider, jobs[key].remote_id) for key in film.jobs if key in jobs]
    shots = [(piece.segment.name, piece.segment.shot.found) for piece in film.pieces]
    of_master = (master.file.name, master.sha256, master.timecode)
    return sha256(repr((RECIPE, film.id, output.file, output.key, of_master, shots, made)).encode()).hexdigest()


def _settle(path: Path, film: Film, output: Output, master: MasterEdit, jobs: Mapping[str, JobStanding]) -> None:
    """Write both files of a film unless they lie there already."""
    if (
        path.is_file()
        and not path.is_symlink()
        and _mark(film, output, master, jobs) in path.read_text(errors="replace")
    ):
        return
    edl, beside = edl_text(film, output, master, jobs), path.with_name(f"{path.name.removesuffix('.otio')}.edl")
    if edl is not None:
        write(beside, edl, durable=False)
    else:
        beside.unlink(missing_ok=True)
    write(path, otio_text(film, output, master, jobs), durable=False)
