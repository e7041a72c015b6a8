"""Inboxes: what waits for whom, what four eyes keep from somebody, and what each is called on the screen.

It reads, and changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import Struct

from procflow.app.acting import Acting
from procflow.app.naming import named_person
from procflow.core.offers import four_eyes_in, kept_from
from procflow.core.organisation import Surroundings
from procflow.core.people import holders, left_behind, stand_ins, stands_in_for
from procflow.core.procedure import Procedure, Text
from procflow.core.refusals import Refusal
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.engine import Loaded
from procflow.errors import CalendarError, EvaluationError
from procflow.stored import TaskPlace, TaskRow

#: The most that one inbox lists.
LISTED = 200


class Inbox(Struct, frozen=True):
    """What waits for a person, soonest first: `mine` can be done, `not_mine` is what four eyes leave to others, each
    with the reason. `more`: there is more than is listed, behind the place `last`. `asked`: the question in whole, where
    its answer holds for as long as nothing changes in the store, whatever the clock says; else None."""

    mine: tuple[TaskRow, ...]
    not_mine: tuple[tuple[TaskRow, Refusal], ...] = ()
    more: bool = False
    last: TaskPlace | None = None
    asked: tuple[Any, ...] | None = None


class Inboxes(Acting):
    """The part of the app that lists work."""

    _called_first = ""  # the organisation's first language, which words fall back on

    def inbox(self, by: str = "", reader: str = "") -> list[TaskRow]:
        """What waits for a person and can be done by them, stand-in work included; without a person everything that
        `reader` may see. Sorted by act-by."""
        return list(self.whole_inbox(by, reader).mine)

    def whole_inbox(
        self, by: str = "", reader: str = "", *, limit: int = LISTED, after: TaskPlace | None = None
    ) -> Inbox:
        """The inbox of a person, with what four eyes keep from them; without a person everything there is.

        `after`: what stands behind this place, which need not be there any more. Raises NotFound for a person
        whom nobody knows.
        """
        if not by:
            reader = self.allow("inbox.all", reader)
            rows = self.store.tasks(limit=limit + 1, after=after)
            shown, more = tuple(self.shown(rows[:limit], reader)), len(rows) > limit
            return Inbox(shown, more=more, last=rows[limit - 1].place if more else None)
        person, now, surroundings = self._person(by), self.world.now(), self.engine.surroundings()
        named_person(surroundings.organisation, person)
        if self.actor.way in ("os", "host") or person == self.actor.person:
            self.allow("inbox.read", person)
        else:
            self.allow("inbox.all")
        roles, for_whom = self._whose(surroundings, person, now)
        mine: list[TaskRow] = []
        not_mine: list[tuple[TaskRow, Refusal]] = []
        everything = self.actor.procedures is None
        if everything:
            asked = ("inbox", roles, for_whom, limit, after)
            whole = self.engine.seen(asked, lambda: self._without_eyes(asked))
            if whole is not None:
                return whole
        while True:  # what four eyes keep from this person does not push their own work off the list
            rows, last = self._stretch(roles, for_whom, limit + 1, after), None
            for row in rows:
                if len(mine) == limit:
                    return Inbox(tuple(mine), tuple(not_mine[:limit]), True, last.place if last else after)
                last = row
                if not everything and not self.in_scope(row.procedure):
                    continue
                refusal = self._kept_from(row, person) if row.kind == "work" else None
                if refusal is None:
                    mine.append(row)
                else:
                    not_mine.append((row, refusal))
            if len(rows) <= limit:
                return Inbox(tuple(mine), tuple(not_mine[:limit]), len(not_mine) > limit)
            after = last.place if last else after

    def _whose(
        self, surroundings: Surroundings, person: str, now: datetime
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(roles, people) whose work this person has now: cases also ask roles and people that have left the
        organisation's file, and whoever stands in is shown their work too."""
        people = [person, *stands_in_for(surroundings, person, now)]
        known = surroundings.organisation.roles
        roles = [role for role in known if person in holders(surroundings, (role,), (), now)]
        if person in stand_ins(surroundings, "", now):
            asked = self.engine.seen(("asked",), self.store.asked)
            gone_roles, gone_people = left_behind(surroundings.organisation, *asked)
            roles += gone_roles
            people += gone_people
        return tuple(roles), tuple(people)

    def _without_eyes(self, asked: tuple[Any, ...]) -> Inbox | None:
        """The answer where no rule of four eyes speaks of any of the work, so that nothing of it has to be looked at for
        whom it is; else None."""
        _, roles, for_whom, limit, after = asked
        rows = self._stretch(roles, for_whom, limit + 1, after)
        if any(row.kind == "work" and self._has_eyes(row) for row in rows):
            return None
        more = len(rows) > limit
        return Inbox(tuple(rows[:limit]), (), more, rows[limit - 1].place if more else None, asked)

    def _stretch(
        self, roles: tuple[str, ...], people: tuple[str, ...], limit: int, after: TaskPlace | None
    ) -> list[TaskRow]:
        """The open work of these, read once for as long as nothing changes."""
        return self.engine.seen(
            ("tasks", roles, people, limit, after),
            lambda: self.store.tasks(roles=roles, people=people, limit=limit, after=after),
        )

    def _kept_from(self, row: TaskRow, person: str) -> Refusal | None:
        """Why four eyes leave this work to others; the case is opened only where some rule speaks of it."""
        if not self._has_eyes(row):
            return None
        procedure = self.engine.procedure(row.definition)
        case = self.engine.load(row.case_id).plain
        return kept_from(procedure, case, self.engine.surroundings(), person, self.world.now(), row.task)

    def _has_eyes(self, row: TaskRow) -> bool:
        """Whether some rule of four eyes speaks of this work."""
        looked = self._looked_at.get((row.definition, row.task))
        if looked is None:
            procedure = self.engine.procedure(row.definition)
            looked = row.task in procedure.state and four_eyes_in(procedure, row.task)
            self._looked_at[row.definition, row.task] = looked
        return looked

    def called(self, row: TaskRow, by: str, language: str) -> tuple[str, str]:
        """(the procedure's title, what is to be done) as `case` shows them; what an item is about is its operation
        where something is done by hand, else "". The case is opened only where its data stand in the words."""
        if plain := self.stays_called(row, language):
            return plain
        loaded, procedure = self.engine.load(row.case_id), self.engine.procedure(row.definition)
        scope = StepScope(
            procedure, loaded.plain, self.engine.surroundings(), self.world.now(), actor=self._person(by)
        )
        title = _said(procedure.title, scope, language) or row.procedure.replace("_", " ")
        if row.kind != "work":
            return title, _operation(loaded, row.task)
        return title, _state(procedure, row.task, scope, language)

    def stays_called(self, row: TaskRow, language: str) -> tuple[str, str] | None:
        """What `called` says, where it is the same for everybody and at all times for as long as the row says the same;
        else None. A row says at which step its case is, and of an item the words hang on nothing else."""
        plain = self._always_called(row, language)
        if plain is None or row.kind == "work":
            return plain
        loaded = self.engine.load(row.case_id)
        return (plain[0], _operation(loaded, row.task)) if loaded.row.sequence == row.sequence else None

    def _always_called(self, row: TaskRow, language: str) -> tuple[str, str] | None:
        """(the procedure's title, the state's), where nothing is filled in; of an item the title alone. Else None."""
        state = row.task if row.kind == "work" else ""
        first = self.engine.surroundings().organisation.language
        if self._called_first != first:
            self._called.clear()
            self.rows_written.clear()
            self._called_first = first
        plain = self._called.get((row.definition, state, language))
        if plain is None:
            plain = self._in_plain(self.engine.procedure(row.definition), state, language)
            self._called[row.definition, state, language] = plain
        return plain if plain[0] else None

    @cached_property
    def rows_written(self) -> dict[tuple[TaskRow, str], Any]:
        """(row, language) -> the row as it is written for programs, while it stays true; `views.inbox` keeps it."""
        return {}

    @cached_property
    def _looked_at(self) -> dict[tuple[str, str], bool]:
        """(definition, state) -> whether some rule of four eyes is about its task, so that its case is opened."""
        return {}

    @cached_property
    def _called(self) -> dict[tuple[str, str, str], tuple[str, str]]:
        """(definition, state, language) -> what is said of it, where it is the same for every case."""
        return {}

    def _in_plain(self, procedure: Procedure, state: str, language: str) -> tuple[str, str]:
        """(the procedure's title, the state's) where nothing is filled in; else ("", "")."""
        first = self.engine.surroundings().organisation.language
        found = procedure.state.get(state)
        said = []
        for text, else_ in ((procedure.title, procedure.name), (found.title if found else None, state)):
            template = text.template(language, first) if text is not None else None
            if template is not None and not template.is_static:
                return "", ""
            words = "".join(map(str, template.parts)) if template is not None else ""
            said.append(words or else_.replace("_", " "))
        return said[0], said[1]

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
