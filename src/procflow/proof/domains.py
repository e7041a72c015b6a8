"""How the values of each field are told apart in a proof.

A yes/no and a word of an enum are exact; so are a list of such words, and a number that is only counted up or down and
compared with constants, up to one beyond the largest. Of evidence the verdict is known. Of anything else is known
whether it is set, and what was asked about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct

from procflow.core.expressions import (
    Call,
    Compare,
    Expression,
    Literal,
    Name,
    Node,
    Select,
    Sum,
    Template,
    children,
    evaluate,
    walk,
)
from procflow.core.lookups import effects_of
from procflow.core.procedure import Field, Procedure
from procflow.core.values import Person, is_number
from procflow.errors import ProcflowError
from procflow.proof.gaps import gap_in
from procflow.proof.limits import limits_of, takes
from procflow.proof.reading import asks_of, conditions_of, expressions_in, keys_in, read_by, sets_of

#: A value of which only is known that it is set.
OPAQUE: Any = type("Opaque", (), {"__repr__": lambda self: "…"})()
#: Some value of the field's domain, not chosen yet; with `OR_NONE` it may also be unset.
ANY: Any = type("Any", (), {"__repr__": lambda self: "?"})()
OR_NONE: Any = type("OrNone", (), {"__repr__": lambda self: "??"})()

_MOST_WORDS = 40
_HIGHEST = 12
_FEW = 4


class Row(dict[str, Any]):
    """An object of a list as a proof keeps it: it is changed no more, so that states may be told apart by it."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def frozen(value: Any) -> Any:
    """A value that is written out, or was worked out, with nothing in it that can be changed."""
    if isinstance(value, list | tuple):
        return tuple([frozen(item) for item in value])
    return Row({name: frozen(item) for name, item in value.items()}) if type(value) is dict else value


class Domain(Struct, frozen=True):
    """How one field's values are told apart. Without values, evidence, counts and words: only set or not."""

    values: tuple[Any, ...] = ()
    evidence: bool = False
    counts: bool = False
    words: bool = False  # a list of enum words, kept as it is
    many: bool = False  # a list: unset is empty
    low: int = 0
    high: int = 0
    grows: bool = False  # a list to which things are added: only whether it is empty is known
    numbers: bool = False  # exact, of which `values` are samples

    @property
    def is_exact(self) -> bool:
        return bool(self.values) or self.evidence or self.counts or self.words

    def is_beyond(self, value: Any) -> bool:
        """Whether it stands for all numbers that are further out than a proof counts."""
        return self.counts and is_number(value) and not self.low <= value <= self.high

    def options(self, value: Any) -> tuple[Any, ...]:
        """What a value that is not chosen yet, ANY or OR_NONE, can be."""
        return (*((None,) if value is OR_NONE else ()), *(self.values or (OPAQUE,)))

    def kept(self, value: Any) -> Any:
        """A concrete value as a proof keeps it: counters stop one beyond the largest constant."""
        if value is None or value is OPAQUE or value is ANY or value is OR_NONE or self.evidence:
            return value
        if self.numbers:
            return value if is_number(value) else OPAQUE
        if self.words:
            return (value if len(value) <= 8 else OPAQUE) if isinstance(value, tuple) else OPAQUE
        if self.counts:
            return min(max(value, self.low - 1), self.high + 1) if is_number(value) else OPAQUE
        if self.values:
            return value if value in self.values else OPAQUE
        if (
            self.many
            and isinstance(value, tuple)
            and (not value or (len(value) <= _HIGHEST and not self.grows))
        ):
            return frozen(value) or None
        return value if isinstance(value, Person) else OPAQUE


class Matter(Struct, frozen=True):
    """How everything of one procedure is told apart; what a proof keeps of it is another matter."""

    domains: Mapping[str, Domain]
    counted: Mapping[str, int]  # choice -> the largest constant that `count` of it is compared with
    today: Mapping[str, int]
    verdicts: bool  # whether a verdict of evidence is asked for, beyond accepted or not


