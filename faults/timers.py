"""Times around every change of every zone's clocks (R13): each thing by time once, in order, at the instant that the rule says.

For each change cases are opened before, at and after it, in an organisation of that zone, with a timer and a deadline of every
kind the language has, and times of day in the gap and in the hour that comes twice. A host goes from one due instant to the
next, or sleeps over all of them. What should have come is reckoned by `zone_reference`, minute by minute. (What the
clocks of a machine do wrong is tried by the simulation.)
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo, available_timezones

from faults.counting import Count
from faults.side_by_side import side_by_side
from faults.zone_reference import DAY, MINUTE, Minutes, changes
from procflow.builtin.evidence import judge
from procflow.builtin.world import FrozenWorld
from procflow.core import journal as j
from procflow.core.decide import Command
from procflow.definitions.from_texts import documents_of
from procflow.definitions.publish import publish
from procflow.engine import Engine
from procflow.hosts.intake import Intake
from procflow.hosts.local import LocalHost
from procflow.hosts.outbox import Outbox
from procflow.hosts.recording import ChannelsOf
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore

FIRST_YEAR, LAST_YEAR = 2020, 2045
#: A zone that never changes its clocks has this day.
_SOME_DAY = datetime(2026, 3, 29, 1, tzinfo=UTC)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORGANISATION = """
organisation: zones
timezone: {zone}
calendar: {{open: {{{hours}}}}}
roles: {{agent: Agent, lead: Lead}}
people: {{ann: {{name: Ann Test, roles: [agent]}}, liz: {{name: Liz Test, roles: [lead]}}}}
"""
_CLOCKS = """procedure: clocks
title: Clocks
owner: lead
starts: [{by: agent, ask: [day]}]
data: {day: {type: date}}
initial: waiting
states:
  waiting:
    task: {role: agent}
    choices: {end: {to: over}}
    after:
TIMERS
  over: {final: true}
deadlines:
DEADLINES
"""
_TIMER = '      "{words}": {{do: [{{note.write: {{text: "{words}"}}}}]}}'
_DEADLINE = '  {name}: {{starts: opening, within: "{words}", met: [choice end], missed: {{do: [{{notify: {{role: lead}}}}]}}}}'
_DAILY = """procedure: daily
title: Daily
owner: lead
starts: [{{every: "open day at {at:%H:%M}"}}]
initial: waiting
states:
  waiting: {{task: {{role: agent}}, choices: {{end: {{to: over}}}}}}
  over: {{final: true}}
