"""What can be tried so that a case makes one move: concrete steps of a scenario, the likeliest first.

A move is what the prover speaks of: somebody opens, somebody chooses, a message or an event comes, an answer comes
or fails, time brings what is due. It must not know whether a step leads where it should.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from procflow.core.choices import active_states, choices_named, not_now, who_may_take
from procflow.core.clocks import due_items
from procflow.core.decide import with_note
from procflow.core.expressions import reads
from procflow.core.people import holders
from procflow.core.procedure import Ask, Choice, Field, Procedure, Transition
from procflow.core.scope import StepScope
from procflow.errors import CalendarError, EvaluationError
from procflow.rehearsal.expressions_of import expressions_of
from procflow.rehearsal.witness_attempts import Attempt, Entered
from procflow.rehearsal.witness_combinations import OMITTED, Combinations
from procflow.rehearsal.witness_constants import Constants
from procflow.rehearsal.witness_messages import messages
from procflow.rehearsal.witness_mined import Mined
from procflow.rehearsal.witness_scene import Scene, Step
from procflow.rehearsal.witness_values import Values

#: Combinations of what one step enters.
MOST_COMBINATIONS = 400
_MOST_PEOPLE = 8
_MOST_ROWS = 12
#: Moves in which somebody or something outside acts, so that time may pass before it.
ACTS = frozenset({"open", "choice", "message", "event", "done", "failed"})


@dataclass
class Moves:
    """The moves of one procedure, made concrete."""

    procedure: Procedure
    constants: Constants
    values: Values
    mined: Mined = field(default_factory=Mined)
    told_apart: bool = False  # whether it matters who acts

    def of(
        self, scene: Scene, kind: str, name: str, state: str, hints: Mapping[str, Sequence[Any]]
    ) -> Iterator[Attempt]:
        """Attempts at one move; `hints` are values to try first, by field (`by` for who acts)."""
        if kind == "open":
            yield from self._openings(scene, name, hints)
        elif kind == "choice":
            yield from self._choices(scene, name, state, hints)
        elif kind == "message":
            for message in messages(self, scene, self._takers(scene), hints):
                yield Attempt(({"receive": message, "case": self.procedure.name},))
        elif kind == "event":
            yield from self._events(scene, name, hints)
        elif kind in ("done", "failed"):
            yield from self._answers(scene, kind, state or name)
        else:
            yield from self._times(scene, kind, name)

    def _own(self, scene: Scene) -> dict[str, Any]:
        """Which case a step is about, where that is not plain."""
        alone = len(scene.stage.cases) < 2 and self.procedure.name == scene.performance.procedure
        return {} if alone else {"case": self.procedure.name}

    # openings

    def _openings(self, scene: Scene, name: str, hints: Mapping[str, Sequence[Any]]) -> Iterator[Attempt]:
        start = self.procedure.starts[int(name)] if name else None
        if start is not None and start.kind == "message":
            for message in messages(self, scene, [start], hints):
                yield Attempt(({"receive": message},))
            return
        if start is not None and start.kind == "every":
            upcoming = [
                each for each in scene.stage.recurring._upcoming() if each.procedure == self.procedure.name
            ]
            for occurrence in sorted(upcoming, key=lambda each: each.at):
                yield Attempt(({"wait": f"until {scene.local(occurrence.at)}"},))
            return
        asks = start.asks if start is not None else ()
        any_data = not asks
        if any_data:  # any data may be given
            asks = tuple(
                Ask(item, True, True) for item in self.procedure.data if item.type not in ("evidence",)
            )
        people: list[str] = [""]
        if start is not None and start.kind == "by":
            members = scene.surroundings.organisation.members.get(start.role, ())
            people = [p for p in members if scene.surroundings.absent(p, scene.now) is None] or list(members)
        for entered in self.entered(scene, asks, "open", people, hints):
            by, given = entered.who, entered.given
            inner: dict[str, Any] = {"by": by} if by else {}
            if given or not inner:
                inner["with"] = given
            yield Attempt(({"open": inner},), entered.learn)

    # choices

    def _choices(
        self, scene: Scene, name: str, state: str, hints: Mapping[str, Sequence[Any]]
    ) -> Iterator[Attempt]:
        choice = self.procedure.state[state].choices_by_name[name]
        people, word = who_may_now(scene, choice, state, hints.get("by", ()))
        task = self.procedure.state[state].task
        if not people and task is not None and task.take == "offer":
            yield from self._claimed(scene, name, state, hints)
        for entered in self.entered(scene, with_note(choice), name, people, hints):
            step: dict[str, Any] = {"do": word, "by": entered.who}
            if entered.given:
                step["with"] = entered.given
            yield Attempt(({**step, **self._own(scene)},), entered.learn)

    def _claimed(
        self, scene: Scene, name: str, state: str, hints: Mapping[str, Sequence[Any]]
    ) -> Iterator[Attempt]:
        """Work that is offered is taken before anything is done with it."""
        task = scene.case.tasks.get(state)
        if task is None or task.claimed_by:
            return
        for person in list(holders(scene.surroundings, task.roles, task.people, scene.now))[:_MOST_PEOPLE]:
            claim: Step = {"do": "claim", "by": person, **self._own(scene)}
            ready = scene.fork()
            if ready.goes(claim):
                for attempt in self._choices(ready, name, state, hints):
                    yield attempt.after((claim,))

    def entered(
        self,
        scene: Scene,
        asks: Sequence[Ask],
        where: str,
        people: Sequence[str],
        hints: Mapping[str, Sequence[Any]],
        room: str = "input",
    ) -> Iterator[Entered]:
        """Combinations of who acts and what is entered, which conditions read as what is in `room`."""
        if not people:
            return
        data = scene.case.data if scene.case_id else {}
        options: dict[str, list[Any]] = {"by": list(people[:_MOST_PEOPLE])}
        varied = {"by"} if self.told_apart else set()
        for ask in asks:
            path = f"{room}.{ask.name}"
            names = [ask.name, path, *self.constants.into.get(path, ())]
            first = [value for value in hints.get(ask.name, ()) if value is not None]
            values = self.values.of(ask.field, names, scene.now, data, where, first)
            matters = self._matters(ask, path, names)
            if ask.optional:
                leave_out = _left_out(hints, ask.name, path, not matters or not scene.case_id)
                values = [OMITTED, *values] if leave_out or not values else [values[0], OMITTED, *values[1:]]
            if matters or (scene.stage.cases and ask.name in self.procedure.one_open_per):
                varied.add(ask.name)
            if values:
                options[ask.name] = values
        going = Combinations(options, varied, MOST_COMBINATIONS)
        yield from self._rehearsed(asks, where, options, going, hints)
        for made in going:
            given = {name: value for name, value in made.items() if value is not OMITTED and name != "by"}
            yield Entered(str(made["by"]), given, going)

    def _rehearsed(
        self,
        asks: Sequence[Ask],
        where: str,
        options: Mapping[str, list[Any]],
        going: Combinations,
        hints: Mapping[str, Sequence[Any]],
    ) -> Iterator[Entered]:
        """What the owner's rehearsals entered here, as a whole."""
        names = {ask.name for ask in asks}
        needed = {ask.name for ask in asks if not ask.optional}
        who = str(options["by"][0])
        for row in self.mined.rows.get(where, [])[:_MOST_ROWS]:
            given = {name: value for name, value in row.items() if name in names and value is not None}
            given |= {n: options[n][0] for n in hints if n in given and options.get(n) and hints[n]}
            for name in needed - given.keys():
                if options.get(name):
                    given[name] = options[name][0]
            if needed <= given.keys():
                yield Entered(who, given, going)

    def _matters(self, ask: Ask, path: str, names: Sequence[str]) -> bool:
        c = self.constants
        if (ask.stored and ask.name in c.read) or c.into.get(path):
            return True
        return any(
            name in table
            for name in names
            for table in (c.values, c.patterns, c.parts, c.lengths, c.equals, c.tables)
        )

    # events

    def _takers(self, scene: Scene) -> list[Transition]:
        """What may take a message where the case stands."""
        if not scene.case_id:
            return []
        states = active_states(self.procedure, scene.case)
        return [each for state in states for each in state.events_by_name.get("message", ())]

    def _events(self, scene: Scene, name: str, hints: Mapping[str, Sequence[Any]]) -> Iterator[Attempt]:
        own = self._own(scene)
        for given in self.mined.events.get(name, []):
            if given:
                yield Attempt(({"signal": name, "with": given, **own},))
        yield Attempt(({"signal": name, **own},))
        wanted = self._brought(name)
        if wanted:
            for entered in self.entered(scene, wanted, name, [""], hints):
                yield Attempt(({"signal": name, "with": entered.given, **own},), entered.learn)

    def _brought(self, event: str) -> tuple[Ask, ...]:
        """The fields of `input` that the alternatives of an event read."""
        found: dict[str, Ask] = {}
        for transition in self.procedure.transitions():
            if transition.kind == "event" and transition.name == event:
                for expression in expressions_of(
                    (transition.when, tuple(spec for _, spec in transition.sets))
                ):
                    for name in reads(expression.node):
                        room, _, part = name.partition(".")
                        if room == "input" and part:
                            declared = self.procedure.fields.get(part) or Field(part, "string")
                            found[part] = Ask(declared, part in self.procedure.fields, True)
        return tuple(found.values())

    # answers

    def _answers(self, scene: Scene, kind: str, state: str) -> Iterator[Attempt]:
        invoke = self.procedure.state[state].invoke
        if invoke is None or invoke.procedure:
            return
        own = self._own(scene)
        operation = invoke.operation
        if kind == "failed":
            for reason in self.constants.values.get("result.error", ["nobody answers"]):
                yield Attempt(({"fail": {operation: str(reason)}, **own},))
            return
        for answer in self.mined.answers.get(operation, []):
            if answer:
                yield Attempt(({"deliver": {operation: answer}, **own},))
        parts = self._results(state)
        if not parts:
            yield Attempt(({"deliver": operation, **own},))
            return
        options = {
            part.name: [
                OMITTED,
                *self.values.of(part, [f"result.{part.name}"], scene.now, scene.case.data, operation),
            ]
            for part in parts
        }
        options = {name: [*values[1:2], OMITTED, *values[2:]] for name, values in options.items()}
        for entered in Combinations(options, set(options), MOST_COMBINATIONS):
            given = {n: v for n, v in entered.items() if v is not OMITTED}
            yield Attempt(({"deliver": {operation: given}, **own},))

    def _results(self, state: str) -> list[Field]:
        """What the answer's handling reads of it, typed by where it goes or by what it is compared with."""
        found: dict[str, Field] = {}
        for transition in self.procedure.state[state].events_by_name.get("done", ()):
            for name, spec in transition.sets:
                for expression in expressions_of(spec):
                    for read in reads(expression.node):
                        room, _, part = read.partition(".")
                        if room == "result" and part and part not in found:
                            declared = self.procedure.fields[name]
                            found[part] = Field(part, declared.type, declared.schema, items=declared.items)
            for expression in expressions_of((transition.when, tuple(e.when for e in transition.effects))):
                for read in reads(expression.node):
                    room, _, part = read.partition(".")
                    if room == "result" and part and part not in found:
                        found[part] = _typed_by(part, self.constants.values.get(f"result.{part}", []))
        found.pop("error", None)
        found.pop("outcome", None)
        return list(found.values())

    # time

    def _times(self, scene: Scene, kind: str, name: str) -> Iterator[Attempt]:
        for instant, _, _, item in due_items(self.procedure, scene.case):
            if kind == "time" or item == f"{kind}:{name}":
                if kind == "promise":
                    instant += timedelta(minutes=1)  # its last instant is included
                yield Attempt(({"wait": f"until {scene.local(max(instant, scene.now))}"},))


