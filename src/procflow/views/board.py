"""The team lead's wallboard as plain values: running clocks by act-by, late first, by unit; how much waits where; who is
away and who stands in.

A unit is a role; work that is given to a person stands with the first role of the person that has such work.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from procflow.app import App
from procflow.core.calendar import Calendar, Due
from procflow.core.organisation import Organisation
from procflow.core.people import holders, stand_ins
from procflow.core.render import text_in
from procflow.core.running_time import runs
from procflow.core.scope import StepScope
from procflow.core.words import instant_in_words, relative_in_words
from procflow.errors import CalendarError, EvaluationError
from procflow.stored import TaskRow

#: Rows of a unit that are read at the most; the counters say how many there are.
ROWS = 60
#: Cases that wait for others than our own people, looked at for their clocks.
_WAITING, _AHEAD = 120, timedelta(days=14)


def board_view(app: App, by: str, language: str, *, rows: int = 8, unit: str = "") -> dict[str, Any]:
    """The whole board as `by` may see it; `unit` is the one role that is wanted, `rows` how many of each are shown."""
    board = _Board(app, by, language)
    units = board.units(rows, unit)
    return {
        "now": board.now,
        "counts": dict(app.store.counts()),
        "late": sum(one["late"] for one in units),
        "today": sum(one["today"] for one in units),
        "work": sum(one["work"] for one in units),
        "unmatched": len(app.store.messages("unmatched", 1000)),
        "units": units,
        "waiting": board.waiting(rows) if not unit else [],
        "away": board.away(),
    }


class _Board:
    """What the parts of one board have in common."""

    def __init__(self, app: App, by: str, language: str) -> None:
        self.app, self.by, self.language = app, by, language
        self.now = app.world.now()
        self.surroundings = app.engine.surroundings()
        self.organisation: Organisation = self.surroundings.organisation
        self.calendar: Calendar = self.surroundings.calendar

    def units(self, rows: int, wanted: str) -> list[dict[str, Any]]:
        """Every role with open work: late ones first, then whose work is due soonest."""
        counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        people: dict[str, list[str]] = defaultdict(list)
        oldest: dict[str, datetime] = {}
        roles = set()
        for queue in self.app.queues():
            role = queue.role or self._unit_of(queue.person)
            if queue.role:
                roles.add(queue.role)
            else:
                people[role].append(queue.person)
            for at, more in enumerate((queue.work, queue.items, queue.late, queue.soon)):
                counted[role][at] += more
            if queue.oldest is not None:
                oldest[role] = min(queue.oldest, oldest.get(role, queue.oldest))
        found = []
        for role, (work, items, late, today) in counted.items():
            if wanted and role != wanted:
                continue
            tasks = self._tasks(role if role in roles else "", people[role])
            shown = [self._row(task) for task in tasks[:rows]]
            found.append(
                {
                    "role": role, "name": self._role(role), "work": work + items, "late": late, "today": today,
                    "oldest": oldest.get(role), "rows": shown, "more": max(0, work + items - len(shown)),
                }
            )  # fmt: skip
        return sorted(found, key=_urgency)

    def _tasks(self, role: str, people: list[str]) -> list[TaskRow]:
        """The open work of a unit that the reader may see, each once, soonest first."""
        found: list[TaskRow] = []
        if role:
            found += self.app.store.tasks(roles=(role,), limit=ROWS)
        if people:
            found += self.app.store.tasks(people=tuple(people), limit=ROWS)
        once = {(task.case_id, task.task): task for task in found}
        return self.app.shown(sorted(once.values(), key=_soonest), self.by)

    def _unit_of(self, person: str) -> str:
        roles = self.organisation.people.get(person, {}).get("roles", ())
        return str(roles[0]) if roles else ""

    def _role(self, role: str) -> str:
        return self.organisation.role_name(role, self.language) if role else "–"

    def _row(self, task: TaskRow) -> dict[str, Any]:
        title, what = self.app.called(task, self.by, self.language)
        loaded = self.app.engine.load(task.case_id)
        clock = loaded.plain.clocks.get(task.deadline)
        started = clock.started if clock is not None else task.since
        has = holders(self.surroundings, (), task.people, self.now) if task.people else {}
        procedure = self.app.procedure_of(loaded)
        scope = StepScope(procedure, loaded.plain, self.surroundings, self.now, actor=self.by)
        return {
            "number": task.number, "title": title, "what": what, "kind": task.kind,
            "with": [self._named(who, whose) for who, whose in has.items()],
            "missed": [
                self._titled(procedure, name, scope)
                for name, each in loaded.plain.clocks.items()
                if each.state == "missed" and name != task.deadline
            ],
            **self._clock(self._titled(procedure, task.deadline, scope), task.due, task.act_by, started),
        }  # fmt: skip

    def _named(self, person: str, of: str) -> dict[str, Any]:
        name = self.organisation.name_of
        return {"person": person, "name": name(person), "for": name(of) if of else None}

    def _titled(self, procedure: Any, deadline: str, scope: StepScope) -> str:
        found = procedure.deadline.get(deadline)
        if found is None:
            return ""
        try:
            return text_in(found.title, scope, self.language) or deadline.replace("_", " ")
        except (EvaluationError, CalendarError):
            return deadline.replace("_", " ")

    def _clock(
        self, title: str, due: datetime | None, act_by: datetime | None, started: datetime
    ) -> dict[str, Any]:
        """A clock with both its times: elapsed (24 hours a day) and open time, so far and left."""
        zone, now, language = self.organisation.zone, self.now, self.language
        first = act_by or due
        return {
            "clock": title, "due": due, "act_by": act_by, "started": started, "mood": self._mood(due, act_by),
            "due_words": instant_in_words(due, zone, language) if due else "",
            "act_by_words": relative_in_words(first, now, zone, language) if first else "",
            "elapsed": now - started, "business": open_time(self.calendar, started, now),
            "left": due - now if due else None,
            "business_left": open_time(self.calendar, now, due) if due and due > now else None,
            "late_by": now - due if due and due <= now else None,
        }  # fmt: skip

    def _mood(self, due: datetime | None, act_by: datetime | None) -> str:
        """late: it is past; soon: to be done today; calm; still: no clock runs."""
        if due is None:
            return "still"
        if due <= self.now:
            return "late"
        ends = self.calendar.day_of(self.now).ends
        return "soon" if (act_by or due) <= ends else "calm"

    def waiting(self, rows: int) -> list[dict[str, Any]]:
        """Clocks that run while nobody of ours has anything to do: somebody outside is awaited."""
        found = []
        for _, case_id in self.app.store.due(self.now + _AHEAD, _WAITING):
            loaded = self.app.engine.load(case_id)
            if loaded.plain.tasks or loaded.plain.items or not self.app.sees(case_id, self.by):
                continue
            procedure = self.app.procedure_of(loaded)
            scope = StepScope(procedure, loaded.plain, self.surroundings, self.now, actor=self.by)
            for name, clock in loaded.plain.clocks.items():
                if clock.state != "running" or clock.paused is not None or not clock.due:
                    continue
                due = Due.from_json(clock.due)
                state = loaded.plain.active[0] if loaded.plain.active else ""
                found.append(
                    {
                        "number": loaded.row.number, "kind": "waiting", "with": [], "missed": [],
                        "title": self._said(procedure.title, scope) or procedure.name.replace("_", " "),
                        "what": self.app.state_called(loaded, state, self.by, self.language),
                        **self._clock(self._titled(procedure, name, scope), due.at, due.act_by, clock.started),
                    }
                )  # fmt: skip
        found.sort(key=lambda row: (row["act_by"] or row["due"], row["number"]))
        return found[:rows]

    def _said(self, text: Any, scope: StepScope) -> str:
        try:
            return text_in(text, scope, self.language)
        except (EvaluationError, CalendarError):
            return ""

    def away(self) -> list[dict[str, Any]]:
        """Who is absent now, until when, and who has the work meanwhile."""
        zone, now = self.organisation.zone, self.now
        open_ = self.app.store.work_of([absence.person for absence in self.surroundings.absences])
        found = []
        for absence in self.surroundings.absences:
            if not absence.covers(now) or absence.person not in self.organisation.people:
                continue
            until = absence.until
            found.append(
                {
                    "person": absence.person, "name": self.organisation.name_of(absence.person),
                    "since": absence.since, "until": until, "open": open_.get(absence.person, 0),
                    "until_words": relative_in_words(until, now, zone, self.language) if until else "",
                    "stand_ins": [
                        {"person": one, "name": self.organisation.name_of(one)}
                        for one in stand_ins(self.surroundings, absence.person, now)
                    ],
                }
            )  # fmt: skip
        return sorted(found, key=lambda one: one["name"])


def open_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta | None:
    """The open time between two instants; None where the calendar does not know those years."""
    try:
        return sum((until - since for since, until in runs(calendar, start, end, False)), timedelta())
    except CalendarError:
        return None


def _soonest(task: TaskRow) -> tuple[Any, ...]:
    none = task.act_by is None and task.due is None
    return none, (task.act_by or task.due or task.since), task.since, task.number


def _urgency(unit: dict[str, Any]) -> tuple[Any, ...]:
    first = unit["rows"][0] if unit["rows"] else None
    at = (first["act_by"] or first["due"]) if first else None
    return not unit["late"], at is None, at.timestamp() if at else 0.0, unit["name"]
