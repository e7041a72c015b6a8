"""`procflow mates`: the pairs who stand in for each other, made and parted."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_person
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, Session, session
from procflow.core.words import list_in_words
from procflow.errors import UsageError
from procflow.views.people import mates_view
from procflow.views.steps import pair_view


@click.command()
@click.argument("one", required=False, default="", shell_complete=complete_person)
@click.argument("other", required=False, default="", shell_complete=complete_person)
@click.option(
    "--confirmed", multiple=True, shell_complete=complete_person, help="Who said yes; give it twice."
)
@click.option("--part", is_flag=True, help="They are mates no longer.")
@click.option("--request-id", default="", help="The same id again changes nothing.")
@COMMON
def command(one: str, other: str, confirmed: tuple[str, ...], part: bool, request_id: str) -> None:
    """List the pairs of team mates, or make ONE and OTHER a pair. Both must have said yes, and both are kept.

    What is chosen so counts beside the organisation's file, until the file names another mate.
    """
    s = session()
    if not one:
        if confirmed or part:
            raise UsageError("who?", "name both: procflow mates ONE OTHER")
        _list(s)
        return
    if not other or (part and confirmed):
        raise UsageError(
            "a pair is two people, and who parts confirms nothing",
            "procflow mates ONE OTHER --confirmed ONE --confirmed OTHER, or procflow mates ONE OTHER --part",
        )
    if s.there:
        pair = {"one": one, "other": other, "confirmed": list(confirmed)}
        path = f"/mates/{one}/{other}" if part else "/mates"
        view = s.there.post(path, None if part else pair, request_id, method="DELETE" if part else "POST")
    elif part:
        answer = s.answer(s.app.part_mates(one, other, s.person, request_of(request_id)))
        view = pair_view(s.app, answer, one, other, mates=False)
    else:
        answer = s.answer(s.app.pair_mates(one, other, confirmed, s.person, request_of(request_id)))
        view = pair_view(s.app, answer, one, other, mates=True)
    names = list_in_words([s.names.name_of(view[which]) for which in ("one", "other")], s.language)
    words = {
        ("da", False): f"{names} er nu hinandens team makker.",
        ("da", True): f"{names} er ikke længere team makkere.",
        ("en", False): f"{names} are each other's team mate now.",
        ("en", True): f"{names} are team mates no longer.",
    }
    s.show(view, words["da" if s.language == "da" else "en", part])


def _list(s: Session) -> None:
    if s.there:
        view = s.there.get("/mates")
    else:
        s.app.allow("people.read", s.anybody)
        view = mates_view(s.app)
    lines = [f"{s.names.name_of(pair['one'])} - {s.names.name_of(pair['other'])}" for pair in view["pairs"]]
    nobody = "Ingen er team makkere." if s.language == "da" else "Nobody has a team mate."
    s.show(view, "\n".join(lines) or nobody)
