"""Workers of the Temporal host are killed, and so is the server, which once loses everything it knew (R15).

Nothing acknowledged is lost, no deadline is taken twice, no effect is lost, and one that goes out twice does so under
its key with its bytes; every history replays by the code of today, and so do the golden ones.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from faults.counting import Count
from faults.house import what_is_wrong
from faults.temporal_worker import QUEUE, Ahead, said
from procflow.app import App
from procflow.app.on_temporal import temporal_host
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered
from procflow.errors import Conflict, ProcflowError, StorageError
from procflow.hosts.contract import ORGANISATION
from procflow.hosts.temporal.flows import CaseFlow, HouseFlow
from procflow.hosts.temporal.front import Front
from procflow.testing.own_postgres import OwnPostgres
from procflow.testing.own_temporal import OwnTemporal

GOLDEN = Path(__file__).parent.parent / "tests" / "temporal" / "histories"
CASES, COPIES = 4, 2
#: Of so many kills one is the server's: where there are few, and where there are many.
ONE_IN = (4, 11)
#: How long nothing may move, in seconds, while something waits.
PATIENCE = 120
LETTERS = """procedure: letters
title: {en: Letters, da: Breve}
owner: lead
starts: [{by: agent}]
data: {rounds: {type: integer, default: 0}}
initial: writing
states:
  writing:
    task: {role: agent}
    after: {20 seconds: {set: {rounds: "${rounds + 1}"}, do: [COPIES], to: writing}}
    choices:
      send: {do: [COPIES]}
      remark: {}
      close: {to: closed}
  closed: {final: true}
""".replace("COPIES", ", ".join('{letter.put: {text: "n%d"}}' % n for n in range(COPIES)))  # noqa: UP031
PLUGIN = '''"""Letters go into a file before it says yes, as into a letterbox; two letters are never made of the same bytes."""
import json
import os

from procflow.hookspecs import hookimpl
from procflow.ports import Delivery


class Letterbox:
    name = "letter"
    verified = "stand-in"
    operations = {"put": {"type": "object", "properties": {"text": {"type": "string"}}}}

    def __init__(self, settings):
        self.file = settings["file"]

    def prepare(self, operation, key, parameters):
        return os.urandom(8).hex().encode()

    def deliver(self, operation, key, wire):
        with open(self.file, "ab", buffering=0) as file:
            file.write(json.dumps([key, wire.decode()]).encode() + b"\\n")
        return Delivery("done")

    def fetch(self, cursor):
        return [], cursor

    def health(self):
        return ""


@hookimpl
def register_channels(settings):
    return [Letterbox(settings["letter"])] if "letter" in settings else []
'''


def killed(figure: int, seed: int) -> Count:
    """One worker over SQLite. The last kill of all is the server's, and it comes back without its data."""
    return _killed(figure, seed, "")


def nodes(figure: int, seed: int) -> Count:
    """Two workers at a time over PostgreSQL. The last kill of all is the database's."""
    with OwnPostgres() as database:
        return _killed(figure, seed, database.make("cases"), database)


def _killed(figure: int, seed: int, url: str, database: OwnPostgres | None = None) -> Count:
    dice, count = random.Random(seed), Count()
    one_in = ONE_IN[figure > 20]
    root = Path(tempfile.mkdtemp(prefix="faults-"))
    server = OwnTemporal(str(root))
    workers: list[_Worker] = []
    try:
        folder, cases = _made(root, url)
        server.start()
        desk = _Desk(folder, server.address, cases)
        workers = [_Worker(folder, server.address) for _ in range(2 if url else 1)]
        servers = 0
        for n in range(figure):
            last = n == figure - 1
            desk.works(workers[-1], dice)
            if last:
                before = asyncio.run(_replayed(server.address, count))
            if last and database is not None:
                database.kill()
                count.fired += 1
                desk.works_alone(dice, 1)  # it is not acknowledged, and nothing breaks
                database.start()
            elif last or n % one_in == one_in - 1:
                count.fired += server.kill()
                servers += 1
                desk.works_alone(dice)  # nobody waits for a server that is away
                if last:
                    for file in root.glob("temporal.db*"):
                        file.unlink()
                server.start()
            else:
                count.fired += workers.pop(dice.randrange(len(workers))).killed()
                desk.later()
                workers.append(_Worker(folder, server.address))
        desk.comes_to_rest(count)
        after = asyncio.run(_replayed(server.address, count, at_rest=True))
        desk.close()
        for worker in workers:
            worker.killed()
        _looked_at(root, folder, desk, figure, count)
        taken = before["workflow_execution_update_completed"]
        if not taken:
            count.wrong("no command went through a mailbox")
        count.told = (
            f"{servers} of them the server's; {desk.told()}, {taken} mailed commands, {before.total()} and"
            f" {after.total()} events of histories replayed"
        )
    finally:
        for worker in workers:
            worker.killed()
        server.kill()
        shutil.rmtree(root, ignore_errors=True)
    return count


