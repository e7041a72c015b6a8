"""The one typed tree of every expression, and its compact JSON.

The checker walks it with types, `why` with live values, the prover abstracts it, a step evaluates it.
It must not know how a tree is made (the parser) or what a name means (the scope).
Two nodes are equal when they say the same, wherever they stand; `at` is (line, column) in the file, from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from procflow.core.values import Value

At = tuple[int, int]


class _Placed(Struct, frozen=True):
    """What every node shares: its last field is `at`, and saying the same elsewhere is being equal."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__struct_fields__[:-1])

    def __hash__(self) -> int:
        return hash((type(self), *[getattr(self, name) for name in self.__struct_fields__[:-1]]))


class Literal(_Placed, frozen=True):
    """null, a yes/no, a number or a text, written out."""

    value: Value
    at: At

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Literal):
            return NotImplemented
        return type(self.value) is type(other.value) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


class Name(_Placed, frozen=True):
    """A declared name, or the variable of a macro around it."""

    name: str
    at: At


class Select(_Placed, frozen=True):
    """`of.field`; `at` is the field's word."""

    of: Node
    field: str
    at: At


class Index(_Placed, frozen=True):
    """`of[key]`; `at` is the bracket."""

    of: Node
    key: Node
    at: At


class Call(_Placed, frozen=True):
    """`function(args)` or `target.function(args)`; `at` is the function's word."""

    function: str
    target: Node | None
    args: tuple[Node, ...]
    at: At

    @property
    def given(self) -> tuple[Node, ...]:
        """The target, where there is one, before the arguments."""
        return self.args if self.target is None else (self.target, *self.args)


class Has(_Placed, frozen=True):
    """`has(of.field)`: the field is there and set."""

    of: Select
    at: At


class Macro(_Placed, frozen=True):
    """`over.all(variable, …)`: `kind` is all, exists, exists_one, map or filter.

    `bodies` is the test or the value; `map` with three arguments has the test first, then the value.
    """

    kind: str
    over: Node
    variable: str
    bodies: tuple[Node, ...]
    at: At


class Items(_Placed, frozen=True):
    """A list written out."""

    items: tuple[Node, ...]
    at: At


class Pairs(_Placed, frozen=True):
    """An object written out."""

    pairs: tuple[tuple[Node, Node], ...]
    at: At


class Not(_Placed, frozen=True):
    of: Node
    at: At


class Negative(_Placed, frozen=True):
    of: Node
    at: At


class And(_Placed, frozen=True):
    """`a && b && c`, flat; `at` is the first operator."""

    parts: tuple[Node, ...]
    at: At


class Or(_Placed, frozen=True):
    """`a || b || c`, flat; `at` is the first operator."""

    parts: tuple[Node, ...]
    at: At


class Compare(_Placed, frozen=True):
    """`left operator right`: one of == != < <= > >= in; `at` is the operator."""

    operator: str
    left: Node
    right: Node
    at: At


class Term(_Placed, frozen=True):
    """One further operand of `Sum`, with its operator; `at` is the operator."""

    operator: str
    node: Node
    at: At


class Sum(_Placed, frozen=True):
    """Operands of one rank from left to right (`+ -`, or `* / %`), flat; `at` is the first operator."""

    first: Node
    rest: tuple[Term, ...]
    at: At


class If(_Placed, frozen=True):
    """`test ? then : otherwise`; `at` is the question mark."""

    test: Node
    then: Node
    otherwise: Node
    at: At


Node = (
    Literal
    | Name
    | Select
    | Index
    | Call
    | Has
    | Macro
    | Items
    | Pairs
    | Not
    | Negative
    | And
    | Or
    | Compare
    | Sum
    | If
)


class Expression(Struct, frozen=True):
    """One expression: its text as written, its tree, and where it begins."""

    source: str
    node: Node
    at: At
    #: What evaluation made of the tree, kept so that it is made once.
    compiled: Any = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return (self.source, self.node, self.at) == (other.source, other.node, other.at)

    def __hash__(self) -> int:
        return hash((self.source, self.node, self.at))

    def keep(self, compiled: Any) -> None:
        """Remember what was compiled from this tree; the same tree always gives the same."""
        force_setattr(self, "compiled", compiled)


class Template(Struct, frozen=True, dict=True):
    """A text with expressions inside: literal text and expressions in the order written."""

    parts: tuple[str | Expression, ...]

    @cached_property
    def single(self) -> Expression | None:
        """The expression of a text that is exactly one `${…}`: its value keeps its type."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], Expression) else None

    @property
    def is_static(self) -> bool:
        """Whether there is nothing to evaluate."""
        return not any(isinstance(part, Expression) for part in self.parts)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside, in the order written."""
    match node:
        case Select() | Not() | Negative() | Has():
            return (node.of,)
        case Index():
            return (node.of, node.key)
        case Call():
            return node.given
        case Macro():
            return (node.over, *node.bodies)
        case Items():
            return node.items
        case Pairs():
            return tuple(item for pair in node.pairs for item in pair)
        case And() | Or():
            return node.parts
        case Compare():
            return (node.left, node.right)
        case Sum():
            return (node.first, *(term.node for term in node.rest))
        case If():
            return (node.test, node.then, node.otherwise)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Every node, outer before inner, in the order written; without recursion, so any depth will do."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(children(here)))


