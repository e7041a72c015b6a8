"""What a story calls things: people, instants, states, fields and values, in Danish and English.

A value that is still sealed is named, not opened. It must not know entries, nor what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from procflow.core import journal as j
from procflow.core.organisation import Organisation
from procflow.core.procedure import Procedure, Text
from procflow.core.times import Span
from procflow.core.words import date_in_words, instant_in_words, list_in_words, number_in_words
from procflow.records.story_words import WORDS

#: Longer values are cut, but for what people wrote where the whole of it is wanted; the journal keeps them all.
LONGEST = 200


@dataclass(frozen=True)
class Teller:
    """Everything that turns a fact into a word."""

    procedure: Procedure | None
    organisation: Organisation
    language: str
    titles: bool = False  # words of the screen, instead of the ids that owners search for
    taken_in: str = ""  # the state whose choice the step took
    whole: bool = False  # what people wrote stands as they wrote it, line by line, however long

    def say(self, key: str, **facts: Any) -> str:
        return (
            WORDS[self.language][key].format_map({name: str(value) for name, value in facts.items()}).strip()
        )

    def who(self, person: str) -> str:
        return self.organisation.name_of(person) if person else self.say("nobody")

    def whom(self, roles: Iterable[str], people: Iterable[str]) -> str:
        names = [self.who(person) for person in people]
        names += [self.organisation.role_name(role, self.language) for role in roles]
        return list_in_words(names, self.language) if names else self.say("nobody")

    def at(self, instant: datetime) -> str:
        return instant_in_words(instant, self.organisation.zone, self.language)

    def due(self, due: Mapping[str, Any]) -> str:
        return self.at(datetime.fromisoformat(due["at"]))

    def titled(self, name: str, title: Text | None) -> str:
        """The owner's words with the id behind them, or with `titles` alone; where there are none, or they hold
        something to fill in, the id, which is read as words with `titles`."""
        template = title.template(self.language, self.organisation.language) if title is not None else None
        said = template is not None and template.is_static
        words = "".join(map(str, template.parts)).strip() if said and template is not None else ""
        if self.titles:
            return words.rstrip(".") or name.replace("_", " ")
        return f"{words} ({name})" if words and words != name else name

    def choice(self, name: str) -> str:
        """A choice as the state calls it in which it was taken; where that is not known, the first that has it."""
        states = self.procedure.states if self.procedure is not None else ()
        for state in sorted(states, key=lambda state: state.name != self.taken_in):
            found = state.choices_by_name.get(name)
            if found is not None:
                return self.titled(name, found.label)
        return name

    def state(self, name: str) -> str:
        """A state: its id, or with `titles` what it is called."""
        if not self.titles or self.procedure is None:
            return name
        found = self.procedure.state.get(name)
        return f"“{self.titled(name, found.title) if found is not None else name}”"

    def field(self, name: str) -> str:
        """A field: its id, or with `titles` its label."""
        if not self.titles:
            return name
        found = self.procedure.fields.get(name) if self.procedure is not None else None
        return self.titled(name, found.label if found is not None else None)

    def of_field(self, name: str, value: Any) -> str:
        """A field with its value; with `titles` a person is called by name."""
        found = self.procedure.fields.get(name) if self.titles and self.procedure is not None else None
        inner = value.value if isinstance(value, j.Personal) else value
        if found is not None and found.type == "person" and isinstance(inner, str) and inner:
            value = self.who(inner)
        return f"{self.field(name)} = {self.written(value)}"

    def timer(self, id: str) -> str:
        """What happens by time: the state it belongs to."""
        return self.state(id.partition("#")[0].partition("@")[0])

    def deadline(self, name: str) -> str:
        found = self.procedure.deadline.get(name) if self.procedure is not None else None
        return self.titled(name, found.title if found is not None else None)

    def promise(self, name: str) -> str:
        for found in self.procedure.promises if self.procedure is not None else ():
            if found.name == name:
                return self.titled(name, found.says)
        return name

    def written(self, value: Any) -> str:
        """What somebody wrote."""
        inner = value.value if isinstance(value, j.Personal) else value
        return inner.strip() if self.whole and isinstance(inner, str) and inner.strip() else self.value(value)

    def value(self, value: Any) -> str:
        text = self._value(value)
        flat = " ".join(text.split())
        return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"

    def _value(self, value: Any) -> str:
        if isinstance(value, j.Personal):
            return self._value(value.value)
        if isinstance(value, j.Sealed | bytes):
            return self.say("sealed")
        if value in (None, (), [], {}):
            return self.say("empty")
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, int | Decimal):
            return number_in_words(value, self.language)
        if isinstance(value, datetime):
            return self.at(value)
        if isinstance(value, date):
            return date_in_words(value, self.language)
        if isinstance(value, Span):
            return str(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return list_in_words([self._value(item) for item in value], self.language)
        return str(value)

    def _mapping(self, value: Mapping[str, Any]) -> str:
        if "verdict" in value and "accepted" in value:
            key = "evidence_accepted" if value["accepted"] else "evidence_rejected"
            reason = value.get("reason") or ""
            if isinstance(reason, Mapping):
                reason = reason.get(self.language) or reason.get("en") or ""
            return self.say(key, channel=value.get("channel") or "", reason=reason).rstrip(": ")
        if "hash" in value and value.get("name"):
            return str(value["name"])
        if value and set(value) <= {"da", "en"}:
            return str(value.get(self.language) or next(iter(value.values())))
        return ", ".join(
            f"{key}: {self._value(item)}"
            for key, item in value.items()
            if item not in (None, (), "") and key[:1] != "~"
        )
