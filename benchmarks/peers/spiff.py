"""SpiffWorkflow with a SQLite file: a step loads the case, completes its user task and saves it with its mail.

As its documentation shows it, a case is saved whole, with its specification. WHERE `aside` keeps the specification in
memory instead, by a converter of its own, so that only the case's tasks and data are read and written.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
import time
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter

from benchmarks.peers import answer, orders
from benchmarks.peers.procedures import PROCEDURES, Procedure


def bpmn(procedure: Procedure) -> str:
    """A user task for each state, and behind it a gateway with a way for each choice; a mail is made on the way in."""
    parts = ['<startEvent id="opened"/>', _flow("opened", _way_in(procedure, procedure.first))]
    for state, choices in procedure.states.items():
        if state in procedure.mails:
            to, text = procedure.mails[state]
            made = f'mail = {{"to": {to!r}, "subject": "Case " + str(number), "text": {text}}}'
            parts.append(f'<scriptTask id="mail_{state}"><script>{escape(made)}</script></scriptTask>')
            parts.append(_flow(f"mail_{state}", state))
        if not choices:
            parts.append(f'<endEvent id="{state}"/>')
            continue
        parts += [
            f'<userTask id="{state}"/>', _flow(state, f"of_{state}"), f'<exclusiveGateway id="of_{state}"/>'
        ]  # fmt: skip
        for name, choice in choices.items():
            condition = f'choice == "{name}"' + (f" and ({choice.guard})" if choice.guard else "")
            parts.append(_flow(f"of_{state}", _way_in(procedure, choice.to), name, condition))
        if state in procedure.deadlines:
            time_ = f'"P{procedure.deadlines[state]}D"'
            parts.append(
                f'<boundaryEvent id="due_{state}" attachedToRef="{state}" cancelActivity="false">'
                f'<timerEventDefinition><timeDuration xsi:type="tFormalExpression">{escape(time_)}</timeDuration>'
                f'</timerEventDefinition></boundaryEvent><endEvent id="late_{state}"/>'
            )
            parts.append(_flow(f"due_{state}", f"late_{state}"))
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="benchmark"'
        ' targetNamespace="http://procflow.example/benchmark">'
        f'<process id="{procedure.name}" isExecutable="true">{"".join(parts)}</process></definitions>'
    )


def _way_in(procedure: Procedure, state: str) -> str:
    return f"mail_{state}" if state in procedure.mails else state


def _flow(source: str, target: str, name: str = "", condition: str = "") -> str:
    inside = (
        f'<conditionExpression xsi:type="tFormalExpression">{escape(condition)}</conditionExpression>'
        if condition
        else ""
    )
    ends = f"sourceRef={quoteattr(source)} targetRef={quoteattr(target)}"
    return f'<sequenceFlow id="{source}_{name}_to_{target}" {ends}>{inside}</sequenceFlow>'


class Aside(BpmnWorkflowConverter):
    """A case without its specification, which is the same for all of them."""

    spec: Any = None

    def to_dict(self, workflow: Any) -> Any:
        found = WorkflowConverter.to_dict(self, workflow)
        found["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
        return found

    def from_dict(self, found: Any) -> Any:
        workflow = self.target_class(self.spec, {}, deserializing=True)
        workflow.tasks = self.mapping_from_dict(found["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks.get(UUID(found["root"]))
        self.set_default_attributes(workflow, found)
        workflow.bpmn_events = self.registry.restore(found.pop("bpmn_events", []))
        return workflow


class Spiff:
    def __init__(self, procedure: Procedure, folder: str, aside: bool) -> None:
        self._procedure = procedure
        parser = BpmnParser()
        with tempfile.NamedTemporaryFile("w", suffix=".bpmn", dir=folder) as file:
            file.write(bpmn(procedure))
            file.flush()
            parser.add_bpmn_file(file.name)
        self._spec = Aside.spec = parser.get_spec(procedure.name)
        config = {**DEFAULT_CONFIG, BpmnWorkflow: Aside} if aside else DEFAULT_CONFIG
        self._as_json = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(config))
        name = f"spiff-{procedure.name}{'-aside' if aside else ''}.db"
        self._db = sqlite3.connect(os.path.join(folder, name), isolation_level=None)
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
        for name, given in self._procedure.path:
            for number in range(first, first + count):
                self._step(number, name, given)
        return time.perf_counter() - begun

    def _step(self, number: int, name: str, given: Any) -> None:
        (state,) = self._db.execute("SELECT state FROM cases WHERE number = ?", (number,)).fetchone()
        workflow = self._as_json.deserialize_json(state)
        task = self._asked(workflow)
        was = task.task_spec.name
        assert all(ask in given for ask in self._procedure.states[was][name].asks)
        task.data.update(given, choice=name)
        task.run()
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
        now = self._asked(workflow)
        mail = now.data.pop("mail", None) if now is not None else None
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "UPDATE cases SET state = ? WHERE number = ?", (self._as_json.serialize_json(workflow), number)
        )
        if mail is not None:
            self._db.execute("INSERT INTO outbox VALUES (?, ?)", (number, json.dumps(mail)))
        self._db.execute("COMMIT")

    @staticmethod
    def _asked(workflow: Any) -> Any:
        return workflow.get_next_task(state=TaskState.READY, manual=True)

    def show(self, number: int) -> dict[str, Any]:
        (state,) = self._db.execute("SELECT state FROM cases WHERE number = ?", (number,)).fetchone()
        workflow = self._as_json.deserialize_json(state)
        asked = self._asked(workflow)
        data = dict(asked.data if asked is not None else workflow.data)
        if asked is not None:
            at = asked.task_spec.name
        else:
            at = next(
                name
                for name, choices in self._procedure.states.items()
                if not choices and workflow.get_tasks(spec_name=name, state=TaskState.COMPLETED)
            )
        for own in ("number", "choice"):
            data.pop(own, None)
        mails = self._db.execute("SELECT mail FROM outbox WHERE number = ? ORDER BY rowid", (number,))
        return {"state": at, "data": data, "mails": [json.loads(mail) for (mail,) in mails]}


if __name__ == "__main__":
    rounds = orders()
    spiff = Spiff(PROCEDURES[sys.argv[1]], sys.argv[2], sys.argv[3:] == ["aside"])
    spiff.prepare(int(next(rounds)))
    answer(rounds, spiff.take, spiff.show)
