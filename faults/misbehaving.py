"""Plugins that misbehave in twenty ways (S11), as real processes: each costs its own call no longer than its deadline and a
second, nothing that it started is left, and what another plugin has to deliver meanwhile is delivered.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from faults.counting import Count
from procflow.builtin.world import RealWorld
from procflow.hosts.channel_process import _PR_SET_CHILD_SUBREAPER, _below, _prctl
from procflow.hosts.channels import ChannelHouse
from procflow.plugins import load_plugins

#: Seconds that a delivery may take, how much later it must be over, and how much more a busy machine is given.
DEADLINE, AFTER, BUSY = 0.7, 1.0, 20.0
WAYS = {
    "raises": "raise RuntimeError('broken inside')",
    "raises what nobody catches": "raise KeyboardInterrupt",
    "leaves": "sys.exit(3)",
    "ends at once": "os._exit(7)",
    "segfaults": "os.kill(os.getpid(), 11)",
    "kills its keeper": "os.kill(os.getppid(), 9); time.sleep(600)",
    "works for ever": "\n    while True: pass",
    "sleeps": "time.sleep(600)",
    "ignores signals": "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 13, 15)]; time.sleep(600)",
    "prints without end": "\n    while True: print('x' * 10_000)",
    "prints what looks like an answer": "os.write(1, b'PCF1' * 50_000); time.sleep(600)",
    "forks and sleeps": "os.fork(); time.sleep(600)",
    "forks again and again": "\n    for _ in range(40):\n        if not os.fork(): time.sleep(600)\n    time.sleep(600)",
    "starts what gets away": "subprocess.Popen(['sleep', '600'], start_new_session=True); time.sleep(600)",
    "starts what gets away, and answers": "subprocess.Popen(['sleep', '600'], start_new_session=True)",
    "has threads that hang": "[threading.Thread(target=time.sleep, args=(600,), daemon=False).start() for _ in range(20)]",
    "fills the memory": "hog = [bytearray(1 << 28) for _ in range(40)]; time.sleep(600)",
    "closes everything": "os.closerange(3, 200); time.sleep(600)",
    "opens all files": "\n    kept = []\n    while True: kept.append(open(os.devnull))",
    "answers nonsense": "return {'status': 'done'}",
    "answers what is no status": "return Delivery('perhaps')",
    "answers what JSON has not": "return Delivery('done', {'it': object()})",
    "answers without end": "return Delivery('done', {'it': 'x' * (300 << 20)})",
    "asks itself deeper and deeper": "\n    def deeper(): return deeper()\n    return deeper()",
}
#: The ways after which the call is a success all the same.
ANSWERS = frozenset({"starts what gets away, and answers", "has threads that hang", "prints without end"})
ODD = """
import os, signal, subprocess, sys, threading, time
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery

def misbehave(how):
    WAYS
    return Delivery("done")

class Odd:
    name = "NAME"
    verified = "stand-in"
    operations = {"do": {"type": "object"}}
    def __init__(self, settings): pass
    def prepare(self, operation, key, parameters): return b"x"
    def deliver(self, operation, key, wire): return misbehave(wire)
    def fetch(self, cursor): return [], cursor
    def health(self): return ""

@hookimpl
def register_channels(settings): return [Odd(settings)]
"""


def contained(figure: int, seed: int) -> Count:
    count, slowest, others, done = Count(), 0.0, 0.0, 0
    names = list(WAYS)
    for n in range(figure):
        name = names[n % len(names)]
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)  # what gets away from everybody comes to us, and is seen
        try:
            took, waited, delivered, words = _one(name)
        finally:
            _prctl(_PR_SET_CHILD_SUBREAPER, 0)
        count.fired += 1
        slowest, others, done = max(slowest, took), max(others, waited), done + delivered
        for each in words:
            count.wrong(f"{name}: {each}")
    count.told = (
        f"over after at most {slowest:.1f} s, with a deadline of {DEADLINE:g} s; meanwhile the other delivered {done}, "
        f"the slowest in {others * 1000:.0f} ms"
    )
    return count


def _one(name: str) -> tuple[float, float, int, list[str]]:
    """(how long its call took, the longest that the other plugin took meanwhile, how many it delivered, what is wrong)."""
    root, wrong = Path(tempfile.mkdtemp(prefix="faults-")), list[str]()
    before = set(_below(os.getpid()))
    try:
        for channel, body in (("odd", WAYS[name]), ("well", "pass")):
            text = ODD.replace("WAYS", body).replace("NAME", channel)
            (root / f"{channel}_{root.name.replace('-', '_')}.py").write_text(text)
        settings = {
            each: {"mode": "real", "deadline": 30 if each == "well" else DEADLINE} for each in ("odd", "well")
        }
        plugins = load_plugins([str(root)], settings, shipped=False)
        times: list[float] = []
        with ChannelHouse(plugins, settings, root, RealWorld()) as house:
            house.deliver("well", "do", _key(0), house.prepare("well", "do", _key(0), {}))  # both run already
            wire = house.prepare("odd", "do", _key(1), {})
            over = threading.Event()

            def go_on() -> None:
                n = 1
                while not over.is_set() or n < 3:
                    n += 1
                    begun = time.monotonic()
                    made = house.prepare("well", "do", _key(n), {})
                    if house.deliver("well", "do", _key(n), made).status != "done":
                        wrong.append("the other plugin did not deliver")
                        return
                    times.append(time.monotonic() - begun)
                    time.sleep(0.01)

            other = threading.Thread(target=go_on)
            other.start()
            begun = time.monotonic()
            answer = house.deliver("odd", "do", _key(1), wire)
            took = time.monotonic() - begun
            over.set()
            other.join()
            if answer.status not in (("done", "retry") if name in ANSWERS else ("retry",)):
                wrong.append(f"it was answered {answer.status}: {answer.error}")
            if took > DEADLINE + AFTER + BUSY:
                wrong.append(f"it took {took:.1f} s")
        left = [pid for pid in set(_below(os.getpid())) - before if not _is_over(pid)]
        if left:
            wrong.append(f"{len(left)} of its processes are left")
        return took, max(times, default=0.0), len(times), wrong
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _key(n: int) -> str:
    return f"{'0' * 32}/{n + 1}/1"


def _is_over(pid: int) -> bool:
    """Gone, or dead and not buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
