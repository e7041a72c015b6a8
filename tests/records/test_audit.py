"""Whatever somebody changes in the record of a store, the audit and the independent verifier see it."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec.json import encode as to_json
from msgspec.structs import replace
from small import small_workspace

from procflow.app import App
from procflow.builtin.world import FrozenWorld
from procflow.core import journal as j
from procflow.core.record import START, chain_hash, decode_entries, encode, encode_entries, seal_entries
from procflow.errors import ProcflowError, StorageError
from procflow.records import verifier
from procflow.records.audit import AuditReport, audit
from procflow.stored import Append, EffectRow, InboundRow, JournalRow, Projection, StoredCase
from procflow.stores.evidence import FolderEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore
from procflow.stores.sqlite import SqliteStore

AT = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRIGGERS = (
    "journal_is_not_changed",
    "journal_is_not_cut",
    "access_log_is_not_changed",
    "access_log_is_not_cut",
)
SEAL_TRIGGERS = ("seals_are_not_changed", "seals_are_not_cut")


EMPTY = Projection(None, False, "", "[]", frozenset())


class Office:
    """A store with two small cases, one of them closed, evidence, an access log and a seal."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "cases.db")
        self.keys = MemoryKeys(FrozenWorld(AT))
        self.evidence = FolderEvidence(str(folder / "evidence"), self.keys)
        self.store: SqliteStore | MemoryStore = SqliteStore(self.path, create=True)

    def fill(self) -> None:
        self.store.publish([("d1", "procedure", "travel", b"compiled")], AT)
        mail = encode(j.Sealed("message", 0, self.keys.seal(1, b"message", encode("Hi"))))
        self.store.receive(InboundRow("m1", "mail", "<1>", AT, 1, mail, self.put(b"raw mail", 1)["hash"]))
        one = self.open("one", 1)
        proof = self.put(b"a screenshot", one.key_slot)
        one = self.step(one, j.DataSet({"proof": j.Personal({"file": proof})}))
        key = f"one/{one.row.sequence + 1}/1"
        plain = encode({"to": "x"})
        letter = j.Sealed("letter", 3, self.keys.seal(one.key_slot, b"letter", plain))
        effect = EffectRow(key, "one", "mail", "send", encode(letter), "dropped")
        asked = j.EffectRequested(key, "mail.send", letter), j.EffectAnswered(key, "mail.send", "cancelled")
        self.step(one, *asked, effects=(effect,))
        two = self.open("two", 2)
        self.store.seal_heads(AT)
        self.step(two, j.CaseClosed("done", AT), closes=True)
        for code in ("not-offered", "not-allowed"):
            self.store.log_access(AT, "qaa", "refused", "one", "executed", code)
        self.store.seal_heads(AT + HOUR)

    def put(self, content: bytes, slot: int) -> dict[str, Any]:
        return dict(self.evidence.put(content, key_slot=slot, name="a.txt"))

    def open(self, name: str, number: int) -> Append:
        opened = j.CaseOpened("travel", "d1", number, AT, AT, "qaa", "Europe/Copenhagen")
        return self._store(name, 1, START, self.store.next_slot(), (opened,), opens=True, number=number)

    def step(self, before: Append, *entries: Any, **changes: Any) -> Append:
        row = before.row
        return self._store(row.case_id, row.sequence + 1, row.hash, before.key_slot, entries, **changes)

    def _store(
        self, case: str, sequence: int, previous: bytes, slot: int, entries: Any, **changes: Any
    ) -> Append:
        sealed = seal_entries(
            entries, lambda name, plain: j.Sealed(name, sequence, self.keys.seal(slot, name.encode(), plain))
        )
        command, data = f"{case}-{sequence}", encode_entries(sealed)
        hash_ = chain_hash(previous, case, sequence, command, AT, AT, "d1", 0, data)
        row = JournalRow(case, sequence, command, AT, AT, "d1", 0, data, previous, hash_)
        stands = self.store.load(case)
        number = changes["number"] if stands is None else stands.number
        told = to_json({"case": case, "number": number, "sequence": sequence})
        step = Append(row, self.fold(case, sequence), told, slot, "travel", **changes)
        self.store.append(step)
        return step

    @staticmethod
    def fold(case: str, sequence: int) -> bytes:
        return f"{case} after {sequence}".encode()

    def unseal(self, case: StoredCase, sealed: j.Sealed) -> bytes:
        return self.keys.open(case.key_slot, sealed.name.encode(), sealed.data)

    def rebuild(self, case: StoredCase) -> bytes:
        return self.fold(case.id, sum(1 for _ in self.store.journal(case.id)))

    def audit(self, seal: bytes = b"") -> AuditReport:
        return audit(
            self.store, evidence=self.evidence, unseal=self.unseal, rebuild=self.rebuild, project=lambda _: EMPTY, seal=seal
        )  # fmt: skip

    def sql(self, *statements: str) -> None:
        """Somebody at work with another tool, who knows how to get rid of triggers and foreign keys."""
        assert isinstance(self.store, SqliteStore)
        self.store._connection.execute("PRAGMA foreign_keys = OFF").fetchall()
        for trigger in (*TRIGGERS, *SEAL_TRIGGERS):
            self.store._connection.execute(f"DROP TRIGGER IF EXISTS {trigger}").fetchall()
        for statement in statements:
            self.store._connection.execute(statement).fetchall()

    def verify(self, *arguments: str) -> tuple[int, str]:
        """The verifier as an outsider runs it: alone, in a process of its own."""
        self.store.close()
        found = subprocess.run(
            [sys.executable, "-I", verifier.__file__, self.path, *arguments], capture_output=True, text=True
        )
        assert found.stderr == ""
        self.store = SqliteStore(self.path)
        return found.returncode, found.stdout


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    office.fill()
    yield office
    office.store.close()


