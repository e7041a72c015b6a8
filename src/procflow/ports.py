"""What the engine asks of the world around it, as Protocols in our own verbs.

Whoever implements one of these knows nothing of procedures; whoever uses one knows nothing of SQL, files or sockets. What
goes into a store and comes out of it stands in `stored`. Instants are aware UTC datetimes everywhere. Bytes called sealed
are ciphertext.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct, field

from procflow.stored import (
    Append,
    Change,
    DoneFor,
    Draft,
    EffectRow,
    InboundRow,
    JournalRow,
    Kept,
    Look,
    Projection,
    Queue,
    StoredCase,
    TaskPlace,
    TaskRow,
)


class World(Protocol):
    """Clock, ids, randomness and files, injected from the first day so that a run can be repeated."""

    def now(self) -> datetime: ...
    def new_id(self) -> str:
        """128 random bits as 32 hexadecimal digits."""
        ...

    def random_bytes(self, size: int) -> bytes: ...
    def monotonic(self) -> float:
        """Seconds on a clock that only goes forward; for time budgets, never for deadlines."""
        ...

    def sleep(self, seconds: float) -> None: ...
    def read_file(self, path: str) -> bytes: ...
    def environment(self, name: str) -> str | None: ...


class Keys(Protocol):
    """Random keys in a pool of their own, refilled ahead, so that no step waits for a second file."""

    def seal(self, slot: int, associated: bytes, plain: bytes) -> bytes:
        """AES-256-GCM under the key of `slot`; the nonce stands in front of the answer."""
        ...

    def sealer(self, slot: int) -> Callable[[bytes, bytes], bytes]:
        """`seal` for one step: (associated, plain) under the key that the slot has now."""
        ...

    def open(self, slot: int, associated: bytes, sealed: bytes) -> bytes:
        """Raises StorageError when the bytes, their place or the key are not what they were."""
        ...

    def fingerprint(self, text: str) -> bytes:
        """A keyed hash (16 bytes), to find equal personal values without storing them."""
        ...

    def refill(self, used: int) -> None:
        """Make sure that plenty of unused slots lie ahead of `used`; called outside of steps."""
        ...


class Store(Protocol):
    """Cases, journals, outbox and inbox in one place, one transaction a step."""

    # documents
    def publish(self, documents: Iterable[tuple[str, str, str, bytes]], at: datetime) -> None:
        """(hash, kind, name, compiled bytes) are kept for ever and put in force under (kind, name)."""
        ...

    def in_force(self, kind: str, name: str) -> str | None: ...
    def document(self, hash: str) -> bytes: ...
    def names_in_force(self, kind: str) -> list[tuple[str, str]]:
        """(name, hash), sorted by name."""
        ...

    # cases
    def load(self, case: str | int) -> StoredCase | None:
        """By id, by number (int, or text of digits), or ORGANISATION."""
        ...

    def answered(self, command_id: str) -> bytes | None: ...
    def look(self, case: str | int, command_id: str) -> Look:
        """`load`, `answered`, the organisation's sequence and the case's `next_due` in one look, for a step costs its
        look-ups each time."""
        ...

    def projection(self, case_id: str) -> Projection | None:
        """What an audit compares with the journal; None for a case that is not there."""
        ...

    def next_number(self) -> int: ...
    def next_slot(self) -> int:
        """The slot that the next opening (or message) will take; it may be gone by then: Conflict."""
        ...

    def append(self, step: Append) -> None:
        """Raises Conflict when sequence, number, slot or surroundings moved; else the step is durable."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What is written inside becomes durable together, when it is left without an exception; each write is all or
        nothing for itself. Others may wait for it: for a few writes, and nothing that waits. A write that another
        keeps waiting raises Busy: it can be done again by itself afterwards."""
        ...

    def at_one_instant(self) -> AbstractContextManager[None]:
        """What is read inside is as it was at one instant, whatever others write meanwhile. Nothing is written inside.
        Another one inside is the same instant."""
        ...

    def journal(self, case_id: str, after: int = 0) -> Iterator[JournalRow]: ...
    def journals(self, procedures: Sequence[str] = ()) -> Iterator[tuple[int, str, JournalRow]]:
        """(number, procedure, row) of every case by number, its steps in order; only of these procedures, where
        some are named. Read as a stream: cases may be opened and go on meanwhile."""
        ...

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """The steps after a place, of all cases and the organisation, in the order in which they were stored. Whoever
        saw a place has seen every one before it: no step comes to stand behind it later."""
        ...

    def last_change(self) -> int:
        """The place of the newest step; 0 before the first."""
        ...

    def mark(self) -> object:
        """What is equal for as long as nothing in the store changes, whoever changes it; None where that cannot be
        told. It holds for this connection to the store alone, and costs less than a look-up."""
        ...

    def cases(
        self, *, open_only: bool = False, closed_only: bool = False, procedure: str = "", after: int = 0,
        limit: int = 100, newest_first: bool = False,
    ) -> list[StoredCase]:  # fmt: skip
        """By number, upwards, those above `after`; `newest_first` downwards, those below it (0: from the newest)."""
        ...

    def find(self, identities: Sequence[bytes], *, open_only: bool = True) -> dict[str, int]:
        """Cases that carry any of these fingerprints -> how many; newest first."""
        ...

    def look_up(self, procedure: str, fingerprints: Sequence[bytes]) -> tuple[tuple[int, int], ...]:
        """(number, sequence) of the open cases of a procedure that carry all of these fingerprints, by number."""
        ...

    def identify(self, case_id: str, sequence: int, identities: Sequence[bytes]) -> bool:
        """Set by what a case is found, without a step: a projection that was added later. False where the case
        is no longer at this sequence; then nothing is set."""
        ...

    def ticks(self) -> Mapping[str, datetime]:
        """What recurs -> the last instant at which it was done."""
        ...

    def tick(self, name: str, at: datetime | None) -> None:
        """It was done at that instant (an earlier one changes nothing); None: it does not recur any more."""
        ...

    def counts(self) -> Mapping[str, int]:
        """open, closed, late (a deadline missed and still open), kept as counters, never counted."""
        ...

    # time
    def due(self, now: datetime, limit: int = 100) -> list[tuple[datetime, str]]:
        """(instant, case id) of cases with something due at or before `now`, earliest first."""
        ...

    def next_due(self) -> datetime | None: ...

    # work
    def tasks(
        self, *, roles: Sequence[str] = (), people: Sequence[str] = (), limit: int = 200,
        after: TaskPlace | None = None,
    ) -> list[TaskRow]:  # fmt: skip
        """By act_by, then due, then since. Without roles and people: all. `after`: those behind this place."""
        ...

    def tasks_of(self, case_id: str) -> list[TaskRow]: ...
    def work_of(self, people: Sequence[str]) -> Mapping[str, int]:
        """How many open tasks (of kind work) each of these people has; kept as counters, never counted."""
        ...

    def turn(self, place: str) -> str:
        """Whose turn it was last in a place where people take turns; "" before the first."""
        ...

    def queues(self, now: datetime, until: datetime) -> list[Queue]:
        """Every role and person with open work; `until` is the end of what counts as soon."""
        ...

    def asked(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(roles, people) of whom some open work or item is asked, each once."""
        ...

    def done_for(self, person: str, since: datetime, until: datetime | None = None) -> list[DoneFor]:
        """What was done in a person's name from one instant until (not including) another, in order."""
        ...

    # outbox
    def claim_effects(
        self, now: datetime, lease: timedelta, holder: str, limit: int = 50, but: Collection[str] = ()
    ) -> list[EffectRow]:
        """Waiting effects whose time has come and that nobody holds, then held until now + lease; whose time came first
        is first. Those of the channels in `but` stay as they are.

        A lease that reaches further than now + twice a lease counts as expired (the clock was set back); one that
        reaches only a little further was taken a moment later, by somebody who came to the store before."""
        ...

    def claim_effect(self, key: str, now: datetime, lease: timedelta, holder: str) -> EffectRow | None:
        """As `claim_effects`, this one alone; None where it does not wait, its time has not come or somebody holds it."""
        ...

    def keep_wires(self, holder: str, wires: Mapping[str, bytes]) -> None:
        """The bytes of effects by key, all or none, before their first try; every try sends those."""
        ...

    def let_go(self, holder: str, keys: Iterable[str]) -> None:
        """Effects that were claimed and never begun: as if they had not been claimed."""
        ...

    def postpone(
        self, key: str, holder: str, next_try: datetime, error: str, left: bytes | None = None
    ) -> None:
        """Let go of it until `next_try`. `left`: the outside took a part of it, and this is what is left to send."""
        ...

    def effects(self, case_id: str) -> list[EffectRow]: ...
    def effect(self, key: str) -> EffectRow | None: ...
    def waiting_effects(self, asked_before: datetime, limit: int = 100) -> list[EffectRow]:
        """Those still waiting that were asked for before an instant, of all cases, oldest first."""
        ...

    def next_effect(self) -> datetime | None:
        """When the next waiting effect may be tried."""
        ...

    # inbox of messages
    def receive(self, message: InboundRow) -> bool:
        """False when (source, external_id) was received before: nothing is stored twice."""
        ...

    def messages(self, state: str, limit: int = 100) -> list[InboundRow]: ...
    def message(self, id: str) -> InboundRow | None: ...
    def settle_message(self, id: str, state: str, case_id: str, reason: str) -> None: ...

    # what people are typing
    def keep_draft(self, draft: Draft) -> None: ...
    def draft(self, case_id: str, person: str, choice: str) -> Draft | None: ...
    def drop_draft(self, case_id: str, person: str, choice: str) -> None: ...

    # small things that are no cases and end by themselves: users, logins, tokens, tries that failed
    def keep(
        self, kind: str, name: str, value: bytes, until: datetime | None = None, *, renew: bool = False
    ) -> bool:
        """Kept from here on, in the place of what was there; from `until` on it is not there any more.

        `renew`: only where something is there, ended or not; False where nothing is, and then nothing is kept.
        """
        ...

    def kept(self, kind: str, name: str, now: datetime) -> Kept | None: ...
    def all_kept(self, kind: str, now: datetime, beginning: str = "") -> list[Kept]:
        """Those of a kind whose name has that beginning, by name."""
        ...

    def count_kept(self, kind: str, now: datetime, beginning: str = "") -> int: ...
    def drop_kept(self, kind: str, name: str) -> bytes | None:
        """What was there, ended or not; of several who drop it at the same time one has it, and the others None."""
        ...

    def drop_ended(self, now: datetime) -> int:
        """Away with what has ended; -> how many."""
        ...

    # the record
    def log_access(self, at: datetime, person: str, what: str, case_id: str, choice: str, code: str) -> None:
        """Denials and reads of personal data, in a chain of their own, outside the case."""
        ...

    def access_log(self) -> Iterator[tuple[int, bytes, bytes, Mapping[str, str]]]:
        """(sequence, previous hash, hash, fields), in order."""
        ...

    def seal_heads(self, at: datetime) -> bytes | None:
        """Chain the heads of the cases that changed since the last seal; None if none did."""
        ...

    def seals(self) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        """(sequence, previous hash, hash, content), in order."""
        ...

    def self_check(self) -> list[str]:
        """What is wrong with the store's own file, in words; for `audit`, slow."""
        ...

    def close(self) -> None: ...


