"""Whether several conditions can hold together: tried with concrete words, yes, no and null, never guessed.

What cannot be tried (numbers, texts, what functions answer) gives no answer at all, so that nothing is claimed of
it. It must not know procedures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from procflow.core.expressions import (
    And,
    Compare,
    Expression,
    If,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Select,
    children,
    holds,
    path,
    unparse,
    walk,
)
from procflow.definitions.types import BOOL, Enum, Record, Typed
from procflow.errors import EvaluationError

#: More combinations than this are not tried.
MOST = 20_000

#: One condition, and whether it must hold or must not.
Condition = tuple[Expression, bool]

_SOMETHING = "·"  # any value that is set, of a field that is only asked whether it is


class _NoAnswer(Exception):
    """A part of a condition that cannot be tried."""


def together(
    conditions: Sequence[Condition],
    names: Mapping[str, Typed],
    facts: frozenset[str] = frozenset(),
    *,
    guess: bool = False,
) -> dict[str, Any] | None:
    """Values for which all conditions are as wanted; None where there are none, or where nobody can tell.

    `names` are the declared names, `facts` texts of expressions that are surely set. With `guess` a part that
    cannot be tried counts as a yes/no of its own, known by its text.
    """
    try:
        domains = _domains([expression.node for expression, _ in conditions], names, facts, guess)
    except _NoAnswer:
        return None
    if prod(map(len, domains.values())) > MOST:
        return None
    rewritten = [
        (_replaced(expression, domains) if guess else expression, want) for expression, want in conditions
    ]
    for values in product(*domains.values()):
        chosen = dict(zip(domains, values, strict=True))
        scope = _Scope(chosen)
        try:
            if all(holds(expression, scope) is want for expression, want in rewritten):
                return chosen
        except EvaluationError:
            continue
    return None


def in_words(values: Mapping[str, Any]) -> str:
    """The values as a person reads them: `carrier is KAB and urgent is yes`."""
    words = {True: "yes", False: "no", None: "not set", _SOMETHING: "set"}
    return " and ".join(f"`{name}` is {words.get(value, value)}" for name, value in values.items())


class _Scope:
    zone = "UTC"

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values: dict[str, Any] = {}
        for name, value in values.items():
            *rooms, last = name.split(".") if "(" not in name else [name]
            room = self.values
            for part in rooms:
                room = room.setdefault(part, {})
            room[last] = value

    def name(self, name: str) -> Any:
        return self.values[name]

    def call(self, function: str, args: Sequence[Any]) -> Any:
        raise EvaluationError(f"{function}() is not known here")


def _domains(
    nodes: Sequence[Node], names: Mapping[str, Typed], facts: frozenset[str], guess: bool
) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for node in nodes:
        for atom, only_null in _atoms(node):
            text = unparse(atom)
            domain = _domain(atom, names, facts, only_null)
            if domain is None:
                if not guess:
                    raise _NoAnswer
                continue
            old = found.get(text)
            if old is not None and set(map(repr, old)) != set(map(repr, domain)):
                raise _NoAnswer  # asked for null here and compared there
            found[text] = domain
        if guess:
            for opaque in _opaque(node, names, facts):
                found[_alias(opaque)] = (True, False)
    parts = [name for name in found if "." in name and not name.startswith(("input.", "("))]
    roots = [name.split(".")[0] for name in parts]
    if len(roots) != len(set(roots)) or any(root in found for root in roots):
        raise _NoAnswer  # two parts of one value, which may hang together
    return found


def _atoms(node: Node) -> Iterator[tuple[Node, bool]]:
    """The names that are read, each with whether it is only compared with null there."""
    match node:
        case Name():
            yield node, False
        case Select():
            if path(node) is not None:
                yield node, False
            else:
                yield from _atoms(node.of)
        case Compare(operator="==" | "!=", left=left, right=Literal(value=None)) if path(left) is not None:
            yield left, True
        case Compare(operator="==" | "!=", left=Literal(value=None), right=right) if path(right) is not None:
            yield right, True
        case _:
            for child in children(node):
                yield from _atoms(child)


def _domain(
    atom: Node, names: Mapping[str, Typed], facts: frozenset[str], only_null: bool
) -> tuple[Any, ...] | None:
    typed = _typed(atom, names)
    if typed is None:
        return None
    null: tuple[Any, ...] = (None,) if typed.unset and unparse(atom) not in facts else ()
    if isinstance(typed.type, Enum):
        return (*typed.type.words, *null)
    if typed.type == BOOL:
        return (True, False, *null)
    return (_SOMETHING, *null) if only_null else None


def _typed(atom: Node, names: Mapping[str, Typed]) -> Typed | None:
    text = path(atom)
    if text is None:
        return None
    root, *parts = text.split(".")
    typed = names.get(root)
    for part in parts:
        if typed is None or not isinstance(typed.type, Record):
            return None
        inner = typed.type.typed(part)
        typed = None if inner is None else inner.but(unset=inner.unset or typed.unset)
    return typed


def _tryable(node: Node, names: Mapping[str, Typed], facts: frozenset[str]) -> bool:
    """Whether a comparison or a name can be tried as it stands."""
    if any(type(inner).__name__ in ("Call", "Macro", "Index", "Has", "Sum") for inner in walk(node)):
        return False
    return all(_domain(atom, names, facts, null) is not None for atom, null in _atoms(node))


def _opaque(node: Node, names: Mapping[str, Typed], facts: frozenset[str]) -> Iterator[Node]:
    """The parts of a condition that can only be guessed."""
    if isinstance(node, And | Or | Not | If):
        for child in children(node):
            yield from _opaque(child, names, facts)
    elif not isinstance(node, Literal) and not _tryable(node, names, facts):
        yield node


def _alias(node: Node) -> str:
    return f"({unparse(node)})"


def _replaced(expression: Expression, domains: Mapping[str, Any]) -> Expression:
    """The condition with a name of its own for each part that is guessed."""

    def inside(node: Node) -> Node:
        if _alias(node) in domains:
            return Name(_alias(node), (0, 0))
        match node:
            case And():
                return And(tuple(map(inside, node.parts)), node.at)
            case Or():
                return Or(tuple(map(inside, node.parts)), node.at)
            case Not():
                return Not(inside(node.of), node.at)
            case If():
                return If(inside(node.test), inside(node.then), inside(node.otherwise), node.at)
        return node

    return Expression(expression.source, inside(expression.node), expression.at)
