"""With what a procedure's conditions compare: for each name, the constants, patterns and lengths it is told apart by.

From them a witness takes its values: a constant, the one before and after it, a text that a pattern finds. Names
are paths as written (`carrier`, `input.reason`, `message.text`); `cases(loan).item` is a field of other cases, `cases(loan)`
all of them. It must not know cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from procflow.core.expressions import (
    And,
    Call,
    Compare,
    Expression,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Node,
    Not,
    Pairs,
    Select,
    path,
    reads,
    walk,
)
from procflow.core.procedure import Effect, Procedure
from procflow.core.times import TimeSyntaxError, parse_time
from procflow.errors import CalendarError
from procflow.proof.legible import Legible
from procflow.proof.reading import paths_in, sets_of
from procflow.proof.reckoning import is_risky, risks_of
from procflow.proof.standing import Standing
from procflow.rehearsal.expressions_of import expressions_of
from procflow.rehearsal.witness_origins import Origins
from procflow.rehearsal.witness_sums import Balance, balance_of, solved

#: An order, and the same said from the other side.
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
#: Functions on texts whose argument a text can be made of.
_PARTS = frozenset({"startsWith", "endsWith", "contains"})
#: Functions that look at a place of a text.
_PLACES = frozenset({"substring", "charAt", "indexOf", "lastIndexOf"})
#: Functions whose answer a value can be found for by giving them that very answer.
_SAME_WORDS = frozenset({"person", "lower", "upper", "trim", "lowerAscii", "upperAscii"})


@dataclass
class Constants:
    """What a procedure compares with. `read` are the fields on which something depends."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    patterns: dict[str, list[str]] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    lengths: dict[str, list[int]] = field(default_factory=dict)
    equals: dict[str, list[str]] = field(default_factory=dict)  # names that it is compared with
    balances: dict[str, list[Balance]] = field(default_factory=dict)  # sums of which it is a part
    tables: dict[str, list[str]] = field(default_factory=dict)  # tables in which it is looked up
    wholes: dict[str, list[dict[str, tuple[str, Any]]]] = field(
        default_factory=dict
    )  # of the objects of a list: what is asked of one of them at once, by its parts
    spans: list[Any] = field(default_factory=list)
    figures: set[int] = field(default_factory=set)  # numbers written in conditions that ask for the time
    cases: set[str] = field(default_factory=set)  # procedures of which anything asks for other cases
    keys: dict[str, list[str]] = field(default_factory=dict)  # of them, by which fields they are asked for
    # those, and which own field they equal
    alike: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    into: dict[str, list[str]] = field(default_factory=dict)  # `input.x` -> the fields that it is put into
    read: set[str] = field(default_factory=set)
    absences: bool = False  # whether anything asks who is away

    def add(self, table: dict[str, list[Any]], name: str, value: Any) -> None:
        kept = table.setdefault(name, [])
        if value not in kept:
            kept.append(value)

    def how_many(self, procedure: str) -> list[int]:
        """With which numbers of cases of a procedure anything compares."""
        return self.lengths.get(f"cases({procedure})", [])

    def learn(self, procedure: str, other: Constants) -> None:
        """With what another procedure, or this very one, compares the fields of the other cases of this one."""
        of_these = f"cases({procedure})."
        for mine, theirs in (
            (self.values, other.values),
            (self.patterns, other.patterns),
            (self.parts, other.parts),
            (self.lengths, other.lengths),
        ):
            for name in [name for name in theirs if name.startswith(of_these)]:
                for value in theirs[name]:
                    self.add(mine, name.removeprefix(of_these), value)


def constants_of(procedure: Procedure, parameters: Mapping[str, Any]) -> Constants:
    """Everything that the conditions, tables and times of a procedure compare with."""
    found = Constants()
    decisive = list(_deciding(procedure))
    for expression in decisive:
        _look(expression.node, found, procedure, parameters)
    grown = True
    names = {_first(name) for e in decisive for name in reads(e.node)}
    while grown:  # what a field that matters is computed from matters too
        before = len(names)
        for name, spec in sets_of(procedure):
            if name in names:
                for expression in expressions_of(spec):
                    names |= {_first(read) for read in reads(expression.node)}
                    given = {read for read in reads(expression.node) if read.startswith("input.")}
                    given |= {p for p in paths_in(expression.node) if p.startswith("message.fields.")}
                    for read in sorted(given):
                        if name not in found.into.setdefault(read, []):
                            found.into[read].append(name)
                    _look(expression.node, found, procedure, parameters)
        for evidence in procedure.data:
            if evidence.name in names:
                names |= set(evidence.covers)
        grown = len(names) > before
    found.read = names & procedure.fields.keys()
    for spec in [spec for expression in _times(procedure) for spec in expressions_of(expression)]:
        _look(spec.node, found, procedure, parameters)
        found.read |= {_first(name) for name in reads(spec.node)} & procedure.fields.keys()
    for origin, value in Origins(procedure, lambda node: _literal(node, parameters)).carried(found.values):
        found.add(found.values, origin, value)
    _words_of_twins(found, procedure)
    return found


