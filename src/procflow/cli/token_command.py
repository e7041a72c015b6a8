"""`procflow token`: what lets programs act for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.complete import complete_person
from procflow.cli.session import COMMON, session
from procflow.core.nearest import did_you_mean
from procflow.core.policy import SETTABLE
from procflow.core.words import instant_in_words
from procflow.errors import NotFound, UsageError

if TYPE_CHECKING:
    from procflow.access.tokens import Token, Tokens

_WORDS = {
    "en": {"once": "It is shown this once. It acts for {name} until {until}.", "none": "There are no tokens.", "revoked": "Revoked: {name}.",
           "all": "everything", "until": "until", "used": "last used", "never": "never used"},
    "da": {"once": "Det vises kun denne ene gang. Det handler for {name} til {until}.", "none": "Der er ingen tokens.", "revoked": "Trukket tilbage: {name}.",
           "all": "alt", "until": "til", "used": "sidst brugt", "never": "aldrig brugt"},
}  # fmt: skip


@click.group()
@COMMON
def command() -> None:
    """Make and revoke tokens, by which programs act for a person.

    \b
    procflow token add PERSON --scope case.read   for what the scopes say
    procflow token list                           which there are, and when each was last used
    procflow token revoke ID                      at once
    """


@command.command("add")
@click.argument("person", shell_complete=complete_person)
@click.option("--scope", "scopes", multiple=True, metavar="ACTION", shell_complete=lambda c, p, t: [a for a in SETTABLE if a.startswith(t)], help="What it may, such as case.read; may be repeated.")  # fmt: skip
@click.option("--everything", is_flag=True, help="It may all that PERSON may.")
@click.option("--procedure", "procedures", multiple=True, metavar="NAME", help="Only in cases of this procedure; may be repeated.")  # fmt: skip
@click.option("--days", default=90, show_default=True, help="How long it lasts.")
@click.option("--name", default="", help="What it is for, in words.")
@COMMON
def add(
    person: str, scopes: tuple[str, ...], everything: bool, procedures: tuple[str, ...], days: int, name: str
) -> None:
    """Make a token that acts for PERSON and print it, this once. It never may more than PERSON may."""
    s = session()
    if scopes and everything:
        raise UsageError(
            "--scope and --everything do not go together", "--everything is all that the person may"
        )
    if not scopes and not everything:
        raise UsageError(
            "what may it?", "give --scope ACTION once or more, or --everything; docs/reference/access.md"
        )
    for scope in scopes:
        if scope not in SETTABLE:
            raise UsageError(
                f"{scope!r} is no action", did_you_mean(scope, SETTABLE) or f"actions: {', '.join(SETTABLE)}"
            )
    tokens = _tokens()
    s.app.publish()
    organisation = s.app.engine.surroundings().organisation
    id_ = organisation.person_id(person)
    if id_ is None:
        raise NotFound(f"nobody here is called {person!r}", did_you_mean(person, organisation.people))
    for procedure in procedures:
        s.app.in_force(procedure)
    secret, token = tokens.add(
        id_, name or "-", None if everything else scopes, procedures or None, timedelta(days=days), s.anybody
    )
    until = instant_in_words(token.until, organisation.zone, s.language)
    told = _words()["once"].format(name=organisation.name_of(id_), until=until)
    s.show({"token": secret, **_shown(token)}, f"{secret}\n{told}")


@command.command("list")
@click.argument("person", required=False, default="", shell_complete=complete_person)
@COMMON
def list_(person: str) -> None:
    """List the tokens that work, with when each was last used."""
    s = session()
    w, organisation = _words(), s.app.engine.surroundings().organisation
    found = _tokens().all((organisation.person_id(person) or person) if person else "")

    def when(at: Any) -> str:
        return instant_in_words(at, organisation.zone, s.language)

    def text() -> str:
        lines = [
            f"{one.id}  {organisation.name_of(one.person)}: {one.name}  "
            f"{', '.join(one.scopes) if one.scopes is not None else w['all']}"
            f"{' (' + ', '.join(one.procedures) + ')' if one.procedures else ''}  {w['until']} {when(one.until)}, "
            f"{w['used'] + ' ' + when(one.used) if one.used else w['never']}"
            for one in found
        ]
        return "\n".join(lines) or w["none"]

    s.show({"tokens": [_shown(one) for one in found]}, text)


@command.command("revoke")
@click.argument("id")
@COMMON
def revoke(id: str) -> None:
    """Revoke the token with this ID, or its beginning; programs that show it are turned away at once."""
    s = session()
    token = _tokens().revoke(id, s.anybody)
    s.show(
        {"id": token.id, "revoked": True},
        _words()["revoked"].format(name=token.id if token.name == "-" else token.name),
    )


def _shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.id, "person": token.person, "name": token.name,
        "scopes": None if token.scopes is None else list(token.scopes),
        "procedures": None if token.procedures is None else list(token.procedures),
        "since": token.since, "until": token.until, "used": token.used,
    }  # fmt: skip


def _tokens() -> Tokens:
    from procflow.access.tokens import Tokens

    app = session().app
    app.allow("token.manage")
    return Tokens(app.store, app.world)


def _words() -> dict[str, str]:
    return session().words(_WORDS)
