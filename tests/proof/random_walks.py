"""Walks of chance through the real engine, and whether they stay in what the prover has seen.

A walk takes any choice of any active state with any values, sends signals, and lets time jump to what is due next or
past it. It must not know what the prover says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import timedelta
from itertools import takewhile
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from random_parts import ENTERED as MORE
from random_parts import FILLED_IN, OWN_ENTERED
from random_procedures import ENTERED, SENT

from procflow.core import journal as j
from procflow.core.chart import Chart
from procflow.core.decide import Command
from procflow.core.expressions import calls
from procflow.core.lookups import effects_of
from procflow.core.procedure import Procedure
from procflow.proof.reading import conditions_of, expressions_in, sets_of
from procflow.proof.space import Space
from procflow.proof.state import State
from procflow.rehearsal.bench import Bench
from procflow.rehearsal.stage import Endless

MOST_STEPS = 12
#: Steps of all cases that follow from one: of signals without end the engine makes thousands before it lays them aside.
A_STORM = 200
MOST_CASES = 4  # that are gone on with
MAIL = "mail.send"  # whose deliveries end when a walk says so
PEOPLE = ("ann", "ann", "ann", "bob", "bob", "liz")
VALUES: dict[str, tuple[Any, ...]] = {**ENTERED, **OWN_ENTERED}
VALUES |= {"seen": (["red"], ["green", "blue"]), "told": (["red"], ["red", "green"]), "tries": (0, 1, 3)}
for _brought in MORE.values():
    VALUES |= _brought
_FAR, _A_WHILE = timedelta(days=400), timedelta(days=20)


class Row(Struct, frozen=True):
    """One step of a case as its journal tells it, and where it left the case."""

    kind: str
    name: str
    taken: tuple[str, ...]
    met: frozenset[str]  # deadlines that this step met
    active: tuple[str, ...] | None = None  # None: something more happened before anybody looked
    closed: bool = False


class Walk(Struct):
    """What one walk did. `broken` are promises that the engine refused a step for, or alarmed."""

    procedure: str
    said: list[str]  # what was tried, to read
    rows: list[Row]
    entered: set[str]
    broken: set[str]
    refused: set[str]  # codes
    refused_itself: bool = False  # whether a promise refused what came by itself
    waited_for: frozenset[str] = frozenset()  # promises that nothing keeps any more that happens by itself
    stuck: bool = (
        False  # something that no person waits for was refused; the prover looks no further than that
    )
    storm: bool = False  # signals without end, see `A_STORM`


class Walker:
    """Walks of one procedure from one bench, and of those that it opens; `rng` decides."""

    def __init__(
        self, bench: Bench, procedure: Procedure, rng: Any, others: Mapping[str, Procedure] | None = None
    ) -> None:
        self.bench, self.procedure, self.rng = bench, procedure, rng
        self.others = {name: Walker(bench, other, rng) for name, other in (others or {}).items()}
        self.chart = Chart(procedure)
        raised = set(map(str, _raised(procedure)))
        self.sent = [name for name in SENT if name not in raised]
        self.signals = any(effect.operation == "signal" for effect in effects_of(procedure))
        self.forms = not {"parcels", "tag"}.isdisjoint(procedure.fields)
        self.messages = any(name == "message" for state in procedure.states for name, _ in state.events)
        self.recurs = any(start.kind == "every" for start in procedure.starts)
        asked = [e.node for e in conditions_of(procedure)]
        asked += [e.node for _, spec in sets_of(procedure) for e in expressions_in(spec)]
        functions = {function for node in asked for function, _, _ in calls(node)}
        self.aside = self.signals or "cases" in functions or bool(procedure.one_open_per)
        self.takes = any(state.task is not None and state.task.take for state in procedure.states)
        self.begins = any(start.kind == "message" for start in procedure.starts)
        self.aside = self.aside or self.begins
        self.away = self.takes or not functions.isdisjoint(("absent", "mate"))

    def walks(self) -> list[Walk]:
        """One walk of a case, or of two cases side by side that may signal to each other, and of those that they open."""
        stage = self.bench.stage.fork()
        stage.most = A_STORM
        walk, bench = self._opened(stage)
        on_the_way = [(walk, bench)]
        if self.aside and self.rng.random() < 0.7:
            on_the_way.append(self._opened(stage))
        for _ in range(MOST_STEPS * len(on_the_way)):
            if any(other.storm for other, _ in on_the_way):
                break
            self._opened_by_another(stage, on_the_way)
            walk, bench = self.rng.choice(on_the_way)
            if not bench.case_id or bench.case.outcome or walk.stuck:
                if len(on_the_way) == 1:
                    break
                continue
            with self._in_a_storm(walk):
                self._of(walk)._step(bench, walk)
            self._look_at(on_the_way)
        for walk, bench in on_the_way:
            if not any(other.storm for other, _ in on_the_way):
                with self._in_a_storm(walk):
                    self._of(walk)._rest(walk, bench)
        self._opened_by_another(stage, on_the_way)
        self._look_at(on_the_way)
        return [walk for walk, _ in on_the_way]

    def _of(self, walk: Walk) -> Walker:
        return self.others.get(walk.procedure, self)

    def _look_at(self, on_the_way: list[tuple[Walk, Bench]]) -> None:
        for walk, bench in on_the_way:
            if bench.case_id:
                self._of(walk)._look(bench, walk)

    def _opened_by_another(self, stage: Any, on_the_way: list[tuple[Walk, Bench]]) -> None:
        """Go on with the cases that no person opened, too."""
        known = {bench.case_id for _, bench in on_the_way}
        for case_id in stage.cases:
            if case_id not in known and len(on_the_way) < MOST_CASES:
                bench = copy(self.bench)
                bench.stage, bench.case_id = stage, case_id
                walk = Walk(stage.load(case_id).row.procedure, ["opened by another"], [], set(), set(), set())
                on_the_way.append((walk, bench))
                self._of(walk)._look(bench, walk)

    @contextmanager
    def _in_a_storm(self, walk: Walk) -> Iterator[None]:
        """Notice where cases signal each other without end."""
        try:
            yield
        except Endless:
            walk.storm = True
            walk.said.append("it does not end")

    def _rest(self, walk: Walk, bench: Bench) -> None:
        """Nobody acts any more: what is due comes, and deliveries end, until nothing is left to come."""
        for _ in range(MOST_STEPS):
            if not bench.case_id or bench.case.outcome:
                return
            if bench.stage.waiting(MAIL):
                self._deliver(bench, walk)
            else:
                now = bench.stage.now
                due = next((instant for instant, _ in bench.stage.store.due(now + _FAR, 1)), None)
                if due is None:
                    waits = {n for n, m in bench.case.promises.items() if m.state == "pending"}
                    waits &= {p.name for p in self.procedure.promises if p.kind == "after"}
                    walk.refused_itself = any(
                        item.kind == "stuck" and item.about.value["code"] == "promise"
                        for item in bench.case.items.values()
                    )
                    walk.waited_for = frozenset(waits)
                    walk.said.append(f"nothing is due, and nobody acts: {bench.case.active}")
                    return
                if self.recurs and due > now + _A_WHILE:
                    return  # a case would be opened on every day up to there
                bench.stage.wait_until(max(due, now))
                walk.said.append(f"wait until {bench.local(max(due, now))}")
            self._look(bench, walk)

    def _deliver(self, bench: Bench, walk: Walk) -> None:
        word = self.rng.choice(("deliver", "deliver", "fail"))
        walk.said.append(f"{word} {MAIL}")
        self._answered(walk, bench.deliver(MAIL) if word == "deliver" else bench.fail(MAIL))

    def _opened(self, stage: Any) -> tuple[Walk, Bench]:
        bench = copy(self.bench)
        bench.stage, bench.case_id = stage, ""
        walk = Walk(self.procedure.name, [], [], set(), set(), set())
        with self._in_a_storm(walk):
            if self.recurs and self.rng.random() < 0.5:
                self._by_itself(bench, walk)
            elif self.begins and self.rng.random() < 0.7:
                self._by_message(bench, walk)
            else:
                self._by_somebody(bench, walk)
        if bench.case_id:
            self._look(bench, walk)
        return walk, bench

    def _by_somebody(self, bench: Bench, walk: Walk) -> None:
        asks = [a.name for start in self.procedure.starts[:1] for a in start.asks if not a.optional]
        if not asks and self.rng.random() < 0.3:  # whoever opens the case may give any of its data
            known = [name for name in self.procedure.fields if name in VALUES]
            asks = self.rng.sample(known, self.rng.randint(1, 3))
        given = {name: self.rng.choice(VALUES[name]) for name in asks}
        walk.said.append(f"open {given}")
        answer = bench.try_open("ann", **given)
        self._answered(walk, answer)
        bench.case_id = answer.case_id if answer.accepted else ""

    def _by_itself(self, bench: Bench, walk: Walk) -> None:
        """The next case that time opens."""
        known = set(bench.stage.cases)
        walk.said.append("wait until time opens one")
        bench.stage.wait_until(bench.stage.now + timedelta(days=self.rng.choice((1, 3))))
        bench.case_id = self._fresh(bench, known)

    def _by_message(self, bench: Bench, walk: Walk) -> None:
        """The next case that a message opens, unless it goes to one that is there."""
        known = set(bench.stage.cases)
        text, fields = self._message()
        walk.said.append(f"open by a message: {text} {fields}")
        bench.receive(text, sender="ann@bench.example", fields=fields)
        bench.case_id = self._fresh(bench, known)

    def _fresh(self, bench: Bench, known: set[str]) -> str:
        """The newest case of the procedure that is not known yet: one that was opened may have opened others."""
        stage, name = bench.stage, self.procedure.name
        fresh = [c for c in stage.cases if c not in known and stage.load(c).row.procedure == name]
        return fresh[-1] if fresh else ""

    def _message(self) -> tuple[str, dict[str, str]]:
        text = self.rng.choice(("accepted", "second_check", "no"))
        drawn = {n: self.rng.choice((*each, None)) for n, each in FILLED_IN.items()} if self.forms else {}
        return text, {name: word for name, word in drawn.items() if word is not None}

    def _step(self, bench: Bench, walk: Walk) -> None:
        choices = list(self._choices(bench.case.active))
        kinds = ["choice"] * (6 if choices else 0) + ["due", "due", "wait"] + ["signal"] * bool(self.sent)
        kinds += ["deliver", "deliver"] * bool(bench.stage.waiting(MAIL)) + ["message"] * 2 * self.messages
        kinds += ["away"] * self.away + ["task"] * 2 * self.takes
        kind = self.rng.choice(kinds)
        if kind == "choice":
            word, asks = self.rng.choice(choices)
            given = {
                name: self.rng.choice(VALUES[name])
                for name, optional in asks
                if not optional or self.rng.random() < 0.5
            }
            by = self.rng.choice(PEOPLE)
            walk.said.append(f"{by}: {word} {given}")
            self._answered(walk, bench.try_do(word, by, **given))
        elif kind == "deliver":
            self._deliver(bench, walk)
        elif kind == "message":
            text, fields = self._message()
            walk.said.append(f"a message comes: {text} {fields or ''}")
            to_case = not self.begins or self.rng.random() < 0.5
            answer = bench.receive(text, sender="ann@bench.example", to_case=to_case, fields=fields)
            if answer is not None:
                self._answered(walk, answer)
        elif kind == "away":
            person, days = self.rng.choice(PEOPLE), self.rng.choice((1, 3))
            since, until = bench.stage.now, bench.stage.now + timedelta(days=days)
            walk.said.append(f"{person} is away until {bench.local(until)}")
            bench.absent(person, bench.local(since), bench.local(until))
        elif kind == "task":
            self._with_a_task(bench, walk)
        elif kind == "signal":
            event = self.rng.choice(self.sent)
            walk.said.append(f"signal {event}")
            self._answered(walk, bench.signal(event))
        else:
            now = bench.stage.now
            due = next((instant for instant, _ in bench.stage.store.due(now + _FAR, 1)), None)
            to_due = kind == "due" and due is not None
            until = max(due, now) if to_due else now + timedelta(hours=self.rng.choice((1, 7, 26, 80)))
            walk.said.append(f"wait until {bench.local(until)}")
            bench.stage.wait_until(until)

    def _with_a_task(self, bench: Bench, walk: Walk) -> None:
        """A task is taken, given back, handed over or put aside."""
        by, to = self.rng.choice(PEOPLE), self.rng.choice(PEOPLE)
        word = self.rng.choice(("claim_task", "give_back", "assign", "suspend", "resume"))
        until = bench.local(bench.stage.now + timedelta(hours=30))
        given = {"assign": {"person": to}, "suspend": {"until": until, "reason": "Not today."}}.get(word, {})
        walk.said.append(f"{by}: {word} {given}")
        place = self.rng.choice(bench.case.active)
        command = Command(bench.stage.id(), word, "assign" if word == "assign" else place, by, given)
        self._answered(walk, bench.stage.submit(bench.case_id, command))

    def _choices(self, active: Iterable[str]) -> Iterator[tuple[str, tuple[tuple[str, bool], ...]]]:
        seen = set()
        for leaf in active:
            for name in (leaf, *self.chart.around[leaf]):
                if name not in seen:
                    seen.add(name)
                    for choice in self.procedure.state[name].choices:
                        yield (
                            f"{name}.{choice.name}",
                            tuple([(ask.name, ask.optional) for ask in choice.asks]),
                        )

    def _answered(self, walk: Walk, answer: Any) -> None:
        if answer.refusal is not None:
            walk.refused.add(answer.refusal.code)
            self._refused_for(walk, answer.refusal.code, str(answer.refusal.words("en")))

    def _refused_for(self, walk: Walk, code: str, words: str) -> None:
        walk.refused.add(code)
        if code == "promise":
            told = [p.name for p in self.procedure.promises if f"“{p.name}”" in words]
            assert told, words
            walk.broken.update(told)

    def _look(self, bench: Bench, walk: Walk) -> None:
        """Read what the journal has gained, and what stands with the case."""
        case = bench.case
        steps = list(bench.stage.engine.journal(bench.case_id))
        steps = list(takewhile(lambda step: _row(step[1]).kind != "cancel", steps))
        stuck = next((n for n, (_, entries) in enumerate(steps) if any(map(_is_stuck, entries))), None)
        if stuck is not None:  # it did not happen, so what time brought after it leads elsewhere
            steps = steps[: stuck + 1]
        fresh = [_row(entries) for _, entries in steps[len(walk.rows) :]]
        if fresh and stuck is None and case.outcome != "cancelled":  # whoever asked waits for it no longer
            fresh[-1] = replace(fresh[-1], active=tuple(case.active), closed=bool(case.outcome))
        if fresh:
            walk.said.append(f"    -> {', '.join(case.active)} {case.outcome} {[row.taken for row in fresh]}")
        walk.rows += fresh
        walk.entered |= {e.state for _, entries in steps for e in entries if isinstance(e, j.StateEntered)}
        walk.broken |= {name for name, monitor in case.promises.items() if monitor.state == "broken"}
        for id, item in case.items.items():
            if item.kind == "stuck":
                walk.stuck = True
                about = bench.items[id]
                self._refused_for(walk, str(about["code"]), str(about["words"]))


def _is_stuck(entry: Any) -> bool:
    return isinstance(entry, j.ItemOpened) and entry.kind == "stuck"


def _row(entries: Iterable[Any]) -> Row:
    command = next((e for e in entries if isinstance(e, j.CommandTaken)), None)
    return Row(
        command.kind if command is not None else "open",
        command.name if command is not None else "",
        tuple([e.id for e in entries if isinstance(e, j.TransitionTaken)]),
        frozenset([e.name for e in entries if isinstance(e, j.DeadlineMet)]),
    )


def left_at(space: Space, rows: Iterable[Row]) -> int | None:
    """The first step of a walk that the explored space does not have; None: the walk stays in it.

    The space is followed as a machine that is in many states at once: those that the steps so far may have led to.
    What takes no transition (a clock that is met, a note) need not be a move of the prover's.
    """
    here: set[int] | None = None
    for n, row in enumerate(rows):
        if here is None:
            there = {number for number, (before, _, _) in enumerate(space.ways) if before < 0}
        else:
            there = {e.there for s in here for e in space.edges[s] if e.step.taken == row.taken}
            there |= set() if row.taken else here
        there = _by_itself(space, there)
        if row.active is not None:
            there = {s for s in there if _stands(space.states[s], row)}
        if not there:
            return n
        here = there
    return None


def _by_itself(space: Space, states: set[int]) -> set[int]:
    """With what can be come to without a transition."""
    todo, found = list(states), set(states)
    while todo:
        new = {e.there for e in space.edges[todo.pop()] if not e.step.taken} - found
        found |= new
        todo += new
    return found


def _stands(state: State, row: Row) -> bool:
    return bool(state.closed) if row.closed else not state.closed and state.active == row.active


def _raised(procedure: Procedure) -> Iterator[Any]:
    return (effect.parameters for effect in effects_of(procedure) if effect.operation == "raise")