def start(node: Node) -> At:
    """Where the text of a node begins (its operator may stand further right)."""
    while True:
        match node:
            case Select() | Index():
                node = node.of
            case Call(target=target) if target is not None:
                node = target
            case Macro():
                node = node.over
            case And() | Or():
                node = node.parts[0]
            case Compare():
                node = node.left
            case Sum():
                node = node.first
            case If():
                node = node.test
            case _:
                return node.at


def to_json(x: Expression | Template) -> list[Any]:
    """Compact lists that JSON can carry; `expression_from_json` and `template_from_json` read them."""
    if isinstance(x, Template):
        return [part if isinstance(part, str) else to_json(part) for part in x.parts]
    return [x.source, *x.at, _dump(x.node)]


def expression_from_json(data: Any) -> Expression:
    """The expression that `to_json` wrote."""
    source, line, column, node = data
    return Expression(source, _load(node), (line, column))


def template_from_json(data: Any) -> Template:
    """The template that `to_json` wrote."""
    return Template(tuple([part if isinstance(part, str) else expression_from_json(part) for part in data]))


def _dump(node: Node) -> list[Any]:
    line, column = node.at
    match node:
        case Literal(value=Decimal() as value):
            return ["d", line, column, str(value)]
        case Literal():
            return ["l", line, column, node.value]
        case Name():
            return ["n", line, column, node.name]
        case Select():
            return [".", line, column, _dump(node.of), node.field]
        case Index():
            return ["[", line, column, _dump(node.of), _dump(node.key)]
        case Call():
            target = None if node.target is None else _dump(node.target)
            return ["c", line, column, node.function, target, *map(_dump, node.args)]
        case Has():
            return ["h", line, column, _dump(node.of)]
        case Macro():
            return ["m", line, column, node.kind, _dump(node.over), node.variable, *map(_dump, node.bodies)]
        case Items():
            return ["i", line, column, *map(_dump, node.items)]
        case Pairs():
            return ["p", line, column, *([_dump(key), _dump(value)] for key, value in node.pairs)]
        case Not():
            return ["!", line, column, _dump(node.of)]
        case Negative():
            return ["-", line, column, _dump(node.of)]
        case And():
            return ["&", line, column, *map(_dump, node.parts)]
        case Or():
            return ["|", line, column, *map(_dump, node.parts)]
        case Compare():
            return ["=", line, column, node.operator, _dump(node.left), _dump(node.right)]
        case Sum():
            rest = [[term.operator, *term.at, _dump(term.node)] for term in node.rest]
            return ["+", line, column, _dump(node.first), *rest]
        case If():
            return ["?", line, column, _dump(node.test), _dump(node.then), _dump(node.otherwise)]


def _all(data: list[Any]) -> tuple[Node, ...]:
    return tuple([_load(item) for item in data])


_LOADERS: dict[str, Callable[[list[Any], At], Node]] = {
    "d": lambda data, at: Literal(Decimal(data[3]), at),
    "l": lambda data, at: Literal(data[3], at),
    "n": lambda data, at: Name(data[3], at),
    ".": lambda data, at: Select(_load(data[3]), data[4], at),
    "[": lambda data, at: Index(_load(data[3]), _load(data[4]), at),
    "c": lambda data, at: Call(data[3], None if data[4] is None else _load(data[4]), _all(data[5:]), at),
    "h": lambda data, at: Has(_select(_load(data[3])), at),
    "m": lambda data, at: Macro(data[3], _load(data[4]), data[5], _all(data[6:]), at),
    "i": lambda data, at: Items(_all(data[3:]), at),
    "p": lambda data, at: Pairs(tuple([(_load(key), _load(value)) for key, value in data[3:]]), at),
    "!": lambda data, at: Not(_load(data[3]), at),
    "-": lambda data, at: Negative(_load(data[3]), at),
    "&": lambda data, at: And(_all(data[3:]), at),
    "|": lambda data, at: Or(_all(data[3:]), at),
    "=": lambda data, at: Compare(data[3], _load(data[4]), _load(data[5]), at),
    "+": lambda data, at: Sum(
        _load(data[3]), tuple([Term(op, _load(node), (line, col)) for op, line, col, node in data[4:]]), at
    ),
    "?": lambda data, at: If(_load(data[3]), _load(data[4]), _load(data[5]), at),
}


def _load(data: list[Any]) -> Node:
    return _LOADERS[data[0]](data, (data[1], data[2]))


def _select(node: Node) -> Select:
    if not isinstance(node, Select):
        raise ValueError("has() holds a field selection")
    return node
