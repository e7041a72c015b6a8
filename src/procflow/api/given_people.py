"""The shapes of what the API gives of people: who they are, who is away, on duty, or whose mate."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct, field


class Person(Struct, frozen=True):
    id: str
    name: str
    roles: list[str]
    mate: str | None
    region: str | None
    absent: Annotated[bool, Meta(description="Whether the person is away now.")]


class People(Struct, frozen=True):
    people: list[Person]


class Role(Struct, frozen=True):
    id: str
    names: dict[str, str]


class Organisation(Struct, frozen=True):
    organisation: str
    timezone: str
    languages: list[str]
    now: datetime
    rehearsal: bool
    people: list[Person]
    roles: list[Role]


class Me(Struct, frozen=True):
    """Who asks, as the server knows them."""

    person: str | None
    name: str | None
    roles: list[str]
    way: str
    may: list[str]
    language: str


class Away(Struct, frozen=True):
    since: datetime = field(name="from")
    until: datetime | None = field()


class AwayPerson(Struct, frozen=True):
    person: str
    since: datetime = field(name="from")
    until: datetime | None = field()


class Absences(Struct, frozen=True):
    absences: list[AwayPerson]


class AbsenceTaken(Struct, frozen=True):
    person: str
    since: datetime = field(name="from")
    until: datetime | None = field()
    sequence: int = field()
    warning: str | None = field()


class DoneFor(Struct, frozen=True):
    number: int
    case: str
    choice: str
    by: str
    at: datetime


class OpenWork(Struct, frozen=True):
    number: int
    case: str
    task: str
    title: str
    what: str
    act_by: datetime | None


class HandBack(Struct, frozen=True):
    """What was done in somebody's name, and what is open."""

    person: str
    absence: Away | None
    done: list[DoneFor]
    open: list[OpenWork]


class Shift(Struct, frozen=True):
    day: date
    shift: str
    person: str


class Roster(Struct, frozen=True):
    shifts: list[Shift]


class ShiftTaken(Struct, frozen=True):
    day: date
    shift: str
    person: str | None
    sequence: int


class Swapped(Struct, frozen=True):
    day: date
    giver: str
    taker: str
    in_return: date | None
    confirmed: list[str]
    sequence: int


class MatePair(Struct, frozen=True):
    one: str
    other: str


class Mates(Struct, frozen=True):
    pairs: list[MatePair]


class PairTaken(Struct, frozen=True):
    one: str
    other: str
    mates: bool
    sequence: int
