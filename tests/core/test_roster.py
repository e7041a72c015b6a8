"""Absences and shifts as values: what is entered in the organisation's journal, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from procflow.core import journal as j
from procflow.core.calendar import Calendar
from procflow.core.organisation import Absence, Organisation, Shift, Surroundings
from procflow.core.refusals import Refusal
from procflow.core.roster import (
    absence_ended,
    absence_registered,
    mate_warning,
    shift_assigned,
    shift_of,
    shift_swapped,
    stranger,
)

NOW = datetime(2026, 5, 11, 8, tzinfo=UTC)
DAY, NEXT = date(2026, 5, 21), date(2026, 5, 22)
HOUSE = Organisation(
    "bench", Calendar("Europe/Copenhagen", ((),) * 7),
    people={
        "ann": {"name": "Ann Test", "mate": "bob"}, "bob": {"name": "Bob Test", "mate": "ann"}, "cat": {"name": "Cat Test"},
    },
)  # fmt: skip


def at(days: int) -> datetime:
    return NOW + timedelta(days=days)


def here(*absences: Absence, shifts: tuple[Shift, ...] = ()) -> Surroundings:
    return Surroundings(HOUSE, absences=absences, shifts=shifts)


def told(decided: Any) -> tuple[str, str, str]:
    """The code of a refusal with its words."""
    assert isinstance(decided, Refusal)
    return decided.code, decided.words("en"), decided.words("da")


def test_who_is_nobody_here_is_named_with_the_nearest() -> None:
    assert stranger(HOUSE, "ann", "", "bob") is None
    refusal = stranger(HOUSE, "ann", "annn")
    assert told(refusal)[:2] == ("unknown_person", "nobody here is called “annn”")
    assert refusal is not None and (refusal.facts["actor"], refusal.facts["near"]) == ("annn", " (ann?)")
    far = stranger(HOUSE, "qqqqqq")
    assert far is not None and far.facts["near"] == ""


def test_an_absence_is_registered_once() -> None:
    absence = Absence("ann", at(1), at(3))
    assert absence_registered(here(), absence, "bob", NOW) == (
        j.AbsenceRegistered("ann", at(1), at(3), "bob", NOW),
    )
    assert absence_registered(here(absence), absence, "ann", NOW) == ()
    assert absence_registered(here(absence), Absence("ann", at(3), None), "ann", NOW) == (
        j.AbsenceRegistered("ann", at(3), None, "ann", NOW),
    )


@pytest.mark.parametrize(
    ("absence", "code", "words"),
    [
        (Absence("zoe", at(1), at(2)), "unknown_person", "zoe"),
        (Absence("ann", at(2), at(2)), "backwards", "Wednesday 13 May 2026 at 10:00"),
        (Absence("ann", at(2), at(1)), "backwards", "Tuesday 12 May 2026 at 10:00"),
        (Absence("ann", at(4), at(9)), "overlap", "Ann Test"),
        (Absence("ann", at(4), None), "overlap", "Saturday 16 May 2026"),
    ],
)
def test_what_is_no_new_absence_is_refused(absence: Absence, code: str, words: str) -> None:
    found = told(absence_registered(here(Absence("ann", at(3), at(5))), absence, "bob", NOW))
    assert found[0] == code and words in found[1] and found[1] != found[2]
    assert told(absence_registered(here(), Absence("ann", at(1)), "zoe", NOW))[0] == "unknown_person"


def test_the_team_mate_must_stay_where_that_is_asked_and_is_warned_of_anyhow() -> None:
    away = Absence("bob", at(1), at(3))
    for new, meets in (
        (Absence("ann", at(2), at(9)), True), (Absence("ann", at(0), at(2)), True), (Absence("ann", at(2)), True),
        (Absence("ann", at(3), at(9)), False), (Absence("ann", at(0), at(1)), False), (Absence("cat", at(2), at(9)), False),
    ):  # fmt: skip
        decided = absence_registered(here(away), new, new.person, NOW, mate_must_stay=True)
        warned = mate_warning(here(away), new, "en")
        assert isinstance(absence_registered(here(away), new, new.person, NOW), tuple), "illness asks nobody"
        if meets:
            assert told(decided)[:2] == ("mate_away", warned)
            assert warned.startswith(
                "Bob Test, the team mate of Ann Test, is away from Tuesday 12 May 2026 at 10:00 to Thursday 14"
            )
            assert mate_warning(here(away), new, "da") == told(decided)[2]
        else:
            assert isinstance(decided, tuple) and warned == ""
    assert "to ?" in mate_warning(here(Absence("bob", at(1))), Absence("ann", at(2)), "en")
    assert mate_warning(here(Absence("cat", at(1))), Absence("ann", at(2)), "en") == ""


def test_only_an_absence_that_runs_can_be_ended() -> None:
    surroundings = here(Absence("ann", at(1), at(3)))
    assert absence_ended(surroundings, "ann", at(2), "bob") == (j.AbsenceEnded("ann", at(2), "bob"),)
    assert absence_ended(surroundings, "ann", at(1), "bob") == (j.AbsenceEnded("ann", at(1), "bob"),)
    for when in (at(0), at(3)):
        assert told(absence_ended(surroundings, "ann", when, "bob"))[:2] == (
            "not_absent", "Ann Test is not registered as absent then",
        )  # fmt: skip
    assert told(absence_ended(surroundings, "zoe", at(2), "bob"))[0] == "unknown_person"
    assert told(absence_ended(surroundings, "ann", at(2), "zoe"))[0] == "unknown_person"


EARLY, LATE = Shift(DAY, "early", "ann"), Shift(DAY, "late", "bob")


def test_a_shift_is_new_changes_hands_or_is_taken_off() -> None:
    def assigned(name: str, person: str, *shifts: Shift, by: str = "cat") -> Any:
        return shift_assigned(here(shifts=shifts), DAY, name, person, by, NOW)

    assert assigned("early", "ann") == (j.ShiftAssigned(DAY, "early", "ann", "cat", NOW),)
    assert assigned("early", "cat", EARLY, LATE) == (j.ShiftAssigned(DAY, "early", "cat", "cat", NOW),)
    assert assigned("early", "ann", EARLY) == ()
    assert assigned("early", "", EARLY) == (j.ShiftAssigned(DAY, "early", "", "cat", NOW),)
    assert told(assigned("night", "", EARLY))[:2] == (
        "no_such_shift",
        "there is no shift “night” on Thursday 21 May 2026",
    )
    code, words, danish = told(assigned("early", "bob", EARLY, LATE))
    assert (
        code == "has_shift"
        and "Bob Test has the shift “late”" in words
        and "torsdag den 21. maj 2026" in danish
    )
    assert assigned("early", "bob", EARLY, Shift(NEXT, "late", "bob"))[0].person == "bob"
    assert (
        told(assigned("early", "zoe"))[0] == told(assigned("early", "ann", by="zoe"))[0] == "unknown_person"
    )
    assert shift_of((EARLY, LATE), "bob", DAY) is LATE and shift_of((EARLY, LATE), "bob", NEXT) is None


def swapped(*shifts: Shift, giver: str = "ann", taker: str = "bob", by: str = "cat", back: date | None = None,
            confirmed: tuple[str, ...] = ("ann", "bob")) -> Any:  # fmt: skip
    return shift_swapped(here(shifts=shifts), DAY, giver, taker, confirmed, by, NOW, back)


def test_a_swap_moves_one_shift_and_another_back() -> None:
    assert swapped(EARLY) == (
        j.ShiftSwapped(DAY, "early", "ann", "bob", None, "", ("ann", "bob"), "cat", NOW),
    )
    back = Shift(NEXT, "late", "bob")
    assert swapped(EARLY, back, back=NEXT) == (
        j.ShiftSwapped(DAY, "early", "ann", "bob", NEXT, "late", ("ann", "bob"), "cat", NOW),
    )
    assert swapped(EARLY, LATE, back=DAY)[0].return_shift == "late", "two shifts of one day"


@pytest.mark.parametrize(
    ("shifts", "more", "code", "words"),
    [
        ((EARLY,), {"by": "zoe"}, "unknown_person", "zoe"),
        ((EARLY,), {"giver": "zoe"}, "unknown_person", "zoe"),
        ((EARLY,), {"taker": "zoe"}, "unknown_person", "zoe"),
        ((EARLY,), {"confirmed": ("ann", "bob", "zoe")}, "unknown_person", "zoe"),
        ((EARLY,), {"taker": "ann"}, "same_person", "Ann Test"),
        ((EARLY,), {"confirmed": ("ann",)}, "not_confirmed", "Bob Test must confirm"),
        ((EARLY,), {"confirmed": ("cat",)}, "not_confirmed", "Ann Test, Bob Test must confirm"),
        ((LATE,), {}, "no_shift", "Ann Test has no shift on Thursday 21 May 2026"),
        ((EARLY,), {"back": NEXT}, "no_shift", "Bob Test has no shift on Friday 22 May 2026"),
        ((EARLY, LATE), {}, "has_shift", "Bob Test has the shift “late” on Thursday 21 May 2026"),
        ((EARLY, Shift(NEXT, "late", "bob"), Shift(NEXT, "early", "ann")), {"back": NEXT}, "has_shift",
         "Ann Test has the shift “early” on Friday 22 May 2026"),
    ],
)  # fmt: skip
def test_a_swap_that_cannot_be_is_refused(
    shifts: tuple[Shift, ...], more: dict[str, Any], code: str, words: str
) -> None:
    found = told(swapped(*shifts, **more))
    assert found[0] == code and words in found[1] and found[1] != found[2]
