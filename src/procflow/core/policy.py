"""Who may do what: one function, which denies what no rule allows. Command line, desk, API and hosts all ask it.

It speaks of kinds of things done (actions) and of who asks; whether this very case offers a choice to somebody is
`core.decide`'s, and whether a case is shown to somebody is its procedure's `visible_to`. It must not know routes,
logins or stores.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from procflow.core.organisation import Organisation

#: Every action -> what it is, in English and Danish. What is not in this table is allowed to nobody.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "page.public": ("see what everybody may see", "se hvad alle må se"),
    "desk.use": ("work at the desk", "arbejde ved skranken"),
    "inbox.read": ("see the inbox", "se indbakken"),
    "case.read": ("look at a case", "se en sag"),
    "case.open": ("open a case", "oprette en sag"),
    "case.step": ("act on a case", "handle i en sag"),
    "evidence.read": ("look at evidence", "se beviser"),
    "report.read": ("see reports", "se rapporter"),
    "board.read": ("see the wallboard", "se tavlen"),
    "people.move": ("move work and register absences", "flytte arbejde og registrere fravær"),
    "procedure.read": ("read procedures", "læse procedurer"),
}


class Actor(Struct, frozen=True):
    """Who asks. `person` is "" for nobody who is known; `scopes` None: everything that the person may; else only
    these actions. `way` is how they are known: os, login, token or host."""

    person: str = ""
    way: str = "login"
    scopes: tuple[str, ...] | None = None


class Verdict(Struct, frozen=True):
    """Whether somebody may, and why not: `code` for programs, `reasons` by language."""

    allowed: bool
    code: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: str) -> str:
        return self.reasons.get(language) or self.reasons.get("en", "")


def verdict(actor: Actor, action: str, organisation: Organisation) -> Verdict:
    """Whether `actor` may do things of this kind. Denied is what is not in ACTIONS."""
    what = ACTIONS.get(action)
    if what is None:
        return _denied("unknown_action", f"nobody may {action}", f"ingen må {action}")
    if action == "page.public":
        return Verdict(True)
    if not actor.person:
        return _denied("not_known", "say who you are", "sig hvem du er")
    if actor.way != "host" and actor.person not in organisation.people:
        said = f"nobody here is called {actor.person}"
        return _denied("unknown_person", said, f"ingen her hedder {actor.person}")
    if actor.scopes is not None and action not in actor.scopes:
        english, danish = what
        return _denied("scope", f"this token may not {english}", f"dette token må ikke {danish}")
    return Verdict(True)


def _denied(code: str, english: str, danish: str) -> Verdict:
    return Verdict(False, code, {"en": english, "da": danish})
