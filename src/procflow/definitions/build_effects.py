"""Effects and what invokes: `channel.operation: {parameters}` with the keys that may stand beside it.

It must not know which operations there are: the schema and the checker know the installed plugins.
"""

from __future__ import annotations

from typing import Any

from procflow.core.procedure import Effect, Invoke
from procflow.definitions.building import Builder, is_null, is_yes, key_place
from procflow.definitions.fault_hints import BESIDE
from procflow.definitions.nodes import YMap


def build_effects(b: Builder, node: Any) -> tuple[Effect, ...]:
    """The effects of a list, in the order written, or the one that stands there without a list."""
    if node is None or is_null(node):
        return ()
    return tuple([build_effect(b, item) for item in ([node] if isinstance(node, YMap) else node)])


def build_effect(b: Builder, node: YMap) -> Effect:
    operation = next(key for key in node if key not in BESIDE)
    at = key_place(node, operation)
    return Effect(
        operation=str(operation),
        parameters=_parameters(b, node[operation]),
        when=b.expression(node["when"]) if "when" in node else None,
        each=b.value(node["each"]) if "each" in node else None,
        each_as=str(node.get("as", "")),
        unless_left=is_yes(node.get("unless_left")),
        at=at,
    )


def _parameters(b: Builder, node: Any) -> Any:
    """What an operation is given; nothing written (`crm.refresh:`) is no parameters."""
    return {} if is_null(node) else b.value(node)


def build_invoke(b: Builder, node: YMap) -> Invoke:
    if "procedure" in node:
        at = key_place(node, "procedure")
        return Invoke("procedure", b.value(node.get("with", YMap())), str(node["procedure"]), at)
    (operation,) = node
    return Invoke(str(operation), _parameters(b, node[operation]), at=key_place(node, operation))
