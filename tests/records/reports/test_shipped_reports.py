"""Calls, feedback, leads and the clock of S08, counted from cases of the shipped procedures."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from procflow.core.decide import Command
from procflow.errors import NotAllowed
from procflow.records.reports.feedback import hidden_groups
from procflow.records.reports.forms.json_form import as_json
from procflow.records.reports.forms.text import text

ROOT = Path(__file__).parents[3]
AGREEMENT = (
    "    rows: [{agreement: AG-X, intermediary: inter_x, lead_fee: 350, commission_percent: 12, currency: DKK,"
    " data_sharing: true}, {agreement: AG-Y, intermediary: inter_y, lead_fee: 400, commission_percent: 10,"
    " currency: EUR, data_sharing: true}]"
)
SETTINGS = 'store = "sqlite:cases.db"\nlanguage = "en"\n' + "".join(
    f'[channels.{name}]\nmode = "off"\n' for name in ("mail", "sms", "crm", "relatel", "vehicle_register")
)


START = "2026-03-02 09:00"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, small_desk: Any) -> Path:
    """The shipped desk, read and published once: that takes seconds."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copytree(ROOT / "procedures", folder / "procedures")
    (folder / "procflow.toml").write_text(SETTINGS)
    agreements = folder / "procedures" / "tables" / "agreements.yaml"
    agreements.write_text(agreements.read_text().replace("    rows: []", AGREEMENT))
    small_desk(folder, START).app.close()
    return folder


@pytest.fixture
def desk(published: Path, small_desk: Any, tmp_path: Path) -> Iterator[Any]:
    """The shipped desk on Monday 2 March 2026, 9:00."""
    desk = small_desk(Path(shutil.copytree(published, tmp_path / "desk")), START, published=True)
    yield desk
    desk.app.close()


def opened(desk: Any, procedure: str, by: str, **given: Any) -> int:
    answer = desk.app.open(procedure, by, given)
    assert answer.accepted, answer.refusal
    desk.host()
    return answer.number


def people(sheet: Any) -> dict[str, tuple[int, int, int]]:
    return {
        r["person"].id: (r["offered"], r["answered"], r["missed"]) for r in sheet.table("people").records()
    }


# S08


def test_s08_the_clock_stopped_at_3_hours_and_53_minutes(desk: Any) -> None:
    desk.at("2026-03-03 10:12")
    case = opened(
        desk, "reach_customer", "agent_1", kn="104233", first_name="Mette", last_name="Holm",
        phones=["+4571999901"], caseworker="qaa", reason="Disagrees with the quote for the house",
    )  # fmt: skip
    desk.at("2026-03-03 10:40").do(case, "read_note", "qaa")
    desk.at("2026-03-03 14:05").do(case, "talked", "qaa", note="New quote agreed, sent by mail")
    sheet = desk.report("deadlines", "2026-03-03", "2026-03-03", by="lead_1")
    contact = next(row for row in sheet.table("clocks").records() if row["deadline"].id == "contact")
    assert contact["used"] == timedelta(hours=3, minutes=53)
    assert (contact["unit"].id, contact["verdict"].id, contact["case"]) == ("advisor", "met", case)
    assert "3 h 53 min" in text(sheet, "en") and "3 t 53 min" in text(sheet, "da")


# PRO-25


@pytest.fixture
def rung(desk: Any) -> Any:
    """A morning of calls: two taken by agent_1, one by qaa, one missed by agent_1, one by nobody in particular."""
    for minute, agent in ((5, "agent_1"), (20, "agent_1"), (30, "qaa")):
        desk.at(f"2026-03-02 10:{minute:02}")
        opened(desk, "call_in", agent)
    desk.at("2026-03-02 11:00")
    back = opened(
        desk, "missed_call", "agent_2", caller="+4571999901", rang_at=desk.instant("2026-03-02 10:50"), rang_for=40, called_agent="agent_1"
    )  # fmt: skip
    opened(desk, "missed_call", "agent_2", rang_at=desk.instant("2026-03-02 10:55"), rang_for=20)
    desk.at("2026-03-02 12:50").do(back, "reached", "agent_2")
    desk.host()
    desk.at("2026-03-03 09:00").host()
    return desk


