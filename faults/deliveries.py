"""The one who delivers is killed (R11): nothing is lost, nothing is called done that did not go out, and what goes out
twice does so under the same key with the same bytes, at the most once for each kill.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from faults.counting import Count
from procflow.app import App
from procflow.builtin.world import RealWorld
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered
from procflow.hosts.contract import ORGANISATION
from procflow.hosts.outbox import Outbox
from procflow.hosts.recording import ChannelsOf, RecordingChannel
from procflow.ports import Delivery

#: Effects of one step, and steps of one case.
COPIES, STEPS = 10, 40
FAN = """procedure: fan
title: {en: Copies, da: Kopier}
owner: lead
starts: [{by: agent}]
initial: telling
states:
  telling:
    task: {role: agent}
    choices:
      tell: {do: [COPIES]}
      close: {to: closed}
  closed: {final: true, outcome: closed}
""".replace("COPIES", ", ".join('{mail.send: {to: "a@customer.example", subject: "n%d", text: "Hej"}}' % n for n in range(COPIES)))  # noqa: UP031  # fmt: skip


class _Ahead(RealWorld):
    """A clock that is ahead, so that the leases of the dead are over."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


class _Post(RecordingChannel):
    """Writes down what it took before it says yes, as an outside that cannot take back."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps([key, wire.decode()]).encode() + b"\n")
        return super().deliver(operation, key, wire)


def killed(figure: int, seed: int) -> Count:
    dice, count, effects, twice = random.Random(seed), Count(), 0, 0
    while count.fired < figure and not count.bad:
        root = Path(tempfile.mkdtemp(prefix="faults-"))
        try:
            case = _made(root / "work")
            for n in range(10_000):
                if (count.fired >= figure and n) or _all_answered(root / "work", case):
                    break
                count.fired += _one_dies(root, n, dice)
            kills = n
            _deliver(root, n + 1, until_done=True)
            found = _looked_at(root, case, kills, count)
            effects, twice = effects + found[0], twice + found[1]
        finally:
            shutil.rmtree(root, ignore_errors=True)
    count.told = f"{effects} effects, {twice} of them twice"
    if twice > max(1, count.fired):
        count.wrong(f"{twice} went out twice, which is more than one for each kill")
    return count


def _made(folder: Path) -> str:
    (folder / "procedures" / "fan").mkdir(parents=True)
    (folder / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.mail]\nmode = "real"\n')
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "fan" / "procedure.yaml").write_text(FAN)
    with App(str(folder)) as app:
        problems = [found.as_text() for found in app.check().diagnostics if found.is_error]
        assert not problems, problems
        case = app.engine.open("fan", Command("open", "open", "fan", "ann", {})).case_id
        for n in range(STEPS):
            assert app.engine.submit(case, Command(f"tell-{n}", "choice", "tell", "ann")).accepted
    return case


def _all_answered(folder: Path, case: str) -> bool:
    with App(str(folder)) as app:
        return not app.engine.load(case).plain.waiting


def _one_dies(root: Path, n: int, dice: random.Random) -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            _deliver(root, n, until_done=False)
        finally:
            os._exit(3)
    sent = root / "sent"
    before = sent.stat().st_size if sent.exists() else 0
    waited = time.monotonic() + 20  # until it is at it; then it dies anywhere
    while (sent.stat().st_size if sent.exists() else 0) == before and time.monotonic() < waited:
        time.sleep(0.001)
    time.sleep(dice.uniform(0.0, 0.02))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def _deliver(root: Path, n: int, *, until_done: bool) -> None:
    """As the n-th process that delivers, each of them after the leases of the one before."""
    app = App(str(root / "work"), world=_Ahead(timedelta(seconds=60 * n)))
    post = _Post(root / "sent")
    outbox = Outbox(app.engine, lambda: ChannelsOf([post]), app.evidence, f"outbox-{n}")
    while outbox.deliver_due(app.world.now(), 7) or not until_done:
        pass
    app.close()


def _looked_at(root: Path, case: str, kills: int, count: Count) -> tuple[int, int]:
    """(how many effects, how many of them went out twice)."""
    wires: dict[str, set[str]] = {}
    times: Counter[str] = Counter()
    for line in (root / "sent").read_text().splitlines():
        key, wire = json.loads(line)
        wires.setdefault(key, set()).add(wire)
        times[key] += 1
    with App(str(root / "work")) as app:
        asked: dict[str, Any] = {row.key: row for row in app.store.effects(case)}
        answered = Counter(
            entry.key
            for _, step in app.engine.journal(case)
            for entry in step
            if isinstance(entry, EffectAnswered)
        )
        for finding in app.audit().findings:
            count.wrong(str(finding))
    for key, row in asked.items():
        if not times[key]:
            count.wrong(f"{key} was lost: it is {row.state}")
        if row.state != "done" or answered[key] != 1:
            count.wrong(f"{key} is {row.state}, and was answered {answered[key]} times")
        if len(wires.get(key, ())) > 1:
            count.wrong(f"{key} went out with other bytes the second time")
        if times[key] > 1 + kills:
            count.wrong(f"{key} went out {times[key]} times")
    return len(asked), sum(times[key] - 1 for key in asked if times[key])
