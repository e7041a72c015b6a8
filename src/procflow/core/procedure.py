"""The definition of a procedure, frozen, and its canonical JSON.

It knows neither YAML nor the checker: `definitions` builds it, `decide` walks it, the prover explores it.
Everything that stands here was checked before; `at` is (line, column) in the owner's file, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct, field
from msgspec.json import decode

from procflow.core.expressions import (
    Expression,
    Template,
    expression_from_json,
    template_from_json,
    to_json,
)
from procflow.core.times import Span, parse_time

At = tuple[int, int]
NOWHERE: At = (0, 0)

#: A value as a document writes it: plain, or with templates inside; lists are tuples.
Spec = Any

#: The format of compiled procedures; a change of meaning here publishes every file anew.
FORMAT = 2


#: Types whose values are about a person by their nature.
PERSONAL_TYPES = frozenset({"evidence", "file"})


class Text(Struct, frozen=True):
    """Words for people: a template for each language; one without a language holds for all."""

    by: tuple[tuple[str, Template], ...]

    def template(self, language: str, default: str = "") -> Template | None:
        """The words in `language`, else in `default`, else the first that there are."""
        table = dict(self.by)
        for wanted in (language, default, "", "en"):
            if wanted in table:
                return table[wanted]
        return self.by[0][1] if self.by else None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.by)


class Field(Struct, frozen=True, dict=True):
    """A declared value: its type, JSON Schema constraints in `schema`, and our own keys. `labels`: what people see instead
    of a word of its enum."""

    name: str
    type: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    pii: bool = False
    label: Text | None = None
    help: Text | None = None
    default: Spec = None
    accept: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    normalise: tuple[str, ...] = ()
    items: Field | None = None
    properties: tuple[Field, ...] = ()
    required: tuple[str, ...] = ()
    at: At = NOWHERE
    labels: Mapping[str, Text] = field(default_factory=dict)

    @cached_property
    def places(self) -> int:
        """The decimals with which a broken number of this field is written: 2 where it is a multiple of 0.01, as money is."""
        step = self.schema.get("multipleOf")
        return len(str(step).partition(".")[2]) if isinstance(step, int | float | Decimal) else 0


class Ask(Struct, frozen=True):
    """A field that a step asks for; `stored` ones are data, others are `input.<name>` of this step only."""

    field: Field
    stored: bool
    optional: bool
    at: At = NOWHERE

    @property
    def name(self) -> str:
        return self.field.name


class Effect(Struct, frozen=True):
    """What a transition asks of the outside (`mail.send`) or of procflow itself (`note.write`, `raise`)."""

    operation: str
    parameters: Spec
    when: Expression | None = None
    each: Spec = None
    each_as: str = ""
    unless_left: bool = False
    at: At = NOWHERE


class Transition(Struct, frozen=True):
    """One alternative. `kind` is choice, event, after or always; `name` the choice's or event's."""

    id: str
    kind: str
    name: str
    source: str
    when: Expression | None = None
    asks: tuple[Ask, ...] = ()
    sets: tuple[tuple[str, Spec], ...] = ()
    effects: tuple[Effect, ...] = ()
    to: str | None = None
    refuse: Text | None = None
    keep: Spec = None
    at: At = NOWHERE
    to_at: At = NOWHERE
    back: bool = False  # `to: outer.last`: where `to` was left


class Choice(Struct, frozen=True, dict=True):
    """A named transition that a person takes, with its alternatives in the order written."""

    name: str
    state: str
    alternatives: tuple[Transition, ...]
    label: Text | None = None
    help: Text | None = None
    by: Spec = None
    other_than: tuple[Spec, ...] = ()
    note: str = ""  # "", "required" or "optional"
    at: At = NOWHERE

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """Each field that some alternative asks for, once; optional where any alternative can do without."""
        found: dict[str, Ask] = {}
        everywhere: dict[str, int] = {}
        for alternative in self.alternatives:
            for ask in alternative.asks:
                found.setdefault(ask.name, ask)
                everywhere[ask.name] = everywhere.get(ask.name, 0) + (not ask.optional)
        n = len(self.alternatives)
        return tuple(
            ask if ask.optional == (everywhere[name] < n) else Ask(ask.field, ask.stored, True, ask.at)
            for name, ask in found.items()
        )

    @cached_property
    def stored_names(self) -> frozenset[str]:
        """The names of those that become data."""
        return frozenset([ask.name for ask in self.asks if ask.stored])


class After(Struct, frozen=True):
    """A transition by time: `time` is text of the language of time, or a template that gives one."""

    id: str
    state: str
    time: Spec
    alternatives: tuple[Transition, ...]
    at: At = NOWHERE


class Task(Struct, frozen=True):
    """Work for people in a state: for a `role`, or for whom `to` names."""

    role: str = ""
    to: Spec = None
    say: Text | None = None
    guide: Text | None = None
    other_than: tuple[Spec, ...] = ()
    take: str = ""
    at: At = NOWHERE


class Invoke(Struct, frozen=True):
    """Work done elsewhere that answers later: a channel's operation, or (`procedure`) another procedure."""

    operation: str
    parameters: Spec
    procedure: str = ""
    at: At = NOWHERE


