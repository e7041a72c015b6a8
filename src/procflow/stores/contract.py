"""What every store must do: a suite that a store's own test class inherits (see `procflow.testing`).

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self): ...

It asks only through the protocol, so that it can run over any store, also one in a plugin.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from procflow.core.record import (
    ACCESS_CHAIN,
    SEAL_CHAIN,
    START,
    link_hash,
    microseconds,
)
from procflow.ports import Store
from procflow.stores.contract_cases import CasesContract
from procflow.stores.contract_kept import KeptContract
from procflow.stores.contract_steps import (
    MINUTE,
    MORNING,
    conflict,
    effect,
    following,
    id_of,
    message,
    opening,
    task,
)
from procflow.stores.contract_work import WorkContract
from procflow.stores.heads import ACCESS_LOG, read_heads


class StoreContract(CasesContract, WorkContract, KeptContract):
    """Inherit it and give it a fixture `store`: an empty store, closed afterwards."""

    # --- the record

    def test_whoever_watches_sees_every_step_once_in_the_order_in_which_it_was_stored(
        self, store: Store
    ) -> None:
        assert (store.last_change(), store.changes(0)) == (0, [])
        one = opening(store, "a")
        store.append(one)
        first = store.last_change()
        store.append(two := opening(store, "b"))
        store.append(following(one))
        store.append(following(two))
        seen = store.changes(0)
        told = [(change.case_id, change.number, change.sequence, change.procedure) for change in seen]
        kind = one.procedure
        assert told == [
            (id_of("a"), 1, 1, kind), (id_of("b"), 2, 1, kind), (id_of("a"), 1, 2, kind), (id_of("b"), 2, 2, kind)
        ]  # fmt: skip
        places = [change.place for change in seen]
        assert places == sorted(set(places)) and places[0] == first and places[-1] == store.last_change()
        assert store.changes(first, 2) == seen[1:3]
        assert store.changes(places[-1]) == []

    def test_its_mark_is_another_after_every_change_and_the_same_without_one(self, store: Store) -> None:
        step = opening(store, "a")
        changes: list[Callable[[], object]] = [
            lambda: store.append(step),
            lambda: store.append(following(step)),
            lambda: store.publish([("d9", "procedure", "another", b"compiled")], MORNING),
            lambda: store.log_access(MORNING, "qaa", "read", step.row.case_id, "", "read"),
            lambda: store.keep("kind", "name", b"value"),
            lambda: store.drop_kept("kind", "name"),
            lambda: store.receive(message(store, "m")),
        ]
        for change in changes:
            before = store.mark()
            assert store.mark() == before
            store.tasks(), store.load(1), store.last_change()  # looks change nothing
            assert store.mark() == before
            change()
            assert before is None or store.mark() != before

    def test_the_access_log_is_a_chain_in_order(self, store: Store) -> None:
        for n in range(3):
            store.log_access(MORNING + n * MINUTE, "qaa", "refused", "c", "executed", f"code-{n}")
        previous = START
        for n, (sequence, before, hash_, fields) in enumerate(store.access_log()):
            assert (sequence, before) == (n + 1, previous)
            assert fields == {
                "at": (MORNING + n * MINUTE).isoformat(),
                "person": "qaa",
                "what": "refused",
                "case_id": "c",
                "choice": "executed",
                "code": f"code-{n}",
            }
            at = microseconds(MORNING + n * MINUTE)
            columns = (at, "qaa", "refused", "c", "executed", f"code-{n}")
            assert hash_ == link_hash(ACCESS_CHAIN, previous, sequence, *columns)
            previous = hash_
        assert previous != START

    def test_seals_hold_the_heads_of_the_cases_that_changed_since_the_last(self, store: Store) -> None:
        assert store.seal_heads(MORNING) is None
        one = opening(store, "a")
        store.append(one)
        two = opening(store, "b")
        store.append(two)
        first = store.seal_heads(MORNING)
        assert first is not None
        assert store.seal_heads(MORNING) is None
        store.append(two := following(two))
        assert store.seal_heads(MORNING + MINUTE) is not None
        (_, start, hash_, content), (sequence, before, last, later) = store.seals()
        assert (start, hash_, sequence, before) == (START, first, 2, first)
        assert last == link_hash(SEAL_CHAIN, first, 2, later)
        assert read_heads(content).heads == (
            (id_of("a"), 1, one.row.hash),
            (id_of("b"), 1, _hash_of(store, 2, 1)),
        )
        assert read_heads(later).heads == ((id_of("b"), 2, two.row.hash),)
        assert read_heads(later).at == microseconds(MORNING + MINUTE)

    def test_the_access_log_is_sealed_with_the_cases(self, store: Store) -> None:
        store.log_access(MORNING, "qaa", "refused", "c", "executed", "code")
        assert store.seal_heads(MORNING) is not None
        assert store.seal_heads(MORNING) is None
        ((_, _, _, content),) = store.seals()
        ((_, _, hash_, _),) = store.access_log()
        assert read_heads(content).heads == ((ACCESS_LOG, 1, hash_),)

    def test_a_step_is_stored_whole_or_not_at_all(self, store: Store) -> None:
        row = message(store, "m1")
        store.receive(row)
        step = opening(store, "a", next_due=MORNING, identities=(b"phone",), late=True, message=row.id)
        step = replace(
            step,
            tasks=(task(step),),
            effects=(effect(step),),
            settled=((f"{step.row.case_id}/9/9", "done", ""),),  # the last part of it is refused
        )
        with conflict("effect"):
            store.append(step)
        assert store.load(1) is None
        assert (store.next_number(), store.next_slot(), store.next_due()) == (1, 2, None)
        assert store.tasks() == []
        assert store.next_effect() is None
        assert store.find([b"phone"]) == {}
        assert [found.id for found in store.messages("new")] == [row.id]
        assert store.answered(step.row.command_id) is None
        assert dict(store.counts()) == {"open": 0, "closed": 0, "late": 0}
        assert store.self_check() == []


def _hash_of(store: Store, number: int, sequence: int) -> bytes:
    case = store.load(number)
    assert case is not None
    return next(row.hash for row in store.journal(case.id) if row.sequence == sequence)
