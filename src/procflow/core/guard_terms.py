"""What the parts of a guard are called: the words for a value that is compared, from labels and titles.

It says what a value is, never what it holds. Danish and English; any other language reads English.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from procflow.core.expression_nodes import (
    Call,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Select,
    Sum,
)
from procflow.core.expression_text import unparse
from procflow.core.procedure import Field, Procedure, Text
from procflow.core.scope import StepScope
from procflow.core.times import Span, parse_time
from procflow.core.words import number_in_words, span_in_words
from procflow.errors import CalendarError, EvaluationError

Pair = tuple[str, str]  # English, Danish

#: What functions give, with their arguments in words: {0}, {1}.
_CALLS: Mapping[str, Pair] = {
    "size": ("the number of {0}", "antallet af {0}"),
    "who": ("whoever took {0}", "den, der valgte {0}"),
    "count": ("the number of times that {0} was taken", "det antal gange, {0} er valgt"),
    "count_today": ("the number of times that {0} was taken today", "det antal gange, {0} er valgt i dag"),
    "due": ("the due time of {0}", "tidspunktet for {0}"),
    "act_by": ("the last open time before {0} is due", "den sidste åbne tid, før {0} udløber"),
    "mate": ("the team mate of {0}", "makkeren til {0}"),
    "add_time": ("{1} after {0}", "{1} efter {0}"),
    "members": ("those with the role {0}", "dem med rollen {0}"),
    "role": ("the role {0}", "rollen {0}"),
    "on_duty": ("those on duty on {0}", "dem på vagt {0}"),
    "mailbox": ("the mailbox {0}", "postkassen {0}"),
    "cases": ("the open cases of {0}", "de åbne sager af {0}"),
    "proof_of": ("the message as evidence", "beskeden som bevis"),
    "evidence": ("{1} as evidence", "{1} som bevis"),
    "decide": ("the table {0}", "tabellen {0}"),
    "table": ("the table {0}", "tabellen {0}"),
}  # fmt: skip
#: Functions that only read a value in another way.
_AS_IT_IS = frozenset(
    {"person", "date", "string", "int", "double", "timestamp", "duration", "lower", "upper", "trim"}
)
#: What a message, an answer and a case have.
_OF: Mapping[str, Pair] = {
    "message": ("the message's {0}", "beskedens {0}"), "result": ("the answer's {0}", "svarets {0}"),
    "case": ("the case's {0}", "sagens {0}"),
}  # fmt: skip
_DANISH: Mapping[str, str] = {
    "subject": "emne", "text": "tekst", "from": "afsender", "to": "modtager", "channel": "kanal", "form": "form",
    "received": "tidspunkt", "files": "filer", "fields": "felter", "number": "nummer", "opened": "åbning",
    "outcome": "udfald", "error": "fejl", "name": "navn", "roles": "roller", "region": "region", "mail": "mail",
    "phone": "telefon", "verdict": "afgørelse", "reason": "begrundelse", "file": "fil", "code": "kode", "id": "kode",
}  # fmt: skip

#: What is yours, of something that is not of the common gender.
_YOURS: Mapping[str, str] = {"name": "dit", "roles": "dine"}


class Terms:
    """The words for values, in one language, for one procedure."""

    def __init__(self, scope: StepScope, language: str) -> None:
        self.scope = scope
        self.procedure: Procedure = scope.procedure
        self.danish = language == "da"
        self.language = "da" if self.danish else "en"

    def pick(self, pair: Pair) -> str:
        return pair[self.danish]

    def term(self, node: Node) -> str:
        """The words for a value; the expression as it is written where there are none."""
        match node:
            case Literal():
                return self.literal(node.value)
            case Name():
                return self._name(node.name)
            case Select():
                return self._select(node)
            case Index():
                of = self.term(node.of)
                return f"{self.term(node.key)} {'i' if self.danish else 'in'} {of}"
            case Call():
                return self._call(node)
            case Items():
                return ", ".join(map(self.term, node.items)) or ("intet" if self.danish else "nothing")
            case Negative():
                return f"-{self.term(node.of)}"
            case Sum():
                rest = "".join(f" {term.operator} {self.term(term.node)}" for term in node.rest)
                return self.term(node.first) + rest
            case Macro(kind="map"):
                return self.term(node.over)
        return f"`{unparse(node)}`"

    def literal(self, value: Any) -> str:
        if value is None:
            return "intet" if self.danish else "nothing"
        if isinstance(value, bool):
            return ("ja" if value else "nej") if self.danish else ("yes" if value else "no")
        if isinstance(value, int | Decimal):
            return number_in_words(value, self.language)
        return f"“{value}”"

    def beside(self, node: Node, other: Node) -> str:
        """The words for what is compared with `other`: a word of the enum of a field by its label."""
        if isinstance(node, Items) and node.items:
            return ", ".join(self.beside(item, other) for item in node.items)
        if isinstance(node, Literal) and isinstance(node.value, str):
            declared = self.procedure.fields.get(other.name) if isinstance(other, Name) else None
            if isinstance(other, Select) and isinstance(other.of, Name) and other.of.name == "input":
                declared = self._asked(other.field)
            if declared is not None and (label := self.written(declared.labels.get(node.value))):
                return f"“{label}”"
        return self.term(node)

    def _name(self, name: str) -> str:
        if name in ("now", "actor"):
            return {"now": ("now", "nu"), "actor": ("you", "du")}[name][self.danish]
        return self.field(name, self.procedure.fields.get(name))

    def field(self, name: str, declared: Field | None) -> str:
        """A field by its label, in quotes since these are the owner's words; else its name."""
        label = self.written(declared.label) if declared is not None else ""
        return f"“{label}”" if label else name.replace("_", " ")

    def written(self, text: Text | None) -> str:
        """Words of the owner that need nothing filled in; else ""."""
        own = self.scope.surroundings.organisation.language
        template = text.template(self.language, own) if text is not None else None
        if template is None or not template.is_static:
            return ""
        return "".join(map(str, template.parts)).strip().rstrip(".")

    def called(self, name: str, text: Text | None) -> str:
        """A choice, state or deadline: by what the screen calls it, else by its name."""
        return f"“{self.written(text) or name.replace('_', ' ')}”"

    def _select(self, node: Select) -> str:
        of = node.of
        if isinstance(of, Name) and of.name == "input":
            return self.field(node.field, self._asked(node.field))
        if isinstance(of, Name) and of.name == "actor":
            if node.field == "id":
                return self._name("actor")
            return f"{_YOURS.get(node.field, 'din') if self.danish else 'your'} {self._part(node.field)}"
        if isinstance(of, Name) and of.name in _OF:
            return self.pick(_OF[of.name]).format(self._part(node.field))
        if isinstance(of, Call) and of.function in ("decide", "table"):
            return f"“{self._part(node.field)}” {'i' if self.danish else 'in'} {self.term(of)}"
        return f"{self._part(node.field)} {'for' if self.danish else 'of'} {self.term(of)}"

    def _part(self, field: str) -> str:
        return _DANISH.get(field, field.replace("_", " ")) if self.danish else field.replace("_", " ")

    def _asked(self, name: str) -> Field | None:
        """A field that some choice or start asks for."""
        starts = [start.asks for start in self.procedure.starts]
        choices = [a.asks for s in self.procedure.states for c in s.choices for a in c.alternatives]
        for asks in (*choices, *starts):
            for ask in asks:
                if ask.name == name:
                    return ask.field
        return self.procedure.fields.get(name)

    def _call(self, node: Call) -> str:
        name, given = node.function, node.given
        if name == "param" and given:
            return self._parameter(given[0])
        if name in _AS_IT_IS and given:
            return self.term(given[0])
        if name not in _CALLS:
            return f"`{unparse(node)}`"
        if name == "mate" and given and isinstance(given[0], Name) and given[0].name == "actor":
            return self.pick(("your team mate", "din makker"))
        words = [
            self.first(name, argument) if n == 0 else self._later(argument)
            for n, argument in enumerate(given)
        ]
        try:
            return self.pick(_CALLS[name]).format(*words)
        except IndexError:
            return f"`{unparse(node)}`"

    def _parameter(self, name: Node) -> str:
        """A parameter by its value, which is the organisation's and no customer's."""
        if isinstance(name, Literal):
            value = self.scope.surroundings.organisation.parameters.get(str(name.value))
            if isinstance(value, int | Decimal) and not isinstance(value, bool):
                return number_in_words(value, self.language)
            if isinstance(value, Span):
                return span_in_words(value, self.language)
            if isinstance(value, str):
                return self._time(value) or f"“{value}”"
        return self.term(name)

    def _later(self, node: Node) -> str:
        if isinstance(node, Literal) and isinstance(node.value, str):
            return self._time(node.value) or self.term(node)
        return self.term(node)

    def _time(self, text: str) -> str:
        try:
            found = parse_time(text)
        except (EvaluationError, CalendarError, ValueError):
            return ""
        return span_in_words(found, self.language) if isinstance(found, Span) else ""

    def first(self, function: str, node: Node) -> str:
        """The first argument of a function: what it names, by its title."""
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            return self.term(node)
        word, p = node.value, self.procedure
        if function in ("count", "count_today", "who", "choice"):
            found = next((s.choices_by_name[word] for s in p.states if word in s.choices_by_name), None)
            return self.called(word, found.label if found is not None else None)
        if function in ("due", "act_by", "missed"):
            deadline = p.deadline.get(word)
            title = self.written(deadline.title) if deadline is not None else ""
            return f"“{title or word.replace('_', ' ')}”"
        if function == "state":
            state = p.state.get(word)
            return self.called(word, state.title if state is not None else None)
        if function == "decide":
            table = next((d for d in p.decisions if d.name == word), None)
            return self.called(word, table.title if table is not None else None)
        if function in ("members", "role"):
            return self.role(word)
        return f"“{word.replace('_', ' ')}”"

    def person(self, node: Node) -> str:
        """Somebody who is named by a code is called by name."""
        if isinstance(node, Literal) and isinstance(node.value, str):
            organisation = self.scope.surroundings.organisation
            found = organisation.person_id(node.value)
            return organisation.name_of(found) if found else self.literal(node.value)
        return self.term(node)

    def role(self, name: str) -> str:
        return f"“{self.scope.surroundings.organisation.role_name(name, self.language)}”"
