"""Results in HDR and EXR, kept whole beside the films that are trims of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from campaign.ledger.records import JobRecord, KeptExtra
from campaign.media.quality.originals import EXR, HDR, Looked, look_at
from campaign.model.jobs import Job
from campaign.model.plan import Film, Plan
from campaign.model.qc import Finding
from campaign.planning.ascii_text import slug
from campaign.planning.labels import ORIGINALS
from campaign.store.files import Store


@dataclass(frozen=True, slots=True)
class Original:
    """A file of a result as it came, and where it lies beside the film, relative to out/<campaign>. `frame` is the film's
    first that it is of; `looked` None = of a kind that nobody here can check, or gone."""

    kind: str
    file: str
    sha256: str
    bytes: int
    frame: int
    looked: Looked | None

    @property
    def usable(self) -> bool:
        """Whether it is laid out: what would harm whoever unpacks it stays in the store."""
        return self.looked is None or self.looked.usable


def deep_keys(plan: Plan) -> list[str]:
    """The keys of the plan's jobs whose results are kept whole."""
    return [key for key, planned in plan.jobs.items() if planned.job.hdr]


def originals_of(film: Film, plan: Plan, records: Mapping[str, JobRecord], store: Store) -> tuple[Original, ...]:
    """Those of the results that the film shows: whole, or (a film of another ratio) cropped in HDR as the film is."""
    found: list[Original] = []
    for piece in film.pieces if film.outputs else ():
        job = plan.jobs[piece.key].job if piece.key else None
        record = records.get(piece.key) if piece.key else None
        if job is None or (job.deep and film.how is not None):  # between bars: whole, it lies beside the master's ratio
            continue
        if job.hdr and record is not None and record.artifact_sha256 is not None:
            found += _of_result(film, job, record, store)
    return tuple(found)


def _of_result(film: Film, job: Job, record: JobRecord, store: Store) -> Iterator[Original]:
    folder = (
        f"{ORIGINALS}/{film.ratio.slug}/{film.outputs[0].name}/{job.segment.start_frame:05}-{slug(job.segment.name)}"
    )
    whole = KeptExtra(HDR, str(record.artifact_sha256), record.bytes or 0)
    for kept in (whole, *record.extras) if job.deep else record.extras:
        there = store.exists(kept.sha256)
        path = store.local(kept.sha256) if there else None
        checked = kept.kind.split("-")[0] in (HDR, EXR) or (path is not None and path.suffix == ".exr")
        looked = look_at(HDR if kept.kind == HDR else EXR, path, job.segment.frames) if path and checked else None
        file = f"{folder}.{slug(kept.kind)}{path.suffix if path else ''}"
        yield Original(kept.kind, file, kept.sha256, kept.bytes, job.segment.start_frame, looked)


def told_of(originals: tuple[Original, ...]) -> Iterator[Finding]:
    """What is odd of them, as quality control tells it. The film itself is sound: it is no error of its own."""
    for each in originals:
        for odd in each.looked.odd if each.looked else ():
            aside = "" if each.usable else ". It stays in the store and is not laid out"
            check = HDR if each.kind == HDR else EXR
            text = f"{odd.text}{aside}"
            yield Finding(
                check=check,
                severity="warning",
                message=text,
                measured=odd.measured,
                expected=odd.expected,
                frame=each.frame,
            )


def shown(originals: tuple[Original, ...]) -> list[dict[str, Any]]:
    """As the manifest names them. `checked` tells whether all is as it should be; None where nobody could look."""
    return [
        {
            "kind": each.kind,
            "file": each.file if each.usable else None,
            "sha256": each.sha256,
            "bytes": each.bytes,
            "width": each.looked.size.width if each.looked and each.looked.size else None,
            "height": each.looked.size.height if each.looked and each.looked.size else None,
            "frames": each.looked.frames if each.looked else None,
            "checked": not each.looked.odd if each.looked else None,
        }
        for each in originals
    ]
