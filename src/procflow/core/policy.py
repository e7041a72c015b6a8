"""Who may do what: one function, which denies what no rule allows. Command line, desk, API and hosts all ask it.

It speaks of kinds of things done (actions), of who asks and of the roles that the organisation gives them. It may
narrow what the engine says and never widens it: whether this very case offers a choice to somebody is
`core.decide`'s, with four eyes checked inside the commit, and whether a case is shown to somebody is its procedure's
`visible_to`. It must not know routes, logins or stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from procflow.core.organisation import Organisation

#: Every action -> what it is, in English and Danish. What is not in this table is allowed to nobody.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "page.public": ("see what everybody may see", "se hvad alle må se"),
    "account.own": ("change one's own password and logins", "ændre sin egen adgangskode og sine egne logins"),
    "desk.use": ("work at the desk", "arbejde ved skranken"),
    "inbox.read": ("see one's own inbox", "se sin egen indbakke"),
    "inbox.all": ("see everybody's work", "se alles arbejde"),
    "case.read": ("look at a case", "se en sag"),
    "case.open": ("open a case", "oprette en sag"),
    "case.step": ("act on a case", "handle i en sag"),
    "case.assign": ("hand work to somebody", "give arbejde til nogen"),
    "case.signal": (
        "send an event to a case, as another system does",
        "sende en hændelse til en sag, som et andet system gør",
    ),
    "personal.read": ("look at a case that holds personal data", "se en sag med personoplysninger"),
    "evidence.read": ("look at evidence", "se beviser"),
    "message.take": ("take in messages and give them to cases", "tage imod beskeder og give dem til sager"),
    "report.read": ("see reports", "se rapporter"),
    "report.import": ("bring in figures for reports", "hente tal ind til rapporter"),
    "board.read": ("see the wallboard and the queues", "se tavlen og køerne"),
    "coach.read": ("see the coach's page", "se coachens side"),
    "people.read": ("see absences, shifts and team mates", "se fravær, vagter og makkere"),
    "people.move": ("register absences and team mates of others", "registrere andres fravær og makkere"),
    "roster.plan": ("plan the shifts of others", "planlægge andres vagter"),
    "procedure.read": ("read procedures", "læse procedurer"),
    "procedure.publish": ("put procedures in force", "sætte procedurer i kraft"),
    "audit.read": ("verify the record and read the access log", "efterprøve journalen og læse adgangsloggen"),
    "store.copy": ("copy the whole workspace", "kopiere hele arbejdsområdet"),
    "metrics.read": ("read the figures of the house", "læse husets tal"),
    "user.manage": ("manage users", "administrere brugere"),
    "token.manage": ("manage the tokens of programs", "administrere programmers tokens"),
}

#: Whom an action is for where the settings do not say. `leads`: the roles that stand in for absent people, and those
#: that own a procedure; `owners`: only the latter. What is not here is for everyone in the organisation.
EVERYONE, LEADS, OWNERS, NOBODY = "everyone", "leads", "owners", "nobody"
UNLESS_SAID: Mapping[str, str] = {
    "case.signal": LEADS,
    "people.move": LEADS,
    "coach.read": OWNERS,
    "roster.plan": LEADS,
    "procedure.publish": OWNERS,
    "audit.read": NOBODY,
    "store.copy": NOBODY,
    "metrics.read": NOBODY,
    "user.manage": NOBODY,
    "token.manage": NOBODY,
}
#: What belongs to whoever may read the workspace's files, and so holds everything in their hands anyway.
OF_THE_FILES = frozenset(
    {
        "case.signal",
        "message.take",
        "procedure.publish",
        "audit.read",
        "store.copy",
        "metrics.read",
        "user.manage",
        "token.manage",
    }
)
#: What everybody may do for themselves.
FOR_ONESELF = frozenset({"people.move", "roster.plan"})
#: What the settings write for everyone in the organisation.
ANYBODY = "*"
#: What the settings may say roles for.
SETTABLE = tuple(name for name in ACTIONS if name not in ("page.public", "account.own"))


class Actor(Struct, frozen=True):
    """Who asks. `person` is "" for nobody who is known; `scopes` None: everything that the person may; else only
    these actions, and with `procedures` only in their cases. `way` is how they are known: os (they may read the
    files), login, token or host."""

    person: str = ""
    way: str = "login"
    scopes: tuple[str, ...] | None = None
    procedures: tuple[str, ...] | None = None


class Grounds(Struct, frozen=True):
    """What is decided on: the organisation, the settings' `[access]` (action -> roles), and the roles that own a
    procedure in force, which are looked at where `asks_owners` says so."""

    organisation: Organisation
    access: Mapping[str, tuple[str, ...]] = {}
    owners: frozenset[str] = frozenset()


class About(Struct, frozen=True):
    """What is asked for, as far as it matters: of which procedure the case is, and whether it is one's own."""

    procedure: str = ""
    own: bool = False


