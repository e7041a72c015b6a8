"""Whether two ways come to the same: a host that was there each hour and one that came after days; a copy and its origin."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from faults.monkeys.desk import Desk
from procflow.app import App
from procflow.views.journal import journal_view

#: Keys, with the numbers of steps in them: answers of deliveries, which come when they come, count too.
_KEY = re.compile(r"[0-9a-f]{32}(/[0-9]+)*")


def journals(folder: Path) -> dict[int, list[dict[str, Any]]]:
    """Each case's steps, by its number."""
    with App(str(folder)) as app:
        rows = list(app.store.cases())
        return {row.number: journal_view(app, app.engine.load(row.id), "en")["steps"] for row in rows}


def same_journals(desk: Desk, one: Path, other: Path) -> None:
    here, there = journals(one), journals(other)
    for number in sorted(here.keys() | there.keys()):
        if _plain(here.get(number)) != _plain(there.get(number)):
            desk.wrong(f"case {number} reads otherwise in a copy that was brought back")


def late_or_often(desk: Desk) -> None:
    """Stopped, and started again days later, a host takes the same steps at the same instants as one that was there."""
    desk.run()
    desk.run()  # what has come of the deliveries
    hours = desk.dice.choice([30, 72, 216])
    late, often = (desk.copy(desk.folder.parent / name) for name in ("late", "often"))
    late.pass_time(hours)
    left = float(hours)
    while left > 0:
        step = min(left, desk.dice.choice([2.5, 7, 12, 23]))
        often.pass_time(step)
        often.run()
        left -= step
    for each in (late, late, often):
        each.run()
    one, other = (_by_time(journals(each.folder)) for each in (late, often))
    desk.counts["late"] += 1
    for number in sorted(one.keys() | other.keys()):
        if one.get(number) != other.get(number):
            desk.wrong(f"case {number} went otherwise where the host came {hours} hours late: {_first(one.get(number), other.get(number))}")  # fmt: skip


def _by_time(cases: dict[int, list[dict[str, Any]]]) -> dict[int, list[tuple[str, str]]]:
    """The steps with their instants, without those that a delivery's answer made, for it comes when it is delivered; and
    up to the first that got stuck, for that is tried again with whatever comes."""
    found: dict[int, list[tuple[str, str]]] = {}
    for number, steps in cases.items():
        found[number] = []
        for step in steps:
            if step["entries"][0]["kind"] != "answer":
                found[number].append((str(step["at"]), _plain(step["entries"])))
            if any(entry["kind"] == "stuck" for entry in step["entries"]):
                break
    return found


def _plain(of: Any) -> str:
    return _KEY.sub("KEY", json.dumps(of, sort_keys=True, ensure_ascii=False, default=str))


def _first(one: Any, other: Any) -> str:
    for a, b in zip(one or (), other or (), strict=False):
        if a != b:
            return f"{a} and {b}"[:600]
    return f"{len(one or ())} steps and {len(other or ())}"
