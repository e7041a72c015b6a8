"""Where a case can go: which states are reached, and by what kinds of steps.

It reads the graph only; no guard is judged, except that what stands behind an alternative without a guard is never
taken. It must not know values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from msgspec.structs import replace

from procflow.core.chart import Chart
from procflow.core.decide import with_note
from procflow.core.nearest import mistyped, nearest
from procflow.core.procedure import Ask, Choice, Deadline, Effect, Moment, Procedure, State, Transition
from procflow.definitions.checks.going_back import left_in

PERSON, MESSAGE, EVENT, DONE, FAILED, TIME, OPENING = (
    "person", "message", "event", "done", "failed", "time", "opening",
)  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """What a step begins with: `asks` of a person's step, the `state` that it begins in, the `name` of what begins it."""

    kind: str
    asks: tuple[Ask, ...] = field(default=(), compare=False)
    state: str = ""
    name: str = ""


Origins = frozenset[Origin]


@dataclass(frozen=True)
class Group:
    """Alternatives that are tried in order: those of one choice, event, time, or `always`."""

    state: State
    kind: str
    name: str
    alternatives: tuple[Transition, ...]
    choice: Choice | None = None

    @cached_property
    def taken(self) -> tuple[Transition, ...]:
        """Those that can be taken at all: up to the first without a guard."""
        for n, alternative in enumerate(self.alternatives):
            if alternative.when is None:
                return self.alternatives[: n + 1]
        return self.alternatives


def groups_of(state: State) -> Iterator[Group]:
    """Every group of alternatives of a state, in document order."""
    for choice in state.choices:
        yield Group(state, "choice", choice.name, choice.alternatives, choice)
    for name, alternatives in state.events:
        yield Group(state, "event", name, alternatives)
    for after in state.after:
        yield Group(state, "after", str(after.id), after.alternatives)
    if state.always:
        yield Group(state, "always", "", state.always)


