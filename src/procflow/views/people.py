"""What is told of people's work as plain values: who did what, queues, absences, shifts, team mates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from procflow.app import App
from procflow.app.desk_people import HandBack
from procflow.core.organisation import Absence, Shift
from procflow.engine import Loaded
from procflow.stored import Queue


def who_view(app: App, loaded: Loaded, by: str, language: str) -> dict[str, Any]:
    """Every task that a case had: who was asked, who took it, who did it."""
    return {
        "number": loaded.row.number,
        "tasks": [
            {
                "state": work.state, "title": app.state_called(loaded, work.state, by, language),
                "asked_at": work.opened, "roles": list(work.roles), "people": list(work.people),
                "moves": [
                    {"at": at, "what": what, "person": person or None, "more": more or None}
                    for at, what, person, more in work.moves
                ],
            }
            for work in app.work_of_case(loaded.row.id)
        ],
    }  # fmt: skip


def queue_view(queue: Queue) -> dict[str, Any]:
    """How much open work a role or a person has."""
    return {
        "role": queue.role or None, "person": queue.person or None, "work": queue.work, "items": queue.items,
        "late": queue.late, "today": queue.soon, "oldest": queue.oldest, "act_by": queue.act_by,
    }  # fmt: skip


def hand_back_view(app: App, found: HandBack, by: str, language: str) -> dict[str, Any]:
    """The last absence of a person, what was done meanwhile in the person's name, and what is open now."""
    open_ = []
    for row in found.open:
        title, what = app.called(row, by, language)
        open_.append(
            {
                "number": row.number, "case": row.case_id, "task": row.task, "title": title, "what": what,
                "act_by": row.act_by,
            }
        )  # fmt: skip
    return {
        "person": found.person,
        "absence": None
        if found.absence is None
        else {"from": found.absence.since, "until": found.absence.until},
        "done": [
            {"number": one.number, "case": one.case_id, "choice": one.choice, "by": one.by, "at": one.at}
            for one in found.done
        ],
        "open": open_,
    }


def absence_view(absence: Absence) -> dict[str, Any]:
    return {"person": absence.person, "from": absence.since, "until": absence.until}


def shifts_view(shifts: Iterable[Shift]) -> dict[str, Any]:
    """The shifts of a roster."""
    return {"shifts": [{"day": one.day, "shift": one.name, "person": one.person} for one in shifts]}


def mates_view(app: App) -> dict[str, Any]:
    """The pairs of team mates, each once."""
    return {"pairs": [{"one": one, "other": other} for one, other in app.mates()]}