class State(Struct, frozen=True, dict=True):
    """A state, or a region: what stands in `parallel` is a state with this one as its `parent`.

    `initial` is the state inside that it begins in; a `parallel` one begins in all that are inside.
    """

    name: str
    task: Task | None = None
    choices: tuple[Choice, ...] = ()
    events: tuple[tuple[str, tuple[Transition, ...]], ...] = ()
    after: tuple[After, ...] = ()
    always: tuple[Transition, ...] = ()
    entry: tuple[Effect, ...] = ()
    exit: tuple[Effect, ...] = ()
    invoke: Invoke | None = None
    final: bool = False
    outcome: Spec = None
    title: Text | None = None
    help: Text | None = None
    see: tuple[str, ...] = ()
    at: At = NOWHERE
    parent: str = ""
    initial: str = ""
    parallel: bool = False

    @property
    def has_inside(self) -> bool:
        """Whether other states stand inside it."""
        return self.parallel or bool(self.initial)

    @property
    def ends_the_case(self) -> bool:
        """A final state inside another one ends only that."""
        return self.final and not self.parent

    @cached_property
    def events_by_name(self) -> dict[str, tuple[Transition, ...]]:
        return dict(self.events)

    def transitions(self) -> Iterator[Transition]:
        """Every alternative that starts here, in document order."""
        for choice in self.choices:
            yield from choice.alternatives
        for _, alternatives in self.events:
            yield from alternatives
        for after in self.after:
            yield from after.alternatives
        yield from self.always

    @cached_property
    def choices_by_name(self) -> dict[str, Choice]:
        return {choice.name: choice for choice in self.choices}


class Moment(Struct, frozen=True):
    """When a deadline starts or is met: `kind` is opening, entering, leaving, choice, event or when."""

    kind: str
    name: str = ""
    when: Expression | None = None
    at: At = NOWHERE


class Deadline(Struct, frozen=True):
    name: str
    starts: tuple[Moment, ...]
    met: tuple[Moment, ...]
    title: Text | None = None
    since: Spec = None  # `from:`, the instant from which it counts
    within: Spec = None
    until: Spec = None
    pause_in: tuple[str, ...] = ()
    warn_at: str = ""
    warn: tuple[Effect, ...] = ()
    missed: tuple[Effect, ...] = ()
    again: bool = False
    at: At = NOWHERE


class Promise(Struct, frozen=True):
    """A property. `kind`: never, always, before (`p`, `must` q), after (`p`, `eventually` q), at_most."""

    name: str
    kind: str
    p: Expression
    q: Expression | None = None
    times: int = 0
    within: Spec = None
    says: Text | None = None
    at: At = NOWHERE


class Row(Struct, frozen=True):
    cells: tuple[tuple[str, Any], ...]
    gives: Mapping[str, Any]
    at: At = NOWHERE


class Decision(Struct, frozen=True):
    """A decision table; a cell is as `core.decisions` reads it."""

    name: str
    hit: str
    inputs: tuple[Field, ...]
    rows: tuple[Row, ...]
    title: Text | None = None
    at: At = NOWHERE


class Start(Struct, frozen=True):
    """How a case may be opened: `kind` is by, message, event or every; `what` the role, guard, name or time."""

    kind: str
    role: str = ""
    message: Expression | None = None
    name: str = ""
    when: Expression | None = None
    asks: tuple[Ask, ...] = ()
    sets: tuple[tuple[str, Spec], ...] = ()
    at: At = NOWHERE


