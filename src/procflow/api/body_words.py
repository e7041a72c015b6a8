"""What is wrong with the form of a request, in words, in both languages. It must not know what is asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from procflow.core.pattern_words import pattern_with_example
from procflow.core.regex import regex

#: English and Danish.
Both = tuple[str, str]

#: What msgspec calls a type, in words.
_TYPES: Mapping[str, Both] = {
    "str": ("a text", "en tekst"), "int": ("a whole number", "et helt tal"), "float": ("a number", "et tal"),
    "decimal": ("a number", "et tal"), "bool": ("true or false", "true eller false"), "object": ("an object {…}", "et objekt {…}"),
    "array": ("a list […]", "en liste […]"), "null": ("null", "null"), "bytes": ("base64", "base64"),
}  # fmt: skip
_TYPE = regex(r"Expected `([^`]+)`(?:, got `([^`]+)`)?(.*)")
_LENGTH = regex(r" of length ([<>]=?|==) (\d+)")
_LIMIT = regex(r" ([<>]=?) (.+)")
_FORM = regex(r" matching regex '(.+)'")
_LIMITS: Mapping[str, Both] = {
    ">=": ("of at least {n}", "på mindst {n}"), "<=": ("of at most {n}", "på højst {n}"),
    ">": ("above {n}", "over {n}"), "<": ("below {n}", "under {n}"),
}  # fmt: skip
_LENGTHS: Mapping[str, Both] = {
    ">=": ("at least {n}", "mindst {n}"), "<=": ("at most {n}", "højst {n}"), "==": ("{n}", "{n}"),
    ">": ("more than {n}", "mere end {n}"), "<": ("less than {n}", "mindre end {n}"),
}  # fmt: skip
#: Forms that have no words of their own.
_FORMS: Mapping[str, Both] = {
    "^([0-9a-f]{64})?$": ("64 of 0-9 and a-f, or nothing", "64 af 0-9 og a-f, eller intet"),
}
#: What else it says; of anything that stands nowhere here its own words are told.
_SAID: Mapping[str, Both] = {
    "Integer value out of range": ("the number is too large", "tallet er for stort"),
    "Invalid base64 encoded string": ("this is no base64", "dette er ikke base64"),
}
_OF_FIELDS = (
    (regex(r"Object missing required field `(.+)`"), ("{n} is missing in it", "{n} mangler i det")),
    (regex(r"Object contains unknown field `(.+)`"), ("{n} is not known in it", "{n} kendes ikke i det")),
    (regex(r"Invalid enum value (.+)"), ("there is no value {n}", "der er ingen værdi {n}")),
)


#: What msgspec says of what is no JSON, and how that reads in plain words; of anything else its own words are told.
_NO_JSON: Mapping[str, Both] = {
    "Input data was truncated": ("it ends too early", "det slutter for tidligt"),
    "trailing characters": ("something stands behind it", "der står noget efter det"),
    "trailing comma in object": ("a comma stands before the }", "der står et komma før }"),
    "trailing comma in array": ("a comma stands before the ]", "der står et komma før ]"),
    "object keys must be strings": ('a name stands in "…"', 'et navn står i "…"'),
    "invalid number": ("this is no number of JSON", "dette er ikke et tal i JSON"),
    "invalid character": ("this character cannot stand here", "dette tegn kan ikke stå her"),
    "invalid escape character in string": ("\\ is written \\\\ in a text", "\\ skrives \\\\ i en tekst"),
    "invalid character in unicode escape": (
        "four digits of 0-9 and a-f follow on \\u", "efter \\u følger fire cifre af 0-9 og a-f",
    ),
    "expected ':'": ("a : is missing", "der mangler et :"),
    "expected ',' or '}'": ("a , or the } is missing", "der mangler et , eller }"),
    "expected ',' or ']'": ("a , or the ] is missing", "der mangler et , eller ]"),
}  # fmt: skip
#: What it says of the half of a letter at the end of a text: it looks for the other half behind the body's end.
_CUT = ("Input data was truncated", "invalid character")
_HALF = re.compile(rb'\\u[dD][89abAB][0-9a-fA-F]{2}"[^"]*$')
_HALF_A_LETTER = (
    "half a letter: \\ud800 to \\udfff come in pairs",
    "et halvt bogstav: \\ud800 til \\udfff står i par",
)
NOT_UTF_8: Both = ("this is not UTF-8", "dette er ikke UTF-8")
#: A pattern that is a choice of words.
_WORDS = regex(r"\^\(([\w-]+(?:\|[\w-]+)+)\)\$")


def no_json(said: str, body: bytes) -> Both:
    """What msgspec says of a body that is no JSON, in plain words."""
    if "surrogate" in said or (said in _CUT and _HALF.search(body)):
        return _HALF_A_LETTER
    return _NO_JSON.get(said, (said, said))


def wrong_type(place: str, said: str, allowed: Sequence[str] = (), *, query: bool = False) -> Both:
    """What msgspec says of the value at a place, in words; `allowed` are those that may stand there. `query`: it stands
    in an address."""
    choice = _WORDS.fullmatch(said.partition(" matching regex ")[2].strip("'"))
    if choice:
        allowed = choice[1].split("|")
    if allowed and (said.startswith("Invalid enum value") or choice):
        words = ", ".join(allowed)
        return f"{place} is one of {words}", f"{place} er et af {words}"
    english, danish = _in_words(said, query)
    return f"{place}: {english}", f"{place}: {danish}"


def _in_words(said: str, query: bool) -> Both:
    for form, words in _OF_FIELDS:
        if found := form.fullmatch(said):
            return words[0].format(n=found[1]), words[1].format(n=found[1])
    parts = _TYPE.fullmatch(said)
    if parts is None:
        return _SAID.get(said, (said, said))
    kind, more = _kind(parts[1]), str(parts[3])
    if length := _LENGTH.fullmatch(more):
        return _length(parts[1], length[1], length[2])
    if limit := _LIMIT.fullmatch(more):
        few, mange = _LIMITS[limit[1]]
        return f"wants {kind[0]} {few.format(n=limit[2])}", f"skal være {kind[1]} {mange.format(n=limit[2])}"
    if pattern := _FORM.fullmatch(more):
        if pattern[1] in _FORMS:
            few, mange = _FORMS[pattern[1]]
            return f"wants {few}", f"skal være {mange}"
        return (
            f"wants {pattern_with_example(pattern[1], 'en')}",
            f"skal være {pattern_with_example(pattern[1], 'da')}",
        )
    if query or not parts[2]:  # whatever stands in an address is a text
        return f"wants {kind[0]}{more}", f"skal være {kind[1]}{more}"
    is_ = _kind(parts[2])
    return f"wants {kind[0]}, and this is {is_[0]}", f"skal være {kind[1]}, og dette er {is_[1]}"


def _kind(types: str) -> Both:
    """The types that may stand there, as msgspec names them (`str | null`)."""
    known = [_TYPES.get(one, (f"`{one}`", f"`{one}`")) for one in types.split(" | ")]
    return " or ".join(one[0] for one in known), " eller ".join(one[1] for one in known)


def _length(kind: str, sign: str, count: str) -> Both:
    if (sign, count) == (">=", "1"):
        return "must not be empty", "må ikke være tom"
    few, mange = (words.format(n=count) for words in _LENGTHS[sign])
    of = ("things", "ting") if kind == "array" else ("characters", "tegn")
    return f"wants {few} {of[0]}", f"skal have {mange} {of[1]}"


def unknown(shown: str, near: str, known: Collection[str]) -> Both:
    if near:
        return f"{shown} is not known; did you mean {near}?", f"{shown} kendes ikke; mente du {near}?"
    names = ", ".join(known)
    if "with" in known:
        return (
            f"{shown} is not known here; data stand under `with`",
            f"{shown} kendes ikke her; data står under `with`",
        )
    return (
        f"{shown} is not known" + (f"; there are {names}" if names else ""),
        f"{shown} kendes ikke" + (f"; der er {names}" if names else ""),
    )


def missing(name: str) -> Both:
    return f"{name} is missing", f"{name} mangler"


def twice(shown: str) -> Both:
    return f"{shown} is given twice", f"{shown} er angivet to gange"


def together(what: Both, problems: Sequence[Mapping[str, Any]]) -> Both:
    """All of them on one line: "the body does not fit: …"."""
    told = {one: "; ".join(problem["messages"][one] for problem in problems) for one in ("en", "da")}
    return f"{what[0]}: {told['en']}", f"{what[1]}: {told['da']}"
