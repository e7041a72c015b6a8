"""Runs the scenarios of one file: each test on a stage of its own, in the order written.

Nothing is shared between tests but the compiled documents; the clock, the ids and the keys are the same in
every run, so a test that fails fails again.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from procflow.builtin.evidence import judge as judge_evidence
from procflow.builtin.world import RealWorld
from procflow.core import journal as j
from procflow.core.nearest import did_you_mean
from procflow.core.organisation import Judge
from procflow.definitions.nodes import YList, YMap
from procflow.definitions.workspace import Documents
from procflow.records.story import step_in_words
from procflow.rehearsal.cast import Cast
from procflow.rehearsal.entering import Read, instant_of
from procflow.rehearsal.failure import Failed, key_of, place_of
from procflow.rehearsal.stage import Stage
from procflow.rehearsal.steps import Performance
from procflow.rehearsal.taking_part import recurring_in


@dataclass(frozen=True)
class Visited:
    """What a test saw of one procedure.

    States entered, states entered again by the same case, ids of transitions taken, deadlines missed, outcomes
    of cases, codes of what was refused, and operations whose delivery failed for good.
    """

    states: frozenset[str] = frozenset()
    transitions: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()

    def __or__(self, other: Visited) -> Visited:
        return Visited(*(a | b for a, b in zip(_parts(self), _parts(other), strict=True)))


@dataclass(frozen=True)
class TestResult:
    """How one test went. `line` and `column` count from 1 and point at what failed, else at the test's name.

    `duration` is in seconds; `journal` tells every case up to the end or the failure.
    """

    __test__ = False  # pytest: not a class of tests

    name: str
    passed: bool
    path: str
    line: int
    column: int
    failure: str = ""
    journal: tuple[str, ...] = ()
    duration: float = 0.0
    visited: Mapping[str, Visited] = field(default_factory=dict)

    def as_text(self) -> str:
        """The failure with its place, and the journal up to there; one line where the test passed."""
        if self.passed:
            return f"passed: {self.name}"
        lines = [
            f"{self.path}:{self.line}:{self.column}: {self.name}",
            *_indented(self.failure.splitlines(), "  "),
        ]
        if self.journal:
            lines += ["  the journal up to there:", *_indented(self.journal, "    ")]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "passed": self.passed,
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "failure": self.failure,
            "journal": list(self.journal),
            "duration": round(self.duration, 6),
        }


def run_scenarios(
    documents: Documents,
    document: YMap,
    path: str,
    *,
    read: Read | None = None,
    judge: Judge = judge_evidence,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    only: str = "",
) -> list[TestResult]:
    """Run every test of a scenarios file (or those whose name holds `only`), in the order written.

    `path` is the file's, as the documents name it. `read` gives the content of the files that scenarios name;
    unless given they are read from the folder of `path`. A test that cannot begin (a wrong clock, a procedure
    that is not there or does not check) is a failed test.
    """
    reader = read or beside(documents, path)
    scenarios = Scenarios(documents, document, path, reader, judge, functions or {})
    return [
        scenarios.run(name, steps) for name, steps in tests_of(document) if only.casefold() in name.casefold()
    ]


def run_one(
    documents: Documents,
    path: str,
    name: str,
    *,
    judge: Judge = judge_evidence,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> TestResult:
    """Run the one test of that name in the scenarios at `path`. Raises KeyError where there is none."""
    document = documents.trees[path]
    scenarios = Scenarios(documents, document, path, beside(documents, path), judge, functions or {})
    return scenarios.run(name, dict(tests_of(document))[name])


def beside(documents: Documents, path: str) -> Read:
    """Reads files from the folder of the scenarios."""
    place = os.path.join(documents.root, os.path.dirname(path))
    return lambda name: RealWorld().read_file(os.path.join(place, name))


def tests_of(document: YMap) -> Iterator[tuple[str, Any]]:
    """(name, steps) of each test."""
    tests = document.get("tests")
    if isinstance(tests, YMap):
        for name, steps in tests.items():
            yield str(name), steps


#: Called after each step of a test, with its number from 0.
Stepped = Callable[[int, Stage], None]


@dataclass(frozen=True)
class Played:
    """A test that was played to its end or its failure, and the stage as it left it (None: it could not begin)."""

    stage: Stage | None
    at: tuple[int, int]
    failure: str


@dataclass
class Scenarios:
    """The tests of one file. `cast` are the documents that they are played with, the people of the file laid over."""

    documents: Documents
    document: YMap
    path: str
    read: Read
    judge: Judge
    functions: Mapping[str, Callable[..., Any]]
    cast: Cast | None = None

    def run(self, name: str, steps: Any) -> TestResult:
        began = RealWorld().monotonic()
        played = self.play(name, steps)
        stage = played.stage
        told = tuple(journal_in_words(stage)) if stage is not None else ()
        visited = visited_on(stage) if stage is not None else {}
        duration = RealWorld().monotonic() - began
        return TestResult(
            name, not played.failure, self.path, *played.at, played.failure, told, duration, visited
        )

    def play(self, name: str, steps: Any, stepped: Stepped | None = None) -> Played:
        """Play a test, and tell nothing of it yet."""
        stage: Stage | None = None
        at, failure = self._place_of(name), ""
        try:
            stage = self._stage()
            self._play(stage, steps, stepped)
        except Failed as failed:
            at, failure = failed.at, "\n".join(failed.lines())
        except Exception as bug:  # one test that finds a bug of procflow must not hide what the others find
            failure = f"this is a bug in procflow: {type(bug).__name__}: {bug} ({_where(bug)})"
        return Played(stage, at, failure)

    def _place_of(self, name: str) -> tuple[int, int]:
        return key_of(self.document["tests"], name)

    def _stage(self) -> Stage:
        if self.cast is None:
            self.cast = self.first_cast(Cast.of(self.documents))
        if "clock" not in self.document:
            raise Failed(
                "the scenarios need a `clock`", place_of(self.document), "write clock: 2026-05-11 10:05"
            )
        organisation = self.cast.organisation
        clock = instant_of(self.document["clock"], organisation.zone, organisation.calendar.midnight)
        return Stage(self.cast, clock, self.judge, self.functions, recurs_in=self.recurs_in)

    @cached_property
    def recurs_in(self) -> frozenset[str]:
        return recurring_in(self.document, self.documents.procedures)

    def first_cast(self, cast: Cast) -> Cast:
        """The documents of `cast` with the scenarios' people laid over them. Raises Failed."""
        node = self.document.get("scenarios")
        name = str(node or "")
        if name not in cast.procedures:
            if path := self.documents.path_of("procedure", name):
                raise Failed(f"{path} does not check", place_of(node), "run `procflow check`")
            raise Failed(
                f"there is no procedure `{name}`", place_of(node), did_you_mean(name, cast.procedures)
            )
        people = self.document.get("people")
        return cast.laid_over(YMap({"people": people})) if isinstance(people, YMap) else cast

    def steps_of(self, steps: Any) -> list[Any]:
        """What is done in a test: the steps before each test, then its own."""
        before = self.document.get("before")
        return [*(before if isinstance(before, YList) else ()), *(steps if isinstance(steps, YList) else ())]

    def _play(self, stage: Stage, steps: Any, stepped: Stepped | None) -> None:
        todo = self.steps_of(steps)
        performance = Performance(stage, str(self.document["scenarios"]), self.read)
        for n, step in enumerate(todo):
            performance.perform(step, todo[n + 1 :])
            if stepped is not None:
                stepped(n, stage)


