"""Monkeys (R7): random procedures, checked, and people who do at the command line whatever comes to their mind.

No command ends in a traceback or an undocumented way; what is offered is taken and what is not is refused; what was
proved holds; a host that came late has done what one that was there does; the record is whole in the end.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from faults.counting import Count
from faults.monkeys.comparing import late_or_often
from faults.monkeys.desk import Desk
from faults.monkeys.people import People

#: Things done in a workspace, and workspaces between two in which promises are proved first.
_ACTS, _PROVED = 30, 4


def driven(figure: int, seed: int) -> Count:
    """Workspaces until so many commands were asked."""
    count, counts, worlds = Count(), Counter[str](), 0
    seed *= 1000
    while count.fired < figure:
        seed, worlds = seed + 1, worlds + 1
        one(seed, count, counts, acts=min(_ACTS, figure - count.fired))
    told = (
        f"{counts[each]} {each}" for each in ("sound", "taken", "refused", "late", "brought back", "versions")
    )
    count.told = f"{worlds} workspaces, {', '.join(told)}"
    return count


def one(seed: int, count: Count, counts: Counter[str], acts: int = _ACTS) -> None:
    place = Path(tempfile.mkdtemp(prefix="monkey-"))
    try:
        desk = Desk(place / "work", seed, count.wrong)
        if desk.begin():
            proved = _proved(desk) if seed % _PROVED == 0 else {}
            people = People(desk)
            for _ in range(acts):
                people.do_something()
            for procedure, words in people.refused_promises if not desk.counts["versions"] else ():
                if any(promise in words for promise in proved.get(procedure, ())):
                    desk.wrong(f"{procedure}: a promise was proved, and a step would break it: {words}")
            if people.known:
                late_or_often(desk)
            if not desk.ask("audit").get("ok"):
                desk.wrong("the record is not whole")
        count.fired += desk.counts["commands"]
        counts.update(desk.counts)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _proved(desk: Desk) -> dict[str, list[str]]:
    """procedure -> its promises that are proved."""
    told = desk.ask("prove", "--tries", "0", "--budget", "400")
    return {
        each["procedure"]: [f"“{p['promise']}”" for p in each["promises"] if p["verdict"] == "proved"]
        for each in told.get("result", {}).get("procedures", ())
    }
