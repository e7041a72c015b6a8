"""What is surely set, wherever a case is: a forward analysis in which every way into a state must agree.

A fact is the text of an expression that is surely not null, as in `narrowing`. What a required `ask` stored, what
was set to something that is never unset, what a default or a start gives, and what a guard has shown, holds until
it is set anew. It must not report anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from procflow.core.expressions import Template
from procflow.core.procedure import Ask, Deadline, Procedure, Start, Transition
from procflow.definitions.checks.environment import Names
from procflow.definitions.checks.flow import PERSON, Flow, Group, Origin, Origins
from procflow.definitions.functions import VALUE
from procflow.definitions.narrowing import when_false, when_true
from procflow.definitions.typing import check_template

Facts = frozenset[str]
_FIRST = re.compile(r"\w+")


@dataclass(frozen=True)
class Point:
    """One alternative with what is set where its guard, its `set` and its effects are worked out."""

    transition: Transition
    guard: Facts
    sets: Facts
    effects: Facts


class Assignment:
    """The facts of one procedure."""

    def __init__(self, procedure: Procedure, names: Names, flow: Flow) -> None:
        self.procedure = procedure
        self.names = names
        self.flow = flow
        self.everything: Facts = frozenset(
            [*procedure.fields, *(fact for deadline in procedure.deadlines for fact in due_facts(deadline))]
        )

    def at(self, state: str) -> Facts:
        """What is set in a state, from its entry effects on; everything, where no case ever is."""
        return self._facts.get(state, self.everything)

    def among(self, states: Iterable[str]) -> Facts:
        """What is set in each of these states."""
        found = [self.at(state) for state in states]
        return frozenset.intersection(*found) if found else self.everything

    def points(self, group: Group) -> Iterator[Point]:
        """The alternatives of a group, as far as they can be taken, and then the rest."""
        before = self.at(group.state.name)
        yield from self._points(group, before, self.flow.origins(group))

    def _points(self, group: Group, before: Facts, origins: Origins) -> Iterator[Point]:
        asked = {ask.name for ask in group.choice.asks} if group.choice is not None else set()
        base = before
        if group.choice is not None:
            base = entered(before, group.choice.asks)
        for t in group.alternatives:
            own = {ask.name for ask in t.asks}
            sets = entered(base, t.asks) | (when_true(t.when.node) if t.when is not None else frozenset())
            kept = frozenset(fact for fact in sets if fact in before or not _mentions(fact, asked - own))
            yield Point(t, base, sets, self._assigned(t, kept, sets, origins))
            if t.when is not None:
                base |= when_false(t.when.node)

    def _assigned(self, t: Transition, kept: Facts, sets: Facts, origins: Origins) -> Facts:
        """What is set once the `set` of a transition is done and deadlines have started."""
        if t.sets:
            kept = self._set(t.sets, kept, sets, origins, t)
        moments = {(t.kind, t.name)}
        if t.to is not None:
            moments.add(("leaving", t.source))
            moments.update([("entering", name) for name in self.flow.enters(t)])
        return kept | self._started(moments)

    def _set(
        self,
        pairs: Iterable[tuple[str, Any]],
        kept: Facts,
        facts: Facts,
        origins: Origins,
        t: Transition | None = None,
    ) -> Facts:
        asked = t.asks if t is not None and t.kind == "choice" else None
        given: set[str] = set()
        names = {name for name, _ in pairs}
        for name, spec in pairs:
            if self._is_set(spec, facts, origins, asked):
                given.add(name)
        return frozenset(fact for fact in kept if not _mentions(fact, names)) | given

    def _is_set(self, spec: Any, facts: Facts, origins: Origins, asked: tuple[Ask, ...] | None) -> bool:
        if spec is None:
            return False
        if not isinstance(spec, Template) or spec.single is None:
            return True
        environment = self.names.environment(VALUE, origins, facts)
        typed, problems = check_template(spec, environment)
        return not typed.unset or any(problem.severity == "error" for problem in problems)

    def _started(self, moments: set[tuple[str, str]]) -> Facts:
        """Deadlines that surely have a due instant after these moments."""
        return frozenset(
            fact
            for deadline in self.procedure.deadlines
            if deadline.name in self._fixed and any((m.kind, m.name) in moments for m in deadline.starts)
            for fact in due_facts(deadline)
        )

    @cached_property
    def _fixed(self) -> frozenset[str]:
        """The deadlines whose instant never waits for a value."""
        found = []
        for deadline in self.procedure.deadlines:
            parts = (deadline.since, deadline.within, deadline.until)
            if all(part is None or self._is_set(part, frozenset(), frozenset(), None) for part in parts):
                found.append(deadline.name)
        return frozenset(found)

    # the analysis

    @cached_property
    def opening(self) -> Facts:
        """What every way of opening a case sets."""
        procedure = self.procedure
        defaults = frozenset(f.name for f in procedure.data if f.default is not None)
        ways: list[Facts] = []
        for start in procedure.starts:
            origins = frozenset({Origin(PERSON, start.asks) if start.kind == "by" else Origin(start.kind)})
            _, facts = begun(start, defaults)
            ways.append(frozenset(filter(self._lasts, self._set(start.sets, facts, facts, origins))))
        withs = self.names.known.starters.get(procedure.name, ())
        ways += [defaults | names for names in withs]
        if not ways and procedure.name in self.names.known.doubted:
            return self.everything  # whoever opens it cannot be read now, and is told of that
        if not ways:
            ways = [defaults]
        return frozenset.intersection(*ways) | self._started(
            {("opening", ""), *(("entering", name) for name in self.flow.opening)}
        )

    @cached_property
    def _facts(self) -> Mapping[str, Facts]:
        flow = self.flow
        found: dict[str, Facts] = dict.fromkeys(flow.opening, self.opening)
        waiting = dict.fromkeys(flow.opening)
        while waiting:
            name = next(iter(waiting))
            del waiting[name]
            for group in flow.groups[name]:
                taken = set(map(id, group.taken))
                for point in self._points(group, found[name], flow.origins(group)):
                    if id(point.transition) not in taken or not flow.comes(group):
                        continue
                    facts = frozenset(filter(self._lasts, point.effects))
                    for state, holds in self._after(group, point.transition, found, facts):
                        old = found.get(state)
                        new = holds if old is None else old & holds
                        if new == old:
                            continue
                        found[state] = new
                        waiting[state] = None
                        if old is None:  # whatever happens beside it changes its data too
                            waiting.update(dict.fromkeys([s for s in flow.beside[state] if s in found]))
        return found

    def _after(
        self, group: Group, t: Transition, found: Mapping[str, Facts], facts: Facts
    ) -> Iterator[tuple[str, Facts]]:
        """What is set, after a transition, in the states that it enters and in those that stay active."""
        flow, source = self.flow, group.state.name
        if t.to is not None and flow.target(t) is None:
            return
        for state in flow.may_enter(t):
            yield state, facts
        if t.to is None:
            yield source, facts
        for state in flow.beside[source]:
            if state != source and state in found and not flow.leaves(t, state):
                before = found[source] | found[state]
                points = self._points(group, before, flow.origins(group))
                yield state, next(frozenset(p.effects) for p in points if p.transition is t)

    def _lasts(self, fact: str) -> bool:
        """Whether a fact is about the data of the case, and so outlives the step."""
        if fact.startswith(('due("', 'act_by("')):
            return True
        first = _FIRST.match(fact)
        return first is not None and first.group() in self.procedure.fields and "(" not in fact


def entered(facts: Facts, asks: Iterable[Ask]) -> Facts:
    """With what a person enters: required stored fields, and the input itself."""
    found = set(facts)
    for ask in asks:
        if ask.stored:
            found = {fact for fact in found if fact == ask.name or not _mentions(fact, {ask.name})}
        if not ask.optional:
            found.add(f"input.{ask.name}")
            if ask.stored:
                found.add(ask.name)
    return frozenset(found)


def begun(start: Start, facts: Facts) -> tuple[Facts, Facts]:
    """What is set where the `when` of a start is judged, and where its `set` is worked out."""
    judged = facts | when_true(start.message.node) if start.message is not None else facts
    if start.kind in ("by", "event"):  # a person's and an event's start judges what was entered
        judged = entered(judged, start.asks)
    return judged, entered(judged, start.asks) | (
        when_true(start.when.node) if start.when is not None else frozenset()
    )


def _mentions(fact: str, names: Collection[str]) -> bool:
    return bool(names) and not _words_of(fact).isdisjoint(names)


@lru_cache(maxsize=10_000)
def _words_of(fact: str) -> frozenset[str]:
    return frozenset(_FIRST.findall(fact))


def due_facts(deadline: Deadline) -> tuple[str, str]:
    """That a deadline has a due instant, and so (but for closed hours) one to act by."""
    return f'due("{deadline.name}")', f'act_by("{deadline.name}")'
