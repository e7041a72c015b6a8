"""A procedure as a graph with words: states, what leads from one to another, deadlines; and a case's way.

It reads the definition only; how the graph is drawn is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from procflow.core.expressions import Expression, Template
from procflow.core.procedure import Deadline, Moment, Procedure, State, Text, Transition
from procflow.core.times import NextOpenDay, Span, Today, parse_time
from procflow.core.words import span_in_words
from procflow.errors import ProcflowError

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "message": "a message comes", "done": "done", "failed": "failed", "missed": "{name} is missed",
        "after": "after {time}", "else": "else", "deadline": "Deadline", "deadlines": "Deadlines", "starts": "starts",
        "met": "met", "opening": "opening", "entering": "entering", "leaving": "leaving", "choice": "choice",
        "event": "event", "when": "when", "within": "within {time}", "until": "until {time}", "owner": "owner",
        "here": "the case is here", "seen": "the case was here", "start": "start", "today": "today at {at}",
        "next": "next open day at {at}", "closing": "closing", "any": "any time", "stays": "stays",
        "by_message": "a message", "by_event": "the event {name}", "by_every": "every {name}", "by_procedure": "another procedure",
        "back": "back to where it was left", "side": "at the same time",
    },
    "da": {
        "message": "der kommer en besked", "done": "udført", "failed": "mislykket", "missed": "{name} overskrides",
        "after": "efter {time}", "else": "ellers", "deadline": "Frist", "deadlines": "Frister", "starts": "begynder",
        "met": "holdt", "opening": "oprettelsen", "entering": "ind i", "leaving": "ud af", "choice": "valget",
        "event": "hændelsen", "when": "når", "within": "inden {time}", "until": "til {time}", "owner": "ejer",
        "here": "sagen er her", "seen": "sagen var her", "start": "start", "today": "i dag kl. {at}",
        "next": "næste åbningsdag kl. {at}", "closing": "lukketid", "any": "når som helst", "stays": "bliver",
        "by_message": "en besked", "by_event": "hændelsen {name}", "by_every": "hver {name}", "by_procedure": "en anden procedure",
        "back": "tilbage til hvor den blev forladt", "side": "på samme tid",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """A state. `mark`: "here", "seen" or "" (never entered, or no case is shown)."""

    name: str
    title: str
    final: bool = False
    outcome: str = ""
    who: str = ""
    works: bool = False  # people work here
    deadlines: tuple[str, ...] = ()  # those that start on the way in
    mark: str = ""
    parent: str = ""  # the state around it
    initial: str = ""  # the state inside that it begins in
    parallel: bool = False  # what is inside stands side by side
    region: bool = False  # one of those


@dataclass(frozen=True)
class Edge:
    """What leads from one state to another, or (`target` == `source` and `stays`) happens without leaving."""

    source: str
    target: str
    kind: str  # choice, event, after, always
    label: str
    guard: str = ""
    stays: bool = False
    taken: bool = False
    name: str = ""  # a choice's word at the command line
    back: str = ""  # that it leads to where its target was left, in words


@dataclass(frozen=True)
class Line:
    """A deadline in words."""

    name: str
    title: str
    time: str
    starts: str
    met: str


@dataclass(frozen=True)
class Graph:
    name: str
    title: str
    initial: str
    language: str
    owner: str = ""
    opened_by: str = ""
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    deadlines: tuple[Line, ...] = ()
    case: int = 0

    @property
    def words(self) -> Mapping[str, str]:
        return graph_words(self.language)

    def inside(self, name: str) -> list[Node]:
        """The states directly inside one; of "" those that stand inside none."""
        return [node for node in self.nodes if node.parent == name]

    def leaving(self, name: str) -> list[Edge]:
        return [edge for edge in self.edges if edge.source == name]


@dataclass(frozen=True)
class Way:
    """What one case has done: its number, states entered, transitions taken, where it is."""

    number: int
    entered: Collection[str] = ()
    taken: Collection[str] = ()
    active: Collection[str] = ()


def graph_words(language: str) -> Mapping[str, str]:
    return WORDS.get(language, WORDS["en"])


def graph_of(
    procedure: Procedure,
    language: str,
    roles: Mapping[str, Mapping[str, str]] | None = None,
    way: Way | None = None,
) -> Graph:
    """The graph with its labels in `language`; `roles` are the organisation's (role -> language -> name)."""
    return _Building(procedure, language, roles or {}, way or Way(0)).graph()


