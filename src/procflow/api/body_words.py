"""What is wrong with the form of a request, in words, in both languages. It must not know what is asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from procflow.core.regex import regex

#: English and Danish.
Both = tuple[str, str]

#: What msgspec says, and how that reads in Danish; of anything else its own words are told.
_DANISH = tuple(
    (regex(pattern), words)
    for pattern, words in (
        (r"Expected (`.+`), got (`.+`)", r"ventede \1, fik \2"),
        (r"Expected (`.+`) of length (.+)", r"ventede \1 af længden \2"),
        (r"Expected (`.+`) matching regex (.+)", r"ventede \1, der passer på mønstret \2"),
        (r"Expected (`.+`) ((?:[<>]=?|that's) .+)", r"ventede \1 \2"),
        (r"Object missing required field (`.+`)", r"objektet mangler feltet \1"),
        (r"Object contains unknown field (`.+`)", r"objektet har feltet \1, som ingen kender"),
        (r"Invalid enum value (.+)", r"der er ingen værdi \1"),
        (r"Integer value out of range", "tallet er for stort"),
    )
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


def wrong_type(place: str, said: str, allowed: Sequence[str] = ()) -> Both:
    """What msgspec says of the value at a place; `allowed` are the words that may stand there."""
    choice = _WORDS.fullmatch(said.partition(" matching regex ")[2].strip("'"))
    if choice:
        allowed = choice[1].split("|")
    if allowed and (said.startswith("Invalid enum value") or choice):
        words = ", ".join(allowed)
        return f"{place} is one of {words}", f"{place} er et af {words}"
    danish = said
    for pattern, words in _DANISH:
        if pattern.fullmatch(said):
            danish = re.sub(pattern.pattern, words, said)
            break
    return f"{place}: {said[:1].lower()}{said[1:]}", f"{place}: {danish[:1].lower()}{danish[1:]}"


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
