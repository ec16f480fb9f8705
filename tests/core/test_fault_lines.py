"""Faults as people read them: each told, but one mistake in a thousand rows does not bury the others."""

from campaign.model.faults import Fault, Level
from fanout.fault_lines import FEW, count, fault_lines, on_lines


def a_fault(place: str, *, level: Level = Level.ERROR, rule: str = "csv.market") -> Fault:
    return Fault(file="variants.csv", place=place, problem="is wrong", cure="Mend it.", rule=rule, level=level)


def test_many_faults_alike_are_summed_up_with_the_lines_of_the_rest() -> None:
    faults = [a_fault(f"{line}:1") for line in (*range(2, 2 + FEW), 20, 21, 22, 30)]
    lines = [line for _, line in fault_lines(faults)]
    assert len(lines) == FEW + 1
    assert lines[-1] == "variants.csv: error: 4 more like the 10 above, on lines 20 to 22, 30 [csv.market]"


def test_errors_come_first_and_other_rules_are_not_swallowed() -> None:
    faults = [
        a_fault("1:1", level=Level.INFO),
        *(a_fault(f"{n}:1") for n in range(50)),
        a_fault("7:7", rule="csv.date"),
    ]
    levels, lines = zip(*fault_lines(faults), strict=True)
    assert list(levels) == [Level.ERROR] * (FEW + 2) + [Level.INFO]
    assert sum("csv.date" in line for line in lines) == 1


def test_places_that_are_keys_are_named() -> None:
    faults = [a_fault(f"shots[{n}].end") for n in range(FEW + 2)]
    assert list(fault_lines(faults))[-1][1].endswith("at shots[10].end, shots[11].end [csv.market]")


def test_counts_leave_out_what_there_is_none_of() -> None:
    assert count([a_fault("1:1")]) == "1 error"
    assert count([a_fault("1:1"), a_fault("2:1"), a_fault("3:1", level=Level.INFO)]) == "2 errors, 1 remark"
    assert count([]) == ""


def test_lines_are_told_as_ranges() -> None:
    assert on_lines([5]) == "on line 5"
    assert on_lines([9, 2, 3, 4, 2]) == "on lines 2 to 4, 9"
