"""A tree as CEL text again, and what it reads and calls.

It must not know values at run time or types: only the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from procflow.core.expression_nodes import (
    And,
    At,
    Call,
    Compare,
    Has,
    If,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Not,
    Or,
    Pairs,
    Select,
    Sum,
    children,
    walk,
)

#: Names whose second level tells more than the first: `input.screenshot`.
ROOMS = frozenset({"input", "message", "result", "case", "actor"})

_IF, _OR, _AND, _RELATION, _ADD, _TIMES, _UNARY, _MEMBER = range(8)
_ESCAPES = {
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    **{code: f"\\u{code:04x}" for code in (*range(32), 127, 0x2028, 0x2029) if code not in (9, 10, 13)},
}


def quote(text: str) -> str:
    """`text` as a CEL string literal."""
    return f'"{text.translate(_ESCAPES)}"'


def unparse(node: Node) -> str:
    """CEL text that reads as the same tree."""
    return _write(node)[0]


def _inside(node: Node, level: int) -> str:
    text, own = _write(node)
    return text if own >= level else f"({text})"


def _listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(unparse, nodes))


def _write(node: Node) -> tuple[str, int]:
    """The text, and how tightly it binds."""
    match node:
        case Literal(value=None):
            return "null", _MEMBER
        case Literal(value=bool() as value):
            return ("true" if value else "false"), _MEMBER
        case Literal(value=str() as value):
            return quote(value), _MEMBER
        case Literal(value=value):
            text = format(value, "f") if isinstance(value, Decimal) else str(value)
            return text, _UNARY if value < 0 else _MEMBER
        case Name():
            return node.name, _MEMBER
        case Select():
            return f"{_inside(node.of, _MEMBER)}.{node.field}", _MEMBER
        case Index():
            return f"{_inside(node.of, _MEMBER)}[{unparse(node.key)}]", _MEMBER
        case Call():
            before = "" if node.target is None else f"{_inside(node.target, _MEMBER)}."
            return f"{before}{node.function}({_listed(node.args)})", _MEMBER
        case Has():
            return f"has({unparse(node.of)})", _MEMBER
        case Macro():
            before = _inside(node.over, _MEMBER)
            return f"{before}.{node.kind}({node.variable}, {_listed(node.bodies)})", _MEMBER
        case Items():
            return f"[{_listed(node.items)}]", _MEMBER
        case Pairs():
            inside = ", ".join(f"{unparse(key)}: {unparse(value)}" for key, value in node.pairs)
            return f"{{{inside}}}", _MEMBER
        case Not():
            return f"!{_inside(node.of, _MEMBER)}", _UNARY
        case Negative(of=Literal(value=int() | Decimal())):
            return f"-({unparse(node.of)})", _UNARY  # without brackets it would be read as one number
        case Negative():
            return f"-{_inside(node.of, _MEMBER)}", _UNARY
        case And():
            return " && ".join(_inside(part, _AND + 1) for part in node.parts), _AND
        case Or():
            return " || ".join(_inside(part, _OR + 1) for part in node.parts), _OR
        case Compare():
            left, right = _inside(node.left, _RELATION + 1), _inside(node.right, _RELATION + 1)
            return f"{left} {node.operator} {right}", _RELATION
        case Sum():
            own = _ADD if node.rest[0].operator in "+-" else _TIMES
            rest = "".join(f" {term.operator} {_inside(term.node, own + 1)}" for term in node.rest)
            return _inside(node.first, own + 1) + rest, own
        case If():
            test, then = _inside(node.test, _OR), _inside(node.then, _OR)
            return f"{test} ? {then} : {unparse(node.otherwise)}", _IF


def path(node: Node) -> str | None:
    """`a.b.c` for a name and the fields selected from it, else None."""
    fields: list[str] = []
    while isinstance(node, Select):
        fields.append(node.field)
        node = node.of
    if not isinstance(node, Name):
        return None
    return ".".join([node.name, *reversed(fields)])


def reads(node: Node) -> frozenset[str]:
    """The declared names that the tree reads; of input, message, result, case and actor also the field.

    `input.screenshot.name` reads `input.screenshot`; `input` alone, where all of it is used, reads `input`.
    Variables of macros are not among them.
    """
    return frozenset(_reads(node, frozenset()))


def _reads(node: Node, bound: frozenset[str]) -> Iterator[str]:
    match node:
        case Name():
            if node.name not in bound:
                yield node.name
        case Select(of=Name(name=room)) if room in ROOMS and room not in bound:
            yield f"{room}.{node.field}"
        case Index(of=Name(name=room), key=Literal(value=str() as key)) if (
            room in ROOMS and room not in bound
        ):
            yield f"{room}.{key}"
        case Macro():
            yield from _reads(node.over, bound)
            inner = bound | {node.variable}
            for body in node.bodies:
                yield from _reads(body, inner)
        case _:
            for child in children(node):
                yield from _reads(child, bound)


def calls(node: Node) -> tuple[tuple[str, str | None, At], ...]:
    """Every function called: its name, its first argument where that is a text written out, and where."""
    found: list[tuple[str, str | None, At]] = []
    for inner in walk(node):
        if isinstance(inner, Call):
            first = inner.args[0] if inner.args else None
            word = first.value if isinstance(first, Literal) and isinstance(first.value, str) else None
            found.append((inner.function, word, inner.at))
    return tuple(found)
