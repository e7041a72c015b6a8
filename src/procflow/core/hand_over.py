"""A case handed over with acceptance: somebody offers their work to a colleague with a note, and the work stays with
them until the colleague takes it over. Who turns it down says why; where nobody answers in time it goes back, and its
giver and the owner of the procedure are told (X-09).

A part of a step. No clock of the case is touched; the offer has a time of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from procflow.core import journal as j
from procflow.core.calendar import Due
from procflow.core.case import Case, HandOver, OpenTask
from procflow.core.choices import holder_of, no_four_eyes
from procflow.core.fields import check_input
from procflow.core.nearest import nearest
from procflow.core.procedure import Ask, Field, Procedure, State
from procflow.core.render import fill_time
from procflow.core.step import Refused
from procflow.core.words import instant_in_words

#: The parameter of the organisation that says how long an offer stands, and what it is where there is none.
ANSWER_WITHIN, UNLESS_SAID = "hand_over_answer", "4 open hours"
#: The kind of the item by which the colleague sees the offer.
ITEM = "handover"

_NOTE = (Ask(Field("note", "plain_text", {"minLength": 10}), False, False),)


def item_of(state: str) -> str:
    return f"{ITEM}:{state}"


class HandOvers:
    """The part of a step that hands work over; `decide` is its only user."""

    procedure: Procedure
    command: Any
    before: Case
    f: Any
    scope: Any
    surroundings: Any
    now: datetime
    emit: Callable[[Any], None]
    refuse: Any
    context: Callable[[], Any]
    _command: Callable[..., None]
    _item: Callable[..., None]
    _one_task: Callable[..., tuple[State, OpenTask, str]]
    _leads: Callable[[str], bool]
    _not_there: Any

    def _hand_over(self) -> None:
        """Offer work to a colleague; it stays with whoever offers it until that colleague takes it over."""
        state, task, behalf = self._one_task()
        giver = self.command.by
        given = dict(self.command.given)
        to = self._colleague(str(given.pop("person", "")), state, task)
        values, problems = check_input(_NOTE, given, self.context())
        if problems:
            raise self.refuse("input", {"choice": "hand_over"}, problems=problems)
        if state.name in self.f.hand_overs:
            raise self.refuse("handed_over", self._facts(self.f.hand_overs[state.name]))
        due = self._answer_due()
        self._command({}, behalf)
        if not holder_of(task) and not behalf:
            self.emit(j.TaskClaimed(state.name, giver))  # so that nobody else begins with it meanwhile
        note = values["note"]
        self.emit(j.HandOverOffered(state.name, to, giver, due, j.Personal(note)))
        name = self.surroundings.organisation.name_of(giver)
        about = {"from": name, "note": note, "until": Due.instant(due)}
        self._item(item_of(state.name), ITEM, about, (to,), ())

    def _colleague(self, meant: str, state: State, task: OpenTask) -> str:
        """The person a case is offered to, who must be here, another, there today, and one who may do this work."""
        organisation = self.surroundings.organisation
        to: str | None = organisation.person_id(meant)
        if to is None:
            near = nearest(meant, tuple(organisation.people))
            raise self.refuse("unknown_person", {"actor": meant, "near": f" ({near}?)" if near else ""})
        name = organisation.name_of(to)
        if to in (self.command.by, holder_of(task)):
            raise self.refuse("handed_to_holder", {"person": name})
        absence = self.surroundings.absent(to, self.now)
        if absence is not None:
            raise self.refuse("handed_to_absent", {"person": name, "until": self._words(absence.until)})
        if not self._may_do(to, task):
            raise self.refuse("handed_to_other_role", {"person": name, "owners": self._for_whom(task)})
        four_eyes = no_four_eyes(self.procedure, state, None, to, self.scope)
        if four_eyes is not None:
            raise Refused(four_eyes)
        return to

    def _may_do(self, person: str, task: OpenTask) -> bool:
        """Whether work is also this person's to do: by its roles, or where it is somebody's, by a role in common."""
        held = self.surroundings.organisation.people[person].get("roles", ())
        if task.roles:
            return any(role in held for role in task.roles)
        people = self.surroundings.organisation.people
        return any(role in held for one in task.people for role in people.get(one, {}).get("roles", ()))

    def _for_whom(self, task: OpenTask) -> Mapping[str, str]:
        organisation = self.surroundings.organisation
        return {
            language: ", ".join(
                [organisation.role_name(role, language) for role in task.roles]
                or [organisation.name_of(person) for person in task.people]
            )
            for language in ("en", "da")
        }

    def _answer_due(self) -> Any:
        said = self.surroundings.organisation.parameters.get(ANSWER_WITHIN)
        time = fill_time(said, self.scope) if said not in (None, "") else None
        time = time if time is not None else fill_time(UNLESS_SAID, self.scope)
        return self.surroundings.calendar.due(time, self.now, bare_date="closing").to_json()

    # what becomes of it

    def _take_back(self) -> None:
        """Whoever offered it does not want to hand it over any more; a lead may say so too."""
        wanted = self.command.name
        offers = {name: one for name, one in self.f.hand_overs.items() if wanted in ("", name)}
        if not offers:
            raise self._not_there("take_back") if self.before.is_closed else self.refuse("not_handed_over")
        actor = self.command.by
        mine = {name: one for name, one in offers.items() if actor == one.by or self._leads(actor)}
        if not mine:
            raise self.refuse("not_your_offer", self._facts(next(iter(offers.values()))))
        if len(mine) > 1:
            raise self.refuse("ambiguous", {"choice": "take_back", "candidates": sorted(mine)})
        ((state, one),) = mine.items()
        self._command({})
        self._over(state, one, "taken_back", actor)

    def _offer_answered(self, item: str, choice: str, values: Mapping[str, Any]) -> None:
        """The colleague takes the work over, or turns it down with a reason."""
        state = item.partition(":")[2]
        one: HandOver = self.f.hand_overs[state]
        if choice == "take_over":
            four_eyes = no_four_eyes(self.procedure, self.procedure.state[state], None, one.to, self.scope)
            if four_eyes is not None:
                raise Refused(four_eyes)
            self._over(state, one, "taken_over", self.command.by)
            self.emit(j.TaskGiven(state, one.to, one.by))
            return
        reason = str(values["reason"])
        self._over(state, one, "turned_down", self.command.by, reason)
        name = self.surroundings.organisation.name_of(self.command.by)
        about = {"hand_over": "turned_down", "person": name, "reason": reason}
        self._item(f"notice:{self.f.sequence + 1}.{item}", "notice", about, (one.by,), ())

    def _offer_unanswered(self, state: str) -> None:
        """Nobody answered in time: the work is its giver's alone again, who is told, and so is the procedure's owner."""
        one: HandOver = self.f.hand_overs[state]
        self._over(state, one, "unanswered", "")
        about = {"hand_over": "unanswered", "person": self.surroundings.organisation.name_of(one.to)}
        id_ = f"notice:{self.f.sequence + 1}.{item_of(state)}"
        self._item(id_, "notice", about, (one.by,), ())
        if self.procedure.owner:
            self.emit(j.PeopleNotified((self.procedure.owner,), (), None, "hand_over"))
            self._item(f"{id_}.owner", "notice", about, (), (self.procedure.owner,))

    def _offers_lapse(self) -> None:
        """An offer of work that was done, given on or given back meanwhile is over."""
        before = self.before
        for state, one in tuple(self.f.hand_overs.items()):
            task = self.f.tasks.get(state)
            if state in before.hand_overs and (
                task is None
                or self.f.visit(state) != before.visit(state)
                or holder_of(task) != holder_of(before.tasks[state])
            ):
                self._over(state, one, "lapsed", "")

    def _over(self, state: str, one: HandOver, how: str, by: str, reason: str = "") -> None:
        said = j.Personal(reason) if reason else None
        self.emit(j.HandOverEnded(state, one.to, one.by, how, by, said))
        if item_of(state) in self.f.items:
            self.emit(j.ItemSettled(item_of(state), by))

    # words

    def _words(self, at: datetime | None) -> Mapping[str, str]:
        zone = self.surroundings.organisation.zone
        if at is None:
            return {"en": "until further notice", "da": "indtil videre"}
        return {
            "en": f"until {instant_in_words(at, zone, 'en')}",
            "da": f"til {instant_in_words(at, zone, 'da')}",
        }

    def _facts(self, one: HandOver) -> dict[str, Any]:
        name = self.surroundings.organisation.name_of
        return {
            "person": name(one.to),
            "giver": name(one.by),
            "until": self._words(Due.instant(one.due)),
        }
