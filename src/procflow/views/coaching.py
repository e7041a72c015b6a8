"""The coach's page as plain values: what waits for the coach and whom it is about, work that a second pair of eyes must
look at, and for each person what is late or was missed.

Nothing is compared and nobody is ranked: people stand by their names. What a case is about is told by its unmarked
fields of type person; only what the reader may see is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from procflow.app import App
from procflow.core.offers import four_eyes_in, kept_from
from procflow.core.people import holders
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.engine import Loaded
from procflow.errors import CalendarError, EvaluationError
from procflow.stored import TaskRow

#: Open work that is looked through, the soonest first.
_MOST = 400


def coaching_view(app: App, by: str, language: str) -> dict[str, Any]:
    """What `by` finds there. Raises NotAllowed."""
    by = app.allow("coach.read", by)
    looked = _Looked(app, by, language)
    mine = [looked.row(row, looked.about(row)) for row in app.whole_inbox(by, limit=100).mine]
    rows = app.shown(app.store.tasks(limit=_MOST), by)
    return {"mine": mine, "second": list(looked.second(rows)), "people": looked.people(rows, mine)}


class _Looked:
    """What the parts of one page have in common."""

    def __init__(self, app: App, by: str, language: str) -> None:
        self.app, self.by, self.language, self.now = app, by, language, app.world.now()
        self.surroundings = app.engine.surroundings()
        self.name = self.surroundings.organisation.name_of

    def row(self, row: TaskRow, about: list[str]) -> dict[str, Any]:
        title, what = self.app.called(row, self.by, self.language)
        return {
            "number": row.number, "title": title, "what": what, "kind": row.kind, "due": row.due, "act_by": row.act_by,
            "about": about, "about_names": [self.name(person) for person in about],
        }  # fmt: skip

    def about(self, row: TaskRow) -> list[str]:
        """Whom a case is about: the people in its unmarked fields, but the reader."""
        loaded = self.app.engine.load(row.case_id)
        found = []
        for field in self.app.procedure_of(loaded).data:
            value = loaded.plain.data.get(field.name)
            if field.type == "person" and not field.pii and isinstance(value, str):
                found.append(value)
        return [person for person in dict.fromkeys(found) if person != self.by]

    def second(self, rows: list[TaskRow]) -> Iterator[dict[str, Any]]:
        """Open work from which four eyes keep somebody, with whom they keep from it and who could do it."""
        for row in rows:
            if row.kind != "work":
                continue
            procedure = self.app.engine.procedure(row.definition)
            if row.task not in procedure.state or not four_eyes_in(procedure, row.task):
                continue
            case = self.app.engine.load(row.case_id).plain
            task = case.tasks.get(row.task)
            if task is None:
                continue
            people = (task.claimed_by,) if task.claimed_by else task.people
            roles = () if task.claimed_by else task.roles
            kept: list[str] = []
            free: list[str] = []
            for person in holders(self.surroundings, roles, people, self.now):
                why = kept_from(procedure, case, self.surroundings, person, self.now, row.task)
                (free if why is None else kept).append(person)
            yield {
                **self.row(row, self.about(row)), "kept": [self.name(person) for person in kept],
                "free": [self.name(person) for person in free], "yours": self.by in free,
            }  # fmt: skip

    def people(self, rows: list[TaskRow], mine: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """By person: open and late work, deadlines that were missed in open cases, and what is with the coach."""
        found: dict[str, dict[str, Any]] = {}

        def of(person: str) -> dict[str, Any]:
            empty = {"open": 0, "late": 0, "missed": [], "with_coach": []}
            return found.setdefault(person, {"person": person, "name": self.name(person), **empty})

        for with_coach in mine:
            for person in with_coach["about"]:
                of(person)["with_coach"].append(with_coach["number"])
        for row in rows:
            if row.kind != "work":
                continue
            for person in row.people:
                one = of(person)
                one["open"] += 1
                one["late"] += row.due is not None and row.due <= self.now
                one["missed"] += self.missed(self.app.engine.load(row.case_id))
        shown = [one for one in found.values() if one["late"] or one["missed"] or one["with_coach"]]
        return sorted(shown, key=lambda one: (one["name"].casefold(), one["person"]))

    def missed(self, loaded: Loaded) -> list[dict[str, Any]]:
        procedure, case = self.app.procedure_of(loaded), loaded.plain
        scope = StepScope(procedure, case, self.surroundings, self.now, actor=self.by)
        found = []
        for name, clock in case.clocks.items():
            if clock.state != "missed":
                continue
            try:
                title = text_in(procedure.deadline[name].title, scope, self.language)
            except (EvaluationError, CalendarError, KeyError):
                title = ""
            found.append({"number": case.number, "title": title or name.replace("_", " ")})
        return found