NOTHING = About()


class Verdict(Struct, frozen=True):
    """Whether somebody may, and why not: `code` for programs, `reasons` by language."""

    allowed: bool
    code: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: str) -> str:
        return self.reasons.get(language) or self.reasons.get("en", "")


ALLOWED = Verdict(True)


def verdict(actor: Actor, action: str, grounds: Grounds, about: About = NOTHING) -> Verdict:
    """Whether `actor` may do things of this kind. Denied is what is not in ACTIONS, and what no rule allows."""
    what = ACTIONS.get(action)
    if what is None:
        return _denied("unknown_action", f"nobody may {action}", f"ingen må {action}")
    if action == "page.public" or actor.way == "host":
        return ALLOWED
    if not actor.person:
        if actor.way == "os":
            return ALLOWED
        return _denied("not_known", "say who you are", "sig hvem du er")
    english, danish = what
    if actor.person not in grounds.organisation.people:
        said = f"nobody here is called {actor.person}"
        return _denied("unknown_person", said, f"ingen her hedder {actor.person}")
    if actor.scopes is not None and action not in actor.scopes:
        return _denied("scope", f"this token may not {english}", f"dette token må ikke {danish}")
    if actor.procedures is not None and about.procedure and about.procedure not in actor.procedures:
        name = about.procedure
        return _denied("scope", f"this token is not for {name}", f"dette token gælder ikke {name}")
    if actor.way == "os" and action in OF_THE_FILES:
        return ALLOWED
    roles = roles_for(action, grounds)
    if roles is None or (about.own and action in FOR_ONESELF):
        return ALLOWED
    held = grounds.organisation.people[actor.person].get("roles", ())
    if any(role in roles for role in held):
        return ALLOWED
    return _not_in(actor.person, roles, what, grounds.organisation)


def roles_for(action: str, grounds: Grounds) -> tuple[str, ...] | None:
    """The roles that may do this, by the settings or else by what the organisation and its procedures say; None:
    everyone in the organisation may."""
    said = grounds.access.get(action)
    if said is not None:
        return None if ANYBODY in said else said
    whom = UNLESS_SAID.get(action, EVERYONE)
    if whom == EVERYONE:
        return None
    if whom == NOBODY:
        return ()
    found = set(grounds.owners)
    if whom == LEADS:
        found.update(stand_in_roles(grounds.organisation))
    order = grounds.organisation.roles
    return (*(role for role in order if role in found), *sorted(found.difference(order)))


def asks_owners(action: str, access: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether it must be known who owns procedures, to decide on this."""
    return action not in access and UNLESS_SAID.get(action) in (LEADS, OWNERS)


def stand_in_roles(organisation: Organisation) -> tuple[str, ...]:
    """The roles that get the work of people who are away: those who lead others."""
    return tuple(word for word in organisation.stand_in if word != "mate")


def allowed_actions(actor: Actor, grounds: Grounds, actions: Iterable[str] = ACTIONS) -> tuple[str, ...]:
    """Of these actions, what `actor` may do: what a page shows of itself, and what a token can be made for."""
    return tuple(action for action in actions if verdict(actor, action, grounds).allowed)


def _not_in(
    person: str, roles: tuple[str, ...], what: tuple[str, str], organisation: Organisation
) -> Verdict:
    english, danish = what
    name = organisation.name_of(person)
    if not roles:
        return _denied(
            "not_for_roles",
            f"{name} may not {english}: it is for nobody here but whoever has the workspace's files",
            f"{name} må ikke {danish}: det er kun for den, der har arbejdsmappens filer",
        )
    in_english = ", ".join(organisation.role_name(role, "en") for role in roles)
    in_danish = ", ".join(organisation.role_name(role, "da") for role in roles)
    return _denied(
        "not_for_roles",
        f"{name} may not {english}: it is for {in_english}",
        f"{name} må ikke {danish}: det er for {in_danish}",
    )


def _denied(code: str, english: str, danish: str) -> Verdict:
    return Verdict(False, code, {"en": english, "da": danish})
