"""The steps of a scenario, each done in the real engine as the language page says.

A step raises `Failed` when it does not go as written. It must not know how tests are collected or reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from procflow.core.decide import Command
from procflow.core.field_formats import read_date, read_phone
from procflow.core.field_problems import Wrong
from procflow.core.nearest import did_you_mean
from procflow.core.organisation import Absence
from procflow.core.refusals import Refusal
from procflow.core.task_commands import TASK_KINDS
from procflow.core.times import parse_time
from procflow.definitions.building import is_null
from procflow.definitions.nodes import YList, YMap, YText, plain_value
from procflow.engine import Answer
from procflow.errors import CalendarError, NotFound, ProcflowError
from procflow.ports import Inbound
from procflow.rehearsal.entering import (
    Keep,
    Read,
    entered_all,
    fields_of_choice,
    fields_of_start,
    file_content,
    instant_of,
)
from procflow.rehearsal.expecting import differences
from procflow.rehearsal.failure import Failed, key_of, place_of
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
    "resume": "resume",
}  # fmt: skip
_ONE_DAY = timedelta(days=1)


@dataclass
class Performance:
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
        if not self.stage.current and len(self.stage.cases) == 1:
            return self.stage.cases[0]
        if not self.stage.current:
            raise Failed("no case was opened yet", place_of(step), "begin with a step `open`")
        return self.stage.current

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
        node = _inner(step, "open")
        answer = self.opened(node, at)
        if answer.refusal is not None:
            raise refused("the opening was refused", answer.refusal, at)
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
            raise refused(f"“{step['do']}” was refused", answer.refusal, at)

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
        node = _inner(step, "refused")
        if "open" in node:
            inner = node["open"]
            answer = self.opened(inner if isinstance(inner, YMap) else node, at)
            what = "the opening"
        elif "do" in node:
            answer = self.done(node, self.case_of(step, node), at)
            what = f"“{node['do']}”"
        elif "signal" in node:
            answer = self._signalled(node, self.case_of(step, node), at)
            what = f"the event “{node['signal']}”"
        elif "deliver" in node or "fail" in node:
            kind = "deliver" if "deliver" in node else "fail"
            answer = self._answered(step, node, kind, at)
            what = f"the answer of {_operation(node[kind])}"
        else:
            raise Failed(
                "`refused` needs a `do`, an `open`, a `signal`, a `deliver` or a `fail`",
                at,
                "write refused: {do: ..., by: ..., because: ...}",
            )
        if answer.refusal is None:
            raise Failed(f"{what} was to be refused, and was accepted", at)
        because = node.get("because")
        if because is not None and not answer.refusal.is_because(str(because)):
            raise refused(
                f"{what} was refused, but not because “{because}”", answer.refusal, key_of(node, "because")
            )

    def receive(self, step: YMap, at: Any) -> None:
        node = _inner(step, "receive")
        stage = self.stage
        before = set(stage.cases)
        named = self.case_of(step) if "case" in step else ""
        answer = stage.receive(self._message(node), named)
        if answer is None or not answer.accepted or answer.case_id in before:
            return
        if not stage.current or stage.load(answer.case_id).row.procedure == self.procedure:
            stage.current = answer.case_id

    def _message(self, node: YMap) -> Inbound:
        organisation = self.stage.surroundings.organisation
        sender = str(node.get("from", "")).strip()
        channel = str(node["channel"]) if "channel" in node else "mail" if "@" in sender else "sms"
        display, address = parseaddr(sender) if "@" in sender else ("", "")
        if address:
            sender = address  # as a mailbox tells it: the address alone, the name beside it
        else:
            with suppress(Wrong):  # a name, or no number at all: what the evidence check must see
                sender = read_phone(sender)
        boxes = organisation.mailboxes
        to = node.get("to", boxes.get("main") or next(iter(boxes.values()), "") if channel == "mail" else "")
        fields = node.get("fields")
        files: Any = node.get("files", YList())
        return Inbound(
            source="rehearsal",
            external_id=self.stage.id(),
            channel=channel,
            sender=sender,
            to=", ".join(map(str, to)) if isinstance(to, YList) else str(to),
            received=self.instant(node["received"]) if "received" in node else self.stage.now,
            subject=str(node.get("subject", "")),
            text=str(node.get("text", "")),
            form=str(node.get("form", "message")),
            fields={str(k): str(v) for k, v in fields.items()} if isinstance(fields, YMap) else {},
            files=[
                file_content(file, self.read) for file in (files if isinstance(files, YList) else [files])
            ],
            facts={"display_name": display} if display else {},
        )

    def signal(self, step: YMap, at: Any) -> None:
        """An event for the case, as another case or an outside system sends it."""
        answer = self._signalled(step, self.case_of(step), at)
        if answer.refusal is not None:
            raise refused(f"the event “{step['signal']}” was refused", answer.refusal, at)

    def _signalled(self, node: YMap, case_id: str, at: Any) -> Answer:
        name = str(node["signal"])
        loaded, procedure = self.stage.load(case_id), self.stage.procedure_of(case_id)
        listened = {event for state in procedure.states for event in state.events_by_name}
        if name not in listened:
            hint = did_you_mean(name, sorted(listened))
            raise Failed(f"no state of {procedure.name} takes the event `{name}`", at, hint)
        given = entered_all(procedure.fields, node.get("with"), self.keep(loaded.row.key_slot))
        command = Command(self.stage.id(), "event", name, given=given, source="rehearsal")
        return self.stage.submit(case_id, command)

    def wait(self, step: YMap, at: Any) -> None:
        node = step["wait"]
        target = self.time(node)
        if target < self.stage.now:
            now = self.local(self.stage.now)
            raise Failed(
                f"it is {now}: the clock does not go back to {self.local(target)}", place_of(node, at)
            )
        self.stage.wait_until(target)

    def time(self, node: Any) -> datetime:
        """The instant that `wait` names; a bare date is when it opens."""
        text = str(node).strip()
        if text.casefold().startswith("until "):
            text = text[len("until ") :].strip()
        try:
            return self.stage.surroundings.calendar.due(
                parse_time(text), self.stage.now, bare_date="opening"
            ).at
        except CalendarError as problem:
            hint = problem.hint or "write a time such as 2 days, or until 2026-05-19 17:00"
            raise Failed(f"`{node}` is no time to wait: {problem.message}", place_of(node), hint) from problem

    def local(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.stage.surroundings.calendar.tz):%Y-%m-%d %H:%M}"

    def instant(self, node: Any) -> datetime:
        return instant_of(node, self.stage.surroundings.organisation.zone)

    def deliver(self, step: YMap, at: Any) -> None:
        node = step["deliver"]
        if isinstance(node, YMap):
            for operation, result in node.items():
                self._answer(step, str(operation), "done", _result(result), "", key_of(node, operation))
            return
        self._answer(step, str(node), "done", {}, "", at)

    def fail(self, step: YMap, at: Any) -> None:
        node = step["fail"]
        if not isinstance(node, YMap):
            raise Failed("`fail` says why", at, f"write fail: {{{node}: the reason}}")
        for operation, reason in node.items():
            self._answer(step, str(operation), "failed", {}, str(reason), key_of(node, operation))

    def _answered(self, step: YMap, node: YMap, kind: str, at: Any) -> Answer:
        """The answer that a `refused` tries."""
        given, named = node[kind], YMap({**node, **({"case": step["case"]} if "case" in step else {})})
        operation = _operation(given)
        inner = next(iter(given.values()), None) if isinstance(given, YMap) else None
        if kind == "fail":
            return self._answer_of(named, operation, "failed", {}, str(inner or ""), at)[0]
        return self._answer_of(named, operation, "done", _result(inner), "", at)[0]

    def _answer(
        self, step: YMap, operation: str, status: str, result: Mapping[str, Any], error: str, at: Any
    ) -> None:
        """What the oldest effect of that operation answers; one that comes too late is told as such."""
        answer, late = self._answer_of(step, operation, status, result, error, at)
        if late:
            self.stage.remarks.append(
                f"the late answer of {operation} was dropped: nobody waits for it any more"
            )
        elif answer.refusal is not None:
            raise refused(f"the answer of {operation} was refused", answer.refusal, at)

    def _answer_of(
        self, step: YMap, operation: str, status: str, result: Mapping[str, Any], error: str, at: Any
    ) -> tuple[Answer, bool]:
        """(the answer, whether it is late) of the oldest such effect: of the case, else of any case of the test."""
        stage = self.stage
        case_id = self.case_of(step) if "case" in step or stage.current else ""
        found = stage.waiting(operation, case_id)
        if not found and "case" not in step:
            found = stage.waiting(operation)
        late = [] if found else stage.cancelled(operation, case_id if "case" in step else "")
        if not found and not late:
            waiting = [f"{row.channel}.{row.operation}" for row in stage.waiting()]
            there = f"waiting: {', '.join(waiting)}" if waiting else "nothing waits for an answer"
            hint = (
                did_you_mean(operation, waiting)
                if waiting
                else "the step that asks for it stands before this one"
            )
            raise Failed(f"no {operation} waits for its delivery; {there}", at, hint)
        return stage.answer((found or late)[0], status, result, error), bool(late)

    def absent(self, step: YMap, at: Any) -> None:
        node = _inner(step, "absent")
        organisation = self.stage.surroundings.organisation
        person = self._known(node, at)
        midnight = self.stage.surroundings.calendar.midnight
        zone = organisation.zone
        since = instant_of(node["from"], zone, midnight) if "from" in node else self.stage.now
        until = None
        if "until" in node and not is_null(node["until"]):
            until = instant_of(node["until"], zone, lambda day: midnight(day + _ONE_DAY))
            if until <= since:
                raise Failed("this absence ends before it begins", key_of(node, "until"))
        answer = self.stage.engine.register_absence(self.stage.id(), Absence(person, since, until), "")
        if answer.refusal is not None:
            raise refused("the absence was refused", answer.refusal, at)

    def _known(self, node: YMap, at: Any) -> str:
        """The id of the `person` that a step names."""
        organisation = self.stage.surroundings.organisation
        code = str(node.get("person", ""))
        person = organisation.person_id(code)
        if person is None:
            hint = did_you_mean(code, organisation.people)
            raise Failed(f"there is no person `{code}`", place_of(node.get("person"), at), hint)
        return person

    def shift(self, step: YMap, at: Any) -> None:
        node = _inner(step, "shift")
        try:
            day = read_date(str(node["day"]))
        except Wrong as problem:
            raise Failed(
                f"`{node['day']}` is no day", place_of(node["day"], at), "write it as 2026-03-19"
            ) from problem
        name, person = str(node["name"]), self._known(node, at)
        answer = self.stage.engine.assign_shift(self.stage.id(), day, name, person, "")
        if answer.refusal is not None:
            raise refused("the shift was refused", answer.refusal, at)

    def change(self, step: YMap, at: Any) -> None:
        node = _inner(step, "change")
        cast = self.stage.cast
        if isinstance(node.get("organisation"), YMap):
            cast = cast.laid_over(node["organisation"])
        if "table" in node:
            rows = node.get("rows")
            if not isinstance(rows, YList):
                raise Failed("`table` needs its `rows` beside it", at)
            cast = cast.with_rows(str(node["table"]), rows, place_of(node["table"], at))
        if cast is self.stage.cast:
            raise Failed("nothing is changed here", at, "write organisation: {...}, or table: and rows:")
        self.stage.recast(cast)

    def expect(self, step: YMap, at: Any) -> None:
        node = _inner(step, "expect")
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


def refused(message: str, refusal: Refusal, at: Any) -> Failed:
    """A refusal told in words, with the code that `because` may name."""
    where = f" ({refusal.path}:{refusal.at[0]})" if refusal.path and refusal.at[0] else ""
    return Failed(f"{message}: {refusal.words('en')} [{refusal.code}]{where}", at, refusal.hint("en"))


def _inner(step: YMap, kind: str) -> YMap:
    """The mapping below a step's key, where there is one."""
    node = step[kind]
    if isinstance(node, YMap):
        return node
    if is_null(node):
        return YMap((), step.line, step.column)
    raise Failed(f"`{kind}` is a mapping", place_of(node))


def _operation(node: Any) -> str:
    return str(next(iter(node), "")) if isinstance(node, YMap) else str(node)


def _result(node: Any) -> Mapping[str, Any]:
    """What a delivery answers, field by field."""
    value = plain_value(node)
    return value if isinstance(value, dict) else {}


_STEPS: dict[str, Callable[[Performance, YMap, Any], None]] = {
    kind: getattr(Performance, kind) for kind in KINDS
}
