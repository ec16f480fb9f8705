"""Identity: what a job is, hashed. Whatever is in the key is bought anew when it changes; nothing else ever is."""

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, NamedTuple

from campaign.model.catalogue import DeliverySpec
from campaign.model.controls import ControlSet
from campaign.model.edit import MasterEdit, Segment
from campaign.model.jobs import Framing, Operation
from campaign.model.looks import Look
from campaign.model.plan import Film, Output, Piece
from campaign.model.prompts import Keyframe, Prompt
from campaign.model.rates import Cadence
from campaign.model.ratios import AspectRatio, Size

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

CUT_RECIPE = "cut/1"
"""How a segment is cut out of the master (media.film.cutting). A new version is new source, hence new jobs."""

FINISH_RECIPE = "finish/4"
"""How pieces become a film (media.film.finishing). A new version finishes every film again and buys nothing."""


def canonical(value: object) -> str:
    """JSON that is the same for the same content: sorted keys, no blanks, ASCII, floats by repr."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


class Ask:
    """Everything asked for but source and edition, serialised and hashed once for all jobs that ask it.

    A key is the hash of canonical JSON whose members are, in order: controls, edition, exr, framing, hdr, keyframes, look,
    model, operation, prompt, ratio, resolution, size, source. `opening` is that text before edition, `body` after it.
    """

    __slots__ = ("_bare", "_first", "body", "opening")

    def __init__(self, opening: str, body: str) -> None:
        self.opening, self.body = opening, body
        self._bare = sha256(f"{opening}{body}".encode("ascii"))
        self._first = self._begin(1)

    def key(self, source: str, edition: int) -> str:
        """The job's key; `source` from `master_source` or `parent_source`."""
        return _finished(self._first if edition == 1 else self._begin(edition), source)

    def ask_key(self, source: str) -> str:
        """The same without any edition; `source` must be without editions too."""
        return _finished(self._bare, source)

    def _begin(self, edition: int) -> "Hash":
        return sha256(f'{self.opening}"edition":{edition},{self.body}'.encode("ascii"))


def _finished(begun: "Hash", source: str) -> str:
    """The hash of what was begun and of the source, which closes the JSON."""
    digest = begun.copy()
    digest.update(f"{source}}}".encode("ascii"))
    return digest.hexdigest()


class AskForm(NamedTuple):
    """An ask with its prompt left blank: thousands of rows fill in the same few forms."""

    opening: str
    before: str
    after: str

    def say(self, prompt: Prompt) -> Ask:
        """The form filled in. Only the text counts, not the template it came from."""
        return Ask(self.opening, f"{self.before}{encode_basestring_ascii(prompt.text)}{self.after}")


def ask_form(
    *,
    operation: Operation,
    controls: ControlSet,
    model: str,
    resolution: str,
    size: Size | None,
    ratio: AspectRatio | None = None,
    framing: Framing | None = None,
    look: Look | None = None,
    keyframes: tuple[Keyframe, ...] = (),
    hdr: bool = False,
    exr: bool = False,
) -> AskForm:
    """What is asked for. `size` only where our own engine decides it: a vendor's canvas is the vendor's."""
    before = (
        f'"exr":{_bool(exr)},"framing":{fragment(framing)},"hdr":{_bool(hdr)},"keyframes":{fragment(keyframes)},'
        f'"look":{fragment(look)},"model":{fragment(model)},"operation":"{operation.value}","prompt":'
    )
    after = (
        f',"ratio":{fragment(ratio.label if ratio else None)},"resolution":{fragment(resolution)},'
        f'"size":{fragment(size)},"source":'
    )
    return AskForm(f'{{"controls":{fragment(controls)},', before, after)


def master_source(master: MasterEdit, segment: Segment) -> str:
    """A modify's source: these frames of this master, cut our way; of a mended one, as the recipe of its mezzanine has it."""
    frames = f"[{segment.start_frame},{segment.end_frame}]"
    mended = f',"mezzanine":"{master.mezzanine}"' if master.mezzanine else ""
    return f'{{"cut":"{CUT_RECIPE}","frames":{frames},"master":"{master.sha256}"{mended}}}'


def parent_source(key: str) -> str:
    """A reframe's source: the result of the job `key` (for an ask_key, the parent's ask_key)."""
    return f'{{"parent":"{key}"}}'


def output_key(
    pieces: Iterable[Piece], spec: DeliverySpec, size: Size, master: MasterEdit, cadence: Cadence | None = None
) -> str:
    """The key of a finished file: all that decides its bytes and by what it is judged, and nothing about names."""
    return _film_key(pieces, _said(spec), size, master, cadence)


def film_key(film: Film, output: Output, master: MasterEdit) -> str:
    """The key of what a film is made of: without the numbers of its spec that only judge it."""
    spec = _said(output.spec, _ONLY_JUDGED)
    return _film_key(film.pieces, spec, output.size, master, output.cadence)


def _film_key(pieces: Iterable[Piece], spec: str, size: Size, master: MasterEdit, cadence: Cadence | None) -> str:
    parts = ",".join([_passed_piece(piece) if piece.key is None else _made_piece(piece) for piece in pieces])
    film = cadence.rate if cadence else master.rate  # master and rates alone say how the one becomes the other
    rate = f"{film.numerator}/{film.denominator}"
    mended = f',"mezzanine":{fragment(master.mezzanine)}' if master.mezzanine else ""
    return _sha256(
        f'{{"master":"{master.sha256}"{mended},"pieces":[{parts}],"rate":"{rate}","recipe":"{FINISH_RECIPE}",'
        f'"size":[{size.width},{size.height}],"spec":{spec}}}'
    )


_NOT_OF_A_FILM = ("id", "convert")
_ONLY_JUDGED = (
    *_NOT_OF_A_FILM,
    *("min_size", "rates", "min_seconds", "max_seconds", "exact_seconds", "upscale"),
)


@lru_cache(maxsize=1024)
def _said(spec: DeliverySpec, without: tuple[str, ...] = _NOT_OF_A_FILM) -> str:
    """What a spec says of a film, without what it leaves as it is: a field that no spec uses changes no key."""
    film = [field for field in fields(spec) if field.name not in without]
    asked = [field for field in film if getattr(spec, field.name) != field.default]
    return canonical({field.name: getattr(spec, field.name) for field in asked})


def _made_piece(piece: Piece) -> str:
    """A job's result and how it is shown: two films of one size may show it each in another way."""
    return f'["{piece.key}",{fragment((piece.fit, piece.focus))}]'


def _passed_piece(piece: Piece) -> str:
    """A piece of the master itself, or of art: its bytes, not its name."""
    segment = piece.segment
    if piece.art is not None:
        return fragment(("art", piece.art.sha256, segment.frames))
    return fragment((piece.fit, piece.focus, segment.start_frame, segment.end_frame))


@lru_cache(maxsize=8192)
def fragment(value: object) -> str:
    """Canonical JSON of something hashable, remembered: thousands of jobs say the same few things."""
    return canonical(value)


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _plain(value: object) -> object:
    if isinstance(value, Keyframe):
        # The picture, not its name: a still that was only moved is the same still.
        return {"frame": value.frame, "still": value.sha256 or value.path}
    if isinstance(value, Size):
        return [value.width, value.height]
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)  # Fraction, Decimal: exact as text


def _sha256(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()
