"""What can be said about a template before it is rendered: names it needs, and everything wrong with it."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jinja2 import TemplateSyntaxError, meta, nodes

from campaign.prompts.sandbox import make_environment, stem

JINJA_NAMES = {"range", "lipsum", "cycler", "joiner", "namespace", "dict"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing wrong with a template, as plain values that cross a pipe. `line` counts in the body, from 1."""

    template: str
    line: int
    column: int = 1
    rule: str
    problem: str
    cure: str
    value: str | None = None
    nearest: str | None = None
    row: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(slots=True)
class Inspection:
    """What was found about one template and all that it pulls in."""

    uses: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)


class _Lenient(dict[str, Any]):
    """Filters or tests that answer to any name, so that one unknown name does not hide the faults after it."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, str)


class Inspector:
    """Inspects templates of one folder. `bodies` maps names to Jinja text, `columns` are the names rows can fill."""

    def __init__(self, bodies: Mapping[str, str], columns: Iterable[str]) -> None:
        self._bodies = bodies
        self._columns = frozenset(columns)
        self._known = make_environment(bodies)
        self._lenient = make_environment(bodies)
        self._lenient.filters = _Lenient(self._known.filters)
        self._lenient.tests = _Lenient(self._known.tests)

    def inspect(self, name: str) -> Inspection:
        """Names that `name` needs from a row, its own and those of what it includes, and every fault of all of them."""
        found = Inspection()
        self._visit(name, found, {name}, with_context=True)
        return found

    def _visit(self, name: str, found: Inspection, seen: set[str], *, with_context: bool) -> None:
        body = self._bodies[name]
        try:
            tree = self._lenient.parse(body)
            undeclared = meta.find_undeclared_variables(tree)
        except TemplateSyntaxError as error:
            found.troubles.append(self._syntax(name, error))
            return
        if with_context:
            found.uses |= undeclared
        found.troubles += self._unknown_words(name, tree)
        found.troubles += self._unknown_names(name, tree, undeclared, with_context)
        for node in tree.find_all((nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)):
            for target in _targets(node):
                if target not in self._bodies:
                    found.troubles.append(self._missing(name, node.lineno, target))
                elif target not in seen:
                    seen.add(target)
                    shared = with_context and getattr(node, "with_context", True)
                    self._visit(target, found, seen, with_context=shared)

    def _unknown_words(self, name: str, tree: nodes.Template) -> Iterator[Trouble]:
        for kind, node_type, known in (
            ("filter", nodes.Filter, self._known.filters),
            ("test", nodes.Test, self._known.tests),
        ):
            for node in tree.find_all(node_type):
                if node.name not in known:
                    yield self._trouble(
                        name,
                        node.lineno,
                        node.name,
                        rule=f"template.{kind}",
                        problem=f"no {kind} has this name",
                        cure=f"{kind.capitalize()}s are: {', '.join(sorted(known))}.",
                        nearest=_nearest(node.name, known),
                    )

    def _unknown_names(
        self, name: str, tree: nodes.Template, undeclared: set[str], with_context: bool
    ) -> Iterator[Trouble]:
        for word in sorted(undeclared if not with_context else undeclared - self._columns):
            yield self._trouble(
                name,
                _first_line(tree, word),
                word,
                rule="template.variable",
                problem="this name is not a column" if with_context else "macros see only what is passed to them",
                cure=self._cure(word, with_context),
                nearest=_nearest(word, self._columns - {word}),
            )

    def _cure(self, word: str, with_context: bool) -> str:
        if not with_context:
            return f"Give the macro a parameter for {word!r} and pass the column where it is called."
        if word in JINJA_NAMES:
            return f"Jinja's {word}() is not offered here: write the words out."
        return f"Correct the name, or add a column {word!r} to the sheet."

    def _missing(self, name: str, line: int, target: str) -> Trouble:
        return self._trouble(
            name,
            line,
            target,
            rule="template.missing",
            problem="it asks for a template that is not in the campaign's templates folder",
            cure="Only files of that folder can be imported; put it there or correct the name.",
            nearest=_nearest(target, self._bodies),
        )

    def _syntax(self, name: str, error: TemplateSyntaxError) -> Trouble:
        return self._trouble(
            stem(error.name) or name,
            error.lineno,
            None,
            rule="template.syntax",
            problem=f"not a Jinja template: {(error.message or 'syntax error').rstrip('.')}",
            cure="Correct this line; an expression is {{ column }}, a condition {% if column %} ... {% endif %}.",
        )

    def _trouble(self, name: str, line: int, word: str | None, **said: Any) -> Trouble:
        return Trouble(template=name, line=line, column=column_of(self._bodies[name], line, word), value=word, **said)


def column_of(body: str, line: int, word: str | None) -> int:
    """Where on that line (both from 1) `word` stands, else where the line's first Jinja mark or text stands."""
    lines = body.split("\n")
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    patterns = ([rf"(?<!\w){re.escape(word)}(?!\w)"] if word else []) + [r"\{[{%#]", r"\S"]
    for pattern in patterns:
        if match := re.search(pattern, text):
            return match.start() + 1
    return 1


def _targets(node: nodes.Node) -> Iterator[str]:
    """Names of templates written out in the node; names that are computed can only be judged when it runs."""
    asked: nodes.Expr = node.template  # type: ignore[attr-defined] # every node that names a template has it
    constants = asked.items if isinstance(asked, nodes.Tuple | nodes.List) else [asked]
    for constant in constants:
        value = constant.value if isinstance(constant, nodes.Const) else None
        for name in value if isinstance(value, list | tuple) else (value,):
            if isinstance(name, str):
                yield stem(name)


def _first_line(tree: nodes.Template, word: str) -> int:
    return min((node.lineno for node in tree.find_all(nodes.Name) if node.name == word), default=1)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return close[0] if close else None
