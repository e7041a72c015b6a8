"""A team on one database, to break: writers and hosts, each a process of its own as on a machine of its own, that go on
by themselves whatever happens; and what must hold in the end.
"""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

from faults.counting import Count
from faults.house import fan, made, what_is_wrong
from procflow.app import App
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered
from procflow.errors import Busy, Conflict, ProcflowError, StorageError
from procflow.hosts import outbox
from procflow.hosts.local import LocalHost
from procflow.hosts.outbox import Outbox
from procflow.hosts.recording import ChannelsOf, RecordingChannel
from procflow.ports import Delivery

LEASE = timedelta(seconds=3)
#: Each `tell` asks for ten mails.
COPIES = 10
FAN = fan(COPIES, 'mail.send: {to: "a@customer.example", subject: "n%d", text: "Hej"}')
#: How long a team may need until everybody has gone on, in seconds; nothing is measured by it.
PATIENCE = 60.0
#: Of so many steps of a writer one asks for ten mails.
ONE_ASKS = 25


class Post(RecordingChannel):
    """Writes down what it took before it says yes, as an outside that cannot take back."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps([key, wire.decode(), os.getpid()]).encode() + b"\n")
        return super().deliver(operation, key, wire)


class Child:
    """A process that is forked, says lines, and goes on until it is ended."""

    def __init__(self, work: object, *arguments: object) -> None:
        self._heard, told = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._heard)
                work(told, *arguments)  # type: ignore[operator]
            except BaseException as why:
                with suppress(OSError):
                    os.write(told, f"fault {type(why).__name__} {why}".replace("\n", " ").encode() + b"\n")
            finally:
                os._exit(3)
        os.close(told)
        os.set_blocking(self._heard, False)
        self._rest = b""
        self.lines: list[str] = []

    def hear(self) -> None:
        with suppress(BlockingIOError):
            while part := os.read(self._heard, 1 << 16):
                self._rest += part
        whole, _, self._rest = self._rest.rpartition(b"\n")
        self.lines += whole.decode().splitlines()

    def says_more(self, since: int | None = None) -> bool:
        """Whether it says another line within the patience; what it said already does not count, or what it said up to
        the line `since`."""
        self.hear()
        before, until = len(self.lines) if since is None else since, time.monotonic() + PATIENCE
        while len(self.lines) <= before and time.monotonic() < until:
            select.select([self._heard], [], [], 0.2)
            self.hear()
            if self.lines[before:] and self.lines[-1].startswith("fault"):
                return False
        return len(self.lines) > before

    def end(self) -> bool:
        """-> whether it was still alive."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        self.hear()
        os.close(self._heard)
        return os.WIFSIGNALED(status)


