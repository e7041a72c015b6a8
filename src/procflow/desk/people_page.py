"""People: who is away and who stands in, team mates, the roster, and what was done for somebody who comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from procflow.core.words import instant_in_words, relative_in_words
from procflow.desk.frame import page
from procflow.desk.requests import request_of
from procflow.desk.words import desk_words
from procflow.engine import Answer
from procflow.errors import Conflict, NotFound, UsageError, words_in_both
from procflow.views.presence_of_people import people_view
from procflow.web.calls import Call, Reply, see_other
from procflow.web.hints import for_people
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/people", may="people.read")
def people(call: Call) -> Reply:
    """Everybody: absences, team mates, shifts."""
    return _page(call)


class _Wrong(UsageError):
    """Something in a form that its fields alone show; in the reader's words."""


def _page(call: Call, *, status: int = 200, wrong: tuple[str, str] | None = None, about: str = "") -> Reply:
    """The page; what is `wrong`, with a hint, is told at the form that it is `about`, with what was typed."""
    told = None
    if wrong is not None:
        told = {"message": wrong[0], "hint": for_people(wrong[1], call.language), "about": about}
    allowed = {what: call.app.may(what).allowed for what in ("people.move", "roster.plan")}
    return page(
        call, "people.html", status=status, view=people_view(call.app, call.language), told=told, typed=call.form,
        may_move=allowed["people.move"], may_plan=allowed["roster.plan"], request=call.app.world.new_id(),
        done=call.query.get("done", ""), hand_back=_hand_back(call),
    )  # fmt: skip


def _hand_back(call: Call) -> dict[str, Any] | None:
    """What was done in the name of whoever asks (or of ?back=) during the last absence; None without one."""
    person = call.query.get("back", "") or call.person
    try:
        found = call.app.hand_back(person)
    except NotFound:
        return None
    if found.absence is None:
        return None
    organisation, now = call.app.engine.surroundings().organisation, call.app.world.now()
    zone, language = organisation.zone, call.language
    rows = []
    for row in call.app.shown(found.open, call.person):
        title, what = call.app.called(row, call.person, language)
        when = relative_in_words(row.act_by, now, zone, language) if row.act_by else ""
        rows.append({"number": row.number, "title": title, "what": what, "when": when})
    return {
        "name": organisation.name_of(found.person), "own": found.person == call.person,
        "since": instant_in_words(found.absence.since, zone, language),
        "until": instant_in_words(found.absence.until, zone, language) if found.absence.until else "",
        "done": [
            {
                "number": one.number, "choice": one.choice.replace("_", " "), "by": organisation.name_of(one.by),
                "at": instant_in_words(one.at, zone, language),
            }
            for one in found.done
            if call.app.sees(one.case_id, call.person)
        ],
        "open": rows,
    }  # fmt: skip


def _take(call: Call, about: str, act: Callable[[], Answer], said: str) -> Reply:
    """Do it; back to the page with what was done, or the form again with why not."""
    try:
        answer = act()
    except _Wrong as problem:
        return _page(call, status=422, wrong=(problem.message, problem.hint), about=about)
    except Conflict as conflict:
        raise Conflict(
            *words_in_both(
                "somebody else changed this just now", "en anden ændrede dette lige nu",
                "look at the page again", "se på siden igen",
            )
        ) from conflict  # fmt: skip
    if answer.refusal is not None:
        said_no = answer.refusal.words(call.language), answer.refusal.hint(call.language)
        return _page(call, status=422, wrong=said_no, about=about)
    return see_other(f"/people?done={said}#{about}")


@routes.route("POST", "/people/absent", may="people.read")
def absent(call: Call) -> Reply:
    """Register an absence: of oneself, of the team mate, or of others where one may."""
    now = call.app.world.now()
    person, holiday = _text(call, "person") or call.person, _text(call, "why") == "holiday"

    def act() -> Answer:
        since = _instant(call, "since", now)
        until = _instant(call, "until", None, last=True)
        if until is not None and since is not None and until <= since:
            raise _wrong(call, "p_backwards")
        return call.app.absent(person, since or now, until, call.person, request_of(call), holiday=holiday)

    return _take(call, "absences", act, "absent")


@routes.route("POST", "/people/back", may="people.read")
def back(call: Call) -> Reply:
    """Somebody is back: the absence that runs ends now. One that is still to come is taken away."""
    person, now = _text(call, "person"), call.app.world.now()
    begins = _text(call, "begins")
    since = datetime.fromisoformat(begins) if begins else now
    at = max(now, since)
    return _take(
        call, "absences", lambda: call.app.absent(person, at, at, call.person, request_of(call)), "back"
    )


@routes.route("POST", "/people/mates", may="people.read")
def mates(call: Call) -> Reply:
    """Make two people each other's team mate, or let them part."""
    one, other, app = _text(call, "one"), _text(call, "other"), call.app
    if _text(call, "what") == "part":
        return _take(
            call, "mates", lambda: app.part_mates(one, other, call.person, request_of(call)), "parted"
        )
    said_yes = [name for name, field in ((one, "one_said"), (other, "other_said")) if _text(call, field)]
    return _take(call, "mates", lambda: app.pair_mates(one, other, said_yes, call.person, request_of(call)), "paired")  # fmt: skip


@routes.route("POST", "/people/shift", may="people.read")
def shift(call: Call) -> Reply:
    """Put somebody on a shift, or take the shift off the roster."""
    name, person = _text(call, "shift"), _text(call, "person")

    def act() -> Answer:
        if not name:
            raise _wrong(call, "p_no_shift")
        return call.app.assign_shift(_day(call, "day"), name, person, call.person, request_of(call))

    return _take(call, "roster", act, "shift")


@routes.route("POST", "/people/swap", may="people.read")
def swap(call: Call) -> Reply:
    """Two people swap shifts, with the word of both."""
    giver, taker = _text(call, "giver"), _text(call, "taker")
    confirmed = [name for name, field in ((giver, "giver_said"), (taker, "taker_said")) if _text(call, field)]

    def act() -> Answer:
        day = _day(call, "day")
        in_return = _day(call, "in_return") if _text(call, "in_return") else None
        return call.app.swap_shift(day, giver, taker, confirmed, call.person, in_return, request_of(call))

    return _take(call, "roster", act, "swap")


# what a form brings


def _text(call: Call, name: str) -> str:
    value = call.form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _instant(call: Call, name: str, otherwise: datetime | None, *, last: bool = False) -> datetime | None:
    """A day and, beside it, a time of day; a day alone is its midnight, the `last` one the midnight that ends it."""
    if not _text(call, name):
        if _text(call, f"{name}_time"):
            raise _wrong(call, "p_time_alone")
        return otherwise
    day, calendar = _day(call, name), call.app.engine.surroundings().calendar
    clock = _text(call, f"{name}_time").replace(".", ":")
    if not clock:
        return calendar.midnight(day + timedelta(days=1) if last else day)
    try:
        at = datetime.strptime(clock, "%H:%M").time()
    except ValueError as why:
        raise _wrong(call, "p_no_time") from why
    return calendar.midnight(day) if clock == "00:00" else datetime.combine(day, at, calendar.tz)


def _day(call: Call, name: str) -> date:
    try:
        return date.fromisoformat(_text(call, name))
    except ValueError as why:
        raise _wrong(call, "p_no_day") from why


def _wrong(call: Call, word: str) -> _Wrong:
    w = desk_words(call.language)
    return _Wrong(w[word], w["p_look_again"])
