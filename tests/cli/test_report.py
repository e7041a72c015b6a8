"""`procflow report` in the real command line."""

import csv
import io
import json
from typing import Any

import pytest

DAYS = ("--from", "2026-05-01", "--to", "2026-05-11")


@pytest.fixture
def worked(desk: Any) -> Any:
    """Two cases of policy_change, one of them closed."""
    desk.registered()
    desk.ok("do", "1", "withdraw")
    desk.ok("open", "policy_change")
    return desk


def test_without_a_name_the_reports_are_listed_with_a_line_each(desk: Any) -> None:
    printed = desk.ok("report", by="qll")
    assert "deadlines   Deadlines met and missed by unit" in printed
    assert "Frister holdt og overskredet" in desk.ok("report", "--lang", "da", by="qll")
    names = [report["name"] for report in desk.json("report", by="qll")["reports"]]
    assert {"cases", "deadlines", "queues", "lateness"} <= set(names)
    assert [report["name"] for report in desk.json("report", by="qpp")["reports"]][:2] == [
        "cases",
        "deadlines",
    ]


def test_the_table_is_the_default_form(worked: Any) -> None:
    printed = worked.ok("report", "cases", *DAYS, by="qll")
    assert "Change of a policy       2       1              1           0" in printed
    assert "Not final: figures up to Monday 11 May 2026 at 10:05." in printed


def test_json_is_the_result_and_the_form_json_is_the_report_alone(worked: Any) -> None:
    result = worked.json("report", "cases", *DAYS, by="qll")
    alone = json.loads(worked.ok("report", "cases", *DAYS, "--format", "json", by="qll"))
    assert result == alone
    assert result["figures"] == {"opened": 2, "closed": 1, "open": 1, "late": 0}
    assert (result["from"], result["to"], result["final"]) == ("2026-05-01", "2026-05-11", False)


def test_csv_goes_to_a_file_by_its_name_and_any_table_can_be_chosen(worked: Any) -> None:
    assert worked.ok("report", "cases", *DAYS, "-o", "cases.csv", by="qll") == "cases.csv\n"
    written = (worked.folder / "cases.csv").read_bytes()
    assert written.startswith(b"procedure,opened,closed,on_time,late,median,p90\r\npolicy_change,2,1,1,0,")
    outcomes = worked.ok("report", "cases", *DAYS, "--format", "csv", "--table", "outcomes", by="qll")
    assert next(iter(csv.DictReader(io.StringIO(outcomes))))["outcome"] == "withdrawn"
    wrong = worked.run("report", "cases", *DAYS, "--format", "csv", "--table", "outcome", by="qll")
    assert wrong.returncode == 2 and "outcomes" in wrong.stderr


def test_html_is_a_page_that_needs_nothing_else(worked: Any) -> None:
    page = worked.ok("report", "cases", *DAYS, "--format", "html", "--lang", "da", by="qll")
    assert page.startswith("<!doctype html>") and '<html lang="da">' in page
    assert "Sager efter procedure" in page and "<svg" in page
    assert not any(far in page for far in ("http:", "https:", "<script", "src=", "@import", "url(//"))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("report", "case"), 6, "did you mean `cases`"),
        (("report", "cases", "--from", "1.5.2026"), 2, "--from '1.5.2026' is no day"),
        (("report", "cases", "--from", "2026-05-02", "--to", "2026-05-01"), 2, "before they begin"),
        (("report", "cases", "--from", "2027-05-02"), 2, "before they begin"),
        (("report", "cases", "--format", "xls"), 6, "there is no form 'xls' of reports"),
        (("report", "cases", "--table", "days"), 2, "add --format csv"),
        (("report", "cases", "--set", "x=1"), 2, "no option 'x'"),
        (("report", "cases", "-o", "nowhere/x.html"), 4, "cannot be written"),
    ],
)
def test_what_is_asked_wrongly_is_told_with_what_to_do(
    desk: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    done = desk.run(*words, by="qll")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_who_may_not_see_a_report_is_told_who_may_and_the_log_keeps_it(worked: Any) -> None:
    done = worked.run("report", "cases", *DAYS, by="qbb")
    assert (done.returncode, done.stdout) == (5, "")
    assert "not for Bo Test" in done.stderr and "Duty lead" in done.stderr
    assert worked.run("report", "cases", *DAYS, by="").returncode == 2


def test_a_form_of_a_plugin_is_written_like_our_own(worked: Any) -> None:
    worked.write(
        "plugins/names.py",
        "from procflow.hookspecs import hookimpl\n\n\n"
        "def names(sheet, write, language, **options):\n"
        '    write(" ".join(table.name for table in sheet.tables).encode())\n\n\n'
        'names.of = "report"\n\n\n'
        "@hookimpl\ndef register_exporters():\n    return {'names': names}\n",
    )
    assert worked.ok("report", "cases", *DAYS, "--format", "names", by="qll") == "procedures outcomes days"
    wrong = worked.run("report", "cases", *DAYS, "--format", "journal", by="qll")
    assert wrong.returncode == 6 and "there is no form 'journal' of reports" in wrong.stderr


# figures from outside


def test_figures_are_brought_in_and_counted(desk: Any) -> None:
    assert desk.ok("import", "turnover", "turnover.csv", by="qll") == "Kept: 2 rows of turnover turnover.\n"
    result = desk.json("report", "classes", by="qll")
    assert [row["customers"] for row in result["tables"][0]["rows"]] == [1, 1, 0]
    story = desk.ok("audit", by="qll")
    assert "The record is whole." in story


def test_a_file_with_a_fault_is_told_with_row_and_column_and_not_taken(desk: Any) -> None:
    desk.write(
        "survey.csv",
        "group,respondent,measure,factor,score\ncustomer,R1,performance,how,7\ncustomer,R2,performance,how,8\n",
    )
    done = desk.run("import", "survey", "survey.csv", by="qll")
    assert (done.returncode, done.stdout) == (1, "")
    assert "row 3, column score: 8 lies outside the scale of performance, 1 to 7" in done.stderr
    told = json.loads(desk.run("import", "survey", "survey.csv", "--json", by="qll").stdout)
    assert told["error"]["facts"]["faults"][0]["row"] == 3
    assert desk.json("report", "survey", by="qll")["empty"] is True


def test_what_contradicts_itself_is_kept_and_said(desk: Any) -> None:
    head = "source,group,n,measure,factor,score\n"
    desk.write("two.csv", head + "one,customer,5,performance,how,6.6\ntwo,customer,5,performance,how,6.0\n")
    printed = desk.ok("import", "survey", "two.csv", "--lang", "da", by="qll")
    assert "Gemt: 2 rækker af survey two." in printed
    assert "Modsigelse: how, performance, customer: one says 6.6, two says 6.0" in printed


def test_who_may_not_bring_figures_in_is_told_so(desk: Any) -> None:
    assert desk.run("import", "turnover", "turnover.csv", by="qpp").returncode == 5
    assert desk.run("import", "turnover", "nowhere.csv", by="qll").returncode == 6
    assert desk.run("import", "turnovers", "turnover.csv", by="qll").returncode == 2


def test_what_is_wrong_with_a_report_is_told_in_danish_too(desk: Any) -> None:
    for words, code, said in (
        (
            ("report", "cases", "--from", "2026-05-02", "--to", "2026-05-01"),
            2,
            "dagene slutter den 2026-05-01, før",
        ),
        (("report", "cses"), 6, "der er ingen rapport 'cses'"),
    ):
        done = desk.run(*words, "--lang", "da", by="qll")
        assert done.returncode == code and said in done.stderr, done.stderr
