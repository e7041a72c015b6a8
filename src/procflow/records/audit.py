"""Verifies a whole store: chains, seals, what the store keeps beside them, and the evidence files.

It reads through the ports and changes nothing. It does not know what a procedure is: who can fold a journal
passes `rebuild`, who can open personal values passes `unseal`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from msgspec import Struct

from procflow.core.counted import counted
from procflow.core.journal import (
    CaseClosed,
    CaseInvoked,
    CaseOpened,
    EffectAnswered,
    EffectRequested,
    MessageReceived,
    Personal,
    Sealed,
)
from procflow.core.record import (
    ACCESS_CHAIN,
    SEAL_CHAIN,
    START,
    chain_hash,
    decode,
    decode_entries,
    link_hash,
    microseconds,
    open_entries,
)
from procflow.errors import ProcflowError
from procflow.ports import Evidence, Store
from procflow.records.audit_beside import NO_END, answer_apart, outbox_apart, projection_apart
from procflow.stored import ORGANISATION, InboundRow, JournalRow, Projection, StoredCase
from procflow.stores.heads import ACCESS_LOG, read_heads

_ALL = 1_000_000_000
_STATES = ("new", "taken", "unmatched", "ignored")


class Finding(Struct, frozen=True):
    """What is wrong and where. `case` and `sequence` are 0 where it belongs to no case or step."""

    place: str  # journal, case, number, access log, seal, evidence, message, store
    case: int
    case_id: str
    sequence: int
    words: str

    def __str__(self) -> str:
        if self.case_id == ORGANISATION:
            where = "the organisation's journal"
        else:
            where = f"case {self.case}" if self.case else self.place
        return f"{where}{f', step {self.sequence}' if self.sequence else ''}: {self.words}"


class AuditReport(Struct, frozen=True):
    """Every finding, and how much was looked at: cases, steps, entries, accesses, seals, files, erased. `last_seal` is
    the hash of the newest seal as hex, "" where there is none: whoever keeps it elsewhere proves all up to it later."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    last_seal: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.findings


def audit(
    store: Store,
    *,
    evidence: Evidence | None = None,
    unseal: Callable[[StoredCase, Sealed], bytes] | None = None,
    rebuild: Callable[[StoredCase], bytes] | None = None,
    project: Callable[[StoredCase], Projection | None] | None = None,
    seal: bytes = b"",
) -> AuditReport:
    """Looks at everything as it is at one instant, whatever is done meanwhile. `rebuild(case)` gives the snapshot that
    the case's journal folds to, `project(case)` what a store must keep of it beside that, with the fingerprints that it
    must be found by at least (None where that cannot be said). `seal` is the hash of a seal that was kept elsewhere: it must be in the store.

    A case whose key was erased is whole as long as its chain is; it is counted as erased.
    """
    with store.at_one_instant():
        return _Audit(store, evidence, unseal, rebuild, project).run(seal)


def audit_case(
    store: Store,
    case: StoredCase,
    *,
    evidence: Evidence | None = None,
    unseal: Callable[[StoredCase, Sealed], bytes] | None = None,
    rebuild: Callable[[StoredCase], bytes] | None = None,
    project: Callable[[StoredCase], Projection | None] | None = None,
) -> AuditReport:
    """Looks at one case: its chain, what the store keeps beside it, its files; not at seals."""
    one = _Audit(store, evidence, unseal, rebuild, project)
    with store.at_one_instant():
        one._guarded(store.load(case.id) or case)  # it may have gone on since
    return AuditReport(tuple(one.findings), dict(one.counts))