def words(report: AuditReport) -> str:
    return "\n".join(map(str, report.findings))


def test_a_whole_store_has_no_findings_and_is_counted(office: Office) -> None:
    report = office.audit()
    assert report.findings == ()
    assert report.is_whole
    assert report.counts == {
        "cases": 2,
        "steps": 5,
        "entries": 6,
        "accesses": 2,
        "seals": 2,
        "files": 2,
        "erased": 0,
    }
    assert office.verify() == (0, "whole\n")


def test_who_works_while_it_is_audited_is_no_finding(office: Office, tmp_path: Path) -> None:
    beside, worked = Office(tmp_path), []
    beside.keys = office.keys

    def meanwhile(case: StoredCase) -> bytes:
        if not worked:
            number = office.store.next_number()
            worked.append(three := beside.open("three", number))
            beside.step(three, j.CaseClosed("done", AT), closes=True)
            beside.open("four", number + 1)
            beside.store.log_access(AT, "qaa", "refused", "three", "executed", "not-offered")
            beside.store.seal_heads(AT + 2 * HOUR)
        return office.rebuild(case)

    report = audit(office.store, rebuild=meanwhile)
    assert worked and words(report) == ""
    assert (report.counts["cases"], office.audit().counts["cases"]) == (2, 4)
    beside.store.close()


def test_a_store_in_memory_is_audited_in_the_same_way(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.store.close()
    office.store = MemoryStore()
    office.fill()
    assert office.audit().findings == ()
    (first, *_) = office.store._journal["one"]
    office.store._journal["one"][0] = replace(first, command_id="one-2")
    assert "step 1: its content was changed" in words(office.audit())


def _flips(connection: apsw.Connection) -> Iterator[tuple[str, str, int, object, object]]:
    """(table, column, row, value, changed value) for every byte of every audited column."""
    for table in ("journal", "access_log", "seals"):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]
        for row, *values in connection.execute(f"SELECT rowid, * FROM {table}").fetchall():
            for column, value in zip(columns, values, strict=True):
                if column == "id":  # where a row lies; nothing is told by it
                    continue
                if isinstance(value, int):
                    data = value.to_bytes(8, "big", signed=True)
                    for at in range(8):
                        for bit in (1, 128):
                            new = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
                            yield table, column, row, value, int.from_bytes(new, "big", signed=True)
                else:
                    data = value.encode() if isinstance(value, str) else value
                    for at in range(len(data)):
                        new = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
                        yield table, column, row, value, new.decode() if isinstance(value, str) else new


def test_every_single_byte_flip_in_the_record_is_found(office: Office) -> None:
    office.sql()
    assert isinstance(office.store, SqliteStore)
    connection = office.store._connection
    connection.execute("PRAGMA synchronous = OFF").fetchall()  # all of it is thrown away
    tried, missed = 0, []
    for table, column, row, value, new in list(_flips(connection)):
        put = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
        try:
            connection.execute(put, (new, row)).fetchall()
        except apsw.ConstraintError:
            continue  # two steps with one number: the table itself refuses it
        tried += 1
        if all(finding.place == "store" for finding in office.audit().findings):  # the chain must see it
            missed.append((table, column, row, value, new))
        connection.execute(put, (value, row)).fetchall()
        if not connection.changes():  # the column is the row's own number
            connection.execute(put, (value, new)).fetchall()
    assert missed == []
    assert tried > 1500
    assert office.audit().is_whole


