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
        self.place = {name: n for n, name in enumerate(self.order)}
        self.target = max((len(node.name) for node in graph.nodes), default=0) + 2

    def lines(self) -> list[str]:
        graph = self.graph
        head = f"{graph.name} - {graph.title}" if graph.title != graph.name else graph.name
        about = [f"{self.w['owner']}: {graph.owner}"] if graph.owner else []
        lines = [self.bold(head), self.dim("   ".join([*about, f"{self.w['start']}: {graph.opened_by}"])), ""]
        lines.append("  ●")
        for number, name in enumerate(self.order):
            lines += self._state(self.nodes[name], last=number == len(self.order) - 1)
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

    def _state(self, node: Node, *, last: bool) -> list[str]:
        sign = (
            "▶"
            if node.mark == "here"
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
        if node.mark:
            facts.append(self.w[node.mark])
        name = self.bold(node.name) if node.mark != "seen" or not node.final else node.name
        rail = " " if last else "│"
        lines = ["  │", f"  {sign} {name}" + ("  " + "  ".join(facts) if facts else "")]
        for edge in self.graph.leaving(node.name):
            lines += self._edge(edge, rail)
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
        else:
            goal = f"{'↓' if self.place[edge.target] > self.place[edge.source] else '↑'} {edge.target}"
        room = self.width - self.target - 12
        parts = textwrap.wrap(label, room, break_long_words=False) or [""]
        first = f"  {rail}  {mark} {parts[0]} "
        line = f"{first}{self.dim('─' * max(2, room + 8 - len(first)))} {goal}"
        return [self.bold(line) if edge.taken else line, *(f"  {rail}      {part}" for part in parts[1:])]


def _reading_order(graph: Graph) -> list[str]:
    """From the initial state on, along what leads away, in the order written; ends come last."""
    found: dict[str, None] = {}
    waiting = [graph.initial]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += [edge.target for edge in graph.leaving(name) if edge.target not in found]
    for node in graph.nodes:
        found.setdefault(node.name)
    final = {node.name for node in graph.nodes if node.final}
    return [name for name in found if name not in final] + [name for name in found if name in final]
