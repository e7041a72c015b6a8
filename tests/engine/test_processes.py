"""Real processes on one SQLite file: many at once, and some of them killed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from procflow.app import App
from procflow.core import snapshot
from procflow.core.case import replay
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered
from procflow.core.record import decode_entries
from procflow.hosts.contract import CADENCE, ORGANISATION

WORKER = str(Path(__file__).with_name("workers.py"))
GIVEN = {"kn": "104233", "email": "mette@customer.example"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace on disk with the cadence and mail in mode real."""
    root = tmp_path / "work"
    (root / "procedures" / "cadence").mkdir(parents=True)
    (root / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.mail]\nmode = "real"\n')
    (root / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (root / "procedures" / "cadence" / "procedure.yaml").write_text(CADENCE)
    with App(str(root)) as app:
        assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
        assert app.store and app.keys
    return root


def worker(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, WORKER, str(folder), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> dict:
    out, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    return json.loads(out)


def opened(app: App, id: str) -> str:
    answer = app.engine.open("cadence", Command(id, "open", "cadence", "ann", GIVEN))
    assert answer.refusal is None
    return answer.case_id


def folds(app: App, case: str) -> None:
    rows = list(app.store.journal(case))
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    folded = replay(case, ((row.sequence, decode_entries(row.entries)) for row in rows))
    assert snapshot.to_bytes(folded) == app.store.load(case).snapshot


def test_eight_processes_on_one_case_lose_nothing_and_a_conflict_says_who_was_faster(folder):
    with App(str(folder)) as app:
        case = opened(app, "o-1")
        workers = [worker(folder, "remarks", f"w{n}", 25, case) for n in range(8)]
        results = [told(process) for process in workers]
        assert [result["others"] for result in results] == [[]] * 8
        assert [result["done"] for result in results] == [25] * 8
        assert app.engine.load(case).plain.counts["remark"] == 200
        folds(app, case)
        for conflict in (words for result in results for words in result["conflicts"]):
            assert "Ann Test took “remark”" in conflict
        assert app.store.self_check() == []


def test_eight_processes_on_many_cases_lose_nothing(folder):
    with App(str(folder)) as app:
        cases = [opened(app, f"o-{n}") for n in range(8)]
        workers = [worker(folder, "remarks", f"w{n}", 6, *cases) for n in range(8)]
        results = [told(process) for process in workers]
        assert [result["others"] for result in results] == [[]] * 8
        for case in cases:
            assert app.engine.load(case).plain.counts["remark"] == 48
            folds(app, case)


def test_eight_processes_that_open_cases_get_a_number_each(folder):
    workers = [worker(folder, "opens", f"w{n}", 15) for n in range(8)]
    results = [told(process) for process in workers]
    assert [result["others"] for result in results] == [[]] * 8
    numbers = sorted(number for result in results for number in result["numbers"])
    assert numbers == list(range(1, 121))


def test_a_process_killed_in_the_middle_of_commands_leaves_whole_steps_and_ids_that_can_be_sent_again(folder):
    with App(str(folder)) as app:
        case = opened(app, "o-1")
        for round_, seconds in enumerate((0.03, 0.21, 0.09, 0.15, 0.05, 0.24)):
            process = worker(folder, "endless", case, f"k{round_}")
            assert process.stdout is not None
            lines = []
            while not lines or not lines[-1].startswith(
                "did "
            ):  # a busy machine takes its time until the first
                lines.append(process.stdout.readline().rstrip())
                assert lines[-1]
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.read().splitlines()
            process.wait(30)
            process.stdout.close()
            assert process.returncode == -signal.SIGKILL
            did = [line.split()[1] for line in lines if line.startswith("did ")]
            tried = [line.split()[1] for line in lines if line.startswith("try ")]
            known = {row.command_id for row in app.store.journal(case)}
            assert set(did) <= known  # what was told is durable
            # the one that was on its way: sent again it is done once, whether it had been stored or not
            again = app.engine.submit(case, Command(tried[-1], "choice", "remark", "ann"))
            assert again.accepted and again.repeated == (tried[-1] in known)
            folds(app, case)
        ids = [row.command_id for row in app.store.journal(case)]
        assert len(ids) == len(set(ids)) == app.engine.load(case).plain.counts["remark"] + 1
        assert app.store.self_check() == []


def test_a_process_killed_in_the_middle_of_deliveries_delivers_again_under_the_same_key_with_the_same_bytes(
    folder, tmp_path
):
    taken = tmp_path / "taken"
    with App(str(folder)) as app:
        cases = []
        for n in range(25):
            case = opened(app, f"o-{n}")
            for k in range(2):
                app.engine.submit(case, Command(f"c-{n}-{k}", "choice", "no_answer", "ann"))
            cases.append(case)
        for n in (1, 4, 7):  # each dies between the channel's yes and our record
            process = worker(folder, "deliveries", taken, n)
            process.communicate(timeout=60)
            assert process.returncode == -signal.SIGKILL
            _expire_leases(app, cases)
        process = worker(folder, "deliveries", taken, 0)
        for _ in range(400):
            if all(not app.engine.load(case).plain.waiting for case in cases):
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        for case in cases:
            answers = [
                entry.status
                for _, step in app.engine.journal(case)
                for entry in step
                if isinstance(entry, EffectAnswered)
            ]
            assert answers == ["done"]
            folds(app, case)
    wires: dict[str, set[str]] = {}
    for line in taken.read_text().splitlines():
        key, wire = json.loads(line)
        wires.setdefault(key, set()).add(wire)
    assert len(wires) == 25 and all(len(bytes_) == 1 for bytes_ in wires.values())
    assert len(taken.read_text().splitlines()) == 28  # three went out twice, with their own key and bytes


def _expire_leases(app: App, cases: list[str]) -> None:
    """As if the lease of the dead had run out: nobody wants to wait forty seconds."""
    for case in cases:
        for row in app.store.effects(case):
            if row.state == "waiting" and row.holder:
                app.store.postpone(row.key, row.holder, app.world.now(), "")
