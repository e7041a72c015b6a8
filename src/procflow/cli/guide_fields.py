"""The fields of one step, asked one by one: label, what is expected, an immediate check, a summary.

What is typed is handed on at once (`keep`), so that it outlives this process. It must not know what the
answers are for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from procflow.cli.guide_terminal import Stop, Terminal
from procflow.cli.style import bold, dim
from procflow.core.field_problems import NEVER_KEPT
from procflow.core.field_text import personal_number
from procflow.core.fields import FieldContext, check_value, words_for_field
from procflow.core.procedure import Ask
from procflow.core.render import text_in, value_in_words
from procflow.core.scope import StepScope
from procflow.core.values import plain
from procflow.errors import EvaluationError, ProcflowError

BACK, HELP, NOTE = "<", "?", "n"


@dataclass
class Fields:
    """Asks for `asks`. `typed` holds what was typed before, and grows; None is a field that was left out.

    `keep_file` turns a path into a kept file; `given` are values that the case has already.
    """

    terminal: Terminal
    w: Mapping[str, str]
    language: str
    scope: StepScope
    context: FieldContext
    asks: tuple[Ask, ...]
    typed: dict[str, Any]
    keep: Callable[[Mapping[str, Any]], None]
    keep_file: Callable[[Ask, Any], Any]
    explain: Callable[[], None]
    note: Callable[[], None]
    given: Mapping[str, Any] = field(default_factory=dict)

    def ask_all(self, title: str) -> dict[str, Any] | None:
        """The answers, or None when the person went back. Raises Stop."""
        self._show_kept()
        number = next((n for n, ask in enumerate(self.asks) if not self._answered(ask)), len(self.asks))
        while True:
            while number < len(self.asks):
                number += 1 if self._one(number) else -1
                if number < 0:
                    return None
            wanted = self._summary(title)
            if wanted == len(self.asks):
                return {
                    ask.name: self.typed[ask.name]
                    for ask in self.asks
                    if self.typed.get(ask.name) is not None
                }
            if wanted < 0:
                if not self.asks:
                    return None
                number = len(self.asks) - 1
            else:
                number = wanted
                if self._one(number):
                    number = len(self.asks)

    def ask_one(self) -> Any:
        """The answer of the only field; None when it was left out or the person went back. Raises Stop."""
        return self.typed.get(self.asks[0].name) if self._one(0) else None

    def wrong(self, name: str, words: str) -> None:
        """A field that the step itself refused: it is asked for again, and may not be left out."""
        self.asks = tuple(
            Ask(ask.field, ask.stored, False, ask.at) if ask.name == name else ask for ask in self.asks
        )
        self.typed.pop(name, None)
        self.terminal.line(f"  ✗ {words}")

    def label(self, ask: Ask) -> str:
        own = text_in(ask.field.label, self.scope, self.language) or ask.name.replace("_", " ")
        return own[:1].upper() + own[1:]

    # parts

    def _answered(self, ask: Ask) -> bool:
        if ask.name not in self.typed:
            return False
        raw = self.typed[ask.name]
        return ask.optional if raw is None else not self._check(ask, raw)[1]

    def _show_kept(self) -> None:
        kept = [ask for ask in self.asks if self.typed.get(ask.name) is not None]
        if not kept:
            return
        self.terminal.line()
        self.terminal.line(f"  {self.w['kept']}")
        wide = max(len(self.label(ask)) for ask in kept)
        for ask in kept:
            self.terminal.line(f"    {self.label(ask):<{wide}}  {self._shown(ask, self.typed[ask.name])}")

    def _one(self, number: int) -> bool:
        """Ask for one field until it holds; False: back."""
        ask, t, w = self.asks[number], self.terminal, self.w
        before = self._before(ask)
        t.line()
        place = dim(f"   {number + 1}/{len(self.asks)}") if len(self.asks) > 1 else ""
        t.line(f"  {bold(self.label(ask))}{place}")
        self._expectation(ask, before)
        again = ""
        while True:
            line = t.read(typed=again, words=self._words(ask), files=_is_file(ask))
            command = self._command(ask, line)
            if command == BACK:
                return False
            if command == HELP:
                self._help(ask)
                continue
            if command == NOTE:
                self.note()
                t.line(f"  {bold(self.label(ask))}")
                continue
            raw = self._raw(ask, line)
            if raw is None:
                if before is not None:
                    raw = before
                elif ask.optional:
                    self._remember(ask, None)
                    return True
                else:
                    t.line(f"  ✗ {w['required']} {words_for_field(ask.field, self.language)}")
                    continue
            raw, problems = self._kept(ask, raw)
            problems = problems or self._check(ask, raw)[1]
            if not problems:
                self._remember(ask, raw)
                return True
            if isinstance(raw, str) and not any(code in NEVER_KEPT for code, _ in problems):
                self._remember(ask, raw)  # to be corrected the next time
            for _, words in problems:
                t.say(f"✗ {words}")
            again = line

    def _before(self, ask: Ask) -> Any:
        """What Enter keeps: what was typed, what the case has, or the default."""
        for raw in (
            self.typed.get(ask.name),
            self.given.get(ask.name) if ask.stored else None,
            ask.field.default,
        ):
            if raw is not None and raw != () and not self._check(ask, raw)[1]:
                return raw
        return None

    def _expectation(self, ask: Ask, before: Any) -> None:
        own = text_in(ask.field.help, self.scope, self.language)
        numbered = self._numbered(ask)
        if own or not numbered:
            self.terminal.faint(own or words_for_field(ask.field, self.language), "    ")
        for key, word in numbered:
            self.terminal.line(f"    {bold(key)}  {word}")
        if before is not None:
            self.terminal.faint(self.w["enter_keeps"].format(value=self._shown(ask, before)), "    ")
        elif ask.optional:
            self.terminal.faint(self.w["optional"], "    ")

    def _numbered(self, ask: Ask) -> list[tuple[str, str]]:
        """The words of an enum with a number each, unless they are numbers themselves; yes and no likewise."""
        if ask.field.type in ("boolean", "tick"):
            words = [self.w["yes"], self.w["no"]]
        else:
            words = [plain(word) for word in ask.field.schema.get("enum", ()) if word is not None]
        if any(word.isdigit() and len(word) < 3 for word in words):
            return [("-", word) for word in words]
        return [(str(n), word) for n, word in enumerate(words, 1)]

    def _words(self, ask: Ask) -> list[str]:
        if ask.field.type == "person":
            return list(self.context.people)
        return [word for _, word in self._numbered(ask)]

    def _command(self, ask: Ask, line: str) -> str:
        """`<`, `?`, `n` (or `:n`) and `q` alone on a line; a yes-or-no field takes n for no. Raises Stop for q."""
        typed = line.strip().casefold()
        if typed in (":q", "q"):
            raise Stop
        if typed in (BACK, HELP) or typed == ":n":
            return typed.removeprefix(":")
        return NOTE if typed == NOTE and ask.field.type not in ("boolean", "tick") else ""

    def _raw(self, ask: Ask, line: str) -> Any:
        """What a line means before it is checked; None for nothing. A backslash in front takes it as it is."""
        text = line.strip()
        while text.endswith("\\") and ask.field.type in ("string", "plain_text"):
            text = f"{text[:-1].rstrip()}\n{self.terminal.read('  . ').strip()}"
        if not text:
            return None
        if text.startswith("\\") and len(text) == 2:
            return text[1:]
        word = text.casefold()
        for key, option in self._numbered(ask):
            if word in (key, option.casefold()):
                return option
        if ask.field.type in ("boolean", "tick"):
            return {"y": "yes", "j": "yes", "n": "no", "x": "yes", "✓": "yes"}.get(word, text)
        return text

    def _kept(self, ask: Ask, raw: Any) -> tuple[Any, list[tuple[str, str]]]:
        if not _is_file(ask) or isinstance(raw, Mapping):
            return raw, []
        try:
            return self.keep_file(ask, raw), []
        except ProcflowError as problem:
            return raw, [("file", f"{problem.message}. {problem.hint}".rstrip(". ") + ".")]

    def _check(self, ask: Ask, raw: Any) -> tuple[Any, list[tuple[str, str]]]:
        """(value, problems as code and words). A file is checked when it is kept."""
        try:
            value, problems = check_value(ask.field, raw, self.context)
        except EvaluationError as problem:
            return None, [("evaluation", problem.message)]
        label = self.label(ask)
        return value, [(p.code, p.words(self.language).replace(p.path, label, 1)) for p in problems]

    def _remember(self, ask: Ask, raw: Any) -> None:
        self.typed[ask.name] = raw
        self.keep({name: value for name, value in self.typed.items() if not _is_personal_number(value)})

    def _help(self, ask: Ask) -> None:
        t = self.terminal
        t.say(words_for_field(ask.field, self.language), "    ", self.label(ask))
        own = text_in(ask.field.help, self.scope, self.language)
        if own:
            t.say(own, "    ")
        if ask.field.type in ("string", "plain_text"):
            t.faint(self.w["line_end"], "    ")
        if ask.field.type == "person":
            name_of = self.scope.surroundings.organisation.name_of
            t.say(
                ", ".join(f"{code} {name_of(code)}" for code in self.context.people), "    ", self.w["people"]
            )
        if ask.field.type == "role" and self.context.roles:
            t.say(", ".join(self.context.roles), "    ")
        self.explain()

    def _summary(self, title: str) -> int:
        """The number of a field to correct, len(asks) for "do it", -1 for back. Raises Stop."""
        t, n = self.terminal, len(self.asks)
        t.line()
        t.line(f"  {bold(title)}")
        wide = max((len(self.label(ask)) for ask in self.asks), default=0)
        for number, ask in enumerate(self.asks, 1):
            raw = self.typed.get(ask.name)
            shown = dim(self.w["skipped"]) if raw is None else self._shown(ask, raw)
            t.line(f"    {dim(f'{number:>2}')}  {self.label(ask):<{wide}}  {shown}")
        t.line()
        t.faint(self.w["summary_keys"].format(n=f"1-{n}" if n > 1 else "1") if n else self.w["summary_empty"])
        while True:
            typed = t.read().strip().casefold()
            if typed in ("q", ":q"):
                raise Stop
            if typed == "":
                return n
            if typed == BACK:
                return -1
            if typed == HELP:
                self.explain()
            elif typed == NOTE:
                self.note()
            elif typed.isdigit() and 1 <= int(typed) <= n:
                return int(typed) - 1
            else:
                t.line(f"  {self.w['no_key'].format(typed=typed)}")

    def _shown(self, ask: Ask, raw: Any) -> str:
        """An answer as it was understood."""
        value, problems = self._check(ask, raw)
        if problems:
            return str(raw)
        if ask.field.type == "person":
            return f"{self.scope.surroundings.organisation.name_of(str(value))} ({value})"
        return value_in_words(value, self.scope, self.language)


def _is_personal_number(value: Any) -> bool:
    """Whether a text has the number of a person or a card in it, whatever the field is: no draft keeps that."""
    return isinstance(value, str) and bool(personal_number(value))


def _is_file(ask: Ask) -> bool:
    items = ask.field.items
    return ask.field.type == "file" or (
        ask.field.type == "array" and items is not None and items.type == "file"
    )
