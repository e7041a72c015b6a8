"""What one case asks of others: to be opened, told of an event, waited for, answered, cancelled.

Each is carried out under the key of its effect, so that it happens once however often it is tried; what became of it
comes back to the case that asked as an answer. It must not know channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from procflow.core.decide import Command
from procflow.core.field_formats import read_instant
from procflow.core.field_problems import Wrong
from procflow.core.record import decode
from procflow.engine import Answer
from procflow.errors import Conflict, NotFound, ProcflowError
from procflow.ports import Delivery
from procflow.stored import EffectRow

if TYPE_CHECKING:
    from procflow.hosts.outbox import Outbox

#: How many cases may open each other one after the other at one instant.
MOST_AT_ONCE = 50

_RING: Mapping[str, str] = {
    "en": "{most} cases have opened each other one after the other, and it does not end",
    "da": "{most} sager har oprettet hinanden, den ene efter den anden, og det holder ikke op",
}
_OPEN_ALREADY: Mapping[str, str] = {
    "en": "case {number} is open already, and there may be only one",
    "da": "sag {number} er åben i forvejen, og der må kun være én",
}


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
    if _in_a_ring(outbox, row):
        return Answer(False, row.case_id), _RING[_language(outbox)].format(most=MOST_AT_ONCE)
    try:
        opened = outbox.engine.open(name, command)
    except NotFound as problem:
        return Answer(False, row.case_id), problem.message
    return opened, opened.refusal.words(_language(outbox)) if opened.refusal is not None else ""


def _language(outbox: Outbox) -> str:
    """The language of words that become data of a case."""
    return "da" if outbox.engine.surroundings().organisation.language == "da" else "en"


def _in_a_ring(outbox: Outbox, row: EffectRow) -> bool:
    """Whether cases have opened each other so often at this very instant that it will never end."""
    case = outbox.engine.load(row.case_id).plain
    for _ in range(MOST_AT_ONCE):
        if case.opened != row.asked_at or not case.origin.startswith("case "):
            return False
        case = outbox.engine.load(int(case.origin.removeprefix("case "))).plain
    return True


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
        error = _OPEN_ALREADY[_language(outbox)].format(number=opened.number)
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
    """An event for every other open case of a procedure with these data; without any, it may open one.

    Which cases those are is kept with the case that signals before any of them is told, so that a second try goes
    to the same ones, whatever the first has made of them.
    """
    engine, to = outbox.engine, dict(parameters.get("to") or {})
    event, name, where = str(parameters["name"]), str(to.get("procedure")), dict(to.get("where") or {})
    told, goes_to = _goes_to(outbox, row, event, name, where)
    if goes_to is None:
        return told
    done, problem = list(told), None
    for case_id in goes_to:
        command = Command(
            f"signal:{row.key}:{case_id}", "event", event, source=f"case {number}", at=row.asked_at
        )
        try:
            done.append(engine.submit(case_id, command))
        except ProcflowError as wrong:
            problem = wrong  # it is tried again; the others have it meanwhile
    if problem is not None:
        raise problem
    error = ""
    if not goes_to:
        opened, error = _opened_by_event(outbox, row, event, name, where, number)
        done += [opened] if opened is not None and opened.accepted else []
    delivery = Delivery("failed", {}, error) if error else Delivery("done")
    return [*done, *_told(outbox, row, delivery)]


def _goes_to(
    outbox: Outbox, row: EffectRow, event: str, name: str, where: Mapping[str, Any]
) -> tuple[list[Answer], list[str] | None]:
    """The ids of the cases that a signal goes to, kept at the first try; None: it was delivered already."""
    engine, told = outbox.engine, []
    waiting = engine.load(row.case_id).plain.waiting.get(row.key)
    if waiting is not None and not waiting.case:
        found = [case for case in engine.cases_like(name, where) if case["id"] != row.case_id]
        cases, numbers = [case["id"] for case in found], [case["number"] for case in found]
        command = Command(
            f"sent:{row.key}", "answer", row.key, given={"name": event, "cases": cases, "numbers": numbers},
            status="sent", source=row.channel, at=row.asked_at,
        )  # fmt: skip
        told = [engine.submit(row.case_id, command)]
        # of two that try at once, the first has said it
        waiting = engine.load(row.case_id).plain.waiting.get(row.key)
    if waiting is None:
        return told, None
    return told, [] if waiting.case == "-" else waiting.case.split()


def _opened_by_event(
    outbox: Outbox, row: EffectRow, event: str, name: str, where: Mapping[str, Any], number: int
) -> tuple[Answer | None, str]:
    """The case that an event opens, where the procedure starts by it."""
    engine = outbox.engine
    try:
        _, procedure = engine.procedure_in_force(name)
    except NotFound as problem:
        return None, problem.message
    if not any((start.kind, start.name) == ("event", event) for start in procedure.starts):
        return None, ""
    command = Command(
        f"signal:{row.key}", "open", name, given=dict(where), source=f"case {number}", at=row.asked_at,
        mark=f"event:{event}",
    )  # fmt: skip
    opened = engine.open(name, command)
    if opened.shown:  # it was opened meanwhile, and there may be only one: that one gets the event
        told = Command(
            f"signal:{row.key}:{opened.case_id}", "event", event, source=f"case {number}", at=row.asked_at
        )
        return engine.submit(opened.case_id, told), ""
    if opened.refusal is None or opened.refusal.code == "not_offered":  # its guard says no
        return opened, ""
    return opened, opened.refusal.words(_language(outbox))


_DONE: Mapping[str, Callable[[Outbox, EffectRow, Mapping[str, Any], int], list[Answer]]] = {
    "start": _start,
    "procedure": _invoke,
    "answer": _end,
    "cancel": _cancel,
    "signal": _signal,
}
