"""Who takes a choice in an abstract step, and what is entered with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from procflow.core.chart import Chart
from procflow.core.expressions import And, Node, Template
from procflow.core.procedure import Ask, Choice, Field, Procedure, State
from procflow.proof import orders
from procflow.proof.assigning import who_term
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, Domain
from procflow.proof.lens import Lens
from procflow.proof.limits import is_narrow
from procflow.proof.moves import Moves
from procflow.proof.nodes import term_of
from procflow.proof.oracle import Impossible
from procflow.proof.plan import Plan
from procflow.proof.reading import FRESH, keys_of
from procflow.proof.world import World

_EACH_TIME = frozenset({FRESH})


class StepAsking:
    """The part of a step in which a person acts."""

    w: World
    lens: Lens
    plan: Plan
    procedure: Procedure
    moves: Moves
    chart: Chart
    queue: deque[tuple[str, str]]
    opening: int
    began: int
    blurred: bool
    truth: Callable[[Any, World], bool]
    old: dict[str, Any]
    entered: set[str]

    def _probe(self, choice: Choice) -> None:
        """Look at all alternatives: whether none holds (a gap, -1), or a later one too (an overlap, its place).

        What all of them ask for is when the choice is there at all; who is refused is refused by the first that says so.
        """
        shared, own = own_guards(choice)
        if not all(self.lens.conditions.holds(part, self.w) for part in shared):
            return
        holding = [
            n for n, parts in enumerate(own) if all(self.lens.conditions.holds(p, self.w) for p in parts)
        ]
        if not holding:
            self.w.probed.append(("gap", choice.name, -1))
        elif choice.alternatives[holding[0]].refuse is None:
            self.w.probed += [("overlap", choice.name, n) for n in holding[1:] if own[n]]

    def _act(self, state: State, choice: Choice) -> None:
        """Somebody acts; with four eyes nobody who took the choice, or is the person, that is named."""
        w = self.w
        w.actor = True
        self.lens.depends["actor.id"] = self.lens.depends["actor"] = _EACH_TIME
        for spec in (*choice.other_than, *(state.task.other_than if state.task else ())):
            if not isinstance(spec, Template):
                if self.lens.people and f"who:{spec}" not in self.lens.keys:
                    w.dropped.add(f"who:{spec}")
                if str(spec) in w.who:
                    w.assert_fact("actor", who_term(str(spec)), orders.LESS | orders.GREATER)
            elif spec.single is not None:
                read = keys_of(spec.single.node)
                if not read <= self.lens.keys:
                    if self.lens.people:
                        w.dropped |= read - self.lens.keys - _EACH_TIME
                    continue
                text = term_of(spec.single.node)
                if not self.lens.conditions.unset(spec.single.node, w):
                    self.lens.depends.setdefault(text, keys_of(spec.single.node))
                    w.assert_fact("actor", text, orders.LESS | orders.GREATER)

    def _ask(self, asks: Sequence[Ask]) -> None:
        """What is entered: anything that fits; an optional field may keep what it had.

        Evidence that covers it counts until the choice is decided: see `_on_choice`.
        """
        w = self.w
        self.old, self.entered = {}, set()
        prepared = self.lens.asks.get(id(asks))
        if prepared is None:
            names = frozenset([ask.name for ask in asks if ask.stored])
            minded = w.data.keys() | self.plan.read_as_input
            each = [self._prepared(ask) for ask in asks if not ask.stored or ask.name in minded]
            prepared = self.lens.asks[id(asks)] = (asks, each, names, names.difference(w.data))
        _, each, names, others = prepared
        self.entered |= names
        if others:
            w.unkept(others)
        for name, stored, optional, given, domain, narrow in each:
            w.room_domains[f"input.{name}"] = domain
            if narrow is not None:
                w.room_fields[f"input.{name}"] = narrow
            if stored and name in self.plan.read_as_input:
                self._as_input(name, given, domain, optional=optional)
                continue
            value = given
            if optional and given is True:
                if w.oracle.pick(2):
                    value = w.data[name] if stored else None
            elif optional and (not stored or w.data[name] in (None, OR_NONE)):
                value = OR_NONE
            if stored:
                self.old[name] = w.data[name]
                w.put(name, value)
            w.inputs[name] = value
        w.asks_here = True

    def _as_input(self, name: str, given: Any, domain: Domain, *, optional: bool) -> None:
        """A field of the case that the step reads as `input.name` too: the same there, but unset where it is left out."""
        w = self.w
        if optional and w.oracle.pick(2):
            w.inputs[name] = None
            return
        w.inputs[name] = given
        if name not in w.data:
            return
        self.old[name] = w.data[name]
        if given is ANY:
            given = w.inputs[name] = domain.values[w.oracle.pick(len(domain.values))]
            w.chosen.append(("data", name, given))
        w.put(name, given)
        if given is OPAQUE and not domain.many:
            self.lens.depends[f"input.{name}"] = _EACH_TIME
            self.lens.depends.setdefault(name, frozenset({name}))
            w.assert_fact(f"input.{name}", name, orders.EQUAL)

    def _prepared(self, ask: Ask) -> tuple[str, bool, bool, Any, Domain, Field | None]:
        """(name, whether it is stored, whether it may be left out, what it is when given, its domain, the field)."""
        domain = self.lens.domains[ask.name] if ask.stored else self.plan.domain_of(ask.field)
        exact = domain.is_exact and not domain.counts and not domain.words
        tick = ask.field.type == "tick"
        return (
            ask.name,
            ask.stored,
            ask.optional,
            True if tick else ANY if exact else OPAQUE,
            domain,
            ask.field if is_narrow(ask.field) else None,
        )

    def _given(self, names: set[str]) -> None:
        for table in (self.w.data, self.w.inputs):
            for name in names & table.keys():
                if table[name] is None:
                    raise Impossible
                if table[name] is OR_NONE:
                    table[name] = ANY if self._exact(name) else OPAQUE

    def _exact(self, name: str) -> bool:
        domain = self.lens.domains.get(name)
        return domain is not None and bool(domain.values)

    def _keep_old(self, names: set[str]) -> None:
        for name in names & self.old.keys():
            self.w.forget(name)
            self.w.data[name] = self.old[name]


def own_guards(choice: Choice) -> tuple[list[Node], list[list[Node]]]:
    """(the conditions that all alternatives share, for each alternative its own)."""
    parts = [_parts(a.when.node) if a.when is not None else [] for a in choice.alternatives]
    shared = [part for part in parts[0] if all(part in other for other in parts)]
    return shared, [[part for part in own if part not in shared] for own in parts]


def _parts(node: Node) -> list[Node]:
    return [part for inner in node.parts for part in _parts(inner)] if isinstance(node, And) else [node]
