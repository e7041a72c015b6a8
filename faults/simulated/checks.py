"""What must hold when all is quiet, whatever happened before: reckoned from what people were told, what the outside has and
what the journals say, and as little as possible by the code that is being tried.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from faults.history import wrong_in
from faults.simulated.house import House
from faults.simulated.scene import ANSWER, PAUSE, START, WARNING, code_of
from procflow.core import journal as j
from procflow.core import snapshot
from procflow.core.case import Case, replay
from procflow.core.record import decode, decode_entries, encode, open_entries
from procflow.engine import NO_ORGANISATION, fold_organisation
from procflow.ports import ORGANISATION, JournalRow, StoredCase
from procflow.records.audit import audit

_ZONE = ZoneInfo("Europe/Copenhagen")


class Looked:
    """The store as it stands in the end, read once: every journal in plain, and every case folded from its own."""

    def __init__(self, house: House) -> None:
        self.house = house
        assert house.last is not None
        self.store: Any = house.last.store
        self.engine = house.last.engine
        self.now = house.turns.clock.now()
        self.cases: list[StoredCase] = self.store.cases(limit=100_000)
        self.rows: dict[str, list[JournalRow]] = {}
        self.steps: dict[str, list[tuple[Any, ...]]] = {}
        self.folded: dict[str, Case] = {}
        for case in self.cases:
            rows = self.rows[case.id] = list(self.store.journal(case.id))
            sealed = [decode_entries(row.entries) for row in rows]
            unseal = self._unsealer(case)
            self.steps[case.id] = [open_entries(entries, unseal) for entries in sealed]
            self.folded[case.id] = replay(
                case.id, ((row.sequence, entries) for row, entries in zip(rows, sealed, strict=True))
            )

    def _unsealer(self, case: StoredCase) -> Callable[[j.Sealed], bytes]:
        return lambda sealed: self.engine.unseal_bytes(case.id, case.key_slot, sealed)

    def of(self, procedure: str) -> Iterator[tuple[StoredCase, list[JournalRow], list[tuple[Any, ...]]]]:
        for case in self.cases:
            if case.procedure == procedure:
                yield case, self.rows[case.id], self.steps[case.id]

    def entries(self, kind: type) -> Iterator[tuple[StoredCase, JournalRow, Any]]:
        for case in self.cases:
            for row, step in zip(self.rows[case.id], self.steps[case.id], strict=True):
                for entry in step:
                    if type(entry) is kind:
                        yield case, row, entry

    def in_order(self) -> Iterator[tuple[StoredCase, JournalRow, tuple[Any, ...]]]:
        """Every step of every case, as they were stored."""
        by_id = {case.id: case for case in self.cases}
        after = 0
        while changes := self.store.changes(after):
            for change in changes:
                after = change.place
                if change.number:
                    n = change.sequence - 1
                    yield by_id[change.case_id], self.rows[change.case_id][n], self.steps[change.case_id][n]


def what_is_wrong(house: House) -> list[str]:
    """Everything that does not hold, in words."""
    looked = Looked(house)
    found = list(house.wrong)
    for check in _CHECKS:
        found += check(looked)
    return found


def _record(looked: Looked) -> Iterator[str]:
    """The chain, the counters, and every case as its journal folds."""

    def unseal(case: StoredCase, sealed: j.Sealed) -> bytes:
        return looked.engine.unseal_bytes(case.id, case.key_slot, sealed)

    def rebuilt(case: StoredCase) -> bytes:
        if case.id != ORGANISATION:
            return snapshot.to_bytes(looked.folded[case.id])
        state = dict(NO_ORGANISATION)
        for row in looked.store.journal(ORGANISATION):
            for entry in decode_entries(row.entries):
                state = fold_organisation(state, entry)
        return encode(state)

    for finding in audit(
        looked.store, evidence=looked.house.evidence, unseal=unseal, rebuild=rebuilt
    ).findings:
        yield f"audit: {finding}"
    times = Counter(row.command_id for rows in looked.rows.values() for row in rows)
    yield from (f"{id} was taken {n} times" for id, n in times.items() if n > 1)
    for case in looked.cases:
        rows = looked.rows[case.id]
        for before, row in pairwise(rows):
            if row.at < before.at:
                yield f"case {case.number}: step {row.sequence} is earlier than the one before it"


def _told(looked: Looked) -> Iterator[str]:
    """What people were told fits the journals (R10), and the journals hold nothing else of them."""
    journals = {id: [(row.sequence, row.command_id) for row in rows] for id, rows in looked.rows.items()}
    operations = looked.house.operations
    yield from wrong_in([each for each in operations if each.case], journals)
    where = {row.command_id: case for case, rows in looked.rows.items() for row in rows}
    accepted = {each.id for each in operations if each.answer in ("accepted", "repeated")}
    for id in accepted:
        if id not in where:
            yield f"{id} was acknowledged and is not there"
    maybe = {each.id for each in operations if each.answer == "unknown"}
    for id in looked.house.asked.keys() & where.keys():
        if id not in accepted | maybe:
            yield f"{id} was never acknowledged, nobody died over it, and it stands in a journal"
        case, command = looked.house.asked[id]
        if command.kind != "open" and where[id] != case:
            yield f"{id} was asked of case {case} and stands in {where[id]}"
    for case, row, taken in looked.entries(j.CommandTaken):
        command = looked.house.asked.get(row.command_id, ("", None))[1]
        if command is None or taken.kind in ("open", "assign"):
            continue
        if (taken.kind, taken.name, taken.by) != (command.kind, command.name, command.by):
            yield f"{row.command_id}: asked was {command.name} by {command.by}, case {case.number} took {taken.name} by {taken.by}"


def _projections(looked: Looked) -> Iterator[str]:
    """What the store keeps beside the journals, against what they fold to."""
    tasks: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    work: Counter[str] = Counter()
    listed = looked.store.tasks(limit=100_000)
    for row in listed:
        tasks[row.case_id].add((row.task, row.kind, row.roles, row.people, row.since))
        if row.kind == "work":
            work.update(row.people)
    late = 0
    for case in looked.cases:
        folded = looked.folded[case.id]
        wanted: set[tuple[Any, ...]] = set()
        for state, task in folded.tasks.items():
            if task.suspended is None:
                roles = () if task.claimed_by or task.allotted else task.roles
                people = (task.claimed_by,) if task.claimed_by else task.people
                wanted.add((state, "work", roles, people, task.since))
        wanted |= {
            (key, item.kind, item.roles, item.people, item.since)
            for key, item in folded.items.items()
            if item.kind != "kept"
        }
        if tasks[case.id] != wanted:
            yield f"case {case.number}: its tasks are {sorted(map(str, tasks[case.id]))}, and its journal says {sorted(map(str, wanted))}"
        if case.closed != (folded.closed is not None):
            yield f"case {case.number}: it is closed here and not there"
        late += bool(folded.missed) and not case.closed
    if looked.store.counts()["late"] != late:
        yield f"the counter says {looked.store.counts()['late']} late, the journals say {late}"
    people = ("ann", "bob", "cas", "liz")
    kept = dict(looked.store.work_of(people))
    if kept != {one: work[one] for one in people}:
        yield f"the counters of work are {kept}, the tasks say {dict(work)}"
    queues: Counter[tuple[str, str]] = Counter()
    for row in listed:
        queues.update([*((role, "") for role in row.roles), *(("", one) for one in row.people)])
    for queue in looked.store.queues(looked.now, looked.now + timedelta(days=1)):
        if (queue.role or queue.person) and queue.work + queue.items != queues[queue.role, queue.person]:
            yield f"the queue of {queue.role or queue.person} counts {queue.work + queue.items}, and {queues[queue.role, queue.person]} stand in it"


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
        wanted = {name: at for name, at in wanted.items() if at <= looked.now}
        happened = dict(fired)
        if len(happened) != len(fired) or happened != wanted:
            yield f"case {case.number} of pulse: by time came {fired}, and should have {wanted}"


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
                    armed[entry.id] = entry.due["at"]
                elif isinstance(entry, j.TimerFired):
                    due = datetime.fromisoformat(armed.pop(entry.id, "1970-01-01T00:00:00+00:00"))
                    if due != row.at:
                        yield f"case {case.number}: the timer {entry.id} was due at {due} and fired at {row.at}"


def _daily(looked: Looked) -> Iterator[str]:
    """Every open day at 08:00 that a clock here has seen, once."""
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
    if sorted(opened) != sorted(wanted):
        yield f"daily cases were opened at {sorted(map(str, opened))}, and should have been at {sorted(map(str, wanted))}"


def _outside(looked: Looked) -> Iterator[str]:
    """What the outside was handed: asked for, under its key, the same bytes each time, twice only with a reason."""
    asked = {entry.key: (case, row, entry) for case, row, entry in looked.entries(j.EffectRequested)}
    answered: dict[str, list[str]] = defaultdict(list)
    for _, _, entry in looked.entries(j.EffectAnswered):
        answered[entry.key].append(entry.status)
    tries = defaultdict(list)
    for each in looked.house.outside.tries:
        tries[each.key].append(each)
    for key, some in tries.items():
        if key not in asked:
            yield f"{key} went out, and nobody asked for it"
            continue
        if len({each.wire for each in some}) > 1:
            yield f"{key} went out with different bytes"
        took = [each for each in some if each.took]
        for before, each in pairwise(took):
            overlong = each.began - before.began > 25 or looked.house.plan.jumps
            brings = asked[key][2].operation.startswith("register")
            if not (before.excused or brings or (overlong and (before.ended or 1e18) > each.began)):
                yield f"{key} went out twice, and {before.process} knew that it had"
    for key, (case, _row, entry) in asked.items():
        effect, out = looked.store.effect(key), any(each.took for each in tries[key])
        done = [
            status
            for status in answered[key]
            if status in ("done", "failed", "dropped", "cancelled", "stuck")
        ]
        if effect is None:
            continue  # the audit says so
        if len(done) > 1:
            yield f"{key} was answered {len(done)} times: {answered[key]}"
        if effect.state == "waiting":
            yield f"{key} ({entry.operation}) waits still, after {effect.attempts} tries: {effect.error}"
        if entry.operation in ("mail.send", "register.look"):
            if effect.state == "done" and not out:
                yield f"{key} is done, and never went out"
            if out:
                yield from _content(looked, case, entry, tries[key][0].wire)
        if effect.state in ("done", "failed", "dropped") and not done and "late" not in answered[key]:
            yield f"{key} is {effect.state}, and its case was not told"


def _content(looked: Looked, case: StoredCase, asked: j.EffectRequested, wire: bytes) -> Iterator[str]:
    """The bytes that went out say what was asked for then."""
    plain = asked.parameters.value if isinstance(asked.parameters, j.Personal) else asked.parameters
    sent = json.loads(wire)["parameters"]
    if {name: str(value) for name, value in dict(plain).items()} != {n: str(v) for n, v in sent.items()}:
        yield f"{asked.key} of case {case.number} went out as {sent}, and asked for was {plain}"


def _letters(looked: Looked) -> Iterator[str]:
    """What PULSE wrote is what the command said that asked for it, and what it looked up is the answer to its question."""
    for case, rows, steps in looked.of("pulse"):
        letters = 0
        for row, step in zip(rows, steps, strict=True):
            for entry in step:
                if isinstance(entry, j.EffectRequested) and entry.operation == "mail.send":
                    asked = dict(entry.parameters.value)
                    if any(isinstance(e, j.TransitionTaken) and e.name == "write" for e in step):
                        letters += 1
                        if asked["text"] != f"word-{row.command_id}":
                            yield f"{row.command_id} of case {case.number} asked to write {asked['text']}"
        loaded = looked.engine.load(case.id).plain
        if loaded.data.get("letters") != letters:
            yield f"case {case.number} counts {loaded.data.get('letters')} letters, its journal has {letters}"
        found = loaded.data.get("found")
        if found and found != code_of(str(loaded.data["kn"])):
            yield f"case {case.number} was told {found}, which is the answer to another question"
        heard = str(loaded.data.get("heard") or "").split()
        if len(set(heard)) != len(heard):
            yield f"case {case.number} heard twice: {heard}"


def _rules(looked: Looked) -> Iterator[str]:
    """Four eyes; one open case of a kind; one at work; each in turn."""
    open_now: dict[str, set[str]] = defaultdict(set)
    kn_of: dict[str, str] = {}
    busy: set[int] = set()
    last: dict[str, str] = {}
    wrote: dict[str, str] = {}
    for case, row, step in looked.in_order():
        for entry in step:
            kind = type(entry)
            if kind is j.TransitionTaken:
                if entry.name in ("write", "no_answer"):
                    wrote[case.id] = entry.by
                elif entry.name in ("close", "decide") and case.procedure in ("pulse", "cadence"):
                    if entry.by == wrote.get(case.id):
                        yield f"case {case.number}: {entry.by} took {entry.name} at step {row.sequence}, and four eyes were wanted"
                elif case.procedure == "limited" and entry.name == "begin":
                    busy.add(case.number)
                    if len(busy) > 1:
                        yield f"cases {sorted(busy)} of limited are at work at once"
                elif case.procedure == "limited" and entry.name == "end":
                    busy.discard(case.number)
            elif kind is j.TaskAllotted and entry.place:
                if entry.last != last.get(entry.place, ""):
                    yield f"case {case.number}: {entry.to} got the turn in {entry.place} after {entry.last}, and the last was {last.get(entry.place)}"
                last[entry.place] = entry.to
            elif kind is j.DataSet and case.procedure == "alone" and "kn" in entry.values:
                kn_of[case.id] = str(entry.values["kn"])
                open_now[kn_of[case.id]].add(case.id)
            elif kind is j.CaseClosed and case.procedure == "alone":
                open_now[kn_of.get(case.id, "")].discard(case.id)
        for kn, cases in open_now.items():
            if len(cases) > 1:
                yield f"{len(cases)} open cases of alone have the number {kn}"
                cases.clear()


def _between(looked: Looked) -> Iterator[str]:
    """What a case asked of others was done, once: each opening has its case, each signal came to all that it was for."""
    ids = {row.command_id for rows in looked.rows.values() for row in rows}
    for case, _, entry in looked.entries(j.EffectRequested):
        effect = looked.store.effect(entry.key)
        if entry.operation == "procedure" or entry.operation.startswith("procedure."):
            opened = f"procedure:{entry.key}" in ids
            if effect is not None and effect.state == "invoked" and not opened:
                yield f"case {case.number}: {entry.key} is said to be opened, and is not"
            if effect is not None and effect.state == "waiting":
                yield f"case {case.number}: {entry.key} was not opened"
    for case, _, entry in looked.entries(j.EventSent):
        for other in entry.cases:
            if f"signal:{entry.key}:{other}" not in ids and not looked.folded[other].is_closed:
                yield f"case {case.number}: its signal {entry.key} never came to case {other}"
    for case, _, entry in looked.entries(j.CaseInvoked):
        there = looked.folded.get(entry.case_id)
        if there is None:
            yield f"case {case.number} waits for a case that is not there"
        elif there.is_closed and looked.folded[case.id].waiting.get(entry.key) is not None:
            yield f"case {case.number} waits for case {entry.number}, which has ended"


def _messages(looked: Looked) -> Iterator[str]:
    """Every mail that came is stored once, and taken by one case that knows its sender, or waits for a person."""
    stored = [
        row
        for state in ("new", "taken", "unmatched", "ignored")
        for row in looked.store.messages(state, 10_000)
    ]
    house, contents = looked.house, Counter[tuple[str, str]]()
    ids = Counter(row.command_id for rows in looked.rows.values() for row in rows)
    for row in stored:
        content = house.last.intake.content(row)
        contents[content["from"], content["text"]] += 1
        if row.state == "new":
            yield f"the message {content['text']} was never routed"
        if row.state != "taken":
            if ids[row.id]:
                yield f"the message {content['text']} is {row.state}, and a case took it"
            continue
        if ids[row.id] != 1 or all(each.command_id != row.id for each in looked.rows.get(row.case_id, ())):
            yield f"the message {content['text']} is said to be taken by {row.case_id}, whose journal does not say so"
            continue
        case = looked.engine.load(row.case_id).plain
        threaded = any(key.startswith(f"{row.case_id}/") for key in content["thread"])
        if not threaded and case.data.get("email") != content["from"]:
            yield f"the message {content['text']} of {content['from']} is with case {case.number} of {case.data.get('email')}"
    fetched = house.arrived if looked.now else []
    for message in fetched:
        if contents[message.sender, message.text] != 1:
            yield f"the message {message.text} came, and is stored {contents[message.sender, message.text]} times"


def _organisation(looked: Looked) -> Iterator[str]:
    state = decode(looked.store.load(ORGANISATION).snapshot)
    absences = Counter((a[0], str(a[1])) for a in state["absences"])
    yield from (f"the absence {one} stands {n} times" for one, n in absences.items() if n > 1)


_CHECKS = (
    _record, _told, _projections, _pulse, _time, _daily, _outside, _letters, _rules, _between, _messages, _organisation,
)  # fmt: skip
