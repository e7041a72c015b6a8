"""Promises that no single procedure can keep, held against all shipped files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: The procedures that bring a customer and us together.
CONTACT = ("reach_customer", "kc_request", "missed_call", "reminder")
#: Words by which a customer would be a better or a worse one.
STATUS = re.compile(
    r"status|prospect|terminat|arrear|active|customer_class|kundeklasse|restance|opsagt", re.I
)
#: The departments whose own clock runs in working days.
WORKING_DAYS = ("kc_request", "payment_problem", "policy_change")


#: The numbers that stand in no procedure's file, and why. All others are promises there, under their number.
KEPT_ELSEWHERE = {
    "inv_04": "the two notices are fixed texts of reach_customer, in which nobody can leave anything out",
    "inv_07": "what a procedure does not know cannot make a difference: no contact procedure has such a field",
    "inv_11": "the engine never starts a running clock anew, whoever gets the work",
    "inv_12": "the engine reckons elapsed time on the line of instants",
    "inv_20": "the engine binds evidence to what it covers, and no stored file is ever changed",
    "inv_25": "it is about the words of all files, not about one case",
    "inv_37": "the field types and the channels refuse such content before a case sees it",
    "inv_38": "the journal is the engine's own",
    "inv_40": "it is about the clocks of all files, not about one case",
}
NUMBERS = {f"inv_{n:02}" for n in range(1, 49)} | {f"live_{n:02}" for n in range(1, 16)}


@pytest.fixture
def procedures(shipped):
    return shipped.procedures


@pytest.mark.parametrize("name", CONTACT)
def test_inv_07_no_contact_procedure_knows_what_kind_of_customer_it_is(procedures, name) -> None:
    """What is not there cannot make a difference: two runs that differ in the customer's status are one."""
    assert [field.name for field in procedures[name].data if STATUS.search(field.name)] == []


@pytest.mark.parametrize("name", WORKING_DAYS)
def test_inv_25_nothing_said_or_sent_promises_24_hours_where_the_clock_has_working_days(name) -> None:
    (path,) = (ROOT / "procedures").rglob(f"{name}/procedure.yaml")
    spoken = [
        line
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"\s*(say|text|subject):", line) and re.search(r"24 (timer|hours)|et døgn|a day\b", line)
    ]
    assert spoken == []


def test_every_numbered_promise_stands_in_a_procedure_or_is_kept_elsewhere_for_a_reason(procedures) -> None:
    named = (
        re.match(r"(?:inv|live)_[0-9]{2}(?=_|$)", promise.name)
        for procedure in procedures.values()
        for promise in procedure.promises
    )
    assert {found[0] for found in named if found} == NUMBERS - set(KEPT_ELSEWHERE)


def test_inv_40_no_clock_stands_still_because_we_are_busy(procedures) -> None:
    """Clocks stand still only where we wait for somebody outside."""
    ours = [
        (procedure.name, deadline.name, state)
        for procedure in procedures.values()
        for deadline in procedure.deadlines
        for state in deadline.pause_in
        if procedure.state[state].task is not None and not state.startswith(("awaiting", "waiting"))
    ]
    assert ours == []
