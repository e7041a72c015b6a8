"""Who delivers dies, is slow, or is stopped and goes on (R12), while another host is at work.

What the dead one held is taken over soon after its lease; what a slow one holds never is; and one that was stopped for
three leases finds that it is too late: the case is told once. The lease is shortened here, everything else is as it is.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from faults.counting import Count
from faults.deliveries import POST
from procflow.app import App
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered
from procflow.hosts import outbox
from procflow.hosts.asking import DEADLINE
from procflow.hosts.channels import ChannelHouse
from procflow.hosts.contract import ORGANISATION
from procflow.plugins import load_plugins

#: Seconds of a lease here, of which deliveries are begun in the first, and what a rescue may take beyond it. A busy
#: machine is given more, and the time is told.
LEASE, BEGIN, BEYOND, BUSY = 3.0, 0.5, 5.0, 30.0
AT_ONCE = 7
LETTER = """procedure: letter
title: {en: Letter, da: Brev}
owner: lead
starts: [{by: agent}]
initial: telling
states:
  telling: {task: {role: agent}, choices: {tell: {do: [{post.send: {to: "a@customer.example", text: "Hej"}}]}, close: {to: closed}}}
  closed: {final: true, outcome: closed}
"""
SLOW_POST = POST.replace(
    '        return Delivery("done", {',
    '        import time; time.sleep(self._pause)\n        return Delivery("done", {',
).replace("        self.at_once", "        self._pause = settings.get('pause', 0)\n        self.at_once")


def rescued(figure: int, seed: int) -> Count:
    """A third of each kind, several at a time: they wait most of the time."""
    dice, count, took = random.Random(seed), Count(), list[float]()
    kinds = [("dead", "slow", "stopped")[n % 3] for n in range(figure)]
    dice.shuffle(kinds)
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("fork")) as side_by_side:
        for seconds, wrong in side_by_side.map(_one, kinds):
            count.fired += 1
            took += [seconds] if seconds else []
            for words in wrong:
                count.wrong(words)
    count.told = f"taken over after {min(took):.1f} to {max(took):.1f} s, with a lease of {LEASE:g} s"
    return count


def _one(kind: str) -> tuple[float, list[str]]:
    root = Path(tempfile.mkdtemp(prefix="faults-"))
    alive: list[int] = []
    try:
        case = _made(root)
        first = _host(root, "first", LEASE * 0.6 if kind == "slow" else 600.0 if kind == "dead" else LEASE)
        alive.append(first)
        _until(
            lambda: (root / "sent").exists() and (root / "sent").stat().st_size > 0,
            60,
            "the first host never delivered",
        )
        if kind == "dead":
            os.kill(first, signal.SIGKILL)
        if kind == "stopped":
            os.kill(first, signal.SIGSTOP)
        begun = time.monotonic()
        alive.append(_host(root, "second", 0.0))
        if kind == "stopped":
            _until(
                lambda: _answers(root, case) > 0,
                LEASE + BEYOND + BUSY,
                "nobody took over from who was stopped",
            )
            seconds = time.monotonic() - begun
            time.sleep(max(0.0, 3 * LEASE - seconds))
            os.kill(first, signal.SIGCONT)
            time.sleep(1.0)  # what it does now is looked at
        else:
            _until(lambda: _answers(root, case) > 0, LEASE + BEYOND + BUSY, "nobody took over")
            seconds = time.monotonic() - begun
            time.sleep(LEASE * 0.6 if kind == "slow" else 0.2)
        return (0.0 if kind == "slow" else seconds), _wrong(root, case, kind)
    except TimeoutError as late:
        return 0.0, [f"{kind}: {late}"]
    finally:
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        shutil.rmtree(root, ignore_errors=True)


def _wrong(root: Path, case: str, kind: str) -> list[str]:
    found = []
    sent = (root / "sent").read_text().splitlines()
    if (answers := _answers(root, case)) != 1:
        found.append(f"{kind}: the case was told {answers} times")
    if kind == "slow" and len(sent) != 1:
        found.append(f"slow: it went out {len(sent)} times while its host was alive")
    if len(sent) > 2 or len(set(sent)) != 1:
        found.append(f"{kind}: it went out {len(sent)} times, as {len(set(sent))} different letters")
    with App(str(root / "work")) as app:
        found += [str(each) for each in app.audit().findings]
        found += [
            f"{kind}: {row.key} is {row.state}" for row in app.store.effects(case) if row.state != "done"
        ]
    return found


def _made(root: Path) -> str:
    folder = root / "work"
    (folder / "procedures" / "letter").mkdir(parents=True)
    (root / "plugins").mkdir()
    (root / "plugins" / "post_channel.py").write_text(SLOW_POST)
    (folder / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.post]\nmode = "real"\n')
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "letter" / "procedure.yaml").write_text(LETTER)
    with App(str(folder), plugins_dirs=(str(root / "plugins"),)) as app:
        problems = [found.as_text() for found in app.check().diagnostics if found.is_error]
        assert not problems, problems
        case = app.engine.open("letter", Command("open", "open", "letter", "ann", {})).case_id
        assert app.engine.submit(case, Command("tell", "choice", "tell", "ann")).accepted
    return case


def _host(root: Path, name: str, pause: float) -> int:
    """A process that delivers for ever; a delivery takes `pause` seconds after the other side has it."""
    pid = os.fork()
    if pid:
        return pid
    try:
        outbox.LEASE, outbox._BEGIN_WITHIN = timedelta(seconds=LEASE), BEGIN
        outbox._SPARE = LEASE - DEADLINE  # shorter than the longest call, to try what happens then
        table: dict[str, Any] = {"mode": "real", "sent": str(root / "sent"), "pause": pause}
        settings: Mapping[str, Mapping[str, Any]] = {"post": table}
        plugins = load_plugins([str(root / "plugins")], settings, shipped=False)
        app = App(str(root / "work"))
        with ChannelHouse(plugins, settings, root / "work", app.world) as house:
            out = outbox.Outbox(app.engine, lambda: house, app.evidence, name)
            while True:
                out.deliver_due(app.world.now())
                time.sleep(0.2)
    finally:
        os._exit(3)


def _answers(root: Path, case: str) -> int:
    with App(str(root / "work")) as app:
        steps = [step for _, step in app.engine.journal(case)]
    return sum(isinstance(entry, EffectAnswered) for step in steps for entry in step)


def _until(holds: Any, seconds: float, words: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(words)
        time.sleep(0.05)
