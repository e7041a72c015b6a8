"""Mutants that no test caught: what would catch each, and those that the owners let be, with a reason.

A reason stands under `survivors` in the scenarios of the procedure, where it is reviewed with the file. It must not
know how mutants are made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from procflow.core import journal as j
from procflow.core.calendar import Due
from procflow.core.chart import Chart
from procflow.core.procedure import Procedure
from procflow.definitions.nodes import YMap
from procflow.rehearsal.cast import Cast
from procflow.rehearsal.failure import key_of, place_of
from procflow.rehearsal.mutants import Mutant
from procflow.rehearsal.runner import tests_of
from procflow.rehearsal.stage import Stage

if TYPE_CHECKING:
    from procflow.rehearsal.mutation import Mutation, Rehearsed


@dataclass(frozen=True)
class Hint:
    """What would catch a survivor: `words`, and the scenario to begin with, where it stands."""

    words: str
    path: str = ""
    line: int = 0
    test: str = ""

    def as_text(self) -> str:
        return f"{self.words} ({self.path}:{self.line}: {self.test})" if self.test else self.words


@dataclass(frozen=True)
class Listed:
    """A survivor that the owners let be: the key of a mutant (`*` in it stands for anything), and why."""

    key: str
    reason: str
    procedure: str
    path: str
    at: tuple[int, int]

    @property
    def document(self) -> str:
        """The procedure, or for `table NAME …` the table, whose mutant it is."""
        words = self.key.split()
        return words[1] if words[0] == "table" and len(words) > 1 else self.procedure

    def is_about(self, mutant: Mutant) -> bool:
        if mutant.document != self.document:
            return False
        return re.fullmatch(".*".join(map(re.escape, self.key.split("*"))), mutant.key) is not None


@dataclass(frozen=True)
class Accepted:
    """All that are listed in the scenario files."""

    listed: tuple[Listed, ...] = field(default=())

    @classmethod
    def of(cls, trees: Mapping[str, YMap]) -> Accepted:
        found = []
        for path, tree in trees.items():
            node = tree.get("survivors")
            for key, reason in node.items() if isinstance(node, YMap) else ():
                found.append(Listed(str(key), str(reason), str(tree["scenarios"]), path, key_of(node, key)))
        return cls(tuple(found))

    def reason_of(self, mutant: Mutant) -> str:
        """Why the owners let it be; "" where they say nothing."""
        return next((item.reason for item in self.listed if item.is_about(mutant)), "")

    def idle(self, mutants: Iterable[Mutant], survived: Iterable[Mutant]) -> list[tuple[Listed, str]]:
        """What is listed for nothing: a mutant that there is not, or that a test catches."""
        known, alive = list(mutants), list(survived)
        documents = {mutant.document for mutant in known}
        found = []
        for item in self.listed:
            if item.document not in documents:
                continue
            about = [mutant for mutant in known if item.is_about(mutant)]
            if not about:
                found.append((item, "there is no such mutant"))
            elif not any(item.is_about(mutant) for mutant in alive):
                found.append((item, "a scenario catches it"))
        return found


# what would catch it


def hint_for(mutation: Mutation, mutant: Mutant, touching: Sequence[Rehearsed]) -> Hint:
    """The scenario that would catch a survivor: the step of one that is there, and what to expect of it."""
    if not touching:
        return _nearest(mutation, mutant)
    for test in touching:
        found = _first_difference(mutation, mutant, test)
        if found is not None:
            return found
    first = touching[0]
    return Hint(
        f"what it does is the same in the scenarios that come here; it takes {mutant.finding}",
        first.path, _line_of(mutation, first), first.name,
    )  # fmt: skip


def _nearest(mutation: Mutation, mutant: Mutant) -> Hint:
    """No test touches the place: the one that comes nearest to it."""
    for near in mutant.near:
        for test in mutation.tests:
            if near in test.touched:
                words = (
                    f"no scenario does; it takes {mutant.finding}; the nearest comes to {near[2] or near[0]}"
                )
                return Hint(words, test.path, _line_of(mutation, test), test.name)
    return Hint(f"no scenario comes near; it takes {mutant.finding}")


def _line_of(mutation: Mutation, test: Rehearsed) -> int:
    return key_of(mutation.files[test.path].document["tests"], test.name)[0]


def _first_difference(mutation: Mutation, mutant: Mutant, test: Rehearsed) -> Hint | None:
    """The first step after which a scenario can see a difference, and what to expect there; else the first after
    which only the journal differs."""
    right = _lived(mutation, mutation.as_it_is, test)
    wrong = _lived(mutation, mutation.changed(mutant), test)
    file = mutation.files[test.path]
    steps = file.steps_of(dict(tests_of(file.document))[test.name])
    only_journal: Hint | None = None
    for step, mine, its in zip(steps, right, wrong, strict=False):
        if mine == its:
            continue
        for expected in _expected(mine, its, mutation.cast):
            hint = Hint(f"after this step, {expected}", test.path, place_of(step)[0], test.name)
            if "{log:" not in expected:
                return hint
            only_journal = only_journal or hint
    return only_journal


@dataclass(frozen=True)
class Lived:
    """A case after a step: its procedure, where it stands, and its journal."""

    procedure: str
    active: tuple[str, ...]
    entries: tuple[Any, ...]


def _lived(mutation: Mutation, cast: Any, test: Rehearsed) -> list[tuple[Lived, ...]]:
    """The cases after each step of a test."""
    found: list[tuple[Lived, ...]] = []

    def after(n: int, stage: Stage) -> None:
        found.append(tuple(_life(stage, case) for case in stage.cases))

    mutation.played(cast, test, after)
    return found


def _life(stage: Stage, case: str) -> Lived:
    """A case without the entry of its opening, which holds the hash of its procedure."""
    loaded = stage.load(case)
    entries = (entry for _, step in stage.engine.journal(case) for entry in step)
    kept = tuple(entry for entry in entries if not isinstance(entry, j.CaseOpened))
    return Lived(loaded.row.procedure, loaded.plain.active, kept)


_NOWHERE = Lived("", (), ())


def _expected(right: Sequence[Lived], wrong: Sequence[Lived], cast: Cast) -> Iterator[str]:
    """What a scenario would expect to tell the right cases from the wrong ones; the plainest first."""
    zone = cast.organisation.calendar.tz
    for n in range(max(len(right), len(wrong))):
        mine = right[n] if n < len(right) else _NOWHERE
        its = wrong[n] if n < len(wrong) else _NOWHERE
        if mine == its or not mine.procedure:
            continue
        case = f", case: {mine.procedure}" if n else ""
        if mine.active != its.active:
            states = mine.active[0] if len(mine.active) == 1 else f"[{', '.join(mine.active)}]"
            yield f"`expect: {{state: {states}{case}}}`"
        missing = Counter(map(repr, mine.entries)) - Counter(map(repr, its.entries))
        extra = Counter(map(repr, its.entries)) - Counter(map(repr, mine.entries))
        now: datetime | None = None
        for entry in mine.entries:
            if isinstance(entry, j.CommandTaken):
                now = entry.at
            if missing[repr(entry)] > 0 and (words := _there(entry, zone)):
                yield f"`expect: {{{words}{case}}}`"
            elif missing[repr(entry)] > 0 and isinstance(entry, j.TimerArmed):
                if now is not None and Due.instant(entry.due) <= now:
                    continue  # it came at once: what it did is looked at by itself
                then = _by_time(entry, cast.procedures[mine.procedure])
                whose = f" of {mine.procedure}" if n else ""
                yield f"`wait: until {_local(entry.due, zone)}`, and `expect`{whose} {then}"
        for entry in its.entries:
            if extra[repr(entry)] > 0 and (words := _not_there(entry, mine)):
                yield f"`expect: {{{words}{case}}}`"
        for entry in mine.entries:
            if missing[repr(entry)] > 0 and isinstance(entry, j.TransitionTaken):
                yield f"`expect: {{log: [{{kind: TransitionTaken, id: {entry.id}}}]{case}}}`"


def _by_time(entry: j.TimerArmed, procedure: Procedure) -> str:
    """What is to be seen once the time of a timer has come."""
    after = next(item for item in procedure.state[entry.state].after if item.id == entry.id)
    around = Chart(procedure).around
    if all(
        move.to not in (None, "self", entry.state) and entry.state not in around[move.to]
        for move in after.alternatives
    ):
        return f"that it is in {entry.state} no longer"
    return f"what happens then (line {after.at[0]})"


def _there(entry: Any, zone: Any) -> str:
    """What to expect for a fact that the mutant takes away; "" for one that no scenario sees."""
    match entry:
        case j.EffectRequested(operation=operation) if operation not in ("answer", "cancel"):
            return f"sent: [{{{operation}: …}}]"
        case j.NoteWritten():
            return "notes: […]"
        case j.PeopleNotified():
            who = f"role: {entry.roles[0]}" if entry.roles else f"person: {', '.join(entry.people)}"
            return f"sent: [{{notify: {{{who}}}}}]"
        case j.DeadlineStarted() | j.DeadlineResumed():
            return f"due: {{{entry.name}: {_local(entry.due, zone)}}}" if entry.due else ""
        case j.DataSet():
            return (
                f"data: {{{', '.join(f'{name}: {_plain(value)}' for name, value in entry.values.items())}}}"
            )
        case j.TaskOpened():
            return "tasks: […]"
        case j.DeadlineMissed():
            return f"missed: [{entry.name}]"
        case j.CaseClosed():
            return f"outcome: {entry.outcome}"
    return ""


def _not_there(entry: Any, mine: Lived) -> str:
    """What to expect so that a fact may not be there that the mutant adds."""
    match entry:
        case j.EffectRequested(operation=operation) if operation not in ("answer", "cancel"):
            asked = [e for e in mine.entries if isinstance(e, j.EffectRequested) and e.operation == operation]
            return f"count: {{{operation}: {len(asked)}}}"
        case j.PeopleNotified():
            told = sum(isinstance(e, j.PeopleNotified) for e in mine.entries)
            return f"count: {{notify: {told}}}"
        case j.NoteWritten() if not any(isinstance(e, j.NoteWritten) for e in mine.entries):
            return "notes: []"
        case j.DeadlineStarted() if not any(getattr(e, "name", "") == entry.name for e in mine.entries):
            return f"due: {{{entry.name}: null}}"
        case j.DeadlineMissed():
            return "missed: […]"
    return ""


def _plain(value: Any) -> str:
    value = getattr(value, "value", value)
    return "…" if isinstance(value, Mapping | tuple | bytes) or len(str(value)) > 40 else str(value)


def _local(due: Mapping[str, Any], zone: Any) -> str:
    return f"{datetime.fromisoformat(due['at']).astimezone(zone):%Y-%m-%d %H:%M}"
