"""The one who delivers is killed (R11): the host, the plugin's process, or both. Nothing is lost, nothing is called done
that did not go out, and what goes out twice does so under the same key with the same bytes: at the most once for each
kill, and one in a hundred.
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
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from faults.counting import Count
from faults.house import fan
from faults.side_by_side import side_by_side, together
from procflow.app import App
from procflow.builtin.world import RealWorld
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered
from procflow.hosts.channel_process import _below
from procflow.hosts.channels import ChannelHouse
from procflow.hosts.contract import ORGANISATION
from procflow.hosts.outbox import Outbox
from procflow.plugins import Plugins, load_plugins

#: Effects of one step, and steps of one case.
COPIES, STEPS = 10, 40
FAN = fan(COPIES, 'post.send: {to: "a@customer.example", text: "n%d"}')


class _Ahead(RealWorld):
    """A clock that is ahead, so that the leases of the dead are over."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


#: The other side as a plugin: it writes down what it took before it says yes, as an outside that cannot take back.
POST = """
import json
from pathlib import Path
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery

class Post:
    name = "post"
    verified = "stand-in"
    operations = {"send": {"type": "object"}}

    def __init__(self, settings):
        self.at_once = settings.get("at_once", 1)
        self._sent = open(settings["sent"], "ab", buffering=0) if "sent" in settings else None

    def prepare(self, operation, key, parameters):
        return json.dumps({"key": key, "made": str(id(self)), **parameters}, sort_keys=True).encode()

    def deliver(self, operation, key, wire):
        self._sent.write(json.dumps([key, wire.decode()]).encode() + b"\\n")
        return Delivery("done", {"reference": key})

    def fetch(self, cursor):
        return [], cursor

    def health(self):
        return ""

@hookimpl
def register_channels(settings):
    return [Post(settings.get("post", {}))]
"""


def killed(figure: int, seed: int) -> Count:
    parts = side_by_side(_killed, figure, seed)
    count = together(parts)
    effects, twice = (sum(int(part.told.split()[n]) for part in parts) for n in (0, 1))
    count.told = f"{effects} effects, {twice} of them twice ({100 * twice / max(effects, 1):.2f} %)"
    if twice > count.fired or twice > effects / 100:
        count.wrong(f"{count.told}: at the most one for each kill, and one in a hundred")
    return count


def _killed(figure: int, seed: int) -> Count:
    dice, count, effects, twice, rounds = random.Random(seed), Count(), 0, 0, 0
    while count.fired < figure and not count.bad:
        root = Path(tempfile.mkdtemp(prefix="faults-"))
        rounds += 1
        try:
            case, kills = _made(root), 0
            at_once = 1 if rounds % 2 else 8
            for n in range(10_000):
                if (count.fired >= figure and n) or _all_answered(root / "work", case):
                    break
                fired = _one_dies(root, n, at_once, dice)
                count.fired, kills = count.fired + fired, kills + fired
            for later in range(1, 30):  # what a killed plugin left waits for its next try
                _deliver(root, n + 60 * later, at_once, until_done=True)
                if _all_answered(root / "work", case):
                    break
            found = _looked_at(root, case, kills, count)
            effects, twice = effects + found[0], twice + found[1]
        finally:
            shutil.rmtree(root, ignore_errors=True)
    count.told = f"{effects} {twice}"
    return count


@cache
def _plugins(folder: str, sent: str, at_once: int) -> Plugins:
    return load_plugins([folder], {"post": {"mode": "real", "sent": sent, "at_once": at_once}}, shipped=False)


def _made(root: Path) -> str:
    folder = root / "work"
    (root / "plugins").mkdir()
    (root / "plugins" / "post_channel.py").write_text(POST)
    (folder / "procedures" / "fan").mkdir(parents=True)
    (folder / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.post]\nmode = "real"\n')
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "fan" / "procedure.yaml").write_text(FAN)
    with App(str(folder), plugins_dirs=(str(root / "plugins"),)) as app:
        problems = [found.as_text() for found in app.check().diagnostics if found.is_error]
        assert not problems, problems
        case = app.engine.open("fan", Command("open", "open", "fan", "ann", {})).case_id
        for n in range(STEPS):
            assert app.engine.submit(case, Command(f"tell-{n}", "choice", "tell", "ann")).accepted
    return case


def _all_answered(folder: Path, case: str) -> bool:
    with App(str(folder)) as app:
        return not app.engine.load(case).plain.waiting


def _one_dies(root: Path, n: int, at_once: int, dice: random.Random) -> int:
    """-> how many were killed: the host, in every third try its plugin's process before it."""
    pid = os.fork()
    if pid == 0:
        try:
            _deliver(root, n, at_once, until_done=False)
        finally:
            os._exit(3)
    sent = root / "sent"
    before = sent.stat().st_size if sent.exists() else 0
    waited = time.monotonic() + 30  # until it is at it; then it dies anywhere
    while (sent.stat().st_size if sent.exists() else 0) == before and time.monotonic() < waited:
        time.sleep(0.001)
    time.sleep(dice.uniform(0.0, 0.02))
    fired = 0
    if dice.random() < 0.34:
        plugin = max(_below(pid), default=0)  # the keeper was started first
        if plugin:
            with suppress(ProcessLookupError):
                os.kill(plugin, signal.SIGKILL)
                fired += 1
            time.sleep(dice.uniform(0.0, 0.02))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return fired + os.WIFSIGNALED(status)


def _deliver(root: Path, n: int, at_once: int, *, until_done: bool) -> None:
    """As the n-th process that delivers, each of them after the leases of the one before."""
    app = App(str(root / "work"), world=_Ahead(timedelta(seconds=60 * n)))
    sent = str(root / "sent")
    settings = {"post": {"mode": "real", "sent": sent, "at_once": at_once}}
    plugins = _plugins(str(root / "plugins"), sent, at_once)
    with ChannelHouse(plugins, settings, root / "work", app.world) as house:
        outbox = Outbox(app.engine, lambda: house, app.evidence, f"outbox-{n}")
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
