"""Refusals: values that say why a command was not done, and what would make it possible.

A refusal never holds what was entered; its facts are names, instants and guards. The words exist in
Danish and English, other languages fall back to English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

#: code -> language -> (what is the matter, what to do). `{...}` are facts.
WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "not_offered": {
        "en": ("“{choice}” is not offered {where}", "{instead}"),
        "da": ("“{choice}” tilbydes ikke {where}", "{instead}"),
    },
    "unknown_choice": {
        "en": ("there is no choice “{choice}” in {procedure}", "{instead}"),
        "da": ("valget “{choice}” findes ikke i {procedure}", "{instead}"),
    },
    "guard": {
        "en": ("“{choice}” is not possible with what was entered: {guard}", "Check the entered values."),
        "da": (
            "“{choice}” kan ikke lade sig gøre med det indtastede: {guard}",
            "Se på de indtastede værdier.",
        ),
    },
    "refused": {"en": ("{words}", ""), "da": ("{words}", "")},
    "not_allowed": {
        "en": ("{actor} may not do this: it belongs to {owners}", "Ask one of them, or have it assigned."),
        "da": (
            "{actor} må ikke gøre dette: det hører til hos {owners}",
            "Spørg en af dem, eller få det tildelt.",
        ),
    },
    "unknown_person": {
        "en": (
            "nobody here is called “{actor}”",
            "Give the code of a person of the organisation{near}; --as says who you are.",
        ),
        "da": (
            "ingen her hedder “{actor}”",
            "Angiv koden for en person i organisationen{near}; --as siger, hvem du er.",
        ),
    },
    "absent": {
        "en": ("{actor} is registered as absent, so the work is with {owners}", "End the absence first."),
        "da": ("{actor} er meldt fraværende, så arbejdet ligger hos {owners}", "Afslut først fraværet."),
    },
    "claimed": {
        "en": ("{owner} has taken this", "Let {owner} finish it, or have it assigned to you."),
        "da": ("{owner} har taget denne", "Lad {owner} gøre den færdig, eller få den tildelt."),
    },
    "offered": {
        "en": (
            "this work is offered: nobody has taken it yet",
            "Take it first, with `procflow claim`; then “{choice}” is yours.",
        ),
        "da": (
            "denne opgave er tilbudt: ingen har taget den endnu",
            "Tag den først, med `procflow claim`; så er “{choice}” din.",
        ),
    },
    "no_task": {
        "en": ("there is no work for people in this case now", "`procflow case` shows where it is."),
        "da": ("der er ikke noget arbejde til nogen i sagen nu", "`procflow case` viser, hvor den er."),
    },
    "not_yours": {
        "en": ("{actor} has not taken this work", "Only who has it can give it back, or the lead."),
        "da": (
            "{actor} har ikke taget denne opgave",
            "Kun den, der har den, kan give den tilbage, eller vagtlederen.",
        ),
    },
    "handed_over": {
        "en": (
            "{giver} has offered this to {person} {until}",
            "Wait for the answer, or take the offer back first.",
        ),
        "da": (
            "{giver} har tilbudt den til {person} {until}",
            "Vent på svaret, eller tag tilbuddet tilbage først.",
        ),
    },
    "not_handed_over": {
        "en": ("this work is offered to nobody", "`procflow case` shows with whom it is."),
        "da": ("denne opgave er ikke tilbudt nogen", "`procflow case` viser, hvem der har den."),
    },
    "not_your_offer": {
        "en": (
            "{giver} has offered this, to {person}",
            "{giver} or a lead takes it back; {person} may turn it down.",
        ),
        "da": (
            "{giver} har tilbudt den, til {person}",
            "{giver} eller vagtlederen tager den tilbage; {person} kan sige nej.",
        ),
    },
    "handed_to_holder": {
        "en": ("{person} has this work already", "Choose a colleague."),
        "da": ("{person} har allerede denne opgave", "Vælg en kollega."),
    },
    "handed_to_absent": {
        "en": ("{person} is registered as absent {until}", "Choose somebody who is there."),
        "da": ("{person} er meldt fraværende {until}", "Vælg en, der er her."),
    },
    "handed_to_other_role": {
        "en": ("{person} may not do this work: it is for {owners}", "Choose one of them."),
        "da": ("{person} må ikke gøre denne opgave: den er for {owners}", "Vælg en af dem."),
    },
    "too_soon": {
        "en": ("{until} is over: work is put aside until a later time", "Name a time to come."),
        "da": ("{until} er forbi: en opgave lægges til side til senere", "Nævn et kommende tidspunkt."),
    },
    "not_suspended": {
        "en": ("this work is not put aside", "It is in the inbox already."),
        "da": ("denne opgave er ikke lagt til side", "Den er allerede i indbakken."),
    },
    "four_eyes": {
        "en": ("{reason}", "Another person has to decide (four eyes). {others}"),
        "da": ("{reason}", "En anden person skal afgøre det (fire øjne). {others}"),
        "nb": ("{reason}", "En annen person må avgjøre det (fire øyne). {others}"),
        "nl": ("{reason}", "Een ander moet beslissen (vier ogen). {others}"),
    },
    "input": {
        "en": ("{problems}", "Correct it and try again; nothing was changed."),
        "da": ("{problems}", "Ret det og prøv igen; intet er ændret."),
    },
    "set": {
        "en": (
            "a value to be kept does not fit its field: {problems}",
            "Tell the owner of the procedure ({owner}) if that cannot be.",
        ),
        "da": (
            "en værdi, der skal gemmes, passer ikke til sit felt: {problems}",
            "Sig det til procedurens ejer ({owner}), hvis det ikke kan passe.",
        ),
    },
    "closed": {
        "en": ("the case is closed ({outcome})", "Open a new case if there is more to do."),
        "da": ("sagen er afsluttet ({outcome})", "Opret en ny sag, hvis der er mere at gøre."),
    },
    "no_start": {
        "en": ("{procedure} is not opened by a person", "It opens by {instead}."),
        "da": ("{procedure} oprettes ikke af en person", "Den oprettes af {instead}."),
    },
    "promise": {
        "en": (
            "this would break the promise “{promise}”: {says}",
            "The procedure does not allow it in this order.",
        ),
        "da": (
            "dette ville bryde løftet “{promise}”: {says}",
            "Proceduren tillader det ikke i denne rækkefølge.",
        ),
    },
    "evaluation": {
        "en": ("{what} could not be worked out: {problem}", "Tell the owner of the procedure ({owner})."),
        "da": ("{what} kunne ikke beregnes: {problem}", "Sig det til procedurens ejer ({owner})."),
    },
    "loop": {
        "en": ("the procedure goes round in circles: {states}", "Tell the owner of the procedure ({owner})."),
        "da": ("proceduren går i ring: {states}", "Sig det til procedurens ejer ({owner})."),
    },
    "ambiguous": {
        "en": ("“{choice}” can mean more than one thing here: {candidates}", "Say which one."),
        "da": ("“{choice}” kan betyde mere end én ting her: {candidates}", "Sig hvilken."),
    },
    "no_item": {
        "en": ("there is nothing to {choice} here", "{instead}"),
        "da": ("der er intet at {choice} her", "{instead}"),
    },
    "late_answer": {
        "en": ("nobody waits for this answer any more", ""),
        "da": ("ingen venter længere på dette svar", ""),
    },
    "made_here": {
        "en": ("“{name}” is no event that can be sent: procflow makes it itself", ""),
        "da": ("“{name}” er ikke en hændelse, der kan sendes: procflow laver den selv", ""),
    },
    "not_waiting": {
        "en": ("the case does not wait for this yet", ""),
        "da": ("sagen venter ikke på dette endnu", ""),
    },
    "not_due": {
        "en": ("nothing of that name is due now", ""),
        "da": ("intet af det navn forfalder nu", ""),
    },
    "not_given": {
        "en": ("{what} needs “{name}”, and got nothing it can use", "Give it a person, a day or a time."),
        "da": (
            "{what} skal have “{name}” og fik intet brugbart",
            "Giv det en person, en dag eller et tidspunkt.",
        ),
    },
    "not_absent": {
        "en": ("{actor} is not registered as absent then", "Look at the registered absences first."),
        "da": ("{actor} er ikke meldt fraværende da", "Se først på de registrerede fravær."),
    },
    "backwards": {
        "en": ("this ends ({until}) before it begins ({since})", "Check the two days."),
        "da": ("dette slutter ({until}), før det begynder ({since})", "Se på de to dage."),
    },
    "mate_away": {
        "en": (
            "{mate}, the team mate of {actor}, is away from {since} to {until}, so nobody would be left of the pair",
            "Agree on other days, or have the lead decide.",
        ),
        "da": (
            "{mate}, team makker til {actor}, er væk fra {since} til {until}, så ingen af de to ville være her",
            "Find andre dage, eller lad vagtlederen afgøre det.",
        ),
    },
    "no_such_shift": {
        "en": ("there is no shift “{shift}” on {day}", "`procflow roster` lists the shifts."),
        "da": ("der er ingen vagt “{shift}” {day}", "`procflow roster` viser vagterne."),
    },
    "no_shift": {
        "en": ("{actor} has no shift on {day}", "`procflow roster` lists the shifts."),
        "da": ("{actor} har ingen vagt {day}", "`procflow roster` viser vagterne."),
    },
    "has_shift": {
        "en": ("{actor} has the shift “{shift}” on {day} already", "Find somebody who is free that day."),
        "da": ("{actor} har allerede vagten “{shift}” {day}", "Find en, der er fri den dag."),
    },
    "not_confirmed": {
        "en": ("{people} must confirm the swap too", "A swap needs the word of both."),
        "da": ("{people} skal også bekræfte byttet", "Et bytte kræver begges ord."),
    },
    "own_mate": {
        "en": ("{actor} cannot be the team mate of {actor}", "Name a colleague."),
        "da": ("{actor} kan ikke være sin egen team makker", "Nævn en kollega."),
    },
    "has_mate": {
        "en": ("{actor} has a team mate already: {mate}", "The two must part first."),
        "da": ("{actor} har allerede en team makker: {mate}", "De to skal først skilles."),
    },
    "not_mates": {
        "en": ("{actor} and {mate} are no team mates", "`procflow mates` lists the pairs."),
        "da": ("{actor} og {mate} er ikke team makkere", "`procflow mates` viser parrene."),
    },
    "pair_not_confirmed": {
        "en": ("{people} must say yes too", "A pair needs the word of both."),
        "da": ("{people} skal også sige ja", "Et par kræver begges ord."),
    },
    "same_person": {
        "en": ("{actor} cannot swap with {actor}", "Name a colleague."),
        "da": ("{actor} kan ikke bytte med {actor}", "Nævn en kollega."),
    },
    "overlap": {
        "en": (
            "{actor} is already registered as absent from {since} to {until}",
            "Change or end that absence.",
        ),
        "da": (
            "{actor} er allerede meldt fraværende fra {since} til {until}",
            "Ret eller afslut det fravær.",
        ),
    },
}


#: What goes wrong most often as something is worked out, in other languages.
_PROBLEMS: Mapping[str, Mapping[str, str]] = {
    "da": {"is not set": "har ingen værdi", "a number is divided by zero": "et tal divideres med nul"}
}


def _problem(words: str, language: str) -> str:
    """Why something could not be worked out: what is not known in a language stays as it is."""
    for said, other in _PROBLEMS.get(language, {}).items():
        if words.endswith(said):
            return words.removesuffix(said) + other
    return words


class Refusal(Struct, frozen=True):
    """Why a command was not done. `code` is stable; `at` points into the owner's file where a guard decided."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    guards: tuple[Any, ...] = ()  # Explained trees
    problems: Sequence[Any] = ()  # FieldProblems
    texts: Mapping[str, str] = field(default_factory=dict)  # the owner's own words, by language
    at: tuple[int, int] = (0, 0)
    path: str = ""

    def words(self, language: str) -> str:
        """What is the matter, in one sentence."""
        return self._fill(language, 0)

    def in_other_languages(self) -> dict[str, str]:
        """The same in each further language that there are words in."""
        return {
            language: self.words(language) for language in sorted({*WORDS[self.code], *self.texts} - {"en"})
        }

    def hint(self, language: str) -> str:
        """What to do about it; "" where the words say it."""
        return self._fill(language, 1)

    def _fill(self, language: str, part: int) -> str:
        by_language = WORDS[self.code]
        template = by_language.get(language, by_language["en"])[part]
        facts = {key: _say(value, language) for key, value in self.facts.items()}
        if self.code == "evaluation":
            facts["problem"] = _problem(str(facts.get("problem", "")), language)
        if self.texts:
            own = self.texts.get(language) or self.texts.get("en") or next(iter(self.texts.values()))
            facts["words"] = own
        if self.problems:
            facts["problems"] = " ".join(problem.words(language) for problem in self.problems)
        return template.format_map(_Facts(facts)).strip()

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.words(language),
            "hint": self.hint(language),
            "line": self.at[0] or None,
            "column": self.at[1] or None,
            "path": self.path or None,
            "fields": [{"name": p.name, "code": p.code, "message": p.words(language)} for p in self.problems],
        }

    def is_because(self, because: str) -> bool:
        """Whether `because` - a code, or a part of the words in any language - names this refusal; so does
        a part of the guard as it is written."""
        wanted = because.strip().lower()
        code = wanted.replace(" ", "_").replace("-", "_")
        if code == self.code or any(code == getattr(p, "code", "") for p in self.problems):
            return True
        if any(wanted in str(guard.source).lower() for guard in self.guards):
            return True
        languages = {*WORDS[self.code], *self.texts}
        return any(wanted in f"{self.words(lang)} {self.hint(lang)}".lower() for lang in languages)


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _say(value: Any, language: str) -> str:
    """A fact in words; a fact may bring a text for each language."""
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or next(iter(value.values()), ""))
    if isinstance(value, list | tuple):
        return ", ".join(_say(item, language) for item in value)
    return str(value)
