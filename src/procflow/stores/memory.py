"""The store in dictionaries: for rehearsals, simulations and tests; the same promises and conflicts, no disk.

It knows nothing of procedures, and forgets everything when it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec.structs import replace

from procflow.core.record import ACCESS_CHAIN, SEAL_CHAIN, START, link_hash, microseconds
from procflow.errors import NotFound
from procflow.stored import (
    ORGANISATION,
    Append,
    Change,
    Draft,
    InboundRow,
    JournalRow,
    Look,
    Projection,
    StoredCase,
)
from procflow.stores.conflicts import (
    case_exists,
    cases_moved,
    check_step,
    command_known,
    effect_moved,
    message_taken,
    no_document,
    number_taken,
    queue_moved,
    sequence_moved,
    slot_taken,
    surroundings_moved,
    turn_taken,
)
from procflow.stores.heads import ACCESS_LOG, write_heads
from procflow.stores.memory_kept import KeptThings
from procflow.stores.memory_work import WorkInMemory
from procflow.stores.rows import kept_text


class MemoryStore(WorkInMemory, KeptThings):
    """`Store` in memory; safe to use from several threads."""

    def __init__(self) -> None:
        super().__init__()
        self._documents: dict[str, bytes] = {}
        self._in_force: dict[tuple[str, str], str] = {}
        self._by_number: dict[int, str] = {}
        self._journal: dict[str, list[JournalRow]] = {}
        self._answers: dict[str, bytes] = {}
        self._late: set[str] = set()
        self._outcomes: dict[str, str] = {}
        self._identities: dict[str, frozenset[bytes]] = {}
        self._ticks: dict[str, datetime] = {}
        self._messages: dict[str, InboundRow] = {}
        self._received: dict[tuple[str, str], str] = {}
        self._drafts: dict[tuple[str, str, str], Draft] = {}
        self._access: list[tuple[int, bytes, bytes, Mapping[str, str]]] = []
        self._seals: list[tuple[int, bytes, bytes, bytes]] = []
        self._unsealed: dict[str, None] = {}
        self._order: list[tuple[str, int]] = []  # (case, sequence) of every step, as they were stored
        self._sealed_access = 0
        self._slot = 0

    def fork(self) -> MemoryStore:
        """Another store with the same content; from here on what is done to one is not seen in the other."""
        twin = MemoryStore()
        with self._lock:
            for name, value in vars(self).items():
                if name != "_lock":
                    twin.__dict__[name] = value.copy() if isinstance(value, dict | list | set) else value
            twin._journal = {case: rows.copy() for case, rows in self._journal.items()}
        return twin

    # --- documents

    def publish(self, documents: Iterable[tuple[str, str, str, bytes]], at: datetime) -> None:
        with self._lock:
            for hash_, kind, name, compiled in documents:
                self._documents.setdefault(hash_, bytes(compiled))
                self._in_force[kind, name] = hash_

    def in_force(self, kind: str, name: str) -> str | None:
        return self._in_force.get((kind, name))

    def document(self, hash: str) -> bytes:
        if hash not in self._documents:
            raise no_document(hash)
        return self._documents[hash]

    def names_in_force(self, kind: str) -> list[tuple[str, str]]:
        with self._lock:
            return sorted((name, hash_) for (one, name), hash_ in self._in_force.items() if one == kind)

    # --- cases

    def load(self, case: str | int) -> StoredCase | None:
        if isinstance(case, int) or (case.isascii() and case.isdigit() and len(case) < 19):
            return self._cases.get(self._by_number.get(int(case), ""))
        return self._cases.get(case)

    def answered(self, command_id: str) -> bytes | None:
        return self._answers.get(command_id)

    def look(self, case: str | int, command_id: str) -> Look:
        with self._lock:
            there, organisation = self.load(case), self._cases.get(ORGANISATION)
            return Look(
                there,
                self.answered(command_id),
                organisation.sequence if organisation else 0,
                self._next_due.get(there.id) if there else None,
            )

    def projection(self, case_id: str) -> Projection | None:
        with self._lock:
            if case_id not in self._cases:
                return None
            return Projection(
                self._next_due.get(case_id),
                case_id in self._late,
                self._outcomes.get(case_id, ""),
                kept_text(self._tasks.get(case_id, ())),
                self._identities.get(case_id, frozenset()),
            )

    def next_number(self) -> int:
        return len(self._by_number) + 1

    def next_slot(self) -> int:
        return self._slot + 1

    def append(self, step: Append) -> None:
        check_step(step)
        with self._lock:
            self._refuse(step)
            self._keep(step)

    def _refuse(self, step: Append) -> None:
        """Everything that may be wrong, before anything is written."""
        row = step.row
        there = self._cases.get(row.case_id)
        message = self._messages.get(step.message)
        if step.message and (message is None or message.state == "taken"):
            raise message_taken(step.message, None if message is None else message.state)
        if row.sequence == 1:
            if there is not None:
                raise case_exists(row.case_id)
        elif there is None:
            raise sequence_moved(row.case_id, row.sequence - 1, None)
        elif (there.sequence, there.head) != (row.sequence - 1, row.previous):
            raise sequence_moved(row.case_id, row.sequence - 1, there.sequence)
        organisation = self._cases.get(ORGANISATION)
        now = 0 if organisation is None else organisation.sequence
        if step.surroundings is not None and step.surroundings != now:
            raise surroundings_moved(row.case_id, step.surroundings, now)
        if row.sequence == 1:
            if row.case_id != ORGANISATION and step.number != self.next_number():
                raise number_taken(row.case_id, step.number, self.next_number())
            if self._takes_slot(step) and step.key_slot != self.next_slot():
                raise slot_taken(row.case_id, step.key_slot, self.next_slot())
        if row.command_id in self._answers:
            raise command_known(row.case_id, row.command_id)
        if step.people is not None:
            for person, expected in step.people.work:
                if (actual := self.work_of((person,))[person]) != expected:
                    raise queue_moved(row.case_id, person, expected, actual)
            for place, last, _ in step.people.turns:
                if (now_at := self._turns.get(place, "")) != last:
                    raise turn_taken(row.case_id, place, last, now_at)
        for looked in step.looked:
            if self.look_up(looked.procedure, looked.fingerprints) != looked.found:
                raise cases_moved(row.case_id, looked.procedure)
        for key, _, _ in step.settled:
            effect = self._effects.get(key)
            if effect is None:
                raise effect_moved(key, "is not in the outbox")
            if effect.state in ("done", "dropped"):
                raise effect_moved(key, f"is {effect.state} already")
            if step.holder and effect.holder != step.holder:
                raise effect_moved(key, f"is held by {effect.holder or 'nobody'}, not by {step.holder}")
        for effect in step.effects:
            if effect.key in self._effects:
                raise effect_moved(effect.key, "is in the outbox already")

    def _takes_slot(self, step: Append) -> bool:
        if step.row.case_id == ORGANISATION and step.key_slot == 0:
            return False
        return not step.message or step.key_slot != self._messages[step.message].key_slot

    def _begin(self, step: Append) -> None:
        row = step.row
        self._slot += self._takes_slot(step)
        number = 0 if row.case_id == ORGANISATION else step.number
        if number:
            self._by_number[number] = row.case_id
        self._cases[row.case_id] = StoredCase(
            row.case_id,
            number,
            step.procedure,
            row.definition,
            1,
            row.hash,
            step.key_slot,
            step.snapshot,
            step.closes,
        )
        self._journal[row.case_id] = []

    def _keep(self, step: Append) -> None:
        row = step.row
        case_id = row.case_id
        if row.sequence == 1:
            self._begin(step)
        else:
            was = self._cases[case_id]
            self._cases[case_id] = replace(
                was,
                definition=row.definition,
                sequence=row.sequence,
                head=row.hash,
                snapshot=step.snapshot,
                closed=was.closed or step.closes,
            )
        self._journal[case_id].append(row)
        self._order.append((case_id, row.sequence))
        self._unsealed[case_id] = None
        self._answers[row.command_id] = step.answer
        if step.late is not None:
            (self._late.add if step.late else self._late.discard)(case_id)
        if step.closes:
            self._outcomes[case_id] = step.outcome
        self._next_due.pop(case_id, None)
        if step.next_due is not None:
            self._next_due[case_id] = step.next_due
        if step.people is not None:
            self._turns.update({place: now for place, _, now in step.people.turns})
            number = self._cases[case_id].number
            self._done_for += [replace(one, case_id=case_id, number=number) for one in step.people.done_for]
        if step.tasks is not None:
            self._tasks[case_id] = tuple(replace(task, case_id=case_id) for task in step.tasks)
        for key, state, error in step.settled:
            effect = self._effects[key]
            next_try = None if state == "waiting" else effect.next_try
            self._effects[key] = replace(
                effect, state=state, error=error, next_try=next_try, holder="", lease_until=None
            )
        self._effects.update({effect.key: effect for effect in step.effects})
        if step.identities is not None:
            self._identities[case_id] = frozenset(step.identities)
        if step.message:
            self._messages[step.message] = replace(
                self._messages[step.message], state="taken", case_id=case_id
            )

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._lock:
            yield

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        with self._lock:
            yield

    def journal(self, case_id: str, after: int = 0) -> Iterator[JournalRow]:
        yield from list(self._journal.get(case_id, ()))[after:]

    def journals(self, procedures: Sequence[str] = ()) -> Iterator[tuple[int, str, JournalRow]]:
        for number in range(1, self.next_number()):
            case = self._cases[self._by_number[number]]
            if not procedures or case.procedure in procedures:
                for row in list(self._journal[case.id]):
                    yield number, case.procedure, row

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        with self._lock:
            found = self._order[max(after, 0) : max(after, 0) + limit]
            return [
                Change(place, case.id, case.number, sequence, case.procedure)
                for place, (case_id, sequence) in enumerate(found, max(after, 0) + 1)
                for case in (self._cases[case_id],)
            ]

    def last_change(self) -> int:
        return len(self._order)

    def mark(self) -> object:
        return None

    def cases(
        self, *, open_only: bool = False, closed_only: bool = False, procedure: str = "", after: int = 0,
        limit: int = 100, newest_first: bool = False,
    ) -> list[StoredCase]:  # fmt: skip
        with self._lock:
            found: list[StoredCase] = []
            end = self.next_number()
            upwards = range(max(after, 0) + 1, end)
            for number in (
                range(min(after, end) - 1 if after > 0 else end - 1, 0, -1) if newest_first else upwards
            ):
                case = self._cases[self._by_number[number]]
                if (case.closed and open_only) or (closed_only and not case.closed):
                    continue
                if procedure and case.procedure != procedure:
                    continue
                if len(found) == limit:
                    break
                found.append(case)
            return found

    def find(self, identities: Sequence[bytes], *, open_only: bool = True) -> dict[str, int]:
        with self._lock:
            wanted = set(identities)
            hits = [(self._cases[case_id], len(wanted & kept)) for case_id, kept in self._identities.items()]
            hits = [(case, n) for case, n in hits if n and not (case.closed and open_only)]
            return {case.id: n for case, n in sorted(hits, key=lambda hit: -hit[0].number)}

    def look_up(self, procedure: str, fingerprints: Sequence[bytes]) -> tuple[tuple[int, int], ...]:
        with self._lock:
            wanted = set(fingerprints)
            return tuple(
                (case.number, case.sequence)
                for case in sorted(self._cases.values(), key=lambda case: case.number)
                if case.procedure == procedure
                and not case.closed
                and wanted <= self._identities.get(case.id, frozenset())
            )

    def identify(self, case_id: str, sequence: int, identities: Sequence[bytes]) -> bool:
        with self._lock:
            case = self._cases.get(case_id)
            if case is None or case.sequence != sequence:
                return False
            self._identities[case_id] = frozenset(identities)
            return True

    def ticks(self) -> Mapping[str, datetime]:
        return dict(self._ticks)

    def tick(self, name: str, at: datetime | None) -> None:
        if at is None:
            self._ticks.pop(name, None)
            return
        self._ticks[name] = max(at, self._ticks.get(name, at))

    def counts(self) -> Mapping[str, int]:
        with self._lock:
            found = Counter(
                "closed" if case.closed else "open" for case in self._cases.values() if case.number
            )
            late = sum(not self._cases[case_id].closed for case_id in self._late if case_id != ORGANISATION)
            return {"open": found["open"], "closed": found["closed"], "late": late}

    # --- messages

    def receive(self, message: InboundRow) -> bool:
        with self._lock:
            if (message.source, message.external_id) in self._received:
                return False
            if message.key_slot != self.next_slot():
                raise slot_taken(message.id, message.key_slot, self.next_slot())
            self._slot += 1
            self._received[message.source, message.external_id] = message.id
            self._messages[message.id] = message
            return True

    def messages(self, state: str, limit: int = 100) -> list[InboundRow]:
        with self._lock:
            return [message for message in self._messages.values() if message.state == state][:limit]

    def message(self, id: str) -> InboundRow | None:
        return self._messages.get(id)

    def settle_message(self, id: str, state: str, case_id: str, reason: str) -> None:
        with self._lock:
            message = self._messages.get(id)
            if message is None:
                raise NotFound(f"there is no message {id}", facts={"message": id})
            if message.state == "taken" and (state, case_id) != (message.state, message.case_id):
                raise message_taken(id, message.state)
            self._messages[id] = replace(message, state=state, case_id=case_id, reason=reason)

    # --- drafts

    def keep_draft(self, draft: Draft) -> None:
        with self._lock:
            self._drafts[draft.case_id, draft.person, draft.choice] = draft

    def draft(self, case_id: str, person: str, choice: str) -> Draft | None:
        return self._drafts.get((case_id, person, choice))

    def drop_draft(self, case_id: str, person: str, choice: str) -> None:
        with self._lock:
            self._drafts.pop((case_id, person, choice), None)

    # --- the record

    def log_access(self, at: datetime, person: str, what: str, case_id: str, choice: str, code: str) -> None:
        with self._lock:
            previous = self._access[-1][2] if self._access else START
            sequence = len(self._access) + 1
            columns = (microseconds(at), person, what, case_id, choice, code)
            words = dict(zip(("person", "what", "case_id", "choice", "code"), columns[1:], strict=True))
            fields = {"at": at.astimezone(UTC).isoformat(), **words}
            hash_ = link_hash(ACCESS_CHAIN, previous, sequence, *columns)
            self._access.append((sequence, previous, hash_, fields))

    def access_log(self) -> Iterator[tuple[int, bytes, bytes, Mapping[str, str]]]:
        yield from list(self._access)

    def seal_heads(self, at: datetime) -> bytes | None:
        with self._lock:
            accesses = len(self._access)
            if not self._unsealed and accesses == self._sealed_access:
                return None
            previous = self._seals[-1][2] if self._seals else START
            changed = sorted(
                (self._cases[case_id] for case_id in self._unsealed), key=lambda case: case.number
            )
            heads = [(case.id, case.sequence, case.head) for case in changed]
            if accesses > self._sealed_access:
                heads.append((ACCESS_LOG, accesses, self._access[-1][2]))
            self._sealed_access = accesses
            content = write_heads(microseconds(at), len(self._order), heads)
            hash_ = link_hash(SEAL_CHAIN, previous, len(self._seals) + 1, content)
            self._seals.append((len(self._seals) + 1, previous, hash_, content))
            self._unsealed.clear()
            return hash_

    def seals(self) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        yield from list(self._seals)

    def self_check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to close: whoever still holds the store can go on reading it."""