def _made(root: Path, url: str) -> tuple[Path, list[str]]:
    folder = root / "work"
    (folder / "procedures" / "letters").mkdir(parents=True)
    (folder / "plugins").mkdir()
    (folder / "plugins" / "letterbox.py").write_text(PLUGIN)
    (folder / "procflow.toml").write_text(
        (f'[store]\nurl = "{url}"\n' if url else 'store = "sqlite:cases.db"\n')
        + f'[channels.letter]\nmode = "real"\nfile = "{root / "sent"}"\n'
    )
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "letters" / "procedure.yaml").write_text(LETTERS)
    with App(str(folder)) as app:
        problems = [found.as_text() for found in app.check().diagnostics if found.is_error]
        assert not problems, problems
        return folder, [
            app.engine.open("letters", Command(f"open-{n}", "open", "letters", "ann", {})).case_id
            for n in range(CASES)
        ]


class _Worker:
    """A process that works for the workflows until it is killed."""

    def __init__(self, folder: Path, address: str) -> None:
        self._sent = folder.parent / "sent"
        self._before = self.sent()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "faults.temporal_worker", str(folder), address],
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parent.parent,
            start_new_session=True,
        )

    def sent(self) -> int:
        return self._sent.stat().st_size if self._sent.exists() else 0

    def at_it(self) -> bool:
        """Whether letters went out since it began."""
        return self.sent() > self._before

    def killed(self) -> bool:
        """Whether it was still at it; its plugins go with it."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait() == -signal.SIGKILL


class _Desk:
    """Who has commands for the cases: into the store, and into the workflows' mailboxes."""

    def __init__(self, folder: Path, address: str, cases: list[str]) -> None:
        self._cases, self.acknowledged = cases, dict[str, str]()
        self._world = Ahead(str(folder))
        self.app = App(str(folder), world=self._world)
        self._host = temporal_host(self.app, said(address))
        self.front = Front(self.app.engine, self._host.loop, self._host.connect())
        self._number = 0
        self.effects = ""

    def later(self) -> None:
        """The leases of the dead are over."""
        self._world.further(60)

    def works(self, worker: _Worker, dice: random.Random) -> None:
        """Commands until the worker has delivered something, and a little longer."""
        until = time.monotonic() + 60
        while time.monotonic() < until and not worker.at_it():
            self._one(dice, mailed=dice.random() < 0.5)
        assert worker.at_it(), "the worker does not deliver"
        for _ in range(dice.randrange(1, 12)):
            self._one(dice, mailed=dice.random() < 0.5)
        time.sleep(dice.uniform(0.0, 0.3))

    def works_alone(self, dice: random.Random, commands: int = 10) -> None:
        for _ in range(commands):
            self._one(dice, mailed=False)

    def _one(self, dice: random.Random, *, mailed: bool) -> None:
        self._number += 1
        case, id = dice.choice(self._cases), f"c-{self._number}"
        command = Command(id, "choice", dice.choice(("send", "remark", "remark")), "ann")
        for _ in range(20):
            try:
                answer = self.front.submit(case, command) if mailed else self.app.engine.submit(case, command)
            except Conflict:
                continue
            except StorageError:
                return
            if answer.accepted:
                self.acknowledged[id] = case
            return

    def comes_to_rest(self, count: Count) -> None:
        """Every case is closed, by its mailbox, and everything that waits goes out."""
        for case in self._cases:
            for _ in range(50):
                try:
                    answer = self.front.submit(case, Command(f"close-{case}", "choice", "close", "ann"))
                except ProcflowError:
                    continue
                if answer.accepted:
                    self.acknowledged[f"close-{case}"] = case
                    break
        left, until = self._waiting(), time.monotonic() + PATIENCE
        while left and time.monotonic() < until:
            time.sleep(0.1)
            before, left = left, self._waiting()
            if left < before:
                # after many kills there is much to do: it may take long, and must not stand still
                until = time.monotonic() + PATIENCE
        for case in self._cases:
            loaded = self.app.engine.load(case).plain
            if loaded.waiting or loaded.closed is None:
                count.wrong(f"case {case} never came to rest: {len(loaded.waiting)} effects wait")

    def _waiting(self) -> int:
        return sum(len(self.app.engine.load(case).plain.waiting) for case in self._cases)

    def told(self) -> str:
        return f"{len(self.acknowledged)} commands acknowledged, {self.effects}"

    def close(self) -> None:
        self._host.close()
        self.app.close()


