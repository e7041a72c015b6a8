"""What every store must do: a suite that a store's own test class inherits (see `procflow.testing`).

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self): ...

It asks only through the protocol, so that it can run over any store, also one in a plugin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from procflow.core.journal import EventDropped
from procflow.core.record import (
    ACCESS_CHAIN,
    SEAL_CHAIN,
    START,
    chain_hash,
    encode_entries,
    link_hash,
    microseconds,
)
from procflow.errors import Conflict, NotFound
from procflow.ports import (
    ORGANISATION,
    Append,
    DoneFor,
    Draft,
    EffectRow,
    InboundRow,
    JournalRow,
    Look,
    Looked,
    PeopleFacts,
    Store,
    TaskRow,
)
from procflow.stores.heads import ACCESS_LOG, read_heads

MORNING = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def opening(store: Store, name: str, **changes: Any) -> Append:
    """The step that opens a case called `name`, with the next number and slot of the store."""
    given: dict[str, Any] = {
        "snapshot": f"{name} opened".encode(),
        "answer": f"opened {name}".encode(),
        "key_slot": store.next_slot(),
        "procedure": "policy_change",
        "number": store.next_number(),
        "opens": True,
    }
    return Append(row=_row(_id(name), 1, START, changes.pop("command", f"open {name}")), **given | changes)


def following(before: Append, command: str = "", **changes: Any) -> Append:
    """The step after `before` in its case; by default a command of its own, and nothing but the journal moves."""
    row = before.row
    command = command or f"{row.case_id} {row.sequence + 1}"
    given: dict[str, Any] = {
        "snapshot": before.snapshot + b".",
        "answer": command.encode(),
        "key_slot": before.key_slot,
        "procedure": before.procedure,
        "number": before.number,
    }
    return Append(row=_row(row.case_id, row.sequence + 1, row.hash, command), **given | changes)


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _row(case_id: str, sequence: int, previous: bytes, command: str) -> JournalRow:
    at, entries = MORNING + sequence * MINUTE, encode_entries((EventDropped(command),))
    hash_ = chain_hash(previous, case_id, sequence, command, at, at, "d1", 0, entries)
    return JournalRow(case_id, sequence, command, at, at, "d1", 0, entries, previous, hash_)


def task(step: Append, state: str = "wish", **changes: Any) -> TaskRow:
    """Open work in the case of `step`, for the role agent."""
    row = TaskRow(
        case_id=step.row.case_id,
        number=step.number,
        procedure=step.procedure,
        task=state,
        kind="work",
        roles=("agent",),
        people=(),
        since=MORNING,
        due=None,
        act_by=None,
    )
    return replace(row, **changes)


def effect(step: Append, n: int = 1, **changes: Any) -> EffectRow:
    """A mail that `step` asks for."""
    key = f"{step.row.case_id}/{step.row.sequence}/{n}"
    row = EffectRow(key, step.row.case_id, "mail", "send", b"sealed", next_try=MORNING, asked_at=MORNING)
    return replace(row, **changes)


def message(store: Store, name: str, **changes: Any) -> InboundRow:
    row = InboundRow(
        _id(name), "mail", name, MORNING, store.next_slot(), b"sealed " + name.encode(), "ab" * 32
    )
    return replace(row, **changes)


@contextmanager
def conflict(reason: str) -> Iterator[None]:
    """What is inside must be refused as a lost race of this kind."""
    try:
        yield
    except Conflict as why:
        assert why.facts["reason"] == reason, f"refused as {why.facts['reason']}, not as {reason}: {why}"
        assert why.message, "a conflict says what happened"
        assert why.hint, "a conflict says what to do"
    else:
        raise AssertionError(f"this must be refused as a conflict of {reason}")


class StoreContract:
    """Inherit it and give it a fixture `store`: an empty store, closed afterwards."""

    # --- documents

    def test_a_published_document_is_in_force_and_kept_after_the_next_one(self, store: Store) -> None:
        store.publish([("h1", "procedure", "travel", b"one"), ("h2", "procedure", "alarm", b"two")], MORNING)
        store.publish([("h3", "procedure", "travel", b"three")], MORNING + MINUTE)
        assert store.in_force("procedure", "travel") == "h3"
        assert store.in_force("table", "travel") is None
        assert store.names_in_force("procedure") == [("alarm", "h2"), ("travel", "h3")]
        assert store.document("h1") == b"one"

    def test_an_earlier_document_can_come_into_force_again(self, store: Store) -> None:
        for hash_ in ("h1", "h2", "h1"):
            store.publish([(hash_, "procedure", "travel", hash_.encode())], MORNING)
        assert store.in_force("procedure", "travel") == "h1"

    def test_a_document_that_was_never_published_is_not_found(self, store: Store) -> None:
        try:
            store.document("nothing")
        except NotFound as why:
            assert why.facts["hash"] == "nothing"
        else:
            raise AssertionError("must raise NotFound")

    # --- cases

    def test_a_case_is_loaded_by_id_by_number_and_by_its_number_as_text(self, store: Store) -> None:
        first = opening(store, "a")
        store.append(first)
        store.append(following(first))
        case = store.load(first.row.case_id)
        assert case is not None
        assert (case.number, case.sequence, case.snapshot) == (1, 2, b"a opened.")
        assert (case.procedure, case.definition, case.closed) == ("policy_change", "d1", False)
        assert store.load(1) == store.load("1") == case
        assert store.load(2) is None
        assert store.load("0") is None
        assert store.load("unknown") is None

    def test_the_journal_gives_back_every_row_as_it_was_written(self, store: Store) -> None:
        step = opening(store, "a")
        rows = [step.row]
        store.append(step)
        for _ in range(300):
            step = following(step)
            store.append(step)
            rows.append(step.row)
        assert list(store.journal(step.row.case_id)) == rows
        assert list(store.journal(step.row.case_id, after=299)) == rows[299:]
        assert list(store.journal("unknown")) == []

    def test_all_journals_are_read_case_by_case_and_by_procedure(self, store: Store) -> None:
        steps = [opening(store, "a")]
        store.append(steps[0])
        other = opening(store, "b", procedure="travel")
        store.append(other)
        for _ in range(2):
            steps.append(following(steps[-1]))
            store.append(steps[-1])
        for n in range(250):
            store.append(opening(store, f"more {n}"))
        found = list(store.journals())
        assert [(number, row.sequence) for number, _, row in found] == [
            (1, 1), (1, 2), (1, 3), *((number, 1) for number in range(2, 253)),
        ]  # fmt: skip
        assert [row for _, _, row in found[:3]] == [step.row for step in steps]
        assert list(store.journals(("travel",))) == [(2, "travel", other.row)]
        assert list(store.journals(("nothing",))) == []

    def test_two_steps_on_the_same_state_of_a_case_cannot_both_be_stored(self, store: Store) -> None:
        first = opening(store, "a")
        store.append(first)
        store.append(following(first, "by Anna"))
        with conflict("sequence"):
            store.append(following(first, "by Bo"))
        case = store.load(1)
        assert case is not None
        assert case.sequence == 2
        assert store.answered("by Bo") is None

    def test_a_step_on_another_past_of_the_case_is_refused(self, store: Store) -> None:
        first = opening(store, "a")
        store.append(first)
        other = replace(first, row=replace(first.row, hash=bytes(31) + b"x"))
        with conflict("sequence"):
            store.append(following(other))

    def test_a_step_of_an_unknown_case_is_refused(self, store: Store) -> None:
        with conflict("sequence"):
            store.append(following(opening(store, "a")))

    def test_a_case_cannot_be_opened_twice(self, store: Store) -> None:
        store.append(opening(store, "a"))
        with conflict("sequence"):
            store.append(opening(store, "a", command="again"))
        assert store.next_number() == 2

    def test_two_openings_cannot_take_the_same_number_or_slot(self, store: Store) -> None:
        one, two = opening(store, "a"), opening(store, "b")
        store.append(one)
        with conflict("number"):
            store.append(two)
        with conflict("slot"):
            store.append(opening(store, "b", key_slot=two.key_slot))
        store.append(opening(store, "b"))
        assert store.next_number() == 3
        assert store.next_slot() == 3

    def test_the_same_command_is_not_stored_twice_and_its_answer_is_kept(self, store: Store) -> None:
        first = opening(store, "a", command="c1")
        store.append(first)
        assert store.answered("c1") == b"opened a"
        assert store.answered("c2") is None
        with conflict("command"):
            store.append(following(first, "c1"))
        case = store.load(1)
        assert case is not None
        assert case.sequence == 1

    def test_one_look_tells_what_a_step_must_know(self, store: Store) -> None:
        assert store.look(1, "c1") == Look(None, None, 0)
        store.append(Append(_row(ORGANISATION, 1, START, "absent"), b"s", b"a", 0, opens=True))
        store.append(opening(store, "a", command="c1"))
        for case in (1, "1", _id("a")):
            assert store.load(case) is not None
            assert store.look(case, "c1") == Look(store.load(case), b"opened a", 1)
            assert store.look(case, "c2") == Look(store.load(case), None, 1)
        assert store.look("unknown", "c1") == store.look(2, "c1") == Look(None, b"opened a", 1)
        assert store.look(0, "c2").case is None
        assert store.look(ORGANISATION, "c2").case == store.load(ORGANISATION)

    def test_cases_are_listed_by_number_in_parts(self, store: Store) -> None:
        for name in "abcde":
            procedure = "travel" if name in "bd" else "policy_change"
            step = opening(store, name, procedure=procedure)
            store.append(step)
            if name in "ab":
                store.append(following(step, closes=True, outcome="done"))
        assert [case.number for case in store.cases()] == [1, 2, 3, 4, 5]
        assert [case.number for case in store.cases(after=2, limit=2)] == [3, 4]
        assert [case.number for case in store.cases(open_only=True)] == [3, 4, 5]
        assert [case.number for case in store.cases(procedure="travel")] == [2, 4]
        assert [case.number for case in store.cases(procedure="travel", open_only=True)] == [4]

    def test_open_closed_and_late_cases_are_counted(self, store: Store) -> None:
        assert dict(store.counts()) == {"open": 0, "closed": 0, "late": 0}
        late = opening(store, "a")
        store.append(late)
        store.append(late := following(late, late=True))
        store.append(late := following(late, late=True))
        store.append(opening(store, "b", closes=True))
        store.append(opening(store, "c"))
        assert dict(store.counts()) == {"open": 2, "closed": 1, "late": 1}
        store.append(late := following(late))
        assert store.counts()["late"] == 1
        store.append(following(late, closes=True, outcome="too late"))
        assert dict(store.counts()) == {"open": 1, "closed": 2, "late": 0}
        case = store.load(1)
        assert case is not None
        assert case.closed

    def test_a_deadline_that_is_no_longer_missed_makes_the_case_punctual_again(self, store: Store) -> None:
        step = opening(store, "a", late=True)
        store.append(step)
        assert store.counts()["late"] == 1
        store.append(following(step, late=False))
        assert store.counts()["late"] == 0

    # --- the organisation

    def test_the_organisation_has_a_stream_without_number_slot_or_place_in_the_lists(
        self, store: Store
    ) -> None:
        step = Append(_row(ORGANISATION, 1, START, "absent"), b"s", b"a", 0, opens=True)
        store.append(step)
        store.append(following(step))
        stream = store.load(ORGANISATION)
        assert stream is not None
        assert (stream.number, stream.sequence) == (0, 2)
        assert (store.next_number(), store.next_slot()) == (1, 1)
        assert store.cases() == []
        assert dict(store.counts()) == {"open": 0, "closed": 0, "late": 0}

    def test_a_step_decided_on_older_surroundings_is_refused(self, store: Store) -> None:
        first = opening(store, "a", surroundings=0)
        store.append(first)
        stream = Append(_row(ORGANISATION, 1, START, "absent"), b"s", b"a", 0, opens=True)
        store.append(stream)
        with conflict("surroundings"):
            store.append(following(first, surroundings=0))
        with conflict("surroundings"):
            store.append(opening(store, "b", surroundings=0))
        store.append(following(first, surroundings=1))

    # --- finding

    def test_cases_are_found_by_fingerprints_newest_first(self, store: Store) -> None:
        one = opening(store, "a", identities=(b"phone", b"mail"))
        store.append(one)
        store.append(opening(store, "b", identities=(b"phone",)))
        store.append(opening(store, "c", identities=(b"other",)))
        assert list(store.find([b"phone", b"mail", b"phone"]).items()) == [
            (_id("b"), 1),
            (_id("a"), 2),
        ]
        assert store.find([]) == {}
        assert store.find([b"unknown"]) == {}
        store.append(one := following(one, identities=(b"mail", b"new")))
        assert store.find([b"phone"]) == {_id("b"): 1}
        assert store.find([b"new"]) == {_id("a"): 1}
        store.append(one := following(one))
        assert store.find([b"mail"]) == {_id("a"): 1}
        store.append(following(one, closes=True))
        assert store.find([b"mail"]) == {}
        assert store.find([b"mail"], open_only=False) == {_id("a"): 1}

    def looked(self, step: Append, *fingerprints: bytes, found: tuple[tuple[int, int], ...] = ()) -> Append:
        """The step, which looked for the open cases with all of these fingerprints and found these."""
        return replace(step, looked=(Looked("policy_change", fingerprints, found),))

    def test_open_cases_of_a_procedure_are_looked_up_by_all_that_they_carry(self, store: Store) -> None:
        store.append(one := opening(store, "a", identities=(b"kn", b"topic")))
        store.append(opening(store, "b", identities=(b"kn",)))
        store.append(opening(store, "c", identities=(b"kn", b"topic"), procedure="alarm"))
        assert store.look_up("policy_change", [b"kn"]) == ((1, 1), (2, 1))
        assert store.look_up("policy_change", [b"topic", b"kn", b"topic"]) == ((1, 1),)
        assert store.look_up("policy_change", []) == ((1, 1), (2, 1))
        assert store.look_up("policy_change", [b"kn", b"other"]) == ()
        store.append(one := following(one))
        assert store.look_up("policy_change", [b"topic"]) == ((1, 2),)
        store.append(following(one, closes=True))
        assert store.look_up("policy_change", [b"kn"]) == store.look_up("policy_change", []) == ((2, 1),)

    def test_a_step_that_found_none_is_refused_once_there_is_one(self, store: Store) -> None:
        store.append(one := opening(store, "a"))
        sees_none = self.looked(following(one), b"kn")
        store.append(opening(store, "b", identities=(b"kn",)))
        with conflict("cases"):
            store.append(sees_none)
        store.append(self.looked(following(one), b"kn", found=((2, 1),)))

    def test_a_step_is_refused_once_a_case_that_it_found_has_moved_or_closed(self, store: Store) -> None:
        store.append(one := opening(store, "a"))
        store.append(two := opening(store, "b", identities=(b"kn",)))
        store.append(two := following(two))
        with conflict("cases"):
            store.append(self.looked(following(one), b"kn", found=((2, 1),)))
        store.append(following(two, closes=True))
        with conflict("cases"):
            store.append(self.looked(following(one), b"kn", found=((2, 2),)))
        store.append(self.looked(following(one), b"kn"))

    def test_of_two_openings_that_both_found_none_one_is_refused(self, store: Store) -> None:
        first = self.looked(opening(store, "a", identities=(b"kn",)), b"kn")
        store.append(first)
        with conflict("cases"):
            store.append(self.looked(opening(store, "b", identities=(b"kn",)), b"kn"))
        assert len(store.cases()) == 1

    def test_a_step_that_moves_the_case_that_it_found_is_no_conflict_with_itself(self, store: Store) -> None:
        store.append(one := opening(store, "a", identities=(b"kn",)))
        store.append(self.looked(following(one, identities=(b"other",)), b"kn", found=((1, 1),)))
        assert store.look_up("policy_change", [b"kn"]) == ()

    def test_by_what_a_case_is_found_can_be_set_beside_its_steps(self, store: Store) -> None:
        store.append(one := opening(store, "a", identities=(b"kn",)))
        assert store.identify(_id("a"), 1, [b"kn", b"topic"])
        assert store.look_up("policy_change", [b"topic"]) == ((1, 1),)
        store.append(following(one))
        assert not store.identify(_id("a"), 1, [b"late"]), "it has moved meanwhile"
        assert not store.identify(_id("nobody"), 1, [b"late"])
        assert store.look_up("policy_change", [b"late"]) == ()
        assert store.find([b"topic"]) == {_id("a"): 1}

    # --- what recurs

    def test_a_tick_only_goes_forward_until_it_is_forgotten(self, store: Store) -> None:
        assert store.ticks() == {}
        store.tick("p/open day at 08:00", MORNING)
        store.tick("p/open day at 08:00", MORNING + MINUTE)
        store.tick("p/open day at 08:00", MORNING)
        store.tick("q/1 week", MORNING)
        assert store.ticks() == {"p/open day at 08:00": MORNING + MINUTE, "q/1 week": MORNING}
        store.tick("p/open day at 08:00", None)
        store.tick("nothing", None)
        assert store.ticks() == {"q/1 week": MORNING}

    # --- time

    def test_what_is_due_comes_earliest_first_up_to_and_including_now(self, store: Store) -> None:
        assert store.next_due() is None
        steps = {}
        for name, minutes in (("a", 3), ("b", 1), ("c", 2)):
            steps[name] = opening(store, name, next_due=MORNING + minutes * MINUTE)
            store.append(steps[name])
        store.append(opening(store, "never"))
        assert store.next_due() == MORNING + MINUTE
        assert store.due(MORNING) == []
        assert store.due(MORNING + 2 * MINUTE) == [
            (MORNING + MINUTE, _id("b")),
            (MORNING + 2 * MINUTE, _id("c")),
        ]
        assert len(store.due(MORNING + 9 * MINUTE, limit=2)) == 2
        store.append(following(steps["b"]))
        assert store.next_due() == MORNING + 2 * MINUTE

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
        assert store.tasks(roles=["unknown"]) == []
        assert store.tasks(roles=["lead"]) == [
            task(two, "both", roles=("agent", "lead"), people=("qaa",), act_by=soon, due=later)
        ]
        assert [row.task for row in store.tasks_of(_id("a"))] == ["first", "later", "no_hurry"]

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

    def test_effects_are_claimed_once_oldest_first(self, store: Store) -> None:
        step = opening(store, "a")
        rows = tuple(effect(step, n, asked_at=MORNING - n * MINUTE) for n in (1, 2, 3))
        store.append(replace(step, effects=rows))
        first = store.claim_effects(MORNING, 5 * MINUTE, "h1", limit=2)
        assert [row.key for row in first] == [rows[2].key, rows[1].key]
        assert [(row.attempts, row.holder) for row in first] == [(1, "h1"), (1, "h1")]
        assert [row.key for row in store.claim_effects(MORNING, 5 * MINUTE, "h2")] == [rows[0].key]
        assert store.claim_effects(MORNING, 5 * MINUTE, "h3") == []
        assert [row.key[-1] for row in store.effects(step.row.case_id)] == ["1", "2", "3"]

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

    def test_a_host_that_lost_its_lease_can_change_nothing(self, store: Store) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step),)))
        (row,) = store.claim_effects(MORNING, MINUTE, "slow")
        store.claim_effects(MORNING + 2 * MINUTE, MINUTE, "quick")
        with conflict("effect"):
            store.keep_wire(row.key, "slow", b"bytes")
        with conflict("effect"):
            store.postpone(row.key, "slow", MORNING, "down")
        store.keep_wire(row.key, "quick", b"bytes")
        with conflict("effect"):
            store.keep_wire("unknown/1/1", "quick", b"bytes")

    def test_the_bytes_on_the_wire_are_kept_once_and_for_every_try(self, store: Store) -> None:
        step = opening(store, "a")
        store.append(replace(step, effects=(effect(step),)))
        (row,) = store.claim_effects(MORNING, MINUTE, "h")
        store.keep_wire(row.key, "h", b"bytes")
        store.keep_wire(row.key, "h", b"bytes")
        with conflict("effect"):
            store.keep_wire(row.key, "h", b"other")
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

    # --- the record

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
            (_id("a"), 1, one.row.hash),
            (_id("b"), 1, _hash_of(store, 2, 1)),
        )
        assert read_heads(later).heads == ((_id("b"), 2, two.row.hash),)
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