def matter_of(procedure: Procedure, constants: Any) -> Matter:
    """`constants` evaluates what reads no field (parameters of the organisation)."""
    found = _Uses(procedure, constants)
    domains = {field.name: _domain(field, found) for field in procedure.data}
    verdicts = any(
        isinstance(n, Select) and n.field in ("verdict", "reason") for root in found.roots for n in walk(root)
    ) or any(
        isinstance(n, Select) and n.field == "verdict" for e in _handed_on(procedure) for n in walk(e.node)
    )
    return Matter(domains, found.looked["count"], found.looked["count_today"], verdicts)


def _handed_on(procedure: Procedure) -> Iterator[Expression]:
    """What goes into a field, or to another case."""
    for _, spec in sets_of(procedure):
        yield from expressions_in(spec)
    for effect in effects_of(procedure):
        if effect.operation == "start":
            yield from expressions_in(effect.parameters)
    for state in procedure.states:
        if state.invoke is not None and state.invoke.procedure:
            yield from expressions_in(state.invoke.parameters)


class _Uses:
    """How fields and counters are used: compared with constants alone, or otherwise too."""

    def __init__(self, procedure: Procedure, constants: Any) -> None:
        self.procedure, self.constants = procedure, constants
        expressions: list[Expression] = list(conditions_of(procedure))
        for promise in procedure.promises:
            expressions += read_by(promise)
        self.roots = [e.node for e in expressions]
        self.assigned: dict[str, list[Any]] = {}
        for name, spec in sets_of(procedure):
            self.assigned.setdefault(name, []).append(spec)
        self.bounds: dict[str, set[int]] = {}
        self.otherwise: set[str] = set()
        self.looked: dict[str, dict[str, int]] = {"count": {}, "count_today": {}}
        for root in self.roots:
            self._look(root)
        for _, spec in sets_of(procedure):
            for expression in expressions_in(spec):
                for node in walk(expression.node):
                    if isinstance(node, Compare):
                        self._look(node)
        self.by_itself = {name for t in procedure.transitions() if t.kind != "choice" for name, _ in t.sets}
        self.asked = {ask.name for ask in asks_of(procedure) if ask.stored}

    def _look(self, node: Node) -> None:
        if isinstance(node, Compare):
            if gap_in(node) is not None:
                return  # how the two differ is known in another way
            for one, other in ((node.left, node.right), (node.right, node.left)):
                constant = constant_of(other, self.constants)
                self._compared(one, constant)
            return
        if isinstance(node, Name):
            self.otherwise.add(node.name)
        elif isinstance(node, Call) and node.function in self.looked and node.args:
            self._counted(node, None)
        for inner in children(node):
            self._look(inner)

    def _compared(self, one: Node, constant: Any) -> None:
        if isinstance(one, Name):
            if is_number(constant) and constant == int(constant):
                self.bounds.setdefault(one.name, set()).add(int(constant))
            elif constant is not NULL:
                self.otherwise.add(one.name)
        elif isinstance(one, Call) and one.function in self.looked:
            self._counted(one, constant)
        elif not isinstance(one, Literal):
            self._look(one)

    def _counted(self, node: Call, constant: Any) -> None:
        first = node.args[0]
        if isinstance(first, Literal):
            table, name = self.looked[node.function], str(first.value)
            top = int(constant) if is_number(constant) else _HIGHEST if constant is None else 1
            table[name] = max(table.get(name, 0), top)

    def _limits(self, name: str) -> list[int]:
        """From where to where a number goes that is counted although nobody acts."""
        if name not in self.by_itself:
            return []
        ends = [term[2] for term, _ in limits_of(self.procedure.fields[name]) if isinstance(term, tuple)]
        return [int(end) for end in ends if is_number(end)]

    def counter(self, name: str) -> tuple[int, int] | None:
        """The bounds of a number that is only counted and compared with constants."""
        if name in self.otherwise or name in self.asked:
            return None
        bounds = set(self.bounds.get(name, ()))
        for spec in self.assigned.get(name, ()):
            if is_number(spec):
                bounds.add(int(spec))
                if spec != int(spec):
                    return None
            elif spec is not None and counts_by(name, spec) is None:
                return None
        default = self.procedure.fields[name].default
        if default is not None:
            if not is_number(default):
                return None
            bounds.add(int(default))
        if not bounds or max(bounds) - min(bounds) > 40:
            return None
        for limit in self._limits(name):  # where it ends decides whether time is refused
            if max(limit, *bounds) - min(limit, *bounds) <= _HIGHEST:
                bounds.add(limit)
        return min(bounds), max(bounds)


