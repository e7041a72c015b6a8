"""What somebody is told after a command that is no choice: numbers, people, instants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from procflow.app import App
from procflow.core.between_cases import MADE_HERE
from procflow.core.calendar import Due
from procflow.core.journal import EventDropped, HandOverOffered
from procflow.core.nearest import did_you_mean
from procflow.core.record import decode_entries
from procflow.engine import Answer
from procflow.views.case import after_step


def taken_view(answer: Answer, **more: Any) -> dict[str, Any]:
    """The case and how many steps it has now, with what the command was about in between."""
    return {"number": answer.number, **more, "sequence": answer.sequence}


def handed_view(answer: Answer) -> dict[str, Any]:
    """To whom work is offered, and until when they may answer; nothing of it where it was told before."""
    offered = next((entry for entry in answer.entries if isinstance(entry, HandOverOffered)), None)
    if offered is None and answer.case is not None:  # the same request again: as the case stands now
        for one in answer.case.hand_overs.values():
            return taken_view(answer, person=one.to, until=Due.instant(one.due))
    if offered is None:
        return taken_view(answer)
    return taken_view(answer, person=offered.to, until=Due.instant(offered.due))


def absence_taken_view(
    app: App, answer: Answer, person: str, since: datetime, until: datetime | None, warning: str
) -> dict[str, Any]:
    return {
        "person": person, "from": since, "until": until, "sequence": answer.sequence, "warning": warning or None,
    }  # fmt: skip


def shift_view(app: App, answer: Answer, day: date, shift: str, person: str) -> dict[str, Any]:
    who = app.engine.surroundings().organisation.person_id(person) or person
    return {"day": day, "shift": shift, "person": who or None, "sequence": answer.sequence}


def swap_view(
    answer: Answer, day: date, giver: str, taker: str, in_return: date | None, confirmed: list[str]
) -> dict[str, Any]:
    return {
        "day": day, "giver": giver, "taker": taker, "in_return": in_return, "confirmed": confirmed,
        "sequence": answer.sequence,
    }  # fmt: skip


def pair_view(app: App, answer: Answer, one: str, other: str, *, mates: bool) -> dict[str, Any]:
    organisation = app.engine.surroundings().organisation
    ids = [organisation.person_id(name) or name for name in (one, other)]
    return {"one": ids[0], "other": ids[1], "mates": mates, "sequence": answer.sequence}


def signal_view(app: App, answer: Answer, event: str, by: str, language: str) -> dict[str, Any]:
    """The case after an event, and `taken`: whether some state took it, also where the same was asked before."""
    entries = answer.entries
    if answer.repeated:  # what the first time led to stands in the journal
        entries = decode_entries(next(iter(app.store.journal(answer.case_id, answer.sequence - 1))).entries)
    dropped = any(isinstance(entry, EventDropped) and entry.name == event for entry in entries)
    return {**after_step(app, answer, by, language), "taken": not dropped}


def meant_event(app: App, number: int, event: str) -> str:
    """The event that was meant, where a case knows none of this name; "" where none is near."""
    procedure = app.engine.procedure(app.engine.load(number).row.definition)
    listened = {name for state in procedure.states for name in state.events_by_name}
    listened -= {*MADE_HERE, *procedure.deadline}  # nobody sends these
    return did_you_mean(event, listened) if event not in listened and listened else ""
