"""Customers by class, cut by turnover and held against both yardsticks (KAM-07, Q15)."""

from decimal import Decimal
from typing import Any

import pytest

from procflow.errors import BrokenDocument, NotAllowed
from procflow.records.reports.forms.text import text

DAY = ("2026-03-02", "2026-03-02")


def file(*turnovers: int, was: str = "") -> bytes:
    rows = "".join(f"{1000 + n},{turnover},{was[n : n + 1]}\n" for n, turnover in enumerate(turnovers))
    return f"kn,turnover,class\n{rows}".encode()


#: 20 customers: the largest two bring 50 %, the largest four 80 % of 1000.
TWENTY = (300, 200, 160, 140, 40, 30, 25, 20, 15, 10, 10, 10, 10, 10, 5, 5, 4, 3, 2, 1)


def classes(sheet: Any) -> dict[str, dict[str, Any]]:
    return {row["class"].id: row for row in sheet.table("classes").records()}


def test_classes_are_cut_by_turnover_and_told_against_the_bands(desk: Any) -> None:
    desk.app.import_figures("turnover", "2025", file(*TWENTY), "lis")
    found = classes(desk.report("classes", *DAY))
    assert [(found[c]["customers"], found[c]["turnover"]) for c in "ABC"] == [
        (4, Decimal(800)), (7, Decimal(150)), (9, Decimal(50)),
    ]  # fmt: skip
    assert [(found[c]["share"], found[c]["band"], found[c]["inside"]) for c in "ABC"] == [
        (Decimal("0.2"), "5–10 %", False), (Decimal("0.35"), "20–40 %", True), (Decimal("0.45"), None, None),
    ]  # fmt: skip
    assert [(found[c]["by_count"], found[c]["by_count_turnover"]) for c in "ABC"] == [
        (2, Decimal("0.5")), (8, Decimal("0.44")), (10, Decimal("0.06")),
    ]  # fmt: skip


def test_the_rule_of_80_and_20_is_held_against_the_same_figures(desk: Any) -> None:
    desk.app.import_figures("turnover", "2025", file(*TWENTY), "lis")
    found = {
        r["rule"].id: (r["found"], r["holds"])
        for r in desk.report("classes", *DAY).table("yardsticks").records()
    }
    assert found == {"pareto_turnover": (Decimal("0.8"), True), "pareto_customers": (Decimal("0.2"), True)}


def test_both_thresholds_are_parameters(desk: Any) -> None:
    path = desk.app.path("procedures/organisation.yaml")
    with open(path, "a") as organisation:
        organisation.write(
            "parameters: {class_a_turnover: 50, class_b_turnover: 80, class_a_most: 15, class_top_customers: 10}\n"
        )
    assert not [problem for problem in desk.app.check().problems if problem.is_error]
    desk.app.import_figures("turnover", "2025", file(*TWENTY), "lis")
    sheet = desk.report("classes", *DAY)
    found = classes(sheet)
    assert [found[c]["customers"] for c in "ABC"] == [2, 2, 16]
    assert (found["A"]["band"], found["A"]["by_count"]) == ("5–15 %", 3)
    assert [row["found"] for row in sheet.table("yardsticks").records()] == [Decimal("0.5"), Decimal("0.2")]


def test_customers_who_change_class_are_named_by_number_only(desk: Any, golden: Any) -> None:
    desk.app.import_figures("turnover", "2025", file(*TWENTY, was="ABBA" + "B" * 7 + "C" * 9), "lis")
    sheet = desk.report("classes", *DAY)
    changed = [row["kn"] for row in sheet.table("customers").records() if row["changes"]]
    assert changed == ["1001", "1002"]
    golden("classes.en.txt", text(sheet, "en"))
    golden("classes.da.txt", text(sheet, "da"))


def test_customers_without_any_turnover_are_all_in_the_last_class(desk: Any) -> None:
    desk.app.import_figures("turnover", "2025", file(0, 0), "lis")
    assert [row["customers"] for row in desk.report("classes", *DAY).table("classes").records()] == [0, 0, 2]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1000,5,A\n1000,6,A", "row 3, column kn: the customer stands in row 2 too"),
        ("12,5,A", "row 2, column kn: '12' is no customer number"),
        ("1000,-5,A", "row 2, column turnover: '-5' is below nothing"),
        ("1000,=1+1,A", "row 2, column turnover: '=1+1' is no number"),
        ("1000,5,E", "row 2, column class: 'E' is none of A, B, C, D"),
    ],
)
def test_a_fault_is_told_with_row_and_column(desk: Any, row: str, told: str) -> None:
    with pytest.raises(BrokenDocument, match="nothing of it is stored") as why:
        desk.app.import_figures("turnover", "2025", f"kn,turnover,class\n{row}\n".encode(), "lis")
    assert told in why.value.message


def test_an_agent_sees_no_classes(desk: Any) -> None:
    with pytest.raises(NotAllowed):
        desk.report("classes", *DAY, by="anna")
    assert desk.report("classes", *DAY, by="kim").is_empty