def counts_by(name: str, spec: Any) -> tuple[int, ...] | None:
    """By how much `${name + 1 - 2}` counts a field on, or back; None for anything else that it is set to."""
    node = spec.single.node if isinstance(spec, Template) and spec.single is not None else None
    if not isinstance(node, Sum) or not isinstance(node.first, Name) or node.first.name != name:
        return None
    found = []
    for term in node.rest:
        by = term.node.value if isinstance(term.node, Literal) else None
        if term.operator not in "+-" or type(by) is not int:
            return None
        found.append(by if term.operator == "+" else -by)
    return tuple(found)


#: What `constant_of` gives for a `null` that is written out.
NULL: Any = type("Null", (), {})()


def constant_of(node: Node, constants: Any) -> Any:
    """The value of a side that reads nothing of the case; None where it has none."""
    if isinstance(node, Literal):
        return NULL if node.value is None else node.value
    from procflow.proof.reading import keys_of

    if keys_of(node):
        return None
    try:
        return evaluate(Expression("", node, (0, 0)), constants)
    except (ProcflowError, KeyError):  # nothing that can be reckoned without a case
        return None


def _domain(field: Field, uses: _Uses) -> Domain:
    words = _words(field)
    if field.type == "evidence":
        return Domain(evidence=True)
    if words is not None and len(words) <= _MOST_WORDS:
        return Domain(words)
    if field.type in ("boolean", "tick"):
        return Domain((True, False))
    if field.type == "array":
        grows = any(field.name in keys_in(spec) for spec in uses.assigned.get(field.name, ()))
        inside = field.items.schema.get("enum", ()) if field.items is not None else ()
        if grows and len(inside) > _FEW:
            return Domain(many=True, grows=True)
        return Domain(words=bool(inside), many=True, grows=grows and not inside)
    if field.type in ("integer", "number"):
        bounds = uses.counter(field.name)
        if bounds is not None:
            return Domain(counts=True, low=bounds[0], high=bounds[1])
    return Domain()


def _words(field: Field) -> tuple[Any, ...] | None:
    """The words of which a field's value is one; None where they are not counted."""
    words = field.schema.get("enum")
    if words is None and field.type in ("string", "boolean") and "const" in field.schema:
        words = [field.schema["const"]]
    return None if words is None else tuple([word for word in words if word is not None])


def domain_of(field: Field) -> Domain:
    """The domain of what only one step is given (`input.x`), or another case answers (`result.x`)."""
    words = _words(field)
    if field.type == "evidence":
        return Domain(evidence=True)
    if words is not None and len(words) <= _MOST_WORDS:
        return Domain(words)
    if field.type in ("boolean", "tick"):
        return Domain((True, False))
    return Domain(many=field.type == "array")


def sampled(procedure: Procedure, matter: Matter) -> dict[str, Domain]:
    """The domains with some numbers for all: the constants of the procedure and what is beside them."""
    constants: set[Any] = {0, 1}
    for expression in (
        *conditions_of(procedure),
        *(e for _, spec in sets_of(procedure) for e in expressions_in(spec)),
    ):
        for node in walk(expression.node):
            if isinstance(node, Literal) and is_number(node.value):
                constants |= {node.value, node.value - 1, node.value + 1}
    found = dict(matter.domains)
    for field in procedure.data:
        if field.type in ("integer", "number"):
            ends = [term[2] for term, _ in limits_of(field) if isinstance(term, tuple)]
            own = {n + by for n in (*constants, *ends) if is_number(n) for by in (0, -1, 1)}
            fitting = sorted(n for n in own if takes(field, n))
            found[field.name] = Domain(tuple(fitting[:12]) or (1,), numbers=True)
    return found


def coarsened(domains: Mapping[str, Domain], sources: Mapping[str, Collection[str]]) -> dict[str, Domain]:
    """The domains with lists of words to which things are added known by no more than whether they are empty."""
    listed = Domain(many=True, grows=True)
    return {
        name: listed if domain.words and name in sources.get(name, ()) else domain
        for name, domain in domains.items()
    }
