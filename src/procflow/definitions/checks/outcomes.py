"""The outcome of an end: a word, or the field of an enum, so that reports can count it."""

from __future__ import annotations

from collections.abc import Sequence

from procflow.core.expressions import Expression, Template
from procflow.definitions.building import key_place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.outline import states_of
from procflow.definitions.checks.walk import Seen
from procflow.definitions.types import ANY, BOOL, NULL, ROLE, Enum, describe
from procflow.errors import Diagnostic


def check(examined: Examined, seen: Sequence[Seen]) -> list[Diagnostic]:
    """Outcomes that could be anything."""
    out = Findings(examined.path)
    _no_end(examined, out)
    typed = {item.at: item.typed for item in seen if item.use == "outcome"}
    for state in examined.procedure.states:
        outcome = state.outcome
        if not isinstance(outcome, Template) or outcome.is_static:
            continue
        first = next(part for part in outcome.parts if isinstance(part, Expression))
        found = typed.get(first.at)
        if found is None or found.personal:
            continue  # told as it is
        hint = 'write a word, or "${field}" of a field with `enum`'
        if outcome.single is None:
            out.add(first.at, "PF268", "an outcome is one word, and this is a text around ${…}", hint)
        elif not isinstance(found.type, Enum) and found.type not in (ANY, NULL, ROLE, BOOL):
            message = f"an outcome is a word that reports can count, and this is {describe(found.type)}"
            out.add(first.at, "PF268", message, hint)
    return out.found


def _no_end(examined: Examined, out: Findings) -> None:
    """A state that has an outcome and is not marked as an end; where it cannot be left either, that is told of it."""
    for state in states_of(examined.tree):
        made = examined.procedure.state.get(state.name)
        if made is None or made.final or made.outcome is None or not any(made.transitions()):
            continue
        message = f"`{state.name}` is no end, so its outcome never counts"
        hint = "add `final: true` if the case ends here, or take the outcome away"
        out.add(key_place(state.node, "outcome"), "PF407", message, hint)
