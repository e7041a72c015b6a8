"""A graph as SVG: a layered drawing with presentation attributes only, so that any content policy lets it through.

Boxes and labels bring their own light ground and dark letters, lines a grey that can be seen on white and on
black: the drawing is readable on light and dark pages. Marks never rest on colour alone. No clock, no ids by
chance: the same graph gives the same bytes.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from procflow.drawing.graph import Edge, Graph, Node
from procflow.drawing.layers import Box, Layout, Path
from procflow.drawing.nesting import Nest, nested

INK, SOFT, LINE, WAY, GROUND = "#0f172a", "#334155", "#767676", "#2563eb", "#f8fafc"
_FILL = {"": "#e8eef6", "seen": "#dbeafe", "here": "#fde68a"}
_EDGE = {"": "#64748b", "seen": WAY, "here": "#b45309"}
_MARGIN = 24.0
_FONT = "Inter, Segoe UI, Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class _Row:
    """One line of a text: its letters, size and looks; `icon` is drawn in front."""

    text: str
    size: float
    fill: str = INK
    bold: bool = False
    italic: bool = False
    icon: str = ""

    @property
    def width(self) -> float:
        return text_width(self.text, self.size, bold=self.bold) + (15 if self.icon else 0)

    @property
    def height(self) -> float:
        return self.size * 1.38


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text will be at the most, in pixels; fonts differ, so it is measured generously."""
    units = 0.0
    for char in text:
        if char in "ijl.,:;'|! ()[]ftr-":
            units += 0.36
        elif char in "mwMW@%—":
            units += 0.95
        elif char.isupper() or char in "_…=&>":
            units += 0.74
        else:
            units += 0.58
    return units * size * (1.14 if bold else 1.05)


def svg(graph: Graph) -> str:
    """The whole drawing, a standalone SVG document in UTF-8."""
    return _Drawing(graph).whole()


