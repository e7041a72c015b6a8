"""The rules of the procedures, over all cases in the order in which their steps were stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from faults.simulated.looked import Looked
from procflow.core import journal as j
from procflow.core.record import decode
from procflow.stored import ORGANISATION


def _rules(looked: Looked) -> Iterator[str]:
    """Four eyes; one open case of a kind; one at work; each in turn."""
    open_now: dict[str, set[str]] = defaultdict(set)
    kn_of: dict[str, str] = {}
    busy: set[int] = set()
    last: dict[str, str] = {}
    wrote: dict[str, str] = {}
    for case, row, step in looked.in_order():
        for entry in step:
            kind = type(entry)
            if kind is j.TransitionTaken:
                if entry.name in ("write", "no_answer"):
                    wrote[case.id] = entry.by
                elif entry.name in ("close", "decide") and case.procedure in ("pulse", "cadence"):
                    if entry.by == wrote.get(case.id):
                        yield f"case {case.number}: {entry.by} took {entry.name} at step {row.sequence}, and four eyes were wanted"
                elif case.procedure == "limited" and entry.name == "begin":
                    busy.add(case.number)
                    if len(busy) > 1:
                        yield f"cases {sorted(busy)} of limited are at work at once"
                elif case.procedure == "limited" and entry.name == "end":
                    busy.discard(case.number)
            elif kind is j.TaskAllotted and entry.place:
                if entry.last != last.get(entry.place, ""):
                    yield f"case {case.number}: {entry.to} got the turn in {entry.place} after {entry.last}, and the last was {last.get(entry.place)}"
                last[entry.place] = entry.to
            elif kind is j.DataSet and case.procedure == "alone" and "kn" in entry.values:
                kn_of[case.id] = str(entry.values["kn"])
                open_now[kn_of[case.id]].add(case.id)
            elif kind is j.CaseClosed and case.procedure == "alone":
                open_now[kn_of.get(case.id, "")].discard(case.id)
        for kn, cases in open_now.items():
            if len(cases) > 1:
                yield f"{len(cases)} open cases of alone have the number {kn}"
                cases.clear()


def _between(looked: Looked) -> Iterator[str]:
    """What a case asked of others was done, once: each opening has its case, each signal came to all that it was for."""
    ids = {row.command_id for rows in looked.rows.values() for row in rows}
    for case, _, entry in looked.entries(j.EffectRequested):
        effect = looked.store.effect(entry.key)
        if entry.operation == "procedure" or entry.operation.startswith("procedure."):
            opened = f"procedure:{entry.key}" in ids
            if effect is not None and effect.state == "invoked" and not opened:
                yield f"case {case.number}: {entry.key} is said to be opened, and is not"
            if effect is not None and effect.state == "waiting":
                yield f"case {case.number}: {entry.key} was not opened"
    for case, _, entry in looked.entries(j.EventSent):
        for other in entry.cases:
            if f"signal:{entry.key}:{other}" not in ids and not looked.folded[other].is_closed:
                yield f"case {case.number}: its signal {entry.key} never came to case {other}"
    for case, _, entry in looked.entries(j.CaseInvoked):
        there = looked.folded.get(entry.case_id)
        if there is None:
            yield f"case {case.number} waits for a case that is not there"
        elif there.is_closed and looked.folded[case.id].waiting.get(entry.key) is not None:
            yield f"case {case.number} waits for case {entry.number}, which has ended"


def _organisation(looked: Looked) -> Iterator[str]:
    state = decode(looked.store.load(ORGANISATION).snapshot)
    absences = Counter((a[0], str(a[1])) for a in state["absences"])
    yield from (f"the absence {one} stands {n} times" for one, n in absences.items() if n > 1)


RULES = (_rules, _between, _organisation)
