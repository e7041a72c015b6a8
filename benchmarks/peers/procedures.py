"""The two procedures that all peers step through, as a program may have them: a small one, that of the benchmark `step`,
and one of the size of those that come with procflow. Ours are `step_bench.PROCEDURE` and `claim.yaml`; the BPMN for
SpiffWorkflow is written from these. Guards are expressions of Python, over the case's data and what was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any


@dataclass(frozen=True)
class Choice:
    to: str
    asks: tuple[str, ...] = ()
    guard: str = ""
    code: CodeType | None = None  # the guard, compiled


@dataclass(frozen=True)
class Procedure:
    name: str
    # the first is where a case begins; without choices a case ends
    states: Mapping[str, Mapping[str, Choice]]
    deadlines: Mapping[str, int]  # state -> days
    mails: Mapping[str, tuple[str, str]]  # state -> to whom, and the field that is its text
    path: tuple[tuple[str, Mapping[str, Any]], ...]  # the steps that are measured: choice, what is given
    first: str = field(default="", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", next(iter(self.states)))

    def moved(
        self, state: str, data: Mapping[str, Any], name: str, given: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]] | None:
        """The state and the data after a choice; None where it is refused."""
        choice = self.states[state].get(name)
        after = {**data, **given}
        if choice is None or any(ask not in given for ask in choice.asks):
            return None
        if choice.code is not None and not eval(choice.code, {}, after):
            return None
        return choice.to, after

    def mail(self, state: str, number: int, data: Mapping[str, Any]) -> dict[str, Any] | None:
        """What a state asks to be sent when it is entered."""
        if state not in self.mails:
            return None
        to, text = self.mails[state]
        return {"to": to, "subject": f"Case {number}", "text": data[text]}


def _choice(to: str, asks: str = "", guard: str = "") -> Choice:
    return Choice(to, tuple(asks.split()), guard, compile(guard, "guard", "eval") if guard else None)


SMALL = Procedure(
    "small",
    {
        "asked": {"register": _choice("working", "phone wish carrier", 'carrier != "C" and len(wish) > 4')},
        "working": {"done": _choice("ended")},
        "ended": {},
    },
    {"working": 4},
    {"working": ("main@example.com", "wish")},
    (
        (
            "register",
            {"phone": "+4571999901", "wish": "take the glass cover off policy 1", "carrier": "A"},
        ),
    ),
)

CLAIM = Procedure(
    "claim",
    {
        "received": {
            "register": _choice("registered", "phone customer policy kind", "len(customer) > 1"),
            "duplicate": _choice("refused", "reason"),
            "not_ours": _choice("refused", "reason"),
        },
        "registered": {
            "describe": _choice("assessing", "happened description estimate", "estimate >= 0"),
            "ask_documents": _choice("documents_missing"),
            "withdraw": _choice("refused", "reason"),
        },
        "documents_missing": {
            "documents_came": _choice("assessing", "photos description estimate", "photos > 0"),
            "remind": _choice("documents_missing"),
            "withdraw": _choice("refused", "reason"),
        },
        "assessing": {
            "ask_workshop": _choice("workshop_asked", "workshop", 'kind != "theft" and estimate > 1000'),
            "pay_at_once": _choice("paying", "excess offer", "estimate <= 1000"),
            "look_twice": _choice("second_look", "", "estimate > 50000"),
            "ask_documents": _choice("documents_missing"),
            "refuse": _choice("refused", "reason"),
        },
        "workshop_asked": {
            "offer_came": _choice("offer_in", "offer offered_by", "offer > 0"),
            "other_workshop": _choice("workshop_asked", "workshop"),
            "withdraw": _choice("refused", "reason"),
        },
        "offer_in": {
            "accept": _choice("approved", "excess", "offer <= estimate * 2 and excess < offer"),
            "look_twice": _choice("second_look"),
            "haggle": _choice("workshop_asked", "workshop"),
        },
        "second_look": {
            "agree": _choice("approved", "excess"),
            "disagree": _choice("refused", "reason"),
            "send_back": _choice("assessing"),
        },
        "approved": {
            "begin_repair": _choice("repairing", "begins"),
            "pay_instead": _choice("paying"),
            "withdraw": _choice("refused", "reason"),
        },
        "repairing": {
            "repaired": _choice("paying", "photos", "photos > 1"),
            "delayed": _choice("repairing", "begins"),
            "stop": _choice("refused", "reason"),
        },
        "paying": {
            "pay": _choice("settled", "paid reference", "paid <= offer - excess"),
            "hold": _choice("paying", "reason"),
            "back": _choice("assessing"),
        },
        "refused": {},
        "settled": {},
    },
    {
        "registered": 1,
        "documents_missing": 10,
        "workshop_asked": 5,
        "offer_in": 2,
        "repairing": 20,
        "paying": 3,
    },
    {
        "documents_missing": ("documents@example.com", "policy"),
        "workshop_asked": ("workshops@example.com", "description"),
        "approved": ("main@example.com", "offered_by"),
    },
    (
        (
            "register",
            {"phone": "+4571999901", "customer": "Karla Test", "policy": "P-20417", "kind": "glass"},
        ),
        (
            "describe",
            {
                "happened": "2026-03-01",
                "description": "a stone from the road went through the windscreen on the driver's side",
                "estimate": 6200,
            },
        ),
        ("ask_workshop", {"workshop": "B"}),
        ("offer_came", {"offer": 7400, "offered_by": "Per Test"}),
        ("accept", {"excess": 1500}),
        ("begin_repair", {"begins": "2026-03-05"}),
        ("repaired", {"photos": 3}),
        ("pay", {"paid": 5900, "reference": "bank 88-20417"}),
    ),
)

PROCEDURES = {procedure.name: procedure for procedure in (SMALL, CLAIM)}
