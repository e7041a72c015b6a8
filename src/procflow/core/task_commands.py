"""What people do with a task itself: take it, give it back, hand it on, put it aside and go on; and whose it is, read
anew.

None of it touches a clock. It must not know what the task is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Case, OpenTask
from procflow.core.choices import active_states, holder_of, no_four_eyes, who_may
from procflow.core.due import Due
from procflow.core.fields import check_input
from procflow.core.nearest import nearest
from procflow.core.organisation import Absence
from procflow.core.people import stand_ins
from procflow.core.policy import stand_in_roles
from procflow.core.procedure import Ask, Field, Procedure, State
from procflow.core.refusals import Refusal
from procflow.core.step import Refused
from procflow.core.words import instant_in_words

TASK_KINDS = frozenset({"claim_task", "give_back", "suspend", "resume", "people"})

_SUSPEND_ASKS = (
    Ask(Field("until", "instant"), False, False),
    Ask(Field("reason", "plain_text", {"minLength": 3}), False, False),
)


class TaskCommands:
    """The part of a step that moves tasks between people; `decide` is its only user."""

    procedure: Procedure
    command: Any
    before: Case
    f: Any
    scope: Any
    surroundings: Any
    now: datetime
    entries: list[Any]
    given_back: dict[str, str]
    emit: Callable[[Any], None]
    refuse: Any
    context: Callable[[], Any]
    _command: Callable[..., None]
    _open_task: Callable[[State], None]
    _item: Callable[..., None]
    _not_there: Any
    _words: Callable[[datetime | None], Mapping[str, str]]

    def _one_task(self, leads_may: bool = False) -> tuple[State, OpenTask, str]:
        """The task that the command is about, with on whose behalf; it must be one for this person."""
        actor, wanted = self.command.by, self.command.name
        if self.before.is_closed:
            raise self._not_there(self.command.kind)
        refusals, found = [], []
        for leaf, task in self.f.tasks.items():
            if wanted and leaf != wanted:
                continue
            state = self.procedure.state[leaf]
            refusal, behalf = who_may(self.procedure, state, None, task, actor, self.scope)
            if refusal is None or (leads_may and self._leads(actor)):
                found.append((state, task, behalf))
            else:
                refusals.append(refusal)
        if len(found) == 1:
            return found[0]
        if found:
            names = [state.name for state, _, _ in found]
            raise self.refuse("ambiguous", {"choice": self.command.kind, "candidates": names})
        if refusals:
            raise Refused(refusals[0])
        raise self.refuse("no_task")

    def _claim_task(self) -> None:
        state, task, behalf = self._one_task()
        actor = self.command.by
        self._command({}, behalf)
        if holder_of(task) and behalf:
            return  # a stand-in has it already, and takes nothing over for good
        if task.claimed_by != actor:
            self.emit(j.TaskClaimed(state.name, actor))

    def _give_back(self) -> None:
        state, task, behalf = self._one_task(leads_may=True)
        actor, holder = self.command.by, holder_of(task)
        if not holder:
            name = self.surroundings.organisation.name_of(actor)
            raise self.refuse("not_yours", {"actor": name})
        self._command({}, behalf)
        self.emit(j.TaskGivenBack(state.name, actor, holder))
        self.given_back[state.name] = holder
        self._open_task(state)

    def _suspend(self) -> None:
        state, _, behalf = self._one_task(leads_may=True)
        values, problems = check_input(_SUSPEND_ASKS, self.command.given, self.context())
        if problems:
            raise self.refuse("input", {"choice": "suspend"}, problems=problems)
        until: datetime = values["until"]
        if until <= self.now:
            zone = self.surroundings.organisation.zone
            words: Mapping[str, str] = {lang: instant_in_words(until, zone, lang) for lang in ("en", "da")}
            raise self.refuse("too_soon", {"until": words})
        self._command({}, behalf)
        self.emit(j.TaskSuspended(state.name, self.command.by, until, j.Personal(values["reason"])))

    def _resume(self) -> None:
        state, task, behalf = self._one_task(leads_may=True)
        if task.suspended is None:
            raise self.refuse("not_suspended")
        self._command({}, behalf)
        self.emit(j.TaskResumed(state.name, self.command.by))

    def _assign(self) -> None:
        """Hand an open task to a person; whoever has it, and the procedure's owner role, may."""
        actor, organisation = self.command.by, self.surroundings.organisation
        to = organisation.person_id(str(self.command.given.get("person", "")))
        if to is None:
            meant = str(self.command.given.get("person", ""))
            near = nearest(meant, tuple(organisation.people))
            raise self.refuse("unknown_person", {"actor": meant, "near": f" ({near}?)" if near else ""})
        wanted = str(self.command.given.get("state") or "")
        mine: list[tuple[State, str]] = []
        refused: Refusal | None = None
        for state in active_states(self.procedure, self.f):
            task = self.f.tasks.get(state.name)
            if state.task is None or task is None or wanted not in ("", state.name):
                continue
            refusal, behalf = who_may(self.procedure, state, None, task, actor, self.scope)
            if refusal is None or self._leads(actor):
                mine.append((state, behalf))
            else:
                refused = refused or refusal
        if len(mine) > 1:
            candidates = ", ".join(state.name for state, _ in mine)
            raise self.refuse("ambiguous", {"choice": "assign", "candidates": candidates})
        if mine:
            ((state, behalf),) = mine
            self._is_there(to)
            four_eyes = no_four_eyes(self.procedure, state, None, to, self.scope)
            if four_eyes is not None:
                raise Refused(four_eyes)
            self._command({}, behalf)
            self.emit(j.TaskGiven(state.name, to, actor))
            return
        if refused is not None:
            raise Refused(refused)
        raise self._not_there("assign")

    def _is_there(self, to: str) -> None:
        """Work is never parked with somebody who is away (PRO-07), as it is not offered to them. Who is of another role
        may get it: whoever has work may have it done by whom they trust (WRP-27)."""
        absence = self.surroundings.absent(to, self.now)
        if absence is not None:
            name = self.surroundings.organisation.name_of(to)
            raise self.refuse("handed_to_absent", {"person": name, "until": self._words(absence.until)})

    def _leads(self, actor: str) -> bool:
        held = self.surroundings.organisation.people.get(actor, {}).get("roles", ())
        return any(
            role in held for role in (self.procedure.owner, *stand_in_roles(self.surroundings.organisation))
        )

    # whose it is, read anew when absences change

    def _people(self) -> None:
        """Read anew who has each task; where nothing has changed the step has no entries and is not kept."""
        self._command({})  # first, for what is opened is opened at its instant
        before = len(self.entries)
        for leaf in tuple(self.f.tasks):
            state = self.procedure.state[leaf]
            self._open_task(state)
            self._pass_on(leaf)
        if len(self.entries) == before:
            self.entries.clear()

    def _pass_on(self, leaf: str) -> None:
        """Say with whom the work of an absent person is, and warn them of what was warned of already."""
        task: OpenTask = self.f.tasks[leaf]
        people = (task.claimed_by,) if task.claimed_by else task.people
        if len(people) != 1:
            return
        person = people[0]
        away = self.surroundings.absent(person, self.now) is not None
        now_with = stand_ins(self.surroundings, person, self.now) if away else ()
        if now_with == task.stand_ins:
            return
        self.emit(j.TaskPassedOn(leaf, person, now_with))
        if not now_with:
            return
        for name, clock in self.f.clocks.items():
            if clock.state == "running" and clock.due and clock.paused is None and clock.warned:
                self.emit(j.PeopleNotified((), now_with, None, name))
                id_ = f"notice:{self.f.sequence + 1}.{leaf}.{name}"
                self._item(id_, "notice", {"because": name, "person": person}, now_with, ())

    def _late_absence(self, deadline: str) -> str:
        """`late_absence` where the work lay with somebody who was away before anybody entered it (PRO-07)."""
        clock = self.f.clocks[deadline]
        due = Due.instant(clock.due)
        for task in self.f.tasks.values():
            for person in (task.claimed_by,) if task.claimed_by else task.people:
                for absence in self.surroundings.absences:
                    if absence.person == person and _unknown_meanwhile(absence, clock.started, due):
                        return "late_absence"
        return ""


def _unknown_meanwhile(absence: Absence, started: datetime, due: datetime) -> bool:
    """Whether some of a clock's time ran while the person was away and nobody had entered it."""
    if absence.entered is None or absence.entered <= absence.since:
        return False
    known = min(absence.entered, absence.until or absence.entered)
    return absence.since < due and started < known
