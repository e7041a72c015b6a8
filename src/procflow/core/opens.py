"""How a step opens a case: by a person, a message, an event, a time or another case; and with which data.

A part of a step; `decide` is its only user.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.between_cases import BetweenCases
from procflow.core.choices import reads_input
from procflow.core.explain import explain
from procflow.core.expressions import holds
from procflow.core.fields import check_input
from procflow.core.procedure import Ask
from procflow.core.render import fill_spec
from procflow.core.values import Value, storable


class Opens(BetweenCases):
    """The part of a step that opens a case."""

    opening: Any
    context: Any
    _take_message: Any

    def _open(self) -> None:
        command, procedure, opening = self.command, self.procedure, self.opening
        assert opening is not None
        given, received = dict(command.given), command.received
        values = self._start_values(given)
        if received is None and command.message is not None:
            received = command.message.get("received")
        self.base = min(received, self.now) if received is not None else self.now
        self.emit(
            j.CaseOpened(
                procedure.name, opening.definition, opening.number, self.now, self.base, command.by,
                self.surroundings.organisation.zone, command.source,
            )
        )  # fmt: skip
        if command.owed:
            self.emit(j.AnswerOwed(command.owed))
        stored = self.procedure.fields
        if command.received is not None and "received" in stored:
            values.setdefault("received", self.base)  # however it was opened
        self._command({n: j.Personal(v) for n, v in values.items() if n not in stored})
        self._store({name: value for name, value in values.items() if name in stored})
        start = self._start
        if start is not None and start.sets:
            self._store(self._assigned(start.sets, start.at))
        self._begin()
        self._always()
        self._raise_all()
        if command.message is not None:
            self._take_message()

    def _start_values(self, given: dict[str, Any]) -> dict[str, Value]:
        """The data a case opens with: defaults, then what was given, checked like `ask`."""
        command, procedure = self.command, self.procedure
        self._start = None
        self.scope.overlay = {}
        defaults = {
            f.name: storable(fill_spec(f.default, self.scope, self.language))
            for f in procedure.data
            if f.default is not None
        }
        self.scope.overlay = defaults  # a start's guard sees them
        if command.by and not command.source:
            self._start, checked = self._start_by(command.by, given)
        elif command.mark:
            self._start, checked = self._start_that(command.mark, given)
        else:
            if command.message is not None:
                starts = (s for s in procedure.starts if s.kind == "message" and self._opens(s))
                self._start = next(starts, None)
            checked = self._start_input((), given)
        self.scope.overlay = {}
        values = {**defaults, **{name: storable(value) for name, value in checked.items()}}
        self.scope.given = checked
        return values

    def _start_that(self, mark: str, given: Mapping[str, Any]) -> tuple[Any, dict[str, Value]]:
        """The start by an event or a time, as `kind:name`, whose guard holds with what was given; and that, checked."""
        kind, _, name = mark.partition(":")
        fields, defaults = self.procedure.fields, self.scope.overlay
        for start in self.procedure.starts:
            if (start.kind, start.name.removeprefix("every ")) != (kind, name):
                continue
            asked = {ask.name for ask in start.asks} if kind == "event" else set()
            more = [Ask(f, True, True, f.at) for f in self.procedure.data if f.name not in asked]
            checked = self._start_input((*start.asks, *more) if asked else (), given)
            self.scope.given = checked
            self.scope.overlay = {**defaults, **{n: storable(v) for n, v in checked.items() if n in fields}}
            if start.when is None or holds(start.when, self.scope):
                return start, checked
        raise self.refuse("not_offered", {"choice": "open", "where": {"en": "now", "da": "nu"}})

    def _start_input(self, asks: tuple[Ask, ...], given: Mapping[str, Any]) -> dict[str, Value]:
        """What an opening is given, checked: what the start asks for; any data where it asks for nothing."""
        if not asks:
            asks = tuple(Ask(f, True, True, f.at) for f in self.procedure.data)
        checked, problems = check_input(asks, given, self.context())
        if problems:
            raise self.refuse("input", {"choice": "open"}, problems=problems)
        return checked

    def _start_by(self, person: str, given: Mapping[str, Any]) -> tuple[Any, dict[str, Value]]:
        """The first start for this person whose guard holds with what was entered, and that, checked."""
        procedure, organisation = self.procedure, self.surroundings.organisation
        starts = [start for start in procedure.starts if start.kind == "by"]
        if not starts:
            ways = ", ".join(sorted({start.kind for start in procedure.starts})) or "another procedure"
            raise self.refuse("no_start", {"procedure": procedure.name, "instead": ways})
        if person not in organisation.people:
            raise self.refuse("unknown_person", {"actor": person})
        held = organisation.people[person].get("roles", ())
        mine = [start for start in starts if start.role in held]
        if not mine:
            names = {
                lang: ", ".join(organisation.role_name(start.role, lang) for start in starts)
                for lang in ("en", "da")
            }
            roles = [start.role for start in starts]
            raise self.refuse(
                "not_allowed", {"actor": organisation.name_of(person), "owners": names, "roles": roles}
            )
        fields, defaults = frozenset(procedure.fields), self.scope.overlay
        failed, entered = [], False
        for start in mine:
            if start.when is None:
                return start, self._start_input(start.asks, given)
            checked: dict[str, Value] | None = None
            self.scope.given, self.scope.overlay = {}, defaults
            if reads_input(start.when, fields):
                checked, entered = self._start_input(start.asks, given), True
                self.scope.given = checked
                self.scope.overlay = {
                    **defaults,
                    **{n: storable(v) for n, v in checked.items() if n in fields},
                }
            if holds(start.when, self.scope):
                return start, self._start_input(start.asks, given) if checked is None else checked
            failed.append(explain(start.when, self.scope))
        from procflow.core.guard_words import guards_in_words  # only a refusal needs words

        words = guards_in_words(failed, self.scope)
        guards, at = tuple(failed), failed[0].at
        if entered:
            raise self.refuse("guard", {"choice": "open", "guard": words}, guards=guards, at=at)
        where = {"en": f"now: {words['en']}", "da": f"nu: {words['da']}"}
        raise self.refuse("not_offered", {"choice": "open", "where": where}, guards=guards, at=at)

    def _opens(self, start: Any) -> bool:
        return (start.message is None or holds(start.message, self.scope)) and (
            start.when is None or holds(start.when, self.scope)
        )
