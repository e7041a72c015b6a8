"""The entries of a journal: what a step decided, in the past tense.

Entries carry results, so that folding them evaluates nothing. A value wrapped in `Personal` is
sealed before it is stored. Instants are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from procflow.core.values import Value


class Personal(Struct, frozen=True, gc=False):
    """A value that says something about a person: stored only as ciphertext."""

    value: Value


class Sealed(Struct, frozen=True, gc=False):
    """A personal value as it is stored. `name` and `sequence` are its place, and part of the cipher's seal."""

    name: str
    sequence: int
    data: bytes


class CaseOpened(Struct, frozen=True, gc=False):
    procedure: str
    definition: str
    number: int
    opened: datetime
    received: datetime  # the instant from which clocks of the opening count
    by: str  # a person's id, or "" when a message, a time or another case opened it
    zone: str
    origin: str = ""  # what opened it, when not a person: "message", "case <id>", ...


class CommandTaken(Struct, frozen=True, gc=False):
    """Who asked for what. `given` holds what was entered; `on_behalf` the person whose work it was."""

    kind: str  # open, choice, message, event, answer, time, read, retry
    name: str
    by: str
    on_behalf: str
    given: Mapping[str, Any]
    at: datetime
    source: str = ""


class TransitionTaken(Struct, frozen=True, gc=False):
    id: str
    kind: str
    name: str
    left: tuple[str, ...]
    entered: tuple[str, ...]
    by: str = ""
    day: date | None = None  # the civil day in the organisation's zone, for `count_today`


class StateEntered(Struct, frozen=True, gc=False):
    """`outer`: others are active inside it. `place` is where it stands among the active ones of its kind, in
    document order; -1 is the end."""

    state: str
    visit: int
    outer: bool = False
    place: int = -1


class StateLeft(Struct, frozen=True, gc=False):
    """`last` is what was active innermost in it, where a `to: state.last` may come back to it."""

    state: str
    last: tuple[str, ...] = ()


class DataSet(Struct, frozen=True, gc=False):
    values: Mapping[str, Any]


class EvidenceVoided(Struct, frozen=True, gc=False):
    """Evidence that no longer counts, because a field that it covers was changed."""

    field: str
    because: str


class EffectRequested(Struct, frozen=True, gc=False):
    key: str
    operation: str
    parameters: Any  # Personal
    unless_left: str = ""
    answers: str = ""  # the state whose `invoke` waits for the answer, as "state#visit"


class EffectAnswered(Struct, frozen=True, gc=False):
    key: str
    operation: str
    status: str  # done, failed, dropped, cancelled, stuck, late, returned (done, and it came back)
    result: Any = None
    error: Any = ""  # Personal where the channel said something


class CasesLookedUp(Struct, frozen=True, gc=False):
    """What a step saw among the open cases of a procedure, by which fields: how many, and the first of them."""

    procedure: str
    fields: tuple[str, ...]
    found: int
    numbers: tuple[int, ...]


class AnswerOwed(Struct, frozen=True, gc=False):
    """Another case waits for the end of this one; `key` is the effect with which it was invoked."""

    key: str


class CaseInvoked(Struct, frozen=True, gc=False):
    """The procedure that a state invoked runs as a case of its own; its answer is still awaited."""

    key: str
    case_id: str
    number: int


class EventSent(Struct, frozen=True, gc=False):
    """The cases that a signal goes to, as they stood when it was delivered; none: it may open one."""

    key: str
    name: str
    cases: tuple[str, ...]
    numbers: tuple[int, ...]


class NoteWritten(Struct, frozen=True, gc=False):
    text: Any  # Personal
    by: str
    about: str = ""  # the choice it belongs to


class PeopleNotified(Struct, frozen=True, gc=False):
    roles: tuple[str, ...]
    people: tuple[str, ...]
    text: Any  # Personal or None
    because: str  # the deadline, state or choice


class TaskOpened(Struct, frozen=True, gc=False):
    state: str
    roles: tuple[str, ...]
    people: tuple[str, ...]


class TaskClaimed(Struct, frozen=True, gc=False):
    state: str
    by: str


class TaskGiven(Struct, frozen=True, gc=False):
    """Somebody handed the task to a person, who now has it."""

    state: str
    to: str
    by: str