class Evidence(Protocol):
    """Files by content address; written, flushed, renamed and the folder flushed before any row names them."""

    def put(self, content: bytes, *, key_slot: int, name: str, whole: bool = False) -> Mapping[str, Any]:
        """-> {hash, size, type (sniffed), name (cleaned), slot, width, height (images)}; raises UsageError.

        `whole`: a message as it was received, which may be larger than a file because its files stand in it as text.
        """
        ...

    def get(self, hash: str, *, key_slot: int) -> bytes: ...
    def hashes(self) -> Iterator[str]: ...


class Delivery(Struct, frozen=True, gc=False):
    """What a channel answered. `status`: done, duplicate, retry, failed, manual, dropped.

    `left`, with retry: the outside took a part of it, and these bytes, for the next try, are what is left.
    """

    status: str
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    retry_after: float | None = None  # seconds
    left: bytes | None = None


class Inbound(Struct, frozen=True, gc=False):
    """A message that a channel brings: parsed fields, and the bytes as received.

    `form` says what it is: message, receipt (a letter arrived, or is on its way), bounce (it will not arrive: its owner
    is told `recipient`, `status` and `diagnostic` of `fields`), out_of_office. `thread` are effect keys or message ids
    that it answers to. `facts` are what the channel observed (authentication results,
    whether the sender was alphanumeric), for the evidence checks.
    """

    source: str
    external_id: str
    channel: str
    sender: str
    to: str
    received: datetime
    subject: str = ""
    text: str = ""
    form: str = "message"
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[tuple[str, bytes]] = ()
    thread: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = b""


