"""An independent proof of a store's chains: it reads the raw rows with Python's own sqlite3, and shares no
code with procflow, so that an outsider can read it in one sitting and run it alone:

    python verifier.py cases.db [FILE-WITH-THE-LAST-SEAL-AS-HEX]

It proves the journal of every case, the access log and the seals; with the hash of a seal that was kept
elsewhere also that nobody rewrote everything up to that seal.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from pathlib import Path

START = bytes(32)
JOURNAL = (
    "SELECT c.case_id, c.sequence, c.head, j.previous, j.sequence, j.command_id, j.at, j.ran_at, j.definition,"
    " j.surroundings, j.entries, j.hash FROM cases c LEFT JOIN journal j ON j.number = c.number"
    " ORDER BY c.number, j.sequence"
)
CHAINS = (
    (
        "access_log",
        "access",
        "SELECT sequence, previous, at, person, what, case_id, choice, code, hash FROM access_log",
    ),
    ("seals", "seals", "SELECT sequence, previous, content, hash FROM seals"),
)


def digest(chain: str, *columns: bytes | str | int) -> bytes:
    total = hashlib.sha256(f"procflow {chain} 1\n".encode())
    for column in columns:
        if isinstance(column, int):
            total.update(column.to_bytes(8, "big", signed=True))
        else:
            data = column.encode() if isinstance(column, str) else column
            total.update(len(data).to_bytes(4, "big") + data)
    return total.digest()


def verify(database: sqlite3.Connection, anchor: bytes = b"") -> list[str]:
    """What is wrong, in words; an empty list when everything is proved."""
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    faults: list[str] = []
    stands: dict[str, tuple[int, bytes]] = {}
    heads: dict[str, tuple[int, bytes]] = {}
    hashes: dict[tuple[str, int], str] = {}
    for case, last, head, previous, sequence, *columns, hash_ in database.execute(JOURNAL):
        stands[case] = (last, head)
        before = heads.setdefault(case, (0, START))
        if hash_ is not None:
            if (sequence - 1, previous) != before:
                faults.append(f"{case} step {sequence} does not follow the one before it")
            if digest("journal", previous, case, sequence, *columns) != hash_:
                faults.append(f"{case} step {sequence} was changed")
            heads[case], hashes[case, sequence] = (sequence, hash_), hash_.hex()
    faults += [
        f"{case} does not stand where its journal ends" for case in stands if stands[case] != heads[case]
    ]
    if database.execute("SELECT 1 FROM journal WHERE number NOT IN (SELECT number FROM cases)").fetchone():
        faults.append("there are steps that belong to no case")
    for table, chain, sql in CHAINS:
        head = START
        for count, (sequence, previous, *columns, hash_) in enumerate(database.execute(sql), start=1):
            if (sequence, previous) != (count, head):
                faults.append(f"{table} {sequence} does not follow the one before it")
            head = hash_
            hashes[table.replace("_", "-"), sequence] = hash_.hex()
            if digest(chain, previous, sequence, *columns) != hash_:
                faults.append(f"{table} {sequence} was changed")
            elif table == "seals":
                for case, step, sealed in (line.split() for line in columns[0].decode().splitlines()[1:]):
                    if hashes.get((case, int(step))) != sealed:
                        faults.append(f"{case} step {step} is not the one that was sealed")
    if anchor and not database.execute("SELECT 1 FROM seals WHERE hash = ?", (anchor,)).fetchone():
        faults.append("the seal that was kept elsewhere is not in this store")
    return faults


def main(arguments: list[str]) -> int:
    anchor = bytes.fromhex(Path(arguments[1]).read_text().strip()) if len(arguments) > 1 else b""
    database = sqlite3.connect(f"{Path(arguments[0]).resolve().as_uri()}?mode=ro", uri=True)
    try:
        faults = verify(database, anchor)
    finally:
        database.close()
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else "whole")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
