"""A file's tests, and what is bound together, are dealt to one worker: what they share is made once."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from units import TOGETHER, longest_first, noted, unit_of

ROOT = Path(__file__).resolve().parents[2]

CONFTEST = """
from pathlib import Path
import pytest
from units import Dealing, longest_first

def pytest_xdist_make_scheduler(config, log):
    return Dealing(config, log)

@pytest.fixture(autouse=True)
def told(request, worker_id):
    with Path(request.config.rootpath, "said.txt").open("a") as said:
        said.write(f"{worker_id} {request.path.parent.name}/{request.path.name}\\n")
"""
TESTS = "import pytest\n@pytest.mark.parametrize('n', range(9))\ndef test_it(n): pass\n"


def test_each_file_is_dealt_to_one_worker_and_every_worker_is_dealt_some(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {Path(__file__).parent}\n")
    files = [f"tests/desk/test_{n}.py" for n in "ab"] + [f"tests/{n}/test_{n}.py" for n in "cdef"]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TESTS)
    others = ("cacheprovider", "schemathesis", "hypothesispytest")
    without = [part for name in others for part in ("-p", f"no:{name}")]
    line = [sys.executable, "-m", "pytest", "-q", "-n", "2", *without, "tests"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and f"{9 * len(files)} passed" in done.stdout, done.stdout + done.stderr
    workers = defaultdict(set)
    for worker, file in (pair.split() for pair in (tmp_path / "said.txt").read_text().splitlines()):
        workers[unit_of(f"tests/{file}")].add(worker)
    assert {unit: len(found) for unit, found in workers.items()} == dict.fromkeys(
        ["a browser", *(f"tests/{n}/test_{n}.py" for n in "cdef")], 1
    )
    assert set().union(*workers.values()) == {"gw0", "gw1"}


def test_what_is_bound_together_is_there() -> None:
    assert [path for path in TOGETHER if not (ROOT / path).exists()] == []


def test_the_longest_units_come_first_and_a_file_stays_as_it_stands(request: pytest.FixtureRequest) -> None:
    items = longest_first(request.session.items)
    assert sorted(map(id, items)) == sorted(map(id, request.session.items))
    mine = [item.name for item in items if item.path == Path(__file__)]
    assert mine == [item.name for item in request.session.items if item.path == Path(__file__)]
    takes = noted()
    known = [takes[unit] for unit in dict.fromkeys(unit_of(item.nodeid) for item in items) if unit in takes]
    assert known == sorted(known, reverse=True)
