"""A process that is killed at any step of what crosses cases: no case twice, no answer lost, nothing left behind."""

import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from ready import started

from procflow.app import App
from procflow.core import snapshot
from procflow.core.case import Case, replay
from procflow.core.journal import CaseInvoked, EffectAnswered, EventSent
from procflow.core.record import decode_entries
from procflow.hosts.contract import ORGANISATION

WORKER = str(Path(__file__).with_name("workers.py"))
ASKING = """
procedure: asking
title: Asking
owner: lead
starts: [{by: agent}]
data: {heard: {type: string}, times: {type: integer, default: 0}}
initial: idle
states:
  idle:
    task: {role: agent, guide: "${heard} ${times}"}
    choices:
      ask: {to: waiting}
      tell: {do: [{signal: {name: ring, to: {procedure: rung}}}]}
      stop: {to: over}
  waiting:
    invoke: {procedure: asked, with: {kn: "104233"}}
    task: {role: agent}
    choices: {leave: {to: idle}}
    events:
      done: {set: {heard: "${result.outcome}", times: "${times + 1}"}, to: idle}
      failed: {set: {heard: failed}, to: idle}
  over: {final: true}
"""
ASKED = """
procedure: asked
title: Asked
owner: lead
data: {kn: {type: string, pii: true}}
initial: open_case
states:
  open_case: {task: {role: agent, guide: "${kn}"}, choices: {close: {to: over}}}
  over: {final: true, outcome: well}
"""
RUNG = """
procedure: rung
title: Rung
owner: lead
starts: [{event: ring}]
initial: open_case
states:
  open_case: {task: {role: agent}, events: {ring: {to: over}}}
  over: {final: true, outcome: heard}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made") / "work"
    for name, text in (("asking", ASKING), ("asked", ASKED), ("rung", RUNG)):
        (root / "procedures" / name).mkdir(parents=True)
        (root / "procedures" / name / "procedure.yaml").write_text(text)
    (root / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (root / "procflow.toml").write_text('store = "sqlite:cases.db"\nclock = "clock.txt"\n')
    (root / "clock.txt").write_text("2026-05-11T10:05:00+02:00\n")
    with App(str(root)) as app:
        assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
    return root


def tell(folder: Path, die_at: int, when: str) -> subprocess.CompletedProcess[str]:
    return started([str(folder), "crossing", str(die_at), when], folder, script=WORKER)


def whole(folder: Path) -> None:
    """The story is over, and every case of it is there once and as it should be."""
    with App(str(folder)) as app:
        cases: dict[str, list[Case]] = {}
        for row in app.store.cases():
            found = app.engine.load(row.id).plain
            cases.setdefault(found.procedure, []).append(found)
            rows = list(app.store.journal(row.id))
            assert [step.sequence for step in rows] == list(range(1, len(rows) + 1))
            folded = replay(row.id, ((step.sequence, decode_entries(step.entries)) for step in rows))
            assert snapshot.to_bytes(folded) == row.snapshot
            assert found.is_closed and found.waiting == {} and found.items == {}
            assert {effect.state for effect in app.store.effects(row.id)} <= {"done", "dropped"}
        (asking,) = cases["asking"]
        assert (asking.data["heard"], asking.data["times"]) == ("well", 1)
        assert [case.outcome for case in cases["asked"]] == ["cancelled", "well"]
        assert [case.outcome for case in cases["rung"]] == ["heard"]
        entries = [entry for _, step in app.engine.journal(asking.id) for entry in step]
        assert len([e for e in entries if isinstance(e, CaseInvoked)]) == 2
        assert [len(e.cases) for e in entries if isinstance(e, EventSent)] == [0, 1]
        assert not [e for e in entries if isinstance(e, EffectAnswered) and e.status in ("late", "failed")]
        assert app.audit().findings == () and app.store.self_check() == []


def copied(made: Path, tmp_path: Path, name: str) -> Path:
    return Path(shutil.copytree(made, tmp_path / name))


def test_the_story_told_without_a_kill(made: Path, tmp_path: Path) -> None:
    folder = copied(made, tmp_path, "whole")
    done = tell(folder, 0, "")
    assert done.returncode == 0, done.stderr
    whole(folder)
    again = tell(folder, 0, "")
    assert again.returncode == 0 and json.loads(again.stdout) == {"taken": 0}, "told again it changes nothing"
    whole(folder)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_and_told_again_it_ends_as_if_nothing_had_been(
    made: Path, tmp_path: Path, when: str
) -> None:
    steps = json.loads(tell(copied(made, tmp_path, "counted"), 0, "").stdout)["taken"]
    assert steps > 20
    for die_at in range(1, steps + 1, 1 if when == "after" else 3):
        folder = copied(made, tmp_path, f"{when}-{die_at}")
        killed = tell(folder, die_at, when)
        assert killed.returncode == -signal.SIGKILL, "the fault did not fire"
        (folder / "clock.txt").write_text("2026-05-11T10:06:00+02:00\n")  # what it held is free again
        done = tell(folder, 0, "")
        assert done.returncode == 0, (die_at, done.stderr)
        whole(folder)
        shutil.rmtree(folder)