class _Drawing:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.w = graph.words
        self.prefix = re.sub(r"[^A-Za-z0-9_-]", "_", graph.name) + (f"-{graph.case}" if graph.case else "")
        self.nest = Nest(graph)
        self.rows = {node.name: self._node_rows(node) for node in graph.nodes}
        self.joined = self.nest.joined
        self.labels = {ends: self._label_rows(edges) for ends, edges in self.joined.items()}
        sizes = {name: _size(rows, 14, 10) for name, rows in self.rows.items()}
        labels = {ends: _size(rows, 8, 4) if rows else (0.0, 0.0) for ends, rows in self.labels.items()}
        self.layout: Layout = nested(self.nest, sizes, labels)

    # the whole

    def whole(self) -> str:
        graph, made = self.graph, self.layout
        below = self._deadlines()
        heading = _wrapped(graph.title, 15, INK, 70, bold=True)
        about = [f"{self.w['owner']}: {graph.owner}"] if graph.owner else []
        about.append(f"{self.w['start']}: {graph.opened_by}")
        heading.append(_Row(" · ".join(about), 11.5, SOFT))
        top = sum(row.height for row in heading) + 72
        width = max(made.width, *(row.width for row in [*heading, *below])) + 2 * _MARGIN
        height = top + made.height + _MARGIN + (sum(row.height for row in below) + 30 if below else 0)
        aside = (width - made.width) / 2
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}"'
            f' width="{_n(width)}" height="{_n(height)}" role="img" font-family="{_FONT}"'
            f' lang={quoteattr(graph.language)} aria-labelledby="{self.prefix}-title {self.prefix}-desc">',
            f'<title id="{self.prefix}-title">{escape(graph.title)}</title>',
            f'<desc id="{self.prefix}-desc">{escape(self._described())}</desc>',
            self._markers(),
            self._panel(heading, width, 8),
            f'<g transform="translate({_n(aside)} {_n(top)})">',
            *(self._node(node) for node in graph.nodes if self.nest.inside[node.name]),
            *(self._start(level, initial) for level, initial in self.nest.initial.items()),
            '<g class="transitions" fill="none">',
            *(self._way(path) for path in made.paths),
            "</g>",
            *(self._label(path) for path in made.paths),
            *(self._node(node) for node in graph.nodes if not self.nest.inside[node.name]),
            "</g>",
        ]
        if below:
            parts.append(self._panel(below, width, top + made.height + _MARGIN))
        return "\n".join([*parts, "</svg>", ""])

    def _described(self) -> str:
        """The graph in words, for those who hear it."""
        lines = [f"{edge.source} → {edge.target}: {_one(edge)}" for edge in self.graph.edges]
        here = ", ".join(node.title for node in self.graph.nodes if node.mark == "here")
        return "; ".join(([f"{self.w['here']}: {here}"] if here else []) + lines)

    def _markers(self) -> str:
        made = [
            f'<marker id="{self.prefix}-{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="{size}"'
            f' markerHeight="{size}" markerUnits="userSpaceOnUse" orient="auto">'
            f'<path d="M0 0.8 L10 5 L0 9.2 z" fill="{fill}"/></marker>'
            for name, fill, size in (("arrow", LINE, 10), ("taken", WAY, 13))
        ]
        return f"<defs>{''.join(made)}</defs>"

    def _panel(self, rows: list[_Row], width: float, y: float) -> str:
        height = sum(row.height for row in rows) + 18
        ground = (
            f'<rect x="8" y="{_n(y)}" width="{_n(width - 16)}" height="{_n(height)}" rx="8" fill="{GROUND}"/>'
        )
        return f"<g>{ground}{_texts(rows, _MARGIN, y + 9)}</g>"

    def _deadlines(self) -> list[_Row]:
        lines = self.graph.deadlines
        if not lines:
            return []
        rows = [_Row(self.w["deadlines"], 12.5, INK, bold=True)]
        for line in lines:
            words = f"{line.name}: {line.title}" if line.title != line.name else line.name
            rows += _wrapped(
                ", ".join(part for part in (words, line.time) if part), 11.5, INK, 90, icon="clock"
            )
            about = [
                f"{self.w['starts']}: {line.starts}" if line.starts else "",
                f"{self.w['met']}: {line.met}" if line.met else "",
            ]
            rows += _wrapped(" · ".join(part for part in about if part), 10.5, SOFT, 100)
        return rows

    # states

    def _node_rows(self, node: Node) -> list[_Row]:
        size = 11.5 if node.region else 13
        rows = _wrapped(node.title, size, INK, 26, bold=True)
        if node.title.replace(" ", "_") != node.name:
            rows.append(_Row(node.name, 10.5, SOFT))
        if node.who:
            rows += _wrapped(node.who, 11, SOFT, 30, icon="person")
        if node.final and node.outcome and node.outcome != node.name:
            rows += _wrapped(node.outcome, 11, SOFT, 30)
        for name in node.deadlines:
            rows.append(_Row(name, 11, SOFT, icon="clock"))
        if node.parallel:
            rows.append(_Row(self.w["side"], 10.5, SOFT, italic=True))
        for edge in self.nest.loops.get(node.name, ()):
            rows += _wrapped(self._said(edge), 10.5, SOFT, 32, icon="loop")
        if node.mark:
            rows.append(_Row(self.w[node.mark], 10.5, INK, bold=True, icon=node.mark))
        return rows

    def _node(self, node: Node) -> str:
        box = self.layout.boxes[node.name]
        x, y = box.x - box.width / 2, box.y - box.height / 2
        border = {"": 1.4, "seen": 2.6, "here": 3.4}[node.mark]
        dashed = "" if node.works or node.final else ' stroke-dasharray="5 4"'
        kinds = " ".join(
            name
            for name, holds in (
                ("state", True), ("final", node.final), ("initial", node.name in self.nest.initial.values()),
                (node.mark, node.mark), ("region", node.region), ("outer", bool(self.nest.inside[node.name])),
            )
            if holds
        )  # fmt: skip
        outer = bool(self.nest.inside[node.name])
        if outer:
            dashed = ' stroke-dasharray="2 4"' if node.region else ""
        fill = "#f1f5f9" if outer and not node.mark else _FILL[node.mark]
        if node.region:
            fill = GROUND
        radius = min(box.height / 2, 20) if node.final else 9
        parts = [
            f'<g id="{self.prefix}-{_id(node.name)}" class="{kinds}">',
            f"<title>{escape(' · '.join(part for part in (node.name, node.title, node.who, node.outcome) if part))}</title>",
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="{_n(radius)}"'
            f' fill="{fill}" stroke="{_EDGE[node.mark]}" stroke-width="{border}"{dashed}/>',
        ]
        if node.final:
            parts.append(
                f'<rect x="{_n(x + 4)}" y="{_n(y + 4)}" width="{_n(box.width - 8)}" height="{_n(box.height - 8)}"'
                f' rx="{_n(max(radius - 4, 2))}" fill="none" stroke="{_EDGE[node.mark]}" stroke-width="1.2"/>'
            )
        rows = self.rows[node.name]
        if outer:
            parts.append(_texts(rows, x + 14, y + 10))
        else:
            top = y + (box.height - sum(row.height for row in rows)) / 2
            parts.append(_texts(rows, box.x, top, middle=True))
        return "".join([*parts, "</g>"])

    def _start(self, level: str, initial: str) -> str:
        """The mark where a case begins, or a smaller one where a state does."""
        box = self.layout.boxes[initial]
        top = box.y - box.height / 2
        r, above = (4, 22) if level else (6, 30)
        return (
            f'<g class="start"><title>{escape(level or self.graph.opened_by)}</title>'
            f'<circle cx="{_n(box.x)}" cy="{_n(top - above)}" r="{r}" fill="{LINE}"/>'
            f'<path d="M{_n(box.x)} {_n(top - above + r)} V{_n(top - 1)}" stroke="{LINE}" stroke-width="1.6"'
            f' marker-end="url(#{self.prefix}-arrow)"/></g>'
        )

    # ways

    def _port(self, path: Path, name: str) -> tuple[float, float, bool]:
        """Where a way meets a box: x, y, and whether at its foot. Ways of one side share it, in their order."""
        boxes = self.layout.boxes
        box = boxes[name]
        foot = self._next(path, name).y > box.y
        sharing = [
            other
            for other in self.layout.paths
            if name in (other.source, other.target) and (self._next(other, name).y > box.y) == foot
        ]
        sharing.sort(key=lambda other: (self._next(other, name).x, other.key))
        span = min(box.width * 0.7, 26.0 * (len(sharing) - 1))
        place = sharing.index(path)
        x = box.x - span / 2 + (span * place / (len(sharing) - 1) if len(sharing) > 1 else 0)
        return x, box.y + (box.height / 2 if foot else -box.height / 2), foot

    def _next(self, path: Path, name: str) -> Box:
        """The first box that a way goes to from its end at `name`."""
        boxes = self.layout.boxes
        if path.source == name:
            return boxes[path.through[0] if path.through else path.target]
        return boxes[path.through[-1] if path.through else path.source]

    def _way(self, path: Path) -> str:
        edges = self.joined[path.source, path.target]
        taken = any(edge.taken for edge in edges)
        x, y, foot = self._port(path, path.source)
        commands = [f"M{_n(x)} {_n(y)}"]
        for name in path.through:
            box = self.layout.boxes[name]
            near, far = (-1, 1) if box.y > y else (1, -1)
            commands.append(_curve(x, y, box.x, box.y + near * box.height / 2))
            x, y = box.x, box.y + far * box.height / 2
            commands.append(f"V{_n(y)}")
        end_x, end_y, foot = self._port(path, path.target)
        commands.append(_curve(x, y, end_x, end_y + (1.5 if foot else -1.5)))
        kind, colour, wide = ("taken", WAY, 3) if taken else ("arrow", LINE, 1.6)
        words = "; ".join(self._said(edge) for edge in edges)
        return (
            f'<path class="transition{" taken" if taken else ""}" d="{" ".join(commands)}" stroke="{colour}"'
            f' stroke-width="{wide}" marker-end="url(#{self.prefix}-{kind})"><title>{escape(words)}</title></path>'
        )

    def _said(self, edge: Edge) -> str:
        guard = f"[{edge.guard}]" if edge.guard else ""
        return " ".join(part for part in (self.nest.said(edge), guard) if part)

    def _label_rows(self, edges: list[Edge]) -> list[_Row]:
        rows: list[_Row] = []
        for edge in edges:
            said = self.nest.said(edge)
            rows += _wrapped(said, 11.5, INK, 26) if said else []
            if edge.guard:
                rows += _wrapped(edge.guard, 10, SOFT, 34, italic=True, most=2)
        return rows

    def _label(self, path: Path) -> str:
        if not path.label:
            return ""
        box, rows = self.layout.boxes[path.label], self.labels[path.source, path.target]
        edges = self.joined[path.source, path.target]
        taken = any(edge.taken for edge in edges)
        x, y = box.x - box.width / 2, box.y - box.height / 2
        stroke = f' stroke="{WAY}" stroke-width="1.6"' if taken else ' stroke="#cbd5e1" stroke-width="1"'
        words = "; ".join(self._said(edge) for edge in edges)
        return (
            f'<g class="label"><title>{escape(words)}</title><rect x="{_n(x)}" y="{_n(y)}" width="{_n(box.width)}"'
            f' height="{_n(box.height)}" rx="5" fill="{GROUND}"{stroke}/>'
            + _texts(rows, box.x, y + (box.height - sum(row.height for row in rows)) / 2, middle=True)
            + "</g>"
        )


