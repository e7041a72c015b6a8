"""What follows from facts about order is what holds for numbers, and how long it takes is what the shortest ways say."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.proof import orders, zones

TERMS = ("a", "b", "c")
FACTS = st.lists(
    st.tuples(st.sampled_from(TERMS), st.sampled_from((*TERMS, 1, 2)), st.integers(1, 6)), max_size=4
)


def relation(x: float, y: float) -> int:
    return orders.LESS if x < y else orders.EQUAL if x == y else orders.GREATER


def term(x: object) -> orders.Term:
    return x if isinstance(x, str) else orders.constant(x)


@settings(max_examples=300, deadline=None)
@given(FACTS, st.sampled_from(TERMS), st.sampled_from((*TERMS, 1, 2)))
def test_what_is_possible_is_never_fewer_than_what_numbers_allow(
    told: list[tuple[str, object, int]], one: str, other: object
) -> None:
    facts: orders.Facts = frozenset()
    for a, b, mask in told:
        facts = orders.added(facts, term(a), term(b), mask)
    can = 0
    for values in product((0.5, 1, 1.5, 2, 2.5), repeat=3):
        where: dict[object, float] = {**dict(zip(TERMS, values, strict=True)), 1: 1, 2: 2}
        if all(relation(where[a], where[b]) & mask for a, b, mask in told if a != b):
            can |= relation(where[one], where[other])
    holds_at_all = can or not told
    if holds_at_all and all(a != b for a, b, _ in told):
        assert orders.possible(facts, one, term(other)) & can == can


def test_what_follows_through_a_term_stays_known_when_that_is_forgotten() -> None:
    facts = orders.added(
        orders.added(frozenset(), "a", "b", orders.LESS), "b", "c", orders.LESS | orders.EQUAL
    )
    kept = orders.without(facts, lambda gone: gone == "b")
    assert orders.possible(kept, "a", "c") == orders.LESS


def test_the_clock_only_grows() -> None:
    facts = orders.added(frozenset(), "due", "now", orders.LESS)
    assert orders.possible(orders.later(facts, "now"), "due", "now") == orders.LESS
    facts = orders.added(frozenset(), "due", "now", orders.GREATER)
    assert orders.possible(orders.later(facts, "now"), "due", "now") == orders.ALL


def never(other: str) -> bool:
    return False


def test_two_waits_one_after_the_other_take_as_long_as_both() -> None:
    zone = zones.started({}, {"promise": (21.0, 21.0), "first": (14.0, 14.0)}, ("promise", "first"))
    after_first = zones.firing(zone, "first", ("promise", "first"), never)
    assert after_first is not None
    ahead = zones.started(after_first, {"second": (7.0, 7.0)}, ("promise", "second"))
    assert zones.firing(ahead, "second", ("promise", "second"), never) is not None
    assert zones.firing(ahead, "promise", ("promise", "second"), lambda other: other == "second") is None


def test_a_wait_that_people_began_later_may_be_over_later() -> None:
    zone = zones.started({}, {"promise": (21.0, 21.0)}, ("promise",))
    later = zones.passing(zone, ("promise",))
    ahead = zones.started(later, {"second": (7.0, 7.0)}, ("promise", "second"))
    assert zones.firing(ahead, "promise", ("promise", "second"), never) is not None
    assert zones.firing(ahead, "second", ("promise", "second"), never) is not None
