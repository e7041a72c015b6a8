"""Real processes that open cases at once: turns are fair, queues are even, and every counter is exact."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from procflow.app import App

WORKER = str(Path(__file__).with_name("allotting.py"))
ORGANISATION = """
organisation: desk
timezone: Europe/Copenhagen
languages: [en]
roles: {agent: Agent, lead: Lead}
people:
  ann: {name: Ann Test, roles: [agent]}
  bob: {name: Bob Test, roles: [agent]}
  cat: {name: Cat Test, roles: [agent]}
  liz: {name: Liz Test, roles: [lead]}
"""
TURNS = """
procedure: {name}
title: {name}
owner: lead
starts: [{{by: agent}}]
initial: work
states:
  work: {{task: {{role: agent, take: {name}}}, choices: {{done: {{to: ended}}}}}}
  ended: {{final: true}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    (root / "procedures").mkdir(parents=True)
    (root / "procflow.toml").write_text('store = "sqlite:cases.db"\n')
    (root / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    for name in ("round_robin", "shortest_queue"):
        (root / "procedures" / name).mkdir()
        (root / "procedures" / name / "procedure.yaml").write_text(TURNS.format(name=name))
    with App(str(root)) as app:
        assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
        assert app.keys
    return root


def together(folder: Path, rule: str, count: int, workers: int = 3) -> None:
    """Each worker opens `count` cases, all at once; every one of them must come through."""
    running = [
        subprocess.Popen(
            [sys.executable, WORKER, str(folder), rule, f"w{n}", str(count)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(workers)
    ]
    for process in running:
        out, _ = process.communicate(timeout=240)
        assert process.returncode == 0
        assert json.loads(out) == {"opened": count, "others": []}


def holders(app: App) -> list[str]:
    """Who got the cases, in the order of their numbers."""
    rows = sorted(app.store.tasks(limit=1000), key=lambda row: row.number)
    return [row.people[0] for row in rows]


def test_turns_are_taken_one_after_the_other_by_processes_that_know_nothing_of_each_other(
    folder: Path,
) -> None:
    together(folder, "round_robin", 10)
    with App(str(folder)) as app:
        assert holders(app) == ["ann", "bob", "cat"] * 10
        assert app.store.self_check() == []


def test_queues_stay_even_and_their_counters_exact_under_processes_at_once(folder: Path) -> None:
    together(folder, "shortest_queue", 10)
    with App(str(folder)) as app:
        assert Counter(holders(app)) == {"ann": 10, "bob": 10, "cat": 10}
        assert app.store.work_of(["ann", "bob", "cat"]) == {"ann": 10, "bob": 10, "cat": 10}
        assert [queue.work for queue in app.queues()] == [10, 10, 10]
        assert app.store.self_check() == []
