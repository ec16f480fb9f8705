"""Templates and the prompts rendered from them."""

from dataclasses import dataclass

from campaign.model.controls import Controls


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyframe:
    """A guide picture pinned to a frame of the master (0-based), before the segment is cut.

    `sha256` is the picture's own, so that a repainted still under an old name is another job; "" when it was not read.
    `pinned` tells a frame of the approved draft from a picture that a template names.
    """

    frame: int
    path: str
    sha256: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One .j2 file: YAML front matter (never rendered) and a Jinja body.

    `name` is the file's stem; names that begin with `_` hold macros and are never rendered alone. `file` is the path shown
    in faults and `body_line` the file's line on which the body begins, so that faults give the file's own lines.
    `operation` is modify or reframe; `kind` is the transformation (relighting, product_swap ...), which decides which
    lint rules hold.
    """

    name: str
    file: str
    body: str
    body_line: int
    operation: str
    kind: str
    controls: Controls
    keyframes: tuple[Keyframe, ...] = ()
    hdr: bool = False
    exr: bool = False


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """Something to be said: a template and the values it is rendered with (plain text only).

    `line` is the row's line in variants.csv, for faults; it is not part of the text.
    """

    template: str
    values: tuple[tuple[str, str], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt: the template it came from, its text, the text's sha256 (hex)."""

    template: str
    text: str
    sha256: str
