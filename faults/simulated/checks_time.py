"""What happens by time, reckoned anew: each thing once, at its very instant, and soon after it where all went well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from faults.simulated.looked import Looked
from faults.simulated.scene import ANSWER, PAUSE, START, WARNING
from procflow.core import journal as j

_ZONE = ZoneInfo("Europe/Copenhagen")
#: Seconds after its instant at which a step by time is late although nothing went wrong.
_SOON = 60.0


def _pulse(looked: Looked) -> Iterator[str]:
    """The times of PULSE, reckoned anew: its deadline, its warning and its pauses, each once and at its very instant."""
    for case, rows, steps in looked.of("pulse"):
        first = next(entry for entry in steps[0] if isinstance(entry, j.CaseOpened))
        opened = first.received
        wanted: dict[str, datetime] = {}
        due, warn = opened + timedelta(seconds=ANSWER), opened + timedelta(seconds=WARNING)
        warn = min(_in_open_hours(warn.replace(microsecond=0), opened), due)
        ended: datetime | None = None
        paused: datetime | None = None
        fired: list[tuple[str, datetime]] = []
        for row, step in zip(rows, steps, strict=True):
            for entry in step:
                kind = type(entry)
                wrote = kind is j.TransitionTaken and entry.name == "write"
                if ended is None and (wrote or kind is j.CaseClosed):
                    ended = row.at
                elif kind is j.StateEntered and entry.state == "paused":
                    paused = row.at
                    wanted[f"pause of {row.at}"] = row.at + timedelta(seconds=PAUSE)
                elif kind is j.StateLeft and entry.state == "paused" and paused is not None:
                    if row.at < wanted[f"pause of {paused}"]:
                        del wanted[f"pause of {paused}"]
                elif kind is j.DeadlineMissed:
                    fired.append(("missed", row.at))
                elif kind is j.DeadlineWarned:
                    fired.append(("warned", row.at))
                elif kind is j.TimerFired:
                    fired.append((f"pause of {paused}", row.at))
        for name, at in (("warned", warn), ("missed", due)):
            at = max(at, first.opened)  # a mail may have lain so long that it was over before it came
            if ended is None or ended > at or (ended == at and (name, at) in fired):
                wanted[name] = at
        # later ones if a clock was ahead
        must = {name: at for name, at in wanted.items() if at <= looked.now}
        happened = dict(fired)
        if len(happened) != len(fired) or not must.items() <= happened.items() <= wanted.items():
            yield f"case {case.number} of pulse: by time came {fired}, and should have {must}"


def _in_open_hours(at: datetime, start: datetime) -> datetime:
    """A warning falls on the last open instant before it, where it would come when nobody is there."""
    here = at.astimezone(_ZONE)
    if here.weekday() < 5 and time(9) <= here.time() <= time(17):
        return at
    day = here.date() - timedelta(days=here.time() < time(9))
    while day.weekday() > 4:
        day -= timedelta(days=1)
    closing = datetime.combine(day, time(17), _ZONE)
    return at if closing < start else closing.astimezone(UTC)


def _time(looked: Looked) -> Iterator[str]:
    """Nothing is due any more; and what happened by time says the instant at which it was due."""
    for instant, case_id in looked.store.due(looked.now):
        yield f"case {looked.folded[case_id].number}: it was due at {instant} and was not stepped"
    for case in looked.cases:
        armed: dict[str, Any] = {}
        for row, step in zip(looked.rows[case.id], looked.steps[case.id], strict=True):
            for entry in step:
                if isinstance(entry, j.TimerArmed):
                    armed[entry.id] = max(datetime.fromisoformat(entry.due["at"]), row.at)
                elif isinstance(entry, j.TimerFired):
                    due = armed.pop(entry.id, None)
                    if due != row.at:
                        yield f"case {case.number}: the timer {entry.id} was due at {due} and fired at {row.at}"


def _daily(looked: Looked) -> Iterator[str]:
    """Every open day at 08:00 that a clock here has seen, once."""
    if looked.house.scene.name != "small":
        return
    latest = looked.house.turns.clock.latest
    wanted, day = set(), START.astimezone(_ZONE).date()
    while True:
        at = datetime(day.year, day.month, day.day, 8, tzinfo=_ZONE)
        if at > latest:
            break
        if at > START and day.weekday() < 5:
            wanted.add(at)
        day += timedelta(days=1)
    opened = [
        next(entry for entry in steps[0] if isinstance(entry, j.CaseOpened)).opened
        for _, _, steps in looked.of("daily")
    ]
    # a later one only if a host looked while the clock was ahead
    must = {at for at in wanted if at <= looked.now}
    if len(set(opened)) != len(opened) or not must <= set(opened) <= wanted:
        yield f"daily cases were opened at {sorted(map(str, opened))}, and should have been at {sorted(map(str, must))}"


def _clocks(looked: Looked) -> Iterator[str]:
    """Every clock of every case: when its time was up it was missed, at that instant, unless it was met or ended before;
    and it was warned of once."""
    for case in looked.cases:
        running: dict[str, list[Any]] = {}  # name -> due, warn
        opened = next(e for e in looked.steps[case.id][0] if isinstance(e, j.CaseOpened)).opened
        first = looked.rows[case.id][0]
        for row, step in zip(looked.rows[case.id], looked.steps[case.id], strict=True):
            begun = (
                opened if row is first else row.at
            )  # a clock may begin when its time is up: `until` yesterday
            for entry in step:
                kind = type(entry)
                if kind in (j.DeadlineStarted, j.DeadlineResumed):
                    due = datetime.fromisoformat(entry.due["at"])
                    running[entry.name] = [max(due, begun), entry.warn and max(min(entry.warn, due), begun)]
                elif kind in (j.DeadlineMet, j.DeadlineEnded, j.DeadlinePaused):
                    running.pop(entry.name, None)
                elif kind is j.DeadlineMissed:
                    up, _ = running.pop(entry.name, (None, None))
                    if up != row.at:
                        yield f"case {case.number}: the deadline {entry.name} was up at {up} and was missed at {row.at}"
                elif kind is j.DeadlineWarned:
                    warn = running.get(entry.name, (None, None))[1]
                    if warn != row.at:
                        yield f"case {case.number}: of {entry.name} was to be warned at {warn}, and it was at {row.at}"
                    if looked.house.scene.name == "small" and not any(
                        isinstance(other, j.PeopleNotified) for other in step
                    ):
                        yield f"case {case.number}: nobody was told of the warning of {entry.name}"
                    if entry.name in running:
                        running[entry.name][1] = None
        for name, (due, warn) in running.items():
            if due <= looked.now:
                yield f"case {case.number}: the deadline {name} was up at {due}, and nothing came of it"
            if warn is not None and warn <= looked.now:
                yield f"case {case.number}: nobody was warned of {name} at {warn}"


def _before(looked: Looked) -> Iterator[str]:
    """No step stands at an instant by which something else of its case was due that was still to come when the step
    before it was taken: what is due comes first, whoever acts."""
    for case in looked.cases:
        pending: dict[tuple[str, str], datetime] = {}
        last = START
        for row, step in zip(looked.rows[case.id], looked.steps[case.id], strict=True):
            for name, due in pending.items():
                if last < due < row.at:
                    yield f"case {case.number}: step {row.sequence} is of {row.at}, and {' '.join(name)} was due at {due}"
            for entry in step:
                kind = type(entry)
                if kind is j.TimerArmed:
                    pending[entry.state, entry.id] = datetime.fromisoformat(entry.due["at"])
                elif kind in (j.TimerFired, j.TimerDisarmed, j.StateLeft):
                    over = entry.state if kind is j.StateLeft else entry.id
                    pending = {name: due for name, due in pending.items() if over not in name}
                elif kind is j.DeadlineStarted or kind is j.DeadlineResumed:
                    pending["deadline", entry.name] = datetime.fromisoformat(entry.due["at"])
                elif kind in (j.DeadlineMet, j.DeadlineEnded, j.DeadlineMissed, j.DeadlinePaused):
                    pending.pop(("deadline", entry.name), None)
            last = row.at


def _late(looked: Looked) -> Iterator[str]:
    """Where nobody died and no clock was wrong, nothing comes long after its time."""
    house = looked.house
    if not house.plan.calm:
        return
    if house.plan.stalls:
        return
    slow = sum(each.seconds + 30 for each in house.plan.misdeeds.values())
    for case in looked.cases:
        for row in looked.rows[case.id]:
            late = (row.ran_at - row.at).total_seconds()
            if f"{case.id}/" in row.command_id and late > _SOON + slow:
                yield f"case {case.number}: {row.command_id} came {late:.0f} seconds late, and nothing was wrong"
    if house.plan.misdeeds:
        return
    asked = {entry.key: (case.id, row.sequence) for case, row, entry in looked.entries(j.EffectRequested)}
    for each in house.outside.tries:
        since = each.began - house.stored_at.get(asked.get(each.key, ("", 0)), (0, each.began))[1]
        if since > _SOON:
            yield f"{each.key} went out {since:.0f} seconds after it was asked for, and nothing was wrong"


TIME = (_pulse, _time, _daily, _clocks, _before, _late)
