"""A worker of the tests with real processes: opens a workspace and takes choices until told enough.

python workers.py FOLDER WHAT ARGUMENTS...
"""

import json
import os
import signal
import sys

from procflow.app import App
from procflow.core.decide import Command
from procflow.core.journal import CaseInvoked
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


def crossing(app: App, die_at: int, when: str) -> None:
    """One story between cases, told by commands with ids of their own, so that it can be told again from anywhere.

    The process kills itself right `before` or `after` the store has taken its `die_at`th step (0: never); at the end
    it prints how many steps there were.
    """
    engine, host, real, taken = app.engine, app.host(), app.store.append, 0

    def append(step):
        nonlocal taken
        taken += 1
        if taken == die_at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(step)
        if taken == die_at and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    app.store.append = append
    app.one_clock(mark=True)

    def choose(case, name, id):
        engine.submit(case, Command(id, "choice", name, "ann"))
        host.until_idle()

    def invoked(case):
        return [e.case_id for _, step in engine.journal(case) for e in step if isinstance(e, CaseInvoked)]

    asking = engine.open("asking", Command("asking", "open", "asking", "ann")).case_id
    choose(asking, "ask", "ask-1")
    choose(asking, "leave", "leave-1")
    choose(asking, "ask", "ask-2")
    choose(invoked(asking)[-1], "close", "close-2")
    choose(asking, "tell", "tell-1")  # opens a case, which the next one reaches and closes
    choose(asking, "tell", "tell-2")
    choose(asking, "stop", "stop-1")
    print(json.dumps({"taken": taken}))


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
        elif what == "crossing":
            crossing(app, int(rest[0]), rest[1])


if __name__ == "__main__":
    main()
