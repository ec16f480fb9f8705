"""Which entries the matrix leaves out, and what is wrong with its columns and its excludes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from campaign.intake.cells import slug
from campaign.intake.columns import column_name, near_known
from campaign.intake.locales import main_locale, read_locale
from campaign.intake.matrix import Matrix
from campaign.intake.nearest import nearest
from campaign.intake.places import read_markets
from campaign.intake.remarks import Remark
from campaign.model.faults import Fault, Level


def named(matrix: Matrix) -> tuple[Matrix, tuple[Fault, ...]]:
    """The matrix with its columns called as the sheet's are; a column that is nearly a known one is an error."""
    columns = {column_name(name): texts for name, texts in matrix.columns.items()}
    exclude = tuple({column_name(name): text for name, text in pairs.items()} for pairs in matrix.exclude)
    faults = [
        _fault(matrix, f"matrix.{spelt}", f"column {spelt} is not known", "Rename it.", near)
        for spelt, name in zip(matrix.columns, columns, strict=False)
        if (near := near_known(name))
    ]
    return replace(matrix, columns=columns, exclude=exclude), tuple(faults)


@dataclass(slots=True)
class Exclusion:
    """One exclude of the matrix: for each column the values that it takes, and how many entries it has left out."""

    place: str
    wanted: Mapping[str, frozenset[str]]
    count: int = 0

    def takes(self, cells: Mapping[str, str]) -> bool:
        """Whether all pairs match; `market` holds one country's code. Counts what it takes."""
        taken = all(_as_compared(column, cells) in values for column, values in self.wanted.items())
        self.count += taken
        return taken


def read_exclusions(matrix: Matrix, columns: Iterable[str]) -> tuple[list[Exclusion], tuple[Fault, ...]]:
    """The excludes of a matrix whose columns are named; `columns` are the sheet's."""
    known = [*columns, *matrix.columns, "locale"]
    faults: list[Fault] = []
    exclusions: list[Exclusion] = []
    for number, pairs in enumerate(matrix.exclude):
        place = f"matrix.exclude[{number}]"
        wanted: dict[str, frozenset[str]] = {}
        for column, text in pairs.items():
            found = _values(column, text)
            if column not in known:
                cure = "Name columns of the sheet or of [matrix]."
                near = nearest(column, known)
                faults.append(_fault(matrix, f"{place}.{column}", f"there is no column {column}", cure, near))
            elif isinstance(found, Remark):
                problem = f"{column} {found.problem}"
                faults.append(_fault(matrix, f"{place}.{column}", problem, found.cure, found.nearest, text))
            else:
                wanted[column] = found
        if len(wanted) == len(pairs):
            exclusions.append(Exclusion(place, wanted))
    return exclusions, tuple(faults)


def tell(matrix: Matrix, exclusions: Iterable[Exclusion]) -> Iterator[Fault]:
    """How many entries each exclude has left out; none at all is worth a warning."""
    for exclusion in exclusions:
        count = exclusion.count
        problem = (
            f"this exclude leaves out {count} variant{'s' if count > 1 else ''}"
            if count
            else "this exclude leaves nothing out"
        )
        cure = "Nothing need be done." if count else "Correct its values, or delete it."
        level = Level.INFO if count else Level.WARNING
        yield replace(_fault(matrix, exclusion.place, problem, cure), level=level)


def _values(column: str, text: str) -> frozenset[str] | Remark:
    """What a pair matches, as `_as_compared` has it."""
    if column == "market":
        markets = read_markets(text)
        return frozenset(markets.value) if markets.value else markets.remarks[0]
    if column == "locale":
        locale = read_locale(text)
        return frozenset((locale.value,)) if locale.value else locale.remarks[0]
    return frozenset((slug(text),))


def _as_compared(column: str, cells: Mapping[str, str]) -> str | None:
    text = cells.get(column, "")
    if column == "market":
        return text
    if column == "locale":
        return read_locale(text).value if text else main_locale(cells.get("market", ""))
    return slug(text)


def _fault(
    matrix: Matrix, place: str, problem: str, cure: str, near: str | None = None, value: str | None = None
) -> Fault:
    rule = "matrix.exclude" if ".exclude" in place else "matrix.column"
    return Fault(file=matrix.file, place=place, problem=problem, cure=cure, rule=rule, nearest=near, value=value)