class Team:
    """`url` is where the writers and hosts find the database, `plain` where whoever looks afterwards does."""

    def __init__(self, url: str, plain: str = "", writers: int = 3, hosts: int = 2) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="faults-"))
        self.folder, self.sent = self.place / "work", self.place / "sent"
        self._plain = plain or url
        self.cases = made(self.folder, 3, self._plain)
        self._fan()
        self._settings(url)
        self.writers = [Child(write_on, self.folder, self.cases, self.fan, f"w{n}") for n in range(writers)]
        self.hosts = [Child(host_on, self.folder, self.sent) for n in range(hosts)]
        self.gone: list[Child] = []
        self._born = writers

    def _settings(self, url: str) -> None:
        (self.folder / "procflow.toml").write_text(f'store = "{url}"\n[channels.mail]\nmode = "real"\n')

    def _fan(self) -> None:
        (self.folder / "procedures" / "fan").mkdir()
        (self.folder / "procedures" / "fan" / "procedure.yaml").write_text(FAN)
        with App(str(self.folder)) as app:
            assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
            self.fan = app.engine.open("fan", Command("open", "open", "fan", "ann", {})).case_id

    def everybody_goes_on(self, count: Count) -> None:
        """Each writer takes another step, by itself."""
        for host in self.hosts:
            host.hear()
        for writer in self.writers:
            if not writer.says_more():
                count.wrong(f"a writer did not go on: {writer.lines[-1:]}")

    def kill_one(self, dice: random.Random) -> bool:
        """A node dies, and another comes in its place."""
        if dice.random() < 0.3:
            dying = self.hosts.pop(dice.randrange(len(self.hosts)))
            self.hosts.append(Child(host_on, self.folder, self.sent))
        else:
            dying = self.writers.pop(dice.randrange(len(self.writers)))
            self.writers.append(Child(write_on, self.folder, self.cases, self.fan, f"w{self._born}"))
            self._born += 1
        self.gone.append(dying)
        return dying.end()

    def looked_at(self, count: Count, kills: int = 0) -> None:
        """The writers stop, the hosts deliver the rest by themselves, and then everything must hold. `kills`: so many
        effects may have gone out twice."""
        for writer in self.writers:
            if not writer.end():
                count.wrong(f"a writer ended: {writer.lines[-1:]}")
        self.gone += self.writers
        acknowledged = dict(line.split()[1:3] for child in self.gone for line in child.lines if line.startswith("did"))  # fmt: skip
        self._settings(self._plain)
        waiting = self._delivered()
        if waiting:
            count.wrong(
                f"{waiting} effects still wait: {[host.lines[-1:] for host in self.hosts]}; {self._held()}"
            )
        for host in self.hosts:
            if not host.end():
                count.wrong(f"a host ended: {host.lines[-1:]}")
        for words in what_is_wrong(self.folder, acknowledged, whole=True):
            count.wrong(words)
        self._letters(count, kills)
        steps, told = count.told.partition(" ")[0], "steps were acknowledged"
        count.told = f"{len(acknowledged) + int(steps or 0)} {told}"

    def _delivered(self) -> int:
        """How many effects are left when everything is delivered, or nothing has been for long."""
        until, before = time.monotonic() + PATIENCE, -1
        with App(str(self.folder)) as app:
            while time.monotonic() < until:
                for host in self.hosts:
                    host.hear()
                waiting = len(app.engine.load(self.fan).plain.waiting)
                if not waiting:
                    return 0
                if waiting != before:
                    before, until = waiting, time.monotonic() + PATIENCE
                if time.monotonic() + 1 > until:  # what failed often pauses for long before its next try
                    until += max(self._pauses(app), 0.0)
                time.sleep(0.05)
        return before

    def _pauses(self, app: App) -> float:
        """Seconds until the last of those that wait is tried again, and a little."""
        rows = [
            row for row in app.store.effects(self.fan) if row.state == "waiting" and row.next_try is not None
        ]
        return max(
            ((row.next_try - app.world.now()).total_seconds() + 5 for row in rows if row.next_try), default=0
        )

    def _held(self) -> str:
        """How those stand that wait, for whoever wants to know why."""
        with App(str(self.folder)) as app:
            rows = [row for row in app.store.effects(self.fan) if row.state == "waiting"]
            return f"at {app.world.now():%H:%M:%S}: " + "; ".join(
                f"tried {row.attempts} times, next {row.next_try}, held by {row.holder!r} until {row.lease_until}, {row.error}"
                for row in rows[:3]
            )

    def _letters(self, count: Count, kills: int) -> None:
        wires: dict[str, set[str]] = {}
        times: Counter[str] = Counter()
        for line in self.sent.read_bytes().splitlines() if self.sent.exists() else ():
            key, wire, _ = json.loads(line)
            wires.setdefault(key, set()).add(wire)
            times[key] += 1
        twice = sum(n - 1 for n in times.values())
        if twice > kills:
            count.wrong(f"{twice} letters went out twice, and only {kills} who deliver were disturbed")
        if any(len(each) > 1 for each in wires.values()):
            count.wrong("a letter went out with other bytes")
        with App(str(self.folder)) as app:
            answers = Counter(
                entry.key for _, step in app.engine.journal(self.fan) for entry in step if isinstance(entry, EffectAnswered)
            )  # fmt: skip
        if set(answers) != set(wires):
            count.wrong("what is called done is not what went out")
        if any(n > 1 for n in answers.values()):
            count.wrong("an effect was answered twice")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in (*self.writers, *self.hosts):
            with suppress(ProcessLookupError, ChildProcessError, OSError):
                child.end()
        shutil.rmtree(self.place, ignore_errors=True)


def write_on(told: int, folder: Path, cases: list[str], fan: str, name: str) -> None:
    """Steps without end, each asked for until it is answered: always under its own id."""
    app, n = _opened(folder), 0
    while True:
        for case in cases:
            n += 1
            asks = n % ONE_ASKS == 0
            where, choice = (fan, "tell") if asks else (case, "remark")
            while True:
                try:
                    answer = app.engine.submit(where, Command(f"{name}-{n}", "choice", choice, "ann"))
                    assert answer.accepted
                    break
                except Conflict:
                    continue
                except (StorageError, Busy):
                    time.sleep(0.05)  # nobody knows whether it was stored: the same id again
            os.write(told, f"did {name}-{n} {where}\n".encode())


def host_on(told: int, folder: Path, sent: Path) -> None:
    """A host that is never started again."""
    outbox.LEASE = LEASE
    outbox._BEGIN_WITHIN = 1.0
    app, channels = _opened(folder), ChannelsOf([Post(sent)])
    out = Outbox(app.engine, lambda: channels, app.evidence, str(os.getpid()))
    host = LocalHost(app.engine, out, app.intake, hang=app._hang)
    host.run(lambda: False, lambda done: _say(told, f"round {done.delivered} {done.problems}"))


def _opened(folder: Path) -> App:
    """Begun as soon as the store can be opened, as whatever looks after processes would begin it."""
    while True:
        app = App(str(folder))
        try:
            if app.store and app.keys:
                return app
        except ProcflowError:
            time.sleep(0.1)


def _say(told: int, words: str) -> None:
    os.write(told, f"{words}\n".encode())
