"""Alternatives of which none can hold, or two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from procflow.core.expressions import Call, Expression, Literal
from procflow.core.procedure import Choice, State
from procflow.proof.asking import own_guards
from procflow.proof.exact import is_exact
from procflow.proof.looking import Finding, Look
from procflow.proof.outcomes import Outcome
from procflow.proof.reading import keys_of
from procflow.proof.space import Space


def alternatives(look: Look) -> Iterator[Finding]:
    """Choices with data that fit no alternative, or two; messages that fit two patterns.

    Where a condition is only guessed, it is left to the engine; and only looked for where a gap is possible.
    """
    for state in look.procedure.states:
        for choice in state.choices:
            if len([parts for parts in own_guards(choice)[1] if parts]) >= 2:
                yield from _gaps_and_overlaps(look, state, choice)
        for name, alternatives in state.events:
            for n, later in enumerate(alternatives):
                if any(_both_match(earlier.when, later.when) for earlier in alternatives[:n]):
                    yield Finding("overlap", name, later.at)
                    break


def _gaps_and_overlaps(look: Look, state: State, choice: Choice) -> Iterator[Finding]:
    guards = [a.when for a in choice.alternatives if a.when is not None]
    _, own = own_guards(choice)
    sure = all(is_exact(part, look.plan) for parts in own for part in parts)
    if not sure and not all(own):
        return  # the last holds anyway
    keys = look.plan.grown(frozenset().union(*(keys_of(guard.node) for guard in guards)) - {"~"})
    probe = (state.name, choice.name)
    space = look.explore(keys, (), probe)
    for (kind, _), group in groupby(sorted(space.probed), key=lambda item: item[:2]):
        for what in group:

            def seen(outcome: Outcome, what: tuple[str, str, int] = what) -> bool:
                return what in outcome.world.probed

            way = look.can(_first_probed(what), seen, (), probe, keys)
            if way:
                yield Finding(kind, choice.name, choice.alternatives[what[2]].at, way, sure=sure)


def _both_match(one: Expression | None, other: Expression | None) -> bool:
    """Whether one text can match both patterns: one that matches the first, followed by one that matches the second."""
    nodes = [guard.node for guard in (one, other) if guard is not None]
    if len(nodes) < 2 or not all(
        isinstance(node, Call) and node.function in ("matches", "contains") for node in nodes
    ):
        return False
    (text, first), (same, second) = (node.given for node in nodes if isinstance(node, Call))
    if text != same or not isinstance(first, Literal) or not isinstance(second, Literal):
        return False
    return not any(
        sign in str(pattern.value)
        for pattern in (first, second)
        for sign in ("^", "$", "\\A", "\\z", "(?!", "(?<")
    )


def _first_probed(what: tuple[str, str, int]) -> Callable[[Space], Any]:
    return lambda space: space.probed.get(what)