@dataclass
class _Building:
    procedure: Procedure
    language: str
    roles: Mapping[str, Mapping[str, str]]
    way: Way
    w: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.w = graph_words(self.language)

    def graph(self) -> Graph:
        procedure = self.procedure
        return Graph(
            procedure.name,
            text_of(procedure.title, self.language) or procedure.name,
            procedure.initial,
            self.language,
            self.role(procedure.owner) if procedure.owner else "",
            self.opened_by(),
            tuple(self.node(state) for state in procedure.states),
            tuple(edge for state in procedure.states for edge in self.edges(state)),
            tuple(self.line(item) for item in procedure.deadlines),
            self.way.number,
        )

    def role(self, role: str) -> str:
        names = self.roles.get(role, {})
        return names.get(self.language) or next(iter(names.values()), role)

    def opened_by(self) -> str:
        found: dict[str, None] = {}
        for start in self.procedure.starts:
            if start.kind == "by":
                found[self.role(start.role)] = None
            else:
                found[self.w[f"by_{start.kind}"].format(name=start.name)] = None
        return ", ".join(found) or self.w["by_procedure"]

    def node(self, state: State) -> Node:
        mark = (
            "here"
            if state.name in self.way.active and not state.has_inside
            else "seen"
            if state.name in self.way.entered
            else ""
        )
        return Node(
            state.name,
            text_of(state.title, self.language) or state.name.replace("_", " "),
            state.final,
            source_of(state.outcome) if state.outcome is not None else "",
            self.who(state),
            state.task is not None,
            tuple(d.name for d in self.procedure.deadlines if self.starts_at(d, state.name)),
            mark,
            state.parent,
            state.initial,
            state.parallel,
            bool(state.parent) and self.procedure.state[state.parent].parallel,
        )

    def starts_at(self, deadline: Deadline, state: str) -> bool:
        return any(
            (m.kind == "entering" and m.name == state)
            or (m.kind == "opening" and state == self.procedure.initial)
            for m in deadline.starts
        )

    def who(self, state: State) -> str:
        task = state.task
        if task is None:
            return ""
        if task.to is None:
            return self.role(task.role or self.procedure.owner)
        items = task.to if isinstance(task.to, list | tuple) else [task.to]
        return ", ".join(self.role(source_of(item)) for item in items)

    def edges(self, state: State) -> Iterable[Edge]:
        for choice in state.choices:
            label = text_of(choice.label, self.language) or choice.name.replace("_", " ")
            yield from self.alternatives(state, choice.alternatives, "choice", label)
        for name, alternatives in state.events:
            yield from self.alternatives(state, alternatives, "event", self.event(name))
        for after in state.after:
            label = self.w["after"].format(time=self.time(after.time))
            yield from self.alternatives(state, after.alternatives, "after", label)
        yield from self.alternatives(state, state.always, "always", "")

    def event(self, name: str) -> str:
        if name in self.procedure.deadline:
            own = text_of(self.procedure.deadline[name].title, self.language)
            return self.w["missed"].format(name=own or name.replace("_", " "))
        return self.w[name] if name in ("message", "done", "failed") else name.replace("_", " ")

    def alternatives(
        self, state: State, items: tuple[Transition, ...], kind: str, label: str
    ) -> Iterable[Edge]:
        for number, item in enumerate(items):
            if item.refuse is not None:
                continue
            if item.to not in (None, "self") and item.to not in self.procedure.state:
                continue  # a wrong name, which the checker tells
            guard = item.when.source if item.when is not None else self.w["else"] if number else ""
            target = state.name if item.to in (None, "self") else str(item.to)
            taken = item.id in self.way.taken
            name = item.name if kind == "choice" else ""
            back = self.w["back"] if item.back else ""
            yield Edge(state.name, target, kind, label, one_line(guard), item.to is None, taken, name, back)

    def line(self, deadline: Deadline) -> Line:
        time = ""
        if deadline.within is not None:
            time = self.w["within"].format(time=self.time(deadline.within))
        elif deadline.until is not None:
            time = self.w["until"].format(time=self.time(deadline.until))
        return Line(
            deadline.name,
            text_of(deadline.title, self.language) or deadline.name.replace("_", " "),
            time,
            ", ".join(self.moment(moment) for moment in deadline.starts),
            ", ".join(self.moment(moment) for moment in deadline.met),
        )

    def moment(self, moment: Moment) -> str:
        word = self.w.get(moment.kind, moment.kind)
        what = one_line(moment.when.source) if moment.when is not None else moment.name
        return f"{word} {what}".strip()

    def time(self, spec: Any) -> str:
        """A time in words where it is a plain one, else as it is written."""
        text = source_of(spec)
        try:
            time = parse_time(text)
        except ProcflowError:
            return text
        if isinstance(time, Span):
            return span_in_words(time, self.language)
        if isinstance(time, Today | NextOpenDay):
            at = self.w["closing"] if time.at == "closing" else str(time.at)[:5]
            return self.w["today" if isinstance(time, Today) else "next"].format(at=at)
        return text


def source_of(spec: Any) -> str:
    """A value of a document as its owner wrote it, in short."""
    if isinstance(spec, Template):
        return "".join(part if isinstance(part, str) else part.source for part in spec.parts)
    if isinstance(spec, Expression):
        return str(spec.source)
    return str(spec)


def text_of(text: Text | None, language: str) -> str:
    """Words for people without a case: what is only known in a case stands as `…`."""
    template = text.template(language) if text is not None else None
    if template is None:
        return ""
    return one_line("".join(part if isinstance(part, str) else "…" for part in template.parts))


def one_line(text: str) -> str:
    return " ".join(text.split())