"""
#: Words of the language that are the same everywhere; the reference has a method for each kind.
_SPANS = (
    "90 minutes", "5 hours", "36 hours", "1 days", "2 days", "1 weeks", "1 months", "1 working days", "2 working days",
    "3 open hours", "1 open hours", "20 hours on open days", "today at closing",
)  # fmt: skip


class Change:
    """One change of one zone's clocks, with opening hours around it and the times of day that it makes doubtful."""

    def __init__(self, name: str, at: datetime, seed: int) -> None:
        self.name, self.at = name, at
        dice = self.dice = Random(f"{seed} {name} {at}")
        zone = ZoneInfo(name)
        # before, and after
        walls = [(at + by).astimezone(zone).replace(tzinfo=None) for by in (-MINUTE, timedelta())]
        low, high = sorted((walls[0] + MINUTE, walls[1]))
        around = [
            low - timedelta(minutes=30),
            low,
            low + (high - low) / 2,
            high,
            high + timedelta(minutes=30),
        ]
        self.times = sorted({wall.time().replace(second=0) for wall in around})
        opens, closes = sorted(dice.sample(sorted({*self.times, time(9), time(16, 30)}), 2))
        weekdays = [n for n in range(7) if n != low.weekday() or dice.random() < 0.2]
        closed = frozenset(dice.sample(weekdays, dice.choice((0, 1, 2))))
        self.day = low.date()
        self.far = dice.random() < 0.25  # a week or a month before, so that their end falls into the change
        begin = datetime.combine((at - (34 if self.far else 4) * DAY).date(), time(), UTC)
        self.minutes = Minutes(zone, begin, 44 if self.far else 13, opens, closes, closed)

    def starts(self) -> list[datetime]:
        """When cases begin."""
        at, of = self.at, self.minutes
        if self.far:
            clock = self.dice.choice(self.times)
            month = of.day_of_the_month_before(self.day)
            return [of.wall(month, clock), of.wall(self.day - 7 * DAY, clock)]
        near = [at - timedelta(minutes=45), at - MINUTE, at, at + timedelta(minutes=20)]
        return [of.wall(self.day - DAY, time(12)), self.dice.choice(near)]

    def words(self) -> dict[str, str]:
        """The words of every timer and deadline, and the name of the deadline."""
        days = [f"next open day at {at:%H:%M}" for at in self.times]
        return {words: f"d{n}" for n, words in enumerate((*_SPANS, *days, "${day}"))}

    def means(self, words: str, start: datetime, *, opening: bool) -> datetime:
        """The instant that the rule says."""
        of = self.minutes
        if words == "${day}":
            return of.on_date(self.day, opening=opening)
        if words == "today at closing":
            return of.today_at_closing(start)
        if words.startswith("next open day at "):
            return of.next_open_day(start, time.fromisoformat(words[-5:]))
        amount, _, unit = words.partition(" ")
        count = int(amount)
        known = {
            "minutes": lambda: of.elapsed(start, count), "hours": lambda: of.elapsed(start, count * 60),
            "days": lambda: of.days(start, count), "weeks": lambda: of.days(start, 7 * count),
            "months": lambda: of.months(start, count), "working days": lambda: of.working_days(start, count),
            "open hours": lambda: of.open_minutes(start, count * 60),
            "hours on open days": lambda: of.minutes_on_open_days(start, count * 60),
        }  # fmt: skip
        return known[unit]()

    def documents(self) -> tuple[str, str, str]:
        """The organisation, and the two procedures."""
        of, words = self.minutes, self.words()
        hours = ", ".join(
            f'{day}: "{of.opens:%H:%M}-{of.closes:%H:%M}"'
            for n, day in enumerate(_WEEKDAYS)
            if n not in of.closed
        )
        text = _CLOCKS.replace("TIMERS", "\n".join(_TIMER.format(words=each) for each in words))
        text = text.replace(
            "DEADLINES", "\n".join(_DEADLINE.format(name=n, words=each) for each, n in words.items())
        )
        return (
            _ORGANISATION.format(zone=self.name, hours=hours),
            text,
            _DAILY.format(at=self.dice.choice(self.times)),
        )


class House:
    """A host over a store in memory, with the documents in force since an instant."""

    def __init__(self, change: Change, begin: datetime) -> None:
        organisation, clocks, daily = change.documents()
        self.world, self.store = FrozenWorld(begin), MemoryStore()
        keys = MemoryKeys(self.world)
        self.engine = Engine(self.store, keys, self.world, judge)
        texts = (clocks,) if change.far else (clocks, daily)
        documents = documents_of(*texts, organisation=organisation)
        published = publish(documents, self.store, begin)
        self.engine.publish_surroundings("published", published.organisation, published.tables)
        self.engine.declare_lookups("lookups")
        evidence = MemoryEvidence(keys)
        self.host = LocalHost(
            self.engine,
            Outbox(self.engine, lambda: ChannelsOf([]), evidence, "h"),
            Intake(self.engine, evidence),
        )

    def go_to(self, end: datetime, *, asleep: bool) -> None:
        """From one due instant to the next, or over all of them at once."""
        while not asleep:
            recurs = self.host._recurring.next()
            coming = [at for at in (self.store.next_due(), recurs.at if recurs else None) if at is not None]
            if not coming or min(coming) > end:
                break
            self.world.advance_to(max(min(coming), self.world.now()))
            self.host.until_idle()
        self.world.advance_to(end)
        self.host.until_idle()


