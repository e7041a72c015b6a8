"""One step on an abstract state, in the order of the engine's own (`core/step.py`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procflow.core.expressions import And, If, Name, Node, Template
from procflow.core.procedure import Ask, Choice, Effect, Invoke, Start, State, Transition
from procflow.core.step import MOST_MOVES
from procflow.proof import orders, zones
from procflow.proof.conditions import may_be_unset, term_of
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, Domain, domain_of
from procflow.proof.lens import Call
from procflow.proof.moves import Move, Moves
from procflow.proof.reading import FRESH, in_words, keys_in, keys_of
from procflow.proof.watching import StepWatching
from procflow.proof.world import Circle, Evidence, Impossible, Unknown, World

_OUTSIDE = frozenset({"notify", "raise", "note.write", "signal"})


class Step(StepWatching):
    """One step in the making; `take` is all that others need."""

    def __init__(self, moves: Moves, world: World) -> None:
        self.moves, self.w, self.lens = moves, world, moves.lens
        self.plan, self.procedure, self.chart = self.lens.plan, self.lens.procedure, self.lens.chart
        self.truth: Callable[[Any, World], bool] = self.lens.conditions.truth
        self.queue: deque[tuple[str, str]] = deque()
        self.seen: set[Any] = set()
        self.count = 0
        self.actor_known = False
        self.began = 1 + max(world.pending.values(), default=0)
        self.blurred = False  # whether a value was reckoned that is not known
        self.opening = 0  # clocks of an opening count from when the request came, timers from now

    def take(self, move: Move) -> None:
        """Take a move. Raises Impossible, Circle, or Broken where a safety promise refuses the step."""
        if move.kind not in ("done", "failed"):
            self.w.since.clear()
        if self.lens.timed:
            self._time_before(move)
        if self.lens.dues:
            self._not_due_yet(move)
        getattr(self, f"_on_{move.kind}")(move)
        self._always()
        self._raise_all()
        self._settle()
        if self.lens.timed:
            self._time_after()

    def _not_due_yet(self, move: Move) -> None:
        """What is due on a day that is known has not come yet, so that day is not over."""
        for item, (clock, due, strict) in self.lens.dues.items():
            if item in self.w.pending and item != f"{move.kind}:{move.name}":
                mask = orders.LESS if strict else orders.LESS | orders.EQUAL
                self.lens.depends[clock] = frozenset({FRESH})
                self.lens.depends.setdefault(due, frozenset({due}))
                self.w.assert_fact(clock, due, mask)

    # how long it takes

    def _time_before(self, move: Move) -> None:
        """Time passes up to the step: to the instant that is due, or to any before it."""
        w = self.w
        items = tuple(w.pending)
        if not items:
            return
        item = f"{move.kind}:{move.name}"
        if item not in w.pending:
            w.ahead = zones.passing(w.ahead, items)
            return
        found = zones.firing(w.ahead, item, items, lambda other: self.moves.times.before(other, item))
        if found is None:
            raise Impossible
        w.ahead = found

    def _time_after(self) -> None:
        w, wall = self.w, self.lens.timed == "wall"
        new = {item for item in w.pending if item in w.armed}
        w.ahead = zones.without(
            w.ahead,
            {item for pair in w.ahead for item in pair if item and (item not in w.pending or item in new)},
        )
        lengths = {}
        for item in new:
            least, most = self.moves.times.bounds(item, wall=wall)
            early = w.pending[item] < 0 or (self.opening and item.startswith("missed:"))
            lengths[item] = (0.0 if early else least, most)
        w.ahead = zones.started(w.ahead, lengths, tuple(w.pending))

    # what may happen

    def _on_open(self, move: Move) -> None:
        w, procedure = self.w, self.procedure
        self.opening = 1
        for name in w.data:
            default = procedure.fields[name].default
            if default is not None and not isinstance(default, Template):
                w.data[name] = w.lens.domains[name].kept(
                    tuple(default) if isinstance(default, list) else default
                )
                self._equal_to(name, default)
        start = procedure.starts[int(move.name)] if move.name.isdigit() else None
        if start is not None:
            self._started(start)
        elif move.name:
            self._called(self.plan.around.calls[int(move.state)])
        else:
            self._anything()
        self._begin()
        if start is not None and start.kind == "message" and not w.closing:
            self._always()
            self._raise_all()
            self._event("message")

    def _started(self, start: Start) -> None:
        if start.asks:
            self._ask(start.asks)
        elif start.kind in ("by", "event"):
            self._anything()
        for guard in (start.message, start.when):
            if guard is not None and not self.truth(guard, self.w):
                raise Impossible
        self._set(start.sets)
        self.w.inputs.clear()

    def _anything(self) -> None:
        """Whoever opens the case may give any data."""
        for name in self.w.data:
            if self.lens.domains[name].evidence:
                continue
            self.w.forget(name)
            self.w.data[name] = (
                OR_NONE if self.w.data[name] is None else ANY if self.lens.domains[name].is_exact else OPAQUE
            )

    def _called(self, call: Call) -> None:
        """Another procedure opens the case: with one of the ways in which it can, or anything where that is not known."""
        given: Sequence[tuple[str, Any]] = call.given
        if call.ways:
            given = call.ways[self.w.oracle.pick(len(call.ways))]
        for name, spec in given:
            if name not in self.w.data:
                continue
            self.w.forget(name)
            if call.ways:
                self.w.data[name] = spec[self.w.oracle.pick(len(spec))]
            elif isinstance(spec, Template) or spec is None:
                self.w.data[name] = OR_NONE
            else:
                self.w.data[name] = self.lens.domains[name].kept(
                    tuple(spec) if isinstance(spec, list) else spec
                )
                self._equal_to(name, spec)

    def _on_choice(self, move: Move) -> None:
        w, state = self.w, self.procedure.state[move.state]
        choice = state.choices_by_name[move.name]
        self._act(state, choice)
        self._ask(choice.asks)
        if self.lens.probe == (state.name, choice.name):
            self._probe(choice)
        for alternative in choice.alternatives:
            if alternative.when is None or self.truth(alternative.when, w):
                if alternative.refuse is not None:
                    raise Impossible
                self._given({ask.name for ask in alternative.asks if not ask.optional})
                self._keep_old({ask.name for ask in choice.asks} - {ask.name for ask in alternative.asks})
                if choice.note == "required" or (choice.note and w.oracle.pick(2) == 0):
                    self._did("note.write")
                self._microstep([alternative])
                return
        raise Impossible

    def _probe(self, choice: Choice) -> None:
        """Look at all alternatives: whether none holds (a gap, -1), or a later one too (an overlap, its place).

        What all of them ask for is when the choice is there at all; who is refused is refused by the first that says so.
        """
        shared, own = own_guards(choice)
        if not all(self.lens.conditions.holds(part, self.w) for part in shared):
            return
        holding = [
            n for n, parts in enumerate(own) if all(self.lens.conditions.holds(p, self.w) for p in parts)
        ]
        if not holding:
            self.w.probed.append(("gap", choice.name, -1))
        elif choice.alternatives[holding[0]].refuse is None:
            self.w.probed += [("overlap", choice.name, n) for n in holding[1:] if own[n]]

    def _act(self, state: State, choice: Choice) -> None:
        """Somebody acts; with four eyes nobody who took the choice, or is the person, that is named."""
        w = self.w
        w.forget("actor")
        self.lens.depends["actor.id"] = self.lens.depends["actor"] = frozenset({FRESH})
        for spec in (*choice.other_than, *(state.task.other_than if state.task else ())):
            if not isinstance(spec, Template):
                if self.lens.people and f"who:{spec}" not in self.lens.keys:
                    w.dropped.add(f"who:{spec}")
                if str(spec) in w.who:
                    w.assert_fact("actor", who_term(str(spec)), orders.LESS | orders.GREATER)
            elif spec.single is not None and keys_of(spec.single.node) <= self.lens.keys:
                text = term_of(spec.single.node)
                if not self.lens.conditions.unset(spec.single.node, w):
                    self.lens.depends.setdefault(text, keys_of(spec.single.node))
                    w.assert_fact("actor", text, orders.LESS | orders.GREATER)

    def _ask(self, asks: Sequence[Ask]) -> None:
        """What is entered: anything that fits; an optional field may keep what it had."""
        w = self.w
        self.old: dict[str, Any] = {}
        for ask in asks:
            domain = self.lens.domains[ask.name] if ask.stored else self.plan.domain_of(ask.field)
            exact = domain.is_exact and not domain.counts and not domain.words
            if ask.field.type == "tick":
                value: Any = True
            elif ask.optional and (not ask.stored or w.data.get(ask.name) in (None, OR_NONE)):
                value = OR_NONE
            else:
                value = ANY if exact else OPAQUE
            if ask.stored:
                self.old[ask.name] = (w.data.get(ask.name), w.atoms, w.facts)
                w.put(ask.name, value)
                if ask.name not in w.data:
                    continue
            w.inputs[ask.name] = value
            w.room_domains[f"input.{ask.name}"] = domain
        w.asked_here = frozenset(ask.name for ask in asks)

    def _given(self, names: set[str]) -> None:
        for table in (self.w.data, self.w.inputs):
            for name in names & table.keys():
                if table[name] is None:
                    raise Impossible
                if table[name] is OR_NONE:
                    table[name] = ANY if self._exact(name) else OPAQUE

    def _exact(self, name: str) -> bool:
        domain = self.lens.domains.get(name)
        return domain is not None and bool(domain.values)

    def _keep_old(self, names: set[str]) -> None:
        for name in names & self.w.data.keys() & self.old.keys():
            self.w.forget(name)
            self.w.data[name] = self.old[name][0]

    def _on_message(self, move: Move) -> None:
        if not self._event("message"):
            raise Impossible  # nothing moves; a person reads it

    def _on_event(self, move: Move) -> None:
        if not self._event(move.name):
            raise Impossible

    def _on_done(self, move: Move) -> None:
        w = self.w
        w.waiting.discard(move.state)
        invoke = self.procedure.state[move.state].invoke
        if invoke is not None and invoke.procedure and move.kind == "done":
            ends = self.plan.around.ends.get(invoke.procedure, ())
            if ends:
                end = ends[w.oracle.pick(len(ends))]
                w.results = {"outcome": end.outcome, **dict(end.data)}
                fields = self.plan.around.fields.get(invoke.procedure, {})
                w.room_domains |= {f"result.{n}": domain_of(fields[n]) for n, _ in end.data if n in fields}
                w.chosen.append(("outcome", invoke.procedure, end.outcome))
        self._event_of(move.state, move.kind)

    _on_failed = _on_done

    def _on_warn(self, move: Move) -> None:
        del self.w.pending[f"warn:{move.name}"]
        self._effects(self.procedure.deadline[move.name].warn)
        self._judge(("", ""))

    def _on_missed(self, move: Move) -> None:
        w, name = self.w, move.name
        del w.pending[f"missed:{name}"]
        w.pending.pop(f"warn:{name}", None)
        w.clocks[name] = "missed"
        if name in self.lens.missed:
            w.missed.add(name)
            w.before = (w.before[0], frozenset(w.missed), w.before[2])
            w.forget(f"missed:{name}")
        self._effects(self.procedure.deadline[name].missed)
        self._judge(("", ""))
        self._event(name)

    def _on_after(self, move: Move) -> None:
        after = self.moves.times.after[move.name]
        del self.w.pending[f"after:{move.name}"]
        if keys_in(after.time):
            self.w.clocks[f"fired:{after.id}"] = "fired"
        for alternative in after.alternatives:
            if alternative.when is None or self.truth(alternative.when, self.w):
                self._microstep([alternative])
                return

    def _on_promise(self, move: Move) -> None:
        self.w.pending.pop(f"promise:{move.name}", None)
        self._alarm(move.name)

    # which transitions

    def _event(self, name: str) -> bool:
        chosen = self._chosen("event", name)
        if chosen:
            self._microstep(chosen)
        return bool(chosen)

    def _event_of(self, state: str, name: str) -> bool:
        if self.w.within(state):
            for alternative in self.procedure.state[state].events_by_name.get(name, ()):
                if alternative.when is None or self.truth(alternative.when, self.w):
                    self._microstep([alternative])
                    return True
        return False

    def _chosen(self, kind: str, name: str) -> list[Transition]:
        found: list[Transition] = []
        active = self.w.active
        for leaf in active:
            for alternative in self.plan.taking(leaf, kind, name):
                if any(alternative is other for other in found):
                    break
                if alternative.when is None or self.truth(alternative.when, self.w):
                    found.append(alternative)
                    break
        if len(found) < 2:
            return found
        return self.chart.compatible(found, (*active, *self.plan.outer(active)), self.w.last)

    def _always(self) -> None:
        while not self.w.closing and (chosen := self._chosen("always", "")):
            self._count()
            self._microstep(chosen)

    def _raise_all(self) -> None:
        w = self.w
        while self.queue:
            name, state = self.queue.popleft()
            if w.closing:
                continue
            self._count()
            if self._event_of(state, name) if state else self._event(name):
                self._always()
            elif not state:
                w.lost.append(name)

    def _count(self) -> None:
        """Notice a step that goes in circles."""
        w = self.w
        self.count += 1
        if self.count > 3:
            data = tuple([value if value.__hash__ else repr(value) for value in w.data.values()])
            here = (
                w.active,
                data,
                w.facts,
                tuple(w.atoms.items()),
                tuple(w.counts.values()),
                tuple(self.queue),
                tuple(w.fresh.items()),
            )
            if here in self.seen or self.count > MOST_MOVES:
                raise Circle(self.lens.samples or (here in self.seen and not self.blurred))
            self.seen.add(here)

    # one microstep

    def _begin(self) -> None:
        entered = self.chart.opening(self.procedure.initial)
        self._arrive(entered, {("opening", "")}, whole=True)
        self._enter(entered)
        self._judge(("opening", ""))

    def _microstep(self, taken: list[Transition]) -> None:
        w, chart = self.w, self.chart
        if any(transition.refuse is not None for transition in taken):
            raise Impossible
        moves = [self._moved(transition) for transition in taken]
        self._leave([state for left, _ in reversed(moves) for state in left])
        entered = self._entered(taken, [domain for _, domain in moves])
        w.not_yet = frozenset(entered)
        for n, (transition, (left, domain)) in enumerate(zip(taken, moves, strict=True), 1):
            own = entered
            if len(taken) > 1:
                own = [s for s in entered if transition.to and chart.is_inside(s, domain)]
            w.taken.append(transition.id)
            if transition.kind == "choice" and n == 1:
                self._counted(transition.name)
            self._set(transition.sets)
            moments = {(transition.kind, transition.name), *(("leaving", state) for state in left)}
            self._arrive(own, moments, whole=n == len(taken))
            self._effects(transition.effects)
        self._enter(entered)
        self._judge((taken[0].kind, taken[0].name))

    def _moved(self, transition: Transition) -> tuple[list[str], str]:
        """What it leaves, and the state in which it empties everything."""
        key = (transition.id, self.w.active)
        found = self.plan.left.get(key)
        if found is None or transition.back:
            active = (*self.w.active, *self.plan.outer(self.w.active))
            left = self.chart.left(transition, active, self.w.last)
            found = self.plan.left[key] = (left, self.chart.domain(transition, self.w.last))
        return found

    def _entered(self, taken: list[Transition], domains: list[str]) -> list[str]:
        key = tuple([item.id for item in taken])
        found = self.plan.entered.get(key)
        if found is None or any(item.back for item in taken):
            found = self.plan.entered[key] = self.chart.entered(taken, self.w.last, domains)
        return found

    def _leave(self, states: Sequence[str]) -> None:
        w, chart, before = self.w, self.chart, self.w.active
        for name in states:
            state = self.procedure.state[name]
            self._effects(state.exit)
            if name in chart.remembered:
                w.last[name] = tuple([leaf for leaf in before if chart.is_inside(leaf, name)])
            w.waiting.discard(name)
            for after in state.after:
                w.pending.pop(f"after:{after.id}", None)
                w.clocks.pop(f"fired:{after.id}", None)
            w.active = tuple([leaf for leaf in w.active if leaf != name])

    def _arrive(self, states: Sequence[str], moments: set[tuple[str, str]], *, whole: bool) -> None:
        w, chart = self.w, self.chart
        leaves = [name for name in states if not chart.inside[name]]
        if leaves:
            w.active = tuple(sorted({*w.active, *leaves}, key=chart.order.__getitem__))
        for name in states:
            w.entered.append(name)
            moments.add(("entering", name))
            if self.procedure.state[name].ends_the_case:
                w.closing, w.closed = True, name
        not_yet, w.not_yet = w.not_yet, frozenset()
        self._clocks(moments, whole=whole)
        w.not_yet = not_yet
        for name in states:
            for after in self.procedure.state[name].after:
                if self._has_value(after.time):
                    w.pending[f"after:{after.id}"] = self.began + self.opening
                    w.armed.add(f"after:{after.id}")

    def _enter(self, states: Sequence[str]) -> None:
        w = self.w
        for name in states:
            w.not_yet = w.not_yet - {name}
            state = self.procedure.state[name]
            self._effects(state.entry)
            if state.invoke is not None:
                w.waiting.add(name)
                w.armed.add(f"answer:{name}")
                self._did(state.invoke.operation)
                if self.lens.opens and state.invoke.procedure:
                    self._opens(state.invoke, state.invoke.procedure, state.invoke.parameters)
                if self.lens.outside:
                    self._outside(state.invoke, state.invoke.operation, state.invoke.parameters)
            if state.final and state.parent:
                for outer in self.chart.done(name, w.within):
                    if "done" in self.procedure.state[outer].events_by_name:
                        self.queue.append(("done", outer))

    def _counted(self, choice: str) -> None:
        w = self.w
        if f"who:{choice}" in self.lens.keys:
            term = who_term(choice)
            w.forget(f"who:{choice}")
            self.lens.depends[term] = frozenset({f"who:{choice}"})
            w.who.add(choice)
            w.assert_fact(term, "actor", orders.EQUAL)
        if choice in w.counts:
            w.counts[choice] = min(w.counts[choice] + 1, self.plan.matter.counted.get(choice, 1) + 1)
            w.forget(f"count:{choice}")
        if choice in w.today:
            w.day()
            w.today[choice] = min(w.today[choice] + 1, self.plan.matter.today.get(choice, 1) + 1)
            w.forget(f"count_today:{choice}")

    def _set(self, sets: Sequence[tuple[str, Any]]) -> None:
        w = self.w
        if not sets:
            return
        kept = [item for item in sets if item[0] in w.data]
        values = [(name, self._value(name, spec)) for name, spec in kept]
        for name, _ in sets:
            if name not in w.data:
                w.put(name, OPAQUE)
        for name, value in values:
            w.put(name, value)
        names = {name for name, _ in sets}
        for name, spec in kept:
            if w.data[name] is OPAQUE:
                single = spec.single if isinstance(spec, Template) else None
                if single is None:
                    if not isinstance(spec, Template):
                        self._equal_to(name, spec)
                else:
                    self.blurred = self.blurred or not isinstance(single.node, Name)
                    if not keys_of(single.node) & names:
                        self._equate(name, single.node)

    def _equal_to(self, name: str, value: Any) -> None:
        if self.w.data.get(name) is OPAQUE and not isinstance(value, list | dict | tuple):
            self.lens.depends[name] = frozenset({name})
            self.w.assert_fact(name, orders.constant(value), orders.EQUAL)

    def _equate(self, name: str, node: Node) -> None:
        w = self.w
        if isinstance(node, If):
            try:
                branch = node.then if self.lens.conditions._truth(node.test)(w) else node.otherwise
            except Impossible:
                return
            self._equate(name, branch)
            return
        text = term_of(node)
        try:
            value = self.lens.conditions._value(node)(w.frame)
        except Unknown:
            self.lens.depends[name] = frozenset({name})
            self.lens.depends.setdefault(text, keys_of(node))
            w.assert_fact(name, text, orders.EQUAL)
            return
        if value is not None and not isinstance(value, Evidence | tuple | dict):
            self._equal_to(name, value)

    def _value(self, name: str, spec: Any) -> Any:
        """What a field is set to, as the proof keeps it."""
        domain = self.lens.domains.get(name)
        if domain is None or name not in self.w.data:
            return OPAQUE
        if not isinstance(spec, Template):
            return tuple(spec) if isinstance(spec, list) else spec
        if spec.single is None:
            return OPAQUE
        return self._valued(domain, spec.single.node)

    def _valued(self, domain: Domain, node: Node) -> Any:
        w, conditions = self.w, self.lens.conditions
        if isinstance(node, If):
            return self._valued(domain, node.then if conditions._truth(node.test)(w) else node.otherwise)
        try:
            value = conditions._value(node)(w.frame)
        except Unknown:
            if domain.values == (True, False) and not isinstance(node, Name):
                return conditions._truth(node)(w)
            if isinstance(node, Name) and node.name in w.data:
                return OPAQUE if not domain.is_exact else ANY
            if may_be_unset(node) and conditions.unset(node, w):
                return None
            return ANY if domain.values or domain.evidence else OPAQUE
        except Exception:
            raise Impossible from None
        return value.verdict if isinstance(value, Evidence) else value

    # effects

    def _effects(self, effects: Sequence[Effect]) -> None:
        if not effects or not self.lens.looks_at_effects:
            return
        for effect in effects:
            if effect.operation == "start" and self.lens.opens and isinstance(effect.parameters, Mapping):
                self._opens(effect, str(effect.parameters.get("procedure")), effect.parameters.get("with"))
            outside = self.lens.outside and effect.operation not in _OUTSIDE
            if not outside and not self.lens.notices(effect.operation):
                continue
            if effect.when is not None and not self.truth(effect.when, self.w):
                continue
            if effect.operation == "raise":
                self.queue.append((str(effect.parameters), ""))
            if effect.each is not None and effect.operation in self.lens.operations and self.w.oracle.pick(2):
                continue  # an empty list
            self._did(effect.operation)
            if outside:
                self._outside(effect, effect.operation, effect.parameters)

    def _opens(self, owner: Effect | Invoke, procedure: str, given: Any) -> None:
        """Notice what another case is opened with."""
        assert self.lens.opens is not None
        name, wanted = self.lens.opens
        when = owner.when if isinstance(owner, Effect) else None
        if procedure != name or (when is not None and not self.truth(when, self.w)):
            return
        for field, domain in wanted.items():
            value = spec = given.get(field) if isinstance(given, Mapping) else None
            if isinstance(spec, Template):
                value = OPAQUE if spec.single is None else self._valued(domain, spec.single.node)
                if value is ANY or value is OR_NONE:
                    value = self.w.settled(value, domain)
            kept = domain.kept(tuple(value) if isinstance(value, list) else value)
            self.w.opened.append((owner.at, field, kept))

    def _did(self, operation: str) -> None:
        if operation in self.lens.operations:
            self.w.did.add(operation)
            self.w.forget(f"did:{operation}")

    def _outside(self, owner: Effect | Invoke, operation: str, parameters: Any) -> None:
        """Notice an outside effect that is asked for again, with the same words about the same data."""
        asked = self.plan.asked.get(id(owner))
        if asked is None:
            asked = self.plan.asked[id(owner)] = (
                f"{operation} {in_words(parameters)} {in_words(getattr(owner, 'each', None))}"
            )
            self.lens.depends[asked] = keys_in(parameters)
        if asked in self.w.since:
            self.w.twice.append((operation, owner.at))
        self.w.since.add(asked)


def own_guards(choice: Choice) -> tuple[list[Node], list[list[Node]]]:
    """(the conditions that all alternatives share, for each alternative its own)."""
    parts = [_parts(a.when.node) if a.when is not None else [] for a in choice.alternatives]
    shared = [part for part in parts[0] if all(part in other for other in parts)]
    return shared, [[part for part in own if part not in shared] for own in parts]


def _parts(node: Node) -> list[Node]:
    return [part for inner in node.parts for part in _parts(inner)] if isinstance(node, And) else [node]


def who_term(choice: str) -> str:
    return f'who("{choice}")'
