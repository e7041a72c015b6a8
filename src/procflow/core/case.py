"""A case, and how its journal folds into it.

Folding evaluates nothing: entries carry results, so yesterday's journal gives today the same case.
Values may be plain or still sealed; the fold does not look inside them.
"""
# The annotations here are types and no texts: what reads snapshots asks for each of them, in every process.

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import astuple, replace

from procflow.core import journal as j


class Clock(Struct, frozen=True, array_like=True, gc=False):
    """A deadline of a case. `state`: running, met, missed or ended. `due` is `calendar.Due` as JSON."""

    state: str
    started: datetime
    due: Mapping[str, Any]
    warn: datetime | None
    warned: bool = False
    paused: datetime | None = None  # since when it stands still
    pauses: tuple[tuple[datetime, datetime], ...] = ()  # when it stood still, in order


class Timer(Struct, frozen=True, array_like=True, gc=False):
    """An `after` that is armed. `since` is when it was armed, from which its time counts."""

    state: str
    due: Mapping[str, Any]


class OpenTask(Struct, frozen=True, array_like=True, gc=False):
    roles: tuple[str, ...]
    people: tuple[str, ...]
    since: datetime
    claimed_by: str = ""
    allotted: str = ""  # the rule by which the one in `people` got it
    suspended: datetime | None = None  # until when it is put aside
    stand_ins: tuple[str, ...] = ()  # who has the work of the absent person it belongs to


class Waiting(Struct, frozen=True, array_like=True, gc=False):
    """An effect that was asked for and has not been answered."""

    operation: str
    unless_left: str = ""
    answers: str = ""
    case: str = ""  # the id of the case that was invoked; the ids of those that get a signal, `-` for none


class HandOver(Struct, frozen=True, array_like=True, gc=False):
    """Work that `by` offers to a colleague, who has not answered yet."""

    to: str
    by: str
    due: Mapping[str, Any]


class Item(Struct, frozen=True, array_like=True, gc=False):
    """Something a person must look at, beside the tasks of the states."""

    kind: str
    roles: tuple[str, ...]
    people: tuple[str, ...]
    since: datetime
    about: Any = None
    again: Any = None  # what a stuck command needs to be tried again


class Monitor(Struct, frozen=True, array_like=True, gc=False):
    state: str = "idle"
    seen: int = 0
    until: datetime | None = None


class Case(Struct, frozen=True, array_like=True, gc=False):
    """One running procedure as its journal tells it."""

    id: str = ""
    number: int = 0
    procedure: str = ""
    definition: str = ""
    zone: str = "UTC"
    opened: datetime | None = None
    received: datetime | None = None
    opened_by: str = ""
    origin: str = ""
    sequence: int = 0
    now: datetime | None = None  # the instant of the last step
    active: tuple[str, ...] = ()
    visits: Mapping[str, int] = field(default_factory=dict)
    entered: Mapping[str, datetime] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)
    fired: frozenset[str] = frozenset()  # timers that have fired in this visit of their state
    tasks: Mapping[str, OpenTask] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    day: date | None = None
    today: Mapping[str, int] = field(default_factory=dict)
    who: Mapping[str, str] = field(default_factory=dict)
    did: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    promises: Mapping[str, Monitor] = field(default_factory=dict)
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    outcome: str = ""
    closed: datetime | None = None
    owes: str = ""  # the effect of another case that waits for the end of this one
    kept: Mapping[str, datetime] = field(default_factory=dict)  # items of messages kept -> until when
    around: tuple[str, ...] = ()  # the states around the innermost ones, `active`; both in document order
    last: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # where a state was left, for `.last`
    retake: frozenset[str] = frozenset()  # of those kept: to be tried now
    # state -> its work, offered to a colleague
    hand_overs: Mapping[str, HandOver] = field(default_factory=dict)

    @property
    def is_closed(self) -> bool:
        return self.closed is not None

    def visit(self, state: str) -> str:
        """A name for this very stay in a state, so that a late answer can be told from a timely one."""
        return f"{state}#{self.visits.get(state, 0)}"

    def is_in(self, state: str) -> bool:
        """Whether a state is active: an innermost one, or one around it."""
        return state in self.active or state in self.around

    def is_visit(self, mark: str) -> bool:
        """Whether the stay that `mark` names still lasts."""
        state, _, count = mark.rpartition("#")
        return self.is_in(state) and str(self.visits.get(state, 0)) == count


