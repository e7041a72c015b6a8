"""What `procflow doctor` looks at in what waits for people: work that nobody is asked for any more, and items that are
stuck. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from procflow.app import App
from procflow.cli.doctor_findings import Finding, good, is_stored
from procflow.core.counted import counted
from procflow.core.people import stand_ins
from procflow.stored import TaskRow

#: Items that are told one by one; of what an inbox holds, so much is read at once.
_MOST, _AT_ONCE = 20, 500


def work(app: App) -> Iterator[Finding]:
    """Whether every role and person that open cases ask is still in the organisation."""
    if not is_stored(app):
        return
    surroundings, now = app.engine.surroundings(), app.world.now()
    organisation = surroundings.organisation
    there = stand_ins(surroundings, "", now)
    names = ", ".join(organisation.name_of(one) for one in there)
    gone = 0
    for queue in app.store.queues(now, now):
        if queue.role and not organisation.members.get(queue.role):
            whose = f"the role `{queue.role}`, which nobody has", f"rollen `{queue.role}`, som ingen har"
        elif queue.person and queue.person not in organisation.people:
            whose = f"`{queue.person}`, whom nobody here knows", f"`{queue.person}`, som ingen her kender"
        else:
            continue
        gone += 1
        waits, venter = (counted(queue.work + queue.items, "task", lang) for lang in ("en", "da"))
        does, it, det = ("waits", "it", "den") if queue.work + queue.items == 1 else ("wait", "them", "dem")
        told = f"{waits} of open cases {does} for {whose[0]}", f"{venter} i åbne sager venter på {whose[1]}"
        hand_on = (
            "procflow inbox --all lists it; procflow assign CASE PERSON hands it on; or write the name in the organisation's file again, and who has the role",
            "procflow inbox --all viser det; procflow assign SAG PERSON giver det videre, eller skriv navnet i organisationens fil igen, og hvem der har rollen",
        )
        if there and queue.role not in organisation.roles:
            yield Finding("work", "note", (f"{told[0]}; {names} stands in and has {it}", f"{told[1]}; {names} er afløser og har {det}"),
                          hand_on)  # fmt: skip
        else:
            yield Finding("work", "wrong", (f"{told[0]}, and nobody stands in", f"{told[1]}, og ingen er afløser"), hand_on)  # fmt: skip
    if not gone:
        yield good("work", "everybody who is asked for work is in the organisation", "alle, der har arbejde, er i organisationen")  # fmt: skip


def items(app: App) -> Iterator[Finding]:
    """What needs somebody because it went wrong."""
    if not is_stored(app):
        return
    found = False
    for row in islice(_stuck(app), _MOST):
        found = True
        yield Finding("items", "wrong", (f"case {row.number} ({row.procedure}): {row.kind} since {row.since.isoformat(timespec='minutes')}",
                                         f"sag {row.number} ({row.procedure}): {row.kind} siden {row.since.isoformat(timespec='minutes')}"),
                      (f"look at it: procflow case {row.number}; then: procflow do {row.number} read", f"se på den: procflow case {row.number}; derefter: procflow do {row.number} read"))  # fmt: skip
    if not found:
        yield good("items", "nothing is stuck", "intet sidder fast")


def _stuck(app: App) -> Iterator[TaskRow]:
    """Each once. Only inboxes that hold items are read, and those to their end: an item has no instant to act by, so it
    stands behind all work that has one."""
    now, told = app.world.now(), set()
    for queue in app.store.queues(now, now):
        left, after = queue.items, None
        while left > 0:
            rows = app.store.tasks(
                roles=(queue.role,) if queue.role else (), people=(queue.person,) if queue.person else (),
                limit=_AT_ONCE, after=after,
            )  # fmt: skip
            for row in rows:
                left -= row.kind != "work"
                if row.kind in ("stuck", "failed", "alarm") and (row.case_id, row.task) not in told:
                    told.add((row.case_id, row.task))
                    yield row
            if len(rows) < _AT_ONCE:
                break
            after = rows[-1].place
