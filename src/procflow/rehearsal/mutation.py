"""How good the rehearsals are: each mutant is rehearsed until a test fails or a promise breaks.

First every test is played as it is, and what it touches is recorded; then each mutant is played by the tests that
touch its place, the fastest first, and by no more than it takes. It must not know how results are shown.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from types import FrameType
from typing import Any

from procflow.builtin.evidence import judge as judge_evidence
from procflow.builtin.world import RealWorld
from procflow.core import journal as j
from procflow.core.organisation import Judge
from procflow.core.procedure import procedure_from_json, procedure_to_json
from procflow.definitions.workspace import Documents
from procflow.errors import BrokenDocument
from procflow.rehearsal.cast import Cast, Known
from procflow.rehearsal.mutant_places import columns_read, lines_of_rows
from procflow.rehearsal.mutant_times import LATER, moved
from procflow.rehearsal.mutants import WORDS, Mutant, Touch, mutants_of, mutants_of_table
from procflow.rehearsal.runner import Played, Scenarios, beside, tests_of
from procflow.rehearsal.stage import Stage
from procflow.rehearsal.survivors import Accepted, Hint, hint_for
from procflow.rehearsal.touched import Recorder

#: A test of a mutant may take so many times what it takes as it is, and at least so many seconds (of the processor).
_SLOWER, _AT_LEAST = 20, 2.0


@dataclass(frozen=True)
class Rehearsed:
    """One test as it is. `seconds` is what it took; `broken` are the promises that it breaks on purpose."""

    path: str
    name: str
    seconds: float
    touched: frozenset[Touch]
    broken: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant. `by` is the test that caught it, `how` in what way: failed, promise, time.

    Of one that survived, `ran` says how many tests touched it and `hint` what would catch it; `reason` is why the
    owners let it be.
    """

    mutant: Mutant
    caught: bool
    by: str = ""
    how: str = ""
    ran: int = 0
    hint: Hint | None = None
    reason: str = ""

    @property
    def accepted(self) -> bool:
        return not self.caught and bool(self.reason)


class OutOfTime(BaseException):
    """A test of a mutant takes too long. No part of procflow may swallow it, so it is no Exception."""


