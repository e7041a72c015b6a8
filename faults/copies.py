"""Copies made under load (R18), half of them killed in the middle: every copy that has its name can be brought back
and is whole, and holds what was acknowledged before it was begun; one that was interrupted never has that name.
"""

from __future__ import annotations

import random
import subprocess
import time

from faults.counting import Count
from faults.house import PROCFLOW, workspace
from faults.kills import Writer
from procflow.app.copies import prove
from procflow.errors import ProcflowError


def under_load(figure: int, seed: int) -> Count:
    dice, count, finished, killed = random.Random(seed), Count(), 0, 0
    with workspace(cases=3) as (folder, cases):
        writers = [Writer(folder, cases, f"w{n}") for n in range(2)]
        for writer in writers:
            writer.at_it()
        takes = 0.3  # seconds that a copy took which nobody killed
        for n in range(figure):
            begun = time.monotonic()
            copy = folder.parent / f"copy-{n}"
            making = subprocess.Popen(
                [PROCFLOW, "backup", str(copy), "--as", "ann"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )  # fmt: skip
            if n % 2:
                time.sleep(takes * dice.uniform(0.3, 0.95))
                making.kill()
                killed += making.wait() == -9
            said = making.communicate()[1].decode()
            takes = takes if n % 2 else time.monotonic() - begun
            count.fired += 1
            if copy.exists():
                finished += 1
                try:
                    for finding in prove(str(copy))[1].findings:
                        count.wrong(f"copy {n}: {finding}")
                except ProcflowError as problem:
                    count.wrong(f"copy {n} cannot be brought back: {problem}")
            elif making.returncode == 0:
                count.wrong(f"copy {n} was acknowledged and is not there")
            if making.returncode > 0:
                count.wrong(f"copy {n} was not made: {said[-200:]}")
        for writer in writers:
            writer.killed()
    count.told = f"{finished} have their name, {killed} were killed in the middle"
    if not killed:
        count.wrong("none was killed in the middle")
    return count
