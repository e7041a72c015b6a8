"""Where the guided way is walked: the workspace itself (`Here`), or one on another machine (`guide_there.Afar`).

Both give and take the same plain values, so that the guide is one. It asks nobody anything and shows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from procflow.views.typed import NOTE

if TYPE_CHECKING:
    from procflow.app import App
    from procflow.engine import Answer


@dataclass(frozen=True)
class Asked:
    """What fields belong to: a choice of a case, one of an item, the note beside it, or the start of a procedure."""

    case: int = 0
    choice: str = ""
    item: str = ""
    procedure: str = ""

    @classmethod
    def note(cls, case: int) -> Asked:
        return cls(case, NOTE)


class Refused(Exception):
    """A refusal of the engine, as JSON has it: `message`, `hint`, `fields`."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        super().__init__(view["message"])
        self.view = view


class Place(Protocol):
    """One person's way to a workspace."""

    @property
    def language(self) -> str: ...
    def look(self, case: int | str, since: int = 0) -> dict[str, Any]:
        """`views.guided.guided_view`."""

    def opening(self, procedure: str) -> dict[str, Any]:
        """`views.guided.opening_view`."""

    def check(self, asked: Asked, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Each typed value with its `value`, `shown` and `problems`; files are kept."""

    def keep(self, asked: Asked, typed: Mapping[str, Any]) -> None:
        """Keep a draft; what may never be kept is left out."""

    def drop(self, asked: Asked) -> None: ...
    def typed_note(self, case: int) -> dict[str, Any]:
        """The draft of the note."""

    def foresee(self, asked: Asked, given: Mapping[str, Any]) -> dict[str, Any]:
        """`views.foreseen.foreseen_view`. Raises Refused."""

    def take(self, asked: Asked, given: Mapping[str, Any], request: str) -> dict[str, Any]:
        """The case after the step. Raises Refused and Conflict."""

    def open(self, procedure: str, given: Mapping[str, Any], request: str) -> dict[str, Any]:
        """The case that was opened; `shown` where it was there before. Raises Refused."""

    def note(self, case: int, text: str, request: str) -> None:
        """Raises Refused."""

    def why(self, case: int, choice: str) -> dict[str, Any]: ...
    def waiting(self) -> list[Mapping[str, Any]]:
        """The open work of the inbox, as `views.inbox` has it."""


class Here:
    """The workspace that the process stands in."""

    def __init__(self, app: App, person: str, language: str) -> None:
        app.one_clock()
        self._app = app
        self.person = app.engine.surroundings().organisation.person_id(person) or person
        self.language = language

    def look(self, case: int | str, since: int = 0) -> dict[str, Any]:
        from procflow.views.guided import guided_view

        return guided_view(self._app, self._app.look(case, self.person), self.person, self.language, since)

    def opening(self, procedure: str) -> dict[str, Any]:
        from procflow.views.guided import opening_view

        self._app.publish()
        return opening_view(self._app, procedure, self.person, self.language)

    def check(self, asked: Asked, typed: Mapping[str, Any]) -> dict[str, Any]:
        from procflow.views.guided import checked_opening, checked_view

        app = self._app
        if asked.procedure:
            found = checked_opening(app, asked.procedure, typed, self.person, self.language)
        else:
            loaded = app.look(asked.case, self.person)
            found = checked_view(app, loaded, asked.choice, asked.item, typed, self.person, self.language)
        fields: dict[str, Any] = found["fields"]
        return fields

    def keep(self, asked: Asked, typed: Mapping[str, Any]) -> None:
        from procflow.views.guided import keep_opening, keep_typed

        if asked.procedure:
            keep_opening(self._app, asked.procedure, typed, self.person)
        else:
            loaded = self._app.look(asked.case, self.person)
            keep_typed(self._app, loaded, asked.choice, asked.item, typed, self.person)

    def drop(self, asked: Asked) -> None:
        from procflow.views.guided import draft_name

        if asked.procedure:
            self._app.drop_opening_draft(asked.procedure, self.person)
        else:
            self._app.drop_draft(asked.case, self.person, draft_name(asked.choice, asked.item))

    def typed_note(self, case: int) -> dict[str, Any]:
        return self._app.draft(case, self.person, NOTE)

    def foresee(self, asked: Asked, given: Mapping[str, Any]) -> dict[str, Any]:
        from procflow.views.foreseen import foreseen_view

        values = {**given, "item": asked.item} if asked.item else given
        loaded = self._app.look(asked.case, self.person)
        decision = self._app.foresee(asked.case, asked.choice, self.person, values)
        if decision.refusal is not None:
            raise Refused(decision.refusal.as_json(self.language))
        return foreseen_view(self._app, loaded, decision, self.person, self.language)

    def take(self, asked: Asked, given: Mapping[str, Any], request: str) -> dict[str, Any]:
        values = {**given, "item": asked.item} if asked.item else given
        return self._after(self._app.do(asked.case, asked.choice, self.person, values, request))

    def open(self, procedure: str, given: Mapping[str, Any], request: str) -> dict[str, Any]:
        answer = self._app.open(procedure, self.person, given, request)
        return {**self._after(answer), "shown": answer.shown}

    def note(self, case: int, text: str, request: str) -> None:
        self._accepted(self._app.note(case, self.person, text, request))

    def why(self, case: int, choice: str) -> dict[str, Any]:
        from procflow.views.why import why_view

        loaded = self._app.look(case, self.person)
        self._app.store.log_access(self._app.world.now(), self.person, "why", loaded.row.id, choice, "read")
        return why_view(self._app, loaded, self.person, choice, self.language)

    def waiting(self) -> list[Mapping[str, Any]]:
        from procflow.views.inbox import task_view

        rows = self._app.inbox(self.person)
        return [task_view(self._app, row, self.person, self.language) for row in rows]

    def _accepted(self, answer: Answer) -> Answer:
        if answer.refusal is not None:
            raise Refused(answer.refusal.as_json(self.language))
        return answer

    def _after(self, answer: Answer) -> dict[str, Any]:
        from procflow.views.case import after_step

        return after_step(self._app, self._accepted(answer), self.person, self.language)