class Folding(Case, frozen=False, gc=False):  # type: ignore[misc]  # what dataclasses forbid, structs may
    """The fold in the making: the same fields as `Case`, changed in place, entry by entry."""

    _own: dict[str, dict[str, Any]] = field(default_factory=dict)  # the tables that are this fold's own

    @classmethod
    def of(cls, case: Case) -> Any:
        return cls(*astuple(case))

    def _map(self, name: str) -> dict[str, Any]:
        own = self._own
        if name in own:
            return own[name]
        table = own[name] = {**getattr(self, name)}
        setattr(self, name, table)
        return table

    def case(self) -> Case:
        """The case as it stands; the fold may go on."""
        self._own.clear()
        return Case(*astuple(self)[:-1])

    def apply(self, entry: Any) -> None:
        """Fold one entry in. Unknown kinds are a TypeError: a journal is never half understood."""
        handler = FOLD.get(type(entry))
        if handler is None:
            raise TypeError(f"no fold for {type(entry).__name__}")
        handler(self, entry)


def _opened(f: Any, e: j.CaseOpened) -> None:
    f.procedure, f.definition, f.number, f.zone = e.procedure, e.definition, e.number, e.zone
    f.opened, f.received, f.opened_by, f.origin = e.opened, e.received, e.by, e.origin
    f.now = e.opened


def _command(f: Any, e: j.CommandTaken) -> None:
    f.now = e.at


def _transition(f: Any, e: j.TransitionTaken) -> None:
    if e.kind != "choice":
        return
    f._map("counts")[e.name] = f.counts.get(e.name, 0) + 1
    if e.day != f.day:
        f.day = e.day
        f._own["today"] = f.today = {}
    f._map("today")[e.name] = f.today.get(e.name, 0) + 1
    if e.by:
        f._map("who")[e.name] = e.by


def _entered(f: Any, e: j.StateEntered) -> None:
    if e.outer:
        f.around = _placed(f.around, e)
    elif f.active:
        f.active = _placed(f.active, e)
    else:
        f.active = (e.state,)
    f._map("visits")[e.state] = e.visit
    f._map("entered")[e.state] = f.now


def _placed(names: tuple[str, ...], e: j.StateEntered) -> tuple[str, ...]:
    if e.place < 0:
        return (*names, e.state)
    return (*names[: e.place], e.state, *names[e.place :])


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    place = names.index(name) if name in names else len(names)
    return names[:place] + names[place + 1 :]


def _left(f: Any, e: j.StateLeft) -> None:
    if e.state in f.around:
        f.around = _without(f.around, e.state)
    else:
        f.active = _without(f.active, e.state) if len(f.active) > 1 else ()
    if e.last:
        f._map("last")[e.state] = e.last
    if e.state in f.tasks:
        del f._map("tasks")[e.state]
    if f.timers:
        gone = [name for name, timer in f.timers.items() if timer.state == e.state]
        for name in gone:
            del f._map("timers")[name]
    if f.fired:
        f.fired = frozenset(name for name in f.fired if not name.startswith(e.state + "@"))


def _data(f: Any, e: j.DataSet) -> None:
    f._map("data").update(e.values)


def _voided(f: Any, e: j.EvidenceVoided) -> None:
    """What no longer counts is kept beside the evidence, so that a sealed value need not be opened."""
    f._map("data")[f"{e.field}~void"] = e.because


def _requested(f: Any, e: j.EffectRequested) -> None:
    f.did = f.did | {e.operation}
    f._map("waiting")[e.key] = Waiting(e.operation, e.unless_left, e.answers)


