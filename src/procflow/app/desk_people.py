"""What people do with work itself, and what is told about it: taken, given back, put aside, handed back; queues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field

from procflow.app.allowing import HOUSE
from procflow.app.drafts import Drafts
from procflow.app.naming import named_person
from procflow.core import journal as j
from procflow.core.decide import Request
from procflow.core.mates import mate_of
from procflow.core.organisation import Absence, Shift
from procflow.core.people import holders
from procflow.core.policy import ALLOWED, About, Actor, Verdict, verdict
from procflow.core.procedure import Procedure
from procflow.core.roster import mate_warning
from procflow.engine import Answer, Loaded
from procflow.errors import NotAllowed
from procflow.stored import DoneFor, Queue, TaskRow


class Work(Struct, frozen=True):
    """One task of a case from when it was opened: who was asked, who took it, who did what with it."""

    state: str
    opened: datetime
    roles: tuple[str, ...]
    people: tuple[str, ...]
    #: (instant, what, person): allotted, claimed, given, given_back, passed_on, done; `done` with the choice
    moves: tuple[tuple[datetime, str, str, str], ...] = ()


class HandBack(Struct, frozen=True):
    """For a person who comes back: the last absence, what was done meanwhile in the person's name, what is open."""

    person: str
    absence: Absence | None
    done: list[DoneFor] = field(default_factory=list)
    open: list[TaskRow] = field(default_factory=list)


