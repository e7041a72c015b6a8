"""What people do with work itself: the inbox, claiming, giving back, putting aside, handing on; notes and drafts."""

from __future__ import annotations

from functools import partial
from typing import Any

from procflow.api import given as g
from procflow.api import taken as t
from procflow.api.declared import Answered, Asked, resource
from procflow.api.telling import accepted, instant, paged, place_of, seen
from procflow.engine import Answer
from procflow.views.case import case_view
from procflow.views.inbox import inbox_written
from procflow.views.listing import notes_view
from procflow.views.people import queue_view
from procflow.views.places import TASK, cursor
from procflow.views.steps import handed_view, taken_view


@resource("GET", "/api/inbox", may="inbox.read", tag="work", gives=g.Inbox, query=t.InboxFilter, pages=True)
def inbox(asked: Asked) -> Answered:
    """What waits for who asks, stand-in work included, soonest to act by first. The page after this one goes on behind
    its last task, whatever happens to that meanwhile. Messages without a case stand on the first page."""
    query, app = asked.query, asked.app
    if query.everything:
        app.allow("inbox.all", asked.by)
    found = app.whole_inbox(
        "" if query.everything else asked.by,
        asked.by,
        limit=query.limit,
        after=place_of(query.cursor, TASK),
    )
    first = not query.cursor and app.may("message.take").allowed
    messages = app.engine.seen("unmatched", partial(app.store.messages, "unmatched")) if first else []
    next_ = cursor(*found.last) if found.more and found.last is not None else None
    return paged(Answered(inbox_written(app, found, messages, asked.by, asked.language, next=next_)), next_)


@resource("GET", "/api/queues", may="board.read", tag="work", gives=g.Queues)
def queues(asked: Asked) -> Answered:
    """How much open work every role and person has: how old, what is late, what is for today."""
    return Answered({"queues": [queue_view(queue) for queue in asked.app.queues()]})


def _taken(asked: Asked, answer: Answer, within: str = "", **more: Any) -> Answered:
    accepted(asked, answer, within)
    sequence = answer.case.sequence if answer.case is not None else answer.sequence
    return Answered(taken_view(answer, **more), sequence=sequence)


@resource(
    "POST", "/api/cases/{case}/claim", may="case.step", tag="work", gives=g.Taken, takes=t.OfTask, command=True,
    of_case=True, refuses=(409,),
)  # fmt: skip
def claim(asked: Asked) -> Answered:
    """Take work that is offered, or that several could do."""
    return _taken(asked, asked.app.claim(asked.path("case"), asked.by, asked.body.task, asked.request))


@resource(
    "POST", "/api/cases/{case}/give-back", may="case.step", tag="work", gives=g.Taken, takes=t.OfTask, command=True,
    of_case=True, refuses=(409,),
)  # fmt: skip
def give_back(asked: Asked) -> Answered:
    """Give work back to all whom it is for; a lead may take it from whoever has it."""
    return _taken(asked, asked.app.give_back(asked.path("case"), asked.by, asked.body.task, asked.request))


@resource(
    "POST", "/api/cases/{case}/suspend", may="case.step", tag="work", gives=g.Taken, takes=t.Suspending,
    command=True, of_case=True, refuses=(409,),
)  # fmt: skip
def suspend(asked: Asked) -> Answered:
    """Put work aside until a time: it leaves the inbox, and every clock runs on."""
    body, until = asked.body, instant(asked, asked.body.until)
    answer = asked.app.suspend(asked.path("case"), asked.by, until, body.reason, body.task, asked.request)
    return _taken(asked, answer, until=until)


@resource(
    "POST", "/api/cases/{case}/resume", may="case.step", tag="work", gives=g.Taken, takes=t.OfTask, command=True,
    of_case=True, refuses=(409,),
)  # fmt: skip
def resume(asked: Asked) -> Answered:
    """Go on with work that was put aside."""
    return _taken(asked, asked.app.resume(asked.path("case"), asked.by, asked.body.task, asked.request))


@resource(
    "POST", "/api/cases/{case}/assign", may="case.assign", tag="work", gives=g.Taken, takes=t.Assigning,
    command=True, of_case=True, refuses=(409,),
)  # fmt: skip
def assign(asked: Asked) -> Answered:
    """Hand the open work of a case to a person; no clock starts anew."""
    body = asked.body
    answer = asked.app.assign(
        asked.path("case"), body.person, asked.by, asked.request, with_drafts=body.with_drafts
    )
    return _taken(asked, answer, "person", person=body.person)


@resource(
    "POST", "/api/cases/{case}/hand-over", may="case.step", tag="work", gives=g.Taken, takes=t.HandingOver,
    command=True, of_case=True, refuses=(409,),
)  # fmt: skip
def hand_over(asked: Asked) -> Answered:
    """Offer work to a colleague, with a note. It stays with who asks until the colleague takes the choice `take_over`;
    after `turn_down`, or where nobody answers by `until`, it is theirs alone again."""
    body = asked.body
    answer = asked.app.hand_over(
        asked.path("case"), asked.by, body.person, body.note, body.task, asked.request
    )
    accepted(asked, answer, "")
    sequence = answer.case.sequence if answer.case is not None else answer.sequence
    return Answered(handed_view(answer), sequence=sequence)


@resource(
    "POST", "/api/cases/{case}/take-back", may="case.step", tag="work", gives=g.Taken, takes=t.OfTask, command=True,
    of_case=True, refuses=(409,),
)  # fmt: skip
def take_back(asked: Asked) -> Answered:
    """Take back what was offered to a colleague who has not answered; a lead may too."""
    return _taken(asked, asked.app.take_back(asked.path("case"), asked.by, asked.body.task, asked.request))


@resource("GET", "/api/cases/{case}/notes", may="case.read", tag="cases", gives=g.Notes, of_case=True)
def list_notes(asked: Asked) -> Answered:
    """The notes of a case, oldest first."""
    loaded = seen(asked, "notes")
    return Answered(notes_view(asked.app, loaded), sequence=loaded.row.sequence)


@resource(
    "POST", "/api/cases/{case}/notes", may="case.step", tag="cases", gives=g.Taken, takes=t.Noting, status=201,
    command=True, of_case=True, refuses=(409,),
)  # fmt: skip
def write_note(asked: Asked) -> Answered:
    """Write a note into a case."""
    from msgspec.structs import replace

    answer = asked.app.note(asked.path("case"), asked.by, asked.body.text, asked.request)
    return replace(_taken(asked, answer, "text"), status=201)


@resource("GET", "/api/cases/{case}/items", may="case.read", tag="cases", gives=g.Items, of_case=True)
def list_items(asked: Asked) -> Answered:
    """What there is to do or to look at in a case: messages to read, effects to carry out by hand, what is stuck."""
    loaded = seen(asked, "case")
    view = case_view(asked.app, loaded, asked.by, asked.language)
    return Answered({"number": view["number"], "items": view["items"]}, sequence=loaded.row.sequence)
