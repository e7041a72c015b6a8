"""Names that a procedure writes outside expressions: states, choices, events, roles, people, fields, procedures.

Each must be declared, in the file or in the workspace; names inside expressions are the expression checker's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from procflow.core.between_cases import MADE_HERE
from procflow.core.nearest import did_you_mean, with_nearest
from procflow.core.procedure import Field, Procedure
from procflow.definitions.building import Builder, has_template, is_null, key_place, place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.others import asked_at_opening
from procflow.definitions.checks.outline import EffectNode, effects_of, listed, moves_of, states_of
from procflow.definitions.meant import as_expression
from procflow.definitions.nodes import YMap, YText, submap
from procflow.errors import Diagnostic


def check(examined: Examined) -> list[Diagnostic]:
    """Every name that is not declared."""
    rules = _Names(examined)
    rules.top()
    rules.states()
    rules.deadlines()
    for effect in effects_of(examined.tree):
        rules.effect(effect)
    rules.events()
    return rules.out.found


class _Names:
    def __init__(self, examined: Examined) -> None:
        self.tree = examined.tree
        self.procedure = examined.procedure
        self.known = examined.known
        self.flow = examined.flow
        self.out = Findings(examined.path)
        self.state_names = list(self.procedure.state)
        self.choice_names = list(
            {choice.name: None for state in self.procedure.states for choice in state.choices}
        )
        self.raised_at: dict[str, tuple[int, int]] = {}

    # one name each

    def state(self, node: Any, word: str) -> None:
        if word not in self.procedure.state:
            self.out.unknown(place(node), "PF240", "state", word, self.state_names)

    def choice(self, node: YText) -> None:
        if node not in self.choice_names:
            self.out.unknown(place(node), "PF241", "choice", str(node), self.choice_names)

    def role(self, node: Any) -> None:
        roles = self.known.roles
        if isinstance(node, YText) and "${" not in node and roles is not None and node not in roles:
            self.out.unknown(place(node), "PF242", "role", str(node), roles)

    def person(self, node: Any) -> None:
        people = self.known.people
        if isinstance(node, YText) and "${" not in node and people is not None and node not in people:
            if hint := as_expression(str(node), self.procedure.fields):
                self.out.add(place(node), "PF243", f"there is no person `{node}`", hint)
            else:
                self.out.unknown(place(node), "PF243", "person", str(node), people)

    def whom(self, node: Any) -> None:
        """A role or a person; a text with ${…} is looked at as an expression."""
        roles, people = self.known.roles, self.known.people
        for item in listed(node):
            if not isinstance(item, YText) or "${" in item or roles is None or people is None:
                continue
            if item not in roles and item not in people:
                self.out.unknown(place(item), "PF242", "role or person", str(item), [*roles, *people])

    def field(self, node: Any, what: str) -> None:
        for item in listed(node):
            if isinstance(item, YText) and item not in self.procedure.fields:
                fields = self.procedure.fields
                hint = did_you_mean(str(item), fields) or "declare it in `data`"
                message = f"{what} names `{item}`, and data has no such field"
                self.out.add(place(item), "PF244", message, hint, with_nearest(str(item), fields))

    # where they stand

    def top(self) -> None:
        tree = self.tree
        if "initial" in tree:
            self.state(tree["initial"], str(tree["initial"]))
        self.role(tree.get("owner"))
        for role in listed(tree.get("visible_to")):
            self.role(role)
        self.field(tree.get("subject"), "`subject`")
        self.field(tree.get("correlate"), "`correlate`")
        self.field(tree.get("one_open_per"), "`one_open_per`")
        for start in listed(tree.get("starts")):
            if isinstance(start, YMap):
                for role in listed(start.get("by")):
                    self.role(role)
                self.assigned(submap(start, "set"))
        for name, field in submap(tree, "data").items():
            if isinstance(field, YMap):
                self.field(field.get("covers"), "`covers`")
                if "default" in field:
                    self.assigned({name: field["default"]})

    def states(self) -> None:
        for state in states_of(self.tree):
            if "initial" in state.node:
                self.state(state.node["initial"], str(state.node["initial"]))
            task = submap(state.node, "task")
            self.role(task.get("role"))
            self.whom(task.get("to"))
            self.other_than(task.get("other_than"))
            invoke = submap(state.node, "invoke")
            if "procedure" in invoke:
                self.started(invoke["procedure"], invoke.get("with"))
            for move in moves_of(state.node):
                for layer in move.layers():
                    if "to" in layer:
                        self.target(layer["to"])
                    self.whom(layer.get("by"))
                    self.other_than(layer.get("other_than"))
                    self.assigned(submap(layer, "set"))

    def target(self, node: Any) -> None:
        word = str(node).removesuffix(".last")
        if word != "self":
            self.state(node, word)

    def assigned(self, given: Mapping[str, Any]) -> None:
        """People and roles written out as values of the data; what else does not fit was told when it was built."""
        for name, node in given.items():
            field = self.procedure.fields.get(name)
            if field is None:
                continue
            each = field.items if field.items is not None else field
            for item in listed(node) if each.type in ("person", "role") else ():
                self.constant(each, item)

    def other_than(self, node: Any) -> None:
        for item in listed(node):
            if not isinstance(item, YText) or "${" in item:
                continue
            if item in self.choice_names:
                continue
            if item in self.procedure.fields or "(" in item:
                hint = as_expression(str(item), self.procedure.fields)
                self.out.add(place(item), "PF241", f"there is no choice `{item}`", hint)
            elif item in (self.known.people or ()):
                hint = f"write \"${{person('{item}')}}\""
                self.out.add(place(item), "PF241", f"there is no choice `{item}`", hint)
            else:
                self.choice(item)

    def deadlines(self) -> None:
        for deadline in submap(self.tree, "deadlines").values():
            if not isinstance(deadline, YMap):
                continue
            for key in ("starts", "met"):
                for moment in listed(deadline.get(key)):
                    if isinstance(moment, YText):
                        self.moment(moment)
            for item in listed(deadline.get("pause_in")):
                self.state(item, str(item))

    def moment(self, node: YText) -> None:
        kind, _, name = str(node).partition(" ")
        at = node.position(len(kind) + 1)
        if kind in ("entering", "leaving") and name not in self.procedure.state:
            self.out.unknown(at, "PF240", "state", name, self.state_names)
        elif kind == "choice" and name not in self.choice_names:
            self.out.unknown(at, "PF241", "choice", name, self.choice_names)
        elif kind == "event" and name not in self.flow.listened:
            known = sorted(self.flow.listened)
            hint = did_you_mean(name, known) or "a moment `event E` is there where a state takes the event"
            self.out.add(at, "PF248", f"no state takes the event `{name}`", hint)
        elif kind == "event" and name in ("done", "failed"):  # of which each state has its own
            takers = [f"`{state.name}`" for state in self.procedure.states if name in state.events_by_name]
            if len(takers) > 1:
                message = f"`event {name}` is that of each of these states: {', '.join(takers)}"
                hint = "name the state that the one leads to (`entering …`), or that it leaves (`leaving …`)"
                self.out.add(at, "PF406", message, hint)

    # effects

    def effect(self, effect: EffectNode) -> None:
        given = effect.given
        if effect.operation == "notify" and isinstance(given, YMap):
            self.role(given.get("role"))
            self.person(given.get("person"))
        elif effect.operation == "raise" and isinstance(given, YText):
            self.raised_at.setdefault(str(given), place(given))
        elif effect.operation == "signal" and isinstance(given, YMap):
            self.signalled(given)
        elif effect.operation == "start" and isinstance(given, YMap) and "procedure" in given:
            self.started(given["procedure"], given.get("with"))

    def started(self, node: Any, given: Any) -> None:
        """Another procedure, and the data that it opens with."""
        procedures = self.known.procedures
        if procedures is None:
            return
        if node not in procedures:
            self.out.unknown(place(node), "PF245", "procedure", str(node), procedures)
            return
        target = procedures[str(node)]
        if target is None:
            return
        names = given if isinstance(given, YMap) else YMap()
        self.fields_of(target, names, ("received",))
        asked = [f"`{name}`" for name in asked_at_opening(target) if name not in names]
        if asked:
            message = (
                f"a case of `{target.name}` is opened without {', '.join(asked)}, which its starts ask for"
            )
            self.out.add(
                place(node),
                "PF269",
                message,
                f"give it in `with:`; write {asked[0].strip('`')}: null where it is to stay empty",
            )

    def fields_of(self, target: Procedure, given: YMap, more: tuple[str, ...] = ()) -> None:
        for name in given:
            if name not in target.fields and name not in more:
                message = f"`{target.name}` has no field `{name}`"
                self.out.add(
                    key_place(given, name), "PF249", message, did_you_mean(name, [*target.fields, *more])
                )
            elif name in target.fields and not has_template(given[name]):
                self.constant(target.fields[name], given[name])

    def constant(self, field: Field, node: Any) -> None:
        """A value written out, held against the field of the other procedure."""
        if is_null(node):
            return
        if field.type in ("person", "role"):
            (self.person if field.type == "person" else self.role)(node)
            return
        builder = Builder(self.out.path, languages=self.known.languages)
        if field.type not in ("evidence", "file"):
            builder.plain_typed(field, node)
        for problem in builder.found():
            self.out.add((problem.line, problem.column), problem.code, problem.message, problem.hint)

    def signalled(self, given: YMap) -> None:
        """An event for the cases of a procedure, and the data that say which."""
        procedures, to = self.known.procedures, submap(given, "to")
        if procedures is None or "procedure" not in to:
            return
        node = to["procedure"]
        if node not in procedures:
            self.out.unknown(place(node), "PF245", "procedure", str(node), procedures)
            return
        target = procedures[str(node)]
        if target is None:
            return
        self.fields_of(target, submap(to, "where"))
        name = given.get("name")
        taken = {event for state in target.states for event, _ in state.events} - MADE_HERE
        taken = (taken - set(target.deadline)) | {s.name for s in target.starts if s.kind == "event"}
        if isinstance(name, YText) and name not in taken:
            message = f"no state of `{target.name}` takes the event `{name}`, and no case of it starts by one"
            hint = (
                _nearest(str(name), taken) or "add it to its `events:` or `starts:`, or take the signal away"
            )
            self.out.add(place(name), "PF246", message, hint)

    # events

    def events(self) -> None:
        """Raised and never taken; taken and never raised."""
        for name, at in self.raised_at.items():
            if name not in self.flow.listened:
                hint = (
                    _nearest(name, self.flow.listened)
                    or "add it to the `events:` of a state, or take it away"
                )
                message = f"the event `{name}` is raised, and no state takes it"
                self.out.add(at, "PF246", message, hint, with_nearest(name, self.flow.listened))
        signalled = {event for event, _ in self.known.signals.get(self.procedure.name, ())}
        expected = {*MADE_HERE, *self.procedure.deadline, *self.flow.raised, *signalled}
        self.openings(signalled)
        expected |= {str(node) for node in _starting(self.tree)}
        for state in states_of(self.tree):
            events = submap(state.node, "events")
            for name in events:
                at = key_place(events, name)
                inside_ends = bool({"states", "parallel"} & set(state.node))
                ends = name == "done" and inside_ends
                if name in ("done", "failed") and "invoke" not in state.node and not ends:
                    inside = " and has nothing inside" if name == "done" else ""
                    message = f"`{state.name}` invokes nothing{inside}, so nothing is ever `{name}` here"
                    self.out.add(at, "PF258", message, "add `invoke:` to the state, or take the event away")
                elif name not in expected and self.procedure.name not in self.known.doubted:
                    answers = (
                        {"done", "failed"} if "invoke" in state.node else {"done"} if inside_ends else set()
                    )
                    hint = _nearest(name, expected - {"done", "failed"} | answers)
                    self.out.add(
                        at,
                        "PF247",
                        f"nothing raises or signals the event `{name}`",
                        hint
                        or f"add `raise: {name}` where it happens, a `signal` in another procedure, or a deadline of "
                        "that name; leave it where it comes from outside",
                        (name,),
                    )

    def openings(self, signalled: Collection[str]) -> None:
        """Starts by an event that is signalled under a nearly equal name: nothing else opens a case by one. One that
        nobody signals yet may belong to a procedure that is still to come."""
        if self.known.procedures is None or self.procedure.name in self.known.doubted:
            return
        for node in _starting(self.tree):
            if isinstance(node, YText) and node not in signalled and node not in MADE_HERE:
                near = _nearest(str(node), signalled)
                if near:
                    message = f"no procedure signals the event `{node}`, so no case is ever opened by it"
                    self.out.add(place(node), "PF247", message, near)


def _nearest(word: str, known: Collection[str]) -> str:
    hint = did_you_mean(word, known)
    return hint if hint.startswith("did you") else ""


def _starting(tree: YMap) -> Iterator[Any]:
    """Events that open a case."""
    for start in listed(tree.get("starts")):
        if isinstance(start, YMap) and "event" in start:
            yield start["event"]
