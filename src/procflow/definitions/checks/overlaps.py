"""Alternatives that can both hold, and transitions that go in circles: `always`, or by a time that is over.

Something is claimed only where concrete values show it (`conditions`).
"""

from __future__ import annotations

from collections.abc import Iterator

from procflow.core.expressions import Expression, Template, calls, reads
from procflow.core.procedure import Transition
from procflow.definitions.building import is_broken, key_place
from procflow.definitions.checks.conditions import Condition, in_words, together
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.flow import Group
from procflow.definitions.checks.outline import states_of
from procflow.definitions.functions import GUARD
from procflow.errors import Diagnostic

#: Rings of more `always` transitions than this, and more rings than this, are not looked for.
_LONGEST, _MOST = 12, 20


def check(examined: Examined) -> list[Diagnostic]:
    """Overlapping alternatives (warnings) and loops (errors where nothing can stop them)."""
    out = Findings(examined.path)
    for groups in examined.flow.groups.values():
        for group in groups:
            _both(examined, group, out)
    _passed_by(examined, out)
    _loops(examined, out)
    _raised(examined, out)
    return out.found


#: What a state that is left in the very step that enters it never comes to.
_NEEDS_TO_STAY = ("task", "choices", "events", "after", "invoke", "states", "parallel")


def _passed_by(examined: Examined, out: Findings) -> None:
    """What stands beside an `always` that leads on whatever holds."""
    on = {
        state.name
        for state in examined.procedure.states
        if any(t.when is None and t.to for t in state.always)
    }
    for state in states_of(examined.tree):
        if state.name not in on:
            continue
        key = next((key for key in _NEEDS_TO_STAY if key in state.node), "")
        if key:
            message = f"no case stays in `{state.name}` for its `{key}`: `always` leads on at once"
            out.add(
                key_place(state.node, key), "PF216", message, "give the `always` a `when`, or take this away"
            )


def _both(examined: Examined, group: Group, out: Findings) -> None:
    """For each alternative with a guard, an earlier one that can hold with it."""
    if len(group.taken) < 2:
        return
    origins = examined.flow.origins(group)
    environment = examined.names.environment(GUARD, origins)
    points = {id(point.transition): point for point in examined.assignment.points(group)}
    for n, later in enumerate(group.taken):
        if later.when is None or is_broken(later.when):
            continue
        for earlier in group.taken[:n]:
            if earlier.when is None or is_broken(earlier.when):
                continue
            facts = points[id(earlier)].guard
            found = together([(earlier.when, True), (later.when, True)], environment.names, facts)
            if found is not None:
                line = earlier.when.at[0]
                where = f" when {in_words(found)}" if found else ""
                message = (
                    f"this guard and the one in line {line} can both hold{where}; the earlier one is taken"
                )
                hint = "narrow one of them, or leave the guard of the last one away"
                out.add(later.when.at, "PF256", message, hint)
                break


# loops

_Edge = tuple[Transition, tuple[Condition, ...]]


def _edges(examined: Examined) -> dict[str, list[tuple[str, _Edge]]]:
    """From each state the transitions that lead on at once, `always` and by a time that may be over, with what must hold
    for each to be taken."""
    found: dict[str, list[tuple[str, _Edge]]] = {}
    for name, groups in examined.flow.groups.items():
        for group in groups:
            if group.kind != "always" and not (group.kind == "after" and _read_by_time(examined, group)):
                continue
            before: list[Condition] = []
            for t in group.taken:
                own = [(t.when, True)] if t.when is not None else []
                target = examined.flow.target(t)
                led = _looked_at(examined, t) if target is not None else []
                if t.to is None and t.refuse is None and t.kind == "always":
                    led = [name]  # it stays, and is looked at again at once
                for state in led:
                    found.setdefault(name, []).append((state, (t, (*before, *own))))
                if t.when is not None:
                    before.append((t.when, False))
    return found


def _looked_at(examined: Examined, t: Transition) -> list[str]:
    """The states whose `always` is looked at next: the innermost of those that were entered and have one; and those whose
    time is."""
    flow = examined.flow
    entered = [name for name in flow.enters(t) if flow.procedure.state[name].always]
    inner = [name for name in entered if not any(flow.chart.is_inside(other, name) for other in entered)]
    timed = [name for name in flow.enters(t) if flow.procedure.state[name].after and name not in inner]
    return inner + timed