def _answered(f: Any, e: j.EffectAnswered) -> None:
    """A letter that came back before its delivery was answered (to one receiver of several) still waits for that."""
    if e.key in f.waiting and e.status != "returned":
        del f._map("waiting")[e.key]


def _note(f: Any, e: j.NoteWritten) -> None:
    f.did = f.did | {"note.write"}


def _notified(f: Any, e: j.PeopleNotified) -> None:
    f.did = f.did | {"notify"}


def _task(f: Any, e: j.TaskOpened) -> None:
    old = f.tasks.get(e.state)
    since = old.since if old else f.now
    f._map("tasks")[e.state] = OpenTask(e.roles, e.people, since, old.claimed_by if old else "")


def _claimed(f: Any, e: j.TaskClaimed) -> None:
    old = f.tasks[e.state]
    f._map("tasks")[e.state] = OpenTask(old.roles, old.people, old.since, e.by)


def _given(f: Any, e: j.TaskGiven) -> None:
    old = f.tasks[e.state]
    f._map("tasks")[e.state] = OpenTask(old.roles, (e.to,), old.since, e.to)


def _allotted(f: Any, e: j.TaskAllotted) -> None:
    old = f.tasks[e.state]
    f._map("tasks")[e.state] = OpenTask(old.roles, (e.to,), old.since, "", e.rule)


def _given_back(f: Any, e: j.TaskGivenBack) -> None:
    old = f.tasks[e.state]
    f._map("tasks")[e.state] = OpenTask(old.roles, (), old.since)


def _suspended(f: Any, e: j.TaskSuspended) -> None:
    f._map("tasks")[e.state] = replace(f.tasks[e.state], suspended=e.until)


def _resumed(f: Any, e: j.TaskResumed) -> None:
    f._map("tasks")[e.state] = replace(f.tasks[e.state], suspended=None)


def _passed_on(f: Any, e: j.TaskPassedOn) -> None:
    f._map("tasks")[e.state] = replace(f.tasks[e.state], stand_ins=e.to)


def _offered(f: Any, e: j.HandOverOffered) -> None:
    f._map("hand_overs")[e.state] = HandOver(e.to, e.by, e.due)


def _offer_ended(f: Any, e: j.HandOverEnded) -> None:
    del f._map("hand_overs")[e.state]


def _clock_started(f: Any, e: j.DeadlineStarted) -> None:
    old = f.clocks.get(e.name) if e.moved else None
    pauses = old.pauses if old is not None else ()
    warned = old is not None and old.warned and e.warn is None
    f._map("clocks")[e.name] = Clock("running", e.started, e.due, e.warn, warned, None, pauses)


def _clock_paused(f: Any, e: j.DeadlinePaused) -> None:
    f._map("clocks")[e.name] = replace(f.clocks[e.name], paused=e.at)


def _clock_resumed(f: Any, e: j.DeadlineResumed) -> None:
    old = f.clocks[e.name]
    pauses = (*old.pauses, (old.paused, e.at))
    warned = old.warned and e.warn is None
    f._map("clocks")[e.name] = Clock("running", old.started, e.due, e.warn, warned, None, pauses)


_ENDED = {j.DeadlineMet: "met", j.DeadlineMissed: "missed", j.DeadlineEnded: "ended"}


def _clock_ended(f: Any, e: j.DeadlineMet | j.DeadlineMissed | j.DeadlineEnded) -> None:
    state = _ENDED[type(e)]
    f._map("clocks")[e.name] = replace(f.clocks[e.name], state=state)
    if state == "missed":
        f.missed = f.missed | {e.name}


def _warned(f: Any, e: j.DeadlineWarned) -> None:
    old = f.clocks[e.name]
    f._map("clocks")[e.name] = replace(old, warned=True)


def _armed(f: Any, e: j.TimerArmed) -> None:
    f._map("timers")[e.id] = Timer(e.state, e.due)


def _disarmed(f: Any, e: j.TimerDisarmed) -> None:
    if e.id in f.timers:
        del f._map("timers")[e.id]


