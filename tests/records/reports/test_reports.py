"""What reports say, and that they say the same later. Golden texts stand in `golden/`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from procflow.errors import NotAllowed, NotFound, UsageError
from procflow.records.reports.forms.json_form import as_json
from procflow.records.reports.forms.text import text

MARCH = ("2026-03-01", "2026-03-31")


def rows(sheet: Any, table: str) -> list[dict[str, Any]]:
    return [
        {name: getattr(value, "id", value) for name, value in record.items()}
        for record in sheet.table(table).records()
    ]


@pytest.mark.parametrize("name", ["cases", "deadlines", "queues", "lateness"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_report_of_a_busy_month_reads_like_this(month: Any, golden: Any, name: str, language: str) -> None:
    golden(f"{name}.{language}.txt", text(month.report(name, *MARCH), language))


def test_a_report_of_days_without_anything_says_so(desk: Any) -> None:
    sheet = desk.at("2026-03-10 09:00").report("cases", "2026-03-03", "2026-03-04")
    assert sheet.is_empty and sheet.final
    assert "There is nothing to report for these days." in text(sheet, "en")
    assert "Der er intet at rapportere for disse dage." in text(sheet, "da")


def test_the_clock_of_a_case_that_was_answered_stopped_at_what_it_showed(desk: Any) -> None:
    case = desk.at("2026-03-03 10:12").open()
    desk.do(case, "to_advisor", "anna", adviser="bo")
    desk.at("2026-03-03 14:05").do(case, "answered", "bo")
    (clock,) = rows(desk.report("deadlines", "2026-03-03", "2026-03-03"), "clocks")
    assert clock["used"] == timedelta(hours=3, minutes=53)
    assert (clock["unit"], clock["verdict"], clock["cause"]) == ("advisor", "met", None)


def test_a_deadline_counts_for_the_unit_that_had_the_work(desk: Any) -> None:
    case = desk.open()
    desk.do(case, "to_advisor", "anna", adviser="bo")
    desk.at("2026-03-03 09:30").host()
    desk.do(case, "pass_on", "bo")
    desk.at("2026-03-04 12:00").do(case, "answered", "carl")
    found = {
        (row["unit"], row["deadline"]): (row["met"], row["missed"])
        for row in rows(desk.report("deadlines", *MARCH), "deadlines")
    }
    assert found == {("advisor", "call_back"): (0, 1), ("back_office", "back_acts"): (1, 0)}


def test_time_over_the_change_of_clocks_is_real_time_and_the_day_has_23_hours(desk: Any) -> None:
    case = desk.at("2026-03-28 14:00").open()
    desk.do(case, "to_back", "anna")
    desk.at("2026-03-29 14:30").do(case, "answered", "carl")  # 23.5 hours later
    sheet = desk.at("2026-03-30 08:00").report("deadlines", "2026-03-29", "2026-03-29")
    found = {row["deadline"]: row for row in rows(sheet, "clocks")}
    assert found["call_back"]["used"] == timedelta(hours=23, minutes=30)
    assert sheet.as_of - desk.instant("2026-03-29 00:00") == timedelta(hours=23)
    assert sheet.final


def test_steps_that_come_later_change_no_earlier_report(month: Any) -> None:
    first = {
        name: as_json(month.report(name, *MARCH), "en")
        for name in ("cases", "deadlines", "queues", "lateness")
    }
    assert all(report["final"] for report in first.values())
    for number in (6, 13, 24):
        month.do(number, "pass_on", "bo" if number == 13 else "anna")
        month.do(number, "answered", "carl")
    month.app.absent("bo", month.instant("2026-03-01 00:00"), None, "lis")
    organisation = Path(month.app.folder) / "procedures" / "organisation.yaml"
    organisation.write_text(
        organisation.read_text()
        .replace("roles: [agent, advisor]", "roles: [back_office]")
        .replace("09:00-17:00", "11:00-12:00")
    )
    month.at("2026-04-20 12:00").app.check()
    month.open(by="emil")
    month.host()
    again = {name: as_json(month.report(name, *MARCH), "en") for name in first}
    assert again == first
    assert (
        as_json(month.report("cases", "2026-03-01", "2026-04-20"), "en")["figures"]
        != first["cases"]["figures"]
    )


def test_figures_do_not_wait_for_a_host_that_was_away_but_say_that_it_was(desk: Any) -> None:
    desk.open()
    desk.at("2026-03-06 09:00")
    before = desk.report("deadlines", "2026-03-02", "2026-03-04")
    assert not before.final
    assert "Something fell due in these days and has not been taken yet, in 1 case." in text(before, "en")
    desk.host()
    after = desk.report("deadlines", "2026-03-02", "2026-03-04")
    assert after.final
    assert rows(after, "clocks") == rows(before, "clocks")
    assert rows(after, "units")[0]["missed"] == 1


def test_a_case_that_should_have_opened_by_itself_keeps_a_report_from_being_final(desk: Any) -> None:
    folder = Path(desk.app.folder) / "procedures" / "daily"
    folder.mkdir()
    (folder / "procedure.yaml").write_text(
        "procedure: daily\ntitle: {da: Daglig, en: Daily}\nsummary: {da: Hver dag., en: Every day.}\nowner: lead\n"
        "starts: [{every: open day at 08:00}]\ninitial: due\nstates:\n"
        "  due: {task: {role: lead}, choices: {done: {to: over}}}\n  over: {final: true, outcome: done}\n"
    )
    assert not [problem for problem in desk.app.check().problems if problem.is_error]
    desk.at("2026-03-04 12:00")
    before = desk.report("cases", "2026-03-03", "2026-03-03")
    assert not before.final and before.is_empty
    desk.host()
    after = desk.report("cases", "2026-03-03", "2026-03-03")
    assert after.final and after.table("procedures").values("opened") == [1]


def test_what_is_about_a_day_that_was_reported_counts_when_it_came(desk: Any) -> None:
    """A case that comes in with its deadline already past changes no report of the day of that deadline."""
    early = as_json(desk.at("2026-03-05 08:00").report("deadlines", "2026-03-02", "2026-03-04"), "en")
    case = desk.at("2026-03-10 09:00").open()
    desk.at("2026-03-12 09:00").host()
    desk.do(case, "wrong", "anna")
    assert as_json(desk.report("deadlines", "2026-03-02", "2026-03-04"), "en") == early


def test_a_report_holds_nothing_that_is_sealed(month: Any) -> None:
    for name in ("cases", "deadlines", "queues", "lateness"):
        assert "SECRET" not in str(as_json(month.report(name, *MARCH), "da"))


# who may see what


def test_who_looks_after_others_sees_everything_and_an_owner_his_procedures(month: Any) -> None:
    assert month.report("cases", *MARCH, by="lis").table("procedures").rows
    assert month.report("cases", *MARCH, by="carl").table("procedures").rows  # the back office owns it
    assert month.report("cases", *MARCH, by="dora").table("procedures").rows  # by procflow.toml


@pytest.mark.parametrize("person", ["anna", "bo", "idle", "nobody"])
def test_others_see_no_general_report_and_the_access_log_keeps_that_they_asked(
    month: Any, person: str
) -> None:
    with pytest.raises(NotAllowed, match="not for") as refused:
        month.report("cases", *MARCH, by=person)
    assert "Duty lead" in refused.value.hint
    last = list(month.app.store.access_log())[-1][3]
    assert (last["person"], last["what"], last["code"]) == (person, "report", "not_allowed")
    assert last["choice"] == "cases 2026-03-01..2026-03-31"


def test_every_look_is_kept_in_the_access_log(month: Any) -> None:
    month.report("queues", *MARCH)
    last = list(month.app.store.access_log())[-1][3]
    assert (last["person"], last["what"], last["choice"], last["code"]) == (
        "lis", "report", "queues 2026-03-01..2026-03-31", "read",
    )  # fmt: skip


def test_cases_that_only_some_may_see_are_in_no_report_of_the_others(month: Any) -> None:
    procedure = Path(month.app.folder) / "procedures" / "request" / "procedure.yaml"
    procedure.write_text(
        procedure.read_text().replace(
            "owner: back_office\n", "owner: back_office\nvisible_to: [back_office]\n"
        )
    )
    assert not [problem for problem in month.app.check().problems if problem.is_error]
    sheet = month.report("cases", *MARCH, by="lis")
    assert sheet.is_empty
    assert "Without the cases that only others may see: Request." in text(sheet, "en")
    assert month.report("cases", *MARCH, by="carl").table("procedures").values("opened") == [60]


# what is asked wrongly


def test_a_report_that_does_not_exist_is_named_with_the_nearest(desk: Any) -> None:
    with pytest.raises(NotFound) as why:
        desk.report("deadline", *MARCH)
    assert "deadlines" in why.value.hint


def test_days_in_the_wrong_order_or_to_come_are_refused(desk: Any) -> None:
    with pytest.raises(UsageError, match="before they begin"):
        desk.report("cases", "2026-03-02", "2026-03-01")
    with pytest.raises(UsageError, match="has not come yet"):
        desk.report("cases", "2026-03-03", "2026-03-04")


def test_an_option_that_a_report_does_not_take_is_refused(desk: Any) -> None:
    with pytest.raises(UsageError, match="no option 'by'"):
        desk.app.report("cases", None, None, "lis", {"by": "x"})
