"""Personal data stay in fields that are marked as personal: only those are sealed, and erased on request.

What is personal comes from the expression checker; a yes/no never is.
"""

from __future__ import annotations

from collections.abc import Sequence

from procflow.core.expressions import reads
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.shapes import SEALED
from procflow.definitions.checks.walk import Seen
from procflow.errors import Diagnostic


def check(examined: Examined, seen: Sequence[Seen]) -> list[Diagnostic]:
    """Personal values that are put into an unmarked field, here or in another case, or into the outcome."""
    out = Findings(examined.path)
    for item in seen:
        if not item.typed.personal:
            continue
        source = _source(examined, item)
        field = item.field
        if item.use in ("set", "start") and field is not None and not field.pii and field.type not in SEALED:
            there = " of the other case" if item.use == "start" else ""
            message = f"personal data{source} go into `{field.name}`{there}, which is not marked `pii: true`"
            out.add(
                item.at, "PF266", message, f"add `pii: true` to the field: {field.name}: {{…, pii: true}}"
            )
        elif item.use == "outcome":
            message = f"personal data{source} become the outcome, which reports show to everybody"
            out.add(item.at, "PF267", message, 'write a word, or "${field}" of an enum')
    return out.found


def _source(examined: Examined, item: Seen) -> str:
    """The personal field that is read, where it is one."""
    for name in sorted(reads(item.expression.node)):
        room, _, part = name.partition(".")
        field = examined.procedure.fields.get(name)
        if (field is not None and field.pii) or (part and room in ("message", "input")):
            return f" (`{name}`)"
    return ""
