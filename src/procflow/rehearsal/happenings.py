"""What happens beside what people choose: messages, events, time, deliveries, absences, other documents.

A part of a scenario's performance; each step raises `Failed` when it does not go as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from procflow.core.decide import Command
from procflow.core.field_formats import read_date
from procflow.core.field_problems import Wrong
from procflow.core.nearest import did_you_mean
from procflow.core.organisation import Absence
from procflow.core.refusals import Refusal
from procflow.core.senders import plain_sender
from procflow.core.times import parse_time
from procflow.definitions.building import is_null
from procflow.definitions.nodes import YList, YMap, plain_value
from procflow.engine import Answer
from procflow.errors import CalendarError
from procflow.ports import Inbound
from procflow.rehearsal.entering import (
    Keep,
    Read,
    entered_all,
    file_content,
    instant_of,
)
from procflow.rehearsal.failure import At, Failed, key_of, place_of
from procflow.rehearsal.stage import Stage

_ONE_DAY = timedelta(days=1)


class Happenings:
    """The steps in which something comes from outside, or time passes."""

    stage: Stage
    procedure: str
    read: Read
    keep: Callable[[int], Keep]
    case_of: Callable[..., str]

    def receive(self, step: YMap, at: Any) -> None:
        node = below(step, "receive")
        stage = self.stage
        before = set(stage.cases)
        named = self.case_of(step) if "case" in step else ""
        answer = stage.receive(self._message(node), named)
        if answer is None or not answer.accepted or answer.case_id in before:
            return
        if not stage.current or stage.load(answer.case_id).row.procedure == self.procedure:
            stage.current = answer.case_id

    def _kept_out(self, step: YMap, node: YMap, at: Any) -> Refusal | None:
        """Why a message opens no case, or is refused by the one that it is for; that nobody asks for it is no refusal."""
        stage = self.stage
        named = self.case_of(step) if "case" in step else ""
        answer = stage.receive(self._message(below(node, "receive")), named)
        refusal = answer.refusal if answer is not None else stage.intake.refusal
        if answer is None and refusal is None:
            raise Failed(f"nobody refused the message: {stage.remarks[-1]}", at)
        return refusal

    def _message(self, node: YMap) -> Inbound:
        organisation = self.stage.surroundings.organisation
        sender = str(node.get("from", "")).strip()
        channel = str(node["channel"]) if "channel" in node else "mail" if "@" in sender else "sms"
        sender, display = plain_sender(sender)  # as a mailbox tells it: the address alone, the name beside it
        boxes = organisation.mailboxes
        main = boxes.get("main") or next(iter(boxes.values()), "") if channel == "mail" else ""
        to = node.get("to", main)
        to = [boxes.get(str(word), str(word)) for word in (to if isinstance(to, YList) else [to])]
        fields = node.get("fields")
        files: Any = node.get("files", YList())
        return Inbound(
            source="rehearsal",
            external_id=self.stage.id(),
            channel=channel,
            sender=sender,
            to=", ".join(to),
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
            raise told(f"the event “{step['signal']}” was refused", answer.refusal, at)

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
        operation = operation_named(given)
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
            raise told(f"the answer of {operation} was refused", answer.refusal, at)

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
        node = below(step, "absent")
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
            raise told("the absence was refused", answer.refusal, at)

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
        node = below(step, "shift")
        try:
            day = read_date(str(node["day"]))
        except Wrong as problem:
            raise Failed(
                f"`{node['day']}` is no day", place_of(node["day"], at), "write it as 2026-03-19"
            ) from problem
        name, person = str(node["name"]), self._known(node, at)
        answer = self.stage.engine.assign_shift(self.stage.id(), day, name, person, "")
        if answer.refusal is not None:
            raise told("the shift was refused", answer.refusal, at)

    def change(self, step: YMap, at: Any) -> None:
        node = below(step, "change")
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


def told(message: str, refusal: Refusal, at: Any) -> Failed:
    """A refusal told in words, with the code that `because` may name."""
    where = f" ({refusal.path}:{refusal.at[0]})" if refusal.path and refusal.at[0] else ""
    return Failed(f"{message}: {refusal.words('en')} [{refusal.code}]{where}", at, refusal.hint("en"))


def wrong_value(step: YMap, refusal: Refusal) -> At | None:
    """Where the first value of `with` stands that its field does not take; None where nothing given is at fault."""
    given = step.get("with")
    if not isinstance(given, YMap):
        return None
    for problem in refusal.problems:
        if problem.name in given:
            node = given[problem.name]
            place = re.fullmatch(r"\w+\[([0-9]+)\].*", problem.path)
            if place and isinstance(node, YList) and int(place[1]) < len(node):
                node = node[int(place[1])]
            return place_of(node, key_of(given, problem.name))
    return None


def below(step: YMap, kind: str) -> YMap:
    """The mapping below a step's key, where there is one."""
    node = step[kind]
    if isinstance(node, YMap):
        return node
    if is_null(node):
        return YMap((), step.line, step.column)
    raise Failed(f"`{kind}` is a mapping", place_of(node))


def operation_named(node: Any) -> str:
    """The operation that `deliver` or `fail` names, alone or with what it answers."""
    return str(next(iter(node), "")) if isinstance(node, YMap) else str(node)


def _result(node: Any) -> Mapping[str, Any]:
    """What a delivery answers, field by field."""
    value = plain_value(node)
    return value if isinstance(value, dict) else {}
