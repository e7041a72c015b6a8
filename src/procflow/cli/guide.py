"""The guided way through a case: the words to say, the one question, the fields, the promise, and on.

Everything that is typed goes into a draft at once and is offered again next time. It holds no rule: what is
offered, checked and done is the engine's, here or on another machine (`guide_place`).
"""

from __future__ import annotations

import os
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from procflow.cli.guide_fields import BACK, HELP, NOTE, Ask, Fields
from procflow.cli.guide_place import Asked, Place, Refused
from procflow.cli.guide_terminal import Stop, Terminal
from procflow.cli.guide_words import guide_words, no_key
from procflow.cli.session import as_instant
from procflow.cli.style import bold, dim, width
from procflow.cli.views import already_open
from procflow.cli.why_text import why_text
from procflow.errors import Busy, Conflict

_KEYS = "123456789" + "".join(letter for letter in string.ascii_lowercase if letter not in "nq")

T = TypeVar("T")
View = Mapping[str, Any]


class Unreached(Stop):
    """The person gives up on a place that does not answer."""

    def __init__(self, problem: Busy) -> None:
        super().__init__()
        self.problem = problem


class Guide:
    """One person's way through cases at one terminal."""

    def __init__(self, place: Place, terminal: Terminal) -> None:
        self.place = place
        self.t = terminal
        self.case = 0  # the number of the case at hand
        self.opening = ""  # the procedure that is being opened
        self.begun = False  # whether a choice was begun and not taken

    @property
    def w(self) -> Mapping[str, str]:
        return guide_words(self.place.language)

    # the way

    def go(self, case: int | str) -> None:
        """From where the case is to its end, or until nothing is offered. Raises Stop."""
        view: View = self.place.look(case)
        while True:
            self.case = view["case"]["number"]
            if not self._state(view):
                following = self._following(view)
                if following is None:
                    return
                view = following
                continue
            self._question(view)
            view = self._asked(self.place.look, self.case)

    def open(self, procedure: str, given: Mapping[str, Any]) -> int:
        """Open a case, with what its start asks for; -> its number. Raises Stop, and what `Place.open` raises."""
        place = self.place
        asked = place.opening(procedure)
        procedure = asked["procedure"]
        if asked["told"]:
            self.t.say(f"! {asked['told']}")
        self.opening = procedure
        asks = [ask for ask in asked["asks"] if ask["name"] not in given]
        values = dict(given)
        title = f"{self.w['open']}: {asked['title']}"
        fields = self._fields(Asked(procedure=procedure), asks, asked["typed"], lambda: None, self._no_note)
        while True:
            if asks:
                self.t.title(title)
                found = fields.ask_all(title)
                if found is None:
                    self.t.line(f"  {self.w['first']}")
                    continue
                values |= found
            request = _request()
            try:
                view = self._asked(place.open, procedure, values, request)
                break
            except Refused as refused:
                self._refused(refused.view, fields)
                if not asks:
                    raise Stop from None
        self._asked(place.drop, Asked(procedure=procedure))
        self.opening = ""
        self.case = view["number"]
        if view.get("shown"):
            self.t.say(already_open(self.case, place.language), "  ")
            return self.case
        self._told(view, None, title)
        return self.case

    def pick(self, zone: str, now: datetime) -> int:
        """Which of the cases in the inbox; 0 when there is none. Raises Stop."""
        from procflow.core.words import relative_in_words

        rows = list({row["number"]: row for row in self.place.waiting()}.values())[: len(_KEYS)]
        if len(rows) < 2:
            return rows[0]["number"] if rows else 0
        self.t.title(self.w["which"])
        self.t.line()
        keys: dict[str, int] = {}
        for key, row in zip(_KEYS, rows, strict=False):
            act_by = as_instant(row["act_by"])
            when = relative_in_words(act_by, now, zone, self.place.language) if act_by else ""
            what = row["what"]
            if row["kind"] != "work":
                what = f"{self.w.get(row['kind'], row['kind'])} {what}".rstrip()
            about = f"{row['title']}: {what}"
            self.t.line(f"    {bold(key)}  {self.w['case']} {row['number']}  {about}  {dim(when)}".rstrip())
            keys[key] = row["number"]
        self.t.line()
        self.t.faint("q  stop")
        while True:
            typed = self._typed()
            if typed in keys:
                return keys[typed]
            if typed.isdecimal() and len(typed) < 5 and int(typed) in keys.values():
                return int(typed)
            self.t.line(f"  {no_key(self.w, typed)}")

    # where the case is

    def _state(self, view: View) -> bool:
        """Tell where the case is; False where nothing is offered."""
        t, w, case = self.t, self.w, view["case"]
        t.title(f"{w['case']} {case['number']}  {case['title']}")
        if case["closed"]:
            t.line(f"  ■ {w['closed'].format(outcome=case['outcome'] or '-')}")
        for words in case["words"]:
            t.line(f"  {words['title'][:1].upper()}{words['title'][1:]}")
            if words["say"]:
                t.line()
                t.say(f"“{words['say']}”", "  ", w["say"])
            if words["guide"]:
                t.say(words["guide"], "  ", w["guide"])
            if words["help"]:
                t.faint(words["help"])
        for item in view["items"]:
            t.line()
            for number, line in enumerate(item["lines"]):
                first = number == 0
                t.say(line, "  " if first else "      ", w.get(item["kind"], item["kind"]) if first else "")
        offered = any((choice["because"] or {}).get("code") == "offered" for choice in case["choices"])
        if offered:
            t.line()
            t.say(w["take_it"].format(number=case["number"]), "  ")
        if view["options"]:
            return True
        if not case["closed"] and not offered:
            t.line()
            t.line(f"  {w['nothing']}")
            if view["with"]:
                t.line(f"  {w['with'].format(who=', '.join(view['with']))}")
        return False

    def label(self, option: View) -> str:
        """What a choice is called; one of an item by what it does with it."""
        label = str(option["label"])
        if not option["item"]:
            return label[:1].upper() + label[1:]
        name = "item_read" if option["choice"] == "read" else option["choice"]
        return self.w[name].format(what=_short(label)) if name in self.w else f"{name}: {_short(label)}"

    # the one question

    def _question(self, view: View) -> None:
        """Ask what happens, and do it."""
        t, w = self.t, self.w
        options = keyed(view)
        t.line()
        t.line(f"  {bold(w['what_now'])}")
        t.line()
        for key, option in options.items():
            begun, label = len(begun_fields(option)), self.label(option)
            notes = [part for part in (option["help"], option["for"]) if part]
            if begun:
                notes.append(f"{w['begun']} {begun}/{len(option['asks'])}")
            told = " · ".join(notes)
            if told and len(label) + len(told) + 10 > width():
                t.line(f"    {bold(key)}  {label}")
                t.faint(told, "       ")
            else:
                t.line(f"    {bold(key)}  {label}" + (f"   {dim(told)}" if told else ""))
        missing = sum(not choice["available"] for choice in view["case"]["choices"])
        t.line()
        if missing:
            t.faint(w["more" if missing == 1 else "mores"].format(n=missing))
        t.faint(w["keys"])
        while True:
            typed = self._typed()
            chosen = options.get(typed) or next(
                (o for o in options.values() if typed == o["choice"].casefold()), None
            )
            if chosen is not None:
                if self._take(view, chosen):
                    return
                return self._question(self._asked(self.place.look, self.case))
            if typed == HELP:
                self._why()
            elif typed == NOTE:
                self._note()
                return
            elif typed == BACK:
                t.line(f"  {w['first']}")
            else:
                t.line(f"  {no_key(w, typed)}")

    def _take(self, view: View, option: View) -> bool:
        """Ask for what the choice needs and take it; False when the person went back."""
        place, before, label = self.place, view["case"], self.label(option)
        asked = Asked(self.case, option["choice"], option["item"] or "")
        self.begun = True
        choice = "" if option["item"] else option["choice"]
        fields = self._fields(
            asked, option["asks"], option["typed"], lambda: self._why(choice), self._note,
            lambda values: self._see(asked, values),
        )  # fmt: skip
        while True:
            values = fields.ask_all(label)
            if values is None:
                self.begun = False
                return False
            if self._moved(before["sequence"]):
                self.begun = False
                return True
            request = _request()
            try:
                after = self._asked(place.take, asked, values, request)
                break
            except Conflict as conflict:
                self.t.say(conflict.message, "  ✗ ", self.w["moved"])
                self.begun = False
                return True
            except Refused as refused:
                if not self._refused(refused.view, fields):
                    self.begun = False
                    return False
        if option["item"]:
            self._asked(place.drop, asked)
        self.begun = False
        self._told(after, before, label)
        return True

    def _see(self, asked: Asked, values: Mapping[str, Any]) -> None:
        """What the choice would do, in the very words that go out; nothing is done."""
        t, w = self.t, self.w
        t.line()
        try:
            found = self._asked(self.place.foresee, asked, values)
        except Refused as refused:
            t.say(refused.view["message"], "    ✗ ", w["refused"])
            return
        t.line(f"    {bold(w['sends'] if found['sends'] else w['sends_nothing'])}")
        for one in found["sends"]:
            for number, line in enumerate(one["lines"]):
                t.say(line, "      " if number else "    - ")
        for title in found["opens"]:
            t.say(w["opens"].format(title=title), "    ")
        t.say(w["leads_to"].format(states=", ".join(found["state"]) or "-"), "    ")
        t.line()

    def _moved(self, seen: int) -> bool:
        """Whether somebody changed the case since it was shown; who and how is told, and what was typed stays."""
        moved = self._asked(self.place.look, self.case, seen)["moved"]
        if moved is None:
            return False
        t = self.t
        t.line()
        t.say(", ".join(moved["by"]), "  ✗ ", self.w["moved"])
        for line in moved["lines"][:6]:
            t.say(line, "    ")
        t.faint(self.w["look_again"], "    ")
        return True

    def _refused(self, refusal: View, fields: Fields) -> bool:
        """Say why; True where a field can be corrected."""
        labels = {ask["name"]: ask["label"] for ask in fields.asks}
        problems = refusal["fields"]
        self.t.line()
        if problems and all(problem["name"] in labels for problem in problems):
            for problem in problems:
                name = problem["name"]
                label = labels[name][:1].upper() + labels[name][1:]
                fields.wrong(name, problem["message"].replace(name, label, 1))
            return True
        self.t.say(refusal["message"], "  ✗ ", self.w["refused"])
        if refusal["hint"]:
            self.t.say(refusal["hint"], "    ")
        return False

    def _told(self, after: View, before: View | None, what: str) -> None:
        """The tick, the dates to promise, and the cases that were opened."""
        t, w = self.t, self.w
        t.line()
        t.line(f"  ✓ {bold(what)}")
        for sentence in promises(after, before):
            t.say(sentence, "    ")
        for started in after.get("started", ()):
            t.say(w["started"].format(n=started["number"], title=started["title"]), "    ")
            other = self._asked(self.place.look, started["number"])
            for sentence in promises(other["case"], None):
                t.say(sentence, "      ")

    def _following(self, view: View) -> View | None:
        """A case that this one opened and that this person can work on, if the person wants to."""
        for number in reversed(view["started"]):
            other = self._asked(self.place.look, number)
            if other["case"]["closed"] or not other["options"]:
                continue
            self.t.line()
            self.t.faint(self.w["go_on"].format(n=number))
            while self._typed():
                self.t.line(f"  {self.w['go_on'].format(n=number)}")
            return other
        return None

    # beside the way

    def _why(self, choice: str = "") -> None:
        view = self._asked(self.place.why, self.case, choice)
        self.t.line()
        for line in why_text(view, self.place.language).splitlines():
            self.t.line(f"    {line}")
        self.t.line()

    def _note(self) -> None:
        """A customer note, beside whatever is being asked."""
        t, w, case = self.t, self.w, self.case
        asked = Asked.note(case)
        typed = self._asked(self.place.typed_note, case)
        words = w["note_help"]
        ask = {
            "name": "note", "label": w["note"], "type": "plain_text", "optional": True, "help": words, "expects": words,
            "options": [], "labels": {}, "file": False, "known": None, "people": [], "roles": [],
        }  # fmt: skip
        fields = self._fields(asked, [ask], typed, lambda: None, lambda: None)
        text = fields.ask_one()
        if not text:
            return
        request = _request()
        try:
            self._asked(self.place.note, case, str(text), request)
        except Refused as refused:
            self._refused(refused.view, fields)
            return
        self._asked(self.place.drop, asked)
        t.line(f"  ✓ {w['note_done']}")

    def _no_note(self) -> None:
        self.t.line(f"  {self.w['no_key'].format(typed=NOTE)}")

    # parts

    def _fields(
        self, asked: Asked, asks: Sequence[Ask], typed: Mapping[str, Any], explain: Callable[[], None],
        note: Callable[[], None], see: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> Fields:  # fmt: skip
        return Fields(
            self.t, self.w, asks, dict(typed),
            lambda values: self._asked(self.place.check, asked, values),
            lambda values: self._asked(self.place.keep, asked, values), explain, note, see,
        )  # fmt: skip

    def _asked(self, ask: Callable[..., T], *about: Any) -> T:
        """The answer of the place; where it cannot be reached, what is typed waits until it can. Raises Unreached."""
        while True:
            try:
                return ask(*about)
            except Busy as problem:
                self.t.line()
                self.t.say(problem.message, "  ✗ ")
                if problem.hint:
                    self.t.say(problem.hint, "    ")
                self.t.faint(self.w["again"], "    ")
                try:
                    self._typed()
                except Stop:
                    raise Unreached(problem) from problem

    def _typed(self) -> str:
        typed = self.t.read().strip().casefold()
        if typed in ("q", ":q"):
            raise Stop
        return typed.removeprefix(":") if len(typed) == 2 else typed


def keyed(view: View) -> dict[str, View]:
    """The options by the key that takes each."""
    return dict(zip(_KEYS, view["options"], strict=False))


def begun_fields(option: View) -> list[str]:
    """The fields of an option for which something was typed and not yet used."""
    return [name for name, value in option["typed"].items() if value is not None]


def promises(after: View, before: View | None) -> Iterator[str]:
    """The sentences for each deadline that runs now and did not, or not to this instant, before the step; and for the
    one whose date is to be promised now and was not."""
    old = {clock["name"]: clock for clock in before["deadlines"]} if before is not None else {}
    promised = next((name for name, clock in old.items() if clock["promise"]), "")
    for clock in after["deadlines"]:
        known = old.get(clock["name"])
        moved = known is None or known["due"] != clock["due"] or known["state"] == "paused"
        untold = clock["promise"] and clock["name"] != promised
        if clock["state"] == "running" and clock["due"] and (moved or untold):
            yield from clock["lines"]


def _request() -> str:
    """An id for one request, which is done once however often it is sent."""
    return os.urandom(16).hex()


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