class DeskPeople(Drafts):
    """The part of the app that moves work between people."""

    def look(self, case: str | int, by: str) -> Loaded:
        """A case that this person may see. Raises NotFound, and NotAllowed for one whose procedure says who may
        (`visible_to`); that somebody tried is kept in the access log."""
        loaded = self.engine.load(case)
        by = self.allow("case.read", by, procedure=loaded.row.procedure, case=loaded.row.id)
        if _holds_personal(self.engine.procedure(loaded.row.definition)):
            self.allow("personal.read", by, procedure=loaded.row.procedure, case=loaded.row.id)
        self.check_visible(loaded, by)
        return loaded

    def check_visible(self, loaded: Loaded, by: str) -> None:
        """Raises NotAllowed where the case is shown to others only, which nobody acts on either."""
        procedure = self.engine.procedure(loaded.row.definition)
        if not procedure.visible_to or self._may_see(procedure, loaded, by):
            return
        person = by or "-"
        self.store.log_access(self.world.now(), person, "look", loaded.row.id, "", "not_visible")
        organisation = self.engine.surroundings().organisation
        names = {
            language: ", ".join(organisation.role_name(role, language) for role in procedure.visible_to)
            for language in ("en", "da")
        }
        number = loaded.row.number
        reasons = {
            "en": f"case {number} is shown to {names['en']} only",
            "da": f"sag {number} vises kun for {names['da']}",
        }
        hints = {
            "en": "say who you are with --as, or ask one of them",
            "da": "sig, hvem du er, med --as, eller spørg en af dem",
        }
        facts = {"reason": "not_visible", "action": "case.read", "reasons": reasons, "hints": hints}
        language = self.language if self.language in reasons else "en"
        raise NotAllowed(reasons[language], hints[language], facts)

    def sees(self, case: str | int, by: str) -> bool:
        """Whether this person may see a case, asked for in passing: nothing is kept of it."""
        loaded = self.engine.load(case)
        about, procedure = About(loaded.row.procedure), self.engine.procedure(loaded.row.definition)
        if not self.may("case.read", by, about).allowed:
            return False
        if _holds_personal(procedure) and not self.may("personal.read", by, about).allowed:
            return False
        return not procedure.visible_to or self._may_see(procedure, loaded, by)

    def _may_see(self, procedure: Procedure, loaded: Loaded, by: str) -> bool:
        """Members of the roles, who stands in for them, and whoever has open work in the case."""
        surroundings, now = self.engine.surroundings(), self.world.now()
        person = self._person(by) if by else ""
        if person not in surroundings.organisation.people:
            return False
        held = surroundings.organisation.people[person].get("roles", ())
        if any(role in procedure.visible_to for role in held):
            return True
        tasks, items = loaded.plain.tasks.values(), loaded.plain.items.values()
        # a role that has left the organisation shows a case to nobody
        known = surroundings.organisation.roles
        seeing = tuple(role for role in procedure.visible_to if role in known)
        owners: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(seeing, ())]
        owners += [(one.roles, one.people) for one in tasks]
        owners += [(one.roles, one.people) for one in items]
        claimed = [((), (task.claimed_by,)) for task in loaded.plain.tasks.values() if task.claimed_by]
        return any(
            person in holders(surroundings, roles, people, now) for roles, people in [*owners, *claimed]
        )

    def shown(self, rows: list[TaskRow], by: str) -> list[TaskRow]:
        """Of these rows, those whose cases this person may see."""
        kept: dict[str, bool] = {}
        rows = [row for row in rows if self.in_scope(row.procedure)]
        for row in rows:
            if row.case_id not in kept:
                procedure = self.engine.procedure(row.definition)
                kept[row.case_id] = not procedure.visible_to or self._may_see(
                    procedure, self.engine.load(row.case_id), by
                )
        return [row for row in rows if kept[row.case_id]]

    def claim(self, case: str | int, by: str, task: str = "", request: str | Request = "") -> Answer:
        """Take work that is offered, or that several could do."""
        return self._about_task(case, "claim_task", by, task, {}, request)

    def give_back(self, case: str | int, by: str, task: str = "", request: str | Request = "") -> Answer:
        """Give work back to all whom it is for; a lead may take it from whoever has it."""
        return self._about_task(case, "give_back", by, task, {}, request)

    def hand_over(
        self, case: str | int, by: str, person: str, note: str, task: str = "", request: str | Request = ""
    ) -> Answer:
        """Offer work to a colleague, with a note; it stays with `by` until the colleague takes it over.

        Raises NotAllowed where the policy lets the colleague act on no such case."""
        row = self.engine.load(case).row
        said = self._policy_of(person, row.procedure)
        if not said.allowed:
            raise NotAllowed(
                said.words(self.language), "choose another colleague",
                {"reason": said.code, "action": "case.step", "reasons": said.reasons},
            )  # fmt: skip
        return self._about_task(case, "hand_over", by, task, {"person": person, "note": note}, request)

    def _policy_of(self, person: str, procedure: str) -> Verdict:
        """Whether somebody else may act on cases of a procedure; who is unknown is refused with better words."""
        who = self._person(person)
        grounds = self.grounds("case.step")
        if who not in grounds.organisation.people:
            return ALLOWED
        return verdict(Actor(who), "case.step", grounds, About(procedure))

    def take_back(self, case: str | int, by: str, task: str = "", request: str | Request = "") -> Answer:
        """Take back what was offered to a colleague who has not answered; a lead may too."""
        return self._about_task(case, "take_back", by, task, {}, request)

    def suspend(
        self,
        case: str | int,
        by: str,
        until: datetime,
        reason: str,
        task: str = "",
        request: str | Request = "",
    ) -> Answer:
        """Put work aside: it leaves the inbox until an instant, and every clock runs on."""
        given = {"until": until, "reason": reason}
        return self._about_task(case, "suspend", by, task, given, request)

    def resume(self, case: str | int, by: str, task: str = "", request: str | Request = "") -> Answer:
        """Go on with work that was put aside."""
        return self._about_task(case, "resume", by, task, {}, request)

    def _about_task(
        self, case: str | int, kind: str, by: str, task: str, given: Mapping[str, Any], request: str | Request
    ) -> Answer:
        self.one_clock()
        loaded = self.engine.load(case)
        row = loaded.row
        person = self.allow("case.step", by, procedure=row.procedure, case=row.id)
        self.check_visible(loaded, person)
        return self.engine.submit(row.id, self._request(request).command(kind, task, person, given))

    def move_drafts(self, case: str | int, giver: str, taker: str) -> int:
        """What one person has typed for a case goes to another, so that nothing is typed twice; -> how many."""
        with self.asked_by(HOUSE):
            return self._move_drafts(case, giver, taker)

    def _move_drafts(self, case: str | int, giver: str, taker: str) -> int:
        from procflow.core.choices import active_states

        loaded = self.engine.load(case)
        procedure = self.engine.procedure(loaded.row.definition)
        moved = 0
        for state in active_states(procedure, loaded.plain):
            names = list(state.choices_by_name)
            for choice in (*names, *(f"{state.name}.{name}" for name in names)):
                typed = self.draft(case, giver, choice)
                if typed:
                    self.keep_draft(case, taker, choice, typed)
                    self.drop_draft(case, giver, choice)
                    moved += 1
        return moved

    # absences and shifts

    def absent(
        self,
        person: str,
        since: datetime,
        until: datetime | None,
        by: str,
        request: str | Request = "",
        *,
        holiday: bool = False,
    ) -> Answer:
        """Register an absence, or end the one that runs (`until` not after `since`).

        A `holiday` is refused while the team mate is away; illness is not.
        """
        self.one_clock()
        self.publish()
        who = self._person(person)
        by = self.allow("people.move", by, own=self._close(by, who))
        if until is not None and until <= since:
            return self.engine.end_absence(self._request(request), who, until, by)
        absence = Absence(who, since, until)
        return self.engine.register_absence(self._request(request), absence, by, mate_must_stay=holiday)

    def _close(self, by: str, who: str) -> bool:
        """Whether somebody is this person, or their team mate, who stands in for them."""
        return who in (
            me := self._person(by or self.actor.person),
            mate_of(self.engine.surroundings().organisation, me),
        )

    def mate_warning(self, person: str, since: datetime, until: datetime | None, language: str) -> str:
        """What to say where a person and the team mate are away at the same time; "" where one is there."""
        absence = Absence(self._person(person), since, until)
        return mate_warning(self.engine.surroundings(), absence, language)

    def hand_back(self, person: str) -> HandBack:
        """For somebody who is back, or still away. Raises NotFound for nobody here."""
        who, surroundings = self._person(person), self.engine.surroundings()
        if self.actor.way not in ("os", "host"):
            self.allow("people.move", own=who == self.actor.person)
        named_person(surroundings.organisation, who)
        now = self.world.now()
        begun = [a for a in surroundings.absences if a.person == who and a.since <= now]
        absence = max(begun, key=lambda a: a.since, default=None)
        done = self.store.done_for(who, absence.since, absence.until) if absence is not None else []
        return HandBack(who, absence, done, self.store.tasks(people=(who,)))

    def assign_shift(
        self, day: date, shift: str, person: str, by: str, request: str | Request = ""
    ) -> Answer:
        """Put a person on a shift of the roster; an empty person takes the shift off it."""
        self.one_clock()
        self.publish()
        by = self.allow("roster.plan", by)
        who = self._person(person) if person else ""
        return self.engine.assign_shift(self._request(request), day, shift, who, by)

    def swap_shift(
        self,
        day: date,
        giver: str,
        taker: str,
        confirmed: Sequence[str],
        by: str,
        in_return: date | None = None,
        request: str | Request = "",
    ) -> Answer:
        """Let two people swap shifts; both must have confirmed it."""
        self.one_clock()
        self.publish()
        both = [self._person(name) for name in confirmed]
        people = self._person(giver), self._person(taker)
        by = self.allow("roster.plan", by, own=self._person(by or self.actor.person) in people)
        return self.engine.swap_shift(self._request(request), day, *people, both, by, in_return)

    def pair_mates(
        self, one: str, other: str, confirmed: Sequence[str], by: str, request: str | Request = ""
    ) -> Answer:
        """Make two people each other's team mate; both must have said yes."""
        self.one_clock()
        self.publish()
        both = self._person(one), self._person(other)
        by = self.allow("people.move", by, own=self._person(by or self.actor.person) in both)
        said_yes = [self._person(name) for name in confirmed]
        return self.engine.pair_mates(self._request(request), *both, said_yes, by)

    def part_mates(self, one: str, other: str, by: str, request: str | Request = "") -> Answer:
        """Let two team mates part."""
        self.one_clock()
        self.publish()
        both = self._person(one), self._person(other)
        by = self.allow("people.move", by, own=self._person(by or self.actor.person) in both)
        return self.engine.part_mates(self._request(request), *both, by)

    def mates(self) -> list[tuple[str, str]]:
        """The pairs of team mates, each once, in the order of the organisation's file."""
        organisation = self.engine.surroundings().organisation
        pairs = [(person, mate_of(organisation, person)) for person in organisation.people]
        order = list(organisation.people)
        return [(one, mate) for one, mate in pairs if mate in order and order.index(one) < order.index(mate)]

    def roster(self, since: date, until: date | None = None, person: str = "") -> list[Shift]:
        """The shifts from one day to another, both included, by day; without `until` all that are planned."""
        from procflow.records.reports.period import in_order

        surroundings = self.engine.surroundings()
        if until is not None:
            in_order(since, until)
        # whoever has shifts, or had them and is gone, is somebody
        wanted = self._person(person) if person else ""
        if wanted and not any(shift.person == wanted for shift in surroundings.shifts):
            wanted = named_person(surroundings.organisation, person)
        return [
            shift
            for shift in surroundings.shifts
            if since <= shift.day and (until is None or shift.day <= until) and wanted in ("", shift.person)
        ]

    # what is told

    def queues(self) -> list[Queue]:
        """Every role and person with open work, as the store counts it; `soon` is to be done by the end of today."""
        calendar, now = self.engine.surroundings().calendar, self.world.now()
        return self.store.queues(now, calendar.day_of(now).ends)

    def work_of_case(self, case: str | int) -> list[Work]:
        """Every task that a case had, in order: who was asked, who took it, who did it."""
        found: list[Work] = []
        open_: dict[str, int] = {}
        for step, entries in self.engine.journal(case):
            by, behalf = "", ""
            for entry in entries:
                if isinstance(entry, j.CommandTaken):
                    by, behalf = entry.by, entry.on_behalf
                elif isinstance(entry, j.TaskOpened) and entry.state not in open_:
                    open_[entry.state] = len(found)
                    found.append(Work(entry.state, step.at, entry.roles, entry.people))
                elif isinstance(entry, j.TransitionTaken) and entry.kind == "choice" and by:
                    for state in entry.left or tuple(open_):
                        _add(found, open_, state, (step.at, "done", by, _for(entry.name, behalf)))
                elif isinstance(entry, j.StateLeft):
                    open_.pop(entry.state, None)
                else:
                    for state, what, person, more in _moves(entry):
                        _add(found, open_, state, (step.at, what, person, more))
        return found


