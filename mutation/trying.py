"""A pytest plugin that tries changes: the tests are collected once, and each change runs in a fork of that process.

`pytest -p mutation.trying --changes FILE TESTS...`; FILE is written by `mutation.changes` and gets the answers.
First forks run every test unchanged and see which of them call what. Then each change meets the tests that call
its function, the quickest first, until one fails or the rest would take too long. One test of each file has run
before (with `--read-first` all of them), so that a fork has imported and read what it needs and has parsers at hand;
what the code to be changed keeps in caches is forgotten again.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from mutation.switches import Switches

#: A change may take so many times what its tests take, and so many seconds more, before it counts as endless.
PATIENCE, GRACE = 2, 3
MEMORY = 4 << 30
#: How a fork ends that cannot make its change: without `super()` a function has another shape.
CANNOT = 9

SWITCHES = Switches()  # before the code is imported that it is for


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--changes", help="the file with the changes to try")
    parser.addoption("--at-once", type=int, default=1)
    parser.addoption("--read-first", action="store_true", help="the tests share what is long to read")
    parser.addoption(
        "--most", type=float, default=60, help="seconds of tests that one change meets at the most"
    )


def pytest_configure(config: pytest.Config) -> None:
    # One seed for all, and no time spent on making a counterexample small: that there is one is enough.
    settings.register_profile(
        "mutation", derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    settings.load_profile("mutation")


class Failed:
    """Sees whether a test has failed."""

    def __init__(self) -> None:
        self.first = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.first:
            self.first = report.nodeid


def pytest_runtestloop(session: pytest.Session) -> bool:
    file = Path(session.config.option.changes)
    asked = json.loads(file.read_text("utf-8"))
    if session.testsfailed:
        raise session.Interrupted("the tests cannot be collected")
    for module in {change.rpartition(".")[0] for change in asked["changes"]}:
        importlib.import_module(module)  # some are imported only where they are used
    warm_up(session)
    if (ready := sys.modules.get("ready")) and ready._ready.cache_info().currsize:
        pytest.exit("a test starts the command line, which has none of the changes: it can notice none", 1)
    tests, seconds = looked_at(session, file)
    items = {item.nodeid: item for item in session.items}

    def covering(change: str) -> list[pytest.Item]:
        found, spent = [], 0.0
        for test in sorted(tests.get(change.partition("__mutmut_")[0], ()), key=seconds.__getitem__):
            spent += seconds[test]
            if found and spent > session.config.option.most:
                break
            found.append(items[test])
        return found

    answers: dict[str, str] = {}
    running: dict[int, str] = {}
    told = file.with_suffix(".told").open("w")  # to look at while it runs

    def one_ends() -> None:
        pid, status = os.wait()
        change = running.pop(pid)
        answers[change] = word(os.waitstatus_to_exitcode(status))
        print(f"{time.monotonic():.0f} {change} {answers[change]}", file=told, flush=True)

    for change in asked["changes"]:
        mine = covering(change)
        if not mine:
            answers[change] = "called by no test"
            continue
        while len(running) >= session.config.option.at_once:
            one_ends()
        limit = GRACE + PATIENCE * sum(seconds[item.nodeid] for item in mine)
        running[fork(lambda c=change, m=mine: try_one(session, m, c), limit)] = change  # type: ignore[misc]
    while running:
        one_ends()
    file.write_text(json.dumps(asked | {"answers": answers, "seconds": sum(seconds.values())}), "utf-8")
    return True


def warm_up(session: pytest.Session) -> None:
    """Runs the first test of each file or all, and forgets what they left in the caches of the code."""
    firsts = {item.path: item for item in reversed(session.items)}
    first = session.items if session.config.option.read_first else list(firsts.values())
    if failed := run(session, first, lambda item: None):
        pytest.exit(f"{failed} fails as the code stands", 1)
    kept = type(functools.lru_cache(len))
    for thing in gc.get_objects():
        if isinstance(thing, kept) and str(thing.__module__).startswith(
            ("procflow.core.", "procflow.proof.")
        ):
            thing.cache_clear()
    gc.freeze()


def word(code: int) -> str:
    if code == 0:
        return "survived"
    if code == CANNOT:
        return "cannot be made"
    return "ran too long" if -code in (signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL) else "noticed"


def fork(work, limit: float) -> int:  # type: ignore[no-untyped-def]
    """`work` in a process of its own that ends after `limit` CPU seconds, in silence where a limit is set."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if limit:
            silent = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(silent, stream)
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 2))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.alarm(int(limit * 10))  # it may hang without working
        code = work()
    finally:
        sys.stdout.flush()
        os._exit(code)


def wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def try_one(session: pytest.Session, items: list[pytest.Item], change: str) -> int:
    if not SWITCHES.turn(change):
        return CANNOT
    session.config.option.tbstyle = "no"
    return 1 if run(session, items, lambda item: None) else 0


def looked_at(session: pytest.Session, file: Path) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Which tests call what, and how long each takes: every test as the code stands, shared out over `--at-once` forks."""
    forks = session.config.option.at_once
    parts = [(session.items[n::forks], file.with_suffix(f".seen{n}")) for n in range(forks)]
    looking = [fork(lambda p=part, s=seen: see(session, p, s), 0) for part, seen in parts]  # type: ignore[misc]
    if sum([wait(pid) != 0 for pid in looking]):
        pytest.exit("the tests fail as the code stands, see above", 1)
    tests: dict[str, list[str]] = defaultdict(list)
    seconds: dict[str, float] = {}
    for _, seen in parts:
        found = json.loads(seen.read_text("utf-8"))
        seconds |= found["seconds"]
        for name, calling in found["tests"].items():
            tests[name] += calling
    return tests, seconds


def see(session: pytest.Session, items: list[pytest.Item], file: Path) -> int:
    """Runs these tests as the code stands, and writes which of them call what, and how long each takes."""
    tests: dict[str, list[str]] = defaultdict(list)
    seconds: dict[str, float] = {}
    began = time.process_time()

    def ended(item: pytest.Item) -> None:
        nonlocal began
        seconds[item.nodeid] = time.process_time() - began
        for name in SWITCHES.called():
            tests[name].append(item.nodeid)
        began = time.process_time()

    SWITCHES.wire()
    failed = run(session, items, ended)
    if failed:
        print(f"fails as the code stands: {failed}", file=sys.stderr)
        return 1
    file.write_text(json.dumps({"tests": tests, "seconds": seconds}), "utf-8")
    return 0


def run(session: pytest.Session, items: list[pytest.Item], ended) -> str:  # type: ignore[no-untyped-def]
    """Runs these tests until one fails; -> which."""
    failed = Failed()
    session.config.pluginmanager.register(failed)
    for item, following in zip_longest(items, items[1:]):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        ended(item)
        if failed.first:
            break
    return failed.first