def _read_by_time(examined: Examined, group: Group) -> frozenset[str]:
    """The dates and instants of the case at which a time comes: once they are over it comes at once, whenever its state
    is entered. Empty where it counts from then on."""
    spec = next((after.time for after in group.state.after if str(after.id) == group.name), None)
    if not isinstance(spec, Template):
        return frozenset()
    nodes = [part.node for part in spec.parts if isinstance(part, Expression)]
    read = frozenset[str]().union(*map(reads, nodes))
    fields = examined.procedure.fields
    if "now" in read or any(calls(node) for node in nodes):
        return frozenset()
    return frozenset(name for name in read & fields.keys() if fields[name].type in ("date", "instant"))


def _leads_out(examined: Examined, ring: list[_Edge]) -> bool:
    """Whether something else may lead out of a ring that time goes round in."""
    for t, _ in ring:
        state = examined.procedure.state[t.source]
        effects = (*state.entry, *state.exit, *t.effects)
        if (state.always and t.kind != "always") or any(e.operation == "raise" for e in effects):
            return True
    return False


def _is_disturbed(examined: Examined, ring: list[_Edge]) -> bool:
    """Whether another region may step in, so that nothing is sure."""
    flow = examined.flow
    for t, _ in ring:
        for other in flow.beside[t.source]:
            around = (other, *flow.chart.around[other])
            if (
                flow.procedure.state[other].always
                and t.source not in around
                and other not in flow.chart.around[t.source]
            ):
                return True
    return False


def _rings(edges: dict[str, list[tuple[str, _Edge]]], order: dict[str, int]) -> Iterator[list[_Edge]]:
    """Every simple ring once, from its first state in the file."""

    def follow(first: str, here: str, taken: list[_Edge], seen: set[str]) -> Iterator[list[_Edge]]:
        for target, edge in edges.get(here, ()):
            if target == first:
                yield [*taken, edge]
            elif order[target] > order[first] and target not in seen and len(taken) < _LONGEST:
                yield from follow(first, target, [*taken, edge], seen | {target})

    for name in edges:
        yield from follow(name, name, [], {name})


def _loops(examined: Examined, out: Findings) -> None:
    order = {state.name: n for n, state in enumerate(examined.procedure.states)}
    names = examined.names.environment(GUARD, examined.flow.everything).names
    for n, ring in enumerate(_rings(_edges(examined), order)):
        if n >= _MOST:
            return
        by_time = any(t.kind == "after" for t, _ in ring)
        if _is_disturbed(examined, ring) or (by_time and _leads_out(examined, ring)):
            continue
        conditions = [condition for _, own in ring for condition in own]
        states = [t.source for t, _ in ring]
        way = " -> ".join([*states, states[0]]) if len(states) > 1 else states[0]
        first = ring[0][0]
        changed = {name for t, _ in ring for name, _ in t.sets}
        groups = [group for t, _ in ring for group in examined.flow.groups[t.source] if t in group.taken]
        if changed & frozenset[str]().union(*(_read_by_time(examined, group) for group in groups)):
            continue  # it comes at another time then
        if not conditions and by_time:
            message = f"a time that is over comes again at once here, without end: {' -> '.join([*states, states[0]])}"
            hint = "lead to another state, `set` what the time is made of, or leave `to` away: then it comes once"
            out.add(first.at, "PF253", message, hint)
            continue
        if not conditions:
            message = f"`always` goes in circles here: {way}" if len(states) > 1 else (
                f"`always` leads from `{way}` to itself without end"
            )  # fmt: skip
            out.add(first.at, "PF253", message, "give one of these transitions a guard that ends it")
            continue
        if any(is_broken(expression) for expression, _ in conditions):
            continue
        read = frozenset[str]().union(*(reads(expression.node) for expression, _ in conditions))
        if changed & read:
            continue  # what it reads changes on the way, so it may well end
        found = together(conditions, names, guess=True)
        if found is not None:
            told = {name: value for name, value in found.items() if not name.startswith("(")}
            where = f" when {in_words(told)}" if told else ""
            what = "a time that is over" if by_time else "`always`"
            message = f"{what} goes in circles{where}: {way}"
            out.add(first.at, "PF254", message, "let the guards exclude each other, or `set` what they read")


def _raised(examined: Examined, out: Findings) -> None:
    """An event whose own transition raises it again, without any guard."""
    for groups in examined.flow.groups.values():
        for group in groups:
            first = group.alternatives[0] if group.alternatives else None
            if group.kind != "event" or first is None or first.when is not None or first.to is not None:
                continue
            if any(
                e.operation == "raise" and e.when is None and e.each is None and e.parameters == group.name
                for e in first.effects
            ):
                message = f"the event `{group.name}` raises itself without end"
                out.add(first.at, "PF253", message, "take the `raise` away, or give it a `when`")
