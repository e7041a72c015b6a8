"""A graph as Mermaid text (stateDiagram-v2), for pages that draw it themselves."""

from __future__ import annotations

import re

from procflow.drawing.graph import Edge, Graph, Node

#: Words that mean something to Mermaid where a state's name stands.
_RESERVED = frozenset(
    [
        "accdescr",
        "acctitle",
        "as",
        "choice",
        "class",
        "classdef",
        "click",
        "default",
        "direction",
        "end",
        "fork",
        "hide",
        "href",
        "join",
        "left",
        "link",
        "linkstyle",
        "note",
        "of",
        "over",
        "right",
        "root",
        "scale",
        "start",
        "state",
        "statediagram",
        "style",
        "title",
    ]
)


def mermaid(graph: Graph) -> str:
    """The text, ending with a newline. With a case, the classes `here` and `seen` mark its place and way."""
    lines = ["stateDiagram-v2", "    direction TB", f"    %% {_comment(graph)}"]
    names = _names(graph)
    for node in graph.inside(""):
        lines += _state(node, graph, names, "    ")
    lines.append(f"    [*] --> {names[graph.initial]} : {_text(graph.opened_by)}")
    parents = {node.name: node.parent for node in graph.nodes}
    for edge in graph.edges:  # the rest stands in the block of the state around both ends
        if not parents[edge.source] or parents[edge.source] != parents[edge.target]:
            lines.append(f"    {_arrow(edge, graph, names)}")
    for node in graph.nodes:
        if node.final and not node.parent:
            lines.append(
                f"    {names[node.name]} --> [*]" + (f" : {_text(node.outcome)}" if node.outcome else "")
            )
    for node in graph.nodes:
        lines += _note(node, graph, names)
    for mark, style in (
        ("here", "fill:#fde68a,color:#0f172a,stroke:#b45309,stroke-width:3px"),
        ("seen", "fill:#dbeafe,color:#0f172a,stroke:#2563eb,stroke-width:2px"),
    ):
        marked = [names[node.name] for node in graph.nodes if node.mark == mark]
        if marked:
            lines += [f"    classDef {mark} {style}", f"    class {','.join(marked)} {mark}"]
    return "\n".join([*lines, ""])


def _names(graph: Graph) -> dict[str, str]:
    """state -> a name that Mermaid takes; each is another one."""
    found: dict[str, str] = {}
    for node in graph.nodes:
        name = re.sub(r"[^A-Za-z0-9_]", "_", node.name)
        if name.lower() in _RESERVED or not name[:1].isalpha():
            name = f"s_{name}"
        while name in found.values():
            name += "_"
        found[node.name] = name
    return found


def _state(node: Node, graph: Graph, names: dict[str, str], indent: str) -> list[str]:
    """A state, with those inside it; regions are divided by `--`."""
    inside = graph.inside(node.name)
    head = f'{indent}state "{_text(_title(node))}" as {names[node.name]}'
    if not inside:
        return [head]
    deeper = indent + "    "
    lines = [f"{head} {{"]
    if node.initial:
        lines.append(f"{deeper}[*] --> {names[node.initial]}")
    for number, inner in enumerate(inside):
        if node.parallel and number:
            lines.append(f"{deeper}--")
        lines += _state(inner, graph, names, deeper)
        if inner.final:
            lines.append(f"{deeper}{names[inner.name]} --> [*]")
    own = {inner.name for inner in inside}
    for edge in graph.edges:
        if edge.source in own and edge.target in own:
            lines.append(f"{deeper}{_arrow(edge, graph, names)}")
    return [*lines, f"{indent}}}"]


def _arrow(edge: Edge, graph: Graph, names: dict[str, str]) -> str:
    label = _text(_label(edge, graph))
    arrow = f"{names[edge.source]} --> {names[edge.target]}"
    return f"{arrow} : {label}" if label else arrow


def _title(node: Node) -> str:
    return f"{node.title} ({node.who})" if node.who else node.title


def _label(edge: Edge, graph: Graph) -> str:
    parts = [edge.label, f"[{edge.guard}]" if edge.guard else ""]
    if edge.back:
        parts.append(f"({edge.back})")
    if edge.stays:
        parts.append(f"({graph.words['stays']})")
    if edge.taken:
        parts.append("✓")
    return " ".join(part for part in parts if part)


def _note(node: Node, graph: Graph, names: dict[str, str]) -> list[str]:
    """What starts to run in a state, and that the case is there."""
    by_name = {line.name: line for line in graph.deadlines}
    lines = [
        f"{graph.words['deadline']} {by_name[name].title}, {by_name[name].time}".rstrip(", ")
        for name in node.deadlines
    ]
    if node.mark == "here":
        lines.append(graph.words["here"])
    if not lines:
        return []
    body = [f"        {_text(line)}" for line in lines]
    return [f"    note right of {names[node.name]}", *body, "    end note"]


def _comment(graph: Graph) -> str:
    return " ".join(f"{graph.name}: {graph.title}".replace("{", "(").replace("}", ")").split())


def _text(text: str) -> str:
    """Text that means nothing to Mermaid: its signs as entity codes, without line breaks."""
    text = " ".join(text.split())
    return "".join(f"#{ord(char)};" if char in '#;:"<>{}[]|`\\%&' else char for char in text)
