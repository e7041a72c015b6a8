"""Moves that change nothing that a lens keeps, and need not be looked at where only what is kept matters."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from procflow.core.expressions import And, Call, Literal, Name, walk
from procflow.core.procedure import Procedure, Promise, State, Transition
from procflow.proof.reading import CHANGING, FRESH, LOOKS_BACK, MOMENT, keys_in, keys_of, read_by

#: Functions whose answer is the same while a case stays where it is, and those that name a moment.
_STEADY = frozenset({"state", "closed", "choice", "event"})
#: Functions whose answer may be another one at the next step, although nothing was done.
_PASSING = (CHANGING - _STEADY) | {"count_today"}


class Quiet(Struct, frozen=True, gc=False):
    """Something that leaves a case where it is: `state` and `name` of a choice, or the name of an event alone.

    It matters where one of `keys` is kept, one of `operations` noticed, or a deadline or promise minds it.
    """

    state: str
    name: str
    keys: frozenset[str]
    operations: frozenset[str]


def quiet_of(procedure: Procedure) -> tuple[Quiet, ...]:
    """What never leads anywhere."""
    times = {
        name for d in procedure.deadlines for spec in (d.since, d.within, d.until) for name in keys_in(spec)
    }
    times |= {name for s in procedure.states for a in s.after for name in keys_in(a.time)}
    found = []
    for state in procedure.states:
        for choice in state.choices:
            if all(_stays(t) for t in choice.alternatives):
                names = {f"count:{choice.name}", f"count_today:{choice.name}", f"who:{choice.name}"}
                names |= {ask.name for ask in choice.asks if ask.stored}
                quiet = _quiet(procedure, state.name, choice.name, choice.alternatives, names, times)
                if quiet is not None:
                    noted = {"note.write"} if choice.note else set()
                    found.append(Quiet(state.name, choice.name, quiet.keys, quiet.operations | noted))
    handled: dict[str, list[Transition]] = {}
    for state in procedure.states:
        for name, alternatives in state.events:
            handled.setdefault(name, []).extend(alternatives)
    for name, transitions in handled.items():
        if (
            all(_stays(t) for t in transitions)
            and name not in ("done", "failed")
            and name not in procedure.deadline
        ):
            quiet = _quiet(procedure, "", name, transitions, set(), times)
            if quiet is not None:
                found.append(quiet)
    return tuple(found)


def _stays(transition: Transition) -> bool:
    return transition.to is None


def _quiet(
    procedure: Procedure,
    state: str,
    name: str,
    transitions: Iterable[Transition],
    names: set[str],
    times: set[str],
) -> Quiet | None:
    operations: set[str] = set()
    for transition in transitions:
        names |= {field for field, _ in transition.sets}
        operations |= {effect.operation for effect in transition.effects}
    names |= {evidence for field in names for evidence in procedure.covered_by.get(field, ())}
    if names & times or "raise" in operations:
        return None
    moments = [m for d in procedure.deadlines for m in (*d.starts, *d.met)]
    if any(m.kind == "when" or m.name == name for m in moments):
        return None
    return Quiet(state, name, frozenset(names), frozenset(operations))


def may_drift(state: State) -> bool:
    """Whether what a state takes at once may begin to hold at a later step, although nothing changes there: it looks back, at
    what was before that step, or hangs on the moment."""
    guards = [transition.when for transition in state.always if transition.when is not None]
    keys = {key for guard in guards for key in keys_of(guard.node)}
    return any(key == FRESH or key.partition(":")[0] in LOOKS_BACK for key in keys)


def minded(promises: Iterable[Promise]) -> frozenset[str]:
    """The choices and events whose moments some promises mind."""
    return frozenset(
        str(node.args[0].value)
        for promise in promises
        for expression in read_by(promise)
        for node in walk(expression.node)
        if isinstance(node, Call)
        and node.function in ("choice", "event")
        and isinstance(node.args[0], Literal)
    )


def minds_moments(promise: Promise) -> bool:
    """Whether a promise may judge otherwise at a moment at which nothing changes: it counts, or looks at the moment, or at
    what was done today, which any step may find to be yesterday."""
    nodes = [node for expression in read_by(promise) for node in walk(expression.node)]
    return promise.kind == "at_most" or any(
        (isinstance(node, Name) and node.name in MOMENT)
        or (isinstance(node, Call) and node.function in _PASSING)
        for node in nodes
    )


def minds_times(promise: Promise) -> bool:
    """Whether a promise may be broken at the moment at which a time is up, although nothing changes there.

    Not where it is about the moment of a choice or an event.
    """
    parts = promise.p.node.parts if isinstance(promise.p.node, And) else (promise.p.node,)
    of_a_moment = any(isinstance(part, Call) and part.function in ("choice", "event") for part in parts)
    return (
        promise.kind != "after" and minds_moments(promise) and (promise.kind == "always" or not of_a_moment)
    )
