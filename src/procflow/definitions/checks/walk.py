"""Every expression and template of a procedure, each checked where it stands; what was seen serves other rules.

It knows which names, types and ids hold at each place, and must not know what follows from a value's being
personal, unset or unused: that is the rules' matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from procflow.core.expressions import And, At, Call, Expression, Literal, Template, walk
from procflow.core.procedure import Ask, Deadline, Effect, Field, Promise, Start, Task, Text
from procflow.definitions.building import is_broken
from procflow.definitions.checks.assignment import Facts, begun, due_facts
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.flow import PERSON, TIME, Group, Origin, Origins
from procflow.definitions.checks.shapes import suits, type_of, wanted
from procflow.definitions.environment import Environment
from procflow.definitions.functions import GUARD, PROMISE, VALUE, WORDS
from procflow.definitions.narrowing import when_true
from procflow.definitions.times_around import wrong_texts
from procflow.definitions.types import (
    ANY,
    BOOL,
    DATE,
    DURATION,
    INSTANT,
    NULL,
    ROLE,
    TEXT,
    ListOf,
    Record,
    Type,
    Typed,
    describe,
    fits,
    is_person,
    is_text,
)
from procflow.definitions.types import (
    PERSON as A_PERSON,
)
from procflow.definitions.typing import check_expression
from procflow.errors import Diagnostic

_CLOCK = frozenset({Origin(TIME)})


@dataclass(frozen=True)
class Seen:
    """One expression: what it is for, its type, and where; `field` is the field that it is put into.

    `use` is guard, set, effect, words, outcome, task, time, each, start (data of another case), default or broken.
    """

    use: str
    expression: Expression
    typed: Typed
    field: Field | None = None
    about: str = ""

    @property
    def at(self) -> At:
        return self.expression.at


def look(examined: Examined) -> tuple[list[Diagnostic], tuple[Seen, ...]]:
    """Every problem of every expression, and the expressions themselves with their types."""
    walker = _Walker(examined)
    walker.run()
    return walker.out.found, tuple(walker.seen)


class _Walker:
    def __init__(self, examined: Examined) -> None:
        self.examined = examined
        self.procedure = examined.procedure
        self.flow = examined.flow
        self.names = examined.names
        self.facts = examined.assignment
        self.out = Findings(examined.path)
        self.seen: list[Seen] = []

    def run(self) -> None:
        procedure = self.procedure
        plain = self.names.environment(WORDS, reader=True)
        self.texts(plain, procedure.title, procedure.help)
        for field in procedure.data:
            self.field(field, plain)
        for start in procedure.starts:
            self.start(start)
        for state in procedure.states:
            here = self.facts.at(state.name)
            enter = self.flow.enter[state.name]
            self.texts(self.names.environment(WORDS, facts=here, reader=True), state.title, state.help)
            if state.task is not None:
                self.task(state.task, here)
            for group in self.flow.groups[state.name]:
                self.group(group)
            for after in state.after:
                self.time(after.time, self.names.environment(VALUE, enter, here))
            self.effects(state.entry, enter, here)
            self.effects(state.exit, self.flow.at[state.name], here)
            if state.invoke is not None:
                environment = self.names.environment(VALUE, enter, here)
                if state.invoke.procedure:
                    self.first_data(state.invoke.procedure, state.invoke.parameters, environment)
                else:
                    self.parameters(state.invoke.operation, state.invoke.parameters, environment)
            if state.outcome is not None:
                self.value(state.outcome, self.names.environment(VALUE, enter, here), None, "outcome")
        for deadline in procedure.deadlines:
            self.deadline(deadline)
        for promise in procedure.promises:
            self.promise(promise)
        for decision in procedure.decisions:
            self.texts(plain, decision.title)
            for item in decision.inputs:
                self.field(item, plain)

    # places

    def field(self, field: Field, environment: Environment) -> None:
        self.texts(environment, field.label, field.help, *field.labels.values())
        for part in (*field.properties, *([field.items] if field.items is not None else [])):
            self.field(part, environment)

    def start(self, start: Start) -> None:
        kind = PERSON if start.kind == "by" else start.kind
        origins = frozenset({Origin(kind, start.asks)})
        defaults = frozenset(field.name for field in self.procedure.data if field.default is not None)
        judged, holds = begun(start, defaults)
        message = start.message
        if message is not None and message.node != Literal(True, message.node.at):  # that is: any message
            self.guard(message, self.names.environment(GUARD, origins, defaults))
        self.guard(start.when, self.names.environment(GUARD, origins, judged))
        self.sets(start.sets, self.names.environment(VALUE, origins, holds))
        self.asks(start.asks)

    def asks(self, asks: Sequence[Ask]) -> None:
        plain = self.names.environment(WORDS, reader=True)
        for ask in asks:
            if not ask.stored:
                self.field(ask.field, plain)

    def task(self, task: Task, facts: Facts) -> None:
        anybody = self.names.environment(VALUE, self.flow.everything, facts)
        for spec in (task.to, *task.other_than):
            self.whom(spec, anybody)
        self.texts(self.names.environment(WORDS, facts=facts, reader=True, clock=False), task.say, task.guide)

    def group(self, group: Group) -> None:
        origins = self.flow.origins(group)
        choice = group.choice
        names = self.names
        if choice is not None:
            here = self.facts.at(group.state.name)
            reader = names.environment(WORDS, facts=here, reader=True)
            self.texts(reader, choice.label, choice.help)
            anybody = names.environment(VALUE, self.flow.everything, here)
            for spec in (choice.by, *choice.other_than):
                self.whom(spec, anybody)
            self.asks(choice.asks)
        for point in self.facts.points(group):
            t = point.transition
            self.guard(t.when, names.environment(GUARD, origins, point.guard))
            self.sets(t.sets, names.environment(VALUE, origins, point.sets))
            self.effects(t.effects, origins, point.effects)
            self.texts(names.environment(WORDS, origins, point.sets, reader=True), t.refuse)

    def deadline(self, deadline: Deadline) -> None:
        everywhere = self.facts.among(self.flow.reached)
        anything = self.names.environment(GUARD, self.flow.everything, everywhere)
        for moment in (*deadline.starts, *deadline.met):
            self.guard(moment.when, anything)
        running = self.flow.running(deadline)
        first = self.facts.among(running) if running else everywhere
        environment = self.names.environment(VALUE, self.flow.everything, first)
        for spec in (deadline.since, deadline.within, deadline.until):
            self.time(spec, environment)
        late = first | set(due_facts(deadline))
        self.effects(deadline.warn, _CLOCK, late)
        self.effects(deadline.missed, _CLOCK, late)
        self.texts(self.names.environment(WORDS, facts=late, reader=True), deadline.title)

    def promise(self, promise: Promise) -> None:
        everywhere = self.facts.among(self.flow.reached)
        origins = frozenset(replace(origin, asks=()) for origin in self.flow.everything)
        for expression in (promise.p, promise.q):
            if expression is not None:
                facts = everywhere | self.shown(expression)
                self.guard(expression, self.names.environment(PROMISE, origins, facts))
        self.time(promise.within, self.names.environment(VALUE, origins, everywhere))
        self.texts(self.names.environment(WORDS, origins, everywhere), promise.says)

    def shown(self, expression: Expression) -> Facts:
        """What is set in the state that a promise's expression asks for."""
        node = expression.node
        facts: Facts = frozenset()
        for part in node.parts if isinstance(node, And) else (node,):
            if isinstance(part, Call) and part.function == "state" and part.args:
                first = part.args[0]
                if isinstance(first, Literal) and first.value in self.procedure.state:
                    facts |= self.facts.at(str(first.value))
        return facts

    # effects

    def effects(self, effects: Sequence[Effect], origins: Origins, facts: Facts) -> None:
        for effect in effects:
            local: dict[str, Typed] = {}
            if effect.each is not None:
                local[effect.each_as or "item"] = self.each(effect.each, origins, facts)
            environment = self.names.environment(VALUE, origins, facts, given=local)
            if effect.when is not None:
                self.guard(effect.when, replace(environment, place=GUARD))
                environment = replace(environment, facts=facts | when_true(effect.when.node))
            self.parameters(effect.operation, effect.parameters, environment)

    def each(self, spec: Any, origins: Origins, facts: Facts) -> Typed:
        environment = self.names.environment(VALUE, origins, facts)
        if isinstance(spec, Template):
            typed = self.template(spec, environment, ListOf(ANY), "each")
            item = typed.type.of if isinstance(typed.type, ListOf) else ANY
            return Typed(item, personal=typed.personal)
        self.value(spec, environment, None, "each")
        return Typed(ANY)

    def parameters(self, operation: str, given: Any, environment: Environment) -> None:
        if operation == "start":
            if isinstance(given, Mapping):
                self.first_data(str(given.get("procedure")), given.get("with"), environment)
        elif operation == "signal" and isinstance(given, Mapping):
            to = given.get("to")
            if isinstance(to, Mapping):
                self.first_data(str(to.get("procedure")), to.get("where"), environment)
        elif operation == "notify" and isinstance(given, Mapping):
            for key, spec in given.items():
                if key == "text":
                    self.value(spec, environment, None, "effect")
                else:
                    self.whom(spec, environment)
        else:
            schema = (self.examined.known.operations or {}).get(operation)
            self.parameter(given, environment, schema, operation)

    def first_data(self, procedure: str, values: Any, environment: Environment) -> None:
        """The data that another case opens with, or by which a signal finds it."""
        target = (self.examined.known.procedures or {}).get(procedure)
        fields = target.fields if target is not None else {}
        for name, spec in values.items() if isinstance(values, Mapping) else ():
            field = fields.get(name)
            if name == "received" and field is None:
                self.value(spec, environment, INSTANT, "effect")
            else:
                expect = type_of(field) if field is not None else None
                self.value(spec, environment, expect, "start", field, name)

    def parameter(self, spec: Any, environment: Environment, schema: Any, name: str) -> None:
        """A parameter of an operation, held against its JSON Schema as far as types can tell."""
        if isinstance(spec, Mapping):
            parts = _part(schema, "object").get("properties", {})
            for key, item in spec.items():
                self.parameter(item, environment, parts.get(key) if isinstance(parts, Mapping) else None, key)
        elif isinstance(spec, tuple):
            item_schema = _part(schema, "array").get("items")
            for item in spec:
                self.parameter(item, environment, item_schema, name)
        elif isinstance(spec, Text):
            self.texts(environment, spec)
        elif isinstance(spec, Template) and not spec.is_static:
            typed = self.template(spec, environment, None, "effect", about=name)
            if isinstance(schema, Mapping) and not suits(schema, typed.type):
                message = f"`{name}` wants {wanted(schema)}, and this is {describe(typed.type)}"
                self.out.add(_start(spec), "PF321", message, _towards(schema, typed.type))

    # values

    def guard(self, expression: Expression | None, environment: Environment) -> None:
        if expression is not None:
            self.expression(expression, environment, BOOL, "guard")

    def sets(self, pairs: Sequence[tuple[str, Any]], environment: Environment) -> None:
        for name, spec in pairs:
            field = self.procedure.fields.get(name)
            self.value(spec, environment, type_of(field) if field is not None else None, "set", field, name)

    def whom(self, spec: Any, environment: Environment) -> None:
        """Whom something is for: a person, a role, the id of one, or a list of them."""
        if isinstance(spec, tuple):
            for item in spec:
                self.whom(item, environment)
        elif isinstance(spec, Template) and not spec.is_static:
            typed = self.template(spec, environment, None, "task")
            kind = typed.type.of if isinstance(typed.type, ListOf) else typed.type
            if not (is_person(kind) or is_text(kind) or kind in (ANY, NULL)):
                message = f"a person or a role is wanted here, and this is {describe(typed.type)}"
                self.out.add(_start(spec), "PF321", message, 'write a person field, or role("…")')

    def time(self, spec: Any, environment: Environment) -> None:
        """A time or an instant: a text of the language of time, a duration, a date, an instant."""
        if not isinstance(spec, Template) or spec.is_static:
            return
        typed = self.template(spec, environment, None, "time")
        if spec.single is None:
            return
        if not is_text(typed.type) and typed.type not in (ANY, NULL, DURATION, DATE, INSTANT):
            message = f"a time is wanted here, and this is {describe(typed.type)}"
            self.out.add(_start(spec), "PF321", message, 'such as "4 working days", a date or an instant')
        elif is_text(typed.type):
            for at, message, hint in wrong_texts(spec.single, self.examined.known.parameters):
                self.out.add(at, "PF210", message, hint)

    def value(
        self,
        spec: Any,
        environment: Environment,
        expect: Type | None,
        use: str,
        field: Field | None = None,
        about: str = "",
    ) -> None:
        """Any value as a document writes it."""
        if isinstance(spec, Text):
            self.texts(environment, spec)
        elif isinstance(spec, Mapping):
            for key, item in spec.items():
                inner = expect.typed(key) if isinstance(expect, Record) else None
                self.value(item, environment, inner.type if inner is not None else None, use, field, about)
        elif isinstance(spec, tuple):
            inside = expect.of if isinstance(expect, ListOf) else None
            for item in spec:
                self.value(item, environment, inside, use, field, about)
        elif isinstance(spec, Template) and not spec.is_static:
            self.template(spec, environment, expect, use, field, about)

    def texts(self, environment: Environment, *texts: Text | None) -> None:
        for text in texts:
            for _, template in text.by if text is not None else ():
                for part in template.parts:
                    if isinstance(part, Expression):
                        self.expression(part, environment, None, "words")

    def template(
        self,
        template: Template,
        environment: Environment,
        expect: Type | None,
        use: str,
        field: Field | None = None,
        about: str = "",
    ) -> Typed:
        if template.single is not None:
            return self.expression(template.single, environment, expect, use, field, about)
        whole = Typed(TEXT)
        for part in template.parts:
            if isinstance(part, Expression):
                typed = self.expression(part, environment, None, use, field, about)
                whole = whole.but(personal=whole.personal or typed.personal)
        if expect is not None and not fits(TEXT, expect):
            message = f"{describe(expect)} is wanted here, and this is a text around ${{…}}"
            self.out.add(_start(template), "PF321", message, "write exactly one ${…}, with nothing around it")
        return whole

    def expression(
        self,
        expression: Expression,
        environment: Environment,
        expect: Type | None,
        use: str,
        field: Field | None = None,
        about: str = "",
    ) -> Typed:
        if is_broken(expression):
            self.seen.append(Seen("broken", expression, Typed(ANY)))
            return Typed(ANY)
        typed, problems = check_expression(expression, environment, expect)
        self.out.problems(problems)
        self.seen.append(Seen(use, expression, typed, field, about))
        return typed


def _start(template: Template) -> At:
    return next(part.at for part in template.parts if isinstance(part, Expression))


def _part(schema: Any, kind: str) -> Mapping[str, Any]:
    """The part of a JSON Schema that speaks of values of a kind."""
    if not isinstance(schema, Mapping):
        return {}
    if schema.get("type") == kind or (kind == "object" and "properties" in schema):
        return schema
    for key in ("anyOf", "oneOf"):
        for option in schema.get(key, ()):
            if isinstance(option, Mapping) and option.get("type") == kind:
                return option
    return {}


def _towards(schema: Mapping[str, Any], given: Type) -> str:
    """What to write where a parameter has the wrong type."""
    takes_text = suits(schema, TEXT)
    if isinstance(given, ListOf) and suits(schema, given.of):
        return "take one of them, list[0], or send one for each of them with `each:`"
    if takes_text and is_person(given):
        return "write .mail, .phone or .name behind it"
    return "write string(…) around it" if takes_text and given not in (ROLE, A_PERSON) else ""


def calls_of(seen: Sequence[Seen]) -> Iterator[tuple[Seen, Call]]:
    """Every call of a function in what was seen."""
    for item in seen:
        for node in walk(item.expression.node):
            if isinstance(node, Call):
                yield item, node
