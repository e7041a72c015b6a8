"""`procflow user`: who may log in with a password."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from procflow.cli.complete import complete_person
from procflow.cli.session import COMMON, session
from procflow.core.words import instant_in_words
from procflow.errors import NotFound, UsageError

if TYPE_CHECKING:
    from procflow.access.users import Users

_WORDS = {
    "en": {
        "added": "{name} may log in. A desk that is served already asks for logins when it is started again.",
        "password": "{name} has a new password; every login has ended.", "removed": "{name} logs in no more; logins and tokens have ended.",
        "none": "Nobody logs in: the desk is for whoever reaches this machine.", "since": "since", "changed": "password of",
        "no_logins": "Nobody is logged in.", "ended": "Ended: {n}.", "made": "Password: {password}\nIt lets in for seven days; a new one is chosen at /account.", "seen": "last used", "from": "from",
        "ask": "Password of {name}", "again": "Once more",
        "second_on": "{name} is asked for a code since {since}; recovery codes left: {left}.", "second_none": "{name} is asked for no code.",
        "second_off": "{name} is asked for no code any more; every login has ended.",
    },
    "da": {
        "added": "{name} kan logge ind. En skranke, der kører allerede, spørger efter login, når den startes igen.",
        "password": "{name} har en ny adgangskode; alle logins er slut.", "removed": "{name} logger ikke ind mere; logins og tokens er slut.",
        "none": "Ingen logger ind: skranken er for den, der når denne maskine.", "since": "siden", "changed": "adgangskode fra",
        "no_logins": "Ingen er logget ind.", "ended": "Afsluttet: {n}.", "made": "Adgangskode: {password}\nDen virker i syv dage; en ny vælges på /account.", "seen": "sidst brugt", "from": "fra",
        "ask": "Adgangskode til {name}", "again": "Igen",
        "second_on": "{name} bliver spurgt om en kode siden {since}; gendannelseskoder tilbage: {left}.", "second_none": "{name} bliver ikke spurgt om en kode.",
        "second_off": "{name} bliver ikke spurgt om kode mere; alle logins er slut.",
    },
}  # fmt: skip


@click.group()
@COMMON
def command() -> None:
    """Say who may log in to the desk, and end logins.

    \b
    procflow user add PERSON        a person of the organisation may log in
    procflow user list              who may
    procflow user password PERSON   a new password
    procflow user remove PERSON     no more
    procflow user second PERSON     whether a code is asked for; --off where phone and codes are lost
    procflow user logins [PERSON]   who is logged in, where
    procflow user logout PERSON     end their logins
    """


@command.command("add")
@click.argument("person", shell_complete=complete_person)
@click.option("--generate", is_flag=True, help="Make a password and print it once.")
@COMMON
def add(person: str, generate: bool) -> None:
    """Let PERSON log in. The password is asked for; without a terminal it is the first line of standard input."""
    _set(person, generate, new=True)


@command.command("password")
@click.argument("person", shell_complete=complete_person)
@click.option("--generate", is_flag=True, help="Make a password and print it once.")
@COMMON
def password(person: str, generate: bool) -> None:
    """Give PERSON a new password; every login ends."""
    _set(person, generate, new=False)


@command.command("list")
@COMMON
def list_() -> None:
    """List who may log in."""
    s = session()
    w, users = _words(), _users()
    organisation = s.app.engine.surroundings().organisation
    all_ = users.all()
    found = [
        {"person": one.person, "name": organisation.name_of(one.person), "since": one.since,
         "password": one.changed if one.hash else None, "known": one.person in organisation.people}
        for one in all_
    ]  # fmt: skip

    def text() -> str:
        lines = [
            f"{one.person:<12} {organisation.name_of(one.person)}"
            + (f"  {w['changed']} {instant_in_words(one.changed, organisation.zone, s.language)}" if one.hash else "")
            for one in all_
        ]  # fmt: skip
        return "\n".join(lines) or w["none"]

    s.show({"users": found}, text)


@command.command("remove")
@click.argument("person", shell_complete=complete_person)
@COMMON
def remove(person: str) -> None:
    """PERSON logs in no more: the user, the logins and the tokens end. The person stays in the organisation."""
    s = session()
    _users().remove(person, s.anybody)
    organisation = s.app.engine.surroundings().organisation
    id_ = organisation.person_id(person) or person
    s.show({"person": id_, "removed": True}, _words()["removed"].format(name=organisation.name_of(id_)))


@command.command("second")
@click.argument("person", shell_complete=complete_person)
@click.option("--off", is_flag=True, help="Ask for no code any more; every login ends.")
@COMMON
def second(person: str, off: bool) -> None:
    """Say whether PERSON is asked for a code beside the password. They set it up themselves, at the desk under My account."""
    from procflow.access.second import SecondFactors
    from procflow.access.sessions import Sessions

    s = session()
    users, w = _users(), _words()
    organisation = s.app.engine.surroundings().organisation
    id_ = organisation.person_id(person) or person
    if users.of(id_) is None:
        raise NotFound(f"{person} is no user", "`procflow user list` lists them")
    seconds, name = SecondFactors(s.app.store, s.app.world, s.app.keys), organisation.name_of(id_)
    if off and seconds.remove(id_, s.anybody):
        Sessions(s.app.store, s.app.world).end_all(id_)
        s.show({"person": id_, "second": None, "codes": 0}, w["second_off"].format(name=name))
        return
    found = seconds.of(id_)
    since = found.since if found is not None else None
    left = seconds.codes_left(id_)
    words = w["second_on" if since else "second_none"]
    at = instant_in_words(since, organisation.zone, s.language) if since else ""
    s.show({"person": id_, "second": since, "codes": left}, words.format(name=name, since=at, left=left))


@command.command("logins")
@click.argument("person", required=False, default="", shell_complete=complete_person)
@COMMON
def logins(person: str) -> None:
    """List who is logged in, from where, the latest used first."""
    from procflow.access.sessions import Sessions

    s = session()
    s.app.allow("user.manage")
    w, organisation = _words(), s.app.engine.surroundings().organisation
    who = organisation.person_id(person) or person
    found = Sessions(s.app.store, s.app.world).all(who)

    def text() -> str:
        lines = [
            f"{one.id}  {organisation.name_of(one.person)} {w['from']} {one.address}, {w['seen']} "
            f"{instant_in_words(one.seen, organisation.zone, s.language)}: {one.browser}"
            for one in found
        ]
        return "\n".join(lines) or w["no_logins"]

    shown = [
        {"id": one.id, "person": one.person, "way": one.way, "since": one.since, "seen": one.seen,
         "address": one.address, "browser": one.browser}
        for one in found
    ]  # fmt: skip
    s.show({"logins": shown}, text)


@command.command("logout")
@click.argument("person", shell_complete=complete_person)
@click.option("--login", default="", metavar="ID", help="Only this one of their logins.")
@COMMON
def logout(person: str, login: str) -> None:
    """End the logins of PERSON at once."""
    from procflow.access.sessions import Sessions

    s = session()
    s.app.allow("user.manage")
    who = s.app.engine.surroundings().organisation.person_id(person) or person
    sessions = Sessions(s.app.store, s.app.world)
    if login and not sessions.end_one(login, who):
        raise NotFound(f"{who} has no login {login}", "`procflow user logins` lists them")
    ended = 1 if login else sessions.end_all(who)
    s.app.store.log_access(s.app.world.now(), s.anybody or "-", "user.logout", "", who, "done")
    s.show({"person": who, "ended": ended}, _words()["ended"].format(n=ended))


def _set(person: str, generate: bool, *, new: bool) -> None:
    s = session()
    users, w = _users(), _words()
    organisation = s.app.engine.surroundings().organisation
    id_ = organisation.person_id(person) or person
    name = organisation.name_of(id_)
    users.check_new(id_) if new else users.check_there(id_)
    given = _made() if generate else _asked(name)
    if new:
        users.add(id_, given, s.anybody, made=generate)
    else:
        users.set_password(id_, given, s.anybody, made=generate)
    told = w["added" if new else "password"].format(name=name)
    made = f"\n{w['made'].format(password=given)}" if generate else ""
    s.show({"person": id_, **({"password": given} if generate else {})}, told + made)


def _asked(name: str) -> str:
    """A password as somebody types it, twice and unseen; or the first line of what is piped in."""
    s = session()
    w = _words()
    if sys.stdin.isatty():
        found: str = click.prompt(
            w["ask"].format(name=name), hide_input=True, confirmation_prompt=w["again"], err=s.json
        )
        return found
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise UsageError("no password was given", "type it at the prompt, pipe it in, or add --generate")
    return line


def _made() -> str:
    """A password of 120 random bits, in groups that can be read out."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    number = int.from_bytes(session().app.world.random_bytes(32), "big")
    letters = []
    for _ in range(25):
        number, rest = divmod(number, len(signs))
        letters.append(signs[rest])
    return "-".join("".join(letters[at : at + 5]) for at in range(0, 25, 5))


def _users() -> Users:
    from procflow.access.users import Users

    app = session().app
    app.publish()
    app.allow("user.manage")
    return Users(app.store, app.world, app.engine.surroundings().organisation)


def _words() -> dict[str, str]:
    return session().words(_WORDS)
