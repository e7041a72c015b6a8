"""What is told whoever decided on a case that somebody else has taken further meanwhile. It must not know stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.organisation import Organisation
from procflow.core.words import instant_in_words
from procflow.engine.answers import Loaded
from procflow.errors import words_in_both


def who_was_faster(
    before: Loaded, loaded: Loaded, expected: int, last: Iterable[Any], organisation: Organisation
) -> tuple[str, str, Mapping[str, Any]]:
    """Of the entries of the case's last step: the words, what to do, and who it was, with which choice, when, and the step that the case is at now."""
    number, sequence = loaded.row.number, loaded.row.sequence
    hint = (
        f"look at it with `procflow case {number}` and decide again",
        f"se på den med `procflow case {number}`, og vælg igen",
    )
    if expected < 0 or expected > sequence:
        return words_in_both(
            f"case {number} was never at the step that the request names; it is at {sequence}",
            f"sag {number} har ikke været ved det trin, som forespørgslen nævner; den er ved {sequence}",
            *hint, reason="no_such_step", sequence=sequence,
        )  # fmt: skip
    if (expected or before.row.sequence) == sequence:
        return words_in_both(
            "the organisation has changed: absences, people or tables are others than a moment ago",
            "organisationen er ændret: fravær, personer eller tabeller er andre end for lidt siden",
            *hint, reason="organisation", sequence=sequence,
        )  # fmt: skip
    who, what, at, by = "someone", "", loaded.plain.now, ""
    for entry in last:
        if isinstance(entry, j.CommandTaken):
            who = organisation.name_of(entry.by) if entry.by else entry.kind
            what, at, by = entry.name or entry.kind, entry.at, entry.by
    when = {each: instant_in_words(at, organisation.zone, each) if at else "" for each in ("en", "da")}
    return words_in_both(
        f"case {number} has moved on: {who} took “{what}” {when['en']}",
        f"sag {number} er kommet videre: {who} tog “{what}” {when['da']}",
        *hint, reason="faster", by=by, name=who, what=what, at=at, sequence=sequence,
    )  # fmt: skip
