"""The database of a team breaks (R14): its server is killed in the middle of transactions, loses its power, is parted from
the nodes; nodes die, and connections are cut at the worst instant. Nothing acknowledged is lost, nothing is done twice,
what nobody heard the end of is resolved by its id, and everybody goes on by themselves.

Those who deliver and die, or fall asleep, lose what they hold to others within the lease, and cannot say done later (R12).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from faults.counting import Count
from faults.house import made
from faults.power import Disk
from faults.team import FAN, LEASE, PATIENCE, Child, Post, Team, host_on
from procflow.app import App
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered
from procflow.hosts import outbox
from procflow.hosts.outbox import Outbox
from procflow.hosts.recording import ChannelsOf
from procflow.ports import Delivery
from procflow.stores.postgres_connection import in_database
from procflow.testing.cable import Cable
from procflow.testing.own_postgres import OwnPostgres

#: Faults on one database before everything is looked at.
ROUND = 25
#: Bytes that a step brings to the server, and no question does: a state's name in the case's new snapshot.
_A_STEP = b"calling"


def servers_killed(figure: int, seed: int) -> Count:
    dice, count = random.Random(seed), Count()
    while count.fired < figure and not count.bad:
        with OwnPostgres() as server, Team(server.make("desk")) as team:
            before = count.fired
            team.everybody_goes_on(count)
            for _ in range(min(ROUND, figure - count.fired)):
                time.sleep(dice.uniform(0.01, 0.2))
                server.kill()
                count.fired += 1
                time.sleep(dice.choice((0.0, 0.0, 0.3)))
                server.start()
                team.everybody_goes_on(count)
            team.looked_at(count, kills=(count.fired - before) * len(team.hosts))
    return count


def power_cuts(figure: int, seed: int) -> Count:
    dice, count = random.Random(seed), Count()
    while count.fired < figure and not count.bad:
        with tempfile.TemporaryDirectory(prefix="faults-") as place:
            os.chmod(place, 0o755)
            disk = Disk(Path(place), 512)
            disk.make()
            disk.mount()
            try:
                os.chmod(disk.folder, 0o755)
                with OwnPostgres(within=str(disk.folder)) as server, Team(server.make("desk")) as team:
                    os.sync()
                    before = count.fired
                    team.everybody_goes_on(count)
                    for _ in range(min(ROUND, figure - count.fired)):
                        time.sleep(dice.uniform(0.01, 0.2))
                        disk.cut()
                        server.kill()
                        count.fired += 1
                        disk.unmount()
                        disk.mount()
                        server.start()
                        team.everybody_goes_on(count)
                    team.looked_at(count, kills=(count.fired - before) * len(team.hosts))
            finally:
                disk.unmount()
    return count


def parted(figure: int, seed: int) -> Count:
    """The server in a network of its own, whose cable goes dead: nobody is told, and packets vanish."""
    dice, count = random.Random(seed), Count()
    with _Network() as network:
        silence = "connect_timeout=2&tcp_user_timeout=1000&keepalives_idle=1&keepalives_interval=1&keepalives_count=1"
        with OwnPostgres(address=network.far, through=network.inside) as server:
            url = f"{server.make('desk')}?{silence}"
            with Team(url) as team:
                team.everybody_goes_on(count)
                for _ in range(figure):
                    time.sleep(dice.uniform(0.05, 0.3))
                    network.part()
                    time.sleep(0.2)  # what was on its way has come
                    for writer in team.writers:
                        writer.hear()
                    before = [len(writer.lines) for writer in team.writers]
                    time.sleep(dice.uniform(2.0, 4.0))
                    for writer in team.writers:
                        writer.hear()
                    stood = [
                        len(writer.lines) - then <= 1
                        for writer, then in zip(team.writers, before, strict=True)
                    ]
                    count.fired += all(stood)
                    network.mend()
                    team.everybody_goes_on(count)
                team.looked_at(count, kills=count.fired * len(team.hosts))
    return count


def nodes(figure: int, seed: int) -> Count:
    dice, count, told = random.Random(seed), Count(), Counter[str]()
    while count.fired < figure and not count.bad:
        with OwnPostgres() as server, Cable(server.port) as cable:
            plain = server.make("desk")
            with Team(plain.replace(f":{server.port}/", f":{cable.port}/"), plain) as team:
                before = count.fired
                team.everybody_goes_on(count)
                while count.fired < figure and count.fired - before < ROUND * 4:
                    time.sleep(dice.uniform(0.0, 0.05))
                    fired = _one_fault(
                        dice.choice(("node", "ended", "cut", "answer", "answer")), team, plain, cable, dice
                    )
                    count.fired += bool(fired)
                    told[fired] += 1
                    if count.fired % 5 == 0:
                        team.everybody_goes_on(count)
                team.everybody_goes_on(count)
                team.looked_at(count, kills=(count.fired - before) * len(team.hosts))
    count.told += ", " + ", ".join(f"{name} {n}" for name, n in sorted(told.items()) if name)
    return count


def _one_fault(kind: str, team: Team, plain: str, cable: Cable, dice: random.Random) -> str:
    """-> what happened, "" where nothing did."""
    if kind == "node":
        return "nodes killed" if team.kill_one(dice) else ""
    if kind == "ended":
        ended = in_database(
            plain, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                   " AND application_name LIKE 'procflow %' ORDER BY random() LIMIT 2")  # fmt: skip
        return "connections ended" if ended else ""
    if kind == "cut":
        return "connections cut" if cable.cut() else ""
    cuts, until = cable.cuts, time.monotonic() + 10  # the server has the step, and its answer never comes
    cable.cut_after = _A_STEP
    while cable.cuts == cuts and time.monotonic() < until:
        time.sleep(0.002)
    cable.cut_after = b""
    return "answers cut off" if cable.cuts > cuts else ""


class _Network:
    """A network with two ends, the far one in a namespace of its own; it needs root, and `ip`."""

    near, far = "169.254.77.1", "169.254.77.2"

    def __init__(self) -> None:
        self._name = f"procflow-{os.getpid()}"
        self.inside = ("ip", "netns", "exec", self._name)
        self._ours, self._theirs = f"pf{os.getpid() % 100000}a", f"pf{os.getpid() % 100000}b"

    def __enter__(self) -> _Network:
        if os.geteuid() != 0:
            raise SystemExit("to part a network needs root: it makes one of its own")
        for words in (
            f"netns add {self._name}", f"link add {self._ours} type veth peer name {self._theirs}",
            f"link set {self._theirs} netns {self._name}", f"addr add {self.near}/30 dev {self._ours}",
            f"link set {self._ours} up",
        ):  # fmt: skip
            _ip(words)
        for words in (
            f"addr add {self.far}/30 dev {self._theirs}",
            f"link set {self._theirs} up",
            "link set lo up",
        ):
            subprocess.run([*self.inside, "ip", *words.split()], check=True, capture_output=True)
        return self

    def part(self) -> None:
        _ip(f"link set {self._ours} down")

    def mend(self) -> None:
        _ip(f"link set {self._ours} up")

    def __exit__(self, *_: object) -> None:
        for words in (f"link del {self._ours}", f"netns del {self._name}"):
            with suppress(subprocess.CalledProcessError):
                _ip(words)


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)


# --- leases


class _Slow(Post):
    """Says that it has begun, and goes on when it may."""

    def __init__(self, path: Path, told: int, gate: Path) -> None:
        super().__init__(path)
        self._told, self._gate = told, gate

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        os.write(self._told, f"began {key}\n".encode())
        while not self._gate.exists():
            time.sleep(0.02)
        return super().deliver(operation, key, wire)


def leases(figure: int, seed: int) -> Count:
    """Half of those who deliver are killed in the middle; the others stopped for three leases, and then go on."""
    dice, count, longest = random.Random(seed), Count(), 0.0
    while count.fired < figure and not count.bad:
        with OwnPostgres() as server:
            place = Path(tempfile.mkdtemp(prefix="faults-"))
            try:
                some = min(10, figure - count.fired)
                longest = max(longest, _sleepers(server.make("desk"), place, some, count, dice))
            finally:
                shutil.rmtree(place, ignore_errors=True)
    count.told = f"taken over {longest:.1f} seconds after the lease at the latest"
    if longest > 5:
        count.wrong("taken over later than five seconds after the lease")
    return count


def _sleepers(url: str, place: Path, some: int, count: Count, dice: random.Random) -> float:
    folder, sent, gate = place / "work", place / "sent", place / "gate"
    made(folder, 0, url)
    (folder / "procedures" / "fan").mkdir()
    (folder / "procedures" / "fan" / "procedure.yaml").write_text(FAN)
    with App(str(folder)) as app:
        assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
        case = app.engine.open("fan", Command("open", "open", "fan", "ann", {})).case_id
        assert app.engine.submit(case, Command("tell", "choice", "tell", "ann")).accepted
        children = [Child(_deliver_one, folder, sent, gate) for _ in range(some)]
        for child in children:  # each claims one, and begins with it
            if not child.says_more(0):
                count.wrong(f"nobody began: {child.lines}")
                return 0.0
        held = {child: child.lines[0].split()[1] for child in children if child.lines[0].startswith("began")}
        asleep: list[Child] = []
        for child in children:
            if dice.random() < 0.5 and len(asleep) < (some + 1) // 2:
                os.kill(child.pid, signal.SIGSTOP)
                asleep.append(child)
            else:
                child.end()
            count.fired += 1
        ends = {
            key: row.lease_until
            for key in held.values()
            if (row := app.store.effect(key)) and row.lease_until
        }
        gate.touch()
        awake = [Child(host_on, folder, sent) for _ in range(2)]
        late = 0.0
        until = time.monotonic() + PATIENCE
        taken: set[str] = set()
        while len(taken) < len(ends) and time.monotonic() < until:
            for key in set(ends) - taken:
                row = app.store.effect(key)
                if row is not None and (row.attempts > 1 or row.state != "waiting"):
                    taken.add(key)
                    late = max(late, (app.world.now() - ends[key]).total_seconds())
            time.sleep(0.05)
        if len(taken) < len(ends):
            count.wrong(f"{len(ends) - len(taken)} items of the dead and the sleeping were never taken over")
        time.sleep(2 * LEASE.total_seconds())  # with the first, three leases asleep
        for child in asleep:
            os.kill(child.pid, signal.SIGCONT)
            if not child.says_more(1):
                count.wrong("a sleeper did not wake")
        for child in (*asleep, *awake):
            child.end()
        answers = Counter(
            entry.key
            for _, step in app.engine.journal(case)
            for entry in step
            if isinstance(entry, EffectAnswered)
        )
        if any(answers[key] != 1 for key in ends):
            count.wrong(
                f"of those taken over {sum(answers[key] != 1 for key in ends)} were not done exactly once"
            )
    return late


def _deliver_one(told: int, folder: Path, sent: Path, gate: Path) -> None:
    outbox.LEASE = LEASE
    app = App(str(folder))
    slow = _Slow(sent, told, gate)
    mine = Outbox(app.engine, lambda: ChannelsOf([slow]), app.evidence, str(os.getpid()))
    mine.deliver_due(app.world.now(), 1)
    os.write(told, b"woke\n")
    time.sleep(PATIENCE)
