"""The organisation as data, and the surroundings that a step sees of it.

It knows no files: `definitions` builds an `Organisation` from YAML, the organisation's own journal adds
absences and changed tables, and both together are the versioned `Surroundings` of a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, field
from msgspec.json import decode

from procflow.core.calendar import Calendar
from procflow.core.times import Span, parse_time
from procflow.core.values import Person, Value

if TYPE_CHECKING:
    from procflow.core.tables import Table


class Absence(Struct, frozen=True):
    """A person is away from `since` up to (not including) `until`; None: until further notice.

    `entered` is when that became known; later than `since` where it was entered late.
    """

    person: str
    since: datetime
    until: datetime | None = None
    entered: datetime | None = None

    def covers(self, instant: datetime) -> bool:
        return self.since <= instant and (self.until is None or instant < self.until)


#: The parameter whose pattern no free text may hold: words of illness, for one.
NEVER_IN_FREE_TEXT = "never_in_free_text"


class Shift(Struct, frozen=True):
    """One duty on one day, and who has it."""

    day: date
    name: str
    person: str


class Organisation(Struct, frozen=True, dict=True):
    """People, roles, mailboxes, parameters and opening hours, as the YAML says them."""

    name: str
    calendar: Calendar
    languages: tuple[str, ...] = ("en",)
    stand_in: tuple[str, ...] = ()
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # id -> language -> name
    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # id -> name, roles, mate, ...
    mailboxes: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)

    @cached_property
    def zone(self) -> str:
        return self.calendar.zone

    @cached_property
    def language(self) -> str:
        return self.languages[0] if self.languages else "en"

    @cached_property
    def persons(self) -> dict[str, Person]:
        """Every person as the value that expressions see."""
        return {
            name: Person(
                {
                    "id": name,
                    "name": facts.get("name") or name,
                    "mail": facts.get("mail"),
                    "phone": facts.get("phone"),
                    "region": facts.get("region"),
                    "mate": facts.get("mate"),
                    "roles": tuple(facts.get("roles", ())),
                }
            )
            for name, facts in self.people.items()
        }

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """role -> the ids of the people who hold it, in the order of the file."""
        table: dict[str, list[str]] = {role: [] for role in self.roles}
        for name, facts in self.people.items():
            for role in facts.get("roles", ()):
                table.setdefault(role, []).append(name)
        return {role: tuple(names) for role, names in table.items()}

    def person_id(self, code: str) -> str | None:
        """The person of an id or code as people type it (`QAA`, ` qaa `); None if there is none."""
        key = code.strip()
        if key in self.people:
            return key
        lower = key.lower()
        return lower if lower in self.people else None

    def role_name(self, role: str, language: str) -> str:
        names = self.roles.get(role, {})
        return names.get(language) or names.get(self.language) or next(iter(names.values()), role)

    def name_of(self, person: str) -> str:
        facts = self.people.get(person)
        return str(facts.get("name") or person) if facts else person

    def to_json(self) -> bytes:
        document = {
            "name": self.name,
            "calendar": self.calendar.to_json(),
            "languages": list(self.languages),
            "stand_in": list(self.stand_in),
            "roles": {k: dict(v) for k, v in self.roles.items()},
            "people": {k: dict(v) for k, v in self.people.items()},
            "mailboxes": dict(self.mailboxes),
            "parameters": {k: value_to_json(v) for k, v in self.parameters.items()},
        }
        import json  # only publishing writes

        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes | str) -> Organisation:
        document = decode(data)
        return cls(
            name=document["name"],
            calendar=Calendar.from_json(document["calendar"]),
            languages=tuple(document["languages"]),
            stand_in=tuple(document["stand_in"]),
            roles=document["roles"],
            people=document["people"],
            mailboxes=document["mailboxes"],
            parameters={k: value_from_json(v) for k, v in document["parameters"].items()},
        )

    def laid_over(self, changes: Mapping[str, Any]) -> Organisation:
        """This organisation with some of its parts replaced or added (a rehearsal's people, a changed parameter)."""
        merged: dict[str, Any] = {}
        for name in ("roles", "people", "mailboxes", "parameters"):
            own = getattr(self, name)
            extra = changes.get(name)
            if isinstance(extra, Mapping) and name == "people":
                merged[name] = {**own, **{k: {**own.get(k, {}), **v} for k, v in extra.items()}}
            else:
                merged[name] = {**own, **extra} if isinstance(extra, Mapping) else own
        return Organisation(
            name=self.name,
            calendar=changes.get("calendar", self.calendar),
            languages=tuple(changes.get("languages", self.languages)),
            stand_in=tuple(changes.get("stand_in", self.stand_in)),
            **merged,
        )


def value_to_json(value: Value) -> Any:
    """A value of the language as JSON that says its kind where JSON has none."""
    if isinstance(value, bool) or value is None or isinstance(value, int | str):
        return value
    if isinstance(value, Decimal):
        return {"$n": str(value)}
    if isinstance(value, datetime):
        return {"$i": value.isoformat()}
    if isinstance(value, date):
        return {"$d": value.isoformat()}
    if isinstance(value, Span):
        return {"$s": str(value)}
    if isinstance(value, Mapping):
        return {"$m": {str(k): value_to_json(v) for k, v in value.items()}}
    if isinstance(value, list | tuple):
        return [value_to_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no value of the language")


def value_from_json(value: Any) -> Value:
    if isinstance(value, dict):
        ((tag, inner),) = value.items()
        if tag == "$n":
            return Decimal(inner)
        if tag == "$i":
            return datetime.fromisoformat(inner)
        if tag == "$d":
            return date.fromisoformat(inner)
        if tag == "$s":
            return parse_time(inner)
        return {k: value_from_json(v) for k, v in inner.items()}
    if isinstance(value, list):
        return tuple(value_from_json(item) for item in value)
    return value


#: Judges evidence: (channel, what was offered, data, now, what else the step knows) -> the verdict.
Judge = Callable[[str, Mapping[str, Any], Mapping[str, Any], datetime, Mapping[str, Any]], Mapping[str, Any]]


def no_judge(
    channel: str,
    offered: Mapping[str, Any],
    data: Mapping[str, Any],
    now: datetime,
    context: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Where no plugin judges a channel, nothing of it is accepted."""
    words = {"en": f"nobody judges evidence by {channel}", "da": f"ingen vurderer bevis fra {channel}"}
    return {"accepted": False, "verdict": "rejected", "reason": words}


class Queues(Protocol):
    """How much open work people have, and whose turn it was last, as the store counts them."""

    def work_of(self, people: Sequence[str]) -> Mapping[str, int]: ...
    def turn(self, place: str) -> str: ...


class NoQueues:
    """Where nobody counts, nobody has work yet."""

    def work_of(self, people: Sequence[str]) -> Mapping[str, int]:
        return dict.fromkeys(people, 0)

    def turn(self, place: str) -> str:
        return ""


#: Looks up open cases: (procedure, field -> value) -> what is known of each, oldest first.
LookUp = Callable[[str, Mapping[str, Any]], tuple[Mapping[str, Any], ...]]


def no_cases(procedure: str, where: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Where there is no store, there are no other cases."""
    return ()


class Surroundings(Struct, frozen=True):
    """What a decision sees beside its case. `version` is the sequence of the organisation's journal."""

    organisation: Organisation
    tables: Mapping[str, Table] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()
    shifts: tuple[Shift, ...] = ()
    version: int = 0
    judge: Judge = no_judge
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)
    manual: Container[str] = frozenset()  # channels whose effects people carry out by hand
    queues: Queues = NoQueues()
    #: rule of `take` -> (candidates, context) -> the person chosen
    rules: Mapping[str, Callable[..., str | None]] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)  # operation -> the JSON Schema of its answer
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # procedure -> fields looked up
    lookups_ready: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # those whose index is whole
    cases: LookUp = no_cases
    # those who chose their mate themselves -> the mate that the file names
    mates_written: Mapping[str, str] = {}

    @property
    def calendar(self) -> Calendar:
        return self.organisation.calendar

    def absent(self, person: str, now: datetime) -> Absence | None:
        """The absence of `person` that covers `now`, if any."""
        for absence in self.absences:
            if absence.person == person and absence.covers(now):
                return absence
        return None


def meeting(one: Absence, other: Absence) -> bool:
    """Whether there is an instant that both absences cover, whosoever they are."""
    return (one.until is None or other.since < one.until) and (other.until is None or one.since < other.until)


def overlapping(absences: Iterable[Absence], new: Absence) -> Absence | None:
    """An absence of the same person that overlaps `new`."""
    return next((old for old in absences if old.person == new.person and meeting(old, new)), None)
