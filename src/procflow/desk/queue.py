"""The queue: what waits for a person, by the instant to act by, with what others must do and messages without a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procflow.app.inboxes import Inbox
from procflow.desk.clocks import Shown, shown
from procflow.desk.words import desk_words
from procflow.stored import InboundRow, TaskPlace, TaskRow
from procflow.views.messages import reason_in_words
from procflow.views.places import cursor
from procflow.web.calls import Call

#: As many rows as the queue beside a case shows; the inbox shows all, page by page.
BESIDE = 60
#: As many messages as stand below it.
MESSAGES = 50


class Row(Struct, frozen=True):
    """One line. `whose`: mine, stand_in (with `for_whom`) or role."""

    number: int
    title: str
    what: str
    kind: str
    clock: Shown
    customer: str
    whose: str
    for_whom: str
    roles: str
    because: str = ""
    here: bool = False
    also: tuple[tuple[str, str], ...] = ()  # what else waits in this case: (kind, its word)


class Message(Struct, frozen=True):
    """A message that waits for somebody to find its case."""

    id: str
    source: str
    reason: str
    when: str


class Queue(Struct, frozen=True):
    """`more`: where what is not shown goes on. `late` and `soon` count what is shown; with a `+` there is more of it."""

    rows: tuple[Row, ...]
    not_mine: tuple[Row, ...]
    messages: tuple[Message, ...]
    more: str
    more_not_mine: bool
    more_messages: bool
    late: str
    soon: str


def queue_of(call: Call, *, here: int = 0, most: int = BESIDE, after: TaskPlace | None = None) -> Queue:
    """The first page of what waits, or what stands behind the place `after`; messages stand on the first page."""
    app = call.app
    may = app.may("inbox.read").allowed
    found = app.whole_inbox(call.person, limit=most, after=after) if may else Inbox(())
    rows = _by_case([_row(call, row, here) for row in found.mine[:most]], desk_words(call.language))
    not_mine = [
        _row(call, row, here, because=why.words(call.language)) for row, why in found.not_mine[: most // 2]
    ]
    first = after is None and app.may("message.take").allowed
    waiting = app.store.messages("unmatched", MESSAGES + 1) if first else []
    return Queue(
        tuple(rows), tuple(not_mine), tuple(_message(call, m) for m in waiting[:MESSAGES]),
        cursor(*found.last) if found.more and found.last is not None else "",
        len(found.not_mine) > len(not_mine), len(waiting) > MESSAGES,
        _counted(rows, "late", found.more), _counted(rows, "soon", found.more),
    )  # fmt: skip


def _counted(rows: list[Row], mood: str, more: bool) -> str:
    """How many there are; "" for none."""
    times = sum(row.clock.mood == mood for row in rows)
    goes_on = more and times and rows[-1].clock.mood == mood
    return f"{times}{'+' if goes_on else ''}" if times else ""


def _by_case(rows: list[Row], w: Mapping[str, Any]) -> list[Row]:
    """Each case once, where it stands first; the work itself before what is only to be looked at."""
    found: dict[int, Row] = {}
    for row in rows:
        there = found.get(row.number)
        if there is None:
            found[row.number] = row
        elif there.kind != "work" and row.kind == "work":
            mark = (there.kind, w["kinds"].get(there.kind, there.kind))
            found[row.number] = replace(row, clock=there.clock, also=(mark, *there.also))
        else:
            mark = (row.kind, row.what if row.kind == "work" else w["kinds"].get(row.kind, row.kind))
            found[row.number] = replace(there, also=tuple(dict.fromkeys((*there.also, mark))))
    return list(found.values())


def _row(call: Call, row: TaskRow, here: int, because: str = "") -> Row:
    app, language, w = call.app, call.language, desk_words(call.language)
    surroundings = app.engine.surroundings()
    organisation = surroundings.organisation
    title, what = app.called(row, call.person, language)
    others = [person for person in row.people if person != call.person]
    whose = "mine" if call.person in row.people else "stand_in" if others else "role"
    if row.kind != "work":
        what = f"{w['kinds'].get(row.kind, row.kind)}{': ' + what if what else ''}"
    return Row(
        row.number, title, what[:1].upper() + what[1:], row.kind,
        shown(row.due, row.act_by, app.world.now(), surroundings, language, w), _customer(call, row), whose,
        ", ".join(organisation.name_of(person) for person in others) if whose == "stand_in" else "",
        ", ".join(organisation.role_name(role, language) for role in row.roles), because, row.number == here,
    )  # fmt: skip


def _customer(call: Call, row: TaskRow) -> str:
    """Whose case it is, where that is said without personal data: lists are looked at all day, and by many."""
    return call.app.engine.seen(("customer", row.case_id), lambda: _customer_now(call, row))


def _customer_now(call: Call, row: TaskRow) -> str:
    loaded = call.app.engine.load(row.case_id)
    procedure = call.app.procedure_of(loaded)
    field = procedure.fields.get(procedure.subject)
    value = loaded.plain.data.get(procedure.subject) if field is not None and not field.pii else None
    return str(value) if isinstance(value, str) else ""


def _message(call: Call, row: InboundRow) -> Message:
    from procflow.core.words import relative_in_words

    zone, now = call.app.engine.surroundings().organisation.zone, call.app.world.now()
    when: Any = relative_in_words(row.received, now, zone, call.language)
    source, words = row.source, desk_words(call.language)
    if source.startswith("by hand: "):
        channel = source.removeprefix("by hand: ")
        source = words["by_hand_in"].format(channel="SMS" if channel == "sms" else channel.capitalize())
    return Message(row.id, source, reason_in_words(row.reason, call.language), when)
