"""The shapes of what the API takes: queries and bodies. The OpenAPI document is made from these, and what comes is held
against them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Limit = Annotated[int, Meta(ge=1, le=200, description="At most so many on one page.")]
Cursor = Annotated[
    str,
    Meta(max_length=1000, description="Where the page before ended: its `next`. It means nothing by itself."),
]
Text = Annotated[str, Meta(max_length=20_000)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Instant = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="An instant in ISO 8601, or a time of the language: `2 hours`, `next open day at 09:00`.",
    ),
]
Day = Annotated[str, Meta(min_length=1, max_length=20, description="A day: `2026-05-11`, or `today`.")]
With = Annotated[
    dict[str, Any],
    Meta(
        description="Values by the names of fields, as JSON or as people write them. A file is "
        '`{"name": "…", "content": "base64…"}`, or what an upload of evidence answered.'
    ),
]


class In(Struct, frozen=True, forbid_unknown_fields=True):
    """What comes in: a name that is not known is an error."""


# --- queries


class Paging(In, frozen=True):
    limit: Limit = 50
    cursor: Cursor = ""


class CaseFilter(Paging, frozen=True):
    procedure: Annotated[str, Meta(min_length=1, description="Only cases of this procedure.")] = ""
    open: Annotated[bool, Meta(description="Only open cases, or only closed ones.")] | UnsetType = UNSET
    state: Annotated[str, Meta(min_length=1, description="Only cases that stand in this state.")] = ""
    identity: Annotated[
        str,
        Meta(
            min_length=1,
            description="Only cases of the customer with this number, phone (however it is written) or address "
            "(`correlate`).",
        ),
    ] = ""
    order: Annotated[str, Meta(pattern="^(oldest|newest)$", description="`oldest` or `newest` first.")] = (
        "oldest"
    )


class InboxFilter(Paging, frozen=True):
    everything: Annotated[bool, Meta(description="Everybody's work, not only one's own.")] = False


class JournalFilter(In, frozen=True):
    limit: Limit = 50
    after: Annotated[int, Meta(ge=0, le=1 << 53, description="The steps after this one.")] = 0


class WhyFilter(In, frozen=True):
    choice: Annotated[str, Meta(min_length=1, description="Only this choice.")] = ""


class GuideFilter(In, frozen=True):
    since: Annotated[
        int, Meta(ge=0, le=1 << 53, description="Also tell what others did after this step; 0 for nothing.")
    ] = 0


class DraftFilter(In, frozen=True):
    item: Annotated[str, Meta(max_length=500, description="The item that the choice is of, if it is.")] = ""


class PersonFilter(In, frozen=True):
    person: Annotated[str, Meta(min_length=1, description="Only of this person.")] = ""


class RosterFilter(PersonFilter, frozen=True):
    since: Annotated[str, Meta(description="The first day; else today.")] = field(default="", name="from")
    until: Annotated[str, Meta(description="The last day; else all that are planned.")] = ""


class PictureFilter(In, frozen=True):
    format: Annotated[
        Literal["svg", "mermaid", "terminal"], Meta(description="Mermaid, or drawn with signs, as text.")
    ] = "svg"


class AuditFilter(In, frozen=True):
    seal: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{64})?$",
            description="The `seal` of an earlier audit; it must be in the record.",
        ),
    ] = ""


class MessageFilter(In, frozen=True):
    limit: Limit = 50


class Picture(In, frozen=True):
    case: Annotated[str, Meta(description="Mark the way and the place of this case.")] = ""


class ReportFilter(In, frozen=True):
    since: Annotated[str, Meta(description="The first day; else the first of the month.")] = field(
        default="", name="from"
    )
    until: Annotated[str, Meta(description="The last day; else today.")] = field(default="", name="to")
    format: Annotated[str, Meta(description="json, table, csv, html, or a plugin's.")] = "json"
    table: Annotated[str, Meta(description="Which table of the report, for csv.")] = ""
    options: Annotated[str, Meta(description="Options of the report, as `name=value,name=value`.")] = ""


class Since(In, frozen=True):
    after: Annotated[
        int, Meta(ge=0, le=1 << 53, description="Go on after this event; Last-Event-ID does the same.")
    ] = 0


# --- bodies


class Opening(In, frozen=True):
    """A case to open."""

    procedure: Name
    with_: With = field(default_factory=dict, name="with")


class Choosing(In, frozen=True):
    """What a choice asks for."""

    with_: With = field(default_factory=dict, name="with")


class Noting(In, frozen=True):
    """A note to write."""

    text: Annotated[str, Meta(min_length=1, max_length=20_000)]


class OfTask(In, frozen=True):
    """Which work is meant, where a case has several."""

    task: Annotated[str, Meta(max_length=200, description="The state whose work is meant.")] = ""


class Suspending(In, frozen=True):
    """Until when work is put aside, and why."""

    until: Instant
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    task: Annotated[str, Meta(max_length=200)] = ""


class HandingOver(In, frozen=True):
    """To whom work is offered, and what they must know."""

    person: Name
    note: Annotated[str, Meta(min_length=1, max_length=20000)]
    task: Annotated[str, Meta(max_length=200)] = ""


class Assigning(In, frozen=True):
    """To whom work is handed."""

    person: Name
    with_drafts: Annotated[bool, Meta(description="Also what its holder has typed so far.")] = False


class Draft(In, frozen=True):
    """What is typed so far for a choice."""

    with_: With = field(name="with")


class Typed(In, frozen=True):
    """Values to hold against what a choice asks for."""

    with_: With = field(name="with")
    item: Annotated[str, Meta(max_length=500, description="The item that the choice is of, if it is.")] = ""


class SentFile(In, frozen=True):
    """A file inside a body."""

    name: Annotated[str, Meta(max_length=500)]
    content: bytes


class Message(In, frozen=True):
    """A message that came in."""

    channel: Annotated[str, Meta(min_length=1, max_length=100, description="What it came by: sms, mail, …")]
    sender: Annotated[str, Meta(min_length=1, max_length=500)] = field(name="from")
    to: Annotated[str, Meta(max_length=500)] = ""
    subject: Annotated[str, Meta(max_length=2000)] = ""
    text: Annotated[str, Meta(max_length=1_000_000)] = ""
    fields: dict[str, str] = field(default_factory=dict)
    files: list[SentFile] = field(default_factory=list)
    received: Annotated[str, Meta(max_length=100, description="When it came; else now.")] = ""
    id: Annotated[
        str, Meta(max_length=500, description="The sender's id of it; the same one again is taken once.")
    ] = ""
    case: Annotated[str, Meta(max_length=100, description="The case that it belongs to.")] = ""


class Giving(In, frozen=True):
    """The case that a message belongs to."""

    case: Name


class NoCase(In, frozen=True):
    """Why a message belongs to no case."""

    because: Literal["advertising", "automatic", "answered", "elsewhere"]


class Absence(In, frozen=True):
    """Somebody is away, or back."""

    person: Name
    since: Instant | UnsetType = field(default=UNSET, name="from")
    until: Instant | UnsetType = UNSET
    back: Annotated[bool, Meta(description="The person is back: the absence that runs ends.")] = False
    holiday: Annotated[bool, Meta(description="Refused while the team mate is away.")] = False


class OnShift(In, frozen=True):
    """Who has a shift."""

    person: Name


class Swap(In, frozen=True):
    """Two people swap shifts; both have confirmed it."""

    day: Day
    giver: Name
    taker: Name
    confirmed: list[str]
    in_return: Day | UnsetType = UNSET


class Pair(In, frozen=True):
    """Two people who become each other's team mate; both have said yes."""

    one: Name
    other: Name
    confirmed: list[str]