class Flow:
    """The graph of one procedure. `started` says that a known procedure opens it."""

    def __init__(self, procedure: Procedure, started: bool = False) -> None:
        self.procedure = procedure
        self.started = started
        self.chart = _chart_of(procedure)
        self.groups: Mapping[str, tuple[Group, ...]] = {
            state.name: tuple(groups_of(state)) for state in procedure.states
        }

    def target(self, transition: Transition) -> str | None:
        """Where a transition leads; None where it stays, or leads nowhere that there is."""
        if transition.to is None:
            return None
        return transition.source if transition.to == "self" else self.meant(transition.to)

    def meant(self, name: str) -> str | None:
        """The state of that name, or the one that a misspelt name surely means.

        A wrong name is told where it stands; that nothing leads to the right one any more would be told in vain.
        """
        return name if name in self.procedure.state else nearest(name, self.procedure.state)

    @cached_property
    def initial(self) -> str:
        return self.meant(self.procedure.initial) or ""

    @cached_property
    def opening(self) -> tuple[str, ...]:
        """The states in which a case begins."""
        return tuple(self.chart.opening(self.initial)) if self.initial else ()

    @cached_property
    def is_whole(self) -> bool:
        """Whether it is known of every transition where it leads, and of every state where it begins."""
        return (
            bool(self.initial)
            and all(t.to is None or self.target(t) is not None for t in self.procedure.transitions())
            and all(begins_inside(self.chart, state) for state in self.procedure.states)
        )

    def enters(self, transition: Transition) -> tuple[str, ...]:
        """The states that a transition enters, outer to inner; where it goes back, as if for the first time."""
        key = transition.id
        if key not in self._enters:
            to = self.target(transition)
            # a way back into a state with nothing inside is told elsewhere
            back = transition.back and bool(to and self.chart.inside[to])
            led = () if to is None else tuple(self.chart.entered([replace(transition, to=to, back=back)], {}))
            self._enters[key] = led
        return self._enters[key]

    def may_enter(self, transition: Transition) -> tuple[str, ...]:
        """The states that it may enter: where it goes back, whatever it can have been left in."""
        to = self.target(transition)
        if to is None or not transition.back:
            return self.enters(transition)
        if to not in self._left_in:
            self._left_in[to] = left_in(self, to)
        return tuple(dict.fromkeys((*self.enters(transition), *self._left_in[to])))

    def leaves(self, transition: Transition, state: str) -> bool:
        """Whether a transition, when it is taken while a state is active, leaves it."""
        to = self.target(transition)
        if to is None:
            return False
        if transition.id not in self._domains:
            self._domains[transition.id] = self.chart.domain(replace(transition, to=to), {})
        return self.chart.is_inside(state, self._domains[transition.id])

    @cached_property
    def _enters(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _left_in(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _domains(self) -> dict[str, str]:
        return {}

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """For each state those that can be active together with it, itself included: around, inside, and in
        other regions."""
        chart = self.chart
        if chart.is_flat:
            return {name: (name,) for name in self.procedure.state}
        found: dict[str, tuple[str, ...]] = {}
        for one in self.procedure.state:
            found[one] = tuple([two for two in self.procedure.state if self._together(one, two)])
        return found

    def _together(self, one: str, two: str) -> bool:
        chart = self.chart
        if one == two or one in chart.around[two] or two in chart.around[one]:
            return True
        common = next((outer for outer in chart.around[one] if outer in chart.around[two]), "")
        return bool(common) and self.procedure.state[common].parallel

    @cached_property
    def following(self) -> Mapping[str, tuple[str, ...]]:
        """The states that can follow each state directly, when it is left."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self.groups:
            led: dict[str, None] = {}
            for other in self.beside[name]:
                for group in self.groups[other]:
                    if self.comes(group):
                        for t in group.taken:
                            if self.leaves(t, name):
                                led.update(dict.fromkeys(self.may_enter(t)))
            found[name] = tuple(led)
        return found

    # what is reached

    @cached_property
    def reached(self) -> frozenset[str]:
        return self._reached_and_done[0]

    @cached_property
    def done(self) -> frozenset[str]:
        """The states with others inside, of which some end: those that can be done."""
        return self._reached_and_done[1]

    def comes(self, group: Group) -> bool:
        """Whether what a group waits for can happen; only of `done` that may be known.

        The `done` of a state that a case comes to and that never ends is told where it stands (PF403); that nothing
        comes after it would be told in vain.
        """
        return not _awaits_end(group) or group.state.name in self.done or group.state.name in self.reached

    @cached_property
    def _reached_and_done(self) -> tuple[frozenset[str], frozenset[str]]:
        reached: set[str] = set()
        done: set[str] = set()
        waiting = list(self.opening)
        while waiting:
            while waiting:
                name = waiting.pop()
                if name in reached:
                    continue
                reached.add(name)
                for group in self.groups[name]:
                    if not _awaits_end(group):
                        waiting += [entered for t in group.taken for entered in self.enters(t)]
            for name in reached - done:
                if self.chart.inside[name] and self.chart.is_done(name, reached.__contains__):
                    done.add(name)
                    for group in self.groups[name]:
                        waiting += [entered for t in group.taken for entered in self.enters(t)]
            if not waiting:
                waiting = [name for name in self._after_no_end(reached - done) if name not in reached]
        return frozenset(reached), frozenset(done)

    def _after_no_end(self, names: Iterable[str]) -> Iterator[str]:
        """Where those would lead that wait for an end, and never come to one."""
        for name in names:
            for group in self.groups[name]:
                if _awaits_end(group):
                    yield from (entered for t in group.taken for entered in self.enters(t))

    def reached_from(self, names: Sequence[str]) -> frozenset[str]:
        """Every state in which a case can be from these on, themselves and what is active beside them included."""
        found: set[str] = set()
        waiting = [name for name in names if name in self.procedure.state]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.following[name])
                waiting.extend(self.beside[name])
        return frozenset(found)

    def after(self, moment: Moment) -> Iterator[str]:
        """The states in which a case may be right after a moment."""
        if moment.kind == "opening":
            yield from self.opening
        elif moment.kind == "entering":
            yield moment.name
        elif moment.kind == "when":
            yield from self.reached
        elif moment.kind == "leaving":
            yield from self.following.get(moment.name, ())
        else:
            for name in self.reached:
                for group in self.groups[name]:
                    if (group.kind, group.name) == (moment.kind, moment.name):
                        for t in group.taken:
                            yield from self.may_enter(t) or (name,)

    def running(self, deadline: Deadline) -> frozenset[str]:
        """The states in which a case may be while the deadline runs."""
        begun = [name for moment in deadline.starts for name in self.after(moment) if name in self.reached]
        return self.reached_from(begun)

    # effects

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """Every effect, wherever it stands."""
        found = [effect for t in self.procedure.transitions() for effect in t.effects]
        for state in self.procedure.states:
            found += (*state.entry, *state.exit)
        for deadline in self.procedure.deadlines:
            found += (*deadline.warn, *deadline.missed)
        return tuple(found)

    @cached_property
    def raised(self) -> frozenset[str]:
        """The events that the case raises for itself."""
        return frozenset(str(effect.parameters) for effect in self.effects if effect.operation == "raise")

    # origins

    @cached_property
    def openings(self) -> Origins:
        """How a case can be opened."""
        found = set()
        for start in self.procedure.starts:
            if start.kind == "by":
                found.add(Origin(PERSON, start.asks, name=f"by {start.role}"))
            else:
                found.add(Origin(MESSAGE if start.kind == "message" else OPENING))
        if self.started or not found:
            found.add(Origin(OPENING))
        return frozenset(found)

    @cached_property
    def everything(self) -> Origins:
        found = set(self.openings)
        for groups in self.groups.values():
            for group in groups:
                found |= self._own(group)
        return frozenset(found)

    def _own(self, group: Group) -> Origins:
        """The origins of a step that begins with this group; none for `always`."""
        name = group.name
        if group.choice is not None:
            return frozenset({Origin(PERSON, with_note(group.choice), group.state.name, name)})
        if group.kind == "after" or (group.kind == "event" and name in self.procedure.deadline):
            return frozenset({Origin(TIME)})
        if group.kind == "event":
            if name not in self.raised and mistyped(name, "message"):
                name = "message"  # that is told where it stands, not in each word that reads one
            if name == "message":
                return frozenset({Origin(MESSAGE)})
            if name in ("done", "failed"):
                if group.state.invoke is None and group.state.has_inside:
                    return frozenset()  # it is raised within a step that began with something else
                return frozenset({Origin(name, state=group.state.name)})
            return frozenset({Origin(EVENT)})
        return frozenset()

    def origins(self, group: Group) -> Origins:
        """With what a step can have begun in which this group is taken."""
        if group.kind == "always":
            return frozenset[Origin]().union(*(self.at[name] for name in self.beside[group.state.name]))
        if self._is_raised(group):
            return self.everything | self._own(group)
        return self._own(group)

    def _is_raised(self, group: Group) -> bool:
        """Whether it may follow within a step that began with anything."""
        if group.kind != "event":
            return False
        return group.name in self.raised or (group.name == "done" and group.state.has_inside)

    @cached_property
    def _arrivals(self) -> tuple[dict[str, Origins], dict[str, Origins]]:
        entered: dict[str, set[Origin]] = {name: set() for name in self.groups}
        inside: dict[str, set[Origin]] = {name: set() for name in self.groups}
        for name in self.opening:
            entered[name] |= self.openings
        changed = True
        while changed:
            changed = False
            for name, groups in self.groups.items():
                for group in groups:
                    if group.kind == "always":
                        own: Origins = frozenset[Origin]().union(
                            *(entered[other] | inside[other] for other in self.beside[name])
                        )
                    elif self._is_raised(group):
                        own = self.everything | self._own(group)
                    else:
                        own = self._own(group)
                    for t in group.taken:
                        led = self.may_enter(t)
                        for place in [entered[state] for state in led] if led else [inside[name]]:
                            if not own <= place:
                                place |= own
                                changed = True
        enter = {name: frozenset(found) for name, found in entered.items()}
        return enter, {name: frozenset(entered[name] | inside[name]) for name in self.groups}

    @property
    def enter(self) -> Mapping[str, Origins]:
        """With what the steps begin that enter each state."""
        return self._arrivals[0]

    @property
    def at(self) -> Mapping[str, Origins]:
        """With what the steps begin that enter each state or happen in it."""
        return self._arrivals[1]

    # what can happen

    @cached_property
    def choices(self) -> frozenset[str]:
        """The choices that can be taken at all."""
        return frozenset(
            group.name for name in self.reached for group in self.groups[name] if group.choice is not None
        )

    @cached_property
    def listened(self) -> frozenset[str]:
        """The events that some state takes."""
        return frozenset(name for state in self.procedure.states for name, _ in state.events)

    @cached_property
    def events(self) -> frozenset[str]:
        """The events that some state takes that can be reached."""
        return frozenset(
            group.name
            for name in self.reached
            for group in self.groups[name]
            if group.kind == "event" and self.comes(group)
        )


def begins_inside(chart: Chart, state: State) -> bool:
    """Whether what a state begins in stands inside it, where it has to say."""
    return not state.initial or (state.initial in chart.state and chart.is_inside(state.initial, state.name))


def _awaits_end(group: Group) -> bool:
    """Whether a group waits for what is inside its state to end."""
    state = group.state
    return group.kind == "event" and group.name == "done" and state.has_inside and state.invoke is None


def _chart_of(procedure: Procedure) -> Chart:
    """Its chart, with each state beginning in one inside it, so that its graph can be drawn all the same."""
    chart = Chart(procedure)
    if all(begins_inside(chart, state) for state in procedure.states):
        return chart
    states = []
    for state in procedure.states:
        if not begins_inside(chart, state):
            inside = [name for name in chart.order if chart.is_inside(name, state.name)]
            state = replace(state, initial=nearest(state.initial, inside) or next(iter(inside), ""))
        states.append(state)
    return Chart(replace(procedure, states=tuple(states)))
