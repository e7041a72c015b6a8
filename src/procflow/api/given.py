"""The shapes of what the API gives of cases and their work: the views of `procflow.views`, which the command line gives as
JSON too. The OpenAPI document is made from these, and from those of people, of the house and of a guide; a test holds
real answers against them."""

from __future__ import annotations

from datetime import datetime
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
    lines: list[str]
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


class Started(Struct, frozen=True):
    number: int
    procedure: str
    title: str


class Waiting(Struct, frozen=True):
    """What was asked of the outside and is not answered; `error` is what was said at the last try, `case` the case of an
    invoked procedure that is waited for."""

    key: str
    operation: str
    attempts: int
    next_try: datetime | None
    error: str | None
    case: Started | None


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
    case: int | None
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
    """Whether the whole record holds; how much of each kind was looked at. `seal` is the hash of the last seal, "" where
    there is none: kept elsewhere, it proves later that nothing up to it was written anew."""

    whole: bool
    counts: dict[str, int]
    findings: list[FindingOfAll]
    seal: str


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
