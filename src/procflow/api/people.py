"""The organisation and its people: who is there, who is away, who has which shift, who stands in for whom."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET

from procflow.api import given_people as g
from procflow.api import taken as t
from procflow.api.declared import Answered, Asked, resource
from procflow.api.telling import accepted, instant
from procflow.app.days import a_day
from procflow.app.naming import named_person
from procflow.core.nearest import did_you_mean
from procflow.core.policy import allowed_actions
from procflow.errors import NotFound, UsageError, words_in_both
from procflow.views.organisation import organisation_view, people_view
from procflow.views.people import absence_view, hand_back_view, mates_view, shifts_view
from procflow.views.steps import absence_taken_view, pair_view, shift_view, swap_view


@resource("GET", "/api/me", may="desk.use", tag="people", gives=g.Me)
def me(asked: Asked) -> Answered:
    """Who asks, as the server knows them, and what they may do."""
    app, actor = asked.app, asked.call.actor
    organisation = app.engine.surroundings().organisation
    may = list(allowed_actions(actor, app.grounds()))
    return Answered(
        {
            "person": actor.person or None, "name": organisation.name_of(actor.person) if actor.person else None,
            "roles": list(organisation.people.get(actor.person, {}).get("roles", ())), "way": actor.way,
            "may": may, "language": asked.language,
        }
    )  # fmt: skip


@resource("GET", "/api/organisation", may="people.read", tag="people", gives=g.Organisation)
def organisation(asked: Asked) -> Answered:
    """The organisation: its zone, its languages, its roles and people, and what time it is there."""
    return Answered(organisation_view(asked.app))


@resource("GET", "/api/people", may="people.read", tag="people", gives=g.People)
def people(asked: Asked) -> Answered:
    """Everybody, with their roles and team mate, and whether they are away now."""
    return Answered({"people": people_view(asked.app)})


@resource("GET", "/api/people/{person}", may="people.read", tag="people", gives=g.Person)
def person(asked: Asked) -> Answered:
    """One person."""
    wanted = _person(asked)
    return Answered(next(one for one in people_view(asked.app) if one["id"] == wanted))


@resource("GET", "/api/people/{person}/hand-back", may="people.read", tag="people", gives=g.HandBack)
def hand_back(asked: Asked) -> Answered:
    """What others did in a person's name during the last absence, and what is open now."""
    app = asked.app
    return Answered(hand_back_view(app, app.hand_back(_person(asked)), asked.by, asked.language))


def _person(asked: Asked) -> str:
    return named_person(asked.app.engine.surroundings().organisation, asked.path("person"))


@resource("GET", "/api/absences", may="people.read", tag="people", gives=g.Absences, query=t.PersonFilter)
def absences(asked: Asked) -> Answered:
    """The absences that are registered, those to come included."""
    surroundings, wanted = asked.app.engine.surroundings(), asked.query.person
    rows = surroundings.absences
    if wanted and not any(row.person == wanted for row in rows):  # else somebody who is gone
        wanted = named_person(surroundings.organisation, wanted)
    return Answered({"absences": [absence_view(row) for row in rows if wanted in ("", row.person)]})


@resource(
    "POST", "/api/absences", may="people.move", tag="people", gives=g.AbsenceTaken, takes=t.Absence, status=201,
    command=True, refuses=(409,),
)  # fmt: skip
def register_absence(asked: Asked) -> Answered:
    """Register that somebody is away, or with `back` that they are here again. The work goes to the stand-ins and comes
    back by itself. A bare date in `until` is its last day. One's own needs no right; others' need `people.move`."""
    app, body = asked.app, asked.body
    organisation = app.engine.surroundings().organisation
    who = organisation.person_id(body.person)
    if who is None:
        said, names = body.person[:40], ", ".join(organisation.people)
        raise UsageError(
            *words_in_both(
                f"nobody here is called {said!r}", f"ingen her hedder {said!r}",
                did_you_mean(said, organisation.people) or f"people: {names}",
                did_you_mean(said, organisation.people, "da") or f"personer: {names}",
            )
        )  # fmt: skip
    now = app.world.now()
    since = instant(asked, body.since) if body.since is not UNSET else now
    until = None if body.until is UNSET else instant(asked, body.until, last=True)
    if body.back:
        until = now
    elif until is not None and until <= since:
        raise UsageError(
            *words_in_both(
                "the absence would end before it begins", "fraværet ville slutte, før det begynder",
                "check `from` and `until`", "se på `from` og `until`",
            )
        )  # fmt: skip
    warning = "" if body.back else app.mate_warning(who, since, until, asked.language)
    answer = accepted(
        asked, app.absent(who, since, until, asked.by, asked.request, holiday=body.holiday), "person"
    )
    return Answered(absence_taken_view(app, answer, body.person, since, until, warning), 201)


