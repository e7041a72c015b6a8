"""Items: what a person must do or look at beside the tasks of the states, and what its choices ask for.

Whoever carries out an effect by hand enters what the channel would have answered. It must not know how items
come about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from procflow.core.case import Case
from procflow.core.expression_nodes import Name, Select, walk
from procflow.core.expressions import Expression, Template
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Ask, Effect, Field, Procedure, State

#: What the choices of items ask for, whatever the item is about.
ITEM_ASKS: Mapping[str, tuple[Ask, ...]] = {
    "confirm": (Ask(Field("reference", "string"), False, False),),
    "not_possible": (Ask(Field("reason", "plain_text"), False, False),),
    "turn_down": (Ask(Field("reason", "plain_text", {"minLength": 3}), False, False),),
}

_TYPES = frozenset({"string", "integer", "number", "boolean"})
#: Parts of a schema that a field keeps.
_KEPT = (
    "enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf",
)  # fmt: skip


def item_asks(
    choice: str, item: str, procedure: Procedure, case: Case, surroundings: Surroundings
) -> tuple[Ask, ...]:
    """What a choice of this very item asks for: `confirm` also for the result that the case waits for.

    The channel's schema of its result says which fields; one that the procedure reads and the schema does not
    name may be given too. Where something is looked up, the reference is optional.
    """
    asks = ITEM_ASKS.get(choice, ())
    waiting = case.waiting.get(item.removeprefix("manual:"))
    if choice != "confirm" or waiting is None or not waiting.answers:
        return asks
    schema = surroundings.results.get(waiting.operation) or {}
    required = schema.get("required", ())
    found = {
        str(name): Ask(_field(str(name), part), False, name not in required)
        for name, part in (schema.get("properties") or {}).items()
    }
    state = procedure.state.get(waiting.answers.rpartition("#")[0])
    for name in _read_results(state) if state is not None else ():
        found.setdefault(name, Ask(Field(name, ""), False, True))
    found.pop("error", None)
    if not found:
        return asks
    return (*[Ask(ask.field, False, True) for ask in asks if ask.name not in found], *found.values())


def _field(name: str, schema: Mapping[str, Any]) -> Field:
    kinds = schema.get("type", ())
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    kind = next((word for word in names if word in _TYPES), "")
    return Field(name, kind, {key: schema[key] for key in _KEPT if key in schema})


def _read_results(state: State) -> list[str]:
    """The names behind `result.` in what follows on the answer, in the order written."""
    found: dict[str, None] = {}
    for _, alternatives in state.events:
        for alternative in alternatives:
            specs = [alternative.when, *(spec for _, spec in alternative.sets), *alternative.effects]
            for expression in expressions_in(specs):
                for node in walk(expression.node):
                    if isinstance(node, Select) and isinstance(node.of, Name) and node.of.name == "result":
                        found[node.field] = None
    return list(found)


def expressions_in(spec: Any) -> Iterator[Expression]:
    """Every expression inside a spec as a document writes it."""
    if isinstance(spec, Expression):
        yield spec
    elif isinstance(spec, Template):
        for part in spec.parts:
            yield from expressions_in(part)
    elif isinstance(spec, Effect):
        yield from expressions_in((spec.when, spec.each, spec.parameters))
    elif isinstance(spec, Mapping):
        for item in spec.values():
            yield from expressions_in(item)
    elif isinstance(spec, tuple | list):
        for item in spec:
            yield from expressions_in(item)
    else:  # words for people: a template for each language
        for _, template in getattr(spec, "by", ()) or ():
            yield from expressions_in(template)