def journal_in_words(stage: Stage, language: str = "en") -> list[str]:
    """Every case's journal, in the order of its steps; then what happened beside the cases."""
    organisation = stage.surroundings.organisation
    tz = stage.surroundings.calendar.tz
    lines = []
    names = {case_id: name for name, case_id in stage.names.items()}
    for case_id in stage.cases:
        loaded = stage.load(case_id)
        named = f" “{names[case_id]}”" if case_id in names else ""
        lines.append(
            f"case {loaded.row.number}{named}, {loaded.row.procedure}: {', '.join(loaded.plain.active)}"
        )
        for row, entries in stage.engine.journal(case_id):
            words = step_in_words(entries, stage.procedure_of(case_id), organisation, language)
            at = f"{row.at.astimezone(tz):%Y-%m-%d %H:%M}"
            lines += [f"  {at if n == 0 else ' ' * len(at)}  {text}" for n, text in enumerate(words)]
    return [*lines, *stage.remarks]


def visited_on(stage: Stage) -> dict[str, Visited]:
    """For each procedure, what its cases went through and what was refused on them."""
    found: dict[str, Visited] = {}
    for case_id in stage.cases:
        name = stage.load(case_id).row.procedure
        entries = [entry for _, step in stage.engine.journal(case_id) for entry in step]
        entered = [entry.state for entry in entries if isinstance(entry, j.StateEntered)]
        answers = [entry for entry in entries if isinstance(entry, j.EffectAnswered)]
        seen = Visited(
            states=frozenset(entered),
            again=frozenset(state for state in entered if entered.count(state) > 1),
            transitions=frozenset(entry.id for entry in entries if isinstance(entry, j.TransitionTaken)),
            missed=frozenset(entry.name for entry in entries if isinstance(entry, j.DeadlineMissed)),
            outcomes=frozenset(entry.outcome for entry in entries if isinstance(entry, j.CaseClosed)),
            failed=frozenset(answer.operation for answer in answers if answer.status == "failed"),
        )
        found[name] = found.get(name, Visited()) | seen
    for name, code in stage.refusals:
        found[name] = found.get(name, Visited()) | Visited(refused=frozenset({code}))
    return found


def _parts(visited: Visited) -> tuple[frozenset[str], ...]:
    return tuple(getattr(visited, each.name) for each in fields(visited))


def _where(problem: Exception) -> str:
    """The innermost line of code that raised."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{os.path.basename(last.filename)}:{last.lineno}"


def _indented(lines: Any, by: str) -> list[str]:
    return [f"{by}{line}" for line in lines]
