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


def test_a_constant_that_nobody_asked_about_follows_from_those_that_somebody_did() -> None:
    one, three, five = (orders.constant(n) for n in (1, 3, 5))
    facts = orders.added(frozenset(), "a", three, orders.LESS)
    assert orders.possible(facts, "a", five) == orders.possible(facts, "a", three) == orders.LESS
    assert orders.possible(facts, five, "a") == orders.GREATER
    assert orders.possible(facts, "a", one) == orders.ALL == orders.possible(facts, "b", one)
    assert orders.possible(facts, "b", "a") == orders.ALL == orders.possible(facts, "b", three)
    both = orders.added(facts, "a", one, orders.GREATER | orders.EQUAL)
    assert orders.possible(both, "a", orders.constant(0)) == orders.GREATER
    assert orders.possible(both, "a", orders.constant(2)) == orders.ALL
    never_ = orders.added(both, "a", one, orders.LESS)
    assert orders.closed(never_) is None and orders.possible(never_, "a", "b") == 0
    assert orders.possible(never_, one, three) == orders.LESS


def test_constants_of_one_kind_are_ordered_and_of_two_kinds_are_different() -> None:
    from datetime import UTC, date, datetime

    def between(a: object, b: object) -> int:
        return orders.between(orders.constant(a), orders.constant(b))

    unequal = orders.LESS | orders.GREATER
    day, at = date(2026, 5, 11), datetime(2026, 5, 11, tzinfo=UTC)
    assert (between(1, 2), between(2, 1), between(2, 2)) == (orders.LESS, orders.GREATER, orders.EQUAL)
    assert between("a", "b") == between(day, date(2026, 5, 12)) == orders.LESS
    assert between(at, datetime(2026, 5, 10, tzinfo=UTC)) == orders.GREATER
    assert between(True, False) == between(1, "1") == between(day, at) == between(True, 1) == unequal
    assert between((1,), (1,)) == orders.EQUAL and between((1,), (2,)) == unequal
    assert orders.between("a", "b") == orders.between("a", orders.constant(1)) == orders.ALL


def test_what_says_nothing_new_is_no_fact() -> None:
    facts = orders.added(frozenset(), "a", "b", orders.LESS)
    assert facts == {("a", "b", orders.LESS)} == orders.added(frozenset(), "b", "a", orders.GREATER)
    assert orders.added(facts, "a", "c", orders.ALL) is facts
    assert orders.added(facts, orders.constant(1), orders.constant(2), orders.LESS | orders.EQUAL) is facts
    assert orders.without(facts, lambda term: term == "c") is facts
    assert orders.without(facts, lambda term: term == "a") == frozenset()


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