class _Audit:
    def __init__(
        self,
        store: Store,
        evidence: Evidence | None,
        unseal: Callable[[StoredCase, Sealed], bytes] | None,
        rebuild: Callable[[StoredCase], bytes] | None,
        project: Callable[[StoredCase], Projection | None] | None,
    ) -> None:
        self.store = store
        self.evidence = evidence
        self.unseal = unseal
        self.rebuild = rebuild
        self.project = project
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter(
            dict.fromkeys(("cases", "steps", "entries", "accesses", "seals", "files", "erased"), 0)
        )
        self.sealed: dict[str, dict[int, bytes]] = {}
        self.documents: set[str] = set()
        self.files: set[tuple[str, int]] = set()
        self.taken: dict[str, str] = {}
        self.last_seal = ""

    def run(self, kept_elsewhere: bytes) -> AuditReport:
        self.kept_elsewhere = kept_elsewhere
        parts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("seal", self._seals),
            ("access log", self._access_log),
            ("case", self._cases),
            ("message", self._messages),
            ("store", self._file),
        )
        for place, part in parts:
            try:
                part()
            except ProcflowError as why:
                self._find(place, f"the check stopped here: {why.message}")
        return AuditReport(tuple(self.findings), dict(self.counts), self.last_seal)

    def _find(self, place: str, words: str, case: StoredCase | None = None, sequence: int = 0) -> None:
        number, case_id = (case.number, case.id) if case is not None else (0, "")
        self.findings.append(Finding(place, number, case_id, sequence, words))

    # --- cases

    def _cases(self) -> None:
        stream = self.store.load(ORGANISATION)
        if stream is not None:
            self._guarded(stream)
        found: Counter[str] = Counter(open=0, closed=0)
        expected = 1
        for case in self._all_cases():
            for missing in range(expected, min(case.number, expected + 20)):
                self._find("number", f"there is no case {missing}, although later ones were opened")
            expected = case.number + 1
            found["closed" if case.closed else "open"] += 1
            self.counts["cases"] += 1
            self._guarded(case)
        if expected != self.store.next_number():
            self._find("number", f"the next case number is {self.store.next_number()}, not {expected}")
        for name, count in found.items():
            if self.store.counts()[name] != count:
                words = f"{counted(count, 'case', 'en')} found {name}, the store's counter says {self.store.counts()[name]}"
                self._find("store", words)
        for case_id in self.sealed:
            self._find("seal", f"the sealed case {case_id} is not in the store")

    def _all_cases(self) -> Iterator[StoredCase]:
        after = 0
        while batch := self.store.cases(after=after):
            yield from batch
            after = batch[-1].number

    def _guarded(self, case: StoredCase) -> None:
        """One case that cannot be read does not hide the others."""
        try:
            self._case(case)
        except ProcflowError as why:
            self._find("journal", f"it cannot be read to its end: {why.message}", case)

    def _case(self, case: StoredCase) -> None:
        head, sequence, definition, closed = START, 0, case.definition, False
        heads = self.sealed.pop(case.id, {})
        asked: dict[str, EffectRequested] = {}
        told: dict[str, str] = {}  # effect -> how it ended, or that another case works on it
        erased = False
        for row in self.store.journal(case.id):
            sequence = self._row(case, row, sequence, head)
            head, definition = row.hash, row.definition
            if heads.pop(row.sequence, row.hash) != row.hash:
                self._find("seal", "its hash is not the one that was sealed", case, row.sequence)
            entries = self._entries(case, row)
            for entry in entries:
                if isinstance(entry, EffectRequested):
                    asked[entry.key] = entry
                elif isinstance(entry, CaseInvoked):
                    told[entry.key] = "invoked"
                elif isinstance(entry, EffectAnswered) and entry.status not in NO_END:
                    told[entry.key] = entry.status
                elif isinstance(entry, MessageReceived):  # what was kept or stuck is tried under another id
                    self.taken[entry.id] = case.id
            closed = closed or any(isinstance(entry, CaseClosed) for entry in entries)
            erased = self._evidence_of(case, row, entries) or erased
        self.counts["erased"] += erased
        for missing in heads:
            self._find("seal", "this step was sealed and is not in the journal", case, missing)
        if (case.sequence, case.head) != (sequence, head):
            words = f"the case stands at step {case.sequence}, its journal ends at step {sequence}"
            self._find("case", words if case.sequence != sequence else "its head is not the last hash", case)
        elif sequence == 0:
            self._find("case", "it has no journal", case)
        if definition != case.definition:
            self._find("case", "its definition is not the one of its last step", case)
        if closed != case.closed:
            words = (
                "its journal closes it, the case stands as open"
                if closed
                else "its journal does not close it"
            )
            self._find("case", words, case)
        for words in outbox_apart(asked, told, self.store.effects(case.id)):
            self._find("case", words, case)
        if self.rebuild is not None and not erased:
            self._snapshot(case)
        if self.project is not None and case.id != ORGANISATION and not erased:
            self._projection(case)

    def _projection(self, case: StoredCase) -> None:
        try:
            made = self.project(case) if self.project is not None else None
        except ProcflowError as why:
            self._find("case", f"what stands beside its journal cannot be told: {why.message}", case)
            return
        stands = self.store.projection(case.id)
        if made is not None and stands is not None:
            for words in projection_apart(stands, made):
                self._find("case", words, case)

    def _row(self, case: StoredCase, row: JournalRow, sequence: int, head: bytes) -> int:
        self.counts["steps"] += 1
        if row.sequence != sequence + 1:
            self._find(
                "journal", f"steps {sequence + 1} to {row.sequence - 1} are missing", case, row.sequence
            )
        elif row.previous != head:
            self._find("journal", "it does not follow the step before it", case, row.sequence)
        hash_ = chain_hash(
            row.previous,
            row.case_id,
            row.sequence,
            row.command_id,
            row.at,
            row.ran_at,
            row.definition,
            row.surroundings,
            row.entries,
        )
        if hash_ != row.hash:
            self._find("journal", "its content was changed: the hash is another", case, row.sequence)
        if words := answer_apart(case, row, self.store.answered(row.command_id)):
            self._find("journal", words, case, row.sequence)
        if row.definition and row.definition not in self.documents:
            self.documents.add(row.definition)
            try:
                self.store.document(row.definition)
            except ProcflowError as why:
                self._find("journal", why.message, case, row.sequence)
        return row.sequence

    def _entries(self, case: StoredCase, row: JournalRow) -> tuple[Any, ...]:
        try:
            entries = decode_entries(row.entries)
        except ProcflowError as why:
            self._find("journal", why.message, case, row.sequence)
            return ()
        self.counts["entries"] += len(entries)
        for entry in entries:
            if isinstance(entry, CaseOpened) and (entry.number, entry.procedure) != (
                case.number,
                case.procedure,
            ):
                words = f"it opened case {entry.number} of {entry.procedure}, not this one"
                self._find("case", words, case, row.sequence)
        return entries

    def _snapshot(self, case: StoredCase) -> None:
        try:
            same = self.rebuild is None or self.rebuild(case) == case.snapshot
        except ProcflowError as why:
            self._find("case", f"its journal does not fold: {why.message}", case)
        else:
            if not same:
                self._find("case", "its stored state is not what its journal folds to", case)

    # --- evidence

    def _evidence_of(self, case: StoredCase, row: JournalRow, entries: tuple[Any, ...]) -> bool:
        """Checks the files that the entries name; -> whether the case's key was erased."""
        if self.unseal is not None:
            unseal = self.unseal
            try:
                entries = open_entries(entries, lambda sealed: unseal(case, sealed))
            except ProcflowError as why:
                if why.facts.get("reason") == "erased":
                    return True
                self._find("journal", why.message, case, row.sequence)
        for entry in entries:
            for name in entry.__slots__:
                for hash_, slot in _files(getattr(entry, name)):
                    self._evidence(hash_, slot, case, row.sequence)
        return False

    def _evidence(self, hash_: str, slot: int, case: StoredCase | None, sequence: int) -> None:
        if self.evidence is None or (hash_, slot) in self.files:
            return
        self.files.add((hash_, slot))
        self.counts["files"] += 1
        try:
            self.evidence.get(hash_, key_slot=slot)
        except ProcflowError as why:
            if why.facts.get("reason") != "erased":
                self._find("evidence", why.message, case, sequence)

    def _messages(self) -> None:
        taken = dict(self.taken)
        for state in _STATES:
            for message in self.store.messages(state, limit=_ALL):
                if message.raw_hash:
                    self._evidence(message.raw_hash, message.key_slot, None, 0)
                self._content(message)
                by = taken.pop(message.id, "")
                if state == "taken" and self.store.load(message.case_id) is None:
                    self._find("store", f"the message {message.id} was taken by a case that is not there")
                elif (state == "taken") is not bool(by) or (by and by != message.case_id):
                    self._find(
                        "message", f"the message {message.id} stands as {state}, its case says another thing"
                    )
        for message_id in taken:
            self._find("message", f"the message {message_id} was taken by a case and is not there any more")

    def _content(self, message: InboundRow) -> None:
        if self.unseal is None:
            return
        place = StoredCase(message.id, 0, "", "", 0, b"", message.key_slot, b"", False)
        try:
            self.unseal(place, cast("Sealed", decode(message.content)))
        except ProcflowError as why:
            if why.facts.get("reason") != "erased":
                self._find("message", f"the message {message.id} cannot be read: {why.message}")

    # --- the other chains

    def _access_log(self) -> None:
        previous, last = START, 0
        heads = self.sealed.pop(ACCESS_LOG, {})
        for sequence, before, hash_, fields in self.store.access_log():
            self.counts["accesses"] += 1
            at = microseconds(datetime.fromisoformat(fields["at"]))
            names = ("person", "what", "case_id", "choice", "code")
            if sequence != last + 1 or before != previous:
                self._find("access log", "it does not follow the line before it", sequence=sequence)
            if link_hash(ACCESS_CHAIN, before, sequence, at, *(fields[name] for name in names)) != hash_:
                self._find("access log", "it was changed: the hash is another", sequence=sequence)
            if heads.pop(sequence, hash_) != hash_:
                self._find("access log", "its hash is not the one that was sealed", sequence=sequence)
            previous, last = hash_, sequence
        for missing in heads:
            self._find("access log", "this line was sealed and is not there", sequence=missing)

    def _seals(self) -> None:
        previous, last = START, 0
        for sequence, before, hash_, content in self.store.seals():
            self.counts["seals"] += 1
            if sequence != last + 1 or before != previous:
                self._find("seal", "it does not follow the seal before it", sequence=sequence)
            if link_hash(SEAL_CHAIN, before, sequence, content) != hash_:
                self._find("seal", "it was changed: the hash is another", sequence=sequence)
            previous, last, self.last_seal = hash_, sequence, hash_.hex()
            if hash_ == self.kept_elsewhere:
                self.kept_elsewhere = b""
            try:
                heads = read_heads(content).heads
            except ProcflowError as why:
                self._find("seal", why.message, sequence=sequence)
                continue
            for case_id, step, head in heads:
                if self.sealed.setdefault(case_id, {}).setdefault(step, head) != head:
                    self._find("seal", f"two seals disagree on step {step} of {case_id}", sequence=sequence)
        if self.kept_elsewhere:
            self._find(
                "seal",
                "the seal that was kept elsewhere is not here: the record was written anew, or is older",
            )

    def _file(self) -> None:
        for words in self.store.self_check():
            self._find("store", words)


def _files(value: Any) -> Iterator[tuple[str, int]]:
    """(hash, slot) of every file that a value names."""
    if isinstance(value, Personal):
        yield from _files(value.value)
    elif isinstance(value, Mapping):
        hash_, slot = value.get("hash"), value.get("slot")
        if isinstance(hash_, str) and len(hash_) == 64 and type(slot) is int:
            yield hash_, slot
        for item in value.values():
            yield from _files(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _files(item)
