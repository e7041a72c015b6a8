"""A graph for a terminal: the states from the beginning down, each with what leads away from it.

A rail on the left joins them; an arrow says whether a way goes on down the page (↓) or back up (↑).
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from procflow.drawing.graph import Edge, Graph, Node

Look = Callable[[str], str]


def _as_it_is(text: str) -> str:
    return text


def terminal(graph: Graph, width: int = 96, bold: Look = _as_it_is, dim: Look = _as_it_is) -> str:
    """The drawing in at most `width` columns, where the words allow it; `bold` and `dim` dress some of them."""
    return "\n".join(_Drawing(graph, max(width, 60), bold, dim).lines())


class _Drawing:
    def __init__(self, graph: Graph, width: int, bold: Look, dim: Look) -> None:
        self.graph, self.width, self.bold, self.dim = graph, width, bold, dim
        self.w = graph.words
        self.nodes = {node.name: node for node in graph.nodes}
        self.order = _reading_order(graph)
        self.depth = _depths(graph)
        self.place = {name: n for n, name in enumerate(self.order)}
        self.target = max((len(node.name) for node in graph.nodes), default=0) + 2

    def lines(self) -> list[str]:
        graph = self.graph
        head = f"{graph.name} - {graph.title}" if graph.title != graph.name else graph.name
        about = [f"{self.w['owner']}: {graph.owner}"] if graph.owner else []
        lines = [self.bold(head), self.dim("   ".join([*about, f"{self.w['start']}: {graph.opened_by}"])), ""]
        lines.append("  ●")
        for number, name in enumerate(self.order):
            depth, later = self.depth[name], self.order[number + 1 :]
            # The rail goes on where another state of the same depth follows before an outer one does.
            goes_on = False
            for other in later:
                if self.depth[other] <= depth:
                    goes_on = self.depth[other] == depth
                    break
            rails = self._rails(number, depth)
            lines += self._state(self.nodes[name], rails, last=not goes_on)
        if graph.deadlines:
            lines += ["", self.bold(self.w["deadlines"])]
            for line in graph.deadlines:
                words = f"{line.name}: {line.title}" if line.title != line.name else line.name
                lines += self._wrap(", ".join(part for part in (words, line.time) if part), "  ◷ ", "    ")
                about = [
                    f"{self.w['starts']}: {line.starts}" if line.starts else "",
                    f"{self.w['met']}: {line.met}" if line.met else "",
                ]
                lines += [
                    self.dim(text) for text in self._wrap(" · ".join(p for p in about if p), "    ", "    ")
                ]
        return lines

    def _wrap(self, text: str, first: str, rest: str) -> list[str]:
        return textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=rest, break_long_words=False
        )

    def _rails(self, number: int, depth: int) -> str:
        """The rails of the states around, left of one that stands inside them."""
        rails = "  "
        for level in range(depth):
            later = (self.depth[name] for name in self.order[number + 1 :])
            goes_on = next((found == level for found in later if found <= level), False)
            rails += "│  " if goes_on else "   "
        return rails

    def _state(self, node: Node, rails: str, *, last: bool) -> list[str]:
        inside = self.graph.inside(node.name)
        sign = (
            "▶"
            if node.mark == "here"
            else "═"
            if node.region
            else "▣"
            if inside
            else "■"
            if node.final
            else "✓"
            if node.mark == "seen"
            else "○"
            if node.works
            else "◇"
        )
        facts = []
        if node.title.replace(" ", "_") != node.name:
            facts.append(node.title)
        if node.who:
            facts.append(f"[{node.who}]")
        if node.final and node.outcome and node.outcome != node.name:
            facts.append(f"= {node.outcome}")
        facts += [f"◷ {name}" for name in node.deadlines]
        if node.parallel:
            facts.append(f"({self.w['side']})")
        if node.mark:
            facts.append(self.w[node.mark])
        name = self.bold(node.name) if node.mark != "seen" or not node.final else node.name
        lines = [
            f"{rails}│",
            f"{rails}{sign} {name}" + ("  " + "  ".join(facts) if facts else ""),
        ]
        for edge in self.graph.leaving(node.name):
            lines += self._edge(edge, rails + (" " if last else "│"))
        return lines

    def _edge(self, edge: Edge, rail: str) -> list[str]:
        label = edge.label
        if edge.name:
            label = edge.name if label == edge.name.replace("_", " ") else f"{edge.name} “{label}”"
        if edge.guard:
            label = f"{label} [{edge.guard}]" if label else f"[{edge.guard}]"
        mark = "✓" if edge.taken else " "
        if edge.stays:
            goal = f"↻ {self.w['stays']}"
        elif edge.target == edge.source:
            goal = f"↻ {edge.target}"
        elif edge.back:
            goal = f"↶ {edge.target}.last"
        else:
            goal = f"{'↓' if self.place[edge.target] > self.place[edge.source] else '↑'} {edge.target}"
        room = self.width - self.target - len(rail) - 9
        parts = textwrap.wrap(label, room, break_long_words=False) or [""]
        first = f"{rail}  {mark} {parts[0]} "
        line = f"{first}{self.dim('─' * max(2, room + len(rail) + 5 - len(first)))} {goal}"
        return [self.bold(line) if edge.taken else line, *(f"{rail}      {part}" for part in parts[1:])]


def _depths(graph: Graph) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in graph.nodes:  # an outer one always comes before its inner ones
        found[node.name] = found[node.parent] + 1 if node.parent else 0
    return found


def _reading_order(graph: Graph) -> list[str]:
    """From the initial state on, along what leads away, in the order written; ends come last. What stands inside a
    state follows it, in such an order of its own; regions stand as written."""
    parents = {node.name: node.parent for node in graph.nodes}

    def beside(name: str, level: str) -> str:
        """The state directly inside `level` that a state is, or stands in; "" where it stands elsewhere."""
        while name and parents[name] != level:
            name = parents[name]
        return name

    def ordered(level: str, initial: str) -> list[str]:
        own = graph.inside(level)
        led: dict[str, list[str]] = {node.name: [] for node in own}
        for edge in graph.edges:
            source, target = beside(edge.source, level), beside(edge.target, level)
            if source and target:
                led[source].append(target)
        found: dict[str, None] = {}
        waiting = [beside(initial, level)] if initial else []
        while waiting:
            name = waiting.pop(0)
            if name and name not in found:
                found[name] = None
                waiting += led[name]
        for node in own:
            found.setdefault(node.name)
        final = {node.name for node in own if node.final}
        names = [n for n in found if n not in final] + [n for n in found if n in final]
        nodes = {node.name: node for node in own}
        return [one for name in names for one in (name, *ordered(name, nodes[name].initial))]

    return ordered("", graph.initial)
