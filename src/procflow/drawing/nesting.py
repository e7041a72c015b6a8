"""Boxes inside boxes: a state with others inside is laid out by itself and stands as one box in what is around it.

A way that leads out of such a box, or into it, is drawn between the boxes that stand side by side, and its words
say where it begins and ends. It knows places and sizes, and nothing of how they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from procflow.drawing.graph import Edge, Graph, Node
from procflow.drawing.layers import Box, Layout, Path, layout

Size = tuple[float, float]
#: What is left free inside a box, around its inner boxes; the room for the mark where one begins; between regions.
PAD, BEGIN, BETWEEN = 16.0, 34.0, 18.0


class Nest:
    """Where each state of a graph stands among the others."""

    def __init__(self, graph: Graph) -> None:
        self.nodes: dict[str, Node] = {node.name: node for node in graph.nodes}
        self.inside: dict[str, list[str]] = {name: [] for name in ("", *self.nodes)}
        for node in graph.nodes:
            self.inside[node.parent].append(node.name)
        self.initial: dict[str, str] = {"": self.lift(graph.initial, "")}
        for node in graph.nodes:
            if node.initial:
                self.initial[node.name] = self.lift(node.initial, node.name)
        self.joined: dict[tuple[str, str], list[Edge]] = {}
        self.loops: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            source, target = self.ends(edge)
            if source == target:
                self.loops.setdefault(source, []).append(edge)
            else:
                self.joined.setdefault((source, target), []).append(edge)

    def around(self, name: str) -> list[str]:
        """A state and those around it, from the inner one on, and "" for the whole."""
        found = []
        while name:
            found.append(name)
            name = self.nodes[name].parent
        return [*found, ""]

    def lift(self, name: str, level: str) -> str:
        """The box directly inside `level` in which a state stands."""
        return next(one for one in self.around(name) if one and self.nodes[one].parent == level)

    def ends(self, edge: Edge) -> tuple[str, str]:
        """The two boxes side by side that an edge joins; one twice, where it begins and ends in the same."""
        source, target = edge.source, edge.target
        if source == target:
            return source, source
        outer = self.around(target)
        level = next(one for one in self.around(source)[1:] if one in outer[1:])
        if level and self.nodes[level].parallel:  # regions stand side by side without ways between them
            return level, level
        return self.lift(source, level), self.lift(target, level)

    def said(self, edge: Edge) -> str:
        """The words of an edge, with where it begins and ends if its boxes do not show that."""
        source, target = self.ends(edge)
        before = f"{edge.source}: " if edge.source != source else ""
        after = f" → {edge.target}" if edge.target != target else ""
        back = f" ({edge.back})" if edge.back else ""
        return f"{before}{edge.label}{back}{after}".strip()


@dataclass
class _Level:
    """What stands directly inside a state: its layout with places from its own corner."""

    boxes: dict[str, Box]
    paths: list[Path]
    width: float
    height: float


def nested(nest: Nest, heads: Mapping[str, Size], labels: Mapping[tuple[str, str], Size]) -> Layout:
    """Places for all boxes. `heads` are the sizes of what is written in each box, `labels` those of the ways' words."""
    levels: dict[str, _Level] = {}
    sizes: dict[str, Size] = {}
    for level in [*reversed(nest.nodes), ""]:  # inner ones come first
        if nest.inside[level]:
            levels[level] = _level(nest, level, sizes, labels)
        if level:
            sizes[level] = _outer(heads[level], levels.get(level), nest.nodes[level].parallel)
    whole = levels.get("", _Level({}, [], 0.0, 0.0))
    made = Layout({}, [], whole.width, whole.height)
    _put(nest, levels, heads, made, "", 0.0, 0.0)
    return made


def _outer(head: Size, inner: _Level | None, parallel: bool) -> Size:
    if inner is None:
        return head
    begin = 0.0 if parallel else BEGIN
    return max(head[0], inner.width + 2 * PAD), head[1] + begin + inner.height + PAD


def _level(
    nest: Nest, level: str, sizes: Mapping[str, Size], labels: Mapping[tuple[str, str], Size]
) -> _Level:
    names = nest.inside[level]
    if level and nest.nodes[level].parallel:
        tall = max(sizes[name][1] for name in names)
        boxes: dict[str, Box] = {}
        x = 0.0
        for name in names:
            wide = sizes[name][0]
            boxes[name] = Box(name, wide, tall, 0, x + wide / 2, tall / 2)
            x += wide + BETWEEN
        return _Level(boxes, [], x - BETWEEN, tall)
    ways = [(ends, size) for ends, size in labels.items() if nest.nodes[ends[0]].parent == level]
    made = layout(
        {name: sizes[name] for name in names}, [(*ends, *size) for ends, size in ways], nest.initial[level]
    )
    return _Level(made.boxes, made.paths, made.width, made.height)


def _put(
    nest: Nest,
    levels: Mapping[str, _Level],
    heads: Mapping[str, Size],
    made: Layout,
    level: str,
    x: float,
    y: float,
) -> None:
    """Put what stands inside a state where it belongs on the whole page; its corner is at (x, y)."""
    own = levels.get(level)
    if own is None:
        return

    def named(name: str) -> str:
        return f"~{level}{name}" if name.startswith("~") and level else name

    for name, box in own.boxes.items():
        made.boxes[named(name)] = Box(named(name), box.width, box.height, box.layer, box.x + x, box.y + y)
        if name in levels:
            left, top = box.x + x - box.width / 2, box.y + y - box.height / 2
            aside = (box.width - levels[name].width) / 2
            begin = 0.0 if nest.nodes[name].parallel else BEGIN
            _put(nest, levels, heads, made, name, left + aside, top + heads[name][1] + begin)
    for path in own.paths:
        through = tuple(named(name) for name in path.through)
        made.paths.append(replace(path, key=len(made.paths), through=through, label=named(path.label)))