class TaskAllotted(Struct, frozen=True):
    """A rule chose who gets the task: by the open work that people had (`counts`), or because it was the next one's
    turn in a place (`last` had it before). `behalf` is whose work a stand-in got."""

    state: str
    to: str
    rule: str
    counts: Mapping[str, int]
    place: str = ""
    last: str = ""
    behalf: str = ""


class TaskGivenBack(Struct, frozen=True):
    """The task goes back to those it is for; it was `of` this person, and `by` gave or took it back."""

    state: str
    by: str
    of: str


class TaskSuspended(Struct, frozen=True):
    """Put aside until an instant: out of the inbox, while every clock runs on."""

    state: str
    by: str
    until: datetime
    reason: Any  # Personal


class TaskResumed(Struct, frozen=True):
    """Back in the inbox: its time has come (`by` is empty), or somebody went on with it."""

    state: str
    by: str = ""


class TaskPassedOn(Struct, frozen=True):
    """The work of an absent person lies with these stand-ins from here on; with none of them the person is back, or nobody is left to stand in."""

    state: str
    of: str
    to: tuple[str, ...]


#: `calendar.Due` as JSON: instant, derivation, act_by. Nothing in it is about a person.
DueFacts = Mapping[str, Any]


class HandOverOffered(Struct, frozen=True, gc=False):
    """`by` offers the task to a colleague, who has until the due instant to take it over; it stays with `by` so long."""

    state: str
    to: str
    by: str
    due: DueFacts
    note: Any  # Personal


class HandOverEnded(Struct, frozen=True, gc=False):
    """The offer is over. `how`: taken_over or turned_down (by the colleague or who stands in for them), taken_back (by
    who offered it, or a lead), unanswered (its time was up), lapsed (the work was done, given on or given back)."""

    state: str
    to: str
    of: str
    how: str
    by: str = ""
    reason: Any = None  # Personal


class DeadlineStarted(Struct, frozen=True, gc=False):
    name: str
    started: datetime
    due: DueFacts
    warn: datetime | None
    moved: bool = False  # computed anew because its data changed


class DeadlineWarned(Struct, frozen=True, gc=False):
    name: str


class DeadlineMet(Struct, frozen=True, gc=False):
    name: str


class DeadlineMissed(Struct, frozen=True, gc=False):
    name: str
    cause: str = ""


class DeadlinePaused(Struct, frozen=True, gc=False):
    """The clock stands still from here on: the case is in a state that the deadline names in `pause_in`."""

    name: str
    at: datetime


class DeadlineResumed(Struct, frozen=True, gc=False):
    """The clock runs again; `due` is the instant that moved, with its derivation."""

    name: str
    at: datetime
    due: DueFacts
    warn: datetime | None


class DeadlineEnded(Struct, frozen=True, gc=False):
    name: str


class TimerArmed(Struct, frozen=True, gc=False):
    id: str
    state: str
    due: DueFacts


class TimerDisarmed(Struct, frozen=True, gc=False):
    id: str


class TimerFired(Struct, frozen=True, gc=False):
    id: str


class EventDropped(Struct, frozen=True, gc=False):
    name: str


class MessageReceived(Struct, frozen=True, gc=False):
    id: str
    channel: str
    content: Any  # Personal
    received: datetime


class ItemOpened(Struct, frozen=True, gc=False):
    """Something a person must look at: a message to read, a stuck command, a failed or manual effect."""

    id: str
    kind: str  # read, notice, alarm, stuck, failed, manual, handover
    roles: tuple[str, ...]
    people: tuple[str, ...]
    about: Any  # Personal or plain facts
    again: Any = None  # Personal: what a stuck command needs to be tried again


class MessageKept(Struct, frozen=True, gc=False):
    """A message came before the case waits for it; it is kept in the item `id` up to `until`.

    `retake`: the case has come to a state that waits for messages, so that it is tried now.
    """

    id: str
    until: datetime
    retake: bool = False


class ItemSettled(Struct, frozen=True, gc=False):
    id: str
    by: str


class PromiseMoved(Struct, frozen=True, gc=False):
    """The new state of a promise's monitor; `until` is the instant by which an `eventually` must hold."""

    name: str
    state: str  # idle, pending, kept, broken
    seen: int = 0
    until: datetime | None = None


class TableUsed(Struct, frozen=True, gc=False):
    """A version of a table of which the step looked something up; both days are included, None is without an end."""

    table: str
    since: date | None
    until: date | None


