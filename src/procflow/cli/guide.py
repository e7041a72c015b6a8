"""The guided way through a case: the words to say, the one question, the fields, the promise, and on.

Everything that is typed goes into a draft at once and is offered again next time. It holds no rule: what is
offered, checked and done is the engine's.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from procflow.app import App
from procflow.cli.guide_fields import BACK, HELP, NOTE, Fields
from procflow.cli.guide_terminal import Stop, Terminal
from procflow.cli.guide_words import guide_words, no_key
from procflow.cli.style import bold, dim, width
from procflow.cli.views import already_open, spoken
from procflow.cli.why_text import why_text
from procflow.core.case import Case
from procflow.core.clock_words import shown_clocks
from procflow.core.decide import NOTE_ASKS, field_context, with_note
from procflow.core.people import holders
from procflow.core.procedure import Ask
from procflow.core.refusals import Refusal
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.engine import Answer, Loaded
from procflow.errors import Conflict
from procflow.views.case import case_view
from procflow.views.why import why_view

_KEYS = "123456789" + "".join(letter for letter in string.ascii_lowercase if letter not in "nq")


@dataclass(frozen=True)
class Option:
    """One thing that can be done: a choice of the procedure, or (`item`) one of an item."""

    name: str
    label: str
    asks: tuple[Ask, ...]
    help: str = ""
    item: str = ""
    behalf: str = ""

    @property
    def draft(self) -> str:
        """The name under which what is typed for it is kept."""
        return f"{self.name} {self.item}" if self.item else self.name


class Guide:
    """One person's way through cases at one terminal."""

    def __init__(self, app: App, person: str, language: str, terminal: Terminal) -> None:
        self.app = app
        self.person = app.engine.surroundings().organisation.person_id(person) or person
        self.language = language
        self.t = terminal
        self.w = guide_words(language)
        self.case = 0  # the number of the case at hand
        self.opening = ""  # the procedure that is being opened
        self.begun = False  # whether a choice was begun and not taken

    # the way

    def go(self, case: int | str) -> None:
        """From where the case is to its end, or until nothing is offered. Raises Stop."""
        loaded = self.app.look(case, self.person)
        while True:
            self.case = loaded.row.number
            if not self._state(loaded):
                following = self._following(loaded)
                if following is None:
                    return
                loaded = following
                continue
            self._question(loaded)
            loaded = self.app.engine.load(self.case)

    def open(self, procedure: str, given: Mapping[str, Any]) -> int:
        """Open a case, with what its start asks for; -> its number. Raises Stop, and what `App.open` raises."""
        app = self.app
        app.publish()
        _, compiled = app.in_force(procedure)
        if told := app.kept_back(procedure):
            self.t.say(f"! {told}")
        self.opening = procedure
        scope = StepScope(compiled, Case(), app.engine.surroundings(), app.world.now(), actor=self.person)
        roles = scope.surroundings.organisation.people.get(self.person, {}).get("roles", ())
        start = next((s for s in compiled.starts if s.kind == "by" and s.role in roles), None)
        asks = tuple(ask for ask in (start.asks if start is not None else ()) if ask.name not in given)
        values = dict(given)
        title = f"{self.w['open']}: {text_in(compiled.title, scope, self.language)}"
        fields = self._fields(
            asks, scope, app.opening_draft(procedure, self.person) if asks else {},
            lambda typed: app.keep_opening_draft(procedure, self.person, typed),
            lambda ask, raw: app.kept_files(ask.field, raw), lambda: None, self._no_note,
        )  # fmt: skip
        while True:
            if asks:
                self.t.title(title)
                found = fields.ask_all(title)
                if found is None:
                    self.t.line(f"  {self.w['first']}")
                    continue
                values |= found
            answer = app.open(procedure, self.person, values)
            if answer.refusal is None:
                break
            self._refused(answer.refusal, fields)
            if not asks:
                raise Stop
        app.drop_opening_draft(procedure, self.person)
        self.opening = ""
        self.case = answer.number
        if answer.shown:
            self.t.say(already_open(answer.number, self.language), "  ")
            return answer.number
        self._told(answer, None, title)
        return answer.number

    def pick(self) -> int:
        """Which of the cases in the inbox; 0 when there is none. Raises Stop."""
        rows = list({row.number: row for row in self.app.inbox(self.person)}.values())[: len(_KEYS)]
        if len(rows) < 2:
            return rows[0].number if rows else 0
        zone, now = self._zone(), self.app.world.now()
        from procflow.core.words import relative_in_words

        self.t.title(self.w["which"])
        self.t.line()
        keys = {}
        for key, row in zip(_KEYS, rows, strict=False):
            when = relative_in_words(row.act_by, now, zone, self.language) if row.act_by else ""
            title, what = self.app.called(row, self.person, self.language)
            if row.kind != "work":
                what = f"{self.w.get(row.kind, row.kind)} {what}".rstrip()
            about = f"{title}: {what}"
            self.t.line(f"    {bold(key)}  {self.w['case']} {row.number}  {about}  {dim(when)}".rstrip())
            keys[key] = row.number
        self.t.line()
        self.t.faint("q  stop")
        while True:
            typed = self._typed()
            if typed in keys:
                return keys[typed]
            if typed.isdigit() and int(typed) in keys.values():
                return int(typed)
            self.t.line(f"  {no_key(self.w, typed)}")

    # where the case is

    def _state(self, loaded: Loaded) -> bool:
        """Tell where the case is; False where nothing is offered."""
        t, w = self.t, self.w
        procedure = self.app.procedure_of(loaded)
        scope = self.scope(loaded)
        t.title(f"{w['case']} {loaded.row.number}  {text_in(procedure.title, scope, self.language)}")
        if loaded.plain.is_closed:
            t.line(f"  ■ {w['closed'].format(outcome=loaded.plain.outcome or '-')}")
        else:
            for words in self.app.words(loaded, self.person, self.language):
                t.line(f"  {words['title'][:1].upper()}{words['title'][1:]}")
                if words["say"]:
                    t.line()
                    t.say(f"“{words['say']}”", "  ", w["say"])
                if words["guide"]:
                    t.say(words["guide"], "  ", w["guide"])
                if words["help"]:
                    t.faint(words["help"])
        self._items(loaded)
        if self.options(loaded):
            return True
        if not loaded.plain.is_closed:
            t.line()
            t.line(f"  {w['nothing']}")
            if who := self._whose(loaded):
                t.line(f"  {w['with'].format(who=who)}")
        return False

    def _items(self, loaded: Loaded) -> None:
        about = self.app.items(loaded)
        for key, item in loaded.plain.items.items():
            if key not in self.app.item_offers(loaded, self.person):
                continue
            facts = about.get(key)
            self.t.line()
            what = self._about(item.kind, facts)
            for number, line in enumerate(what.splitlines()):
                self.t.say(
                    line,
                    "  " if number == 0 else "      ",
                    self.w.get(item.kind, item.kind) if number == 0 else "",
                )

    def _about(self, kind: str, facts: Any) -> str:
        if kind == "manual" and isinstance(facts, Mapping):
            channel, _, operation = str(facts["operation"]).partition(".")
            told = self.app.channels.instruction(channel, operation, facts.get("parameters") or {})
            return f"{facts['operation']}\n{told['da' if self.language == 'da' else 'en']}"
        return spoken(facts)

    def _whose(self, loaded: Loaded) -> str:
        surroundings = self.app.engine.surroundings()
        found: dict[str, None] = {}
        for task in loaded.plain.tasks.values():
            people = (task.claimed_by,) if task.claimed_by else task.people
            roles = () if task.claimed_by else task.roles
            for name in holders(surroundings, roles, people, self.app.world.now()):
                found[surroundings.organisation.name_of(name)] = None
        return ", ".join(found)

    def options(self, loaded: Loaded) -> list[Option]:
        """What this person can do now: the offered choices, then what the items ask for."""
        scope = self.scope(loaded)
        found = []
        for offer in self.app.offers(loaded, self.person):
            if offer.available:
                label = text_in(offer.choice.label, scope, self.language) or _plain_label(offer.choice.name)
                hint = text_in(offer.choice.help, scope, self.language)
                asks = with_note(offer.choice)
                found.append(Option(offer.word, label, asks, hint, behalf=offer.behalf))
        about = self.app.items(loaded)
        for key, names in self.app.item_offers(loaded, self.person).items():
            facts = about.get(key)
            what = (
                str(facts["operation"])
                if isinstance(facts, Mapping) and "operation" in facts
                else spoken(facts)
            )
            what = what.splitlines()[0] if what else key
            for name in names:
                words = self.w["item_read" if name == "read" else name].format(what=_short(what))
                found.append(Option(name, words, self.app.item_asks(loaded, key, name), item=key))
        return found

    def keyed(self, loaded: Loaded) -> dict[str, Option]:
        """The options by the key that takes each."""
        return dict(zip(_KEYS, self.options(loaded), strict=False))

    def begun_fields(self, option: Option, case: int) -> list[str]:
        """The fields of an option for which something was typed and not yet used."""
        self.case = case
        return [name for name, value in self._draft(option).items() if value is not None]

    # the one question

    def _question(self, loaded: Loaded) -> None:
        """Ask what happens, and do it."""
        t, w = self.t, self.w
        options = self.keyed(loaded)
        offered = self.app.offers(loaded, self.person)
        t.line()
        t.line(f"  {bold(w['what_now'])}")
        t.line()
        for key, option in options.items():
            begun = sum(value is not None for value in self._draft(option).values())
            notes = [option.help] if option.help else []
            if option.behalf:
                notes.append(self.app.engine.surroundings().organisation.name_of(option.behalf))
            if begun:
                notes.append(f"{w['begun']} {begun}/{len(option.asks)}")
            told = " · ".join(notes)
            if told and len(option.label) + len(told) + 10 > width():
                t.line(f"    {bold(key)}  {option.label}")
                t.faint(told, "       ")
            else:
                t.line(f"    {bold(key)}  {option.label}" + (f"   {dim(told)}" if told else ""))
        missing = sum(not offer.available for offer in offered)
        t.line()
        if missing:
            t.faint(w["more" if missing == 1 else "mores"].format(n=missing))
        t.faint(w["keys"])
        while True:
            typed = self._typed()
            chosen = options.get(typed) or next(
                (o for o in options.values() if typed == o.name.casefold()), None
            )
            if chosen is not None:
                if self._take(loaded, chosen):
                    return
                return self._question(self.app.engine.load(self.case))
            if typed == HELP:
                self._why(loaded)
            elif typed == NOTE:
                self._note()
                return
            elif typed == BACK:
                t.line(f"  {w['first']}")
            else:
                t.line(f"  {no_key(w, typed)}")

    def _take(self, loaded: Loaded, option: Option) -> bool:
        """Ask for what the choice needs and take it; False when the person went back."""
        app, case = self.app, self.case
        self.begun = True
        fields = self._fields(
            option.asks, self.scope(loaded), self._draft(option),
            lambda typed: app.keep_draft(case, self.person, option.draft, typed),
            lambda ask, raw: app.kept_files(ask.field, raw, case),
            lambda: self._why(loaded, "" if option.item else option.name), self._note, loaded.plain.data,
        )  # fmt: skip
        while True:
            values = fields.ask_all(option.label)
            if values is None:
                self.begun = False
                return False
            given = {**values, "item": option.item} if option.item else values
            try:
                answer = app.do(case, option.name, self.person, given)
            except Conflict as conflict:
                self.t.say(f"✗ {conflict.message}", "  ", self.w["moved"])
                self.begun = False
                return True
            if answer.refusal is None:
                break
            if not self._refused(answer.refusal, fields):
                self.begun = False
                return False
        if option.item:
            app.drop_draft(case, self.person, option.draft)
        self.begun = False
        self._told(answer, loaded.plain, option.label)
        return True

    def _refused(self, refusal: Refusal, fields: Fields) -> bool:
        """Say why; True where a field can be corrected."""
        asked = {ask.name: ask for ask in fields.asks}
        mine = [p for p in refusal.problems if p.name in asked]
        self.t.line()
        if mine and len(mine) == len(refusal.problems):
            for problem in mine:
                words = problem.words(self.language)
                fields.wrong(problem.name, words.replace(problem.path, fields.label(asked[problem.name]), 1))
            return True
        self.t.say(refusal.words(self.language), "  ✗ ", self.w["refused"])
        if hint := refusal.hint(self.language):
            self.t.say(hint, "    ")
        return False

    def _told(self, answer: Answer, before: Case | None, what: str) -> None:
        """The tick, the dates to promise, and the cases that were opened."""
        t, w = self.t, self.w
        t.line()
        t.line(f"  ✓ {bold(what)}")
        loaded = self.app.engine.load(answer.case_id)
        for sentence in self.promises(loaded, before):
            t.say(sentence, "    ")
        for number in self.app.started_by(loaded, before.sequence if before is not None else 0):
            other = self.app.engine.load(number)
            title = text_in(self.app.procedure_of(other).title, self.scope(other), self.language)
            t.say(w["started"].format(n=number, title=title), "    ")
            for sentence in self.promises(other, None):
                t.say(sentence, "      ")

    def promises(self, loaded: Loaded, before: Case | None) -> Iterator[str]:
        """The sentences for each deadline that runs now and did not, or not to this instant, before the step; and
        for the one whose date is to be promised now and was not."""
        view = case_view(self.app, loaded, self.person, self.language)
        promised = self._promised(loaded, before) if before is not None else ""
        for clock in view["deadlines"]:
            now = loaded.plain.clocks[clock["name"]]
            old = before.clocks.get(clock["name"]) if before is not None else None
            moved = old is None or old.due != now.due or old.paused is not None
            untold = clock["promise"] and clock["name"] != promised
            if now.state == "running" and now.due and now.paused is None and (moved or untold):
                yield from clock["lines"]

    def _promised(self, loaded: Loaded, before: Case) -> str:
        """The deadline whose date was to be promised before the step."""
        app = self.app
        procedure = app.procedure_of(loaded)
        scope = StepScope(procedure, before, app.engine.surroundings(), app.world.now(), actor=self.person)
        clocks = shown_clocks(procedure, before, scope, self.language)
        return next((clock.name for clock in clocks if clock.promise), "")

    def _following(self, loaded: Loaded) -> Loaded | None:
        """A case that this one opened and that this person can work on, if the person wants to."""
        for number in reversed(self.app.started_by(loaded)):
            other = self.app.engine.load(number)
            if other.plain.is_closed or not self.options(other):
                continue
            self.t.line()
            self.t.faint(self.w["go_on"].format(n=number))
            while self._typed():
                self.t.line(f"  {self.w['go_on'].format(n=number)}")
            return other
        return None

    # beside the way

    def _why(self, loaded: Loaded, choice: str = "") -> None:
        view = why_view(self.app, loaded, self.person, choice, self.language)
        self.app.store.log_access(self.app.world.now(), self.person, "why", loaded.row.id, choice, "read")
        self.t.line()
        for line in why_text(view, self.language).splitlines():
            self.t.line(f"    {line}")
        self.t.line()

    def _note(self) -> None:
        """A customer note, beside whatever is being asked."""
        t, w, case = self.t, self.w, self.case
        loaded = self.app.look(case, self.person)
        ask = Ask(NOTE_ASKS[0].field, False, True)
        fields = self._fields(
            (ask,), self.scope(loaded), self.app.draft(case, self.person, "note:"),
            lambda typed: self.app.keep_draft(case, self.person, "note:", typed),
            lambda ask, raw: raw, lambda: t.faint(w["note_help"], "    "), lambda: None,
        )  # fmt: skip
        text = fields.ask_one()
        if not text:
            return
        answer = self.app.note(case, self.person, str(text))
        if answer.refusal is not None:
            self._refused(answer.refusal, fields)
            return
        self.app.drop_draft(case, self.person, "note:")
        t.line(f"  ✓ {w['note_done']}")

    def _no_note(self) -> None:
        self.t.line(f"  {self.w['no_key'].format(typed=NOTE)}")

    # parts

    def _fields(self, asks: tuple[Ask, ...], scope: StepScope, typed: dict[str, Any], *rest: Any) -> Fields:
        context = field_context(scope.surroundings)
        return Fields(self.t, self.w, self.language, scope, context, asks, typed, *rest)

    def _draft(self, option: Option) -> dict[str, Any]:
        names = {ask.name for ask in option.asks}
        kept = self.app.draft(self.case, self.person, option.draft) if names else {}
        return {name: value for name, value in kept.items() if name in names}

    def _typed(self) -> str:
        typed = self.t.read().strip().casefold()
        if typed in ("q", ":q"):
            raise Stop
        return typed.removeprefix(":") if len(typed) == 2 else typed

    def scope(self, loaded: Loaded) -> StepScope:
        app = self.app
        procedure = app.procedure_of(loaded)
        return StepScope(
            procedure, loaded.plain, app.engine.surroundings(), app.world.now(), actor=self.person
        )

    def _zone(self) -> str:
        return self.app.engine.surroundings().organisation.zone


def _plain_label(name: str) -> str:
    return name[:1].upper() + name[1:].replace("_", " ")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