class Procedure(Struct, frozen=True, dict=True):
    """A state machine, whole. Its identity is the hash of its bytes, kept by the store beside it.

    `states` are in document order, inner ones right after the outer; `initial` is where a case begins.
    """

    name: str
    title: Text
    initial: str
    states: tuple[State, ...]
    #: What it is for: one text, or (language, text) of several. One text keeps the bytes that it always had.
    summary: str | tuple[tuple[str, str], ...] = ""
    owner: str = ""
    visible_to: tuple[str, ...] = ()
    subject: str = ""
    help: Text | None = None
    see: tuple[str, ...] = ()
    starts: tuple[Start, ...] = ()
    correlate: tuple[str, ...] = ()
    one_open_per: tuple[str, ...] = ()
    data: tuple[Field, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    promises: tuple[Promise, ...] = ()
    decisions: tuple[Decision, ...] = ()
    path: str = ""
    at: At = NOWHERE

    @cached_property
    def state(self) -> dict[str, State]:
        return {state.name: state for state in self.states}

    @cached_property
    def fields(self) -> dict[str, Field]:
        return {item.name: item for item in self.data}

    @cached_property
    def deadline(self) -> dict[str, Deadline]:
        return {item.name: item for item in self.deadlines}

    @cached_property
    def decision(self) -> dict[str, Decision]:
        return {item.name: item for item in self.decisions}

    @cached_property
    def names(self) -> frozenset[str]:
        """What its choices, events and timers are called."""
        choices = {choice.name for state in self.states for choice in state.choices}
        events = {name for state in self.states for name in state.events_by_name}
        return frozenset(choices | events | self.timer_places.keys() | self.deadline.keys())

    @cached_property
    def timer_places(self) -> dict[str, int]:
        """For each `after` its place in the file."""
        found = [after.id for state in self.states for after in state.after]
        return {id: n for n, id in enumerate(found)}

    @cached_property
    def personal(self) -> frozenset[str]:
        """The data that say something about a person: marked so, or so by their nature."""
        return frozenset([field.name for field in self.data if field.pii or field.type in PERSONAL_TYPES])

    @cached_property
    def covered_by(self) -> dict[str, tuple[str, ...]]:
        """For each field, the evidence fields that cover it."""
        table: dict[str, tuple[str, ...]] = {}
        for item in self.data:
            for name in item.covers:
                table[name] = (*table.get(name, ()), item.name)
        return table

    def summary_in(self, language: str) -> str:
        """What it is for, in `language` or the nearest that there is, as titles are given."""
        if isinstance(self.summary, str):
            return self.summary
        table = dict(self.summary)
        return next((table[wanted] for wanted in (language, "en", *table) if wanted in table), "")

    def transitions(self) -> Iterator[Transition]:
        """Every alternative of every state, in document order."""
        for state in self.states:
            yield from state.transitions()


_CLASSES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        Text, Field, Ask, Effect, Transition, Choice, After, Task, Invoke, State, Moment, Deadline,
        Promise, Row, Decision, Start, Procedure,
    )
}  # fmt: skip


def _dump(value: Any) -> Any:
    """JSON in which only lists carry structure: the first item names what the rest is."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, tuple | list):
        return ["t", *map(_dump, value)]
    if isinstance(value, Mapping):
        return {str(key): _dump(item) for key, item in value.items()}
    if isinstance(value, Expression):
        return ["x", to_json(value)]
    if isinstance(value, Template):
        return ["m", to_json(value)]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    if isinstance(value, datetime):
        return ["i", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, Span):
        return ["s", str(value)]
    if isinstance(value, Struct):
        given = [_dump(getattr(value, name)) for name in value.__struct_fields__]
        if isinstance(value, Field) and not value.labels:
            given.pop()  # as it was written before there were any: the same procedure keeps the same bytes
        return [type(value).__name__, *given]
    raise TypeError(f"a compiled procedure cannot hold {type(value).__name__}")


def _load(value: Any) -> Any:
    if isinstance(value, list):
        tag = value[0]
        if tag == "t":
            return tuple([_load(item) for item in value[1:]])
        if tag == "x":
            return expression_from_json(value[1])
        if tag == "m":
            return template_from_json(value[1])
        if tag == "n":
            return Decimal(value[1])
        if tag == "i":
            return datetime.fromisoformat(value[1])
        if tag == "d":
            return date.fromisoformat(value[1])
        if tag == "s":
            return parse_time(value[1])
        if tag == "Procedure" and len(value) == len(Procedure.__struct_fields__):
            # as it was written before there was `visible_to`, which stands in the middle
            place = 1 + Procedure.__struct_fields__.index("visible_to")
            value = [*value[:place], ["t"], *value[place:]]
        return _CLASSES[tag](*[_load(item) for item in value[1:]])
    if isinstance(value, dict):
        return {key: _load(item) for key, item in value.items()}
    return value


def procedure_to_json(procedure: Procedure) -> bytes:
    """Canonical JSON: the same procedure gives the same bytes."""
    import json  # only publishing writes

    text = json.dumps(_dump(procedure), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def procedure_from_json(data: bytes | str) -> Procedure:
    loaded = _load(decode(data))
    if not isinstance(loaded, Procedure):
        raise ValueError("these bytes are not a compiled procedure")
    return loaded
