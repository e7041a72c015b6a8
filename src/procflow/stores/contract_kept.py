"""The part of the contract of stores about small things that are no cases and end by themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from procflow.ports import Store
from procflow.stored import Kept
from procflow.stores.contract_steps import MINUTE, MORNING


class KeptContract:
    """Kept under a kind and a name, until an instant."""

    def test_what_is_kept_is_there_until_its_instant_and_not_at_it(self, store: Store) -> None:
        end = MORNING + MINUTE
        assert store.keep("login", "a", b"one", end)
        assert store.kept("login", "a", MORNING) == Kept("a", b"one", end)
        assert store.kept("login", "a", end) is None
        assert store.all_kept("login", end) == [] and store.count_kept("login", end) == 0
        assert store.keep("login", "a", b"two")
        assert store.kept("login", "a", end + 525_600 * MINUTE) == Kept("a", b"two", None)
        assert store.kept("login", "b", MORNING) is store.kept("user", "a", MORNING) is None

    def test_the_things_of_a_kind_are_listed_by_the_beginning_of_their_name(self, store: Store) -> None:
        for name in ("b/2", "a", "b/1", "b", "b/\U0010fffd", "c", "B/3", "b%", "b_"):
            store.keep("failure", name, name.encode(), MORNING + MINUTE)
        store.keep("failures", "b/9", b"")
        store.keep("failure", "b/0", b"", MORNING)
        names = [one.name for one in store.all_kept("failure", MORNING, "b/")]
        assert names == ["b/1", "b/2", "b/\U0010fffd"]
        assert store.count_kept("failure", MORNING, "b/") == 3
        assert store.count_kept("failure", MORNING) == 9

    def test_what_was_dropped_is_not_renewed(self, store: Store) -> None:
        assert not store.keep("login", "a", b"one", MORNING, renew=True)
        assert store.kept("login", "a", MORNING - MINUTE) is None
        store.keep("login", "a", b"one", MORNING)
        assert store.keep("login", "a", b"two", MORNING + MINUTE, renew=True)
        assert store.kept("login", "a", MORNING) == Kept("a", b"two", MORNING + MINUTE)
        assert store.drop_kept("login", "a") == b"two"
        assert not store.keep("login", "a", b"three", MORNING + MINUTE, renew=True)
        assert store.kept("login", "a", MORNING) is None

    def test_of_several_who_drop_a_thing_one_has_it(self, store: Store) -> None:
        store.keep("once", "state", b"it")
        with ThreadPoolExecutor(4) as pool:
            had = list(pool.map(lambda _: store.drop_kept("once", "state"), range(8)))
        assert (had.count(b"it"), had.count(None)) == (1, 7)

    def test_what_has_ended_is_cleared_away(self, store: Store) -> None:
        store.keep("login", "a", b"", MORNING)
        store.keep("login", "b", b"", MORNING + MINUTE)
        store.keep("user", "c", b"")
        assert store.drop_ended(MORNING) == 1
        assert store.drop_ended(MORNING) == 0
        assert [one.name for one in store.all_kept("login", MORNING - MINUTE)] == ["b"]
        assert store.drop_kept("login", "a") is None
        assert store.count_kept("user", MORNING) == 1
