"""Who is asking through the app, and whether they may: everything that the app does asks the one policy here.

Every denial goes to the access log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from procflow.app.in_force import InForce
from procflow.core.organisation import Organisation
from procflow.core.policy import NOTHING, About, Actor, Grounds, Verdict, asks_owners, verdict
from procflow.errors import NotAllowed

#: Who asks on the command line: whoever may read the files, and says who they are.
FILES = Actor("", "os")
#: What is done for somebody who was allowed it already, in other people's names.
HOUSE = Actor("", "host")
#: What is refused to an unknown person further on, with better words.
_SAID_FURTHER_ON = frozenset(
    {"case.open", "case.step", "case.assign", "people.move", "roster.plan", "report.read", "report.import"}
)


class Allowing(InForce):
    """The part of the app that asks the policy. One `App` serves one who asks at a time."""

    actor: Actor = FILES

    @contextmanager
    def asked_by(self, actor: Actor) -> Iterator[None]:
        """Inside, everything is asked for by `actor`, and by nobody else in their name."""
        before, self.actor = self.actor, actor
        try:
            yield
        finally:
            self.actor = before

    def in_scope(self, procedure: str) -> bool:
        """Whether who asks is let in for the cases of this procedure; only a token may be held to some."""
        return self.actor.procedures is None or procedure in self.actor.procedures

    def grounds(self, action: str = "", organisation: Organisation | None = None) -> Grounds:
        """What the policy decides on, for this action or else for all of them."""
        if organisation is None:
            organisation = self.engine.surroundings().organisation
        access = self.settings.access
        owners = self._owners() if not action or asks_owners(action, access) else frozenset[str]()
        return Grounds(organisation, access, owners)

    def may(self, action: str, by: str = "", about: About = NOTHING) -> Verdict:
        """What the policy says; without `by` for who asks."""
        return self._judged(action, by, about)[1]

    def allow(
        self, action: str, by: str = "", *, procedure: str = "", case: str = "", own: bool = False
    ) -> str:
        """The id of who asks, where they may do this; `by` is who they say they are. Raises NotAllowed.

        `case` is the id of the case that it is about, for the access log.
        """
        person, said = self._judged(action, by, About(procedure, own))
        if said.allowed:
            return person
        if said.code == "unknown_person" and action in _SAID_FURTHER_ON:
            return person
        self.keep_denial(action, said, person, case)
        hints = self.what_would_help(action, said, person)
        facts = {"reason": said.code, "action": action, "reasons": said.reasons, "hints": hints}
        raise NotAllowed(said.words(self.language), hints.get(self.language, hints["en"]), facts)

    def what_would_help(self, action: str, said: Verdict, person: str) -> dict[str, str]:
        """What whoever was denied can do, by language."""
        if said.code == "unknown_person":
            from procflow.core.nearest import did_you_mean

            people = self.engine.surroundings().organisation.people
            near = did_you_mean(person, people)
            return {"en": near or "--as says who you are", "da": near or "--as siger, hvem du er"}
        if said.code == "scope":
            return {
                "en": f"ask for a token that may: `procflow token add`, `--scope {action}` and the right `--procedure`",
                "da": f"bed om et token, der må: `procflow token add`, `--scope {action}` og den rigtige `--procedure`",
            }
        if said.code == "not_for_roles":
            return {"en": "ask one of those whom it is for", "da": "spørg en af dem, det er for"}
        return {"en": ""}

    def keep_denial(self, action: str, said: Verdict, person: str, case: str = "", place: str = "") -> None:
        """That somebody was denied something is kept in the access log; nobody in particular is not."""
        if said.code != "not_known":
            self.store.log_access(self.world.now(), person or "-", action, case, place, said.code)

    def _judged(self, action: str, by: str, about: About) -> tuple[str, Verdict]:
        organisation = self.engine.surroundings().organisation
        person = (organisation.person_id(by) or by) if by else ""
        actor = self.actor
        if actor.way in ("os", "host"):
            actor = Actor(person or actor.person, actor.way)
        elif person not in ("", actor.person):
            return person, _not_oneself(organisation, actor.person, person)
        return actor.person, verdict(actor, action, self.grounds(action, organisation), about)

    def _owners(self) -> frozenset[str]:
        """The roles that own a procedure in force."""
        names = self.engine.seen("owners", lambda: tuple(self.store.names_in_force("procedure")))
        known: tuple[object, frozenset[str]] | None = self.__dict__.get("_known_owners")
        if known is None or known[0] != names:
            owners = frozenset(self.engine.procedure(hash).owner for _, hash in names)
            known = self.__dict__["_known_owners"] = (names, owners)
        return known[1]


def _not_oneself(organisation: Organisation, actor: str, person: str) -> Verdict:
    asks, other = organisation.name_of(actor), organisation.name_of(person)
    return Verdict(
        False,
        "not_oneself",
        {
            "en": f"{asks} may not do this in the name of {other}",
            "da": f"{asks} må ikke gøre dette i {other}s navn",
        },
    )
