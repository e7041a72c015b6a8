"""What goes into a store and comes out of it: a case as a step loads it, what a step appends, and every other row.

Instants are aware UTC datetimes everywhere. Bytes called sealed are ciphertext.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

#: The stream that holds the organisation's own journal: absences, hand-overs, changed tables.
ORGANISATION = "organisation"


class StoredCase(Struct, frozen=True, gc=False):
    """What a step loads: the latest state, never the past. `snapshot` has its personal parts sealed."""

    id: str
    number: int
    procedure: str
    definition: str
    sequence: int
    head: bytes
    key_slot: int
    snapshot: bytes
    closed: bool


class Look(Struct, frozen=True, gc=False):
    """What a step asks the store before it decides: the case, what its command was told if it was made before,
    the sequence of the organisation (0 before its first), and when something of the case is due next."""

    case: StoredCase | None
    answer: bytes | None
    surroundings: int
    next_due: datetime | None = None


class Projection(Struct, frozen=True, gc=False):
    """What a store keeps of a case beside its journal and its state, by which hosts, inboxes and messages find it.
    `tasks` are its open tasks as text, the same for the same tasks; `identities` fingerprints."""

    next_due: datetime | None
    late: bool
    outcome: str
    tasks: str
    identities: frozenset[bytes]


class JournalRow(Struct, frozen=True, gc=False):
    """One step as it was stored. `entries` are canonical bytes, sealed; the chain covers every field."""

    case_id: str
    sequence: int
    command_id: str
    at: datetime
    ran_at: datetime
    definition: str
    surroundings: int
    entries: bytes
    previous: bytes
    hash: bytes


#: A place in the order to work in: act_by, due, since, number, task, kind; an instant that is not set comes last.
TaskPlace = tuple[datetime | None, datetime | None, datetime, int, str, str]


class TaskRow(Struct, frozen=True, gc=False):
    """Open work as the inbox lists it. `roles` and `people` say for whom, before absences are looked at."""

    case_id: str
    number: int
    procedure: str
    task: str  # the state's name, or the item's id
    kind: str  # work, read, notice, alarm, stuck, failed, manual
    roles: tuple[str, ...]
    people: tuple[str, ...]
    since: datetime
    due: datetime | None
    act_by: datetime | None
    deadline: str = ""
    definition: str = ""  # the hash of the procedure that the case is pinned to; the store fills it in
    sequence: int = 0  # the step that the case is at; the store fills it in

    @property
    def place(self) -> TaskPlace:
        """Where it stands in the order to work in."""
        return self.act_by, self.due, self.since, self.number, self.task, self.kind


class EffectRow(Struct, frozen=True, gc=False):
    """One effect in the outbox. `key` is case/sequence/n; `parameters` and `wire` are sealed bytes."""

    key: str
    case_id: str
    channel: str
    operation: str
    parameters: bytes
    state: str = "waiting"  # waiting, manual, done, failed, dropped
    attempts: int = 0
    next_try: datetime | None = None
    wire: bytes | None = None
    error: str = ""
    lease_until: datetime | None = None
    holder: str = ""
    asked_at: datetime | None = None
    unless_left: str = ""  # "state#visit" or empty

    @property
    def tried(self) -> int:
        """How many tries have ended: one whose end is not known, because it is under way or its host died, is in
        `attempts` already."""
        return self.attempts - bool(self.holder)


class Queue(Struct, frozen=True):
    """The open work of a role or a person, before absences are looked at. `late`: due is past; `soon`: to be done
    by the instant that was asked for, and not late. `items` are messages to read, notices and the like."""

    role: str
    person: str
    work: int
    items: int
    late: int
    soon: int
    oldest: datetime | None
    act_by: datetime | None


class DoneFor(Struct, frozen=True):
    """A step that somebody took in the name of an absent `person`."""

    person: str
    at: datetime
    case_id: str
    number: int
    sequence: int
    choice: str
    by: str


class PeopleFacts(Struct, frozen=True):
    """What a step knows of people beside its tasks.

    `work` is how much open work it saw people have, `turns` are (place, whose turn it was, whose it is now): when
    either has moved meanwhile the step is refused. `done_for` is what was done in somebody's name.
    """

    work: tuple[tuple[str, int], ...] = ()
    turns: tuple[tuple[str, str, str], ...] = ()
    done_for: tuple[DoneFor, ...] = ()


class Change(Struct, frozen=True, gc=False):
    """One step as whoever watches the store sees it: `place` among all steps of all cases, in the order in which they
    were stored. Number 0 is the organisation's own stream."""

    place: int
    case_id: str
    number: int
    sequence: int
    procedure: str


class Looked(Struct, frozen=True, gc=False):
    """What a decision looked up among the open cases, and what was there: refuse the step if that has changed.

    `fingerprints` all of them a case must carry; none: every open case of `procedure`.
    """

    procedure: str
    fingerprints: tuple[bytes, ...]
    found: tuple[tuple[int, int], ...]  # (number, sequence) of each, by number


class Append(Struct, frozen=True, gc=False):
    """Everything one step writes, in one transaction or not at all."""

    row: JournalRow
    snapshot: bytes
    answer: bytes  # what the command's sender was told; the same command id gives it again
    key_slot: int
    procedure: str = ""
    number: int = 0  # the number expected for a new case; the store refuses another
    opens: bool = False
    closes: bool = False
    outcome: str = ""
    late: bool | None = None  # whether a deadline of the case was missed; None leaves it as it is
    next_due: datetime | None = None
    tasks: tuple[TaskRow, ...] | None = None  # all open tasks of the case; None leaves them as they are
    effects: tuple[EffectRow, ...] = ()
    settled: tuple[tuple[str, str, str], ...] = ()  # (effect key, state, error)
    holder: str = ""  # refuse the step if what it settles is held by another; "": whoever holds it
    identities: tuple[bytes, ...] | None = None  # fingerprints of correlate data; None leaves them
    message: str = ""  # the id of the inbound message that this step takes
    people: PeopleFacts | None = None
    surroundings: int | None = None  # refuse the step if the organisation's sequence is another
    looked: tuple[Looked, ...] = ()  # refuse the step if other cases are found now


class InboundRow(Struct, frozen=True, gc=False):
    """A message as it came in: stored before anything is decided, taken exactly once.

    `source` and `external_id` are unique together. `state`: new, taken, unmatched, ignored.
    """

    id: str
    source: str
    external_id: str
    received: datetime
    key_slot: int
    content: bytes  # sealed JSON of the parsed message
    raw_hash: str  # the evidence store's name of the bytes as received
    state: str = "new"
    case_id: str = ""
    reason: str = ""


class Draft(Struct, frozen=True, gc=False):
    """What a `person` has typed for a choice of a case and not yet taken."""

    case_id: str
    person: str
    choice: str
    key_slot: int
    content: bytes  # sealed


class Kept(Struct, frozen=True, gc=False):
    """A small thing that is no case, kept under a kind and a name; `until` None: until it is dropped."""

    name: str
    value: bytes
    until: datetime | None = None
