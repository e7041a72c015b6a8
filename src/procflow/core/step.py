"""One step in the making: transitions taken, data set, effects asked for, promises judged.

The moves that every command shares; `decide` says which command makes which of them. Nothing here is
kept until the whole step holds: what goes wrong raises `Refused`, and nothing has happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from procflow.core import journal as j
from procflow.core.allotment import BY_PEOPLE, StepAllotment
from procflow.core.case import FOLD, Case, Folding, Waiting
from procflow.core.choices import refused_by, task_owners
from procflow.core.clocks import StepClocks
from procflow.core.expressions import holds
from procflow.core.fields import FieldContext, check_value
from procflow.core.kernel import kernel_of
from procflow.core.organisation import NEVER_IN_FREE_TEXT, Surroundings
from procflow.core.procedure import Procedure, State, Transition
from procflow.core.promises import SAFETY, moved_by
from procflow.core.refusals import Refusal
from procflow.core.render import fill_spec, text_in
from procflow.core.scope import StepScope
from procflow.core.step_effects import StepEffects
from procflow.core.values import Value, storable
from procflow.core.values import plain as written

#: `always` moves and raised events in one step; beyond it the procedure goes in circles.
MOST_MOVES = 100

#: Types whose values only the engine makes, so that there is nothing to check when one is set.
UNCHECKED_TYPES = frozenset({"evidence", "file"})


class Command(Struct, frozen=True):
    """What someone or something asks of a case.

    `kind`: open, choice, message, event, answer, cancel, time, assign, note, read. `name` is the choice, the
    event, or what is due. `owed` is the effect of another case that waits for the end of the one opened. `given` is the input as it came. `received` is the instant from which an opening counts.
    """

    id: str
    kind: str
    name: str = ""
    by: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    message: Mapping[str, Value] | None = None
    received: datetime | None = None
    source: str = ""
    status: str = ""
    error: str = ""
    at: datetime | None = None  # for what the engine itself asks in the name of an earlier instant
    again: str = ""  # the stuck item whose command this is, tried again
    mark: str = ""  # then the visit of the state that it was for
    waiting: Waiting | None = None  # then the effect that it answers
    owed: str = ""
    asked: str = ""  # a fingerprint of what was asked: the same id with another one is no repetition
    expects: int = 0  # the step that the case must stand at, or somebody was faster; 0: any
    holder: str = ""  # who answers for an effect that it has claimed: it must hold it still; "": whoever


class Request(Struct, frozen=True):
    """What a sender says of a command beside the command itself, so that asking twice is asking once: its own `id`,
    `asked`, a fingerprint of what is asked under it, and `expects`, the step that the case was seen at."""

    id: str = ""
    asked: str = ""
    expects: int = 0

    def command(
        self, kind: str, name: str, by: str, given: Mapping[str, Any], *, source: str = ""
    ) -> Command:
        return Command(self.id, kind, name, by, given, source=source, asked=self.asked, expects=self.expects)


class Opening(Struct, frozen=True):
    """What a new case is born with; made by the engine, since ids and numbers are not pure."""

    case_id: str
    number: int
    definition: str


class Refused(Exception):
    """A step that may not be: nothing of it has happened."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class Step(StepClocks, StepEffects, StepAllotment):
    """The working state of one step; made by `decide`, thrown away after it."""

    def __init__(
        self,
        procedure: Procedure,
        case: Case,
        command: Command,
        now: datetime,
        surroundings: Surroundings,
        opening: Opening | None,
    ) -> None:
        self.procedure = procedure
        self.states = procedure.state
        self.before = case
        self.command = command
        self.now = now
        self.surroundings = surroundings
        self.opening = opening
        self.kernel = kernel_of(procedure)
        self.f = folding = Folding.of(case)
        if opening is not None:
            folding.id = opening.case_id
        self.entries: list[Any] = []
        self.raised: deque[tuple[str, str]] = deque()  # each with the state that it is for, "" for any
        self.given_back: dict[str, str] = {}
        self.moves: list[str] = []  # the states and events of `always` moves and raised events
        self.effects_asked = 0
        self.notices = 0
        self.data_changed = False
        self.base = now  # the instant from which clocks count that start in this step
        self.closing: str | None = None
        self.language = surroundings.organisation.language
        self.sequence = case.sequence + 1
        self.scope = StepScope(
            procedure, self.f, surroundings, now, past=case, actor=command.by, message=command.message
        )
        self.watching = StepScope(
            procedure, self.f, surroundings, now, past=self.f, actor=command.by, message=command.message
        )

    _pass_on: Any  # see `task_commands`

    def emit(self, entry: Any, plain: Any = None) -> None:
        """Keep the entry and fold it in: its `plain` form, where it holds personal data for sealing."""
        self.entries.append(entry)
        FOLD[type(entry)](self.f, entry if plain is None else plain)

    def refuse(self, code: str, facts: Mapping[str, Any] | None = None, **more: Any) -> Refused:
        return Refused(Refusal(code, facts or {}, path=self.procedure.path, **more))

    def _event(self, name: str, state: str = "") -> bool:
        """Offer an event to the active states, or to the one that it is for; True if something took it.

        Every region may take it; in each the innermost state with an alternative that holds does.
        """
        chosen = self._chosen("event", name) if not state else self._chosen_of(state, name)
        if chosen:
            self._microstep(chosen)
        return bool(chosen)

    def _chosen(self, kind: str, name: str) -> list[Transition]:
        """What SCXML selects: for each innermost state the first that holds, inner before outer, without conflicts."""
        found: list[Transition] = []
        active = self.f.active
        for leaf in active:
            for alternative in self.kernel.taking(leaf, kind, name):
                if found and any(alternative is other for other in found):
                    break
                if alternative.when is None or holds(alternative.when, self.scope):
                    found.append(alternative)
                    break
        if len(found) < 2:
            return found
        return self.kernel.chart.compatible(found, (*active, *self.f.around), self.f.last)

    def _chosen_of(self, state: str, name: str) -> list[Transition]:
        """The first alternative that holds of an event that is for one state."""
        if self.f.is_in(state):
            for alternative in self.states[state].events_by_name.get(name, ()):
                if alternative.when is None or holds(alternative.when, self.scope):
                    return [alternative]
        return []

    def _item(self, id: str, kind: str, about: Any, people: tuple[str, ...] = (), roles: Any = None) -> None:
        """Open an item for the people given, else for whoever has the case now, else for its owner."""
        if roles is None and not people:
            roles, people = (), ()
            if kind == "read":
                for task in self.f.tasks.values():
                    roles, people = (
                        (*roles, *task.roles),
                        (*people, *((task.claimed_by,) if task.claimed_by else task.people)),
                    )
            if not roles and not people and self.procedure.owner:
                roles = (self.procedure.owner,)
        if id not in self.f.items:
            sealed = isinstance(about, j.Personal | j.Sealed)  # what another item was about
            self.emit(
                j.ItemOpened(id, kind, tuple(roles or ()), people, about if sealed else j.Personal(about))
            )

    def _break(self, name: str) -> None:
        self.emit(j.PromiseMoved(name, "broken"))
        self._item(f"promise:{name}", "alarm", {"promise": name})

    # one transition

    def _count_move(self, name: str, at: tuple[int, int] = (0, 0)) -> None:
        """Count an `always` move out of a state, or a raised event; too many of them go round in a loop."""
        self.moves.append(name)
        if len(self.moves) <= MOST_MOVES:
            return
        last = self.moves[-1]
        before = [n for n, move in enumerate(self.moves[:-1]) if move == last]
        loop = self.moves[before[-1] :] if before else self.moves[-5:]
        raise self.refuse("loop", {"states": " → ".join(loop), "owner": self.procedure.owner}, at=at)

    def _begin(self) -> None:
        """Enter what a case begins in."""
        entered = tuple(self.kernel.chart.opening(self.procedure.initial))
        self._arrive(entered, {("opening", "")})
        self.scope.not_yet = entered
        self._enter(entered)
        self._moment(("opening", ""))

    def _microstep(self, taken: list[Transition], stored: Mapping[str, Value] | None = None) -> None:
        """Take transitions that go together: exits of all, then what each does, then entries of all.

        `stored` is what was entered with the choice that this is.
        """
        for transition in taken:
            if transition.kind == "always":
                self._count_move(transition.source, transition.at)
            if transition.refuse is not None:
                self._refused_by(transition)
        f, scope, kernel, several = self.f, self.scope, self.kernel, len(taken) > 1
        kind, name = moment = (taken[0].kind, taken[0].name)
        scope.moment = moment
        by, day = (self.command.by, scope.day) if kind == "choice" else ("", None)
        moves = [kernel.move(transition, f) for transition in taken]
        self._leave([state for move in reversed(moves) for state in move.left] if several else moves[0].left)
        entered = kernel.entered(taken, f.last, moves)
        scope.not_yet = entered
        for n, (transition, move) in enumerate(zip(taken, moves, strict=True), 1):
            own = entered
            if several:
                inside = kernel.chart.is_inside
                own = tuple([s for s in entered if transition.to and inside(s, move.domain)])
            self.emit(j.TransitionTaken(transition.id, kind, name, move.left, own, by, day))
            values = self._assigned(transition.sets, transition.at) if transition.sets else {}
            self._store({**stored, **values} if stored else values)
            moments = {moment}
            for state in move.left:
                moments.add(("leaving", state))
            self._arrive(own, moments, whole=n == len(taken))
            if transition.effects:
                here = transition.source if transition.to in (None, "self") else str(transition.to)
                self._effects(transition.effects, name or here, here)
        self._enter(entered)
        self._moment(moment)

    def _refused_by(self, transition: Transition) -> None:
        refusal = refused_by(transition, self.procedure, self.scope)
        if refusal is not None:
            raise Refused(refusal)

    def _leave(self, states: Sequence[str]) -> None:
        """Leave states, inner to outer: the effects of each, then the state itself and what it waited for."""
        f, chart = self.f, self.kernel.chart
        active = f.active
        for name in states:
            state = self.states[name]
            if state.exit:
                self._effects(state.exit, name, name)
            last: tuple[str, ...] = ()
            if name in chart.remembered:
                last = tuple([leaf for leaf in active if chart.is_inside(leaf, name)])
            visit = f.visit(name) if f.waiting else ""
            self.emit(j.StateLeft(name, last))
            if not f.waiting:
                continue
            for key, waiting in list(self.f.waiting.items()):
                item = f"manual:{key}"
                by_hand = item in self.f.items
                if waiting.answers == visit or (by_hand and waiting.unless_left == visit):
                    self.emit(j.EffectAnswered(key, waiting.operation, "cancelled"))
                    if waiting.case:
                        self._request("cancel", {"case": waiting.case})
                    if by_hand:
                        self.emit(j.ItemSettled(item, ""))

    def _arrive(self, states: Sequence[str], moments: set[tuple[str, str]], *, whole: bool = True) -> None:
        """Be in states, outer to inner: deadlines and timers start; what they do on the way in comes later.

        `whole`: nothing else is left or entered at this moment.
        """
        f, chart, by_name = self.f, self.kernel.chart, self.states
        for name in states:
            outer, place = False, -1
            if not chart.is_flat:
                outer = bool(chart.inside[name])
                beside = f.around if outer else f.active
                place = sum(chart.order[other] < chart.order[name] for other in beside)
            self.emit(j.StateEntered(name, f.visits.get(name, 0) + 1, outer, place))
            moments.add(("entering", name))
            state = by_name[name]
            if state.final and state.ends_the_case:
                self._ends(state)
        not_yet, self.scope.not_yet = self.scope.not_yet, ()
        self._clocks(moments, whole=whole)
        self.scope.not_yet = not_yet
        for name in states:
            if by_name[name].after:
                self._arm(by_name[name])

    def _enter(self, states: tuple[str, ...]) -> None:
        """What states do on the way in, outer to inner; a final one inside others may end those."""
        for n, name in enumerate(states, 1):
            state = self.states[name]
            self.scope.not_yet = states[n:]
            if state.entry:
                self._effects(state.entry, name, name)
            if state.invoke is not None:
                self._invoke(state, state.invoke)
            self._open_task(state)
            if state.final and state.parent:
                for outer in self.kernel.chart.done(name, self._is_entered):
                    if "done" in self.states[outer].events_by_name:
                        self.raised.append(("done", outer))

    def _is_entered(self, state: str) -> bool:
        return self.f.is_in(state) and state not in self.scope.not_yet

    def _ends(self, state: State) -> None:
        outcome = fill_spec(state.outcome, self.scope, self.language)
        self.closing = state.name if outcome is None else written(outcome)
        self.scope.closing = self.watching.closing = True

    def _open_task(self, state: State) -> None:
        if state.task is None:
            return
        owners = task_owners(self.procedure, state.task, self.watching)  # who() knows this step too
        if state.task.take not in BY_PEOPLE:
            self._allot(state, owners)
            return
        old = self.f.tasks.get(state.name)
        if old is None or (not old.claimed_by and (old.roles, old.people) != (owners.roles, owners.people)):
            self.emit(j.TaskOpened(state.name, owners.roles, owners.people))

    def _assigned(self, sets: Sequence[tuple[str, Any]], at: tuple[int, int]) -> dict[str, Value]:
        """What a `set` assigns; a field never holds a value that its type does not take."""
        found: dict[str, Value] = {}
        problems: list[Any] = []
        for name, spec in sets:
            declared, value = (
                self.procedure.fields[name],
                storable(fill_spec(spec, self.scope, self.language)),
            )
            if value is not None and declared.type not in UNCHECKED_TYPES:
                value, wrong = check_value(declared, value, field_context(self.surroundings))
                problems.extend(wrong)
            found[name] = value
        if problems:
            raise self.refuse("set", {"owner": self.procedure.owner}, problems=tuple(problems), at=at)
        return found

    def _store(self, values: Mapping[str, Value]) -> None:
        """Set data; evidence that covers what changed no longer counts."""
        self.scope.overlay = {}
        if not values:
            return
        procedure, data = self.procedure, self.f.data
        fields, covered_by, personal = procedure.fields, procedure.covered_by, procedure.personal
        kept: dict[str, Any] = {}
        plain = dict(values)
        voided: list[tuple[str, str]] = []
        for name, value in values.items():
            declared = fields[name]
            kept[name] = j.Personal(value) if value is not None and name in personal else value
            if declared.type == "evidence" and data.get(f"{name}~void"):
                kept[f"{name}~void"] = plain[f"{name}~void"] = None
            if name in covered_by and data.get(name) != value:
                voided += [(e, name) for e in covered_by[name] if e not in values]
        self.emit(j.DataSet(kept), j.DataSet(plain))
        for evidence, because in voided:
            if self.f.data.get(evidence) is not None and not self.f.data.get(f"{evidence}~void"):
                self.emit(j.EvidenceVoided(evidence, because))
        self.data_changed = True

    # to the end of the step

    def _always(self) -> None:
        """Take `always` transitions until none holds."""
        if self.kernel.has_always:
            while self.closing is None and (chosen := self._chosen("always", "")):
                self._microstep(chosen)

    def _raise_all(self) -> None:
        """Handle raised events, one after the other, each in the same way as the first transition."""
        while self.raised:
            name, state = self.raised.popleft()
            if self.closing is None:
                self._count_move(name)
                if self._event(name, state):
                    self._always()
                    continue
            self.emit(j.EventDropped(name))

    def _moment(self, moment: tuple[str, str]) -> None:
        """Judge the promises at this moment; a broken safety promise refuses the whole step."""
        self.watching.moment = moment
        for promise in self.procedure.promises:
            moved = moved_by(promise, self.watching)
            if moved is None:
                continue
            if moved.state == "broken" and promise.kind in SAFETY:
                says = {}
                if promise.says is not None:
                    for language in dict.fromkeys((*self.surroundings.organisation.languages, "en")):
                        says[language] = text_in(promise.says, self.watching, language)
                raise self.refuse("promise", {"promise": promise.name, "says": says}, at=promise.at)
            self.emit(moved)

    def _settle(self) -> None:
        """Tasks as they are now; a case that reached an end is closed."""
        if self.closing is None:
            if not self.f.closed:
                for name in (*self.f.around, *self.f.active):
                    self._open_task(self.states[name])
                if self.surroundings.absences:
                    for name in tuple(self.f.tasks):
                        self._pass_on(name)
            return
        for name, clock in list(self.f.clocks.items()):
            if clock.state == "running":
                self.emit(j.DeadlineEnded(name))
        for promise in self.procedure.promises:
            monitor = self.f.promises.get(promise.name)
            if promise.kind == "after" and monitor is not None and monitor.state == "pending":
                self._break(promise.name)
        self._at_the_end()
        self.emit(j.CaseClosed(self.closing, self.now))

    def _at_the_end(self) -> None:
        """What else the end of a case brings; see `between_cases`."""

    def _command(self, given: Mapping[str, Any], behalf: str = "", name: str = "") -> None:
        c = self.command
        self.emit(j.CommandTaken(c.kind, name or c.name, c.by, behalf, given, self.now, c.source))


def plain(value: Any) -> Any:
    return value.value if isinstance(value, j.Personal) else value


def field_context(surroundings: Surroundings) -> FieldContext:
    """What checks of fields need to know of the organisation; the same for all steps under it."""
    organisation = surroundings.organisation
    kept: FieldContext | None = organisation.__dict__.get("field_context")
    if kept is not None:
        return kept
    made = organisation.__dict__["field_context"] = FieldContext(
        zone=organisation.zone,
        languages=organisation.languages,
        person=organisation.person_id,
        people=tuple(organisation.people),
        roles=tuple(organisation.roles),
        never=str(organisation.parameters.get(NEVER_IN_FREE_TEXT) or ""),
        name_of=organisation.name_of,
    )
    return made
