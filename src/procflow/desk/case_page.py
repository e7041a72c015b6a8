"""The page of a case: the queue, the script and the customer side by side; beside the script its story, picture, files
and reasons. What is done with a case is in `case_steps`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procflow.core.calendar import Due
from procflow.core.case import OpenTask
from procflow.core.choices import holder_of
from procflow.core.organisation import Surroundings
from procflow.core.people import holders
from procflow.core.refusals import Refusal
from procflow.core.words import instant_in_words
from procflow.desk.answers import Script, Typed, scope_of, script_of
from procflow.desk.clocks import Shown, shown
from procflow.desk.frame import page
from procflow.desk.queue import queue_of
from procflow.desk.words import desk_words
from procflow.engine import Loaded
from procflow.errors import UsageError, words_in_both
from procflow.views.case import waiting_view
from procflow.views.customer import customer_view, other_case
from procflow.views.finding import case_number
from procflow.views.story import story_view
from procflow.web.calls import Call, Reply
from procflow.web.hints import for_people
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/cases/{case}", may="case.read")
def case(call: Call) -> Reply:
    """A case: what to say, what to ask, what can be answered."""
    loaded = call.app.look(call.path["case"], call.person)
    begun = tuple(filter(None, call.query.get("typed", "").split(",")[:9]))
    return draw(
        call,
        loaded,
        after=whole(call.query.get("after", "")),
        chosen=call.query.get("answer", ""),
        begun=begun,
    )


@routes.route("GET", "/cases/{case}/story", may="case.read")
def story(call: Call) -> Reply:
    """The journal of a case, told."""
    loaded = call.app.look(call.path["case"], call.person)
    told = story_view(call.app, loaded, call.language, whole=True)
    return draw(call, loaded, tab="story", story=told[::-1])


#: What is typed to move work: it stays where that is refused.
TYPED_WORK = ("person", "note", "until", "reason")
#: A note beside the script shows about so many letters, in four lines; the story has it whole.
_SHORT_NOTE = 120
#: Tab -> what the access log calls a look at it.
_LOOKS = {"story": "log", "why": "why", "files": "evidence"}


def read(call: Call, loaded: Loaded, what: str) -> None:
    """Keep in the access log that somebody looked at a case's personal data."""
    call.app.looked(call.person, what, loaded.row.id)


