"""Small faults put into a procedure on purpose: each is one that an owner could make, and a rehearsal should notice.

A guard says the opposite or is gone, a target is another state, a deadline is a day later, an effect is not
asked for, a row of a table says something else. They are made on the frozen procedure, which knows where in the
owner's file everything stands. It must not know how mutants are run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.expressions import Expression, Literal, Not
from procflow.core.procedure import (
    At,
    Deadline,
    Effect,
    Moment,
    Procedure,
    State,
    Transition,
)
from procflow.core.tables import Table
from procflow.rehearsal.mutant_rows import answers_read, decision_rows, table_rows
from procflow.rehearsal.mutant_times import a_day_later, in_words
from procflow.rehearsal.mutant_words import unsaid

#: What a test has to touch for a mutant to make a difference in it: (procedure or table, what, its name).
Touch = tuple[str, str, str]
GUARD, TARGET, DEADLINE, EFFECT, ROW, WORDS = ("guard", "target", "deadline", "effect", "row", "words")
GONE: Any = object()


@dataclass(frozen=True)
class Mutant:
    """One fault. `key` names it in a file of accepted survivors: it stays when lines move; `words` tell it.

    `touch` is what a test must have touched, any of them. `make` gives the changed procedure or table. `finding`
    says in words how a scenario could tell the two apart, `near` what the nearest test touches.
    """

    key: str
    kind: str
    document: str
    path: str
    at: At
    words: str
    touch: tuple[Touch, ...]
    make: Callable[[], Any]
    finding: str = ""
    near: tuple[Touch, ...] = ()

    @property
    def is_table(self) -> bool:
        return self.key.startswith("table ")


def mutants_of(procedure: Procedure) -> list[Mutant]:
    """Every mutant of a procedure, in the order of its lines; those that compile to the same are left out."""
    return _numbered(sorted(_Maker(procedure).all(), key=lambda mutant: mutant.at))


def mutants_of_table(
    table: Table, path: str, lines: Mapping[tuple[int, int], At], read: frozenset[str] | None = None
) -> list[Mutant]:
    """Every mutant of a table of reference data: each row is gone, and each cell of a column that is read (None:
    any may be) is another. `lines` says where the rows stand."""
    made = []
    for change in table_rows(table):
        if read is not None and change.column and change.column not in read:
            continue  # nothing reads it, so no case can differ
        touch: Touch = (table.name, "looked", "")
        at = lines.get((change.version, change.number), change.at)
        made.append(
            Mutant(
                f"table {table.name} {change.key}", ROW, table.name, path, at, change.words, (touch,),
                change.make, change.finding,
            )
        )  # fmt: skip
    return _numbered(made)


def _numbered(found: list[Mutant]) -> list[Mutant]:
    """Keys are made unique by counting those that would be the same."""
    seen: dict[str, int] = {}
    for n, mutant in enumerate(found):
        seen[mutant.key] = times = seen.get(mutant.key, 0) + 1
        if times > 1:
            found[n] = dataclasses.replace(mutant, key=f"{mutant.key} ({times})")
    return found


class _Maker:
    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.name = procedure.name
        self._state = ""  # in which the walk stands

    def all(self) -> Iterator[Mutant]:
        for state in self.procedure.states:
            self._state = state.name
            yield from self._effects(
                state.entry, f"{state.name} entry", ("entered", state.name), f"on the way into {state.name}"
            )
            yield from self._effects(
                state.exit, f"{state.name} exit", ("left", state.name), f"on the way out of {state.name}"
            )
            for after in state.after:
                yield from self._later(after, "time", f"{after.id} time", ("timer", after.id))
            for transition in state.transitions():
                yield from self._transition(state, transition)
            for left_out in unsaid(state):
                yield self._mutant(
                    left_out.key, WORDS, left_out.at, left_out.words,
                    ("said", state.name), state.task, left_out.task, "`expect: {says: {say: …}}` with the value as it is said",
                )  # fmt: skip
        self._state = ""
        for n, start in enumerate(self.procedure.starts, 1):
            what = f"start {n}"
            yield from self._guards(start, "when", what, "the opening")
            yield from self._guards(start, "message", f"{what} message", "the opening by a message")
        for deadline in self.procedure.deadlines:
            yield from self._deadline(deadline)
        for decision in self.procedure.decisions:
            for change in decision_rows(decision, answers_read(self.procedure, decision.name)):
                yield self._mutant(
                    f"decision {decision.name} {change.key}", ROW, change.at, change.words,
                    ("decided", decision.name), decision, change.make(), change.finding,
                )  # fmt: skip

    def _mutant(
        self, key: str, kind: str, at: At, words: str, touch: tuple[str, str], old: Any, new: Any,
        finding: str = "",
    ) -> Mutant:  # fmt: skip
        return Mutant(
            key, kind, self.name, self.procedure.path, at, words, ((self.name, *touch),),
            lambda: changed(self.procedure, old, new), finding, self._near(old),
        )  # fmt: skip

    def _near(self, part: Any) -> tuple[Touch, ...]:
        """What a test touches that comes near: the state in which it stands, else the states around that or before."""
        state = getattr(part, "source", "") or getattr(part, "state", "") or self._state
        around: list[Touch] = []
        while state:
            around.append((self.name, "entered", state))
            state = self.procedure.state[state].parent
        return (*around, (self.name, "entered", self.procedure.initial))

    # guards

    def _guards(self, holder: Any, attribute: str, key: str, where: str) -> Iterator[Mutant]:
        """The guard says the opposite, and is not there."""
        guard: Expression | None = getattr(holder, attribute)
        if guard is None:
            return
        opposite = Expression(f"!({guard.source})", Not(guard.node, guard.at), guard.at)
        said = f"`{guard.source}`"
        yield self._mutant(
            f"{key} guard negated", GUARD, guard.at, f"{where}: the guard {said} says the opposite",
            ("asked", place_of(guard)), holder, replace(holder, **{attribute: opposite}),
            f"a step in which {said} is asked",
        )  # fmt: skip
        if guard.node == Literal(True, guard.at):
            return  # without it the compiled form says the same
        always = (
            None
            if attribute == "when" and not isinstance(holder, Moment)
            else Expression("true", Literal(True, guard.at), guard.at)
        )
        yield self._mutant(
            f"{key} guard dropped", GUARD, guard.at, f"{where}: the guard {said} is gone",
            ("no", place_of(guard)), holder, replace(holder, **{attribute: always}),
            f"a step in which {said} does not hold",
        )  # fmt: skip

    # transitions

    def _transition(self, state: State, transition: Transition) -> Iterator[Mutant]:
        where = _where(transition, self.procedure)
        yield from self._guards(transition, "when", transition.id, where)
        yield from self._effects(transition.effects, transition.id, ("taken", transition.id), f"of {where}")
        if transition.to is None:
            return
        to = self._another_target(state, transition)
        if to is None:
            return
        there = transition.source if transition.to == "self" else transition.to
        now = "the state itself" if transition.to == "self" else there
        yield self._mutant(
            f"{transition.id} target", TARGET, _at(transition.to_at, transition.at),
            f"{where}: it leads to {to} instead of {now}", ("taken", transition.id), transition,
            replace(transition, to=to, back=False), f"`expect: {{state: {there}}}` after it",
        )  # fmt: skip

    def _another_target(self, state: State, transition: Transition) -> str | None:
        """Where a neighbour leads, else the next state beside the right one; None where there is no other."""
        here = {item.to for item in state.transitions() if item.to is not None and not item.back}
        right = transition.source if transition.to == "self" else transition.to
        near = [item.to for item in state.transitions() if item.to in here and item.to not in (right, "self")]
        if near:
            return near[0]
        target = self.procedure.state[str(right)]
        beside = [s.name for s in self.procedure.states if s.parent == target.parent]
        n = beside.index(target.name)
        others = [name for name in (*beside[n + 1 :], *beside[:n]) if name != right]
        return next((name for name in others if name != state.name), next(iter(others), None))

    # effects

    def _effects(
        self, effects: tuple[Effect, ...], key: str, touch: tuple[str, str], which: str
    ) -> Iterator[Mutant]:
        for n, effect in enumerate(effects, 1):
            where = f"{effect.operation} {which}"
            named = f"{key} effect {n} {effect.operation}"
            yield from self._guards(effect, "when", named, where)
            yield self._mutant(
                named, EFFECT, effect.at, f"{where} is not asked for", touch, effect, GONE,
                _how_to_see(effect.operation),
            )  # fmt: skip

    # time

    def _deadline(self, deadline: Deadline) -> Iterator[Mutant]:
        name = deadline.name
        yield from self._later(
            deadline, "until" if deadline.within is None else "within", f"deadline {name}", ("clock", name)
        )
        yield from self._effects(
            deadline.warn, f"deadline {name} warn", ("warn", name), f"as a warning of the deadline {name}"
        )
        yield from self._effects(
            deadline.missed,
            f"deadline {name} missed",
            ("missed", name),
            f"when the deadline {name} is missed",
        )
        for which in ("starts", "met"):
            for n, moment in enumerate(getattr(deadline, which), 1):
                yield from self._guards(
                    moment, "when", f"deadline {name} {which} {n}", f"the deadline {name}, {which}"
                )

    def _later(self, holder: Any, attribute: str, key: str, touch: tuple[str, str]) -> Iterator[Mutant]:
        spec = getattr(holder, attribute)
        if spec is None:
            return
        what = f"the deadline {holder.name}" if isinstance(holder, Deadline) else f"the time of {holder.id}"
        finding = (
            f"`expect: {{due: {{{holder.name}: …}}}}`" if isinstance(holder, Deadline)
            else "`wait` until just after it, and `expect` the state"
        )  # fmt: skip
        later = a_day_later(spec)
        if later == spec:
            return
        yield self._mutant(
            f"{key} later", DEADLINE, holder.at, f"{what} is a day later than {in_words(spec)}", touch,
            holder, replace(holder, **{attribute: later}), finding,
        )  # fmt: skip


def place_of(expression: Expression) -> str:
    """An expression's place in its file; no two begin at the same."""
    return f"{expression.at[0]}:{expression.at[1]}"