def _fired(f: Any, e: j.TimerFired) -> None:
    if e.id in f.timers:
        del f._map("timers")[e.id]
    f.fired = f.fired | {e.id}


def _nothing(f: Any, e: Any) -> None:
    """A fact for the reader; the case stays as it was."""


def _item(f: Any, e: j.ItemOpened) -> None:
    f._map("items")[e.id] = Item(e.kind, e.roles, e.people, f.now, e.about, e.again)


def _item_settled(f: Any, e: j.ItemSettled) -> None:
    if e.id in f.items:
        del f._map("items")[e.id]
    if e.id in f.kept:
        del f._map("kept")[e.id]
        f.retake -= {e.id}


def _owed(f: Any, e: j.AnswerOwed) -> None:
    f.owes = e.key


def _invoked(f: Any, e: j.CaseInvoked) -> None:
    old = f.waiting[e.key]
    f._map("waiting")[e.key] = Waiting(old.operation, old.unless_left, old.answers, e.case_id)


def _sent(f: Any, e: j.EventSent) -> None:
    old = f.waiting[e.key]
    cases = " ".join(e.cases) or "-"
    f._map("waiting")[e.key] = Waiting(old.operation, old.unless_left, old.answers, cases)


def _kept(f: Any, e: j.MessageKept) -> None:
    f._map("kept")[e.id] = e.until
    f.retake = f.retake | {e.id} if e.retake else f.retake - {e.id}


def _promise(f: Any, e: j.PromiseMoved) -> None:
    f._map("promises")[e.name] = Monitor(e.state, e.seen, e.until)


def _closed(f: Any, e: j.CaseClosed) -> None:
    f.outcome, f.closed = e.outcome, e.at
    f.timers, f.tasks = {}, {}
    f._own.pop("timers", None)
    f._own.pop("tasks", None)


#: Kind of entry -> how it folds in.
FOLD: dict[type[Any], Any] = {
    j.CaseOpened: _opened,
    j.CommandTaken: _command,
    j.TransitionTaken: _transition,
    j.StateEntered: _entered,
    j.StateLeft: _left,
    j.DataSet: _data,
    j.EvidenceVoided: _voided,
    j.EffectRequested: _requested,
    j.EffectAnswered: _answered,
    j.NoteWritten: _note,
    j.PeopleNotified: _notified,
    j.TaskOpened: _task,
    j.TaskClaimed: _claimed,
    j.TaskGiven: _given,
    j.TaskAllotted: _allotted,
    j.TaskGivenBack: _given_back,
    j.TaskSuspended: _suspended,
    j.TaskResumed: _resumed,
    j.TaskPassedOn: _passed_on,
    j.HandOverOffered: _offered,
    j.HandOverEnded: _offer_ended,
    j.DeadlineStarted: _clock_started,
    j.DeadlineWarned: _warned,
    j.DeadlineMet: _clock_ended,
    j.DeadlineMissed: _clock_ended,
    j.DeadlineEnded: _clock_ended,
    j.DeadlinePaused: _clock_paused,
    j.DeadlineResumed: _clock_resumed,
    j.TableUsed: _nothing,
    j.CasesLookedUp: _nothing,
    j.AnswerOwed: _owed,
    j.CaseInvoked: _invoked,
    j.EventSent: _sent,
    j.MessageKept: _kept,
    j.TimerArmed: _armed,
    j.TimerDisarmed: _disarmed,
    j.TimerFired: _fired,
    j.EventDropped: _nothing,
    j.MessageReceived: _nothing,
    j.ItemOpened: _item,
    j.ItemSettled: _item_settled,
    j.PromiseMoved: _promise,
    j.CaseClosed: _closed,
}


def replay(id: str, steps: Iterable[tuple[int, Iterable[Any]]], start: Case | None = None) -> Case:
    """Fold steps - (sequence, entries) - into the case; `start` is where the fold begins, if not at nothing."""
    folding = Folding.of(start or Case(id=id))
    for sequence, entries in steps:
        for entry in entries:
            folding.apply(entry)
        folding.sequence = sequence
    return folding.case()  # type: ignore[no-any-return]
