"""The one function that says who may do what."""

from __future__ import annotations

import pytest

from procflow.core.calendar import Calendar
from procflow.core.organisation import Organisation
from procflow.core.policy import (
    ACTIONS,
    FOR_ONESELF,
    OF_THE_FILES,
    SETTABLE,
    UNLESS_SAID,
    About,
    Actor,
    Grounds,
    allowed_actions,
    asks_owners,
    roles_for,
    verdict,
)

CALENDAR = Calendar("Europe/Copenhagen", ((),) * 7)
PEOPLE = {
    "ann": {"name": "Ann Test", "roles": ["agent"]},
    "lis": {"name": "Lis Test", "roles": ["foreman"]},
    "pia": {"name": "Pia Test", "roles": ["dept"]},
    "sys": {"name": "Sys Test", "roles": ["keeper"]},
}
ROLES = {
    "agent": {"en": "Agent"}, "foreman": {"en": "Foreman", "da": "Formand"}, "dept": {"en": "Department"},
    "keeper": {"en": "Keeper"},
}  # fmt: skip
ORGANISATION = Organisation("small", CALENDAR, ("en", "da"), ("mate", "foreman"), ROLES, PEOPLE)
GROUNDS = Grounds(ORGANISATION, {}, frozenset({"dept"}))
WAYS = ("os", "login", "token", "host")


def may(person: str, action: str, grounds: Grounds = GROUNDS, way: str = "login", **about: object) -> bool:
    return verdict(Actor(person, way), action, grounds, About(**about)).allowed  # type: ignore[arg-type]


@pytest.mark.parametrize("way", WAYS)
def test_what_no_rule_names_is_allowed_to_nobody(way: str) -> None:
    for person in ("", *PEOPLE):
        said = verdict(Actor(person, way), "case.burn", GROUNDS)
        assert (said.allowed, said.code) == (False, "unknown_action")


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "page.public"])
def test_nobody_who_is_not_known_may_anything_but_what_is_public(action: str) -> None:
    for way in ("login", "token"):
        assert verdict(Actor("", way), action, GROUNDS).code == "not_known"
        assert verdict(Actor("eve", way), action, GROUNDS).code == "unknown_person"
    assert verdict(Actor("eve", "os"), action, GROUNDS).code == "unknown_person"
    assert may("", "page.public")


def test_where_the_settings_say_nothing_leads_and_owners_are_read_out_of_the_organisation() -> None:
    whole = {person: set(allowed_actions(Actor(person), GROUNDS)) for person in PEOPLE}
    for_everyone = set(ACTIONS) - set(UNLESS_SAID)
    assert whole["ann"] == whole["sys"] == for_everyone
    assert whole["lis"] == for_everyone | {"case.signal", "people.move", "roster.plan"}
    assert whole["pia"] == whole["lis"] | {"coach.read", "procedure.publish"}


def test_an_organisation_without_stand_ins_has_only_the_owners_as_leads() -> None:
    alone = Grounds(Organisation("o", CALENDAR, roles=ROLES, people=PEOPLE), {}, frozenset({"dept"}))
    assert roles_for("people.move", alone) == ("dept",)


@pytest.mark.parametrize("action", SETTABLE)
def test_what_the_settings_say_replaces_what_is_read_out_of_the_organisation(action: str) -> None:
    said = Grounds(ORGANISATION, {action: ("keeper",)}, frozenset({"dept"}))
    assert [person for person in PEOPLE if may(person, action, said)] == ["sys"]
    assert all(may(person, action, Grounds(ORGANISATION, {action: ("*",)})) for person in PEOPLE)
    nobody = Grounds(ORGANISATION, {action: ()})
    assert not any(may(person, action, nobody) for person in PEOPLE)
    assert may("", action, nobody, way="os"), "whoever has the files, and names nobody, has everything anyway"


def test_everybody_may_do_for_themselves_what_else_is_for_leads() -> None:
    for action in ACTIONS:
        own, other = may("ann", action, own=True), may("ann", action)
        assert own == (other or action in FOR_ONESELF), action


def test_whoever_has_the_files_may_what_belongs_to_the_files_whoever_they_say_they_are() -> None:
    for action in ACTIONS:
        assert may("ann", action, way="os") == (may("ann", action) or action in OF_THE_FILES), action


def test_a_token_is_held_to_its_scopes_and_procedures_and_widens_nothing() -> None:
    token = Actor("ann", "token", ("case.read", "people.move"), ("errand",))
    assert verdict(token, "case.read", GROUNDS).allowed
    assert verdict(token, "case.read", GROUNDS, About("errand")).allowed
    assert verdict(token, "case.read", GROUNDS, About("claim")).code == "scope"
    assert verdict(token, "case.step", GROUNDS).code == "scope"
    assert verdict(token, "people.move", GROUNDS).code == "not_for_roles"


def test_a_reason_says_in_both_languages_for_whom_it_is() -> None:
    said = verdict(Actor("ann"), "people.move", GROUNDS)
    assert said.words("en") == (
        "Ann Test may not register absences and team mates of others: it is for Foreman, Department"
    )
    assert said.words("da") == (
        "Ann Test må ikke registrere andres fravær og makkere: det er for Formand, Department"
    )
    for action in UNLESS_SAID:
        said = verdict(Actor("ann"), action, GROUNDS)
        assert said.code == "not_for_roles" and set(said.reasons) == {"en", "da"}
        assert said.reasons["en"] != said.reasons["da"]


def test_owners_are_looked_for_only_where_they_decide() -> None:
    assert {action for action in ACTIONS if asks_owners(action, {})} == {
        "case.signal", "people.move", "coach.read", "roster.plan", "procedure.publish",
    }  # fmt: skip
    assert not asks_owners("people.move", {"people.move": ("agent",)})


@pytest.mark.parametrize(
    ("actor", "action", "procedure", "english", "danish"),
    [
        (Actor("ann", "login"), "case.burn", "", "nobody may case.burn", "ingen må case.burn"),
        (Actor("", "login"), "case.read", "", "say who you are", "sig hvem du er"),
        (Actor("eve", "login"), "case.read", "", "nobody here is called eve", "ingen her hedder eve"),
        (
            Actor("ann", "token", frozenset({"case.read"})), "case.open", "",
            "this token may not open a case", "dette token må ikke oprette en sag",
        ),
        (
            Actor("ann", "token", procedures=frozenset({"lead"})), "case.read", "claim",
            "this token is not for claim", "dette token gælder ikke claim",
        ),
    ],
)  # fmt: skip
def test_why_not_is_said_in_both_languages_and_in_others_in_english(
    actor: Actor, action: str, procedure: str, english: str, danish: str
) -> None:
    said = verdict(actor, action, GROUNDS, About(procedure))
    assert (said.words("en"), said.words("da"), said.words("nl")) == (english, danish, english)
