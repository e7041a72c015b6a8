"""The words that stand on the screen of whoever looks at a case, piece by piece, with the values as they are now.

The command line prints these pieces and a scenario expects them, so that both mean the same words. It must not know
how they are laid out.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from procflow.core.case import Case
from procflow.core.clock_words import shown_clocks
from procflow.core.offers import offers, words_of_state
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Procedure
from procflow.core.render import text_in
from procflow.core.scope import StepScope

#: The parts of a screen: of each state its `title`, what to `say` to the customer (a date to promise too), the `guide` and
#: the `help`; of each choice on offer its words; and how the other deadlines stand.
PARTS = ("title", "say", "guide", "help", "choice", "deadline")
#: Those that are sentences to say or to go by; the others name things.
SENTENCES = ("say", "guide", "help")


class Piece(Struct, frozen=True):
    """Some words on the screen: which part they are, and of what (a state, a choice, a deadline)."""

    part: str
    of: str
    text: str


def screen(
    procedure: Procedure, case: Case, surroundings: Surroundings, reader: str, now: datetime, language: str
) -> list[Piece]:
    """Everything that stands there for `reader`, in the order in which it is read; of a closed case its deadlines."""
    found: list[Piece] = []
    scope = StepScope(procedure, case, surroundings, now, actor=reader)
    if not case.is_closed:
        for words in words_of_state(procedure, case, surroundings, reader, now, language):
            found += [Piece(part, words["state"], words[part]) for part in ("title", "say", "guide", "help")]
        for offer in offers(procedure, case, surroundings, reader, now):
            if offer.available:
                choice = offer.choice
                label = text_in(choice.label, scope, language) or choice.name.replace("_", " ")
                found += [Piece("choice", choice.name, label)]
                found += [Piece("choice", choice.name, text_in(choice.help, scope, language))]
    for clock in shown_clocks(procedure, case, scope, language):
        first, *rest = clock.lines
        found.append(Piece("say" if clock.promise else "deadline", clock.name, first))
        found += [Piece("deadline", clock.name, line) for line in rest]
    return [piece for piece in found if piece.text]
