"""Team mates as values: who may be paired, who may part, and which word counts, the chosen or the written (INV-10)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from procflow.core import journal as j
from procflow.core.calendar import Calendar
from procflow.core.mates import chosen_after, mate_of, mates_paired, mates_parted, with_mates
from procflow.core.organisation import Organisation, Surroundings
from procflow.core.refusals import Refusal

NOW = datetime(2026, 5, 11, 10, tzinfo=UTC)


def written(**mates: str) -> Organisation:
    people = {name: {"name": f"{name.title()} Test", "mate": mate or None} for name, mate in mates.items()}
    return Organisation("bench", Calendar("UTC", ((),) * 7), people=people)


def here(organisation: Organisation, *entries: Any) -> Surroundings:
    """The surroundings after these entries of the journal."""
    chosen: tuple[Any, ...] = ()
    for entry in entries:
        chosen = chosen_after(chosen, entry)
    found, said = with_mates(organisation, chosen)
    return Surroundings(found, mates_written=said)


def pair(surroundings: Surroundings, one: str, other: str, *confirmed: str) -> Any:
    return mates_paired(surroundings, one, other, confirmed or (one, other), "liz", NOW)


def part(surroundings: Surroundings, one: str, other: str) -> Any:
    return mates_parted(surroundings, one, other, "liz", NOW)


def mates(surroundings: Surroundings) -> dict[str, str]:
    organisation = surroundings.organisation
    return {name: mate_of(organisation, name) for name in organisation.people}


NOBODY = {"ann": "", "bob": "", "cat": "", "dan": "", "liz": ""}


def test_two_who_chose_each_other_are_mates_and_part_again() -> None:
    organisation = written(**NOBODY)
    (paired,) = pair(here(organisation), "ann", "bob")
    assert paired == j.MatesPaired("ann", "bob", "", "", ("ann", "bob"), "liz", NOW)
    after = here(organisation, paired)
    assert mates(after) == {**NOBODY, "ann": "bob", "bob": "ann"}
    assert after.organisation.persons["ann"]["mate"] == "bob"
    assert pair(after, "bob", "ann") == (), "they are mates already"
    (parted,) = part(after, "bob", "ann")
    assert mates(here(organisation, paired, parted)) == NOBODY
    (again,) = pair(here(organisation, paired, parted), "bob", "cat")
    assert mates(here(organisation, paired, parted, again)) == {**NOBODY, "bob": "cat", "cat": "bob"}


@pytest.mark.parametrize(
    ("one", "other", "confirmed", "code", "words"),
    [
        ("ann", "ann", (), "own_mate", "Ann Test cannot be the team mate of Ann Test"),
        ("ann", "cat", (), "has_mate", "Ann Test has a team mate already: Bob Test"),
        ("cat", "bob", (), "has_mate", "Bob Test has a team mate already: Ann Test"),
        ("cat", "zoe", (), "unknown_person", "zoe"),
        ("zoe", "cat", (), "unknown_person", "zoe"),
        ("cat", "dan", ("cat", "zoe"), "unknown_person", "zoe"),
        ("cat", "dan", ("cat",), "pair_not_confirmed", "Dan Test must say yes too"),
        ("cat", "dan", ("liz",), "pair_not_confirmed", "Cat Test, Dan Test must say yes too"),
    ],
)
def test_who_cannot_be_paired_is_told_why(
    one: str, other: str, confirmed: tuple[str, ...], code: str, words: str
) -> None:
    refusal = pair(here(written(**{**NOBODY, "ann": "bob", "bob": "ann"})), one, other, *confirmed)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert words in refusal.words("en")
    assert refusal.words("da") != refusal.words("en")


def test_who_are_no_mates_cannot_part() -> None:
    surroundings = here(written(**{**NOBODY, "ann": "bob", "bob": "ann"}))
    refusal = part(surroundings, "ann", "cat")
    assert refusal.code == "not_mates" and "Ann Test and Cat Test are no team mates" in refusal.words("en")
    assert part(surroundings, "ann", "zoe").code == "unknown_person"
    assert mates_parted(surroundings, "ann", "bob", "zoe", NOW).code == "unknown_person"


def test_a_pair_of_the_file_parts_and_what_the_file_says_later_counts_again() -> None:
    organisation = written(**{**NOBODY, "ann": "bob", "bob": "ann"})
    (parted,) = part(here(organisation), "ann", "bob")
    assert (parted.one_written, parted.other_written) == ("bob", "ann")
    assert (parted.one, parted.other, parted.by, parted.entered) == ("ann", "bob", "liz", NOW)
    assert mates(here(organisation, parted)) == NOBODY
    (paired,) = pair(here(organisation, parted), "ann", "cat")
    assert (paired.one_written, paired.other_written) == ("bob", "")
    chosen = {**NOBODY, "ann": "cat", "cat": "ann"}
    assert mates(here(organisation, parted, paired)) == chosen
    assert mates(here(written(**chosen), parted, paired)) == chosen, "the file says it too by now"
    newer = {**NOBODY, "ann": "dan", "dan": "ann"}
    assert mates(here(written(**newer), parted, paired)) == newer, "and Cat is nobody's mate alone"


def test_a_mate_who_has_left_is_no_mate() -> None:
    (paired,) = pair(here(written(**NOBODY)), "ann", "bob")
    stayed = {name: "" for name in NOBODY if name != "bob"}
    assert mates(here(written(**stayed), paired)) == stayed


def test_where_the_file_names_only_one_of_two_either_can_part_from_the_other_and_both_be_paired() -> None:
    half = {**NOBODY, "ann": "bob"}
    for one, other in (("ann", "bob"), ("bob", "ann")):
        (parted,) = part(here(written(**half)), one, other)
        assert mates(here(written(**half), parted)) == NOBODY
        (paired,) = pair(here(written(**half)), one, other)
        assert mates(here(written(**half), paired)) == {**NOBODY, "ann": "bob", "bob": "ann"}
    assert pair(here(written(**half)), "ann", "cat").code == "has_mate"
    assert pair(here(written(**half)), "bob", "cat") != ()
