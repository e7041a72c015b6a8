"""What is wrong with an entered value, as a value of its own, and the words for it.

A problem never holds what was entered: its facts come from the document (limits, allowed words, the nearest
right name) or count something. It must not know how values are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from procflow.core.values import is_number, plain

#: Codes of what must not even be kept as a draft.
NEVER_KEPT = frozenset({"cpr", "card_number", "sensitive", "nul", "broken_text"})

#: What each type expects: type -> language -> words.
EXPECTED: Mapping[str, Mapping[str, str]] = {
    "string": {"en": "text", "da": "tekst"},
    "plain_text": {"en": "your own words", "da": "dine egne ord"},
    "integer": {"en": "a whole number, for example 12", "da": "et helt tal, for eksempel 12"},
    "number": {"en": "a number, for example 12 or 12.5", "da": "et tal, for eksempel 12 eller 12,5"},
    "boolean": {"en": "yes or no", "da": "ja eller nej"},
    "tick": {"en": "a tick (yes)", "da": "et flueben (ja)"},
    "date": {
        "en": "a date, for example 2026-05-11 or 11.05.2026",
        "da": "en dato, for eksempel 11.05.2026 eller 2026-05-11",
    },
    "instant": {
        "en": "a date and a time, for example 2026-05-11 10:05",
        "da": "en dato og et klokkeslæt, for eksempel 11.05.2026 10:05",
    },
    "duration": {
        "en": "a length of time, for example 30 minutes or 4 working days",
        "da": "et tidsrum, for eksempel 30 minutes eller 4 working days",
    },
    "email": {
        "en": "a mail address, for example mette@example.com",
        "da": "en mailadresse, for eksempel mette@example.com",
    },
    "phone": {
        "en": "8 digits or +45..., for example +45 71 99 99 01",
        "da": "8 cifre eller +45..., for eksempel +45 71 99 99 01",
    },
    "person": {"en": "a person's code", "da": "en persons kode"},
    "role": {"en": "the name of a role", "da": "navnet på en rolle"},
    "file": {"en": "a file", "da": "en fil"},
    "evidence": {
        "en": "evidence, made from a message or a file",
        "da": "bevis, dannet af en besked eller en fil",
    },
    "array": {"en": "a list", "da": "en liste"},
    "object": {
        "en": 'named values, for example {"street": "Nygade 1"}',
        "da": 'navngivne værdier, for eksempel {"street": "Nygade 1"}',
    },
    "": {"en": "a value", "da": "en værdi"},
}

#: code -> language -> what is wrong and what to do; `{...}` are facts of the problem.
WORDS: Mapping[str, Mapping[str, str]] = {
    "unknown_field": {"en": "is not asked for here.", "da": "spørges der ikke om her."},
    "missing": {"en": "is missing. Give {expected}.", "da": "mangler. Angiv {expected}."},
    "wrong_type": {"en": "is not right. Give {expected}.", "da": "er ikke rigtig. Angiv {expected}."},
    "nul": {
        "en": "holds a NUL character. Remove it, or type the text anew.",
        "da": "indeholder et NUL-tegn. Fjern det, eller skriv teksten igen.",
    },
    "broken_text": {
        "en": "holds half a character that cannot be stored. Type the text anew.",
        "da": "indeholder et halvt tegn, der ikke kan gemmes. Skriv teksten igen.",
    },
    "text_too_large": {
        "en": "is larger than {limit} KiB. Shorten it, or attach it as a file.",
        "da": "fylder mere end {limit} KiB. Forkort den, eller vedhæft den som fil.",
    },
    "control": {
        "en": "holds control characters. Remove them, or type the text anew.",
        "da": "indeholder styretegn. Fjern dem, eller skriv teksten igen.",
    },
    "invisible": {
        "en": "holds invisible characters or ones that turn the writing direction. Type the text anew.",
        "da": "indeholder usynlige tegn eller tegn, der vender skriveretningen. Skriv teksten igen.",
    },
    "cpr": {
        "en": "seems to hold a CPR number, which may not stand in free text and was not kept. Leave it out.",
        "da": "ligner noget med et CPR-nummer. Det må ikke stå i fri tekst og er ikke gemt. Udelad det.",
    },
    "card_number": {
        "en": "seems to hold a card number, which may not stand in free text and was not kept. Leave it out.",
        "da": "ligner noget med et kortnummer. Det må ikke stå i fri tekst og er ikke gemt. Udelad det.",
    },
    "sensitive": {
        "en": "seems to say something about health or another sensitive matter, which was not kept. Say it "
        "without the diagnosis; what the matter needs is asked for in fields of its own.",
        "da": "ser ud til at sige noget om helbred eller et andet følsomt forhold og er ikke gemt. Skriv det "
        "uden diagnosen; det, sagen har brug for, spørges der om i egne felter.",
    },
    "no_letter": {
        "en": "holds no letter. Write it in words.",
        "da": "indeholder ingen bogstaver. Skriv det med ord.",
    },
    "number_unclear": {
        "en": "can be read as thousands or as decimals. Leave out separators of thousands, and write "
        "decimals with another number of digits than three.",
        "da": "kan læses som tusinder eller som decimaler. Udelad tusindtalsskilletegn, og skriv "
        "decimaler med et andet antal cifre end tre.",
    },
    "number_too_long": {
        "en": "has more than {limit} digits. Give a shorter number.",
        "da": "har mere end {limit} cifre. Angiv et kortere tal.",
    },
    "tick": {
        "en": "must be ticked (yes) to go on.",
        "da": "skal have et flueben (ja), før du kan gå videre.",
    },
    "no_such_date": {
        "en": "is a day that does not exist. Look at day and month.",
        "da": "er en dag, der ikke findes. Se på dag og måned.",
    },
    "no_such_time": {
        "en": "is a time that does not exist on that day. Look at the clock time.",
        "da": "er et klokkeslæt, der ikke findes den dag. Se på klokkeslættet.",
    },
    "time_twice": {
        "en": "is a time that comes twice, because the clocks are set back. Add {first} or {second}.",
        "da": "er et klokkeslæt, der kommer to gange, fordi uret stilles tilbage. "
        "Tilføj {first} eller {second}.",
    },
    "phone_letters": {
        "en": "is not a phone number: only digits, spaces, dashes and a leading + are allowed. "
        "Give {expected}.",
        "da": "er ikke et telefonnummer: kun cifre, mellemrum, bindestreger og + forrest er tilladt. "
        "Angiv {expected}.",
    },
    "phone_length": {
        "en": "does not have the right number of digits for a phone number. Give {expected}; foreign numbers "
        "with + and their country code.",
        "da": "har ikke det rigtige antal cifre til et telefonnummer. Angiv {expected}; udenlandske numre "
        "med + og landekode.",
    },
    "phone_danish": {
        "en": "is not a Danish phone number: 8 digits, the first from 2 to 9.",
        "da": "er ikke et dansk telefonnummer: 8 cifre, det første fra 2 til 9.",
    },
    "email_line_break": {
        "en": "holds a line break, which a mail address never does. Give the address alone.",
        "da": "indeholder et linjeskift, og det gør en mailadresse aldrig. Angiv kun adressen.",
    },
    "email_lookalike": {
        "en": "has a domain with letters that only look like others. Type the address by hand.",
        "da": "har et domæne med bogstaver, der kun ligner andre. Skriv adressen i hånden.",
    },
    "unknown_person": {
        "en": "is nobody we know. Give a person's code.",
        "da": "er ingen, vi kender. Angiv en persons kode.",
    },
    "unknown_role": {
        "en": "is no role here. Known are: {allowed}.",
        "da": "er ikke en rolle her. Kendte er: {allowed}.",
    },
    "file_not_stored": {
        "en": "is not a stored file. Give the path of a file that can be read.",
        "da": "er ikke en gemt fil. Angiv stien til en fil, der kan læses.",
    },
    "file_type": {
        "en": "is a file of another kind than asked for. Accepted are: {accept}.",
        "da": "er en fil af en anden slags end ønsket. Der tages imod: {accept}.",
    },
    "evidence_entered": {
        "en": "is evidence, which is never typed in. Give the message or the file it is made from.",
        "da": "er bevis og indtastes aldrig. Angiv beskeden eller filen, som det dannes af.",
    },
    "bad_json": {
        "en": "begins like JSON and is not whole. Look at brackets and quotes.",
        "da": "begynder som JSON, men er ikke helt. Se på klammer og anførselstegn.",
    },
    "too_deep": {
        "en": "holds lists or objects inside each other more than {limit} deep.",
        "da": "indeholder lister eller objekter i hinanden mere end {limit} dybt.",
    },
    "enum": {"en": "must be one of: {allowed}.", "da": "skal være en af: {allowed}."},
    "const": {"en": "can only be {allowed}.", "da": "kan kun være {allowed}."},
    "pattern": {
        "en": "does not have the right form: {pattern}.",
        "da": "har ikke den rigtige form: {pattern}.",
    },
    "pattern_text_too_long": {
        "en": "has more than {limit} characters, too many to be compared with its form. Shorten it.",
        "da": "har mere end {limit} tegn, for mange til at formen kan efterprøves. Forkort den.",
    },
    "format": {"en": "is not of the form “{format}”.", "da": "har ikke formen “{format}”."},
    "min_length": {
        "en": "is too short: it has {length} of at least {limit} characters. Write more.",
        "da": "er for kort: den har {length} af mindst {limit} tegn. Skriv mere.",
    },
    "max_length": {
        "en": "is too long: it has {length} characters, the limit is {limit}. Shorten it.",
        "da": "er for lang: den har {length} tegn, grænsen er {limit}. Forkort den.",
    },
    "minimum": {"en": "is too small: at least {limit}.", "da": "er for lille: mindst {limit}."},
    "maximum": {"en": "is too large: at most {limit}.", "da": "er for stor: højst {limit}."},
    "exclusive_minimum": {"en": "must be more than {limit}.", "da": "skal være mere end {limit}."},
    "exclusive_maximum": {"en": "must be less than {limit}.", "da": "skal være mindre end {limit}."},
    "multiple_of": {"en": "must be a multiple of {limit}.", "da": "skal gå op i {limit}."},
    "min_items": {
        "en": "has too few: {length} of at least {limit}. Add more.",
        "da": "har for få: {length} af mindst {limit}. Tilføj flere.",
    },
    "max_items": {
        "en": "has too many: {length}, the limit is {limit}. Take some away.",
        "da": "har for mange: {length}, grænsen er {limit}. Fjern nogle.",
    },
    "unique_items": {
        "en": "holds the same twice. Take one away.",
        "da": "har det samme to gange. Fjern det ene.",
    },
    "more_problems": {"en": "has more faults like these.", "da": "har flere fejl af samme slags."},
}  # fmt: skip

_NEAREST = {"en": " Did you mean “{nearest}”?", "da": " Mente du “{nearest}”?"}
_SHOWN = 20


class Wrong(Exception):
    """A value is not right: code and facts of the problem that it becomes. It never leaves the checks."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class FieldProblem(Struct, frozen=True):
    """What is wrong with what was given for one field. `path` is the place inside it (`phones[0]`)."""

    name: str
    path: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def words(self, language: str) -> str:
        """What is wrong and what to do, in Danish (`da`) or English (anything else)."""
        lang = "da" if language == "da" else "en"
        facts = {key: _say(key, value, lang) for key, value in self.facts.items()}
        text = WORDS[self.code][lang].format_map(facts)
        if facts.get("nearest"):
            text += _NEAREST[lang].format_map(facts)
        return f"{self.path}: {text}"


def _expected(value: Any, language: str) -> str:
    """What a type expects; of a whole field all that is asked of it."""
    if isinstance(value, str):
        return EXPECTED.get(value, EXPECTED[""])[language]
    from procflow.core.field_words import expectation  # it uses the words above

    return expectation(value, language)


def _say(key: str, value: Any, language: str) -> str:
    if key == "expected":
        return _expected(value, language)
    if key == "pattern":
        from procflow.core.pattern_words import pattern_with_example  # only where one is broken

        return pattern_with_example(str(value), language)
    if isinstance(value, list | tuple):
        shown = ", ".join(_say("", item, language) for item in value[:_SHOWN])
        return f"{shown}, ..." if len(value) > _SHOWN else shown
    if is_number(value):
        from procflow.core.words import number_in_words

        return number_in_words(value, language)
    return "null" if value is None else plain(value)
