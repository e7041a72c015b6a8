"""What no owner can want, found without being asked.

Kinds: `dead` (a state, choice or event that never is), `cannot_end` (no end can be reached from here), `loop` (a step
that never comes to rest), `deadline` (one that nothing can meet), `effect_twice` (an outside effect asked for twice on one
way with no choice, message or time between), `gap` and `overlap` (alternatives of which none, or two, can hold), `hang`
(nobody may act, and no time leads on), `lost_message` (a message or event that comes before the case waits for it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.expressions import Call, Expression, Literal, Template, calls, path
from procflow.core.procedure import At, Choice, Deadline, Moment, State, Transition
from procflow.proof.asking import own_guards
from procflow.proof.clocks import length_of
from procflow.proof.ending import may_end, surely_ending
from procflow.proof.exact import is_exact
from procflow.proof.explore import Budget, Outcome, Space, Step, explore
from procflow.proof.hanging import hanging
from procflow.proof.lens import Lens, Plan
from procflow.proof.losing import lost
from procflow.proof.reading import effects_of, keys_of
from procflow.proof.replay import Goal, replayed

#: How often an exploration is begun anew with more kept, to see whether something can be.
_MOST_TIMES = 8


class Finding(Struct, frozen=True):
    """Something that is wrong. `what` names it, `way` leads there; `detail` says more, by kind."""

    kind: str
    what: str
    at: At
    way: tuple[Step, ...] = ()
    detail: str = ""


def findings_of(plan: Plan, budget: Budget, most: int) -> tuple[list[Finding], bool]:
    """What was found, and whether everything could be looked at."""
    look = _Look(plan, budget, most)
    found = look.run()
    if any(f.way and f.way[0].move.name.startswith("by:") for f in found) and plan.sharpen(plan):
        look = _Look(plan, budget, most)
        found = look.run()
    return sorted(dict.fromkeys(found), key=lambda f: (f.at, f.kind, f.what)), look.complete


class _Look:
    def __init__(self, plan: Plan, budget: Budget, most: int) -> None:
        self.plan, self.procedure, self.budget, self.most = plan, plan.procedure, budget, most
        self.complete = True
        self.fails = False
        self._spaces: dict[Any, Space] = {}  # what was looked at whole
        self._lenses: dict[Any, Lens] = {}
        self._invokes = any(
            state.invoke is not None and state.invoke.procedure for state in self.procedure.states
        )

    def run(self) -> list[Finding]:
        space = self._explore(frozenset())
        found = list(self._loops(space))
        if not found:
            self.fails = True  # what is done for the case that it fails is no dead end
            found += self._never(self._explore(frozenset()) if self._invokes else space)
            self.fails = False
        found += self._cannot_end(space)
        found += self._twice(space)
        found += self._lost(space)
        found += self._unmet()
        found += self._alternatives()
        for state, at, specs in hanging(self.plan, lambda: self._explore(frozenset(), self._telling())):
            found.append(Finding("hang", state, at, detail=specs))
        return found

    def _lens(
        self, keys: frozenset[str], clocks: Iterable[str] = (), probe: tuple[str, str] = ("", "")
    ) -> Lens:
        key = (keys, tuple(clocks), probe, self.fails)
        found = self._lenses.get(key)
        if found is None:
            outside = not clocks and probe == ("", "")
            found = self._lenses[key] = Lens(
                self.plan, keys, (), key[1], outside=outside, probe=probe, fails=self.fails
            )
        return found

    def _samples(self, keys: frozenset[str]) -> Lens:
        return Lens(self.plan, keys, samples=True)

    def _explore(
        self,
        keys: frozenset[str],
        clocks: Iterable[str] = (),
        probe: tuple[str, str] = ("", ""),
        until: Callable[[Space], bool] = lambda space: False,
    ) -> Space:
        lens = self._lens(keys, clocks, probe)
        space = self._spaces.get(lens)
        if space is not None:
            return space
        share = Budget(min(self.most, self.budget.left), progress=self.budget.progress)
        space = explore(lens, share, until)
        self.budget.left -= share.states
        self.budget.states += share.states
        self.budget.steps += share.steps
        self.complete = self.complete and space.complete
        if space.whole:
            self._spaces[lens] = space
        return space

    def _telling(self) -> tuple[str, ...]:
        """Deadlines that tell somebody when they are missed."""
        return tuple(
            d.name
            for d in self.procedure.deadlines
            if any(e.operation == "notify" for e in (*d.missed, *d.warn))
        )

    # steps that never come to rest

    def _loops(self, space: Space) -> Iterator[Finding]:
        for number, step, _ in space.circles[:3]:
            way = (*space.way_to(number), step)
            run = replayed(self._lens, way, lambda outcome: outcome.circle, frozenset(), self.budget)
            if run.steps is None:
                run = replayed(
                    self._samples, way, lambda outcome: outcome.circle, self.plan.everything, self.budget
                )
            if run.steps is None or not run.steps[-1].taken:
                continue
            taken = run.steps[-1].taken
            ring = set(taken[len(taken) // 2 :])
            for transition in self.procedure.transitions():
                if transition.id in ring and transition.kind in ("always", "event"):
                    yield Finding("loop", transition.source, transition.at, run.steps)
            return

    # what never is

    def _never(self, space: Space) -> Iterator[Finding]:
        """With nothing kept more can happen than does, so what does not happen here never does."""
        if not space.complete:
            return
        taken = self._surely_taken(space)
        if taken is None:
            return
        entered = {self.procedure.initial, *self.plan.chart.opening(self.procedure.initial)}
        for transition in self.procedure.transitions():
            if transition.id in taken and transition.to is not None:
                target = transition.source if transition.to == "self" else transition.to
                entered |= {s.name for s in self.procedure.states if self._is_with(s.name, target)}
        entered &= space.entered
        for state in self.procedure.states:
            if state.name not in entered and (not state.parent or state.parent in entered):
                yield Finding("dead", state.name, state.at, detail="state")
        for state in self.procedure.states:
            if state.name in entered:
                yield from self._never_in(state, taken)

    def _is_with(self, name: str, target: str) -> bool:
        chart = self.plan.chart
        beside = any(
            chart.state[o].parallel and (name == o or chart.is_inside(name, o)) for o in chart.around[target]
        )
        return name == target or chart.is_inside(name, target) or name in chart.around[target] or beside

    def _never_in(self, state: State, taken: set[str]) -> Iterator[Finding]:
        for choice in state.choices:
            yield from self._never_of(choice.alternatives, taken, choice.at)
        for _, alternatives in state.events:
            yield from self._never_of(alternatives, taken, alternatives[0].at)
        for after in state.after:
            yield from self._never_of(after.alternatives, taken, after.at)
        yield from self._never_of(state.always, taken, state.at)

    def _never_of(self, alternatives: tuple[Transition, ...], taken: set[str], at: At) -> Iterator[Finding]:
        """Of alternatives of which none is ever taken, one finding; else one for each that never is."""
        real = [t for t in alternatives if t.refuse is None]
        settings = any(t.when is not None and _is_setting(t.when) for t in alternatives)
        dead = [t for t in real if t.id not in taken and not settings]
        for transition in dead[:1] if len(dead) == len(real) and dead else dead:
            where = at if len(dead) == len(real) and transition.kind != "always" else transition.at
            yield Finding("dead", transition.name or transition.source, where, detail=transition.kind)

    def _surely_taken(self, space: Space) -> set[str] | None:
        """The transitions that some case takes. None where that cannot be said for all."""
        taken: set[str] = set()
        unsure: list[str] = []
        wider: set[str] = set()
        for id, (number, step, dropped) in sorted(space.taken.items(), key=lambda item: -item[1][0]):
            if id in taken:
                continue
            if not dropped and not space.dropped_on(number):
                for other in space.way_to(number):
                    taken.update(other.taken)
                taken.update(step.taken)
                continue
            run = replayed(self._lens, (*space.way_to(number), step), _takes(id), frozenset(), self.budget)
            if run.steps is None:
                unsure.append(id)
                wider |= run.keys
            for other in run.steps or ():
                taken.update(other.taken)
        for id in self._left_unsure(unsure, frozenset(wider), taken):
            if id not in taken:
                way = self._can(_first_taken(id), _takes(id))
                if way is not None:
                    taken.add(id)
                for other in way or ():
                    taken.update(other.taken)
        return taken

    def _left_unsure(self, ids: list[str], keys: frozenset[str], taken: set[str]) -> list[str]:
        """Look at all of them at once, with everything kept that any asked for; -> those of which that says nothing.

        What is taken is added to `taken`; what cannot be is left out.
        """
        complete = self.complete
        space = self._explore(keys) if len(ids) > 1 and keys else None
        if space is None or not space.whole:
            self.complete = complete  # one by one they take less
            return ids
        left: list[str] = []
        for id in ids:
            found = space.taken.get(id)
            if found is None or id in taken:
                continue
            run = replayed(self._lens, (*space.way_to(found[0]), found[1]), _takes(id), keys, self.budget)
            if run.steps is None:
                left.append(id)
            for step in run.steps or ():
                taken.update(step.taken)
        return left

    def _can(
        self,
        seen: Callable[[Space], Any],
        goal: Goal,
        clocks: Iterable[str] = (),
        probe: tuple[str, str] = ("", ""),
        keys: frozenset[str] = frozenset(),
    ) -> tuple[Step, ...] | None:
        """The way on which something can be; None where it never is. What cannot be said counts as being."""
        for _ in range(_MOST_TIMES):
            space = self._explore(keys, clocks, probe, lambda space: seen(space) is not None)
            found = seen(space)
            if not space.complete and found is None:
                return ()
            if found is None:
                return None
            number, step = found[0], found[1]
            way = (*space.way_to(number), step)
            run = replayed(lambda kept: self._lens(kept, clocks, probe), way, goal, keys, self.budget)
            if run.steps is not None:
                return run.steps
            if not run.surely or not run.keys - keys:
                return ()
            keys |= run.keys
        return ()

    # no end in reach

    def _cannot_end(self, space: Space) -> list[Finding]:
        keys: frozenset[str] = frozenset()
        while space.complete:
            sure = surely_ending(space)
            open_ones = [n for n in range(len(space.states)) if n not in sure]
            if not open_ones:
                return []
            may = may_end(space)
            dropped = frozenset().union(*(edge.dropped for n in open_ones for edge in space.edges[n]))
            dropped |= frozenset().union(*(space.dropped_on(n) for n in open_ones if n not in may))
            new = self.plan.grown(dropped) - keys
            if not new:
                return list(self._ending_nowhere(space, open_ones))
            keys |= new
            space = self._explore(keys)
        return []

    def _ending_nowhere(self, space: Space, open_ones: list[int]) -> Iterator[Finding]:
        may = may_end(space)
        told: set[str] = set()
        for number in open_ones:
            if number in may:
                continue
            state = space.states[number]
            for name in state.active:
                if name in told or self.procedure.state[name].final:
                    continue
                told.add(name)
                way = tuple(space.way_to(number))
                if space.dropped_on(number):
                    run = replayed(self._lens, way, _comes_to(name), frozenset(), self.budget)
                    if run.steps is None:
                        continue
                    way = run.steps
                yield Finding("cannot_end", name, self.procedure.state[name].at, way)

    # effects and deadlines

    def _twice(self, space: Space) -> Iterator[Finding]:
        effects = {effect.operation: effect.at for effect in effects_of(self.procedure)}
        for state in self.procedure.states:
            if state.invoke is not None:
                effects.setdefault(state.invoke.operation, state.invoke.at)
        for (operation, at), (number, step) in space.twice.items():
            way = (*space.way_to(number), step)

            def goal(outcome: Outcome, what: tuple[str, At] = (operation, at)) -> bool:
                return what in outcome.world.twice

            run = replayed(self._lens, way, goal, frozenset(), self.budget)
            if run.steps is not None:
                yield Finding("effect_twice", operation, at, run.steps)

    def _lost(self, space: Space) -> Iterator[Finding]:
        for name, at, way, state in lost(self.plan, space):
            run = replayed(self._lens, way, _comes_to(state), frozenset(), self.budget)
            if run.steps is not None:
                yield Finding("lost_message", name, at, run.steps)

    def _unmet(self) -> Iterator[Finding]:
        minded = {d.name: d for d in self.procedure.deadlines if d.met and d.since is None}

        def all_met(space: Space) -> bool:
            return all((name, "met") in space.met and not space.met[name, "met"][2] for name in minded)

        space = self._explore(frozenset(), minded, until=all_met) if minded else None
        for deadline in self.procedure.deadlines:
            name = deadline.name
            if deadline.met and deadline.since is not None and self._over_before(deadline):
                yield Finding("deadline", name, deadline.at)
            if name not in minded or space is None or not any(clock == name for clock, _ in space.met):
                continue
            first = space.met.get((name, "met"))
            if first is not None and not first[2] and not space.dropped_on(first[0]):
                continue

            def met(outcome: Outcome, name: str = name) -> bool:
                return name in outcome.world.met or outcome.world.clocks.get(name) in ("met", "unset")

            if self._can(_first_met(name), met, (name,)) is None:
                yield Finding("deadline", name, deadline.at)

    def _over_before(self, deadline: Deadline) -> bool:
        """Whether a time that counts from the opening is surely over before the deadline can be met."""
        single = deadline.since.single if isinstance(deadline.since, Template) else None
        if single is None or path(single.node) != "case.opened" or deadline.within is None:
            return False
        own = replace(deadline, since=None, starts=(Moment("opening"),))
        others = tuple(own if other.name == own.name else other for other in self.procedure.deadlines)
        plan = Plan(replace(self.procedure, deadlines=others), self.plan.around)
        length = length_of(deadline.within, plan.around.constants)
        timed = "elapsed" if length is not None and length[0] == "elapsed" else "wall"
        space = explore(Lens(plan, frozenset(), (), (own.name,), timed=timed), Budget(self.most))
        return space.complete and (own.name, "met") not in space.met

    # alternatives

    def _alternatives(self) -> Iterator[Finding]:
        for state in self.procedure.states:
            for choice in state.choices:
                if len([parts for parts in own_guards(choice)[1] if parts]) >= 2:
                    yield from self._gaps_and_overlaps(state, choice)
            for name, alternatives in state.events:
                for n, later in enumerate(alternatives):
                    if any(_both_match(earlier.when, later.when) for earlier in alternatives[:n]):
                        yield Finding("overlap", name, later.at)
                        break

    def _gaps_and_overlaps(self, state: State, choice: Choice) -> Iterator[Finding]:
        guards = [a.when for a in choice.alternatives if a.when is not None]
        _, own = own_guards(choice)
        if not all(is_exact(part, self.plan) for parts in own for part in parts):
            return
        keys = self.plan.grown(frozenset().union(*(keys_of(guard.node) for guard in guards)) - {"~"})
        probe = (state.name, choice.name)
        space = self._explore(keys, (), probe)
        for (kind, _), group in groupby(sorted(space.probed), key=lambda item: item[:2]):
            for what in group:

                def seen(outcome: Outcome, what: tuple[str, str, int] = what) -> bool:
                    return what in outcome.world.probed

                way = self._can(_first_probed(what), seen, (), probe, keys)
                if way:
                    yield Finding(kind, choice.name, choice.alternatives[what[2]].at, way)


def _both_match(one: Expression | None, other: Expression | None) -> bool:
    """Whether one text can match both patterns: one that matches the first, followed by one that matches the second."""
    nodes = [guard.node for guard in (one, other) if guard is not None]
    if len(nodes) < 2 or not all(
        isinstance(node, Call) and node.function in ("matches", "contains") for node in nodes
    ):
        return False
    (text, first), (same, second) = (node.given for node in nodes if isinstance(node, Call))
    if text != same or not isinstance(first, Literal) or not isinstance(second, Literal):
        return False
    return not any(
        sign in str(pattern.value)
        for pattern in (first, second)
        for sign in ("^", "$", "\\A", "\\z", "(?!", "(?<")
    )


def _is_setting(guard: Expression) -> bool:
    """Whether a guard reads a parameter of the organisation, which somebody may set otherwise."""
    return any(function in ("param", "mailbox") for function, _, _ in calls(guard.node))


def _takes(id: str) -> Goal:
    return lambda outcome: outcome.state is not None and id in outcome.world.taken


def _comes_to(name: str) -> Goal:
    return lambda outcome: outcome.state is not None and name in outcome.state.active


def _first_taken(id: str) -> Callable[[Space], Any]:
    return lambda space: space.taken.get(id)


def _first_met(deadline: str) -> Callable[[Space], Any]:
    return lambda space: space.met.get((deadline, "met")) or space.met.get((deadline, "unset"))


def _first_probed(what: tuple[str, str, int]) -> Callable[[Space], Any]:
    return lambda space: space.probed.get(what)