class WebRequest(Struct, frozen=True, gc=False):
    """One HTTP request from outside to a channel. `path` is what follows the channel's name, without a slash in
    front; header names are lower case; `body` is exactly what came; `address` is who asks, as far as is known."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    address: str


class WebReply(Struct, frozen=True, gc=False):
    """What a channel answers to a web request.

    The answer goes out only when every message of `messages` is stored. `reason` says to the house, never to who
    asked, why a request was not taken; it must name nobody.
    """

    status: int = 200
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    messages: Sequence[Inbound] = ()
    reason: str = ""


class Channel(Protocol):
    """What carries effects out and brings messages in. It gets its own settings and nothing of the store.

    `prepare` makes the bytes that go on the wire, once; `deliver` hands exactly those over, under a key
    that stays the same for every retry. Neither may be trusted to return. A channel that has `settings`
    (texts) names with them what it reads of its settings, so that a misspelt one is found. A channel that also has
    `web(request: WebRequest) -> WebReply` is asked by whoever calls `/in/<its name>` of the house's web door.
    """

    name: str
    operations: Mapping[str, Mapping[str, Any]]  # operation -> JSON Schema of its parameters
    verified: str  # live, recorded or stand-in

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes: ...
    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery: ...
    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        """New messages since `cursor`, and the cursor to come back with once they are safely stored."""
        ...

    def health(self) -> str:
        """ "" when well, else what is wrong in one sentence; one that begins with "soon: " says what will be."""
        ...
