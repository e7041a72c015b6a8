"""Conditions and values of a procedure, compiled once for a proof.

A condition is taken apart down to what compares two values or asks whether one is set; what is known is evaluated by
the engine's own evaluator, and only where that meets something unknown the world is asked to choose. It must not know
which states there are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec import structs

from procflow.core.expression_run import compiled
from procflow.core.expressions import (
    And,
    Call,
    Compare,
    Expression,
    Has,
    If,
    Index,
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
    Term,
    unparse,
)
from procflow.core.procedure import Decision, Procedure
from procflow.errors import EvaluationError
from procflow.proof import orders
from procflow.proof.among import Among
from procflow.proof.chosen import answer_of, settle
from procflow.proof.comparing import Comparing, Truth, all_of, any_of
from procflow.proof.domains import OPAQUE
from procflow.proof.going_wrong import GoingWrong
from procflow.proof.legible import Legible
from procflow.proof.limits import Limits
from procflow.proof.needing import Needs, needs_of
from procflow.proof.nodes import cost, is_actor, may_be_unset, term_of
from procflow.proof.only_one import none_alike
from procflow.proof.oracle import Impossible, Unknown, Wrong
from procflow.proof.points import as_member
from procflow.proof.reading import LOOKS_BACK, keys_of
from procflow.proof.world import World


class Conditions(Comparing, GoingWrong):
    """The compiled conditions of one procedure."""

    def __init__(self, procedure: Procedure, constants: Any) -> None:
        self.procedure = procedure
        self.constants = constants
        self.assume: Callable[[str], None] = lambda what: None
        self.nodes: dict[str, Node] = {}  # what may be yes or no, by its text
        self.sizes: dict[
            str, tuple[str, Limits, Limits]
        ] = {}  # `x.size()` -> the field, its limits (see `sizes_of`)
        self.steps: dict[orders.Term, int | timedelta] = {}  # see `orders.Steps`
        self.decides: dict[str, tuple[Decision, dict[str, Any]]] = {}
        self._truths: dict[int, tuple[Node, Truth]] = {}
        self._values: dict[int, tuple[Node, Any]] = {}
        self._unsets: dict[int, tuple[Node, Truth]] = {}
        self._wrongs = {}
        self.legible = Legible(procedure, constants)
        self.of_point: dict[int, tuple[Node, Node]] = {}
        self.among = Among(self)

    def truth(self, expression: Expression, world: World) -> bool:
        known = self._truths.get(id(expression.node))
        return (known[1] if known is not None else self._truth(expression.node))(world)

    def holds(self, node: Node, world: World) -> bool:
        return self._truth(node)(world)

    def value(self, expression: Expression, world: World) -> Any:
        """The value; raises Unknown where it is not known, and Impossible where there is none."""
        try:
            return self._value(expression.node)(world.frame)
        except EvaluationError:
            raise Impossible from None

    def unset(self, node: Node, world: World) -> bool:
        return self._unset(node)(world)

    # values

    def _value(self, node: Node) -> Any:
        known = self._values.get(id(node))
        if known is None:
            known = self._values[id(node)] = (node, compiled(self._prepared(node)))
        return known[1]

    def _needs(self, node: Node) -> Needs:
        return needs_of(self._prepared(node), self.procedure.fields)

    def _prepared(self, node: Node) -> Node:
        """With evidence that is judged, and decisions, under names of their own."""
        match node:
            case Call(function="proof_of" | "evidence"):
                return Name(f"~judged:{unparse(node)}", node.at)
            case Call(function="decide", args=(Literal(value=str() as name), Pairs() as given)) if (
                name in self.procedure.decision
            ):
                text = unparse(node)
                if text not in self.decides:
                    self.decides[text] = (self.procedure.decision[name], {
                        str(key.value): self._input(value) for key, value in given.pairs if isinstance(key, Literal)
                    })  # fmt: skip
                return Name(f"~decided:{text}", node.at)
            case Select():
                return Select(self._prepared(node.of), node.field, node.at)
            case Index():
                return Index(self._prepared(node.of), self._prepared(node.key), node.at)
            case Compare():
                return Compare(node.operator, self._prepared(node.left), self._prepared(node.right), node.at)
            case And() | Or():
                return type(node)(tuple([self._prepared(part) for part in node.parts]), node.at)
            case Not() | Negative():
                return type(node)(self._prepared(node.of), node.at)
            case If():
                return If(
                    self._prepared(node.test),
                    self._prepared(node.then),
                    self._prepared(node.otherwise),
                    node.at,
                )
            case Sum():
                rest = tuple([Term(t.operator, self._prepared(t.node), t.at) for t in node.rest])
                return Sum(self._prepared(node.first), rest, node.at)
            case Macro():
                return structs.replace(node, over=self._prepared(node.over))
            case Call():
                target = None if node.target is None else self._prepared(node.target)
                return Call(node.function, target, tuple([self._prepared(arg) for arg in node.args]), node.at)
        return node

    def _input(self, node: Node) -> Any:
        """(value, term, what it depends on, whether it is unset) of what a decision is given."""
        if isinstance(node, Compare | And | Or | Not):
            truth = self._truth(node)

            def run(frame: Any) -> Any:
                return truth(frame.scope)

            return run, unparse(node), keys_of(node), lambda world: False
        self._minded(self.term(node), node)
        return self._value(node), self.term(node), keys_of(node), self._unset(node)

    def term(self, node: Node) -> orders.Term:
        return term_of(node)

    # conditions

    def _truth(self, node: Node) -> Truth:
        known = self._truths.get(id(node))
        if known is None:
            known = self._truths[id(node)] = (node, self._made(node))
        return known[1]

    def _made(self, node: Node) -> Truth:
        node = as_member(node)
        match node:
            case And():
                return all_of(self._cheap_first(node.parts))
            case Or():
                return any_of(self._cheap_first(node.parts))
            case Not():
                of = self._truth(node.of)
                return lambda world: not of(world)
            case If():
                test, then, otherwise = (
                    self._truth(node.test),
                    self._truth(node.then),
                    self._truth(node.otherwise),
                )
                return lambda world: then(world) if test(world) else otherwise(world)
            case Literal():
                yes = node.value is True
                return lambda world: yes
            case Compare():
                return self._compare(node)
            case Has():
                unset = self._unset(node.of)
                return lambda world: not unset(world)
            case Macro(kind="exists" | "exists_one" | "all", over=Call(function="cases")):
                return self._of_cases(node)
        return self._free(node)

    def _of_cases(self, node: Macro) -> Truth:
        """What is asked of each of some cases: of none, where there is none; and where one is so, there is one."""
        free, empty, depends = self._free(node), _is_null(node.over), keys_of(node.over)
        of_none = node.kind == "all"
        alone, at_first = none_alike(node, self.procedure)
        unset = [self._unset(Name(name, node.at)) for name in self.procedure.one_open_per] if at_first else []

        def run(world: World) -> bool:
            if (alone or (at_first and world.opens)) and not any(each(world) for each in unset):
                return of_none
            if answer_of(world, empty, depends):
                return of_none
            answer = free(world)
            if answer is not of_none:
                settle(world, empty, depends, False)
            return answer

        return run

    def _cheap_first(self, parts: tuple[Node, ...]) -> list[Truth]:
        """What needs no choosing before what does: fewer ways are told apart."""
        return [self._truth(part) for part in sorted(parts, key=cost)]

    def _free(self, node: Node) -> Truth:
        """The value where it is known; else either."""
        value, text, depends = self._value(node), unparse(node), keys_of(node)
        self.nodes[text] = node
        field, needs, wrong = self._field(node), self._needs(node), self.goes_wrong(node)

        def run(world: World) -> bool:
            if field:
                known = world.data.get(field, OPAQUE)
                if known is OPAQUE:
                    return world.atom(text, depends)
                if known is True or known is False or known is None:
                    return known is True
            try:
                if needs is not None and needs <= world.lens.keys:
                    return value(world.frame) is True
            except Unknown:
                pass
            except EvaluationError:
                raise Wrong from None
            if wrong is not None and wrong(world):
                raise Wrong
            return world.atom(text, depends)

        return run

    def _unset(self, node: Node) -> Truth:
        known = self._unsets.get(id(node))
        if known is None:
            known = self._unsets[id(node)] = (node, self._unset_made(node))
        return known[1]

    def _unset_made(self, node: Node) -> Truth:
        if isinstance(node, If):
            test, then, otherwise = (
                self._truth(node.test),
                self._unset(node.then),
                self._unset(node.otherwise),
            )
            return lambda world: then(world) if test(world) else otherwise(world)
        name = self._field(node)
        if name and self.procedure.fields[name].type == "evidence":
            return lambda world: False  # one that was never given is there, and is not accepted
        if is_actor(node):
            return lambda world: world.nobody_acts()
        if self._is_somebody(node):
            self.assume("organisation")
            return lambda world: False
        if self._looked_up(node):
            self.assume("tables")
            return self._unset(node.of.key)  # type: ignore[union-attr]
        if self._there_with_its_row(node):
            self.assume("tables")
            return self._unset(node.of)  # type: ignore[union-attr]
        if joined := self.among.joined(node):
            lists = [self._unset(part) for part in joined]
            return lambda world: all(empty(world) for empty in lists)
        if isinstance(node, Call) and node.function == "add_time":
            parts = [self._unset(arg) for arg in node.args]
            return lambda world: any(part(world) for part in parts)
        value, text, depends, surely = (
            self._value(node),
            _is_null(node),
            self._row_hangs_on(node) or keys_of(node),
            not may_be_unset(node),
        )
        room = isinstance(node, Select) and isinstance(node.of, Name) and node.of.name in ("input", "result")
        needs, wrong = self._needs(node), self.goes_wrong(node)
        looks_back = isinstance(node, Call) and node.function in LOOKS_BACK

        def run(world: World) -> bool:
            if name:
                return world.is_unset(name) if name in world.data else world.atom(text, depends)
            is_there = surely and not looks_back
            try:
                if needs is not None and needs <= world.lens.keys:
                    found = value(world.frame)
                    return found is None or found == ()
            except Unknown:
                is_there = surely or (room and _is_there(world, node))
            except EvaluationError:
                raise Wrong from None
            if wrong is not None and wrong(world):
                raise Wrong
            return not is_there and world.atom(text, depends)

        return run

    def _looked_up(self, node: Node) -> bool:
        """Whether it is a column of a table that has a value there for every word of the key."""
        match node:
            case Select(
                of=Index(of=Call(function="table", args=(Literal(value=str() as table),)), key=Name(name=key))
            ):
                field = self.procedure.fields.get(key)
                words = field.schema.get("enum") if field is not None else None
                surely = getattr(self.constants, "surely", None)
                return (
                    bool(words)
                    and surely is not None
                    and surely(table, node.field, [w for w in words or () if w])
                )
        return False

    def _is_somebody(self, node: Node) -> bool:
        """Whether it names a person of the organisation."""
        if not (isinstance(node, Call) and node.function == "person" and isinstance(node.args[0], Literal)):
            return False
        organisation = getattr(self.constants, "organisation", None)
        return organisation is not None and node.args[0].value in organisation.persons

    def _there_with_its_row(self, node: Node) -> bool:
        """Whether it is a column of a table that no row is without: it is unset only where the row is not there."""
        match node:
            case Select(of=Index(of=Call(function="table", args=(Literal(value=str() as table),)))):
                full = getattr(self.constants, "full", None)
                return full is not None and bool(full(table, node.field))
        return False

    def _row_hangs_on(self, node: Node) -> frozenset[str]:
        """What it hangs on whether a row is there, where it is one of a table that has the same rows on every day."""
        match node:
            case Index(of=Call(function="table", args=(Literal(value=str() as table),)), key=key):
                same = getattr(self.constants, "same_rows", None)
                if same is not None and same(table):
                    self.assume("tables")
                    return keys_of(key)
        return frozenset()

    def _field(self, node: Node) -> str:
        """The name of the field that a node reads; "" for anything else."""
        return node.name if isinstance(node, Name) and node.name in self.procedure.fields else ""


def _is_null(node: Node) -> str:
    """The condition that a value is not there, or a list empty, as the world is asked for it."""
    return f"{unparse(node)} == null"


def _is_there(world: World, node: Node) -> bool:
    assert isinstance(node, Select) and isinstance(node.of, Name)
    table = world.inputs if node.of.name == "input" else world.results
    return table.get(node.field) is OPAQUE