def test_the_verifier_finds_every_single_byte_flip_too(office: Office) -> None:
    office.sql()
    assert isinstance(office.store, SqliteStore)
    flips = list(_flips(office.store._connection))
    office.store.close()
    database = sqlite3.connect(office.path, isolation_level=None)
    tried, missed = 0, []
    for table, column, row, value, new in flips:
        database.execute("BEGIN")
        try:
            database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, row))
            tried += 1
            if not verifier.verify(database):
                missed.append((table, column, row, value, new))
        except sqlite3.IntegrityError:
            pass
        database.execute("ROLLBACK")
    assert missed == []
    assert tried > 1500
    assert verifier.verify(database) == []
    database.close()
    office.store = SqliteStore(office.path)


def test_a_flip_anywhere_in_the_file_is_found_or_changes_nothing_that_is_told(
    office: Office, tmp_path: Path
) -> None:
    told = _told(office.store)
    office.store.close()
    whole = Path(office.path).read_bytes()
    copy = tmp_path / "copy"
    copy.mkdir()
    target = str(copy / "cases.db")
    found = 0
    for at in range(0, len(whole), 211):
        for leftover in copy.iterdir():
            leftover.unlink()
        Path(target).write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            store = SqliteStore(target)
            try:
                if audit(store, evidence=office.evidence, unseal=office.unseal).is_whole:
                    assert _told(store) == told, f"byte {at} changed what is told, and nobody saw it"
                else:
                    found += 1
            finally:
                store.close()
        except ProcflowError:
            found += 1
    assert found > 20
    office.store = SqliteStore(office.path)


def _told(store: Any) -> list[Any]:
    cases = [store.load("organisation"), *store.cases()]
    told: list[Any] = [row for case in cases if case for row in store.journal(case.id)]
    return [*told, *store.access_log(), *store.seals()]