def _holds_personal(procedure: Procedure) -> bool:
    """Whether cases of this procedure have a field that is marked personal."""
    return any(field.pii for field in procedure.data)


def _for(choice: str, behalf: str) -> str:
    return f"{choice} for {behalf}" if behalf else choice


def _moves(entry: Any) -> Iterator[tuple[str, str, str, str]]:
    if isinstance(entry, j.TaskAllotted):
        yield entry.state, "allotted", entry.to, entry.rule
    elif isinstance(entry, j.TaskClaimed):
        yield entry.state, "claimed", entry.by, ""
    elif isinstance(entry, j.TaskGiven):
        yield entry.state, "given", entry.to, entry.by
    elif isinstance(entry, j.TaskGivenBack):
        yield entry.state, "given_back", entry.of, entry.by
    elif isinstance(entry, j.TaskSuspended):
        yield entry.state, "suspended", entry.by, ""
    elif isinstance(entry, j.TaskResumed):
        yield entry.state, "resumed", entry.by, ""
    elif isinstance(entry, j.HandOverOffered):
        yield entry.state, "handed_over", entry.by, entry.to
    elif isinstance(entry, j.HandOverEnded):
        yield entry.state, entry.how, entry.by or entry.to, ""
    elif isinstance(entry, j.TaskPassedOn):
        yield entry.state, "passed_on" if entry.to else "back", entry.of, ", ".join(entry.to)


def _add(
    found: list[Work], open_: Mapping[str, int], state: str, move: tuple[datetime, str, str, str]
) -> None:
    place = open_.get(state)
    if place is not None:
        work = found[place]
        found[place] = Work(work.state, work.opened, work.roles, work.people, (*work.moves, move))