def _words_of_twins(found: Constants, procedure: Procedure) -> None:
    """Where a text, or what a list holds, is compared with a field, it may be any of the words of that one."""
    known = {name: list(values) for name, values in found.values.items()}
    for name, twins in found.equals.items():
        for twin in twins:
            declared = procedure.fields.get(twin)
            words = declared.schema.get("enum", ()) if declared is not None else ()
            for word in (*words, *known.get(twin, ())):
                if isinstance(word, str):
                    found.add(found.values, name, word)


def _first(name: str) -> str:
    return name.partition(".")[0]


def _deciding(procedure: Procedure) -> Iterator[Expression]:
    """The expressions that decide where a case goes, who has it, and whether a promise holds."""
    for start in procedure.starts:
        yield from (e for e in (start.when, start.message) if e is not None)
    for transition in procedure.transitions():
        if transition.when is not None:
            yield transition.when
        yield from _of(transition.effects)
    for state in procedure.states:
        yield from _of((*state.entry, *state.exit))
        if state.task is not None:
            yield from expressions_of((state.task.to, state.task.other_than))
        for choice in state.choices:
            yield from expressions_of((choice.by, choice.other_than))
        if state.final:
            yield from expressions_of(state.outcome)
    for deadline in procedure.deadlines:
        yield from (m.when for m in (*deadline.starts, *deadline.met) if m.when is not None)
        yield from _of((*deadline.warn, *deadline.missed))
    for promise in procedure.promises:
        yield from (e for e in (promise.p, promise.q) if e is not None)
    yield from _going_wrong(procedure)


def _going_wrong(procedure: Procedure) -> Iterator[Expression]:
    """What cannot always be worked out where nobody acts: then the step is refused."""
    standing = Standing(None)
    legible = Legible(procedure, standing)
    for transition in procedure.transitions():
        for _, spec in transition.sets if transition.kind != "choice" else ():
            yield from (e for e in expressions_of(spec) if is_risky(e.node, procedure, legible))
    for nodes in risks_of(procedure, standing).values():
        yield from (Expression("", node, (0, 0)) for node in nodes)


def _of(effects: Iterable[Effect]) -> Iterator[Expression]:
    for effect in effects:
        yield from expressions_of((effect.when, effect.each))


def _times(procedure: Procedure) -> Iterator[Any]:
    for deadline in procedure.deadlines:
        yield from (deadline.since, deadline.within, deadline.until)
    for state in procedure.states:
        yield from (after.time for after in state.after)


def _look(root: Node, found: Constants, procedure: Procedure, parameters: Mapping[str, Any]) -> None:
    bound: dict[str, Node] = {}
    for node in walk(root):
        if isinstance(node, Macro):
            bound[node.variable] = node.over
    if "now" in reads(root):
        found.figures |= {
            node.value
            for node in walk(root)
            if isinstance(node, Literal) and isinstance(node.value, int) and not isinstance(node.value, bool)
        }
    for node in walk(root):
        if isinstance(node, Compare):
            _compared(node, found, bound, parameters)
            balance = balance_of(node.left, node.right, lambda part: _literal(part, parameters))
            for field_, _ in balance.times if balance is not None else ():
                found.add(found.balances, field_, balance)
            for one, other in ((node.left, node.right), (node.right, node.left)):
                for summed, value in solved(one, _literal(other, parameters), procedure):
                    found.add(found.values, summed, value)
        elif isinstance(node, Macro):
            _asked_at_once(node, found, bound, parameters)
        elif isinstance(node, Call):
            _called(node, found, bound, procedure)
        elif isinstance(node, Index):
            name = _path(node.key, bound)
            if name and isinstance(node.of, Call) and node.of.function == "table":
                found.add(found.tables, name, str(_literal(node.of.args[0], parameters)))


def _path(node: Node, bound: Mapping[str, Node]) -> str | None:
    """The path of a name; the variable of a macro stands for the list it goes over."""
    inner: Node = node
    fields: list[str] = []
    while isinstance(inner, Select):
        fields.append(inner.field)
        inner = inner.of
    if isinstance(inner, Index) and fields:
        inner = inner.of  # one of them
    while isinstance(inner, Macro) and inner.kind == "filter":  # some of them
        inner = inner.over
    if isinstance(inner, Name) and inner.name in bound:
        outer = _path(bound[inner.name], bound)
        return ".".join([outer, *reversed(fields)]) if outer else None
    if isinstance(inner, Call) and inner.function == "cases" and (name := _cases_of(inner)):
        return ".".join([name, *reversed(fields)])
    if isinstance(inner, Call) and inner.function in _SAME_WORDS:
        return _path(inner.given[0], bound) if inner.given else None
    return path(node)


def _cases_of(node: Call) -> str:
    first = node.args[0] if node.args else None
    return f"cases({first.value})" if isinstance(first, Literal) else ""


def _literal(node: Node, parameters: Mapping[str, Any]) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Call) and node.args:
        first = _literal(node.args[0], parameters)
        if node.function == "param":
            return parameters.get(str(first))
        if node.function in ("date", "timestamp", "duration", "role", "person"):
            return first
    return None