class CaseClosed(Struct, frozen=True, gc=False):
    outcome: str
    at: datetime


class AbsenceRegistered(Struct, frozen=True, gc=False):
    """In the organisation's journal. `until` None: open-ended."""

    person: str
    since: datetime
    until: datetime | None
    by: str
    entered: datetime | None = None


class AbsenceEnded(Struct, frozen=True, gc=False):
    person: str
    at: datetime
    by: str


class ShiftAssigned(Struct, frozen=True, gc=False):
    """In the organisation's journal: who has a shift from here on; nobody where it is taken off the roster."""

    day: date
    shift: str
    person: str
    by: str
    entered: datetime


class ShiftSwapped(Struct, frozen=True, gc=False):
    """In the organisation's journal: one shift changed hands, and another one back; both people confirmed it."""

    day: date
    shift: str
    giver: str
    taker: str
    return_day: date | None
    return_shift: str
    confirmed: tuple[str, ...]
    by: str
    entered: datetime


class MatesPaired(Struct, frozen=True, gc=False):
    """In the organisation's journal: two people are each other's mate from here on; both said yes. `…_written` is the
    mate that the organisation's file named then ("": none): what it says later counts again."""

    one: str
    other: str
    one_written: str
    other_written: str
    confirmed: tuple[str, ...]
    by: str
    entered: datetime


class MatesParted(Struct, frozen=True, gc=False):
    """In the organisation's journal: two people are each other's mate no longer; neither has one now."""

    one: str
    other: str
    one_written: str
    other_written: str
    by: str
    entered: datetime


class SurroundingsPublished(Struct, frozen=True, gc=False):
    """In the organisation's journal: the documents that are in force from here on, by hash."""

    organisation: str
    tables: Mapping[str, str]


class LookupsDeclared(Struct, frozen=True, gc=False):
    """In the organisation's journal: procedure -> the fields by which its open cases are looked up.

    Steps keep the index of `fields` from here on; in that of `ready` the cases of before stand as well.
    """

    fields: Mapping[str, tuple[str, ...]]
    ready: Mapping[str, tuple[str, ...]] = {}


class FiguresImported(Struct, frozen=True, gc=False):
    """In the organisation's journal: figures that reports count, brought in from outside; `document` is their hash."""

    kind: str  # survey, turnover
    name: str
    document: str
    by: str


Entry = (
    CaseOpened | CommandTaken | TransitionTaken | StateEntered | StateLeft | DataSet | EvidenceVoided
    | EffectRequested | EffectAnswered | NoteWritten | PeopleNotified | TaskOpened | TaskClaimed | TaskGiven
    | TaskAllotted | TaskGivenBack | TaskSuspended | TaskResumed | TaskPassedOn | HandOverOffered | HandOverEnded
    | DeadlineStarted | DeadlineWarned | DeadlineMet | DeadlineMissed | DeadlineEnded
    | DeadlinePaused | DeadlineResumed | TableUsed | CasesLookedUp | CaseInvoked | EventSent | AnswerOwed | MessageKept | LookupsDeclared
    | TimerArmed | TimerDisarmed | TimerFired | EventDropped | MessageReceived | ItemOpened | ItemSettled
    | PromiseMoved | CaseClosed | AbsenceRegistered | AbsenceEnded
    | ShiftAssigned | ShiftSwapped | MatesPaired | MatesParted | SurroundingsPublished | FiguresImported
)  # fmt: skip

KINDS: dict[str, type[Any]] = {cls.__name__: cls for cls in Entry.__args__}

_NAMES: dict[type[Any], tuple[str, tuple[str, ...]]] = {
    cls: (name, tuple(cls.__struct_fields__)) for name, cls in KINDS.items()
}


def entry_to_record(entry: Any) -> tuple[str, tuple[Any, ...]]:
    """(kind, values in the order of the fields)."""
    name, names = _NAMES[type(entry)]
    return name, tuple([getattr(entry, item) for item in names])


def entry_from_record(kind: str, values: tuple[Any, ...]) -> Any:
    """The entry again. Fields that were added since get their defaults; an unknown kind is a ValueError."""
    cls = KINDS.get(kind)
    if cls is None:
        raise ValueError(f"this journal has an entry {kind!r} that this version of procflow does not know")
    return cls(*values)
