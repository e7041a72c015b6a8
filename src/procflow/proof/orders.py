"""What is known of how values compare: facts about pairs, and what follows from them.

Each fact says which of less, equal and greater are possible between two terms. A term is the text of an expression, or
a constant. Whether further facts fit is decided by composing what is known (the point algebra's path consistency).
It must not know what the terms mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from procflow.core.times import Span
from procflow.core.values import Person, is_number

LESS, EQUAL, GREATER = 1, 2, 4
ALL = 7
OPERATORS = {
    "<": LESS,
    "<=": LESS | EQUAL,
    ">": GREATER,
    ">=": GREATER | EQUAL,
    "==": EQUAL,
    "!=": LESS | GREATER,
}

#: A term: a text, or a constant as ("#", its kind, its value).
Term = str | tuple[str, str, Any]
#: (first term, second term, what is possible between them)
Fact = tuple[Term, Term, int]
Facts = frozenset[Fact]

#: How far the next value of a term is, where it has one: a whole number, or a day.
Steps = Mapping[Term, int | timedelta]

_COMPOSED = [[0] * 8 for _ in range(8)]
for _a in range(8):
    for _b in range(8):
        _mask = 0
        for _x in (LESS, EQUAL, GREATER):
            for _y in (LESS, EQUAL, GREATER):
                if _a & _x and _b & _y:
                    _mask |= _y if _x == EQUAL else _x if _y in (EQUAL, _x) else ALL
        _COMPOSED[_a][_b] = _mask
_TURNED = [(m & EQUAL) | (GREATER if m & LESS else 0) | (LESS if m & GREATER else 0) for m in range(8)]


def constant(value: Any) -> Term:
    """A value that is written out, as a term."""
    if isinstance(value, bool):
        return ("#", "b", value)
    if isinstance(value, Person):
        return ("#", "s", value.id)
    if is_number(value):
        return ("#", "n", value)
    if isinstance(value, datetime):
        return ("#", "i", value)
    if isinstance(value, date):
        return ("#", "d", value)
    if isinstance(value, str):
        return ("#", "s", value)
    if isinstance(value, Span):
        length = value.elapsed()  # 60 minutes are an hour
        return ("#", "w", str(value)) if length is None else ("#", "e", length)
    return ("#", "o", repr(value))


def between(a: Term, b: Term) -> int:
    """What is possible between two terms of which nothing else is known."""
    if a == b:
        return EQUAL
    if isinstance(a, tuple) and isinstance(b, tuple):
        if a[1] != b[1]:
            return LESS | GREATER
        if a[1] in "nidse":
            return LESS if a[2] < b[2] else GREATER
        return LESS | GREATER
    return ALL


@lru_cache(maxsize=20_000)
def closed(facts: Facts) -> dict[tuple[Term, Term], int] | None:
    """Everything that follows, both ways round; None where the facts contradict each other."""
    terms = sorted({t for a, b, _ in facts for t in (a, b)}, key=str)
    known: dict[tuple[Term, Term], int] = {}
    for a in terms:
        for b in terms:
            known[a, b] = between(a, b)
    for a, b, mask in facts:
        known[a, b] &= mask
        known[b, a] &= _TURNED[mask]
        if not known[a, b]:
            return None
    moved = True
    while moved:
        moved = False
        for k in terms:
            for a in terms:
                through = known[a, k]
                if through == ALL:
                    continue
                row = _COMPOSED[through]
                for b in terms:
                    narrow = known[a, b] & row[known[k, b]]
                    if narrow != known[a, b]:
                        if not narrow:
                            return None
                        known[a, b] = narrow
                        known[b, a] = _TURNED[narrow]
                        moved = True
    return known


def renamed(facts: Facts, name: Callable[[Term], Term]) -> Facts:
    """The same of terms that are called otherwise."""
    found: Facts = frozenset()
    for a, b, mask in facts:
        found = added(found, name(a), name(b), mask)
    return found


def through(one: int, other: int) -> int:
    """What is possible between two terms, by what is between each of them and a third."""
    return _COMPOSED[one][other]


def possible(facts: Facts, a: Term, b: Term) -> int:
    """Which of less, equal and greater can be between two terms."""
    plain = between(a, b)
    if plain != ALL or not facts:
        return plain
    known = closed(facts)
    if known is None:
        return 0
    found = known.get((a, b))
    if found is not None:
        return found
    a_known, b_known = (a, a) in known, (b, b) in known
    if not ((a_known and isinstance(b, tuple)) or (b_known and isinstance(a, tuple))):
        return ALL
    mask = ALL
    for mid in {
        pair[0] for pair in known
    }:  # a constant that is new here follows from the constants that are not
        one = known[a, mid] if a_known else between(a, mid)
        other = between(mid, b) if a_known else known[mid, b]
        mask &= _COMPOSED[one][other]
    return mask


def possible_in_steps(facts: Facts, a: Term, b: Term, steps: Steps) -> int:
    """The same where some terms have whole numbers or days: nothing is between one of them and the next."""
    found = possible(facts, a, b)
    if isinstance(a, tuple):
        return _TURNED[possible_in_steps(facts, b, a, steps)] if b in steps else found
    step = steps.get(a)
    if step is None or not isinstance(b, tuple) or b[1] != ("n" if isinstance(step, int) else "d"):
        return found
    value = b[2]
    if isinstance(step, int) and value != int(value):
        return found
    try:
        before, after = constant(value - step), constant(value + step)
    except OverflowError:  # there is no day before the first
        return found
    if found & GREATER and not possible(facts, a, after) & (GREATER | EQUAL):
        found &= ~GREATER
    if found & LESS and not possible(facts, a, before) & (LESS | EQUAL):
        found &= ~LESS
    return found


def without(facts: Facts, gone: Callable[[Term], bool]) -> Facts:
    """What is still known when some terms are forgotten: with what followed through them."""
    if not facts:
        return facts
    lost = frozenset({t for a, b, _ in facts for t in (a, b) if gone(t)})
    return _left_of(facts, lost) if lost else facts


@lru_cache(maxsize=20_000)
def _left_of(facts: Facts, lost: frozenset[Term]) -> Facts:
    known = closed(facts) or {}
    return reduced(
        (a, b, mask) for (a, b), mask in known.items() if a not in lost and b not in lost and str(a) < str(b)
    )


def reduced(facts: Iterable[Fact]) -> Facts:
    return frozenset(fact for fact in facts if fact[2] != between(fact[0], fact[1]) and fact[2] != ALL)


def added(facts: Facts, a: Term, b: Term, mask: int) -> Facts:
    """With one more fact, which must be possible."""
    if mask == ALL or between(a, b) & mask == between(a, b):
        return facts
    if str(b) < str(a):
        a, b, mask = b, a, _TURNED[mask]
    return facts | {(a, b, mask)}


@lru_cache(maxsize=20_000)
def later(facts: Facts, clock: str) -> Facts:
    """What is still known, with what followed, after time went on: `clock` only grows."""
    known = closed(facts) or {}
    found = []
    for (a, b), mask in known.items():
        if a in (b, clock) or (b != clock and str(a) > str(b)):
            continue
        if b == clock:
            if mask & GREATER:
                continue
            mask = LESS if mask == LESS else LESS | EQUAL
            if str(a) > str(b):
                a, b, mask = b, a, _TURNED[mask]
        found.append((a, b, mask))
    return reduced(found)
