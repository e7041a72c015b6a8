"""The fields of one step, asked one by one: label, what is expected, an immediate check, a summary.

What is typed is handed on at once (`keep`), so that it outlives this process. It must not know what the answers are for,
nor where they are checked. An ask is what `views.guided` gives for a field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from procflow.cli.guide_terminal import Broken, Stop, Terminal
from procflow.cli.style import bold, dim
from procflow.core.field_problems import NEVER_KEPT
from procflow.core.values import plain

BACK, HELP, NOTE, SEE = "<", "?", "n", "v"

Ask = Mapping[str, Any]


@dataclass
class Fields:
    """Asks for `asks`. `typed` holds what was typed before, and grows; None is a field that was left out.

    `check` holds typed values against their fields: name -> `value` to go on with, `shown`, `problems`.
    """

    terminal: Terminal
    w: Mapping[str, str]
    asks: Sequence[Ask]
    typed: dict[str, Any]
    check: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    keep: Callable[[Mapping[str, Any]], None]
    explain: Callable[[], None]
    note: Callable[[], None]
    see: Callable[[Mapping[str, Any]], None] | None = None  # shows what the answers would do
    _checked: dict[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)

    def ask_all(self, title: str) -> dict[str, Any] | None:
        """The answers, or None when the person went back. Raises Stop."""
        self._look_at({name: raw for name, raw in self.typed.items() if raw is not None})
        self._show_kept()
        number = next((n for n, ask in enumerate(self.asks) if not self._answered(ask)), len(self.asks))
        while True:
            while number < len(self.asks):
                number += 1 if self._one(number) else -1
                if number < 0:
                    return None
            wanted = self._summary(title)
            if wanted == len(self.asks):
                return self._answers()
            if wanted < 0:
                if not self.asks:
                    return None
                number = len(self.asks) - 1
            else:
                number = wanted
                if self._one(number):
                    number = len(self.asks)

    def _answers(self) -> dict[str, Any]:
        names = [ask["name"] for ask in self.asks]
        return {name: self.typed[name] for name in names if self.typed.get(name) is not None}

    def ask_one(self) -> Any:
        """The answer of the only field; None when it was left out or the person went back. Raises Stop."""
        return self.typed.get(self.asks[0]["name"]) if self._one(0) else None

    def wrong(self, name: str, words: str) -> None:
        """A field that the step itself refused: it is asked for again, and may not be left out."""
        self.asks = [{**ask, "optional": False} if ask["name"] == name else ask for ask in self.asks]
        self.typed.pop(name, None)
        self.terminal.line(f"  ✗ {words}")

    # parts

    def _answered(self, ask: Ask) -> bool:
        if ask["name"] not in self.typed:
            return False
        raw = self.typed[ask["name"]]
        return bool(ask["optional"]) if raw is None else not self._look(ask, raw)["problems"]

    def _look(self, ask: Ask, raw: Any) -> Mapping[str, Any]:
        """A value as it was understood, and what is wrong with it; what was looked at is not asked for again."""
        known = self._checked.get(ask["name"])
        if known is None or known[0] != raw:
            self._look_at({ask["name"]: raw})
            known = self._checked[ask["name"]]
        return known[1]

    def _look_at(self, typed: Mapping[str, Any]) -> None:
        found = self.check(typed) if typed else {}
        for name, raw in typed.items():
            told = found.get(name) or {"value": raw, "shown": str(raw), "problems": []}
            self._checked[name] = (raw, told)

    def _show_kept(self) -> None:
        kept = [ask for ask in self.asks if self.typed.get(ask["name"]) is not None]
        if not kept:
            return
        self.terminal.line()
        self.terminal.line(f"  {self.w['kept']}")
        wide = max(len(label(ask)) for ask in kept)
        for ask in kept:
            shown = self._shown(ask, self.typed[ask["name"]])
            self.terminal.line(f"    {label(ask):<{wide}}  {shown}")

    def _one(self, number: int) -> bool:
        """Ask for one field until it holds; False: back."""
        ask, t, w = self.asks[number], self.terminal, self.w
        before = self._before(ask)
        t.line()
        place = dim(f"   {number + 1}/{len(self.asks)}") if len(self.asks) > 1 else ""
        t.line(f"  {bold(label(ask))}{place}")
        self._expectation(ask, before)
        again = ""
        while True:
            try:
                line = t.read(typed=again, words=self._words(ask), files=ask["file"])
            except Broken as stop:
                self._keep_half(ask, stop.half.strip())
                raise
            command = self._command(ask, line)
            if command == BACK:
                return False
            if command == HELP:
                self._help(ask)
                continue
            if command == NOTE:
                self.note()
                t.line(f"  {bold(label(ask))}")
                continue
            raw = self._raw(ask, line)
            if raw is None:
                if before is not None:
                    raw = before
                elif ask["optional"]:
                    self._remember(ask, None)
                    return True
                else:
                    t.line(
                        f"  ✗ {w['required']}: {ask['expects']}" if ask["expects"] else f"  ✗ {w['required']}"
                    )
                    continue
            told = self._look(ask, raw)
            raw, problems = told["value"], told["problems"]
            if not problems:
                self._checked[ask["name"]] = (raw, told)
                self._remember(ask, raw)
                return True
            if isinstance(raw, str) and not any(one["code"] in NEVER_KEPT for one in problems):
                self._remember(ask, raw)  # to be corrected the next time
            for one in problems:
                t.say(f"✗ {one['message']}")
            again = line

    def _keep_half(self, ask: Ask, half: str) -> None:
        """What stood in a line that was broken off is kept as a wrong answer is: to be gone on with."""
        if (
            not half
            or half.casefold() in (BACK, HELP, NOTE, "q")
            or half[0] == ":"
            or self.typed.get(ask["name"]) == half
        ):
            return
        if not any(one["code"] in NEVER_KEPT for one in self._look(ask, half)["problems"]):
            self._remember(ask, half)

    def _before(self, ask: Ask) -> Any:
        """What Enter keeps: what was typed, else what the case has or the default."""
        typed = self.typed.get(ask["name"])
        if typed is not None and not self._look(ask, typed)["problems"]:
            return typed
        return ask["known"]

    def _expectation(self, ask: Ask, before: Any) -> None:
        numbered = self._numbered(ask)
        if ask["help"] != ask["expects"] or not numbered:
            self.terminal.faint(ask["help"], "    ")
        for key, word in numbered:
            self.terminal.line(f"    {bold(key)}  {ask['labels'].get(word, word)}")
        if before is not None:
            self.terminal.faint(self.w["enter_keeps"].format(value=self._shown(ask, before)), "    ")
        elif ask["optional"]:
            self.terminal.faint(self.w["optional"], "    ")

    def _numbered(self, ask: Ask) -> list[tuple[str, str]]:
        """The words of an enum with a number each, unless they are numbers themselves; yes and no likewise."""
        if ask["type"] in ("boolean", "tick"):
            words = [self.w["yes"], self.w["no"]]
        else:
            words = [plain(word) for word in ask["options"]]
        if any(word.isdigit() and len(word) < 3 for word in words):
            return [("-", word) for word in words]
        return [(str(n), word) for n, word in enumerate(words, 1)]

    def _words(self, ask: Ask) -> list[str]:
        if ask["type"] == "person":
            return [person["id"] for person in ask["people"]]
        return [word for _, word in self._numbered(ask)]

    def _command(self, ask: Ask, line: str) -> str:
        """`<`, `?`, `n` (or `:n`) and `q` alone on a line; a yes-or-no field takes n for no. Raises Stop for q."""
        typed = line.strip().casefold()
        if typed in (":q", "q"):
            raise Stop
        if typed in (BACK, HELP) or typed == ":n":
            return typed.removeprefix(":")
        return NOTE if typed == NOTE and ask["type"] not in ("boolean", "tick") else ""

    def _raw(self, ask: Ask, line: str) -> Any:
        """What a line means before it is checked; None for nothing. A backslash in front takes it as it is."""
        text = line.strip()
        if ask["type"] == "array":  # a list that was pasted, one a line
            text = ", ".join(part.strip(" \t\r,") for part in text.splitlines() if part.strip(" \t\r,"))
        while text.endswith("\\") and ask["type"] in ("string", "plain_text"):
            text = f"{text[:-1].rstrip()}\n{self.terminal.read('  . ').strip()}"
        if not text:
            return None
        if text.startswith("\\") and len(text) == 2:
            return text[1:]
        word = text.casefold()
        for key, option in self._numbered(ask):
            if word in (key, option.casefold(), ask["labels"].get(option, option).casefold()):
                return option
        if ask["type"] in ("boolean", "tick"):
            return {"y": "yes", "j": "yes", "n": "no", "x": "yes", "✓": "yes"}.get(word, text)
        return text

    def _remember(self, ask: Ask, raw: Any) -> None:
        self.typed[ask["name"]] = raw
        self.keep(self.typed)

    def _help(self, ask: Ask) -> None:
        t = self.terminal
        t.say(ask["expects"], "    ", label(ask))
        if ask["help"] != ask["expects"]:
            t.say(ask["help"], "    ")
        if ask["type"] in ("string", "plain_text"):
            t.faint(self.w["line_end"], "    ")
        if ask["type"] == "person":
            known = ", ".join(f"{person['id']} {person['name']}" for person in ask["people"])
            t.say(known, "    ", self.w["people"])
        if ask["roles"]:
            t.say(", ".join(ask["roles"]), "    ")
        self.explain()

    def _summary(self, title: str) -> int:
        """The number of a field to correct, len(asks) for "do it", -1 for back. Raises Stop."""
        t, n = self.terminal, len(self.asks)
        t.line()
        t.line(f"  {bold(title)}")
        wide = max((len(label(ask)) for ask in self.asks), default=0)
        for number, ask in enumerate(self.asks, 1):
            raw = self.typed.get(ask["name"])
            shown = dim(self.w["skipped"]) if raw is None else self._shown(ask, raw)
            t.line(f"    {dim(f'{number:>2}')}  {label(ask):<{wide}}  {shown}")
        t.line()
        keys = self.w["summary_keys"].format(n=f"1-{n}" if n > 1 else "1") if n else self.w["summary_empty"]
        t.faint(keys + (f"    {self.w['see_key']}" if self.see is not None else ""))
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
            elif typed == SEE and self.see is not None:
                self.see(self._answers())
            elif typed.isdecimal() and len(typed) < 5 and 1 <= int(typed) <= n:
                return int(typed) - 1
            else:
                t.line(f"  {self.w['no_key'].format(typed=typed)}")

    def _shown(self, ask: Ask, raw: Any) -> str:
        """An answer as it was understood."""
        return str(self._look(ask, raw)["shown"])


def label(ask: Ask) -> str:
    """What a field is called, as the beginning of a line."""
    return str(ask["label"][:1].upper() + ask["label"][1:])