@resource("GET", "/api/roster", may="people.read", tag="people", gives=g.Roster, query=t.RosterFilter)
def roster(asked: Asked) -> Answered:
    """The shifts from one day to another, both included, by day."""
    query = asked.query
    first = _day(asked, query.since, "from") if query.since else _today(asked)
    last = _day(asked, query.until, "until") if query.until else None
    return Answered(shifts_view(asked.app.roster(first, last, query.person)))


@resource(
    "PUT", "/api/roster/{day}/{shift}", may="roster.plan", tag="people", gives=g.ShiftTaken, takes=t.OnShift,
    command=True, refuses=(409,),
)  # fmt: skip
def put_on_shift(asked: Asked) -> Answered:
    """Put a person on a shift; whoever had it has it no longer. Needs `roster.plan`."""
    app, day, shift = asked.app, _day_of_place(asked), asked.path("shift")
    answer = accepted(
        asked, app.assign_shift(day, shift, asked.body.person, asked.by, asked.request), "person"
    )
    return Answered(shift_view(app, answer, day, shift, asked.body.person))


@resource(
    "DELETE", "/api/roster/{day}/{shift}", may="roster.plan", tag="people", gives=g.ShiftTaken, command=True,
    refuses=(409,),
)  # fmt: skip
def take_off_roster(asked: Asked) -> Answered:
    """Take a shift off the roster. Needs `roster.plan`."""
    app, day, shift = asked.app, _day_of_place(asked), asked.path("shift")
    answer = accepted(asked, app.assign_shift(day, shift, "", asked.by, asked.request), "person")
    return Answered(shift_view(app, answer, day, shift, ""))


@resource(
    "POST", "/api/roster/swaps", may="roster.plan", tag="people", gives=g.Swapped, takes=t.Swap, status=201,
    command=True, refuses=(409,),
)  # fmt: skip
def swap(asked: Asked) -> Answered:
    """Let two people swap shifts; both have confirmed it. One's own needs no right; others' need `roster.plan`."""
    body = asked.body
    day = _day(asked, body.day)
    back = None if body.in_return is UNSET else _day(asked, body.in_return)
    answer = asked.app.swap_shift(day, body.giver, body.taker, body.confirmed, asked.by, back, asked.request)
    accepted(asked, answer, "confirmed")
    return Answered(swap_view(answer, day, body.giver, body.taker, back, list(body.confirmed)), 201)


@resource("GET", "/api/mates", may="people.read", tag="people", gives=g.Mates)
def mates(asked: Asked) -> Answered:
    """The pairs of team mates, each once."""
    return Answered(mates_view(asked.app))


@resource(
    "POST", "/api/mates", may="people.move", tag="people", gives=g.PairTaken, takes=t.Pair, status=201, command=True,
    refuses=(409,),
)  # fmt: skip
def pair(asked: Asked) -> Answered:
    """Make two people each other's team mate; both have said yes."""
    app, body = asked.app, asked.body
    answer = app.pair_mates(body.one, body.other, body.confirmed, asked.by, asked.request)
    accepted(asked, answer, "confirmed")
    return Answered(pair_view(app, answer, body.one, body.other, mates=True), 201)


@resource(
    "DELETE", "/api/mates/{one}/{other}", may="people.move", tag="people", gives=g.PairTaken, command=True,
    refuses=(409,),
)  # fmt: skip
def part(asked: Asked) -> Answered:
    """Let two team mates part."""
    app, one, other = asked.app, asked.path("one"), asked.path("other")
    answer = accepted(asked, app.part_mates(one, other, asked.by, asked.request), "one")
    return Answered(pair_view(app, answer, one, other, mates=False))


def _today(asked: Asked) -> date:
    found: date = asked.app.engine.surroundings().organisation.calendar.civil_date(asked.app.world.now())
    return found


def _day(asked: Asked, text: str, parameter: str = "") -> date:
    return a_day(text, _today(asked), parameter)


def _day_of_place(asked: Asked) -> date:
    """The day of a path. Raises NotFound for what is none."""
    try:
        return date.fromisoformat(asked.path("day"))
    except ValueError:
        raise NotFound(
            *words_in_both(
                "there is no such day",
                "den dag findes ikke",
                "write it as 2026-03-19",
                "skriv den som 2026-03-19",
            )
        ) from None
