"""The part of the contract of stores about documents, cases, the organisation, and how cases are found."""

from __future__ import annotations

from msgspec.structs import replace

from procflow.core.record import (
    START,
)
from procflow.errors import NotFound
from procflow.ports import Store
from procflow.stored import ORGANISATION, Append, Look, Looked, Projection
from procflow.stores.contract_steps import (
    MINUTE,
    MORNING,
    conflict,
    following,
    id_of,
    opening,
    row_of,
    task,
    told,
)
from procflow.stores.rows import kept_text


class CasesContract:
    """Documents, cases and their journals, the organisation, finding, and what is due."""

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
        assert store.answered("c1") == told(id_of("a"), 1, 1)
        assert store.answered("c2") is None
        with conflict("command"):
            store.append(following(first, "c1"))
        case = store.load(1)
        assert case is not None
        assert case.sequence == 1

    def test_one_look_tells_what_a_step_must_know(self, store: Store) -> None:
        assert store.look(1, "c1") == Look(None, None, 0)
        store.append(Append(row_of(ORGANISATION, 1, START, "absent"), b"s", b"a", 0, opens=True))
        store.append(opening(store, "a", command="c1"))
        for case in (1, "1", id_of("a")):
            assert store.load(case) is not None
            assert store.look(case, "c1") == Look(store.load(case), told(id_of("a"), 1, 1), 1)
            assert store.look(case, "c2") == Look(store.load(case), None, 1)
        assert store.look("unknown", "c1") == store.look(2, "c1") == Look(None, told(id_of("a"), 1, 1), 1)
        store.append(opening(store, "b", next_due=MORNING))
        assert (store.look(2, "c2").next_due, store.look(1, "c2").next_due) == (MORNING, None)
        assert store.look(0, "c2").case is None
        assert store.look(ORGANISATION, "c2").case == store.load(ORGANISATION)

    def test_what_stands_beside_the_record_of_a_case_is_told(self, store: Store) -> None:
        assert store.projection(id_of("a")) is None
        first = opening(store, "a", next_due=MORNING, identities=(b"x", b"y"))
        first = replace(first, tasks=(task(first, people=("qaa",), due=MORNING),))
        store.append(first)
        assert first.tasks is not None
        stands = Projection(MORNING, False, "", kept_text(first.tasks), frozenset({b"x", b"y"}))
        assert store.projection(id_of("a")) == stands
        late = following(first, late=True, next_due=MORNING + MINUTE, identities=(b"y",))
        store.append(late)
        stands = replace(stands, next_due=MORNING + MINUTE, late=True, identities=frozenset({b"y"}))
        assert store.projection(id_of("a")) == stands
        store.append(following(late, closes=True, outcome="sold", tasks=()))
        stands = replace(stands, next_due=None, outcome="sold", tasks="[]")
        assert store.projection(id_of("a")) == stands

    def test_a_look_at_one_instant_may_stand_in_another_and_steps_go_on_after_it(self, store: Store) -> None:
        store.append(first := opening(store, "a"))
        with store.at_one_instant():
            with store.at_one_instant():
                before = store.load(id_of("a"))
            assert before is not None and store.load(id_of("a")) == before
        store.append(following(first))
        after = store.load(id_of("a"))
        assert after is not None and after.sequence == before.sequence + 1

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
        assert [case.number for case in store.cases(closed_only=True)] == [1, 2]
        assert [case.number for case in store.cases(newest_first=True)] == [5, 4, 3, 2, 1]
        assert [case.number for case in store.cases(newest_first=True, after=4, limit=2)] == [3, 2]
        assert [case.number for case in store.cases(newest_first=True, after=99)] == [5, 4, 3, 2, 1]
        assert [case.number for case in store.cases(newest_first=True, after=1)] == []
        assert [case.number for case in store.cases(newest_first=True, procedure="travel")] == [4, 2]
        assert [c.number for c in store.cases(newest_first=True, procedure="travel", open_only=True)] == [4]

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
        step = Append(row_of(ORGANISATION, 1, START, "absent"), b"s", b"a", 0, opens=True)
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
        stream = Append(row_of(ORGANISATION, 1, START, "absent"), b"s", b"a", 0, opens=True)
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
            (id_of("b"), 1),
            (id_of("a"), 2),
        ]
        assert store.find([]) == {}
        assert store.find([b"unknown"]) == {}
        store.append(one := following(one, identities=(b"mail", b"new")))
        assert store.find([b"phone"]) == {id_of("b"): 1}
        assert store.find([b"new"]) == {id_of("a"): 1}
        store.append(one := following(one))
        assert store.find([b"mail"]) == {id_of("a"): 1}
        store.append(following(one, closes=True))
        assert store.find([b"mail"]) == {}
        assert store.find([b"mail"], open_only=False) == {id_of("a"): 1}

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
        assert store.identify(id_of("a"), 1, [b"kn", b"topic"])
        assert store.look_up("policy_change", [b"topic"]) == ((1, 1),)
        store.append(following(one))
        assert not store.identify(id_of("a"), 1, [b"late"]), "it has moved meanwhile"
        assert not store.identify(id_of("nobody"), 1, [b"late"])
        assert store.look_up("policy_change", [b"late"]) == ()
        assert store.find([b"topic"]) == {id_of("a"): 1}

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
            (MORNING + MINUTE, id_of("b")),
            (MORNING + 2 * MINUTE, id_of("c")),
        ]
        assert len(store.due(MORNING + 9 * MINUTE, limit=2)) == 2
        store.append(following(steps["b"]))
        assert store.next_due() == MORNING + 2 * MINUTE
