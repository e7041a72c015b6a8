"""Who has the work of whom, as values: stand-ins in their order, roles, and people who left (PRO-07, PRO-08)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from procflow.core.calendar import Calendar
from procflow.core.organisation import Absence, Organisation, Surroundings
from procflow.core.people import holders, left_behind, stand_ins, stands_in_for

NOW = datetime(2026, 5, 11, 10, tzinfo=UTC)


def surroundings(*away: str, stand_in: tuple[str, ...] = ("mate", "lead"), **more: Any) -> Surroundings:
    people = {
        "ann": {"roles": ["agent"], "mate": "bob"},
        "bob": {"roles": ["agent"], "mate": "ann"},
        "cat": {"roles": ["clerk"]},
        "liz": {"roles": ["lead"]},
        "lou": {"roles": ["lead", "clerk"]},
    }
    absences = tuple(Absence(name, NOW - timedelta(days=1), NOW + timedelta(days=1)) for name in away)
    roles = {role: {"en": role} for role in ("agent", "clerk", "lead", "nobody")}
    organisation = Organisation(
        "bench", Calendar("UTC", ((),) * 7), stand_in=stand_in, roles=roles, people=people
    )
    return Surroundings(organisation, absences=absences, **more)


def test_the_first_stand_in_that_is_there_has_the_work() -> None:
    assert stand_ins(surroundings("ann"), "ann", NOW) == ("bob",)
    assert stand_ins(surroundings("ann", "bob"), "ann", NOW) == ("liz", "lou")
    assert stand_ins(surroundings("ann", "bob", "liz"), "ann", NOW) == ("lou",)
    assert stand_ins(surroundings("ann", "bob", "liz", "lou"), "ann", NOW) == ()
    assert stand_ins(surroundings("cat"), "cat", NOW) == ("liz", "lou"), "who has no mate has the next one"
    assert stand_ins(surroundings("lou"), "lou", NOW) == ("liz",), "nobody stands in for themselves"


def test_a_role_that_nobody_has_is_passed_over_as_a_stand_in() -> None:
    assert stand_ins(surroundings("cat", stand_in=("nobody", "unheard_of", "lead")), "cat", NOW) == (
        "liz",
        "lou",
    )


def test_the_work_of_a_role_that_left_the_organisation_is_the_stand_ins_own_and_of_one_that_nobody_has_nobodys() -> (
    None
):
    assert holders(surroundings(), ["unheard_of"], [], NOW) == {"liz": "", "lou": ""}
    assert holders(surroundings("liz"), ["unheard_of"], [], NOW) == {"lou": ""}
    assert holders(surroundings(stand_in=("mate",)), ["unheard_of"], [], NOW) == {}
    assert holders(surroundings(), ["unheard_of", "clerk"], [], NOW) == {"cat": "", "lou": "", "liz": ""}
    assert holders(surroundings(), ["nobody"], [], NOW) == {}
    assert holders(surroundings(), [], [], NOW) == {}


def test_what_the_organisation_left_behind_is_found() -> None:
    asked = (["agent", "nobody", "unheard_of"], ["ann", "gone"])
    assert left_behind(surroundings().organisation, *asked) == (("unheard_of",), ("gone",))


def test_a_role_s_work_is_its_present_members_and_their_stand_ins_where_all_are_away() -> None:
    assert holders(surroundings(), ["agent"], [], NOW) == {"ann": "", "bob": ""}
    assert holders(surroundings("ann"), ["agent"], [], NOW) == {"bob": ""}
    assert holders(surroundings("ann", "bob"), ["agent"], [], NOW) == {"liz": "ann", "lou": "ann"}


def test_a_person_s_own_work_comes_before_what_they_stand_in_for() -> None:
    assert holders(surroundings("ann"), ["agent"], ["ann"], NOW) == {"bob": ""}
    assert holders(surroundings("ann"), [], ["ann"], NOW) == {"bob": "ann"}
    assert holders(surroundings("ann", "cat"), [], ["ann", "cat"], NOW) == {
        "bob": "ann", "liz": "cat", "lou": "cat",
    }  # fmt: skip
    assert holders(surroundings("cat"), [], ["cat", "liz"], NOW) == {"liz": "", "lou": "cat"}


def test_the_work_of_who_left_the_organisation_is_the_stand_ins() -> None:
    assert holders(surroundings(), [], ["gone"], NOW) == {"liz": "gone", "lou": "gone"}


def test_whom_a_person_stands_in_for_now() -> None:
    away = surroundings("ann", "cat")
    assert stands_in_for(away, "bob", NOW) == ("ann",)
    assert stands_in_for(away, "liz", NOW) == ("cat",)
    assert stands_in_for(away, "ann", NOW) == () and stands_in_for(away, "cat", NOW) == ()
    assert stands_in_for(away, "bob", NOW + timedelta(days=2)) == (), "then ann is back"
    assert stands_in_for(surroundings("ann", "bob"), "lou", NOW) == ("ann", "bob")