class Mutation:
    """The tests of a workspace, played as they are, and ready to be played with mutants.

    `paths` are the files of scenarios that take part.
    """

    def __init__(
        self,
        documents: Documents,
        paths: Sequence[str],
        *,
        judge: Judge = judge_evidence,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.documents = documents
        self.functions = {**(functions or {}), LATER: moved}
        first = Cast.of(documents)
        # the very procedures that the engine runs are watched and changed: those read from the compiled form
        read = {name: procedure_from_json(procedure_to_json(p)) for name, p in first.procedures.items()}
        self.cast = replace(first, procedures=read, known=Known())
        for name, procedure in read.items():
            self.cast.known.procedures[self.cast.hash_of("procedure", name)] = procedure
        self.files: dict[str, Scenarios] = {}
        for path in paths:
            tree = documents.trees[path]
            file = Scenarios(documents, tree, path, beside(documents, path), judge, self.functions)
            file.cast = file.first_cast(self.cast)
            self.files[path] = file
        self.tests: list[Rehearsed] = []
        self.accepted = Accepted.of({path: documents.trees[path] for path in paths})

    def rehearse(self, told: Callable[[int, int], None] | None = None) -> None:
        """Play every test as it is, and keep what it touches. Raises BrokenDocument where one fails."""
        recorder = Recorder()
        for procedure in self.cast.procedures.values():
            recorder.watch(procedure)
        todo = [
            (path, name, steps)
            for path, file in self.files.items()
            for name, steps in tests_of(file.document)
        ]
        clock = RealWorld().monotonic
        for n, (path, name, steps) in enumerate(todo):
            began = clock()
            played = self.files[path].play(name, steps)
            seconds = clock() - began
            if played.failure or played.stage is None:
                raise BrokenDocument(
                    f"{path}:{played.at[0]}: {name} fails as it is",
                    "run `procflow test` until all tests pass",
                )
            touched = recorder.take(played.stage)
            self.tests.append(Rehearsed(path, name, seconds, touched, broken_on(played.stage)))
            if told is not None:
                told(n + 1, len(todo))
        for procedure in self.cast.procedures.values():
            recorder.leave(procedure)
        self.tests.sort(key=lambda test: test.seconds)

    def mutants(self, names: Sequence[str] = ()) -> list[Mutant]:
        """Every mutant of the procedures and tables named; none named: of all that there are. Of words only those
        that some test listened to when it was rehearsed."""
        wanted = set(names) or {*self.cast.procedures, *self.cast.tables}
        found: list[Mutant] = []
        touched = frozenset().union(*(test.touched for test in self.tests))
        for name in sorted(wanted & {*self.cast.procedures}):
            made = mutants_of(self.cast.procedures[name])
            found += [m for m in made if m.kind != WORDS or not touched.isdisjoint(m.touch)]
        for name in sorted(wanted & {*self.cast.tables}):
            path = self.documents.path_of("tables", name)
            lines = lines_of_rows(self.documents.trees[path])
            read = columns_read(self.cast.procedures.values(), name)
            found += mutants_of_table(self.cast.tables[name], path, lines, read)
        return found

    # one mutant

    def judge(self, mutant: Mutant) -> Verdict:
        """Play the tests that touch the mutant's place until one notices it."""
        cast = self.changed(mutant)
        touching = [test for test in self.tests if not test.touched.isdisjoint(mutant.touch)]
        for test in touching:
            how = self._noticed(cast, mutant, test)
            if how:
                return Verdict(mutant, True, f"{test.path}: {test.name}", how, len(touching))
        reason = self.accepted.reason_of(mutant)
        hint = None if reason else hint_for(self, mutant, touching)
        return Verdict(mutant, False, ran=len(touching), hint=hint, reason=reason)

    def _noticed(self, cast: Callable[[Scenarios], Cast], mutant: Mutant, test: Rehearsed) -> str:
        try:
            with time_limit(max(_AT_LEAST, test.seconds * _SLOWER)):
                played = self.played(cast, test)
        except OutOfTime:
            return "time"
        if played.failure:
            return "failed"
        if played.stage is not None and broken_on(played.stage) - test.broken:
            return "promise"
        return ""

    def played(
        self,
        cast: Callable[[Scenarios], Cast],
        test: Rehearsed,
        stepped: Callable[[int, Stage], None] | None = None,
    ) -> Played:
        """Play a test with what `cast` makes of its documents."""
        file = self.files[test.path]
        changed = replace(file, cast=cast(file))
        return changed.play(test.name, dict(tests_of(file.document))[test.name], stepped)

    def as_it_is(self, file: Scenarios) -> Cast:
        """The documents without any mutant."""
        assert file.cast is not None
        return file.cast

    def changed(self, mutant: Mutant) -> Callable[[Scenarios], Cast]:
        """The documents of a file, with the mutant among them."""
        made = mutant.make()
        kind = "table" if mutant.is_table else "procedure"
        id_ = sha256(f"mutant {mutant.document} {mutant.key}".encode()).hexdigest()
        known = Known(
            dict(self.cast.known.procedures), dict(self.cast.known.organisations),
            dict(self.cast.known.tables), dict(self.cast.known.written),
        )  # fmt: skip
        # nothing reads its bytes: the engine knows it by its hash already
        known.written[id(made)] = (made, (id_, kind, mutant.document, b""))
        (known.tables if mutant.is_table else known.procedures)[id_] = made

        def with_it(file: Scenarios) -> Cast:
            cast = self.as_it_is(file)
            if mutant.is_table:
                return replace(cast, tables={**cast.tables, mutant.document: made}, known=known)
            return replace(cast, procedures={**cast.procedures, mutant.document: made}, known=known)

        return with_it

    # all of them

    def judge_all(self, mutants: Sequence[Mutant], jobs: int = 1) -> Iterator[Verdict]:
        """What becomes of each, in the order given; `jobs` processes share the work."""
        if jobs <= 1 or len(mutants) < 2:
            yield from map(self.judge, mutants)
            return
        place: dict[str, Any] = {"mutation": self, "mutants": list(mutants)}
        _SHARED.append(place)
        try:
            # a copy of this process has everything at hand already, so only numbers and verdicts go to and fro
            with multiprocessing.get_context("fork").Pool(jobs) as pool:
                for n, caught, by, how, ran, hint, reason in pool.imap(_judge_number, range(len(mutants)), 4):
                    yield Verdict(mutants[n], caught, by, how, ran, hint, reason)
        finally:
            _SHARED.remove(place)


_SHARED: list[dict[str, Any]] = []


def _judge_number(n: int) -> tuple[int, bool, str, str, int, Hint | None, str]:
    place = _SHARED[-1]
    v = place["mutation"].judge(place["mutants"][n])
    return n, v.caught, v.by, v.how, v.ran, v.hint, v.reason


def sampled(mutants: Sequence[Mutant], size: int, seed: str) -> list[Mutant]:
    """So many of them, always the same for a seed, in the order given; a mutant that is new moves few others."""
    ranked = sorted(mutants, key=lambda m: sha256(f"{seed} {m.document} {m.key}".encode()).digest())
    chosen = {(m.document, m.key) for m in ranked[:size]}
    return [m for m in mutants if (m.document, m.key) in chosen]


def broken_on(stage: Stage) -> frozenset[tuple[str, str]]:
    """The promises that broke: (procedure, promise). One that refused a step of a host is among what is stuck."""
    found: set[tuple[str, str]] = set()
    for case_id in stage.cases:
        name = stage.load(case_id).row.procedure
        for _, entries in stage.engine.journal(case_id):
            for entry in entries:
                if isinstance(entry, j.PromiseMoved) and entry.state == "broken":
                    found.add((name, entry.name))
    return frozenset(found)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime when the process has worked so long; only work counts, so that a busy machine changes nothing."""

    def over(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
