"""`procflow doctor`: what is wrong with a workspace, with advice for each."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, wrapped

_WORDS = {
    "en": {"good": "Nothing is wrong.", "bad": "{n} things are wrong.", "one": "One thing is wrong."},
    "da": {"good": "Intet er galt.", "bad": "{n} ting er galt.", "one": "Én ting er gal."},
}
_MARKS = {"good": "✓", "note": "·", "wrong": "✗"}


@click.command()
@COMMON
def command() -> None:
    """Look at the store, keys, disk, clock, documents, channels and hosts, at what waits or is stuck, at users, tokens and
    certificates. Changes nothing.

    Each line says what was found, and what to do about it. Ends with 1 when something is wrong, else with 0; with
    --json `findings` has each with its `level`: good, note (nothing has to be done now) or wrong.
    """
    from procflow.cli.doctor_look import look

    s = session()
    place = 1 if s.language == "da" else 0
    w = s.words(_WORDS)
    found = list(look(s.app))
    wrong = sum(item.level == "wrong" for item in found)
    shown = [
        {
            "look": item.look,
            "level": item.level,
            "message": item.message[place],
            "advice": item.advice[place] or None,
        }
        for item in found
    ]

    def text() -> str:
        lines: list[str] = []
        for item in found:
            lines += wrapped(f"{_MARKS[item.level]} {item.look}: {item.message[place]}", "", "    ")
            if item.advice[place] and item.level != "good":
                lines += wrapped(item.advice[place], "    ")
        end = w["good"] if not wrong else w["one"] if wrong == 1 else w["bad"].format(n=wrong)
        return "\n".join([*lines, bold(end)])

    s.show({"findings": shown, "wrong": wrong}, text, ok=not wrong)
    if wrong:
        raise SystemExit(1)