def test_calls_are_counted_by_person_and_a_call_back_is_no_offered_call(rung: Any) -> None:
    sheet = rung.report("calls", "2026-03-02", "2026-03-02", by="lead_1")
    assert people(sheet) == {"agent_1": (3, 2, 1), "qaa": (1, 1, 0), "nobody": (1, 0, 1)}
    assert as_json(sheet, "en")["figures"] == {"offered": 5, "answered": 3, "missed": 2, "rate": 0.6}
    became = {r["outcome"].id: (r["calls"], r["median"]) for r in sheet.table("callbacks").records()}
    assert became == {"called_back": (1, timedelta(hours=2)), "number_withheld": (1, None)}


def test_the_call_report_reads_like_this(rung: Any, golden: Any) -> None:
    sheet = rung.report("calls", "2026-03-02", "2026-03-02", by="lead_1")
    golden("calls.en.txt", text(sheet, "en"))
    golden("calls.da.txt", text(sheet, "da"))


def test_an_agent_sees_the_own_figures_and_colleagues_only_together(rung: Any) -> None:
    assert people(rung.report("calls", "2026-03-02", "2026-03-02", by="qaa")) == {
        "qaa": (1, 1, 0), "colleagues": (3, 2, 1), "nobody": (1, 0, 1),
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        rung.report("calls", "2026-03-02", "2026-03-02", by="claims_1")


def test_only_time_on_duty_counts(desk: Any) -> None:
    desk.app.absent("agent_2", desk.instant("2026-03-03 00:00"), desk.instant("2026-03-04 00:00"), "lead_1")
    desk.at("2026-03-03 10:00")
    for person, rang_at in (("agent_1", "07:30"), ("agent_2", "09:30"), ("agent_1", "09:40")):
        opened(
            desk, "missed_call", "lead_1", rang_at=desk.instant(f"2026-03-03 {rang_at}"), called_agent=person
        )
    sheet = desk.report("calls", "2026-03-03", "2026-03-03", by="lead_1")
    off = {r["person"].id: (r["missed"], r["off_duty"]) for r in sheet.table("people").records()}
    assert off == {"agent_1": (1, 1), "agent_2": (0, 1)}


def test_no_report_of_calls_names_a_caller(rung: Any) -> None:
    told = str(as_json(rung.report("calls", "2026-03-02", "2026-03-02", by="lead_1"), "en"))
    assert "71999901" not in told


# PRO-34


def asked(desk: Any, score: int, n: int, channel: str = "sms") -> None:
    given = {"kn": f"20{n:02}", "first_name": "Mette", "channel": channel, "open_matter": "none"}
    given |= {"phone": f"+457199{n:04}"} if channel == "sms" else {"email": f"m{n}@example.com"}
    case = opened(desk, "feedback_invitation", "agent_1", **given)
    desk.do(case, "said_on_phone", "agent_1", score=str(score))


def test_the_score_is_the_promoters_less_the_detractors(desk: Any, golden: Any) -> None:
    for n, score in enumerate((10, 9, 9, 9, 8, 7, 6, 0)):
        asked(desk, score, n)
    for n, score in enumerate((9, 10, 3, 7, 8), 50):
        asked(desk, score, n, "mail")
    sheet = desk.report("feedback", "2026-03-01", "2026-03-02", by="lead_1")
    found = {(r["by"].id, r["group"].id): (r["answers"], r["nps"]) for r in sheet.table("groups").records()}
    assert found["all", "all"] == (13, Decimal("23.1"))  # 6 of 13 less 3 of 13
    assert found["channel", "sms"] == (8, Decimal("25.0"))
    assert found["channel", "mail"] == (5, Decimal("20.0"))
    golden("feedback.en.txt", text(sheet, "en"))
    golden("feedback.da.txt", text(sheet, "da"))


def test_a_group_under_five_is_not_published_nor_what_would_give_it_away(desk: Any) -> None:
    for n in range(6):
        asked(desk, 9, n)
    for n in range(50, 54):
        asked(desk, 0, n, "mail")
    sheet = desk.report("feedback", "2026-03-01", "2026-03-02", by="lead_1")
    found = {(r["by"].id, r["group"].id): r["nps"] for r in sheet.table("groups").records()}
    assert found["channel", "mail"] is None and found["channel", "sms"] is None
    assert found["all", "all"] == Decimal("20.0")
    assert hidden_groups({"a": 4, "b": 9, "c": 6}, 5) == {"a", "c"}
    assert hidden_groups({"a": 4, "b": 3, "c": 6}, 5) == {"a", "b"}
    assert hidden_groups({"a": 5, "b": 0}, 5) == set()


def test_fewer_than_five_answers_give_no_score_at_all(desk: Any) -> None:
    asked(desk, 9, 1)
    sheet = desk.report("feedback", "2026-03-01", "2026-03-02", by="lead_1")
    assert as_json(sheet, "en")["figures"]["nps"] is None
    assert "Answers so far: only 1;" in text(sheet, "en")


# INT-02 to INT-05


def lead(desk: Any, agreement: str = "AG-X", kn: str = "104233") -> int:
    return opened(
        desk, "lead", "insurer_1", kn=kn, agreement=agreement, in_book="yes", legal_basis="consent",
        offer="home", reason="Moved into a house this winter", source_cost="90",
    )  # fmt: skip


@pytest.fixture
def led(desk: Any) -> Any:
    """Three leads and a direct sale: one won with another product, one refused, one open with Y."""
    won, refused, _ = lead(desk), lead(desk, kn="104871"), lead(desk, "AG-Y", "105310")
    desk.at("2026-03-03 09:00").do(won, "accept", "inter_x")
    desk.do(refused, "refuse_lead", "inter_x", note="No longer a customer of ours")
    desk.host()
    desk.at("2026-03-04 09:00").do(
        won, "won", "inter_x", contract="P-20055", offered_product="boat", deviation="customer_asked", needs_documented="yes"
    )  # fmt: skip
    desk.host()
    opened(
        desk, "direct_sale", "insurer_1", kn="104233", contract="P-20077", closed_on="2026-03-02", premium="5000",
        agreement="AG-X", in_book_from="2020-01-01",
    )  # fmt: skip
    desk.at("2026-03-16 09:00").host()
    return desk


def test_leads_fees_and_commissions_are_told_by_intermediary(led: Any, golden: Any) -> None:
    sheet = led.report("leads", "2026-03-01", "2026-03-15", by="account_1")
    found = {
        r["intermediary"].id: (r["delivered"], r["accepted"], r["won_other"], r["refused"], r["open"])
        for r in sheet.table("leads").records()
    }
    assert found["inter_x"] == (2, 1, 1, 1, 0)
    money = {
        (r["intermediary"].id, r["kind"].id): (r["currency"], r["entries"], r["booked"], r["outstanding"])
        for r in sheet.table("ledger").records()
    }
    assert money == {
        ("inter_x", "lead_fee"): ("DKK", 1, 350, 350),
        ("inter_x", "commission"): ("DKK", 1, 600, 600),
    }
    owed = {
        (r["intermediary"].id, r["owes"].id): (r["owing"], r["overdue"])
        for r in sheet.table("reports").records()
    }
    assert owed["inter_x", "intermediary"] == (1, 1)
    golden("leads.en.txt", text(sheet, "en"))
    golden("leads.da.txt", text(sheet, "da"))


def test_an_intermediary_sees_the_own_part_only(led: Any) -> None:
    sheet = led.report("leads", "2026-03-01", "2026-03-15", by="inter_y")
    assert {r["intermediary"].id for t in sheet.tables for r in t.records()} <= {"inter_y"}
    assert "Xenia" not in text(sheet, "en")
    with pytest.raises(NotAllowed):
        led.report("leads", "2026-03-01", "2026-03-15", by="agent_1")


def test_each_accepted_lead_has_exactly_one_fee_and_the_report_says_where_not(led: Any) -> None:
    assert not led.report("leads", "2026-03-01", "2026-03-15", by="account_1").remarks
    desk = led
    third = lead(desk, "AG-Y", "105002")
    command = Command("accepting", "choice", "accept", "inter_y")
    assert desk.app.engine.submit(third, command).accepted  # its settlement waits for a host
    sheet = desk.report("leads", "2026-03-01", "2026-03-16", by="account_1")
    assert any(
        re.search(rf"Accepted without a fee: case {third}\.", remark.words["en"]) for remark in sheet.remarks
    )
    desk.at("2026-03-20 09:00")
    before = desk.report("leads", "2026-03-16", "2026-03-16", by="account_1")
    assert not before.final  # the case that is to be started counts from when it was asked for
    desk.host()
    after = desk.report("leads", "2026-03-16", "2026-03-16", by="account_1")
    assert after.final and not after.remarks
    assert [row["booked"] for row in after.table("ledger").records() if row["entries"]] == [400]