def _one(edge: Edge) -> str:
    guard = f"[{edge.guard}]" if edge.guard else ""
    return " ".join(part for part in (edge.label, guard) if part)


def _wrapped(
    text: str,
    size: float,
    fill: str,
    columns: int,
    *,
    bold: bool = False,
    italic: bool = False,
    icon: str = "",
    most: int = 4,
) -> list[_Row]:
    """The text in rows of about so many characters; what is beyond `most` rows stands as `…`."""
    lines = textwrap.wrap(text, columns, max_lines=most, placeholder=" …") or [""]
    return [
        _Row(line, size, fill, bold=bold, italic=italic, icon=icon if number == 0 else "")
        for number, line in enumerate(lines)
    ]


def _size(rows: list[_Row], aside: float, above: float) -> tuple[float, float]:
    return max((row.width for row in rows), default=0.0) + 2 * aside, sum(
        row.height for row in rows
    ) + 2 * above


def _texts(rows: list[_Row], x: float, y: float, *, middle: bool = False) -> str:
    parts = []
    for row in rows:
        base = y + row.height * 0.76
        left = x - row.width / 2 if middle else x
        looks = (' font-weight="600"' if row.bold else "") + (' font-style="italic"' if row.italic else "")
        if row.icon:
            parts.append(_icon(row.icon, left, base - row.size * 0.72, row.size * 0.82))
            left += 15
            anchor = ""
        elif middle:
            left, anchor = x, ' text-anchor="middle"'
        else:
            anchor = ""
        parts.append(
            f'<text x="{_n(left)}" y="{_n(base)}" font-size="{row.size:g}" fill="{row.fill}"{looks}{anchor}>'
            f"{escape(row.text)}</text>"
        )
        y += row.height
    return "".join(parts)