def one_change(change: Change, count: Count) -> int:
    """-> how many things came by time."""
    dice, of = change.dice, change.minutes
    at, starts = change.at, change.starts()
    begin, asleep = starts[0] - timedelta(minutes=5), dice.random() < 0.5
    house = House(change, begin)
    opened: dict[str, datetime] = {}
    for n, start in enumerate(starts):
        house.go_to(start, asleep=False)
        given = {"day": change.day.isoformat()}
        answer = house.engine.open("clocks", Command(f"open-{n}", "open", "clocks", "ann", given))
        if not answer.accepted:
            count.wrong(f"{change.name} {at}: no case was opened: {answer.refusal}")
            return 0
        opened[answer.case_id] = start
    end = at + timedelta(days=6)  # before the end of the reference's days
    assert end < of.end
    house.go_to(end, asleep=asleep)
    said = f"{change.name}, clocks changed at {at}"
    came = 0
    for case, start in opened.items():
        wanted = Counter[tuple[str, datetime]]()
        for words, name in change.words().items():
            for kind, opening in ((f"after {words}", True), (f"deadline {name} {words}", False)):
                due = max(change.means(words, start, opening=opening), start)
                if due <= end:
                    wanted[kind, due] += 1
        happened, times = _happened(house, case, change)
        came += len(happened)
        for kind, due in wanted - Counter(happened):
            count.wrong(f"{said}: of a case of {start} {kind} should have come at {due}, and did not")
        for kind, due in Counter(happened) - wanted:
            count.wrong(f"{said}: of a case of {start} {kind} came at {due}, and should not have")
        if times != sorted(times):
            count.wrong(f"{said}: what came by time of a case of {start} is not in order")
    if change.far:
        return came
    daily = next(name.rpartition(" ")[2] for name in house.store.ticks())
    wanted_days = of.every_open_day(begin, end, time.fromisoformat(daily))
    cases = [row for row in house.store.cases(limit=1000) if row.procedure == "daily"]
    days = [house.engine.load(row.id).plain.opened for row in cases]
    if days != wanted_days:
        count.wrong(f"{said}: every open day at {daily} came at {days}, and should have at {wanted_days}")
    return came + len(days)


def _happened(house: House, case: str, change: Change) -> tuple[list[tuple[str, datetime]], list[datetime]]:
    """What came by time, as its journal has it, and the instants in the order of the steps."""
    names = {name: words for words, name in change.words().items()}
    found, times = [], []
    for row, step in house.engine.journal(case):
        fired = any(isinstance(entry, j.TimerFired) for entry in step)
        for entry in step:
            if isinstance(entry, j.NoteWritten) and fired:
                text = str(getattr(entry.text, "value", entry.text))
                found.append((f"after {'${day}' if text == change.day.isoformat() else text}", row.at))
                times.append(row.at)
            elif isinstance(entry, j.DeadlineMissed):
                found.append((f"deadline {entry.name} {names[entry.name]}", row.at))
                times.append(row.at)
    return found, times


def zones(figure: int, seed: int) -> Count:
    """So many zones, drawn by the seed, or all there are: all changes of their clocks in 26 years."""
    names = sorted(available_timezones())
    dice = Random(seed)
    names = names if figure >= len(names) else sorted(dice.sample(names, figure))
    _WANTED[:] = names
    counts = side_by_side(_some, len(names), seed)
    whole = Count(sum(count.fired for count in counts))
    for count in counts:
        for words in count.bad:
            whole.wrong(words)
    told = [tuple(map(int, count.told.split())) for count in counts]
    whole.told = f"{sum(n for n, _ in told):,} changes of clocks, {sum(n for _, n in told):,} things by time"
    return whole


#: The zones of a run; its processes are forked from where this is known.
_WANTED: list[str] = []


def _some(figure: int, seed: int) -> Count:
    """This process's part: every n-th zone."""
    count, n_changes, came = Count(), 0, 0
    parts = -(-len(_WANTED) // figure)
    for name in _WANTED[seed % 1000 :: parts]:
        found = list(changes(ZoneInfo(name), FIRST_YEAR, LAST_YEAR))
        for at in found or [_SOME_DAY]:
            came += one_change(Change(name, at, seed // 1000), count)
        n_changes += len(found)
        count.fired += 1
    count.told = f"{n_changes} {came}"
    return count
