"""Why an expression has its value: each part with its live value, for `procflow why`.

Walks as evaluation does, so that what it shows is what the step saw; parts that were not looked at, because
an earlier one decided, say so. It must not know how its tree is printed.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from procflow.core.expression_nodes import (
    And,
    At,
    Call,
    Compare,
    Expression,
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
    start,
)
from procflow.core.expression_run import Frame, Scope, compiled, yes
from procflow.core.expression_text import unparse
from procflow.core.values import Value
from procflow.errors import EvaluationError


class Explained(Struct, frozen=True):
    """One part of an expression: its text, its value (or what went wrong), and the parts it depends on.

    `looked` is False where an earlier part decided: then there is no value. `at` is where its text begins, `node`
    the part of the tree that it is about.
    """

    source: str
    value: Value
    at: At
    children: tuple[Explained, ...] = ()
    error: str = ""
    looked: bool = True
    node: Any = None

    @property
    def failed(self) -> bool:
        return bool(self.error)


def explain(expression: Expression, scope: Scope) -> Explained:
    """The tree of values of `expression` as `scope` gives them; never raises EvaluationError."""
    return _Walk(Frame(scope)).node(expression.node)


class _Walk:
    """One frame for all parts, so that the budget holds for the whole explanation."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def node(self, node: Node) -> Explained:
        match node:
            case And() | Or():
                return self.junction(node)
            case If():
                test = self.node(node.test)
                try:
                    chosen = None if test.failed else yes(test.value, node.test)
                except EvaluationError:
                    chosen = None
                then = self.node(node.then) if chosen is True else _unseen(node.then)
                otherwise = self.node(node.otherwise) if chosen is False else _unseen(node.otherwise)
                return self.made(node, (test, then, otherwise))
            case Literal() | Name():
                return self.made(node, ())
            case Not() | Negative():
                return self.made(node, (self.node(node.of),))
            case Compare():
                return self.made(node, self.worth(node.left, node.right))
            case Sum():
                return self.made(node, self.worth(node.first, *(term.node for term in node.rest)))
            case Call():
                return self.made(node, self.worth(*node.given))
            case Index():
                return self.made(node, self.worth(node.of, node.key) if not isinstance(node.of, Call) else ())
            case Macro():
                return self.made(node, self.worth(node.over))
            case Select() | Has():
                inner = node.of
                return self.made(node, (self.node(inner),) if isinstance(node, Has) else self.parent(inner))
            case Items():
                return self.made(node, self.worth(*node.items))
            case Pairs():
                return self.made(node, self.worth(*(value for _, value in node.pairs)))

    def parent(self, of: Node) -> tuple[Explained, ...]:
        """What a field was selected from, where that is more than a path of names."""
        while isinstance(of, Select):
            of = of.of
        return () if isinstance(of, Name) else (self.node(of),)

    def worth(self, *nodes: Node) -> tuple[Explained, ...]:
        """The parts whose value is news: not what is written out."""
        return tuple([self.node(node) for node in nodes if not _written_out(node)])

    def made(self, node: Node, inside: tuple[Explained, ...]) -> Explained:
        source, at = unparse(node), start(node)
        try:
            return Explained(source, compiled(node)(self.frame), at, inside, node=node)
        except EvaluationError as wrong:
            return Explained(source, None, at, inside, wrong.message, node=node)

    def junction(self, node: And | Or) -> Explained:
        decides = isinstance(node, Or)
        seen: list[Explained] = []
        wrong = ""
        decided = False
        for part in node.parts:
            if decided:
                seen.append(_unseen(part))
                continue
            shown = self.node(part)
            seen.append(shown)
            if shown.failed:
                wrong = wrong or shown.error
                continue
            try:
                decided = yes(shown.value, part) is decides
            except EvaluationError as error:
                wrong = wrong or error.message
        source, at = unparse(node), start(node)
        if decided:
            return Explained(source, decides, at, tuple(seen), node=node)
        if wrong:
            return Explained(source, None, at, tuple(seen), wrong, node=node)
        return Explained(source, not decides, at, tuple(seen), node=node)


def _written_out(node: Node) -> bool:
    if isinstance(node, Items):
        return all(map(_written_out, node.items))
    return isinstance(node, Literal)


def _unseen(node: Node) -> Explained:
    return Explained(unparse(node), None, start(node), looked=False, node=node)
