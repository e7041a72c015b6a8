"""The hierarchy of a procedure's states: what is left and entered when a transition is taken.

The arithmetic of W3C SCXML's algorithm (its appendix D) over names: transition domain, exit set, entry set,
deep history, final states. It must not know guards, effects, journals, or `transitions`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from procflow.core.procedure import Procedure, State, Transition

#: The innermost active states when a state was left, by its name.
Last = Mapping[str, tuple[str, ...]]


class Chart:
    """Where each state of one procedure stands; worked out once and shared by all its cases."""

    def __init__(self, procedure: Procedure) -> None:
        self.state: dict[str, State] = procedure.state
        self.order: dict[str, int] = {name: n for n, name in enumerate(self.state)}
        self.inside: dict[str, list[str]] = {name: [] for name in ("", *self.state)}
        for state in procedure.states:
            self.inside[state.parent].append(state.name)
        self.around: dict[str, tuple[str, ...]] = {}
        for state in procedure.states:  # an outer one always comes before its inner ones
            outer = (state.parent, *self.around[state.parent]) if state.parent else ()
            self.around[state.name] = outer
        self.is_flat = not any(self.around.values())
        #: States to which some transition goes back (`to: outer.last`).
        self.remembered = frozenset(item.to for item in procedure.transitions() if item.back and item.to)

    def is_inside(self, inner: str, outer: str) -> bool:
        """Whether `inner` stands inside `outer`, however deep; every state stands inside "", the whole."""
        return not outer or outer in self.around[inner]

    def leaves(self, name: str) -> Iterator[str]:
        """The innermost states inside one, itself where nothing stands inside; in document order."""
        if not self.inside[name]:
            yield name
        for inner in self.inside[name]:
            yield from self.leaves(inner)

    # where a transition leads

    def targets(self, transition: Transition, last: Last) -> tuple[str, ...]:
        """The states that it leads to in the end: of `.last` those that were left, else where one begins."""
        if transition.to is None:
            return ()
        if transition.to == "self":
            return (transition.source,)
        if not transition.back:
            return (transition.to,)
        return last.get(transition.to) or self.begins(transition.to)

    def begins(self, name: str) -> tuple[str, ...]:
        """What a state begins with, one step inside it."""
        state = self.state[name]
        return tuple(self.inside[name]) if state.parallel else (state.initial,) if state.initial else ()

    def domain(self, transition: Transition, last: Last) -> str:
        """The innermost compound state that holds source and targets and is not left; "" is the whole."""
        targets = self.targets(transition, last)
        for outer in self.around[transition.source]:
            if not self.state[outer].parallel and all(self.is_inside(target, outer) for target in targets):
                return outer
        return ""

    def left(self, transition: Transition, active: Iterable[str], last: Last) -> list[str]:
        """The active states that it leaves, inner to outer, in reverse document order."""
        if transition.to is None:
            return []
        domain = self.domain(transition, last)
        found = [name for name in active if self.is_inside(name, domain)]
        return sorted(found, key=self.order.__getitem__, reverse=True)

    def entered(self, taken: Sequence[Transition], last: Last, domains: Sequence[str] = ()) -> list[str]:
        """The states that these transitions of one microstep enter, outer to inner, in document order.

        `last` is as the exits left it; `domains` are those of the moment before, which were emptied.
        """
        found: set[str] = set()
        for n, transition in enumerate(taken):
            if transition.to is None:
                continue
            targets = self.targets(transition, last)
            domain = domains[n] if domains else self.domain(transition, last)
            for target in targets:  # all of them first, so that no region that has one begins anew
                self._with_what_is_inside(target, found)
            for target in targets:
                self._with_what_is_around(target, domain, found)
        return sorted(found, key=self.order.__getitem__)

    def opening(self, initial: str) -> list[str]:
        """The states in which a case begins."""
        found: set[str] = set()
        self._with_what_is_inside(initial, found)
        self._with_what_is_around(initial, "", found)
        return sorted(found, key=self.order.__getitem__)

    def _with_what_is_inside(self, name: str, found: set[str]) -> None:
        """A state and what it begins with. A `parallel` one fills the regions that nothing was entered in yet."""
        found.add(name)
        if self.state[name].parallel:
            self._other_regions(name, found)
            return
        for inner in self.begins(name):
            self._with_what_is_inside(inner, found)
            self._with_what_is_around(inner, name, found)

    def _with_what_is_around(self, name: str, domain: str, found: set[str]) -> None:
        for outer in self.around[name]:
            if outer == domain:
                return
            found.add(outer)
            if self.state[outer].parallel:
                self._other_regions(outer, found)

    def _other_regions(self, name: str, found: set[str]) -> None:
        for region in self.inside[name]:
            if not any(self.is_inside(other, region) for other in found):
                self._with_what_is_inside(region, found)

    # which transitions go together

    def compatible(
        self, enabled: Sequence[Transition], active: Collection[str], last: Last
    ) -> list[Transition]:
        """Without conflicts: of two whose exit sets meet, the inner one, else the first is taken."""
        kept: list[tuple[Transition, set[str]]] = []
        for transition in enabled:
            own = set(self.left(transition, active, last))
            meets = [other for other, left in kept if not own.isdisjoint(left)]
            if all(self.is_inside(transition.source, other.source) for other in meets):
                kept = [item for item in kept if own.isdisjoint(item[1])]
                kept.append((transition, own))
        return [transition for transition, _ in kept]

    # ends

    def done(self, final: str, is_active: Callable[[str], bool]) -> Iterator[str]:
        """The states around a final one that are done now that it is entered, from the inner one on.

        A compound state is done when a final state of its own is active; a parallel one when every region is.
        """
        outer = self.state[final].parent
        if not outer:
            return
        yield outer
        outer = self.state[outer].parent
        while outer and self.state[outer].parallel and self.is_done(outer, is_active):
            yield outer
            outer = self.state[outer].parent

    def is_done(self, name: str, is_active: Callable[[str], bool]) -> bool:
        inside = self.inside[name]
        if self.state[name].parallel:
            return all(self.is_done(region, is_active) for region in inside)
        return any(self.state[inner].final and is_active(inner) for inner in inside)
