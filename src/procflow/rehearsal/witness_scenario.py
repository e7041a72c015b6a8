"""A witness as a scenario: the steps that break a promise, as few as it takes, and what shows that it broke.

It is written, read back and run like any other scenario before anybody is told. It must not know how the steps were
found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from procflow.core.case import Case
from procflow.core.procedure import Procedure, Promise
from procflow.core.refusals import Refusal
from procflow.core.render import text_in
from procflow.definitions.nodes import YMap
from procflow.definitions.reader import read
from procflow.definitions.writer import yaml_of
from procflow.rehearsal.runner import run_scenarios
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.witness_rest import for_ever, goes_round
from procflow.rehearsal.witness_scene import Scene, Step

if TYPE_CHECKING:
    from procflow.rehearsal.witness import Theatre
    from procflow.rehearsal.witness_search import Goal


class Written(Struct, frozen=True):
    """The steps of the scenario, its document, and the scene at its end."""

    steps: tuple[Step, ...]
    document: str
    scene: Any
    refusal: Any = None  # the refusal that a person, or whoever sent an event or answer, was given
    kind: str = ""  # of the goal: refused, broken, open, round


def written(
    theatre: Theatre, definition: Procedure, goal: Goal, found: Scene, promise: Promise | None
) -> Written | None:
    """The scenario that shows the break, shortened; None where the real engine, run on it, shows something else."""
    kept = 1 if goal.kind == "open" else 0  # the wait that shows that nothing comes any more
    if goal.kind == "round" and found.round is not None:
        kept = len(found.steps) - found.round[0]  # the last time round
    play = _Play(theatre, definition, goal, kept, found.late)
    short = shortened(tuple(found.steps), lambda tried: play.shows(tried) is not None, definition.name, kept)
    shown = play.shows(short)
    if shown is None:
        return None
    scene, refusal = shown
    ending = (*_ending(short, scene, refusal, goal, promise), *_answered_late(scene, found.late))
    title = _title(theatre, goal, promise)
    setting = theatre.setting(definition.name)
    head: dict[str, Any] = {"scenarios": definition.name, "clock": setting.clock}
    if setting.people:
        head["people"] = setting.people
    document = yaml_of({**head, "tests": {title: list(ending)}})
    if not _passes(theatre, definition, document):
        return None
    return Written(ending, document, scene, refusal, goal.kind)


class _Play:
    """Steps played anew, from the beginning."""

    def __init__(
        self, theatre: Theatre, definition: Procedure, goal: Goal, kept: int, late: tuple[Step, ...]
    ) -> None:
        self.theatre, self.definition, self.goal, self.kept, self.late = theatre, definition, goal, kept, late

    def shows(self, steps: Sequence[Step]) -> tuple[Scene, Refusal | None] | None:
        """(the scene after them, the refusal of the last) where they break the promise; None where not."""
        scene, goal = self.theatre.scene(self.definition.name), self.goal
        if not steps:
            return None
        try:
            since = 0
            for n, step in enumerate(steps):
                if n == len(steps) - self.kept:
                    scene.new_rows()
                    since = scene.seen
                refusal = scene.act(step, (*steps[n + 1 :], *self.late))
                if refusal is not None and n + 1 < len(steps):
                    return None
        except Endless:
            return None
        if goal.kind == "refused":
            if isinstance(refusal, Refusal):
                right = refusal.code == "promise" and refusal.facts.get("promise") == goal.promise
                return (scene, refusal) if right else None
            shown = scene.stuck_by(goal.promise) or scene.refused_start(goal.promise)
            return (scene, None) if shown else None
        if refusal is not None or not scene.case_id:
            return None
        if goal.kind == "broken":
            return (scene, None) if scene.promise(goal.promise) == "broken" else None
        if goal.kind == "round":
            return (scene, None) if since and goes_round(scene, goal.promise, since) else None
        return (scene, None) if for_ever(scene, goal.promise) is not None else None


def shortened(
    steps: tuple[Step, ...], shows: Callable[[tuple[Step, ...]], bool], main: str, kept: int = 0
) -> tuple[Step, ...]:
    """Without the steps and values that are not needed to show the same; the last `kept` steps stay.

    `main` is the procedure that steps are about which name no case.
    """
    size = len(steps) - kept
    while size > 0:
        for n in range(len(steps) - kept - size, -1, -1):
            less = (*steps[:n], *steps[n + size :])
            if less and shows(less):
                steps = less
        size = min(size - 1, len(steps) - kept)
    for n in range(len(steps)):
        for smaller in _smaller(steps[n], main):
            tried = (*steps[:n], smaller(steps[n]), *steps[n + 1 :])
            if tried[n] != steps[n] and shows(tried):
                steps = tried
    return steps


def _smaller(step: Step, main: str) -> Iterator[Any]:
    """Changes that leave something out of a step."""
    inner = step.get("open")
    given = (inner if isinstance(inner, Mapping) else step).get("with")
    for name in given if isinstance(given, Mapping) else ():
        yield lambda now, name=name: _without(now, name)
    if isinstance(step.get("receive"), Mapping):
        for name in ("subject", "form", "fields"):
            yield lambda now, name=name: {
                **now, "receive": {k: v for k, v in now["receive"].items() if k != name}
            }  # fmt: skip
    if step.get("case") == main:
        yield lambda now: {k: v for k, v in now.items() if k != "case"}


def _without(step: Step, name: str) -> Step:
    if isinstance(step.get("open"), Mapping):
        return {**step, "open": _without(step["open"], name)}
    given = {key: value for key, value in step.get("with", {}).items() if key != name}
    rest = {key: value for key, value in step.items() if key != "with"}
    return {**rest, "with": given} if given or not rest else rest


def _ending(
    steps: tuple[Step, ...], scene: Scene, refusal: Refusal | None, goal: Goal, promise: Promise | None
) -> tuple[Step, ...]:
    """The steps with what shows the break: the refusal, the stuck item, or how the promise stands."""
    because = _words(scene, promise, goal.promise)
    if refusal is not None:
        return (*steps[:-1], refused(steps[-1], because))
    if goal.kind == "refused" and (asking := scene.refused_start(goal.promise)):
        return (*steps, {"expect": {"case": asking, "log": [because]}})
    if goal.kind == "refused":
        last = steps[-1]
        if {"signal", "deliver", "fail"} & last.keys() and _is_told(scene, last):
            return (*steps[:-1], refused(last, because))
        return (*steps, {"expect": {**_named(scene), "tasks": [{"kind": "stuck", "about": because}]}})
    stands = "broken" if goal.kind == "broken" else "pending"
    shown: dict[str, Any] = {**_named(scene), "promises": {goal.promise: stands}}
    case = scene.case
    if case.is_closed:
        shown["outcome"] = case.outcome
    else:
        shown["state"] = case.active[0] if len(case.active) == 1 else list(case.active)
    return (*steps, {"expect": shown})


def _answered_late(scene: Scene, answers: tuple[Step, ...]) -> Iterator[Step]:
    """The answers that were under way to the end; what was left out of the way asked for the others. A case may refuse one."""
    there = scene.fork()
    late = there.still_asked(answers)
    for n, answer in enumerate(late):
        tried = there.fork()
        try:
            refusal = tried.act(answer, late[n + 1 :])
        except Endless:
            return
        there = there if refusal is not None else tried
        yield answer if refusal is None else {"refused": answer}


def _named(scene: Scene) -> dict[str, Any]:
    return {"case": scene.performance.procedure} if len(scene.stage.cases) > 1 else {}


def _is_told(scene: Scene, last: Step) -> bool:
    """Whether whoever sends it is told the refusal: it is about the very case that refuses."""
    return str(last.get("case", scene.performance.procedure)) == scene.performance.procedure


def refused(step: Step, because: str) -> Step:
    """A step that is tried and refused."""
    outer = {"case": step["case"]} if "case" in step else {}
    return {"refused": {**{k: v for k, v in step.items() if k != "case"}, "because": because}, **outer}


def _words(scene: Scene, promise: Promise | None, name: str) -> str:
    """By what a refusal names the promise: what it says, in English where it does, else its name."""
    if promise is None or promise.says is None:
        return name
    from procflow.core.scope import StepScope

    case = scene.case if scene.case_id else Case()
    said = text_in(promise.says, StepScope(scene.procedure, case, scene.surroundings, scene.now), "en")
    return said.strip() if said and "\n" not in said.strip() else name


def _title(theatre: Theatre, goal: Goal, promise: Promise | None) -> str:
    broken = {
        "open": "is never kept",
        "round": "is never kept while the same is done again and again",
        "broken": "is broken",
        "refused": "would be broken",
    }
    return f"The promise {goal.promise} {broken.get(goal.kind, 'is looked at')}"


def _passes(theatre: Theatre, definition: Procedure, document: str) -> bool:
    """Whether the scenario, read and run like any other, goes as written."""
    tree, problems = read(document, "witness.yaml")
    if not isinstance(tree, YMap) or any(problem.is_error for problem in problems):
        return False
    results = run_scenarios(
        theatre.documents,
        tree,
        "witness.yaml",
        read=theatre.read,
        judge=theatre.judge,
        functions=theatre.functions,
    )
    return bool(results) and all(result.passed for result in results)