def changed(value: Any, old: Any, new: Any) -> Any:
    """The same value with `new` in the place of the very object `old`; GONE takes it out of its list."""
    if value is old:
        return new
    if isinstance(value, tuple):
        items = tuple(changed(item, old, new) for item in value)
        if all(a is b for a, b in zip(items, value, strict=True)):
            return value
        return tuple(item for item in items if item is not GONE)
    if isinstance(value, Struct) and not isinstance(value, Expression):
        fresh = {}
        for name in value.__struct_fields__:
            item = getattr(value, name)
            if isinstance(item, tuple | Struct | Mapping):
                other = changed(item, old, new)
                if other is not item:
                    fresh[name] = other
        return replace(value, **fresh) if fresh else value
    return value


def _where(transition: Transition, procedure: Procedure) -> str:
    what = {"choice": "the choice ", "event": "the event "}.get(transition.kind, "")
    name = transition.name if what else {"after": "by time", "always": "at once"}[transition.kind]
    alternatives = [
        item
        for item in procedure.state[transition.source].transitions()
        if item.name == transition.name and item.kind == transition.kind
    ]
    n = alternatives.index(transition) + 1
    which = f", alternative {n} of {len(alternatives)}" if len(alternatives) > 1 else ""
    return f"{what}{name} in {transition.source}{which}"


def _at(*places: At) -> At:
    return next((place for place in places if place != (0, 0)), (1, 1))


def _how_to_see(operation: str) -> str:
    if operation == "note.write":
        return "`expect: {notes: […]}`"
    if operation in ("raise", "signal", "start"):
        return "`expect` what follows from it: a state, or a case of the other procedure"
    return f"`expect: {{sent: [{{{operation}: …}}]}}`"
