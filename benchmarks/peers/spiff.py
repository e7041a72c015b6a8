"""SpiffWorkflow with a SQLite file: a step loads the case, completes its user task and saves it with its mail."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from benchmarks.peers import GIVEN, answer, orders


class Spiff:
    def __init__(self, folder: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_file(os.path.join(os.path.dirname(__file__), "bench.bpmn"))
        self._spec = parser.get_spec("bench")
        self._as_json = BpmnWorkflowSerializer()
        self._db = sqlite3.connect(os.path.join(folder, "spiff.db"), isolation_level=None)
        for pragma in ("journal_mode = wal", "synchronous = full"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE cases (number INTEGER PRIMARY KEY, state TEXT NOT NULL)")
        self._db.execute("CREATE TABLE outbox (number INTEGER NOT NULL, mail TEXT NOT NULL)")

    def prepare(self, count: int) -> None:
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        self._db.execute("BEGIN")
        for number in range(1, count + 1):
            self._asked(workflow).data["number"] = number
            self._db.execute(
                "INSERT INTO cases VALUES (?, ?)", (number, self._as_json.serialize_json(workflow))
            )
        self._db.execute("COMMIT")

    def take(self, first: int, count: int) -> float:
        begun = time.perf_counter()
        for number in range(first, first + count):
            self._step(number)
        return time.perf_counter() - begun

    def _step(self, number: int) -> None:
        (state,) = self._db.execute("SELECT state FROM cases WHERE number = ?", (number,)).fetchone()
        workflow = self._as_json.deserialize_json(state)
        task = self._asked(workflow)
        task.data.update(GIVEN)
        task.run()
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
        working = self._asked(workflow)
        assert working.task_spec.name == "working"
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "UPDATE cases SET state = ? WHERE number = ?", (self._as_json.serialize_json(workflow), number)
        )
        self._db.execute("INSERT INTO outbox VALUES (?, ?)", (number, repr(working.data["mail"])))
        self._db.execute("COMMIT")

    @staticmethod
    def _asked(workflow: Any) -> Any:
        return workflow.get_next_task(state=TaskState.READY, manual=True)


if __name__ == "__main__":
    rounds = orders()
    spiff = Spiff(sys.argv[1])
    spiff.prepare(next(rounds))
    answer(rounds, spiff.take)
