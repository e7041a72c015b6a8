"""A worker of the tests with real processes: opens a workspace and takes choices until told enough.

python workers.py FOLDER WHAT ARGUMENTS...
"""

import json
import os
import signal
import sys

from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import ProcflowError


def remarks(app: App, cases: list[str], name: str, count: int) -> dict[str, object]:
    """Take `remark` `count` times in each case, deciding again after a conflict; -> what happened."""
    done, conflicts, others = 0, [], []
    for n in range(count):
        for case in cases:
            for _ in range(200):
                command = Command(f"{name}-{case}-{n}", "choice", "remark", "ann")
                try:
                    answer = app.engine.submit(case, command)
                except ProcflowError as problem:
                    (conflicts if problem.code == "conflict" else others).append(problem.message)
                    continue
                done += answer.accepted
                break
    return {"done": done, "conflicts": conflicts, "others": others}


def opens(app: App, name: str, count: int) -> dict[str, object]:
    numbers, others = [], []
    given = {"kn": "104233", "email": "mette@customer.example"}
    for n in range(count):
        try:
            answer = app.engine.open("cadence", Command(f"{name}-{n}", "open", "cadence", "ann", given))
            numbers.append(answer.number)
        except ProcflowError as problem:
            others.append(f"{problem.code}: {problem.message}")
    return {"numbers": numbers, "others": others}


def endless(app: App, case: str, name: str) -> None:
    """Remarks without an end, each told before and after, so that a kill lands anywhere."""
    n = 0
    while True:
        n += 1
        print(f"try {name}-{n}", flush=True)
        app.engine.submit(case, Command(f"{name}-{n}", "choice", "remark", "ann"))
        print(f"did {name}-{n}", flush=True)


def deliveries(app: App, path: str, die_after: int) -> None:
    """Deliver for ever; what the channel took is written to `path` before it says yes.

    After `die_after` of them the process kills itself between the channel's yes and our record; 0: never.
    """
    from procflow.hosts.outbox import Outbox
    from procflow.hosts.recording import ChannelsOf, RecordingChannel

    class Slow(RecordingChannel):
        def deliver(self, operation, key, wire):
            with open(path, "ab", buffering=0) as file:
                file.write(json.dumps([key, wire.decode()]).encode() + b"\n")
            if len(self.taken) + 1 == die_after:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().deliver(operation, key, wire)

    channel = Slow()
    outbox = Outbox(app.engine, lambda: ChannelsOf([channel]), app.evidence, app.world.new_id())
    while True:
        outbox.deliver_due(app.world.now())
        app.world.sleep(0.01)


def main() -> None:
    folder, what, *rest = sys.argv[1:]
    with App(folder) as app:
        if what == "remarks":
            print(json.dumps(remarks(app, rest[2:], rest[0], int(rest[1]))))
        elif what == "opens":
            print(json.dumps(opens(app, rest[0], int(rest[1]))))
        elif what == "endless":
            endless(app, rest[0], rest[1])
        elif what == "deliveries":
            deliveries(app, rest[0], int(rest[1]))


if __name__ == "__main__":
    main()