def _compared(
    node: Compare, found: Constants, bound: Mapping[str, Node], parameters: Mapping[str, Any]
) -> None:
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(one, Call) and one.function == "size" and one.given:
            name, limit = _path(one.given[0], bound), _literal(other, parameters)
            if name and isinstance(limit, int) and not isinstance(limit, bool):
                found.add(found.lengths, name, limit)
        name = _path(one, bound)
        if name is None:
            continue
        for item in other.items if isinstance(other, Items) else (other,):
            value = _literal(item, parameters)
            if value is not None:
                found.add(found.values, name, value)
            elif (twin := _path(item, bound)) is not None and twin != name:
                found.add(found.equals, name, twin)


def _asked_at_once(
    node: Macro, found: Constants, bound: Mapping[str, Node], parameters: Mapping[str, Any]
) -> None:
    """`lines.exists(x, x.fee > 100 && x.kind == "map")`: one thing has to be both."""
    name = _path(node.over, bound)
    whole: dict[str, tuple[str, Any]] = {}
    for body in node.bodies:
        for part in body.parts if isinstance(body, And) else (body,):
            asked, order, value = _asked(part, parameters)
            if value is not None and isinstance(asked, Select) and isinstance(asked.of, Name):
                whole |= {asked.field: (order, value)} if asked.of.name == node.variable else {}
    if name and whole:
        found.add(found.wholes, name, whole)


def _asked(part: Node, parameters: Mapping[str, Any]) -> tuple[Node, str, Any]:
    """(what is asked about, the order, with what it is compared) of one condition."""
    if isinstance(part, Not):
        return part.of, "==", False
    if not isinstance(part, Compare) or part.operator not in _MIRRORED:
        return part, "==", True
    value = _literal(part.right, parameters)
    if value is not None:
        return part.left, part.operator, value
    return part.right, _MIRRORED[part.operator], _literal(part.left, parameters)


def _called(node: Call, found: Constants, bound: Mapping[str, Node], procedure: Procedure) -> None:
    if node.function in ("absent", "mate", "on_duty"):
        found.absences = True
    if node.function == "cases" and (others := _cases_of(node)):
        found.cases.add(others[len("cases(") : -1])
        wanted = node.args[-1]
        for key, value in wanted.pairs if isinstance(wanted, Pairs) else ():
            if isinstance(key, Literal):
                found.add(found.keys, others[len("cases(") : -1], str(key.value))
            if isinstance(key, Literal) and isinstance(value, Name) and value.name in procedure.fields:
                found.add(found.alike, others[len("cases(") : -1], (str(key.value), value.name))
            if isinstance(key, Literal) and isinstance(value, Literal):
                found.add(found.values, f"{others}.{key.value}", value.value)
    for argument in node.args:
        if isinstance(argument, Literal) and isinstance(argument.value, str):
            _span(argument.value, found)
    if len(node.given) == 2 and isinstance(node.given[1], Literal) and isinstance(node.given[1].value, str):
        name = _path(node.given[0], bound)
        if name and node.function == "matches":
            found.add(found.patterns, name, node.given[1].value)
        elif name and node.function in _PARTS:
            found.add(found.parts, name, node.given[1].value)
    if node.function in _PLACES and (name := _path(node.given[0], bound)):
        for place in node.given[1:]:
            if isinstance(place, Literal) and type(place.value) is int and place.value > 0:
                found.add(found.lengths, name, place.value)  # a text may end before it
    if node.function == "decide" and len(node.args) == 2 and isinstance(node.args[1], Pairs):
        _decided(node, found, bound, procedure)


def _span(text: str, found: Constants) -> None:
    try:
        time = parse_time(text)
    except (TimeSyntaxError, CalendarError, ValueError):
        return
    if time not in found.spans:
        found.spans.append(time)


def _decided(node: Call, found: Constants, bound: Mapping[str, Node], procedure: Procedure) -> None:
    """What is given to a decision table is told apart by its cells."""
    table = procedure.decision.get(str(getattr(node.args[0], "value", "")))
    if table is None or not isinstance(node.args[1], Pairs):
        return
    for key, value in node.args[1].pairs:
        sized = isinstance(value, Call) and value.function == "size" and bool(value.given)
        name = _path(value.given[0] if isinstance(value, Call) and sized else value, bound)
        if name is None or not isinstance(key, Literal):
            continue
        for row in table.rows:
            for constant in _in_cell(dict(row.cells).get(str(key.value), ("any",))):
                if not sized:
                    found.add(found.values, name, constant)
                elif isinstance(constant, int):
                    found.add(found.lengths, name, constant)


def _in_cell(cell: tuple[Any, ...]) -> Iterator[Any]:
    match cell:
        case ("in", values):
            yield from (value for value in values if value is not None)
        case ("cmp", _, value):
            yield value
        case ("range", low, high):
            yield from (low, high)
        case ("or", cells):
            for inner in cells:
                yield from _in_cell(inner)
