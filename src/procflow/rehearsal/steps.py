"""The steps of a scenario, each done in the real engine as the language page says.

A step raises `Failed` when it does not go as written. It must not know how tests are collected or reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from procflow.core.decide import Command
from procflow.core.nearest import did_you_mean
from procflow.core.refusals import Refusal
from procflow.core.task_commands import TASK_KINDS
from procflow.definitions.nodes import YMap, YText
from procflow.engine import Answer
from procflow.errors import NotFound, ProcflowError
from procflow.rehearsal.entering import (
    Keep,
    Read,
    entered_all,
    fields_of_choice,
    fields_of_start,
    file_content,
)
from procflow.rehearsal.expecting import differences
from procflow.rehearsal.failure import Failed, key_of, place_of
from procflow.rehearsal.happenings import Happenings, below, operation_named, told, wrong_value
from procflow.rehearsal.looking import Look
from procflow.rehearsal.stage import Endless, Stage

#: The key that says what a step is; the rest stand beside it.
KINDS = (
    "open", "do", "receive", "signal", "wait", "deliver", "fail", "absent", "shift", "change", "refused", "expect",
)  # fmt: skip
#: Steps in which somebody acts on a case: deliveries that are still on their way arrive before them.
_ACTS = frozenset({"open", "do", "receive", "signal"})
#: What can be done in every case, as at the command line -> the kind of command.
EVERYWHERE = {
    "note": "note", "assign": "assign", "claim": "claim_task", "giveback": "give_back", "suspend": "suspend",
    "resume": "resume", "handover": "hand_over", "takeback": "take_back",
}  # fmt: skip


@dataclass
class Performance(Happenings):
    """One test on its stage. `procedure` is the one that the scenarios are for; `read` reads their files."""

    stage: Stage
    procedure: str
    read: Read
    person: str = ""
    seen: dict[str, int] = field(default_factory=dict)

    def perform(self, step: YMap, later: list[Any]) -> None:
        """Do one step; `later` are the steps after it. Raises Failed."""
        kind = kind_of(step)
        at = key_of(step, kind)
        inner = step.get("refused")
        answers = kind in ("deliver", "fail") or (
            isinstance(inner, YMap) and bool({"deliver", "fail"} & {*inner})
        )
        self.stage.held = answered_in([step, *later] if answers else later)
        try:
            _STEPS[kind](self, step, at)
            if answers:  # what it did not name is on its way no longer
                self.stage.held = answered_in(later)
                self.stage.settle()
        except Endless as problem:
            raise Failed(
                str(problem), at, "look for states that lead to each other by themselves"
            ) from problem
        except ProcflowError as problem:
            raise Failed(problem.message, at, problem.hint) from problem

    # cases and people

    def case_of(self, step: YMap, inner: Any = None) -> str:
        """The case that a step is about: the one it names, else the one opened last."""
        for mapping in (inner, step):
            if isinstance(mapping, YMap) and "case" in mapping:
                try:
                    return self.stage.case_named(str(mapping["case"]))
                except NotFound as problem:
                    raise Failed(problem.message, place_of(mapping["case"]), problem.hint) from problem
        if self.stage.current:
            return self.stage.current
        with suppress(NotFound):  # one that was opened by itself, or by a signal
            return self.stage.case_named(self.procedure)
        there = sorted({self.stage.load(case_id).row.procedure for case_id in self.stage.cases})
        raise Failed(
            f"no case of {self.procedure} was opened yet",
            place_of(step),
            f"write whose case is meant: case: {there[0]}" if there else "begin with a step `open`",
        )

    def actor(self, mapping: YMap, at: Any) -> str:
        """Who acts: `by`, else whoever acted last."""
        if "by" in mapping:
            organisation = self.stage.surroundings.organisation
            self.person = organisation.person_id(str(mapping["by"])) or str(mapping["by"])
        elif not self.person:
            raise Failed("who does this?", at, "write by: and a person")
        return self.person

    def keep(self, slot: int) -> Keep:
        """Stores a file of the scenario under a case's key; gives the value for it."""

        def one(node: YText) -> Mapping[str, Any]:
            name, content = file_content(node, self.read)
            return {**self.stage.evidence.put(content, key_slot=slot, name=name), "slot": slot}

        return one

    # steps

    def open(self, step: YMap, at: Any) -> None:
        node = below(step, "open")
        answer = self.opened(node, at)
        if answer.refusal is not None:
            raise told("the opening was refused", answer.refusal, wrong_value(node, answer.refusal) or at)
        if self._procedure_of(node) == self.procedure:
            self.stage.current = answer.case_id  # that of another procedure is named where it is meant
        if "as" in node:
            self.stage.names[str(node["as"])] = answer.case_id

    def opened(self, node: YMap, at: Any) -> Answer:
        """Ask for an opening; without `by` as another procedure would (`start`)."""
        name = self._procedure_of(node)
        _, procedure = self.stage.engine.procedure_in_force(name)
        keep = self.keep(self.stage.store.next_slot())
        given = entered_all(fields_of_start(procedure), node.get("with"), keep)
        by = self.actor(node, at) if "by" in node else ""
        source = "" if by else "rehearsal"
        command = Command(self.stage.id(), "open", name, by, given, source=source)
        return self.stage.open(name, command)

    def _procedure_of(self, node: YMap) -> str:
        """The procedure of which a case is opened: the one that is rehearsed, unless another is named."""
        if "procedure" not in node:
            return self.procedure
        name = str(node["procedure"])
        if name not in self.stage.cast.procedures:
            hint = did_you_mean(name, self.stage.cast.procedures)
            raise Failed(f"there is no procedure `{name}`", place_of(node["procedure"]), hint)
        return name

    def do(self, step: YMap, at: Any) -> None:
        answer = self.done(step, self.case_of(step), at)
        if answer.refusal is not None:
            where = wrong_value(step, answer.refusal) or at
            raise told(f"“{step['do']}” was refused", answer.refusal, where)

    def done(self, node: YMap, case_id: str, at: Any) -> Answer:
        """Take a choice; what every case has (`note`, `assign`, `claim` …) goes the same way."""
        name = str(node["do"])
        loaded = self.stage.load(case_id)
        procedure = self.stage.procedure_of(case_id)
        own = {choice.name for state in procedure.states for choice in state.choices}
        kind = EVERYWHERE.get(name, "choice") if name not in own else "choice"
        fields = fields_of_choice(procedure, loaded.plain, name) if kind == "choice" else {}
        given = entered_all(fields, node.get("with"), self.keep(loaded.row.key_slot))
        about = "" if kind in TASK_KINDS else name  # the one task that it can mean for this person
        return self.stage.submit(case_id, Command(self.stage.id(), kind, about, self.actor(node, at), given))

    def refused(self, step: YMap, at: Any) -> None:
        node = below(step, "refused")
        refusal, what, of = self._tried(step, node, at)
        if refusal is None:
            raise Failed(f"{what} was to be refused, and was accepted", at)
        because = node.get("because")
        if because is not None and not refusal.is_because(str(because)):
            raise told(f"{what} was refused, but not because “{because}”", refusal, key_of(node, "because"))
        self.stage.refusals.append((of, refusal.code))

    def _tried(self, step: YMap, node: YMap, at: Any) -> tuple[Refusal | None, str, str]:
        """(why it was refused, what, of which procedure) of what a `refused` tries."""
        if "open" in node:
            inner = node["open"]
            asked = inner if isinstance(inner, YMap) else node
            return self.opened(asked, at).refusal, "the opening", self._procedure_of(asked)
        if "receive" in node:
            return self._kept_out(step, node, at), "the message", self.procedure
        if "do" in node:
            answer = self.done(node, self.case_of(step, node), at)
            return answer.refusal, f"“{node['do']}”", self._procedure_at(step, node)
        if "signal" in node:
            answer = self._signalled(node, self.case_of(step, node), at)
            return answer.refusal, f"the event “{node['signal']}”", self._procedure_at(step, node)
        if "deliver" in node or "fail" in node:
            kind = "deliver" if "deliver" in node else "fail"
            answer = self._answered(step, node, kind, at)
            return answer.refusal, f"the answer of {operation_named(node[kind])}", self.procedure
        raise Failed(
            "`refused` needs a `do`, an `open`, a `receive`, a `signal`, a `deliver` or a `fail`",
            at,
            "write refused: {do: ..., by: ..., because: ...}",
        )

    def _procedure_at(self, step: YMap, node: YMap) -> str:
        """The procedure of the case that a step is about."""
        return self.stage.load(self.case_of(step, node)).row.procedure

    def expect(self, step: YMap, at: Any) -> None:
        node = below(step, "expect")
        case_id = self.case_of(step, node)
        loaded = self.stage.load(case_id)
        procedure = self.stage.procedure_of(case_id)
        look = Look(self.stage, loaded, procedure, self.person, self.seen.get(case_id, 0))
        found = differences(look, node)
        self.seen[case_id] = len(look.asked)
        if found:
            one = found[0].about if len(found) == 1 else f"{len(found)} things"
            raise Failed(f"not as expected: {one}", found[0].at, "", found)


def kind_of(step: Any) -> str:
    """Which step it is. Raises Failed."""
    if not isinstance(step, YMap):
        raise Failed("a step is a mapping such as `do: register`", place_of(step))
    for kind in KINDS:
        if kind in step:
            return kind
    word = str(next(iter(step), ""))
    raise Failed(f"there is no step `{word}`", place_of(step), did_you_mean(word, KINDS))


def answered_in(steps: list[Any]) -> frozenset[str]:
    """The operations whose deliveries the scenario answers itself before somebody acts again."""
    found: set[str] = set()
    for step in steps:
        if not isinstance(step, YMap) or not _ACTS.isdisjoint(step):
            break
        inner = step.get("refused")
        for kind in ("deliver", "fail"):
            named = step.get(kind) or (inner.get(kind) if isinstance(inner, YMap) else None)
            found.update(
                str(name) for name in (named if isinstance(named, YMap) else [named] if named else ())
            )
    return frozenset(found)


_STEPS: dict[str, Callable[[Performance, YMap, Any], None]] = {
    kind: getattr(Performance, kind) for kind in KINDS
}
