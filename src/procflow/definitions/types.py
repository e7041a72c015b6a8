"""The types that the checker knows: what a value can be, before there is one.

It must not know expressions or documents; `typing` walks the first, the builder makes types of the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Plain:
    """A type without parts; `name` is the word for people."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    of: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object with any keys, or only some words (`keys`); a key that is not there is null.

    `rows` are the keys that rows of a reference table have; none: nobody knows.
    """

    of: Type
    keys: Enum | None = None
    rows: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Enum:
    """A text that is one of `words`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """An object with known fields; a field given as a bare type is always set."""

    name: str
    fields: Mapping[str, Type | Typed] = field(compare=False)

    def typed(self, name: str) -> Typed | None:
        """What the field `name` is, or None where there is none."""
        found = self.fields.get(name)
        return found if isinstance(found, Typed) or found is None else Typed(found)


Type = Plain | ListOf | MapOf | Enum | Record


@dataclass(frozen=True, slots=True)
class Typed:
    """A type, whether the value may be null, and whether it comes from personal data."""

    type: Type
    unset: bool = False
    personal: bool = False

    def but(self, *, unset: bool | None = None, personal: bool | None = None) -> Typed:
        """The same with other flags."""
        return replace(
            self,
            unset=self.unset if unset is None else unset,
            personal=self.personal if personal is None else personal,
        )


ANY = Plain("anything")
NULL = Plain("null")
BOOL = Plain("a yes/no")
NUMBER = Plain("a number")
TEXT = Plain("a text")
DATE = Plain("a date")
INSTANT = Plain("an instant")
DURATION = Plain("a duration")
ROLE = Plain("a role")

VERDICT = Enum(("accepted", "rejected", "second_check"))
#: `mate` is the mate's id; mate(person) gives the person.
PERSON = Record(
    "a person",
    {
        "id": TEXT,
        "name": TEXT,
        "mail": Typed(TEXT, unset=True),
        "phone": Typed(TEXT, unset=True),
        "region": Typed(TEXT, unset=True),
        "roles": ListOf(ROLE),
        "mate": Typed(TEXT, unset=True),
    },
)
FILE = Record(
    "a file",
    {"name": Typed(TEXT, personal=True), "type": TEXT, "size": NUMBER, "hash": TEXT},
)
EVIDENCE = Record(
    "evidence",
    {
        "accepted": BOOL,
        "verdict": Typed(VERDICT, unset=True),
        "reason": Typed(TEXT, unset=True),
        "channel": Typed(TEXT, unset=True),
        "at": Typed(INSTANT, unset=True),
        "received": Typed(INSTANT, unset=True),
        "hash": Typed(TEXT, unset=True),
        "covers": ListOf(TEXT),
        "file": Typed(FILE, unset=True),
        "typed_by": Typed(TEXT, unset=True),  # the id of who typed the message in
    },
)
#: What a message may be: of a letter of ours that arrived, or did not, and of somebody who is away.
MESSAGE_FORMS = ("message", "receipt", "bounce", "out_of_office")
MESSAGE = Record(
    "a message",
    {
        "id": TEXT,
        "channel": TEXT,
        "form": Typed(Enum(MESSAGE_FORMS), unset=True),
        "from": Typed(TEXT, unset=True, personal=True),
        "to": Typed(TEXT, unset=True, personal=True),
        "subject": Typed(TEXT, unset=True, personal=True),
        "text": Typed(TEXT, unset=True, personal=True),
        "fields": Typed(MapOf(ANY), personal=True),
        "files": Typed(ListOf(FILE), personal=True),
        "received": INSTANT,
    },
)
CASE = Record("the case", {"id": TEXT, "number": NUMBER, "opened": INSTANT, "procedure": TEXT})
ACTOR = Record("the actor", {"id": TEXT, "name": TEXT, "roles": ListOf(ROLE)})

_WORDS = (TEXT, ROLE)


def describe(t: Type) -> str:
    """The type in words, with its article."""
    match t:
        case ListOf(of=of):
            return "a list" if of == ANY else f"a list ({describe(of)} each)"
        case MapOf():
            return "an object"
        case Enum(words=words):
            return f"one of {', '.join(words[:6])}{', …' if len(words) > 6 else ''}"
        case Record() | Plain():
            return t.name


def is_text(t: Type) -> bool:
    """Whether a value of this type is a text at run time."""
    return t in _WORDS or isinstance(t, Enum)


def is_person(t: Type) -> bool:
    """Whether the type is an object that its id stands for."""
    return isinstance(t, Record) and t.name in (PERSON.name, ACTOR.name)


def fits(actual: Type, wanted: Type) -> bool:
    """Whether a value of type `actual` may stand where `wanted` is asked for (null aside)."""
    if ANY in (actual, wanted) or actual in (wanted, NULL):
        return True
    match wanted:
        case ListOf(of=of):
            return isinstance(actual, ListOf) and fits(actual.of, of)
        case MapOf(of=of):
            if isinstance(actual, MapOf):
                return fits(actual.of, of)
            return isinstance(actual, Record) and of == ANY
        case Enum(words=words):
            return actual in _WORDS or (isinstance(actual, Enum) and not set(actual.words).isdisjoint(words))
        case Record():
            if is_person(wanted):  # a person may be given by id
                return is_person(actual) or is_text(actual)
            return isinstance(actual, MapOf) or (
                isinstance(actual, Record) and set(actual.fields) <= set(wanted.fields)
            )
    return is_text(wanted) and is_text(actual)


def comparable(a: Type, b: Type) -> bool:
    """Whether `==` between the two can ever hold."""
    if ANY in (a, b) or NULL in (a, b) or a == b:
        return True
    if isinstance(a, Enum) and isinstance(b, Enum):
        return not set(a.words).isdisjoint(b.words)
    if (is_text(a) or is_person(a)) and (is_text(b) or is_person(b)):
        return True
    if isinstance(a, ListOf) and isinstance(b, ListOf):
        return comparable(a.of, b.of)
    return (
        isinstance(a, MapOf | Record) and isinstance(b, MapOf | Record) and not (is_person(a) or is_person(b))
    )


def join(a: Typed, b: Typed) -> Typed:
    """What a value is that is one or the other."""
    unset, personal = a.unset or b.unset or NULL in (a.type, b.type), a.personal or b.personal
    return Typed(_joined(a.type, b.type), unset, personal)


def _joined(a: Type, b: Type) -> Type:
    if a == b or b == NULL:
        return a
    if a == NULL:
        return b
    if isinstance(a, Enum) and isinstance(b, Enum):
        return Enum(tuple(dict.fromkeys((*a.words, *b.words))))
    if is_text(a) and is_text(b):
        return TEXT
    if isinstance(a, ListOf) and isinstance(b, ListOf):
        return ListOf(_joined(a.of, b.of))
    return ANY
