"""DBOS: each step of a case a durable workflow under the command's id, which asks the guard and writes the case and its
mail in a step of its own. WHERE is the database of DBOS and of the cases: a PostgreSQL URL, or else a SQLite file in FOLDER."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, SetWorkflowID

from benchmarks.peers import answer, orders
from benchmarks.peers.procedures import PROCEDURES, Procedure

TABLES = (
    "CREATE TABLE bench_cases (number INTEGER PRIMARY KEY, state TEXT NOT NULL, data TEXT NOT NULL, due TEXT NOT NULL)",
    "CREATE TABLE bench_outbox (number INTEGER NOT NULL, mail TEXT NOT NULL)",
)

#: Time stands still here, as it does for ours.
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)

_where = ""
_connection: Any = None
_procedure: Procedure


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
def moved(number: int, name: str, given: dict[str, Any]) -> str:
    state, data = execute("SELECT state, data FROM bench_cases WHERE number = ?", (number,)).fetchone()
    found = _procedure.moved(state, json.loads(data), name, given)
    if found is None:
        return "refused"
    now, after = found
    days = _procedure.deadlines.get(now)
    due = "" if days is None else (NOW + timedelta(days=days)).isoformat()
    mail = _procedure.mail(now, number, after)
    execute("BEGIN" if _where.startswith("postgresql") else "BEGIN IMMEDIATE")
    execute(
        "UPDATE bench_cases SET state = ?, data = ?, due = ? WHERE number = ? AND state = ?",
        (now, json.dumps(after), due, number, state),
    )
    if mail is not None:
        execute("INSERT INTO bench_outbox VALUES (?, ?)", (number, json.dumps(mail)))
    execute("COMMIT")
    return now


@DBOS.workflow()
def choose(number: int, name: str, given: dict[str, Any]) -> str:
    return moved(number, name, given)


def take(first: int, count: int) -> float:
    begun = time.perf_counter()
    for n, (name, given) in enumerate(_procedure.path):
        for number in range(first, first + count):
            with SetWorkflowID(f"step-{number}-{n}"):
                assert choose(number, name, dict(given)) != "refused"
    return time.perf_counter() - begun


def show(number: int) -> dict[str, Any]:
    state, data = execute("SELECT state, data FROM bench_cases WHERE number = ?", (number,)).fetchone()
    mails = execute("SELECT mail FROM bench_outbox WHERE number = ?", (number,)).fetchall()
    return {"state": state, "data": json.loads(data), "mails": [json.loads(mail) for (mail,) in mails]}


if __name__ == "__main__":
    _procedure, folder, rounds = PROCEDURES[sys.argv[1]], sys.argv[2], orders()
    named = sys.argv[3] if len(sys.argv) > 3 else ""
    logging.disable(logging.WARNING)
    url = named or f"sqlite:///{os.path.join(folder, f'dbos-{_procedure.name}.db')}"
    DBOS(config={"name": "bench", "system_database_url": url, "run_admin_server": False})
    DBOS.launch()
    connect(named or os.path.join(folder, f"dbos-cases-{_procedure.name}.db"))
    for table in TABLES:
        execute(table)
    execute("BEGIN")
    for one in range(1, int(next(rounds)) + 1):
        execute("INSERT INTO bench_cases VALUES (?, ?, '{}', '')", (one, _procedure.first))
    execute("COMMIT")
    answer(rounds, take, show)
    DBOS.destroy()
