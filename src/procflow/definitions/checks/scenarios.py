"""Scenarios: every name in a rehearsal is one that its procedure or the workspace has, and its files are there.

What a scenario expects to happen is the rehearsal's matter. A step that is to be refused may name what it likes,
except its choice.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from procflow.core.choices import ITEM_CHOICES
from procflow.core.decide import with_note
from procflow.core.field_formats import read_date, read_instant
from procflow.core.field_problems import Wrong
from procflow.core.journal import KINDS as JOURNAL
from procflow.core.nearest import did_you_mean
from procflow.core.procedure import Field, Procedure
from procflow.core.times import TimeSyntaxError, parse_time
from procflow.definitions.building import has_template, is_null, key_place, place
from procflow.definitions.checks import scenario_values, scenario_words, scenario_work
from procflow.definitions.checks.environment import BUILT_IN
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.known import Codes, Known
from procflow.definitions.checks.outline import listed
from procflow.definitions.nodes import NULL, YMap, YText, submap
from procflow.definitions.types import MESSAGE_FORMS
from procflow.errors import Diagnostic

#: Choices that every case has, with what each asks for.
_EVERYWHERE: Mapping[str, tuple[str, ...]] = {
    "note": ("note",),
    "assign": ("person",),
    "claim": (),
    "giveback": (),
    "suspend": ("until", "reason"),
    "resume": (),
    "handover": ("person", "note"),
    "takeback": (),
    **dict.fromkeys(ITEM_CHOICES, ("item", "reference", "reason")),
}

#: Whether a file is there; its path is the one in the workspace.
Exists = Callable[[str], bool]


def check(path: str, tree: YMap, known: Known, exists: Exists | None = None) -> list[Diagnostic]:
    """Every name in the scenarios at `path` that is not there; files are looked for with `exists`."""
    rules = _Scenarios(path, tree, known, exists)
    rules.run()
    return rules.out.found


class _Scenarios:
    def __init__(self, path: str, tree: YMap, known: Known, exists: Exists | None) -> None:
        self.out = Findings(path)
        self.folder = posixpath.dirname(path)
        self.tree = tree
        self.known = known
        self.exists = exists
        self.cases: dict[str, str] = {}  # the names given with `as` -> the procedures of these cases
        laid = [tree, *(submap(submap(step, "change"), "organisation") for step in self.steps())]
        self.people = self._with(known.people, laid, "people")
        self.roles = self._with(known.roles, laid, "roles")

    @staticmethod
    def _with(own: Collection[str] | None, laid: list[YMap], key: str) -> Collection[str] | None:
        """The organisation's names and those that are laid over it."""
        if own is None:
            return None
        return Codes([*own, *(str(name) for part in laid for name in submap(part, key))])

    def steps(self) -> Iterator[YMap]:
        for steps in (self.tree.get("before"), *submap(self.tree, "tests").values()):
            for step in listed(steps):
                if isinstance(step, YMap):
                    yield step

    def run(self) -> None:
        node = self.tree["scenarios"]
        procedures = self.known.procedures
        if procedures is None:
            return
        if str(node) not in procedures:
            self.out.unknown(place(node), "PF245", "procedure", str(node), procedures)
            return
        self.laid_over(self.tree)
        self.instant(self.tree.get("clock"))
        before = [step for step in listed(self.tree.get("before")) if isinstance(step, YMap)]
        early = dict(_opened(before, str(node)))
        self.cases = early
        self.each(before)
        for steps in submap(self.tree, "tests").values():
            own = [step for step in listed(steps) if isinstance(step, YMap)]
            self.cases = early | dict(_opened(own, str(node)))
            self.each(own)

    def each(self, steps: list[YMap]) -> None:
        for step in steps:
            for kind, method in _KINDS.items():
                if kind in step:
                    procedure = self.procedure_of(step, step[kind])
                    method(self, step, step[kind], procedure)

    def procedure_of(self, step: YMap, inner: Any) -> Procedure | None:
        """Whose case a step is about; None where that is not known."""
        procedures = self.known.procedures or {}
        for mapping in (inner, step):
            if isinstance(mapping, YMap) and isinstance(mapping.get("case"), YText):
                name = mapping["case"]
                if name in self.cases:
                    return procedures.get(self.cases[str(name)])
                if name not in procedures:
                    known = [*sorted(self.cases), *procedures]
                    hint = did_you_mean(str(name), known) or "name it with `as:` in the step that opens it"
                    self.out.add(place(name), "PF295", f"no case of this test is called `{name}`", hint)
                    return None
                return procedures[str(name)]
        return procedures.get(str(self.tree["scenarios"]))

    # names

    def person(self, node: Any) -> None:
        if isinstance(node, YText) and self.people is not None and node not in self.people:
            self.out.unknown(place(node), "PF243", "person", str(node), sorted(self.people))

    def laid_over(self, part: YMap) -> None:
        people = submap(part, "people")
        for facts in people.values():
            if not isinstance(facts, YMap):
                continue
            for role in listed(facts.get("roles")):
                if isinstance(role, YText) and self.roles is not None and role not in self.roles:
                    self.out.unknown(place(role), "PF242", "role", str(role), sorted(self.roles))
            self.person(facts.get("mate"))

    def choice(self, node: Any, procedure: Procedure | None) -> None:
        if not isinstance(node, YText) or procedure is None:
            return
        of, _, name = str(node).rpartition(".")
        names = _choices(procedure)
        if of and of not in procedure.state:
            self.out.unknown(place(node), "PF240", "state", of, list(procedure.state))
        elif of and name not in procedure.state[of].choices_by_name:
            known = procedure.state[of].choices_by_name
            self.out.unknown(node.position(len(of) + 1), "PF241", f"choice of `{of}`:", name, known)
        elif not of and name not in (*names, *_EVERYWHERE):
            self.out.unknown(place(node), "PF241", "choice", name, names)

    def operation(self, name: str, at: tuple[int, int]) -> None:
        operations = self.known.operations
        if operations is not None and name not in operations and name not in BUILT_IN:
            self.out.unknown(at, "PF120", "operation", name, [*operations, *BUILT_IN])

    def operations_of(self, node: Any) -> None:
        if isinstance(node, YText):
            self.operation(str(node), place(node))
        elif isinstance(node, YMap):
            for name in node:
                self.operation(str(name), key_place(node, name))

    def parameters_of(self, node: Any) -> None:
        """What is looked at of an operation that was asked for: its own parameters, where no others can be."""
        for name, given in node.items() if isinstance(node, YMap) else ():
            schema = (self.known.operations or {}).get(name, {})
            known = schema.get("properties", {})
            for key in (
                given if isinstance(given, YMap) and schema.get("additionalProperties") is False else ()
            ):
                if key not in known:
                    message = f"`{key}` is not a parameter of `{name}`"
                    self.out.add(key_place(given, key), "PF101", message, did_you_mean(str(key), known))

    def entries(self, node: Any) -> None:
        """The kinds of the journal's entries, as they are called or with `_` between the words."""
        for item in listed(node):
            kind = item.get("kind") if isinstance(item, YMap) else None
            if isinstance(kind, YText) and kind.replace("_", "").casefold() not in map(str.casefold, JOURNAL):
                hint = did_you_mean(str(kind), JOURNAL)
                self.out.add(place(kind), "PF104", f"the journal has no entry of the kind `{kind}`", hint)

    def deadline(self, name: str, at: tuple[int, int], procedure: Procedure | None) -> None:
        if procedure is not None and name not in procedure.deadline:
            self.out.unknown(at, "PF294", "deadline", name, list(procedure.deadline))

    def entered(
        self, node: Any, fields: Mapping[str, Sequence[Field]], extra: Collection[str], what: str
    ) -> None:
        """What is entered in a step: fields that it asks for, values that they take, and files that are there."""
        if not isinstance(node, YMap):
            return
        for name, item in node.items():
            if name not in fields and name not in extra:
                hint = did_you_mean(str(name), fields)
                hint = (
                    f"it stands beside `with`, not in it: {name}: …" if name in ("by", "as", "case") else hint
                )
                self.out.add(key_place(node, name), "PF297", f"{what} does not ask for `{name}`", hint)
            elif name in fields:
                self.files(fields[str(name)][0], item)
                scenario_values.entered(fields[str(name)], item, self.out)

    def files(self, field: Field, node: Any) -> None:
        if field.type == "array" and field.items is not None:
            for item in listed(node):
                self.files(field.items, item)
        elif field.type == "object" and isinstance(node, YMap):
            for part in field.properties:
                if part.name in node:
                    self.files(part, node[part.name])
        elif field.type == "file":
            self.file(node)

    def file(self, node: Any) -> None:
        if self.exists is None or not isinstance(node, YText) or not node or has_template(node):
            return
        if not self.exists(posixpath.join(self.folder, str(node))):
            hint = "its path is seen from the folder of the scenarios"
            self.out.add(place(node), "PF296", f"there is no file `{node}`", hint)

    def instant(self, node: Any) -> None:
        """A day or an instant as people write it, with or without an offset."""
        if not isinstance(node, YText) or is_null(node):
            return
        for read in (read_date, lambda text: read_instant(text, UTC)):
            try:
                read(str(node))
                return
            except Wrong:
                continue
        self.out.add(place(node), "PF210", f"`{node}` is no instant", "write it like 2026-05-19 17:00")

    # steps

    def wait(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        if not isinstance(node, YText):
            return
        text = str(node).strip()
        if text.casefold().startswith("until "):
            text = text[len("until ") :].strip()
        try:
            parse_time(text)
        except TimeSyntaxError as wrong:
            hint = wrong.hint or "a time such as 2 days, or until 2026-05-19 17:00"
            hint = hint if hint.startswith("write") else f"write {hint}"
            self.out.add(place(node), "PF210", f"`{node}` is no time to wait: {wrong.message}", hint)

    def open(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        if not isinstance(node, YMap):
            return
        self.person(node.get("by"))
        procedure = self._other(node, procedure)
        if procedure is not None:
            asked = {ask.name: ask.field for start in procedure.starts for ask in start.asks}
            taken = {name: [field] for name, field in {**procedure.fields, **asked}.items()}
            self.entered(node.get("with"), taken, (), "the opening")
            scenario_values.lacking(procedure, node, self.out)

    def _other(self, node: YMap, procedure: Procedure | None) -> Procedure | None:
        """The other procedure that an opening names; else the one that is rehearsed."""
        name, procedures = node.get("procedure"), self.known.procedures or {}
        if not isinstance(name, YText):
            return procedure
        if name not in procedures:
            self.out.unknown(place(name), "PF245", "procedure", str(name), procedures)
        return procedures.get(str(name))

    def do(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        self.choice(node, procedure)
        self.person(step.get("by"))
        if procedure is not None and isinstance(node, YText):
            of, _, name = str(node).rpartition(".")
            found = [
                state.choices_by_name[name]
                for state in procedure.states
                if name in state.choices_by_name and of in ("", state.name)
            ]
            fields: dict[str, list[Field]] = {}
            for ask in (ask for choice in found for ask in with_note(choice)):
                fields.setdefault(ask.name, []).append(ask.field)
            if found or node in _EVERYWHERE:
                self.entered(step.get("with"), fields, () if found else _EVERYWHERE[node], f"`{node}`")

    def refused(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        if isinstance(node, YMap) and not str(node.get("because", "")).startswith("unknown"):
            self.choice(node.get("do"), procedure)
            self._other(submap(node, "open"), None)
            self.receive(step, node.get("receive"), procedure)
            self.operations_of(node.get("deliver"))
            self.operations_of(node.get("fail"))

    def receive(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        if isinstance(node, YMap):
            self.instant(node.get("received"))
            scenario_work.message(node, self.known, self.out)
            if isinstance(form := node.get("form"), YText) and form not in (*MESSAGE_FORMS, *NULL):
                self.out.unknown(place(form), "PF104", "form of a message", str(form), MESSAGE_FORMS)
            for item in listed(node.get("files")):
                self.file(item)

    def signal(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        scenario_work.signal(node, procedure, self.out)

    def answer(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        self.operations_of(node)

    def absent(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        """An absence, or a shift: both name a person."""
        if isinstance(node, YMap):
            self.person(node.get("person"))
            for end in ("from", "until"):
                self.instant(node.get(end))

    def change(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        if not isinstance(node, YMap):
            return
        self.laid_over(submap(node, "organisation"))
        scenario_work.surroundings(submap(node, "organisation"), self.known, self.out)
        name, tables = node.get("table"), self.known.tables
        if not isinstance(name, YText) or tables is None:
            return
        if name not in tables:
            self.out.unknown(place(name), "PF299", "table", str(name), tables)
            return
        table = tables[str(name)]
        columns = [column.name for column in table.columns] if table is not None else None
        for row in listed(node.get("rows")):
            for key in row if isinstance(row, YMap) and columns is not None else ():
                if key not in (columns or ()):
                    self.out.unknown(key_place(row, key), "PF225", "column", str(key), columns or ())

    def expect(self, step: YMap, node: Any, procedure: Procedure | None) -> None:
        if not isinstance(node, YMap):
            return
        for item in listed(node.get("sent")):
            self.operations_of(item)
            self.parameters_of(item)
        self.entries(node.get("log"))
        choices = _choices(procedure)
        for name in submap(node, "count"):
            if "." not in name and procedure is not None and name not in (*BUILT_IN, *choices):
                self.out.unknown(
                    key_place(submap(node, "count"), name), "PF241", "choice", str(name), choices
                )
            elif "." in name:
                self.operation(str(name), key_place(submap(node, "count"), name))
        if procedure is None:
            return
        for state in listed(node.get("state")):
            if isinstance(state, YText) and state not in procedure.state:
                self.out.unknown(place(state), "PF240", "state", str(state), list(procedure.state))
        data = submap(node, "data")
        for name in data:
            if name not in procedure.fields:
                self.out.unknown(key_place(data, name), "PF244", "field", str(name), procedure.fields)
            else:
                scenario_values.expected(procedure.fields[str(name)], data[name], self.out)
        for key in ("due", "act_by"):
            instants = submap(node, key)
            for name in instants:
                self.instant(instants[name])
                self.deadline(str(name), key_place(instants, name), procedure)
        for name in listed(node.get("missed")):
            if isinstance(name, YText):
                self.deadline(str(name), place(name), procedure)
        offered: Any = node.get("choices")
        for person in offered if isinstance(offered, YMap) else ():
            self.person(YText(person, *key_place(offered, person)))
        for names in offered.values() if isinstance(offered, YMap) else [offered]:
            for name in listed(names):
                self.choice(name, procedure)
        scenario_words.check(node, procedure, self.known.languages, self.person, self.out)
        scenario_work.check(node, procedure, self.roles, self.people, self.person, self.out)


def _choices(procedure: Procedure | None) -> list[str]:
    if procedure is None:
        return []
    return list({choice.name: None for state in procedure.states for choice in state.choices})


def _opened(steps: list[YMap], rehearsed: str) -> Iterator[tuple[str, str]]:
    """The name given to each case, with its procedure."""
    for step in steps:
        node = submap(step, "open")
        if isinstance(node.get("as"), YText):
            yield str(node["as"]), str(node.get("procedure", rehearsed))


_KINDS: Mapping[str, Callable[[_Scenarios, YMap, Any, Procedure | None], None]] = {
    "open": _Scenarios.open,
    "do": _Scenarios.do,
    "refused": _Scenarios.refused,
    "receive": _Scenarios.receive,
    "signal": _Scenarios.signal,
    "wait": _Scenarios.wait,
    "deliver": _Scenarios.answer,
    "fail": _Scenarios.answer,
    "absent": _Scenarios.absent,
    "shift": _Scenarios.absent,
    "change": _Scenarios.change,
    "expect": _Scenarios.expect,
}