def _left_out(hints: Mapping[str, Sequence[Any]], name: str, path: str, usual: bool) -> bool:
    """Whether a field that may be left out is left out first: as the prover chose, else as usual."""
    if chosen := hints.get(name, ()):
        return chosen[0] is None
    for unset in (hints.get(f"{path} == null"), hints.get(f"{name} == null")):
        if unset:
            return bool(unset[0])
    return usual


def who_may_now(scene: Scene, choice: Choice, state: str, first: Sequence[Any]) -> tuple[list[str], str]:
    """(who may take a choice now, whoever acted last first; the word to say)."""
    procedure, case, surroundings = scene.procedure, scene.case, scene.surroundings
    known = surroundings.organisation.people
    found = []
    for person in dict.fromkeys([*first, scene.performance.person, *known]):
        if person not in known:
            continue
        scope = StepScope(procedure, case, surroundings, scene.now, actor=person)
        try:
            refusal, _ = who_may_take(procedure, procedure.state[state], choice, case, person, scope)
            refusal = refusal or not_now(choice, procedure, scope)
        except (EvaluationError, CalendarError):
            continue
        if refusal is None:
            found.append(person)
            if len(found) >= _MOST_PEOPLE:
                break
    alone = len(choices_named(procedure, case, choice.name)) < 2
    return found, choice.name if alone else f"{state}.{choice.name}"


def _typed_by(name: str, constants: Sequence[Any]) -> Field:
    for value in constants:
        if isinstance(value, bool):
            return Field(name, "boolean")
        if isinstance(value, str):
            return Field(name, "string")
        return Field(name, "number")
    return Field(name, "boolean")


__all__ = ["ACTS", "Attempt", "Moves", "who_may_now"]
