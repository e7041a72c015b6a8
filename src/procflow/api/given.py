"""The shapes of what the API gives: the views of `procflow.views`, which the command line gives as JSON too. The OpenAPI
document is made from these; a test holds real answers against them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field


class AskedField(Struct, frozen=True):
    name: str
    label: str
    type: str
    of: Annotated[str | None, Meta(description="Of what a list is made.")]
    optional: bool
    help: str
    options: list[Any]
    labels: Annotated[dict[str, str], Meta(description="What people see instead of a word of `options`.")]


class FieldProblem(Struct, frozen=True):
    name: str
    code: str
    message: str


class Refusal(Struct, frozen=True):
    """Why something is not offered."""

    code: str
    message: str
    hint: str
    line: int | None
    column: int | None
    path: str | None
    fields: list[FieldProblem]


class Choice(Struct, frozen=True):
    """What can be done, or why not."""

    name: str
    label: str
    state: str
    available: bool
    because: Refusal | None
    for_: str | None = field(name="for")
    asks: list[AskedField]


class Words(Struct, frozen=True):
    state: str
    title: str
    say: str
    guide: str
    help: str


class Item(Struct, frozen=True):
    """Something to do or to look at."""

    id: str
    kind: str
    about: Any
    choices: list[str]
    asks: dict[str, list[str]]


class Deadline(Struct, frozen=True):
    name: str
    title: str
    state: str
    due: datetime | None
    promise: bool
    lines: list[str]
    due_words: str | UnsetType = UNSET
    act_by: datetime | UnsetType | None = UNSET
    act_by_words: str | UnsetType | None = UNSET
    closed_hours: bool | UnsetType = UNSET
    derivation: list[str] | UnsetType = UNSET


class Waiting(Struct, frozen=True):
    key: str
    operation: str


class Started(Struct, frozen=True):
    number: int
    procedure: str
    title: str


class Step(Struct, frozen=True):
    """The step that a command made, and whether it was made before under the same key."""

    sequence: int
    repeated: bool


class HandOver(Struct, frozen=True):
    """Work that is offered to a colleague, who has until then to answer."""

    state: str
    to: str
    by: str
    until: datetime


class Case(Struct, frozen=True):
    """A case as the reader may see it now."""

    number: int
    rehearsal: bool
    id: str
    procedure: str
    title: str
    state: list[str]
    closed: bool
    outcome: str | None
    opened: datetime
    sequence: int
    words: list[Words]
    data: dict[str, Any]
    choices: list[Choice]
    items: list[Item]
    deadlines: list[Deadline]
    hand_overs: list[HandOver]
    waiting: list[Waiting]


class CaseAfter(Case, frozen=True):
    """A case after a step."""

    started: list[Started] | UnsetType = UNSET
    shown: Annotated[bool, Meta(description="Nothing was opened: this is the one open case.")] | UnsetType = (
        UNSET
    )
    taken: Annotated[bool | None, Meta(description="Whether some state took the event.")] | UnsetType = UNSET
    message: str | UnsetType = UNSET
    step: Step | UnsetType = UNSET
    told: Annotated[str, Meta(description="What else there is to know.")] | UnsetType = UNSET


class CaseLine(Struct, frozen=True):
    """A case in a list."""

    number: int
    id: str
    procedure: str
    title: str
    state: list[str]
    closed: bool
    outcome: str | None
    opened: datetime
    sequence: int


class Cases(Struct, frozen=True):
    cases: list[CaseLine]
    next: str | None


class Task(Struct, frozen=True):
    """Open work."""

    number: int
    case: str
    procedure: str
    title: str
    task: str
    what: str
    kind: str
    roles: list[str]
    people: list[str]
    since: datetime
    deadline: str | None
    due: datetime | None
    act_by: datetime | None


class TaskOfOthers(Task, frozen=True):
    """Work that four eyes leave to others."""

    because: Refusal = field()


class WaitingMessage(Struct, frozen=True):
    """A message without a case."""

    id: str
    source: str
    received: datetime
    reason: str


class Inbox(Struct, frozen=True):
    tasks: list[Task]
    not_mine: list[TaskOfOthers]
    messages: list[WaitingMessage]
    more: bool
    next: str | None


class Messages(Struct, frozen=True):
    messages: list[WaitingMessage]


class MessageTaken(Struct, frozen=True):
    """What became of a message: it waits for a person, or came before (`again`)."""

    message: str | None
    case: None
    again: bool | UnsetType = UNSET
    state: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class JournalStep(Struct, frozen=True):
    sequence: int
    at: datetime
    ran_at: datetime
    command: str
    hash: str
    entries: list[dict[str, Any]]
    words: list[str]


class Journal(Struct, frozen=True):
    number: int
    steps: list[JournalStep]


class WhyTask(Struct, frozen=True):
    state: str
    title: str
    roles: list[str]
    people: list[str]
    now_with: dict[str, str]
    claimed_by: str | None
    names: dict[str, str]


class WhyAlternative(Struct, frozen=True):
    to: str | None
    to_title: str
    refuses: bool
    line: int
    needs_input: bool
    guard: dict[str, Any] | None


class WhyChoice(Struct, frozen=True):
    name: str
    state: str
    available: bool
    refusal: dict[str, Any] | None
    line: int
    asks: list[AskedField]
    alternatives: list[WhyAlternative]


class WhyDeadline(Struct, frozen=True):
    name: str
    state: str
    due: datetime | None
    words: str | None
    act_by: datetime | None
    derivation: list[str]
    line: int


class Why(Struct, frozen=True):
    """Why choices are offered or not, each guard with its values, and how deadlines were computed."""

    number: int
    state: list[str]
    closed: bool
    path: str
    choices: list[WhyChoice]
    tasks: list[WhyTask]
    deadlines: list[WhyDeadline]


class Move(Struct, frozen=True):
    at: datetime
    what: str
    person: str | None
    more: str | None


class WhoTask(Struct, frozen=True):
    state: str
    title: str
    asked_at: datetime
    roles: list[str]
    people: list[str]
    moves: list[Move]


class Who(Struct, frozen=True):
    number: int
    tasks: list[WhoTask]


class Taken(Struct, frozen=True):
    """A command that was done."""

    number: int
    sequence: int
    person: str | UnsetType = UNSET
    until: datetime | UnsetType = UNSET


class Note(Struct, frozen=True):
    sequence: int
    at: datetime
    by: str
    about: str | None
    text: Any


class Notes(Struct, frozen=True):
    number: int
    notes: list[Note]


class Items(Struct, frozen=True):
    number: int
    items: list[Item]


class Choices(Struct, frozen=True):
    number: int
    choices: list[Choice]


class Deadlines(Struct, frozen=True):
    number: int
    deadlines: list[Deadline]


class PromiseState(Struct, frozen=True):
    name: str
    says: str
    state: str
    until: datetime | None


class Promises(Struct, frozen=True):
    number: int
    promises: list[PromiseState]


class Effect(Struct, frozen=True):
    key: str
    channel: str
    operation: str
    state: str
    attempts: int
    asked_at: datetime | None
    next_try: datetime | None
    error: str | None


class Effects(Struct, frozen=True):
    number: int
    effects: list[Effect]


class KeptFile(Struct, frozen=True):
    """A file that is kept: the value that a field of type file takes."""

    hash: str
    size: int
    type: str
    name: str
    slot: int
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET


class Attached(Struct, frozen=True):
    file: KeptFile


class Evidence(Struct, frozen=True):
    number: int
    files: list[KeptFile]


class DraftKept(Struct, frozen=True):
    choice: str
    with_: dict[str, Any] = field(name="with")


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


class Finding(Struct, frozen=True):
    place: str
    step: int | None
    words: str


class Audit(Struct, frozen=True):
    """Whether the record of a case holds."""

    number: int
    whole: bool
    steps: int
    findings: list[Finding]


class FindingOfAll(Struct, frozen=True):
    place: str
    case: str | None
    step: int | None
    words: str


class WholeAudit(Struct, frozen=True):
    """Whether the whole record holds; how much of each kind was looked at."""

    whole: bool
    counts: dict[str, int]
    findings: list[FindingOfAll]


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


class Queue(Struct, frozen=True):
    role: str | None
    person: str | None
    work: int
    items: int
    late: int
    today: int
    oldest: datetime | None
    act_by: datetime | None


class Queues(Struct, frozen=True):
    queues: list[Queue]


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


class ProcedureLine(Struct, frozen=True):
    name: str
    title: str
    summary: str
    owner: str
    hash: str
    opens: Annotated[bool, Meta(description="Whether a person may open a case of it.")]


class Procedures(Struct, frozen=True):
    procedures: list[ProcedureLine]


class StateLine(Struct, frozen=True):
    name: str
    title: str
    final: bool
    outcome: str | None
    choices: list[str]


class Procedure(ProcedureLine, frozen=True):
    """A procedure in force: what it asks for at the start, its states, deadlines and promises."""

    asks: list[AskedField] = field()
    states: list[StateLine] = field()
    deadlines: list[str] = field()
    files: Annotated[list[str], Meta(description="The fields that take files.")] = field()
    promises: dict[str, str] = field()


class ReportLine(Struct, frozen=True):
    name: str
    title: str
    line: str


class Reports(Struct, frozen=True):
    reports: list[ReportLine]


class Report(Struct, frozen=True):
    report: str
    title: str
    since: date = field(name="from")
    until: date = field(name="to")
    as_of: Any = field()
    zone: str = field()
    final: bool = field()
    empty: bool = field()
    figures: dict[str, Any] = field()
    remarks: list[dict[str, Any]] = field()
    tables: list[dict[str, Any]] = field()


class Root(Struct, frozen=True):
    name: str
    version: str
    openapi: str
    events: str
    timezone: str
    languages: list[str]
    now: datetime


class ProblemField(Struct, frozen=True):
    """One thing that is wrong with what was sent; `pointer` is its place in the body (RFC 6901)."""

    name: str
    code: str
    message: str
    pointer: str | None
    messages: dict[str, str] | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class ProblemGuard(Struct, frozen=True):
    """A guard that decided, as the owner wrote it, with its values part by part."""

    text: str
    line: int
    column: int
    value: dict[str, Any] | None


class Problem(Struct, frozen=True):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    message: str
    messages: dict[str, str]
    hint: str
    fields: list[ProblemField]
    facts: dict[str, Any]
    hints: dict[str, str] | UnsetType = UNSET
    path: str | UnsetType | None = UNSET
    line: int | UnsetType | None = UNSET
    column: int | UnsetType | None = UNSET
    guards: list[ProblemGuard] | UnsetType = UNSET
    missing: list[str] | UnsetType = UNSET
