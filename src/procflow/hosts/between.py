"""What one case asks of others: to be opened, told of an event, waited for, answered, cancelled.

Each is carried out under the key of its effect, so that it happens once however often it is tried; what became of it
comes back to the case that asked as an answer. It must not know channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from procflow.core.case import Case
from procflow.core.decide import Command
from procflow.core.expressions import holds
from procflow.core.field_formats import read_instant
from procflow.core.field_problems import Wrong
from procflow.core.record import decode
from procflow.core.scope import StepScope
from procflow.engine import Answer
from procflow.errors import CalendarError, Conflict, EvaluationError, NotFound
from procflow.ports import Delivery, EffectRow

if TYPE_CHECKING:
    from procflow.hosts.outbox import Outbox


def carry_out(outbox: Outbox, row: EffectRow) -> list[Answer]:
    """Do what an effect asks; -> the answers of every case that took a step, the asking one's last."""
    loaded = outbox.engine.load(row.case_id)
    sealed = decode(row.parameters)
    parameters = decode(outbox.engine.unseal_bytes(row.case_id, loaded.row.key_slot, sealed))
    return _DONE[row.channel](outbox, row, dict(parameters), loaded.row.number)


def _told(outbox: Outbox, row: EffectRow, delivery: Delivery) -> list[Answer]:
    with suppress(Conflict):  # the host answers again, under the same key
        return [outbox.answer(row, delivery, row.asked_at)]
    return []


def _open(
    outbox: Outbox, row: EffectRow, parameters: Mapping[str, Any], number: int, owed: str
) -> tuple[Answer, str]:
    """Open the case that an effect asks for; its clocks may count from an earlier instant. -> and why not."""
    name, given = str(parameters["procedure"]), dict(parameters.get("with") or {})
    try:
        received = _received(outbox, given.pop("received", None))
    except Wrong:
        return Answer(False, row.case_id), "`received` is no instant"
    command = Command(
        f"{row.channel}:{row.key}", "open", name, given=given, received=received, source=f"case {number}",
        at=row.asked_at, owed=owed,
    )  # fmt: skip
    try:
        opened = outbox.engine.open(name, command)
    except NotFound as problem:
        return Answer(False, row.case_id), problem.message
    return opened, opened.refusal.words("en") if opened.refusal is not None else ""


def _received(outbox: Outbox, value: Any) -> datetime | None:
    """The instant from which the clocks of an opened case count; a bare date is its midnight. Raises Wrong."""
    calendar = outbox.engine.surroundings().calendar
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return calendar.midnight(value)
    return read_instant(str(value), calendar.tz)


def _start(outbox: Outbox, row: EffectRow, parameters: Mapping[str, Any], number: int) -> list[Answer]:
    opened, error = _open(outbox, row, parameters, number, "")
    result = {"case": opened.case_id, "number": opened.number} if opened.accepted else {}
    told = _told(outbox, row, Delivery("done" if opened.accepted else "failed", result, error))
    return [*([opened] if opened.accepted and not opened.shown else []), *told]


def _invoke(outbox: Outbox, row: EffectRow, parameters: Mapping[str, Any], number: int) -> list[Answer]:
    """Open the case whose end is awaited, and tell the one that waits which it is."""
    opened, error = _open(outbox, row, parameters, number, row.key)
    if opened.shown:
        error = f"case {opened.number} is open already, and there may be only one"
    if not opened.accepted or opened.shown:
        return _told(outbox, row, Delivery("failed", {}, error))
    there = Command(
        f"opened:{row.key}", "answer", row.key, given={"case": opened.case_id, "number": opened.number},
        status="opened", source=row.channel, at=row.asked_at,
    )  # fmt: skip
    with suppress(Conflict):
        return [outbox.engine.submit(row.case_id, there), opened]
    return [opened]


def _end(outbox: Outbox, row: EffectRow, parameters: Mapping[str, Any], number: int) -> list[Answer]:
    """Tell a case that the one it waits for has ended."""
    key = str(parameters["key"])
    answer = Command(
        f"answer:{key}", "answer", key, given=dict(parameters["result"]), status="done", source="procedure",
        at=row.asked_at,
    )  # fmt: skip
    found = outbox.engine.submit(key.partition("/")[0], answer)
    return [found, *_told(outbox, row, Delivery("done"))]


def _cancel(outbox: Outbox, row: EffectRow, parameters: Mapping[str, Any], number: int) -> list[Answer]:
    command = Command(f"cancel:{row.key}", "cancel", "cancel", source=f"case {number}", at=row.asked_at)
    found = outbox.engine.submit(str(parameters["case"]), command)
    return [found, *_told(outbox, row, Delivery("done"))]


def _signal(outbox: Outbox, row: EffectRow, parameters: Mapping[str, Any], number: int) -> list[Answer]:
    """An event for every other open case of a procedure with these data; without any, it may open one."""
    engine, to = outbox.engine, dict(parameters.get("to") or {})
    event, name, where = str(parameters["name"]), str(to.get("procedure")), dict(to.get("where") or {})
    done: list[Answer] = []
    found = [case for case in engine.cases_like(name, where) if case["id"] != row.case_id]
    for case in found:
        command = Command(
            f"signal:{row.key}:{case['id']}", "event", event, source=f"case {number}", at=row.asked_at
        )
        done.append(engine.submit(str(case["id"]), command))
    error = ""
    if not found:
        opened, error = _opened_by_event(outbox, row, event, name, where, number)
        done += [opened] if opened is not None and opened.accepted else []
    result = {"cases": len(done)}
    return [
        *done,
        *_told(outbox, row, Delivery("failed" if error else "done", {} if error else result, error)),
    ]


def _opened_by_event(
    outbox: Outbox, row: EffectRow, event: str, name: str, where: Mapping[str, Any], number: int
) -> tuple[Answer | None, str]:
    """The case that an event opens, where the procedure starts by it."""
    engine = outbox.engine
    try:
        _, procedure = engine.procedure_in_force(name)
    except NotFound as problem:
        return None, problem.message
    now = row.asked_at or engine.world.now()
    scope = StepScope(procedure, Case(), engine.surroundings(), now)
    for start in procedure.starts:
        if start.kind != "event" or start.name != event:
            continue
        try:
            if start.when is not None and not holds(start.when, scope):
                continue
        except (EvaluationError, CalendarError) as problem:
            return None, problem.message
        command = Command(
            f"signal:{row.key}", "open", name, given=dict(where), source=f"case {number}", at=row.asked_at,
            mark=f"event:{event}",
        )  # fmt: skip
        opened = engine.open(name, command)
        return opened, opened.refusal.words("en") if opened.refusal is not None else ""
    return None, ""


_DONE: Mapping[str, Callable[[Outbox, EffectRow, Mapping[str, Any], int], list[Answer]]] = {
    "start": _start,
    "procedure": _invoke,
    "answer": _end,
    "cancel": _cancel,
    "signal": _signal,
}
