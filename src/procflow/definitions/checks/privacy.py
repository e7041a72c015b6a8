"""Personal data stay in fields that are marked as personal: only those are sealed, and erased on request.

What is personal comes from the expression checker; a yes/no never is.
"""

from __future__ import annotations

from collections.abc import Sequence

from procflow.core.expression_nodes import Name
from procflow.core.expressions import reads
from procflow.core.procedure import Field
from procflow.definitions.building import key_place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.shapes import SEALED
from procflow.definitions.checks.walk import Seen
from procflow.definitions.nodes import YMap, submap
from procflow.definitions.types import TEXT
from procflow.errors import Diagnostic

#: Types whose values reach somebody, in words; parameters of operations that name a receiver.
REACHING = {"phone": "phone number", "email": "mail address"}
RECEIVERS = frozenset({"to", "cc", "bcc"})


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
    _unmarked(examined, seen, out)
    return out.found


def _unmarked(examined: Examined, seen: Sequence[Seen], out: Findings) -> None:
    """Fields that hold what reaches a person, by their type or by what is sent there, and say nothing of `pii`."""
    sent_to = {
        item.expression.node.name
        for item in seen
        if item.use == "effect" and item.about in RECEIVERS and item.typed.type == TEXT and isinstance(item.expression.node, Name)
    }  # fmt: skip
    data = submap(examined.tree, "data")
    for field in examined.procedure.data:
        node = data.get(field.name)
        if field.pii or node is None or (isinstance(node, YMap) and "pii" in node):
            continue
        kind = _reaching(field)
        if kind or field.name in sent_to:
            what = f"is a {kind} of somebody" if kind else "says to whom a message goes"
            message = f"`{field.name}` {what}, and is not marked as personal"
            hint = f"add `pii: true`, or `pii: false` where it never belongs to a person: {field.name}: {{…, pii: true}}"
            out.add(key_place(data, field.name), "PF460", message, hint)


def _reaching(field: Field) -> str:
    """What of a field, or of a part of it that is not marked by itself, reaches a person; "" for nothing."""
    if field.pii:
        return ""
    if field.type in REACHING:
        return REACHING[field.type]
    parts = (field.items,) if field.items is not None else field.properties
    return next((found for part in parts if (found := _reaching(part))), "")


def _source(examined: Examined, item: Seen) -> str:
    """The personal field that is read, where it is one."""
    for name in sorted(reads(item.expression.node)):
        room, _, part = name.partition(".")
        field = examined.procedure.fields.get(name)
        if (field is not None and field.pii) or (part and room in ("message", "input")):
            return f" (`{name}`)"
    return ""
