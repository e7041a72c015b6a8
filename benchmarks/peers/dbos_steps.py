"""DBOS: each step a durable workflow under the command's id, which asks the guard and writes the case and its mail in a
step of its own. WHERE is the database of DBOS and of the cases: a PostgreSQL URL, or else a SQLite file in FOLDER."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import time
from typing import Any

from dbos import DBOS, SetWorkflowID

from benchmarks.peers import GIVEN, answer, orders

TABLES = (
    "CREATE TABLE bench_cases (number INTEGER PRIMARY KEY, state TEXT NOT NULL, data TEXT NOT NULL, due TEXT NOT NULL)",
    "CREATE TABLE bench_outbox (number INTEGER NOT NULL, mail TEXT NOT NULL)",
)

_where = ""
_connection: Any = None


def connect(where: str) -> None:
    global _where, _connection
    _where = where
    if where.startswith("postgresql"):
        import psycopg

        _connection = psycopg.connect(where, autocommit=True)
        return
    _connection = sqlite3.connect(where, isolation_level=None)
    for pragma in ("journal_mode = wal", "synchronous = full"):
        _connection.execute(f"PRAGMA {pragma}")


def execute(statement: str, values: tuple[Any, ...] = ()) -> Any:
    mark = "%s" if _where.startswith("postgresql") else "?"
    return _connection.execute(statement.replace("?", mark), values)


@DBOS.step()
def moved(number: int, given: dict[str, str]) -> str:
    (state,) = execute("SELECT state FROM bench_cases WHERE number = ?", (number,)).fetchone()
    if state != "asked" or given["carrier"] == "C" or len(given["wish"]) <= 4:
        return "refused"
    mail = json.dumps({"to": "main@example.com", "subject": f"Case {number}", "text": given["wish"]})
    execute("BEGIN" if _where.startswith("postgresql") else "BEGIN IMMEDIATE")
    execute(
        "UPDATE bench_cases SET state = 'working', data = ?, due = '2026-03-09' WHERE number = ? AND state = 'asked'",
        (json.dumps(given), number),
    )
    execute("INSERT INTO bench_outbox VALUES (?, ?)", (number, mail))
    execute("COMMIT")
    return "working"


@DBOS.workflow()
def register(number: int, given: dict[str, str]) -> str:
    return moved(number, given)


def step(number: int) -> None:
    with SetWorkflowID(f"step-{number}"):
        assert register(number, GIVEN) == "working"


def take(first: int, count: int) -> float:
    begun = time.perf_counter()
    for number in range(first, first + count):
        step(number)
    return time.perf_counter() - begun


if __name__ == "__main__":
    folder, rounds = sys.argv[1], orders()
    named = sys.argv[2] if len(sys.argv) > 2 else ""
    logging.disable(logging.WARNING)
    url = named or f"sqlite:///{os.path.join(folder, 'dbos.db')}"
    DBOS(config={"name": "bench", "system_database_url": url, "run_admin_server": False})
    DBOS.launch()
    connect(named or os.path.join(folder, "cases.db"))
    for table in TABLES:
        execute(table)
    execute("BEGIN")
    for one in range(1, next(rounds) + 1):
        execute("INSERT INTO bench_cases VALUES (?, 'asked', '{}', '')", (one,))
    execute("COMMIT")
    answer(rounds, take)
    DBOS.destroy()