def whole(text: str) -> int | None:
    """A number as a page's address gives it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 12 else None


def draw(
    call: Call, loaded: Loaded, *, status: int = 200, tab: str = "script", after: int | None = None,
    chosen: str = "", begun: Sequence[str] = (), typed: Typed | None = None, problem: Mapping[str, Any] | None = None, **values: Any,
) -> Reply:  # fmt: skip
    """The three zones. `after`: tell what happened since that step; `problem`: a refusal or a conflict to tell."""
    read(call, loaded, _LOOKS.get(tab, "case"))
    app, w = call.app, desk_words(call.language)
    values.setdefault("typed_work", dict.fromkeys(TYPED_WORK, ""))
    values.setdefault("foreseen", None)
    script = script_of(call, loaded, typed or Typed(), chosen, begun)
    customer = customer_view(app, loaded, call.person, call.language)
    zone = app.engine.surroundings().organisation.zone
    for note in customer["notes"]:
        note["when"] = instant_in_words(note["at"], zone, call.language)
        note["long"] = len(note["text"]) > _SHORT_NOTE or note["text"].count("\n") > 2
    return page(
        call, "case.html", status=status, tab=tab, loaded=loaded, script=script, customer=customer,
        queue=queue_of(call, here=loaded.row.number), clocks=_clocks(call, script), effects=_effects(call, loaded),
        work=_work(call, loaded, script), happened=_happened(call, loaded, after), problem=problem,
        request=app.world.new_id(), version=loaded.row.definition[:8], w_=w, people=_colleagues(call), **values,
    )  # fmt: skip


def _clocks(call: Call, script: Script) -> list[dict[str, Any]]:
    """The deadlines of a case: how each stands, its sentence, and how it was computed."""
    app, w = call.app, desk_words(call.language)
    surroundings, now = app.engine.surroundings(), app.world.now()
    found = []
    for clock in script.view["deadlines"]:
        due = clock["due"]
        state = clock["state"]
        if state == "running" and due is not None:
            mood = shown(due, clock.get("act_by"), now, surroundings, call.language, w)
        else:
            sign = {"missed": "late", "met": "ok"}.get(state, "still")
            mood = Shown(sign, w["clock_states"].get(state, state))
        found.append({**clock, "shown": mood, "runs": state in ("running", "paused")})
    return sorted(found, key=lambda each: not each["runs"])


def _effects(call: Call, loaded: Loaded) -> list[dict[str, Any]]:
    """What was asked of the outside and is not answered: on its way, or in trouble."""
    return [
        {**each, "error": each["error"] or "", "by_hand": f"manual:{each['key']}" in loaded.plain.items}
        for each in waiting_view(call.app, loaded.plain, call.person, call.language)
    ]


def _work(call: Call, loaded: Loaded, script: Script) -> dict[str, Any]:
    """Whose the work is, and what this person may do with it."""
    surroundings, now = call.app.engine.surroundings(), call.app.world.now()
    organisation = surroundings.organisation
    held: dict[str, None] = {}
    can = dict.fromkeys(
        ("claim", "give_back", "suspend", "resume", "assign", "hand_over", "take_back"), False
    )
    suspended = ""
    others: set[str] = set()
    person = organisation.people.get(call.person, {}).get("roles", ())
    leads = "lead" in person or call.app.procedure_of(loaded).owner in person  # may move others' work
    for task in loaded.plain.tasks.values():
        people = (task.claimed_by,) if task.claimed_by else task.people
        roles = () if task.claimed_by else task.roles
        mine = call.person in holders(surroundings, roles, people, now)
        holder = holder_of(task)
        for name in people:
            held[organisation.name_of(name)] = None
        for role in roles:
            held[organisation.role_name(role, call.language)] = None
        can["claim"] |= mine and not holder
        can["give_back"] |= bool(holder) and (mine or leads)
        can["suspend"] |= mine and task.suspended is None
        can["resume"] |= mine and task.suspended is not None
        can["assign"] |= mine or leads
        can["hand_over"] |= mine
        if mine:
            others |= _others(surroundings, task, now) - {call.person, holder}
        if task.suspended is not None:
            suspended = instant_in_words(task.suspended, organisation.zone, call.language)
    offered = []
    for one in loaded.plain.hand_overs.values():
        when = instant_in_words(Due.instant(one.due), organisation.zone, call.language)
        words = desk_words(call.language)["offered_to"]
        offered.append(words.format(who=organisation.name_of(one.to), when=when))
        can["take_back"] |= call.person == one.by or leads
        can["hand_over"] = False
    return {"with": ", ".join(held), "can": can, "suspended": suspended, "offered": offered, "others": others}


def _others(surroundings: Surroundings, task: OpenTask, now: datetime) -> set[str]:
    """Who is there and could do a task too: those of its roles, or of the roles of the people it is for."""
    organisation = surroundings.organisation
    roles = task.roles or tuple(
        role for one in task.people for role in organisation.people.get(one, {}).get("roles", ())
    )
    return {
        name
        for role in roles
        for name in organisation.members.get(role, ())
        if surroundings.absent(name, now) is None
    }


def _colleagues(call: Call) -> list[tuple[str, str]]:
    organisation = call.app.engine.surroundings().organisation
    return sorted(((code, organisation.name_of(code)) for code in organisation.people), key=lambda pair: pair[1])  # fmt: skip


def _happened(call: Call, loaded: Loaded, after: int | None) -> dict[str, Any] | None:
    """What the steps after a sequence did, for the line that says that it worked."""
    if after is None or after >= loaded.row.sequence:
        return None
    steps = story_view(call.app, loaded, call.language, after)
    started = [call.app.engine.load(number) for number in call.app.started_by(loaded, after)]
    return {
        "lines": [line for step in steps for line in step["lines"]],
        "started": [other_case(call.app, each, call.person, call.language) for each in started],
    }


def refused(call: Call, loaded: Loaded, refusal: Refusal, take: str) -> dict[str, Any]:
    """A refusal for the page: what is the matter, what to do, and where in the procedure it stands."""
    from procflow.core.guard_words import GuardWords
    from procflow.views.why import tree

    words = GuardWords(scope_of(call, loaded), call.language)
    return {
        "kind": "refusal", "code": refusal.code, "message": refusal.words(call.language), "hint": for_people(refusal.hint(call.language), call.language),
        "line": refusal.at[0] or None, "choice": take.partition(" ")[0],
        "guards": [tree(guard, words) for guard in refusal.guards],
    }  # fmt: skip


def faster(call: Call, loaded: Loaded, seen: int, said: str = "") -> dict[str, Any]:
    """A conflict for the page: who did what since this was drawn."""
    steps: Sequence[Mapping[str, Any]] = story_view(call.app, loaded, call.language, seen)
    w = desk_words(call.language)
    by = list(dict.fromkeys(step["by_name"] for step in steps if step["by_name"] and step["by"] != call.person))  # fmt: skip
    message = w["faster_by"].format(who=", ".join(by)) if by else said or w["moved"]
    return {
        "kind": "conflict", "code": "conflict", "message": message, "hint": w["look_again"],
        "lines": [line for step in steps for line in step["lines"]][:6], "line": None, "choice": "", "guards": [],
    }  # fmt: skip


def number_of(text: str) -> int:
    """The number of a case as a form gives it. Raises UsageError."""
    found = case_number(text)
    if found is None:
        raise UsageError(
            *words_in_both(
                f"{text[:40]!r} is no number of a case", f"{text[:40]!r} er ikke et sagsnummer",
                "look the number up in the inbox", "slå nummeret op i indbakken",
            )
        )  # fmt: skip
    return found