TAMPERINGS: dict[str, tuple[tuple[str, ...], str]] = {
    "a row is deleted": (("DELETE FROM journal WHERE command_id = 'one-2'",), "missing"),
    "the first row is deleted": (("DELETE FROM journal WHERE command_id = 'one-1'",), "missing"),
    "the tail is cut": (("DELETE FROM journal WHERE command_id = 'one-3'",), "stands at step 3"),
    "the tail is cut and the case set back": (
        (
            "DELETE FROM journal WHERE command_id = 'one-3'",
            "UPDATE cases SET sequence = 2, head = (SELECT hash FROM journal WHERE command_id = 'one-2')"
            " WHERE case_id = 'one'",
        ),
        "sealed and is not in the journal",
    ),
    "two rows are swapped": (
        (
            "UPDATE journal SET sequence = 99 WHERE command_id = 'one-2'",
            "UPDATE journal SET sequence = 2 WHERE command_id = 'one-3'",
            "UPDATE journal SET sequence = 3 WHERE command_id = 'one-2'",
        ),
        "does not follow",
    ),
    "a row is moved to another case": (
        ("UPDATE journal SET number = 2, sequence = 3 WHERE command_id = 'one-3'",),
        "does not follow",
    ),
    "a row is inserted": (
        (
            "INSERT INTO journal (number, sequence, command_id, at, ran_at, definition, surroundings, previous,"
            " hash, entries) SELECT number, 4, 'new', at, ran_at, definition, surroundings, hash, hash, entries"
            " FROM journal WHERE command_id = 'one-3'",
        ),
        "content was changed",
    ),
    "a whole case is removed": (
        (
            "DELETE FROM journal WHERE number = 1",
            "DELETE FROM cases WHERE number = 1",
            "DELETE FROM effects",
        ),
        "there is no case 1",
    ),
    "the last case is removed and the counters set back": (
        (
            "DELETE FROM journal WHERE number = 2",
            "DELETE FROM cases WHERE number = 2",
            "UPDATE counters SET number = 1, closed = 0",
        ),
        "the sealed case two is not in the store",
    ),
    "a case gets another name": (
        ("UPDATE cases SET case_id = 'uno' WHERE number = 1",),
        "content was changed",
    ),
    "a line of the access log is deleted": (
        ("DELETE FROM access_log WHERE sequence = 1",),
        "does not follow",
    ),
    "the access log is cut": (("DELETE FROM access_log WHERE sequence = 2",), "sealed and is not there"),
    "the first seal is deleted": (("DELETE FROM seals WHERE sequence = 1",), "does not follow"),
}
#: What is kept beside the chain: the audit sees it, the verifier proves the chain alone.
PROJECTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "a snapshot is changed": (("UPDATE cases SET snapshot = x'00' WHERE number = 1",), "not what its journal folds"),
    "a letter is changed in the outbox": (("UPDATE effects SET parameters = x'00'",), "is not the one that was asked for"),
    "a letter takes another way": (("UPDATE effects SET channel = 'sms'",), "is not the one that was asked for"),
    "a letter is to go out again": (("UPDATE effects SET state = 'waiting'",), "has its answer, and waits"),
    "a letter was never to be sent": (("UPDATE effects SET state = 'held'",), "stands as held in the outbox"),
    "what was late is in time": (("UPDATE cases SET late = 1 WHERE number = 2",), "stands as late, by its journal"),
    "an outcome is changed": (("UPDATE cases SET outcome = 'won' WHERE number = 2",), "its outcome is not"),
    "a task is given to somebody": (
        ("UPDATE cases SET tasks = '[[\"x\",\"work\",[\"agent\"],[],1,1,1,\"\"]]' WHERE number = 1",
         "INSERT INTO tasks VALUES ('r:agent', 1, 1, 1, 1, 'x', 'work', 'agent', '', '')"),
        "its open tasks are not what its journal says",
    ),
    "tasks are no tasks": (("UPDATE cases SET tasks = 'x' WHERE number = 1",), "open tasks of case 1"),
    "an answer is of another step": (
        ("UPDATE answers SET answer = (SELECT answer FROM answers WHERE command_id = 'one-2') WHERE command_id = 'one-1'",),
        "tells of another step",
    ),
    "an answer is none": (("UPDATE answers SET answer = x'00'",), "tells of another step"),
    "a message was never taken": (
        ("UPDATE inbound SET state = 'taken', case_id = 'one'",), "stands as taken, its case says another thing",
    ),
    "a message is changed": (("UPDATE inbound SET content = x'00'",), "the message m1 cannot be read"),
    "a deadline is put off": (("UPDATE cases SET next_due = 1 WHERE number = 1",), "stands as due next at 1970"),
    "a document is changed": (("DROP TRIGGER documents_are_not_changed", "UPDATE documents SET compiled = x'00'"), "is not what was published"),
    "all seals are removed": (("DELETE FROM seals",), "the seals are missing"),
    "a case is opened again": (("UPDATE cases SET closed = 0 WHERE number = 2",), "stands as open"),
    "a case is moved to another procedure": (("UPDATE cases SET procedure = 'x'",), "not this one"),
    "a case runs by another definition": (("UPDATE cases SET definition = 'd2'",), "not the one of its last step"),
    "a definition is lost": (("DROP TRIGGER documents_are_not_cut", "DELETE FROM documents"), "ever published"),
    "an effect is lost": (("DELETE FROM effects",), "is not in the outbox"),
    "an effect is slipped in": (
        ("INSERT INTO effects SELECT number, sequence, 9, channel, operation, parameters, state, attempts,"
         " next_try, wire, error, lease_until, holder, asked_at, unless_left FROM effects",),
        "was never asked for",
    ),
    "an answer is lost": (("DELETE FROM answers WHERE command_id = 'one-1'",), "the answer to its command"),
    "a counter is wrong": (("UPDATE counters SET open = 7",), "counter says 7"),
    "the next number is wrong": (("UPDATE counters SET number = 7",), "next case number is 8"),
    "a task is slipped in": (
        ("INSERT INTO tasks VALUES ('r:agent', 1, 1, 1, 1, 'x', 'work', 'agent', '', '')",),
        "open tasks of case 1",
    ),
    "an index lost a row": (
        ("PRAGMA writable_schema = ON", "UPDATE sqlite_master SET sql = replace(sql, 'IS NOT NULL', 'IS NULL')"
         " WHERE name = 'cases_due'", "PRAGMA writable_schema = RESET"),
        "SQLite:",
    ),
    "a message is taken by nobody": (
        ("UPDATE inbound SET state = 'taken', case_id = 'none'",),
        "taken by a case that is not there",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_with_the_chain_is_found_by_both(office: Office, name: str) -> None:
    statements, expected = TAMPERINGS[name]
    office.sql(*statements)
    assert expected in words(office.audit())
    code, out = office.verify()
    assert code == 1
    assert "faults" in out


@pytest.mark.parametrize("name", PROJECTIONS)
def test_what_does_not_agree_with_the_chain_is_found(office: Office, name: str) -> None:
    statements, expected = PROJECTIONS[name]
    office.sql(*statements)
    assert expected in words(office.audit())


def test_a_case_that_its_customer_would_not_find_is_told(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path)
    path = folder / "procedures" / "call_back" / "procedure.yaml"
    path.write_text(path.read_text().replace("initial:", "correlate: [answer]\ninitial:", 1))
    with App(str(folder)) as app:
        app.check()
        app.open("call_back", "bo", {})
        assert app.do(1, "called", "bo", {"answer": "no one"}).accepted and app.audit().is_whole
        assert isinstance(app.store, SqliteStore)
        app.store._connection.execute("DELETE FROM identities").fetchall()
        assert words(app.audit()) == "case 1: it cannot be found by what its data say"


def test_a_rewritten_case_with_fresh_hashes_is_found_by_its_seal(office: Office) -> None:
    assert isinstance(office.store, SqliteStore)
    head, statements = START, []
    for row in office.store.journal("one"):
        data = row.entries.replace(b"qaa", b"qbb")
        hash_ = chain_hash(head, "one", row.sequence, row.command_id, AT, AT, "d1", 0, data)
        statements.append(
            f"UPDATE journal SET entries = x'{data.hex()}', previous = x'{head.hex()}', hash = x'{hash_.hex()}'"
            f" WHERE command_id = '{row.command_id}'"
        )
        head = hash_
    office.sql(*statements, f"UPDATE cases SET head = x'{head.hex()}' WHERE case_id = 'one'")
    report = office.audit()
    assert {finding.place for finding in report.findings} == {"seal"}
    assert office.verify()[0] == 1


def test_a_store_whose_seals_were_rewritten_too_is_found_by_a_seal_kept_elsewhere(
    office: Office, tmp_path: Path
) -> None:
    *_, (_, _, last, _) = office.store.seals()
    anchor = tmp_path / "anchor"
    anchor.write_text(last.hex() + "\n")
    assert office.verify(str(anchor))[0] == 0
    report = office.audit(last)
    assert report.is_whole and report.last_seal == last.hex()
    office.sql("DELETE FROM seals", "UPDATE counters SET sealed = 0")
    office.store.seal_heads(AT + 2 * HOUR)
    assert office.verify()[0] == 0 and office.audit().is_whole
    code, out = office.verify(str(anchor))
    assert code == 1
    assert "kept elsewhere" in out and "kept elsewhere" in words(office.audit(last))


def test_lost_and_changed_evidence_is_found(office: Office) -> None:
    files = sorted(path for path in Path(office.evidence.folder).rglob("*-*") if path.is_file())
    assert len(files) == 2
    files[0].write_bytes(files[0].read_bytes()[:-1] + b"x")
    files[1].unlink()
    report = office.audit()
    assert sorted(finding.place for finding in report.findings) == ["evidence", "evidence"]
    assert "is not stored" in words(report)
    assert "cannot be opened" in words(report)


def test_an_erased_case_stays_whole_and_is_counted(office: Office) -> None:
    case = office.store.load("one")
    assert case is not None
    office.keys.erase([case.key_slot])
    report = office.audit()
    assert report.findings == ()
    assert report.counts["erased"] == 1
    assert office.verify()[0] == 0


def test_a_sealed_value_that_was_moved_does_not_open(office: Office) -> None:
    other = office.keys.seal(1, b"elsewhere", encode("x"))
    report = audit(
        office.store,
        evidence=office.evidence,
        unseal=lambda case, _: office.keys.open(1, b"data.proof", other),
    )
    assert "cannot be opened" in words(report)


def test_entries_of_a_newer_version_are_named_and_the_rest_is_still_checked(office: Office) -> None:
    two = next(iter(office.store.journal("two")))
    data = two.entries.replace(b"CaseOpened", b"CaseOqened")
    with pytest.raises(StorageError):
        decode_entries(data)
    office.sql(f"UPDATE journal SET entries = x'{data.hex()}' WHERE command_id = 'two-1'")
    found = words(office.audit())
    assert "CaseOqened" in found
    assert "content was changed" in found
    assert office.audit().counts["steps"] == 5


def test_a_copy_of_the_verifier_runs_without_procflow(office: Office, tmp_path: Path) -> None:
    source = Path(verifier.__file__).read_text()
    assert "import procflow" not in source
    assert "from procflow" not in source
    alone = shutil.copy(verifier.__file__, tmp_path / "verify.py")
    office.store.close()
    found = subprocess.run([sys.executable, "-I", "-S", alone, office.path], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "whole\n")
    office.store = SqliteStore(office.path)


def test_the_audit_goes_on_when_one_part_of_the_store_cannot_be_read(office: Office) -> None:
    office.sql("DROP TABLE access_log")
    report = office.audit()
    assert "the check stopped here" in words(report)
    assert report.counts["steps"] == 5
