"""What expressions read, as keys: a field's name, or what is looked back at, such as `count:register`.

Keys are how a proof says what it keeps of a case. It must not know how values are abstracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from procflow.core.expressions import (
    Call,
    Expression,
    Literal,
    Name,
    Node,
    Select,
    Template,
    children,
    reads,
    unparse,
    walk,
)
from procflow.core.lookups import effects_of
from procflow.core.procedure import Ask, Deadline, Effect, Procedure, Promise, Start, Text, Transition

#: What a name stands for only during one step.
MOMENT = frozenset({"now", "message", "input", "result", "actor", "case"})
#: Functions whose answer depends on more than their arguments and the organisation.
CHANGING = frozenset({
    "absent", "mate", "members", "cases", "act_by", "open_at", "proof_of", "evidence", "shift", "on_duty",
    "state", "choice", "event", "closed", "person", "table",
})  # fmt: skip
#: Of these the answer changes only with the organisation and its tables, which a proof takes as they are.
STANDING = frozenset({"members", "person"})
#: Functions that look back, by the choice, operation or deadline that they name.
LOOKS_BACK = frozenset({"count", "count_today", "did", "due", "missed", "who"})

#: The key of everything that changes from step to step.
FRESH = "~"
#: Before the name of what was so before this step (see `chosen`); no document can write it.
EARLIER = "‹"
#: The name of the thing that stands for each thing of a list (see `points`); no document can write it.
POINT = "·"

_KEYS: dict[int, tuple[Node, frozenset[str]]] = {}


def keys_of(node: Node) -> frozenset[str]:
    """What the value of a node depends on; `FRESH` among them where it may change with every step."""
    known = _KEYS.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    names = {name.partition(".")[0] for name in reads(node)}
    found = names - MOMENT - {POINT}
    if names & MOMENT:
        found.add(FRESH)
    for inner in walk(node):
        if isinstance(inner, Call):
            first = inner.args[0] if inner.args else None
            if inner.function in LOOKS_BACK and isinstance(first, Literal):
                found.add(f"{inner.function}:{first.value}")
            elif inner.function in CHANGING and inner.function not in STANDING:
                found.add(FRESH)
    keys = frozenset(found)
    _KEYS[id(node)] = (node, keys)
    return keys


def keys_of_all(expressions: Iterable[Expression | None]) -> frozenset[str]:
    """What several expressions read, without `FRESH`."""
    found: set[str] = set()
    for expression in expressions:
        if expression is not None:
            found |= keys_of(expression.node)
    found.discard(FRESH)
    return frozenset(found)


def expressions_in(spec: Any) -> Iterator[Expression]:
    """Every expression inside a value as a document writes it."""
    if isinstance(spec, Template):
        yield from (part for part in spec.parts if isinstance(part, Expression))
    elif isinstance(spec, Mapping):
        for item in spec.values():
            yield from expressions_in(item)
    elif isinstance(spec, tuple | list):
        for item in spec:
            yield from expressions_in(item)


_KEYS_IN: dict[int, tuple[Any, frozenset[str]]] = {}


def keys_in(spec: Any) -> frozenset[str]:
    """What the expressions inside a value read, without `FRESH`."""
    known = _KEYS_IN.get(id(spec))
    if known is None or known[0] is not spec:
        known = _KEYS_IN[id(spec)] = (spec, keys_of_all(expressions_in(spec)))
    return known[1]


def sets_of(procedure: Procedure) -> Iterator[tuple[str, Any]]:
    """Every assignment: (field, what is assigned)."""
    for start in procedure.starts:
        yield from start.sets
    for transition in procedure.transitions():
        yield from transition.sets


def asks_of(procedure: Procedure) -> Iterator[Ask]:
    """Every field that is asked for somewhere."""
    for start in procedure.starts:
        yield from start.asks
    for transition in procedure.transitions():
        yield from transition.asks


def times_of(deadline: Deadline) -> tuple[Any, ...]:
    return (deadline.since, deadline.within, deadline.until)


def conditions_of(procedure: Procedure) -> Iterator[Expression]:
    """Every expression that decides what happens, promises aside."""
    for start in procedure.starts:
        yield from guards_of(start)
    for transition in procedure.transitions():
        yield from guards_of(transition)
    for effect in effects_of(procedure):
        yield from asked_of(effect)
    for deadline in procedure.deadlines:
        yield from (m.when for m in (*deadline.starts, *deadline.met) if m.when is not None)


def asked_of(effect: Effect) -> Iterator[Expression]:
    """What decides whether an effect is asked for, and of an event that is raised how often."""
    if effect.when is not None:
        yield effect.when
    if effect.operation == "raise":
        yield from expressions_in(effect.each)


def guards_of(owner: Start | Transition) -> Iterator[Expression]:
    for guard in (owner.message if isinstance(owner, Start) else None, owner.when):
        if guard is not None:
            yield guard


def read_of(room: str, procedure: Procedure) -> frozenset[str]:
    """What a procedure reads of `input` or the like anywhere: `x` for `input.x`; the fields of the case where it reads all of it."""
    specs = [spec for _, spec in sets_of(procedure)]
    specs += [spec for effect in effects_of(procedure) for spec in (effect.parameters, effect.each)]
    specs += [state.invoke.parameters for state in procedure.states if state.invoke is not None]
    found: set[str] = set()
    for expression in (*conditions_of(procedure), *expressions_in(specs)):
        for name in reads(expression.node):
            begins, _, field = name.partition(".")
            if begins == room:
                found |= {field} if field else procedure.fields.keys()
    return frozenset(found)


def only_put(procedure: Procedure) -> frozenset[str]:
    """What of a message goes into one field, as it is, and is read nowhere else: `message.fields.name`."""
    fields: dict[str, set[str]] = {}
    for name, spec in sets_of(procedure):
        single = spec.single if isinstance(spec, Template) else None
        if single is not None and isinstance(single.node, Select):
            fields.setdefault(unparse(single.node), set()).add(name)
    elsewhere = _read_otherwise(procedure)
    return frozenset(
        text
        for text, names in fields.items()
        if len(names) == 1
        and text.startswith("message.")
        and not any(text == read or text.startswith(f"{read}.") for read in elsewhere)
    )


def _read_otherwise(procedure: Procedure) -> frozenset[str]:
    """Every name that is read otherwise than to put it into a field as it is, with what is selected of it."""
    specs: list[Any] = [(effect.parameters, effect.each) for effect in effects_of(procedure)]
    specs += [state.invoke.parameters for state in procedure.states if state.invoke is not None]
    specs += [times_of(deadline) for deadline in procedure.deadlines]
    specs += [(state.outcome, *(after.time for after in state.after)) for state in procedure.states]
    for _, spec in sets_of(procedure):
        single = spec.single if isinstance(spec, Template) else None
        if single is None or not isinstance(single.node, Select):
            specs.append(spec)
    asked = (e for promise in procedure.promises for e in read_by(promise))
    expressions = (*conditions_of(procedure), *expressions_in(specs), *asked)
    return frozenset(path for expression in expressions for path in paths_in(expression.node))


def paths_in(node: Node) -> Iterator[str]:
    """Every name that is read, with what is selected of it: `message.fields.name`."""
    of = node
    while isinstance(of, Select):
        of = of.of
    if isinstance(of, Name):
        yield unparse(node)
    else:
        for inner in children(node):
            yield from paths_in(inner)


def read_by(promise: Promise) -> tuple[Expression, ...]:
    return (promise.p,) if promise.q is None else (promise.p, promise.q)


def in_words(spec: Any) -> str:
    """A value as a document writes it, as one text: the same wherever it stands."""
    if isinstance(spec, Template):
        return "".join(part if isinstance(part, str) else f"${{{unparse(part.node)}}}" for part in spec.parts)
    if isinstance(spec, Text):
        return in_words(dict(spec.by))
    if isinstance(spec, Mapping):
        return "{" + ", ".join(f"{key}: {in_words(value)}" for key, value in sorted(spec.items())) + "}"
    if isinstance(spec, tuple | list):
        return "[" + ", ".join(in_words(item) for item in spec) + "]"
    return repr(spec)
