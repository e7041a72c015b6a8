"""The outcome of an end: a word, or the field of an enum, so that reports can count it."""

from __future__ import annotations

from collections.abc import Sequence

from procflow.core.expressions import Expression, Template
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.walk import Seen
from procflow.definitions.types import ANY, BOOL, NULL, ROLE, Enum, describe
from procflow.errors import Diagnostic


def check(examined: Examined, seen: Sequence[Seen]) -> list[Diagnostic]:
    """Outcomes that could be anything."""
    out = Findings(examined.path)
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
