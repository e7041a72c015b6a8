"""The shapes of what the API gives to a guide: what is asked of a case one by one, and what is kept of an opening."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from procflow.api.given import AskedField, Case


class PersonOffered(Struct, frozen=True):
    id: str
    name: str


class GuidedField(AskedField, frozen=True):
    """A field as a guide asks for it."""

    expects: Annotated[str, Meta(description="What is taken, in words.")] = field()
    file: Annotated[bool, Meta(description="Whether it is a file, or a list of them.")] = field()
    known: Annotated[Any, Meta(description="What the case has already, or the default.")] = field()
    people: list[PersonOffered] = field()
    roles: list[str] = field()


class Option(Struct, frozen=True):
    """Something that can be done: a choice, or one of an item."""

    choice: str
    item: str | None
    label: Annotated[str, Meta(description="Of an item: what it is about.")]
    help: str
    for_: Annotated[str | None, Meta(description="In whose name, where they are away.")] = field(name="for")
    asks: list[GuidedField]
    typed: Annotated[dict[str, Any], Meta(description="What who asks had typed for it.")]


class GuidedItem(Struct, frozen=True):
    id: str
    kind: str
    lines: list[str]


class Moved(Struct, frozen=True):
    """What was done since, and by whom."""

    by: list[str]
    lines: list[str]


class Guided(Struct, frozen=True):
    """A case with everything that a guide asks."""

    case: Case
    items: list[GuidedItem]
    options: list[Option]
    with_: Annotated[list[str], Meta(description="Who has the open work.")] = field(name="with")
    started: Annotated[list[int], Meta(description="Open cases that it opened.")]
    moved: Moved | None


class OpeningAsked(Struct, frozen=True):
    """What opening a case asks for."""

    procedure: str
    title: str
    asks: list[GuidedField]
    typed: dict[str, Any]
    told: Annotated[str | None, Meta(description="What else there is to know.")]


class OpeningKept(Struct, frozen=True):
    procedure: str
    with_: dict[str, Any] = field(name="with")


class CheckProblem(Struct, frozen=True):
    code: str
    message: str


class CheckedField(Struct, frozen=True):
    value: Annotated[Any, Meta(description="What to send: as it was typed, of a file the kept one.")]
    shown: Annotated[str, Meta(description="As it was understood.")]
    problems: list[CheckProblem]


class Checked(Struct, frozen=True):
    """Typed values by the names of their fields, each with what is wrong with it."""

    fields: dict[str, CheckedField]


class Sending(Struct, frozen=True):
    """Something that would go out, as people read it."""

    operation: str
    lines: list[str]


class Foreseen(Struct, frozen=True):
    """What a choice would do."""

    sends: list[Sending]
    opens: Annotated[list[str], Meta(description="The titles of cases that would be opened.")]
    state: Annotated[list[str], Meta(description="Where the case would be, by title.")]
