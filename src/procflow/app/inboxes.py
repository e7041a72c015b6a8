"""Inboxes: what waits for whom, what four eyes keep from somebody, and what each is called on the screen.

It reads, and changes nothing.
"""

from __future__ import annotations

from msgspec import Struct

from procflow.app.acting import Acting
from procflow.core.nearest import did_you_mean
from procflow.core.offers import four_eyes_in, kept_from
from procflow.core.people import holders, stands_in_for
from procflow.core.procedure import Procedure, Text
from procflow.core.refusals import Refusal
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.engine import Loaded
from procflow.errors import CalendarError, EvaluationError, NotFound
from procflow.ports import TaskRow

#: The most that one inbox lists.
LISTED = 200


class Inbox(Struct, frozen=True):
    """What waits for a person, soonest first: `mine` can be done, `not_mine` is what four eyes leave to others, each
    with the reason. `more`: there is more than is listed."""

    mine: tuple[TaskRow, ...]
    not_mine: tuple[tuple[TaskRow, Refusal], ...] = ()
    more: bool = False


class Inboxes(Acting):
    """The part of the app that lists work."""

    def inbox(self, by: str = "", reader: str = "") -> list[TaskRow]:
        """What waits for a person and can be done by them, stand-in work included; without a person everything that
        `reader` may see. Sorted by act-by."""
        return list(self.whole_inbox(by, reader).mine)

    def whole_inbox(self, by: str = "", reader: str = "") -> Inbox:
        """The inbox of a person, with what four eyes keep from them; without a person everything there is.

        Raises NotFound for a person whom nobody knows.
        """
        if not by:
            rows = self.store.tasks(limit=LISTED + 1)
            return Inbox(tuple(self.shown(rows[:LISTED], reader)), more=len(rows) > LISTED)
        person, now, surroundings = self._person(by), self.world.now(), self.engine.surroundings()
        if person not in surroundings.organisation.people:
            meant = did_you_mean(by, surroundings.organisation.people)
            raise NotFound(
                f"nobody here is called {by!r}", meant or "`procflow inbox --all` lists everything"
            )
        for_whom = (person, *stands_in_for(surroundings, person, now))
        roles = tuple(
            role
            for role in surroundings.organisation.roles
            if person in holders(surroundings, (role,), (), now)
        )
        limit = LISTED + 1
        while True:
            rows = self.store.tasks(roles=roles, people=for_whom, limit=limit)
            judged = [(row, self._kept_from(row, person)) for row in rows]
            mine = [row for row, refusal in judged if refusal is None]
            if len(mine) > LISTED or len(rows) < limit:
                break
            limit *= 4  # what four eyes keep from this person does not push their own work off the list
        not_mine = [(row, refusal) for row, refusal in judged if refusal is not None]
        more = len(rows) == limit
        return Inbox(tuple(mine[:LISTED]), tuple(not_mine[:LISTED]), more)

    def _kept_from(self, row: TaskRow, person: str) -> Refusal | None:
        """Why four eyes leave this work to others; the case is opened only where some rule speaks of it."""
        if row.kind != "work":
            return None
        stored = self.store.load(row.case_id)
        if stored is None:
            return None
        procedure = self.engine.procedure(stored.definition)
        if row.task not in procedure.state or not four_eyes_in(procedure, row.task):
            return None
        case = self.engine.load(row.case_id).plain
        return kept_from(procedure, case, self.engine.surroundings(), person, self.world.now(), row.task)

    def called(self, row: TaskRow, by: str, language: str) -> tuple[str, str]:
        """(the procedure's title, what is to be done) as `case` shows them; what an item is about is its operation
        where something is done by hand, else ""."""
        loaded = self.engine.load(row.case_id)
        procedure = self.engine.procedure(loaded.row.definition)
        scope = StepScope(
            procedure, loaded.plain, self.engine.surroundings(), self.world.now(), actor=self._person(by)
        )
        title = _said(procedure.title, scope, language) or row.procedure.replace("_", " ")
        if row.kind != "work":
            return title, _operation(loaded, row.task)
        return title, _state(procedure, row.task, scope, language)

    def state_called(self, loaded: Loaded, state: str, by: str, language: str) -> str:
        """A state as `case` calls it."""
        procedure, now = self.engine.procedure(loaded.row.definition), self.world.now()
        scope = StepScope(procedure, loaded.plain, self.engine.surroundings(), now, actor=self._person(by))
        return _state(procedure, state, scope, language)


def _state(procedure: Procedure, name: str, scope: StepScope, language: str) -> str:
    state = procedure.state.get(name)
    said = _said(state.title, scope, language) if state is not None else ""
    return said or name.replace("_", " ")


def _said(text: Text | None, scope: StepScope, language: str) -> str:
    """Words of the owner; "" where they cannot be worked out, so that one case never hides the others."""
    try:
        return text_in(text, scope, language)
    except (EvaluationError, CalendarError):
        return ""


def _operation(loaded: Loaded, item: str) -> str:
    waiting = loaded.plain.waiting.get(item.partition(":")[2])
    return waiting.operation if waiting is not None else ""
