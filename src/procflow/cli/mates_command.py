"""`procflow mates`: the pairs who stand in for each other, made and parted."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_person
from procflow.cli.session import COMMON, Session, session
from procflow.core.words import list_in_words
from procflow.errors import UsageError


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
    if part:
        answer = s.answer(s.app.part_mates(one, other, s.person, request_id))
    else:
        answer = s.answer(s.app.pair_mates(one, other, confirmed, s.person, request_id))
    organisation = s.app.engine.surroundings().organisation
    ids = [organisation.person_id(name) or name for name in (one, other)]
    names = list_in_words([organisation.name_of(id) for id in ids], s.language)
    words = {
        ("da", False): f"{names} er nu hinandens team makker.",
        ("da", True): f"{names} er ikke længere team makkere.",
        ("en", False): f"{names} are each other's team mate now.",
        ("en", True): f"{names} are team mates no longer.",
    }
    result = {"one": ids[0], "other": ids[1], "mates": not part, "sequence": answer.sequence}
    s.show(result, words["da" if s.language == "da" else "en", part])


def _list(s: Session) -> None:
    pairs = s.app.mates()
    organisation = s.app.engine.surroundings().organisation
    lines = [f"{organisation.name_of(one)} - {organisation.name_of(other)}" for one, other in pairs]
    nobody = "Ingen er team makkere." if s.language == "da" else "Nobody has a team mate."
    s.show({"pairs": [{"one": one, "other": other} for one, other in pairs]}, "\n".join(lines) or nobody)
