"""Where the parts of a procedure stand in its file: states, tasks, transitions, effects, as nodes with places.

The compiled procedure keeps the places of what runs; for every other word the file itself is looked at. It must
not know what anything means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from procflow.definitions.building import key_place
from procflow.definitions.fault_hints import BESIDE
from procflow.definitions.nodes import At, YList, YMap, submap


def listed(node: Any) -> list[Any]:
    """A list's entries, or the one that stands there without a list."""
    if node is None:
        return []
    return list(node) if isinstance(node, YList) else [node]


@dataclass(frozen=True)
class StateNode:
    """A state as written; `at` is its name."""

    name: str
    node: YMap
    at: At


def states_of(tree: YMap) -> Iterator[StateNode]:
    """Every state in document order, nested ones and regions too."""
    yield from _states(submap(tree, "states"))


def _states(node: YMap) -> Iterator[StateNode]:
    for name, item in node.items():
        inner = item if isinstance(item, YMap) else YMap()
        yield StateNode(str(name), inner, key_place(node, name))
        yield from _states(submap(inner, "states"))
        yield from _states(submap(inner, "parallel"))


@dataclass(frozen=True)
class MoveNode:
    """The transitions under one choice, event, time, or `always`; `at` is the word itself."""

    kind: str  # choice, event, after or always
    name: str
    node: Any
    at: At

    def layers(self) -> Iterator[YMap]:
        """Every mapping of it, shared keys before the alternatives under them."""
        yield from _layers(self.node)


def _layers(node: Any) -> Iterator[YMap]:
    for item in listed(node):
        if isinstance(item, YMap):
            yield item
            if "then" in item:
                yield from _layers(item["then"])
        elif isinstance(item, YList):
            yield from _layers(item)


def moves_of(state: YMap) -> Iterator[MoveNode]:
    for kind, key in (("choice", "choices"), ("event", "events"), ("after", "after")):
        group = submap(state, key)
        for name, node in group.items():
            yield MoveNode(kind, str(name), node, key_place(group, name))
    if "always" in state:
        yield MoveNode("always", "", state["always"], key_place(state, "always"))


@dataclass(frozen=True)
class EffectNode:
    """One effect as written: its operation and where that stands, and what it is given."""

    operation: str
    at: At
    given: Any
    node: YMap


def effects_of(tree: YMap) -> Iterator[EffectNode]:
    """Every effect of a procedure, each once."""
    for state in states_of(tree):
        for key in ("entry", "exit"):
            yield from _effects(state.node.get(key))
        for move in moves_of(state.node):
            for layer in move.layers():
                yield from _effects(layer.get("do"))
    for deadline in submap(tree, "deadlines").values():
        for key in ("warn", "missed"):
            yield from _effects(submap(deadline, key).get("do"))


def _effects(node: Any) -> Iterator[EffectNode]:
    for item in listed(node):
        if not isinstance(item, YMap):
            continue
        operation = next((key for key in item if key not in BESIDE), None)
        if operation is not None:
            yield EffectNode(str(operation), key_place(item, operation), item[operation], item)
