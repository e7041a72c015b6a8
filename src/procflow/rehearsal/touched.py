"""What a test touches of the procedures: states, transitions, clocks, and what each guard answered.

A fault in a place that no test touches is found by none; so each test has to be run only for the faults in places
that it touches. It must not know what the faults are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.chart import Last
from procflow.core.expression_run import compiled
from procflow.core.expressions import Expression, calls
from procflow.core.kernel import Kernel, Move, keep_kernel
from procflow.core.procedure import Procedure, Transition
from procflow.rehearsal.expressions_of import expressions_of
from procflow.rehearsal.mutants import Touch, place_of
from procflow.rehearsal.stage import Stage


class _Noting(Kernel):
    """A kernel that notes what it is asked to take, leave and enter, also in steps that are refused in the end."""

    def __init__(self, procedure: Procedure, seen: set[Touch]) -> None:
        super().__init__(procedure)
        self._seen = seen

    def move(self, transition: Transition, case: Any) -> Move:
        found = super().move(transition, case)
        self._seen.add((self.procedure.name, "taken", transition.id))
        self._seen.update([(self.procedure.name, "left", state) for state in found.left])
        return found

    def entered(self, taken: list[Transition], last: Last, moves: list[Move]) -> tuple[str, ...]:
        found = super().entered(taken, last, moves)
        self._seen.update([(self.procedure.name, "entered", state) for state in found])
        return found


class Recorder:
    """Keeps what the expressions of the watched procedures were asked since the last `take`."""

    def __init__(self) -> None:
        self._seen: set[Touch] = set()
        self._watched: set[int] = set()

    def watch(self, procedure: Procedure) -> None:
        """Note every move and every evaluation of an expression of this very procedure from now on."""
        if id(procedure) in self._watched:
            return
        self._watched.add(id(procedure))
        keep_kernel(procedure, _Noting(procedure, self._seen))
        for expression in expressions_of(procedure):
            expression.keep(self._noting(procedure.name, expression))

    def leave(self, procedure: Procedure) -> None:
        """Watch it no longer."""
        self._watched.discard(id(procedure))
        keep_kernel(procedure, None)
        for expression in expressions_of(procedure):
            expression.keep(None)

    def _noting(self, name: str, expression: Expression) -> Callable[[Any], Any]:
        run = compiled(expression.node)
        seen, place = self._seen, place_of(expression)
        asked: Touch = (name, "asked", place)
        no: Touch = (name, "no", place)
        looked = _looked_up(name, expression)

        def noting(frame: Any) -> Any:
            seen.add(asked)
            seen.update(looked)
            value = run(frame)
            if value is not True:
                seen.add(no)
            return value

        return noting

    def take(self, stage: Stage) -> frozenset[Touch]:
        """What was touched since the last time: what was asked, what the journals of the stage tell, and the words
        that the scenario listened to."""
        heard = {(procedure, "said", state) for procedure, state in stage.heard}
        found = frozenset(self._seen | set(_in_journals(stage)) | heard)
        self._seen.clear()
        return found


def _looked_up(name: str, expression: Expression) -> tuple[Touch, ...]:
    """The tables that an expression looks something up in."""
    found: list[Touch] = []
    for function, first, _ in calls(expression.node):
        if function == "decide":
            found.append((name, "decided", str(first)))
        elif function == "table":
            found.append((str(first), "looked", ""))
    return tuple(found)


#: Kind of entry -> what it tells was touched, and where in it the name stands.
_TELLS: Mapping[type, tuple[str, str]] = {
    j.TransitionTaken: ("taken", "id"),
    j.StateEntered: ("entered", "state"),
    j.StateLeft: ("left", "state"),
    j.DeadlineStarted: ("clock", "name"),
    j.DeadlineWarned: ("warn", "name"),
    j.DeadlineMissed: ("missed", "name"),
    j.TimerArmed: ("timer", "id"),
}


def _in_journals(stage: Stage) -> Iterator[Touch]:
    for case_id in stage.cases:
        name = stage.load(case_id).row.procedure
        for _, entries in stage.engine.journal(case_id):
            for entry in entries:
                told = _TELLS.get(type(entry))
                if told is not None:
                    yield (name, told[0], getattr(entry, told[1]))