def _icon(kind: str, x: float, y: float, size: float) -> str:
    """Small drawings of our own: no font has to have them. `x`, `y` is the upper left corner."""
    r = size / 2
    cx, cy = x + r, y + r
    line = f'fill="none" stroke="{SOFT}" stroke-width="1.2" stroke-linecap="round"'
    if kind == "clock":
        hands = f"M{_n(cx)} {_n(cy - r * 0.6)} V{_n(cy)} H{_n(cx + r * 0.5)}"
        return f'<circle cx="{_n(cx)}" cy="{_n(cy)}" r="{_n(r)}" {line}/><path d="{hands}" {line}/>'
    if kind == "person":
        head = f'<circle cx="{_n(cx)}" cy="{_n(y + r * 0.55)}" r="{_n(r * 0.5)}" {line}/>'
        return head + f'<path d="M{_n(cx - r)} {_n(y + size)} a{_n(r)} {_n(r)} 0 0 1 {_n(2 * r)} 0" {line}/>'
    if kind == "loop":
        turn = f"M{_n(cx + r)} {_n(cy)} a{_n(r)} {_n(r)} 0 1 1 {_n(-r * 0.4)} {_n(-r * 0.8)}"
        tip = f"M{_n(cx + r * 0.1)} {_n(cy - r)} h{_n(r * 0.6)} v{_n(r * 0.6)}"
        return f'<path d="{turn}" {line}/><path d="{tip}" {line}/>'
    if kind == "here":
        return f'<path d="M{_n(x + 1)} {_n(y)} L{_n(x + size)} {_n(cy)} L{_n(x + 1)} {_n(y + size)} z" fill="{INK}"/>'
    tick = f"M{_n(x)} {_n(cy)} l{_n(r * 0.7)} {_n(r * 0.7)} L{_n(x + size)} {_n(y)}"
    return f'<path d="{tick}" fill="none" stroke="{INK}" stroke-width="1.8"/>'


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (y + to_y) / 2
    return f"C{_n(x)} {_n(middle)} {_n(to_x)} {_n(middle)} {_n(to_x)} {_n(to_y)}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _id(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)
