"""The part of the contract of stores about work: tasks, queues, the outbox, messages and drafts."""

from __future__ import annotations

from msgspec.structs import replace

from procflow.errors import NotFound
from procflow.ports import Store
from procflow.stored import DoneFor, Draft, PeopleFacts
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


class WorkContract:
    """Tasks, queues and turns, the outbox, messages and drafts."""

    # --- tasks

    def test_tasks_are_listed_for_roles_and_people_in_the_order_to_work_in(self, store: Store) -> None:
        one, two = opening(store, "a"), opening(store, "b")
        soon, later = MORNING + MINUTE, MORNING + 2 * MINUTE
        store.append(
            replace(
                one,
                tasks=(
                    task(one, "no_hurry"),
                    task(one, "later", due=later),
                    task(one, "first", act_by=later, due=later, deadline="answer"),
                ),
            )
        )
        two = opening(store, "b")
        store.append(
            replace(
                two,
                tasks=(
                    task(two, "mine", roles=(), people=("qaa",), due=soon),
                    task(two, "both", roles=("agent", "lead"), people=("qaa",), act_by=soon, due=later),
                    task(two, "nobodys", roles=(), people=()),
                ),
            )
        )
        names = [row.task for row in store.tasks()]
        assert names == ["both", "first", "mine", "later", "no_hurry", "nobodys"]
        assert [row.task for row in store.tasks(roles=["agent"])] == ["both", "first", "later", "no_hurry"]
        assert [row.task for row in store.tasks(roles=["agent", "lead"], people=["qaa"])] == [
            "both",
            "first",
            "mine",
            "later",
            "no_hurry",
        ]
        assert [row.task for row in store.tasks(people=["qaa"], limit=1)] == ["both"]
        everything = store.tasks()
        assert [row.definition for row in everything] == [one.row.definition] * len(everything)
        assert [row.sequence for row in everything] == [
            store.load(row.case_id).sequence  # type: ignore[union-attr]
            for row in everything
        ]
        for place, row in enumerate(everything):
            assert store.tasks(after=row.place) == everything[place + 1 :]
            assert store.tasks(after=row.place, limit=2) == everything[place + 1 : place + 3]
        assert [row.task for row in store.tasks(roles=["agent"], after=everything[0].place, limit=1)] == [
            "first"
        ]
        assert store.tasks(roles=["unknown"]) == []
        assert store.tasks(roles=["lead"]) == [
            task(two, "both", roles=("agent", "lead"), people=("qaa",), act_by=soon, due=later)
        ]
        assert [row.task for row in store.tasks_of(id_of("a"))] == ["first", "later", "no_hurry"]

    def test_a_step_without_tasks_leaves_them_and_one_with_none_takes_them_away(self, store: Store) -> None:
        step = opening(store, "a")
        step = replace(step, tasks=(task(step, "one"), task(step, "two", people=("qaa",))))
        store.append(step)
        store.append(step := following(step))
        assert [row.task for row in store.tasks(roles=["agent"])] == ["one", "two"]
        store.append(step := following(step, tasks=(task(step, "two", people=("qbb",)),)))
        assert [row.task for row in store.tasks(roles=["agent"])] == ["two"]
        assert store.tasks(people=["qaa"]) == []
        assert [row.task for row in store.tasks(people=["qbb"])] == ["two"]
        store.append(following(step, tasks=()))
        assert store.tasks() == []
        assert store.tasks_of(step.row.case_id) == []

    # --- queues and turns

    def test_queues_are_counted_as_tasks_come_move_and_go(self, store: Store) -> None:
        first, second = opening(store, "a"), None
        store.append(
            replace(
                first,
                tasks=(
                    task(first, due=MORNING - MINUTE, act_by=MORNING - MINUTE),
                    task(first, "read:1", kind="read", since=MORNING - MINUTE),
                ),
            )
        )
        second = opening(store, "b")
        soon = MORNING + 2 * MINUTE
        store.append(replace(second, tasks=(task(second, roles=(), people=("ann",), due=soon, act_by=soon),)))
        assert store.asked() == (("agent",), ("ann",))
        ann, agents = store.queues(MORNING, MORNING + 5 * MINUTE)
        assert (ann.person, ann.role, ann.work, ann.items, ann.late, ann.soon) == ("ann", "", 1, 0, 0, 1)
        assert (ann.oldest, ann.act_by) == (MORNING, soon)
        assert (agents.person, agents.role, agents.work, agents.items) == ("", "agent", 1, 1)
        assert (agents.late, agents.soon) == (1, 0)
        assert (agents.oldest, agents.act_by) == (MORNING - MINUTE, MORNING - MINUTE)
        assert store.work_of(["ann", "bob"]) == {"ann": 1, "bob": 0}
        moved = following(first, tasks=(task(first, roles=(), people=("ann",)),))
        store.append(moved)
        assert store.work_of(["ann"]) == {"ann": 2}
        store.append(following(moved, tasks=()))
        assert store.work_of(["ann"]) == {"ann": 1}
        assert [queue.person for queue in store.queues(MORNING, MORNING)] == ["ann"]
        assert store.asked() == ((), ("ann",))

    def test_a_step_decided_on_a_queue_that_moved_is_refused(self, store: Store) -> None:
        first = opening(store, "a")
        seen = PeopleFacts(work=(("ann", 0), ("bob", 0)))
        store.append(replace(first, tasks=(task(first, roles=(), people=("ann",)),), people=seen))
        second = opening(store, "b")
        with conflict("queue"):
            store.append(replace(second, people=seen))
        assert store.load(2) is None
        store.append(replace(second, people=PeopleFacts(work=(("ann", 1), ("bob", 0)))))

    def test_a_turn_is_taken_once(self, store: Store) -> None:
        first = opening(store, "a")
        assert store.turn("p/s") == ""
        store.append(replace(first, people=PeopleFacts(turns=(("p/s", "", "ann"),))))
        second = opening(store, "b")
        with conflict("turn"):
            store.append(replace(second, people=PeopleFacts(turns=(("p/s", "", "ann"),))))
        store.append(replace(second, people=PeopleFacts(turns=(("p/s", "ann", "bob"),))))
        assert store.turn("p/s") == "bob"
        assert store.turn("p/other") == ""

    def test_what_was_done_for_somebody_is_found_again(self, store: Store) -> None:
        first = opening(store, "a")
        done = DoneFor("ann", MORNING, first.row.case_id, 1, 1, "call", "bob")
        store.append(replace(first, people=PeopleFacts(done_for=(done,))))
        later = replace(done, at=MORNING + MINUTE, sequence=2, choice="mail")
        store.append(following(first, people=PeopleFacts(done_for=(later,))))
        assert store.done_for("ann", MORNING) == [done, later]
        assert store.done_for("ann", MORNING, MORNING + MINUTE) == [done]
        assert store.done_for("ann", MORNING + MINUTE) == [later]
        assert store.done_for("bob", MORNING) == []

    # --- outbox

    def test_effects_are_claimed_once_whose_time_came_first(self, store: Store) -> None:
        step = opening(store, "a")
        rows = tuple(effect(step, n, next_try=MORNING - n * MINUTE) for n in (1, 2, 3))
        store.append(replace(step, effects=rows))
        first = store.claim_effects(MORNING, 5 * MINUTE, "h1", limit=2)
        assert [row.key for row in first] == [rows[2].key, rows[1].key]
        assert [(row.attempts, row.holder) for row in first] == [(1, "h1"), (1, "h1")]
        assert [row.key for row in store.claim_effects(MORNING, 5 * MINUTE, "h2")] == [rows[0].key]
        assert store.claim_effects(MORNING, 5 * MINUTE, "h3") == []
        assert [row.key[-1] for row in store.effects(step.row.case_id)] == ["1", "2", "3"]

    def test_effects_of_some_channels_may_be_left_where_they_are(self, store: Store) -> None:
        step = opening(store, "a")
        rows = (effect(step, 1), effect(step, 2, channel="slow"), effect(step, 3, channel="slower"))
        store.append(replace(step, effects=rows))
        assert [row.key for row in store.claim_effects(MORNING, MINUTE, "h1", but=("slow", "slower"))] == [
            rows[0].key
        ]
        assert store.claim_effects(MORNING, MINUTE, "h1", but=["slow", "slower"]) == []
        assert [row.attempts for row in store.effects(step.row.case_id)] == [1, 0, 0]
        assert len(store.claim_effects(MORNING, MINUTE, "h1")) == 2

    def test_one_effect_is_claimed_by_its_key_when_it_may_be_tried(self, store: Store) -> None:
        step = opening(store, "a")
        later = effect(step, 2, next_try=MORNING + MINUTE)
        store.append(replace(step, effects=(effect(step, 1), later, effect(step, 3, state="done"))))
        key = effect(step, 1).key
        row = store.claim_effect(key, MORNING, 5 * MINUTE, "h1")
        assert row is not None and (row.key, row.holder, row.attempts) == (key, "h1", 1)
        assert row.lease_until == MORNING + 5 * MINUTE
        assert store.claim_effect(key, MORNING + MINUTE, 5 * MINUTE, "h2") is None, "it is held"
        row = store.claim_effect(key, MORNING + 5 * MINUTE, 5 * MINUTE, "h2")
        assert row is not None and (row.holder, row.attempts) == ("h2", 2)
        assert store.claim_effect(later.key, MORNING, MINUTE, "h1") is None, "its time has not come"
        assert store.claim_effect(effect(step, 3).key, MORNING, MINUTE, "h1") is None, "it is done"
        assert store.claim_effect("nothing/1/1", MORNING, MINUTE, "h1") is None
        assert [each.key for each in store.claim_effects(MORNING + MINUTE, 10 * MINUTE, "h3")] == [later.key]

    def test_effects_that_wait_since_long_are_listed_oldest_first(self, store: Store) -> None:
        step = opening(store, "a")
        rows = tuple(effect(step, n, asked_at=MORNING - n * MINUTE) for n in (1, 2, 3))
        done = effect(step, 4, asked_at=MORNING - 9 * MINUTE, state="done")
        store.append(replace(step, effects=(*rows, done)))
        assert [row.key for row in store.waiting_effects(MORNING)] == [row.key for row in reversed(rows)]
        assert [row.key for row in store.waiting_effects(MORNING, limit=1)] == [rows[2].key]
        assert [row.key for row in store.waiting_effects(MORNING - 2 * MINUTE)] == [rows[2].key]
        assert store.waiting_effects(MORNING - 3 * MINUTE) == []

    def test_a_lease_that_ran_out_or_reaches_too_far_is_taken_over(self, store: Store) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step, next_try=None),)))
        assert store.claim_effects(MORNING, 5 * MINUTE, "h1")
        assert not store.claim_effects(MORNING + 4 * MINUTE, 5 * MINUTE, "h2")
        (row,) = store.claim_effects(MORNING + 5 * MINUTE, 5 * MINUTE, "h2")
        assert (row.holder, row.attempts) == ("h2", 2)
        (row,) = store.claim_effects(MORNING - 60 * MINUTE, 5 * MINUTE, "h3")
        assert row.lease_until == MORNING - 55 * MINUTE

    def test_a_lease_taken_a_moment_later_is_not_taken_over_by_who_came_late_to_the_store(
        self, store: Store
    ) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step, next_try=None),)))
        assert store.claim_effects(MORNING, 5 * MINUTE, "h1")
        assert not store.claim_effects(MORNING - MINUTE / 60, 5 * MINUTE, "late")
        assert not store.claim_effects(MORNING - 4 * MINUTE, 5 * MINUTE, "later")
        key = effect(step).key
        assert store.claim_effect(key, MORNING - MINUTE / 60, 5 * MINUTE, "late") is None
        assert store.claim_effect(key, MORNING - 60 * MINUTE, 5 * MINUTE, "set back") is not None

    def test_a_host_that_lost_its_lease_can_change_nothing(self, store: Store) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step),)))
        (row,) = store.claim_effects(MORNING, MINUTE, "slow")
        store.claim_effects(MORNING + 2 * MINUTE, MINUTE, "quick")
        with conflict("effect"):
            store.keep_wires("slow", {row.key: b"bytes"})
        with conflict("effect"):
            store.postpone(row.key, "slow", MORNING, "down")
        store.keep_wires("quick", {row.key: b"bytes"})
        with conflict("effect"):
            store.keep_wires("quick", {"unknown/1/1": b"bytes"})

    def test_who_held_an_effect_too_late_cannot_say_that_it_is_done(self, store: Store) -> None:
        step = opening(store, "a")
        store.append(step := replace(step, effects=(effect(step),)))
        (row,) = store.claim_effects(MORNING, MINUTE, "slow")
        store.claim_effects(MORNING + 2 * MINUTE, MINUTE, "quick")
        done = replace(following(step), settled=((row.key, "done", ""),))
        with conflict("effect"):
            store.append(replace(done, holder="slow"))
        kept = store.effect(row.key)
        assert kept is not None and (kept.state, kept.holder) == ("waiting", "quick")
        store.append(replace(done, holder="quick"))
        assert store.effect(row.key).state == "done"  # type: ignore[union-attr]

    def test_the_bytes_on_the_wire_are_kept_once_and_for_every_try(self, store: Store) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step),)))
        (row,) = store.claim_effects(MORNING, MINUTE, "h")
        store.keep_wires("h", {row.key: b"bytes"})
        store.keep_wires("h", {row.key: b"bytes"})
        with conflict("effect"):
            store.keep_wires("h", {row.key: b"other"})
        store.postpone(row.key, "h", MORNING + 3 * MINUTE, "the server is down")
        kept = store.effect(row.key)
        assert kept is not None
        assert (kept.wire, kept.error, kept.holder, kept.state) == (
            b"bytes",
            "the server is down",
            "",
            "waiting",
        )
        assert store.claim_effects(MORNING + 2 * MINUTE, MINUTE, "h") == []
        assert store.next_effect() == MORNING + 3 * MINUTE
        (row,) = store.claim_effects(MORNING + 3 * MINUTE, MINUTE, "h")
        assert (row.wire, row.attempts) == (b"bytes", 2)
        assert store.next_effect() == MORNING + 4 * MINUTE

    def test_what_was_claimed_and_never_begun_is_let_go_as_if_it_had_not_been_claimed(
        self, store: Store
    ) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step, 1), effect(step, 2), effect(step, 3))))
        one, two, three = store.claim_effects(MORNING, MINUTE, "slow")
        store.append(following(step, settled=((three.key, "done", ""),)))
        store.let_go("slow", [one.key, three.key, "unknown/1/1"])
        store.let_go("another", [two.key])
        (again,) = store.claim_effects(MORNING, MINUTE, "quick")
        assert (again.key, again.attempts, again.holder) == (one.key, 1, "quick")
        assert store.effect(two.key).holder == "slow"  # type: ignore[union-attr]
        assert store.effect(three.key).state == "done"  # type: ignore[union-attr]

    def test_what_is_left_of_an_effect_takes_the_place_of_its_bytes(self, store: Store) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step, 1), effect(step, 2))))
        one, two = store.claim_effects(MORNING, MINUTE, "h")
        with conflict("effect"):
            store.keep_wires("h", {one.key: b"for two", "unknown/1/1": b"x"})
        assert store.effect(one.key).wire is None  # type: ignore[union-attr]  # all or none
        store.keep_wires("h", {one.key: b"for two", two.key: b"other"})
        store.postpone(one.key, "h", MORNING + MINUTE, "one is full", b"for one")
        store.postpone(two.key, "h", MORNING + MINUTE, "down")
        again = store.claim_effects(MORNING + MINUTE, MINUTE, "h")
        assert [row.wire for row in again] == [b"for one", b"other"]

    def test_what_is_written_together_is_there_together_and_each_write_is_whole(self, store: Store) -> None:
        with store.together():
            store.append(one := opening(store, "a"))
            store.append(two := opening(store, "b"))
            store.append(following(one))
            with conflict("sequence"):
                store.append(following(one, "too late"))  # it alone is not written
            store.append(following(two))
        assert [case.sequence for case in store.cases()] == [2, 2]

    def test_a_step_settles_effects_and_a_settled_one_stays_settled(self, store: Store) -> None:
        step = opening(store, "a")
        step = replace(step, effects=(effect(step, 1), effect(step, 2, state="manual"), effect(step, 3)))
        store.append(step)
        keys = [row.key for row in store.effects(step.row.case_id)]
        settled = ((keys[0], "done", ""), (keys[1], "done", ""), (keys[2], "failed", "refused by the server"))
        store.append(step := following(step, settled=settled))
        assert store.claim_effects(MORNING, MINUTE, "h") == []
        assert store.next_effect() is None
        failed = store.effect(keys[2])
        assert failed is not None
        assert (failed.state, failed.error) == ("failed", "refused by the server")
        with conflict("effect"):
            store.append(following(step, settled=((keys[0], "failed", ""),)))
        with conflict("effect"):
            store.append(following(step, settled=((f"{step.row.case_id}/9/9", "done", ""),)))
        store.append(following(step, settled=((keys[2], "waiting", ""),)))
        assert [row.key for row in store.claim_effects(MORNING, MINUTE, "h")] == [keys[2]]
        assert store.effect("no key") is None

    def test_an_effect_is_not_asked_for_twice_under_one_key(self, store: Store) -> None:
        step = opening(store, "a")
        step = replace(step, effects=(effect(step),))
        store.append(step)
        with conflict("effect"):
            store.append(following(step, effects=step.effects))
        case = store.load(1)
        assert case is not None
        assert case.sequence == 1

    # --- messages

    def test_a_message_is_received_once_and_takes_a_slot(self, store: Store) -> None:
        first = message(store, "m1")
        assert store.receive(first)
        assert not store.receive(replace(first, id="another", key_slot=store.next_slot()))
        assert store.receive(replace(message(store, "m1"), id="elsewhere", source="sms"))
        assert store.next_slot() == 3
        with conflict("slot"):
            store.receive(message(store, "m2", key_slot=1))
        assert [row.id for row in store.messages("new")] == [first.id, "elsewhere"]
        assert store.messages("new", limit=1) == [first]
        assert store.message(first.id) == first
        assert store.message("unknown") is None

    def test_a_message_is_taken_by_exactly_one_step(self, store: Store) -> None:
        row = message(store, "m1")
        store.receive(row)
        one = opening(store, "a")
        store.append(one)
        store.append(one := following(one, message=row.id))
        taken = store.message(row.id)
        assert taken is not None
        assert (taken.state, taken.case_id) == ("taken", one.row.case_id)
        with conflict("message"):
            store.append(following(one, message=row.id))
        with conflict("message"):
            store.append(following(one, message="unknown"))
        with conflict("message"):
            store.settle_message(row.id, "ignored", "", "spam")
        case = store.load(1)
        assert case is not None
        assert case.sequence == 2

    def test_a_case_that_a_message_opens_may_live_under_the_key_of_the_message(self, store: Store) -> None:
        row = message(store, "m1")
        store.receive(row)
        store.append(opening(store, "a", message=row.id, key_slot=row.key_slot))
        case = store.load(1)
        assert case is not None
        assert case.key_slot == row.key_slot
        assert store.next_slot() == row.key_slot + 1

    def test_a_message_is_settled_with_its_reason_and_may_be_taken_later(self, store: Store) -> None:
        row = message(store, "m1")
        store.receive(row)
        store.settle_message(row.id, "unmatched", "", "two cases match")
        (found,) = store.messages("unmatched")
        assert found.reason == "two cases match"
        assert store.messages("new") == []
        store.append(opening(store, "a", message=row.id))
        assert store.messages("unmatched") == []
        try:
            store.settle_message("unknown", "ignored", "", "")
        except NotFound:
            pass
        else:
            raise AssertionError("must raise NotFound")

    # --- drafts

    def test_a_draft_is_kept_replaced_and_dropped(self, store: Store) -> None:
        draft = Draft("case", "qaa", "register", 1, b"one")
        store.keep_draft(draft)
        store.keep_draft(replace(draft, content=b"two"))
        store.keep_draft(replace(draft, person="qbb"))
        assert store.draft("case", "qaa", "register") == replace(draft, content=b"two")
        store.drop_draft("case", "qaa", "register")
        store.drop_draft("case", "qaa", "register")
        assert store.draft("case", "qaa", "register") is None
        assert store.draft("case", "qbb", "register") is not None