async def _replayed(address: str, count: Count, *, at_rest: bool = False) -> Counter[str]:
    """Every history of the server, and the golden ones, by the code of today; -> the kinds of their events. `at_rest`:
    the workflows of closed cases have ended."""
    client = await Client.connect(address)
    until = time.monotonic() + 60
    while True:
        runs = [run async for run in client.list_workflows(f"TaskQueue = '{QUEUE}'")]
        going = [run for run in runs if run.close_time is None and not run.id.endswith("house")]
        if (runs and not (at_rest and going)) or time.monotonic() > until:
            break
        await asyncio.sleep(0.2)
    if at_rest and going:
        count.wrong(f"{len(going)} workflows of closed cases did not end")
    told = [await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history() for run in runs]
    replayer = Replayer(workflows=[CaseFlow, HouseFlow])
    golden = [WorkflowHistory.from_json(path.stem, path.read_text()) for path in GOLDEN.glob("*.json")]
    for history in [*told, *golden]:
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if result.replay_failure is not None:
            count.wrong(f"the history of {history.workflow_id} does not replay: {result.replay_failure}")
    return Counter(
        (event.WhichOneof("attributes") or "").removesuffix("_event_attributes")
        for history in told
        for event in history.events
    )


def _looked_at(root: Path, folder: Path, desk: _Desk, kills: int, count: Count) -> None:
    for words in what_is_wrong(folder, desk.acknowledged, whole=True):
        count.wrong(words)
    wires: dict[str, set[str]] = {}
    times: Counter[str] = Counter()
    for line in (root / "sent").read_text().splitlines():
        key, wire = json.loads(line)
        wires.setdefault(key, set()).add(wire)
        times[key] += 1
    effects = twice = 0
    with App(str(folder)) as app:
        for case in app.store.cases(limit=1000):
            answered = Counter(
                entry.key
                for _, step in app.engine.journal(case.id)
                for entry in step
                if isinstance(entry, EffectAnswered)
            )
            for row in app.store.effects(case.id):
                effects += 1
                twice += times[row.key] > 1
                if not times[row.key]:
                    count.wrong(f"{row.key} was lost: it is {row.state}")
                if row.state != "done" or answered[row.key] != 1:
                    count.wrong(f"{row.key} is {row.state}, and was answered {answered[row.key]} times")
                if len(wires.get(row.key, ())) > 1:
                    count.wrong(f"{row.key} went out with other bytes the second time")
    if twice > kills:
        count.wrong(f"{twice} went out twice, which is more than one for each kill")
    if not effects:
        count.wrong("nothing went out at all")
    desk.effects = f"{effects} effects, {twice} of them twice"
