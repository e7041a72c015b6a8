"""The survey with its gaps, on the published figures of the thesis (KAM-08, S87), and the faults of a file."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from procflow.errors import BrokenDocument, NotAllowed, NotFound, UsageError
from procflow.records.reports.forms.text import text

THESIS = (Path(__file__).parent / "thesis.csv").read_bytes()
DAY = ("2026-03-02", "2026-03-02")
HEAD = "source,group,respondent,n,measure,factor,score\n"


def gaps(sheet: Any) -> dict[str, dict[str, Any]]:
    return {row["factor"].id: row for row in sheet.table("gaps").records()}


@pytest.fixture
def thesis(desk: Any) -> Any:
    rows, conflicts = desk.app.import_figures("survey", "thesis", THESIS, "lis", hand_picked=True)
    assert rows == 43
    desk.conflicts = conflicts
    return desk


def numbers(*texts: str) -> list[Decimal]:
    return [Decimal(one) for one in texts]


ORDER = ("fixed_contact", "follow_up", "available", "needs", "how_often", "how", "events")


def test_s87_importance_less_performance_is_what_the_thesis_has(thesis: Any) -> None:
    found = gaps(thesis.report("survey", *DAY))
    assert [found[one]["g1"] for one in ORDER] == numbers("0.0", "0.6", "0.0", "0.0", "0.4", "0.4", "-1.0")


def test_s87_customers_less_employees_on_importance_is_what_the_thesis_has(thesis: Any) -> None:
    found = gaps(thesis.report("survey", *DAY))
    assert [found[one]["g2"] for one in ORDER] == numbers("0.3", "0.9", "0.4", "0.0", "1.1", "1.3", "0.0")


def test_s87_customers_less_employees_on_performance_where_nothing_is_disputed(thesis: Any) -> None:
    found = gaps(thesis.report("survey", *DAY))
    undisputed = [one for one in ORDER if not found[one]["disputed"]]
    assert undisputed == ["fixed_contact", "needs", "how_often", "how", "events"]
    assert [found[one]["g3"] for one in undisputed] == numbers("0.4", "0.7", "0.5", "0.8", "1.7")


def test_satisfaction_follows_the_tables_and_not_the_discussion(thesis: Any) -> None:
    """The text compares 4.8 with 4.7 for availability; those are the figures of delivery (Q16)."""
    found = {
        row["factor"].id: (row["customers"], row["employees"], row["difference"])
        for row in thesis.report("survey", *DAY).table("satisfaction").records()
    }
    assert found == {
        "quality": tuple(numbers("4.6", "4.8", "-0.2")),
        "price": tuple(numbers("3.2", "3.2", "0.0")),
        "delivery": tuple(numbers("4.8", "4.7", "0.1")),
        "availability": tuple(numbers("4.6", "5.0", "-0.4")),
    }


def test_s87_the_contradiction_of_the_two_tables_is_told_and_not_settled_in_silence(thesis: Any) -> None:
    assert sorted(thesis.conflicts) == [
        "available, performance, customer: table_1 says 6.6, table_2 says 6.0",
        "follow_up, performance, customer: table_1 says 6.0, table_2 says 6.6",
    ]
    sheet = thesis.report("survey", *DAY)
    used = {
        (row["factor"].id, row["source"].id, row["value"], row["used"])
        for row in sheet.table("conflicts").records()
    }
    assert used == {
        ("available", "table_1", Decimal("6.6"), True), ("available", "table_2", Decimal("6.0"), False),
        ("follow_up", "table_1", Decimal("6.0"), True), ("follow_up", "table_2", Decimal("6.6"), False),
    }  # fmt: skip
    told = "\n".join(remark.words["en"] for remark in sheet.remarks if remark.kind == "conflict")
    assert (
        "Available at any time: as printed 0.2, only the customers' column exchanged 0.8, both columns exchanged 0.6"
        in told
    )
    assert (
        "Continuous follow-up: as printed 0.6, only the customers' column exchanged 0.0, both columns exchanged 0.2"
        in told
    )
    assert "cannot be decided" in told


def test_which_table_counts_is_a_parameter(thesis: Any) -> None:
    organisation = Path(thesis.app.folder) / "procedures" / "organisation.yaml"
    organisation.write_text(organisation.read_text() + "parameters: {survey_source: table_2}\n")
    thesis.at("2026-03-02 10:00").app.check()
    found = gaps(thesis.report("survey", *DAY))
    assert (found["available"]["g1"], found["follow_up"]["g1"]) == (Decimal("0.6"), Decimal("0.0"))


def test_factors_that_matter_and_on_which_we_do_less_call_for_a_plan(thesis: Any) -> None:
    told = [
        remark.words["en"] for remark in thesis.report("survey", *DAY).remarks if remark.kind == "warning"
    ]
    assert told == [
        "Important factors on which we do too little: Continuous follow-up, Knows how often I want contact, "
        "Knows how I want contact. They need an activity plan with an owner and a date."
    ]


def test_the_report_of_the_thesis_reads_like_this(thesis: Any, golden: Any) -> None:
    golden("survey.en.txt", text(thesis.report("survey", *DAY), "en"))
    golden("survey.da.txt", text(thesis.report("survey", *DAY), "da"))


def test_single_answers_are_averaged_and_a_group_under_five_is_not_shown(desk: Any) -> None:
    answers = "".join(
        f",customer,R{n},,performance,follow_up,{score}\n" for n, score in enumerate((7, 7, 6, 5, 5))
    )
    answers += "".join(f",employee,M{n},,performance,follow_up,6\n" for n in range(4))
    desk.app.import_figures("survey", "small", (HEAD + answers).encode(), "lis")
    sheet = desk.report("survey", *DAY)
    row = gaps(sheet)["follow_up"]
    assert (row["performance"], row["performance_employees"], row["g3"]) == (Decimal("6.0"), None, None)
    assert "Fewer than 5 answers from employees" in text(sheet, "en")


def test_the_next_survey_is_compared_with_the_one_before(thesis: Any) -> None:
    better = THESIS.replace(
        b"table_1,customer,,5,performance,follow_up,6.0", b"table_1,customer,,5,performance,follow_up,6.4"
    ).replace(
        b"follow_up,6.6\ntable_2,customer,,5,performance,needs",
        b"follow_up,6.4\ntable_2,customer,,5,performance,needs",
    )
    thesis.at("2026-03-09 10:00").app.import_figures("survey", "next", better, "lis")
    found = gaps(thesis.report("survey", "2026-03-01", "2026-03-31"))
    assert (found["follow_up"]["g1"], found["follow_up"]["since"]) == (Decimal("0.2"), Decimal("-0.4"))
    older = gaps(thesis.report("survey", "2026-03-01", "2026-03-31", survey="thesis"))
    assert (older["follow_up"]["g1"], older["follow_up"]["since"]) == (Decimal("0.6"), None)
    with pytest.raises(NotFound, match="no survey 'thesi'"):
        thesis.report("survey", *DAY, survey="thesi")


def test_figures_brought_in_later_change_no_earlier_report(thesis: Any) -> None:
    thesis.at("2026-03-03 09:00")
    first = text(thesis.report("survey", *DAY), "en")
    thesis.app.import_figures("survey", "thesis", THESIS.replace(b"6.6", b"5.6"), "lis")
    assert text(thesis.report("survey", *DAY), "en") == first
    assert text(thesis.report("survey", "2026-03-03", "2026-03-03"), "en") != first


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (",customer,R9,,performance,follow_up,8", "row 3, column score: 8 lies outside the scale of performance, 1 to 7"),
        (",customer,R9,,satisfaction,price,6", "row 3, column score: 6 lies outside the scale of satisfaction, 1 to 5"),
        (",customer,R9,,performance,follow_up,0", "row 3, column score: 0 lies outside"),
        (",customer,R9,,performance,follow_up,6.5", "row 3, column score: 6.5 is no answer that one person can give"),
        (",customer,R9,,performance,follow_up,six", "row 3, column score: 'six' is no number"),
        (",customer,R9,,performance,follow_up,NaN", "row 3, column score: 'NaN' is no number"),
        (",customer,R9,,performance,follow_up,1e999999", "row 3, column score"),
        (",customer,R9,,performance,follow_up,", "row 3, column score: '' is no number"),
        (",client,R9,,performance,follow_up,6", "row 3, column group: 'client' is none of customer, employee"),
        (",customer,R9,,effort,follow_up,6", "row 3, column measure: 'effort' is none of importance"),
        (",customer,Mette Holm,,performance,follow_up,6", "row 3, column respondent: 'Mette Holm' is no pseudonym"),
        (",customer,010190-1234,,performance,follow_up,6", "row 3, column respondent"),
        (",customer,,,performance,follow_up,6", "row 3, column n: how many answered is missing"),
        (",customer,,0,performance,follow_up,6", "row 3, column n: '0' is no count of people"),
        (",customer,R9,5,performance,follow_up,6", "row 3, column n: one person's answer has no count"),
        (",customer,R1,,performance,follow_up,6", "row 3, column factor: the same was said in row 2"),
        (",customer,R9,,performance,=cmd,6", "row 3, column factor: '=cmd' is no id of a factor"),
        (",customer,R9,,performance,follow_up", "row 3: it has 6 cells, the heading has 7"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_row_and_column_and_nothing_is_stored(desk: Any, line: str, told: str) -> None:
    content = f"{HEAD},customer,R1,,performance,follow_up,7\n{line}\n".encode()
    with pytest.raises(BrokenDocument) as why:
        desk.app.import_figures("survey", "bad", content, "lis")
    assert told in why.value.message and "nothing of it is stored" in why.value.message
    assert why.value.facts["faults"][0]["row"] == 3
    assert desk.report("survey", *DAY).is_empty
    assert desk.app.store.names_in_force("figures") == []


def test_every_fault_of_a_file_is_told_at_once(desk: Any) -> None:
    content = HEAD + ",customer,R1,,performance,follow_up,8\n,client,R2,,performance,follow_up,9x\n"
    with pytest.raises(BrokenDocument) as why:
        desk.app.import_figures("survey", "bad", content.encode(), "lis")
    assert [(f["row"], f["column"]) for f in why.value.facts["faults"]] == [(3, "group"), (3, "score")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "row 1, column group: the column is missing"),
        (HEAD.encode(), "row 2: there is no row below the heading"),
        (b"group,measure,factor,scor\n", "row 1, column scor: there is no such column; did you mean `score`"),
        (b"group,group,measure,factor,score\n", "row 1, column group: the column stands twice"),
        (HEAD.encode() + "æ".encode("latin-1"), "row 2: this is not UTF-8"),
        (HEAD.encode() + b'"open\n', "this is not CSV"),
    ],
)
def test_a_file_that_is_none_is_told_as_such(desk: Any, content: bytes, told: str) -> None:
    with pytest.raises(BrokenDocument) as why:
        desk.app.import_figures("survey", "bad", content, "lis")
    assert told in why.value.message


def test_a_danish_spreadsheet_s_file_is_read_too(desk: Any) -> None:
    content = "\ufeff" + HEAD.replace(",", ";") + ";customer;;5;performance;follow_up;6,4\r\n"
    assert desk.app.import_figures("survey", "dk", content.encode(), "lis") == (1, [])
    assert gaps(desk.report("survey", *DAY))["follow_up"]["performance"] == Decimal("6.4")


def test_who_may_not_see_the_survey_brings_none_in(desk: Any) -> None:
    with pytest.raises(NotAllowed):
        desk.app.import_figures("survey", "thesis", THESIS, "anna")
    with pytest.raises(UsageError, match="no figures of the kind"):
        desk.app.import_figures("surveys", "thesis", THESIS, "lis")
    with pytest.raises(UsageError, match="no name for figures"):
        desk.app.import_figures("survey", "../x", THESIS, "lis")


def test_the_journal_of_the_organisation_keeps_who_brought_figures_in(thesis: Any) -> None:
    assert thesis.app.audit().is_whole
