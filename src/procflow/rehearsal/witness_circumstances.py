"""What may come between two steps of a case: time that passes, people who are away, an organisation that changes.

Tried where a step cannot be taken as things stand. It must not know which step that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from procflow.core.clocks import due_items
from procflow.core.procedure import Procedure
from procflow.errors import CalendarError, EvaluationError
from procflow.rehearsal.witness_moves import Moves
from procflow.rehearsal.witness_scene import Scene, Step

_MOST_PRELUDES = 12
_MOST_PEOPLE = 6
_A_YEAR = 366


def circumstances(
    moves: Moves, scene: Scene, opening: bool, late: bool = False
) -> Iterator[tuple[Step, ...]]:
    """Steps that change what a case meets, the likeliest first; with `late` that somebody acts at the very last."""
    if opening:  # what the owner's rehearsals set up before anybody acts
        yield from moves.mined.preludes[:_MOST_PRELUDES]
    later, otherwise = delays(moves, scene, late), people_change(moves, scene)
    for delay, change in zip_longest(later, otherwise):  # in turns, for each of them can be many
        yield from (steps for steps in (delay, change) if steps is not None)


def people_change(moves: Moves, scene: Scene) -> Iterator[tuple[Step, ...]]:
    """People who are away, and team mates that change, where that is asked about, or it matters who acts."""
    if moves.constants.absences or moves.told_apart:
        yield from _people(moves, scene)


def delays(moves: Moves, scene: Scene, late: bool = False) -> Iterator[tuple[Step, ...]]:
    """Ways to let time pass before somebody acts, short of what moves the case next."""
    first = _moved_at(moves, scene)
    last = [first - timedelta(minutes=1)] if late and first is not None else []
    for instant in dict.fromkeys([*last, *_soon(moves, scene, first), *_turns(scene), *_later(moves, scene)]):
        if instant > scene.now and (first is None or instant < first):
            yield ({"wait": f"until {scene.local(instant)}"},)


def last_moment(moves: Moves, scene: Scene) -> tuple[Step, ...]:
    """A wait until right before what moves the case next; nothing where nothing does, or it is at hand."""
    first = _moved_at(moves, scene)
    last = first - timedelta(minutes=1) if first is not None else scene.now
    return ({"wait": f"until {scene.local(last)}"},) if last > scene.now else ()


def _moved_at(moves: Moves, scene: Scene) -> datetime | None:
    """When time moves the case next, if nobody acts."""
    due = due_items(moves.procedure, scene.case) if scene.case_id else []
    return min((item[0] for item in due if not _only_tells(moves.procedure, item[3])), default=None)


def _only_tells(procedure: Procedure, item: str) -> bool:
    """Whether what is due leaves the case where it is: a warning, or a deadline whose name no state takes."""
    kind, _, name = item.partition(":")
    if kind not in ("warn", "missed"):
        return False
    deadline = procedure.deadline[name]
    effects = deadline.warn if kind == "warn" else deadline.missed
    taken = kind == "missed" and any(name in state.events_by_name for state in procedure.states)
    return not taken and not any(effect.operation == "raise" for effect in effects)


def _soon(moves: Moves, scene: Scene, first: datetime | None) -> Iterator[datetime]:
    now, calendar = scene.now, scene.surroundings.calendar
    yield from (now + timedelta(minutes=1), now + timedelta(hours=1), now + timedelta(days=1))
    try:
        opening = calendar.open_day_after(calendar.civil_date(now))
        yield calendar.opening(opening.date) or now
        yield calendar.midnight(opening.date) + timedelta(hours=7)
    except CalendarError:
        pass
    for span in moves.constants.spans:
        try:
            yield calendar.add(now, span)
        except (CalendarError, EvaluationError):
            continue
    if first is not None:
        yield first - timedelta(minutes=1)


def _turns(scene: Scene) -> Iterator[datetime]:
    """The edges of days, weeks and the year: late in the evening, a Friday's end, a weekend, a holiday's eve, the days
    on which the clocks are changed, and those on which a table gets other rows."""
    calendar = scene.surroundings.calendar
    today = calendar.civil_date(scene.now)

    def at(day: date, hour: int, minute: int = 0) -> datetime:
        return calendar.midnight(day) + timedelta(hours=hour, minutes=minute)

    yield at(today, 23, 50)
    friday = today + timedelta((4 - today.weekday()) % 7)
    yield from (at(friday, 16, 55), at(friday + timedelta(1), 10), at(friday + timedelta(2), 10))
    for table in scene.surroundings.tables.values():
        for version in table.versions:
            if version.since is not None and version.since > today:
                yield from (at(version.since, 10), at(version.since - timedelta(1), 10))
            if version.until is not None and version.until >= today:
                yield from (at(version.until, 10), at(version.until + timedelta(1), 10))
    holiday = True
    for n in range(1, _A_YEAR):
        day = today + timedelta(n)
        length = calendar.midnight(day + timedelta(1)) - calendar.midnight(day)
        if length != timedelta(days=1):
            yield from (at(day - timedelta(1), 12), at(day - timedelta(1), 20), at(day, 1))
        if holiday and day.weekday() < 5 and not calendar.is_open_day(day):
            holiday = False
            yield from (at(day - timedelta(1), 12), at(day, 10))


def _later(moves: Moves, scene: Scene) -> Iterator[datetime]:
    days = {3, 7, 31, 100}
    for values in moves.constants.values.values():
        days |= {v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 < v < 1000}
    days |= {n for n in moves.constants.figures if 0 < n < 1000}
    for n in sorted(days):
        yield from (scene.now + timedelta(days=n + more) for more in (0, 1))


def _people(moves: Moves, scene: Scene) -> Iterator[tuple[Step, ...]]:
    """People who are away, those that the case names first; and team mates that change."""
    organisation, surroundings = scene.surroundings.organisation, scene.surroundings
    data = scene.case.data if scene.case_id else {}
    fields = [item.name for item in moves.procedure.data if item.type == "person"]
    named = [str(data[name]) for name in fields if data.get(name)]
    mates = [str(organisation.people.get(person, {}).get("mate")) for person in named]
    known = [p for p in dict.fromkeys([*named, *mates, *organisation.people]) if p in organisation.people]
    there = [p for p in known if surroundings.absent(p, scene.now) is None][:_MOST_PEOPLE]
    yield from (({"absent": {"person": person}},) for person in there)
    if len(there) > 1:
        yield ({"absent": {"person": there[0]}}, {"absent": {"person": there[1]}})
    for role in dict.fromkeys(role for task in _tasks(scene) for role in task.roles):
        all_of_it = [
            p for p in organisation.members.get(role, ()) if surroundings.absent(p, scene.now) is None
        ]
        if len(all_of_it) > 1 and all_of_it != there[:2]:
            yield tuple({"absent": {"person": person}} for person in all_of_it)
    for person in named:
        for other in organisation.people:
            if other not in (person, organisation.people.get(person, {}).get("mate")):
                facts: dict[str, Any] = {"people": {person: {"mate": other}}}
                yield ({"change": {"organisation": facts}},)
                break


def _tasks(scene: Scene) -> Iterable[Any]:
    return scene.case.tasks.values() if scene.case_id else ()
