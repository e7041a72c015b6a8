"""What to write instead, where a document has the wrong form: the right form with the words that stand there.

It must not know how faults are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from procflow.core.nearest import did_you_mean, nearest
from procflow.core.outside import OWN

#: Keys that want a mapping, and what is written with the one word that stands there.
_WITH_ITS_WORD: Mapping[str, str] = {
    "task": "{{role: {0}}}",
    "notify": "{{role: {0}}}",
    "start": "{{procedure: {0}}}",
    "invoke": "{{procedure: {0}}}",
    "signal": "{{name: {0}, to: {{procedure: …, where: {{…}}}}}}",
    "open": "{{by: {0}}}",
    "absent": "{{person: {0}}}",
    "fail": "{{{0}: the reason}}",
    "refused": "{{do: {0}}}",
    "expect": "{{state: {0}}}",
    "receive": "{{channel: {0}, from: …, text: …}}",
    "at_most": "{{times: 1, of: {0}}}",
    "warn": "{{at: {0}, do: […]}}",
    "always": "{{to: {0}}}",
    "gives": "{{answer: {0}}}",
    "valid": "{{from: {0}}}",
}
#: Below these a name leads somewhere.
_LEAD_ON = frozenset({"choices", "events", "after"})
_EFFECTS = frozenset({"do", "entry", "exit"})
_MOMENTS = ("opening", "entering", "leaving", "choice", "event")
_MEANT_MOMENTS = {"enter": "entering", "enters": "entering", "in": "entering", "leave": "leaving", "exit": "leaving",
                  "exiting": "leaving", "open": "opening", "opened": "opening", "state": "entering"}  # fmt: skip
#: The first letters of days, and figures, as people write them, and what they are called here.
_DAYS = {
    **dict(zip("1234567", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), strict=True)),
    **{day: day for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "man": "mon", "tir": "tue", "ons": "wed", "tor": "thu", "fre": "fri", "loe": "sat", "lor": "sat", "soe": "sun",
    "son": "sun",
}  # fmt: skip
#: Three letters that people write for a language, and the two that are meant.
LONG_LANGUAGES = {
    "dan": "da", "dansk": "da", "deu": "de", "eng": "en", "fra": "fr", "fre": "fr", "ger": "de", "nor": "nb",
    "spa": "es", "swe": "sv",
}  # fmt: skip
#: Two letters that are a country's and no language's, and the language that is meant.
COUNTRIES = {
    "cn": "zh", "cz": "cs", "dk": "da", "gb": "en", "gr": "el", "jp": "ja", "ua": "uk", "us": "en",
}  # fmt: skip
#: What a format of JSON Schema wants.
FORMS = {
    "date": "a date, written 2026-01-31",
    "time": "a time of day, written 09:00",
    "date-time": "an instant, written 2026-01-31T09:00:00+01:00",
    "email": "a mail address",
    "idn-email": "a mail address",
    "uri": "an address such as https://procflow.example/page",
    "uuid": "a UUID",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "hostname": "the name of a computer",
    "duration": "a duration, written P3DT4H",
}


def for_a_word(path: Sequence[str | int], word: str, properties: Mapping[str, Any]) -> str:
    """The mapping to write where one word stands for it; "" where nothing better is known than the general hint."""
    last = path[-1] if path else None
    if isinstance(last, int):
        owner = next((part for part in reversed(path) if isinstance(part, str)), "")
        if (to := re.fullmatch(r"to\s+(\w+(?:\.last)?)", word)) is not None:
            return f"write `{{to: {to[1]}}}`"
        return "an effect is written `note.write: {text: …}`" if owner in _EFFECTS else ""
    if last is None or len(word) > 40:
        return ""
    if word.casefold() in ("null", "~", "none"):
        word = "…"
    if last in _EFFECTS:
        operation, _, whom = word.partition(" ")
        effects = {"notify": f"notify: {{role: {whom}}}", "raise": f"raise: {whom}"}
        effect = effects.get(operation, "") if whom else ""
        effect = effect or "note.write: {text: …}"
        return f"an effect is written `{last}: [{{{effect}}}]`"
    if len(path) > 1 and path[-2] in _LEAD_ON:
        return f"write `{last}: {{to: {word}}}`"
    if last == "invoke" and "." in word:
        return f"write `invoke: {{{word}: {{…}}}}`, with its parameters"
    if last == "valid":
        word = word.removeprefix("from ").strip() or "…"
    if last == "at_most" and not re.match(r"\w+\(", word):
        word = 'choice("…")'  # a number of times, and of what is not said
    if last in _WITH_ITS_WORD:
        return f"write `{last}: {_WITH_ITS_WORD[last].format(word)}`"
    return f"write `{last}: {{text: {word}}}`" if "text" in properties and "." in last else ""


def for_a_list_in_one_text(path: Sequence[str | int], value: str) -> str:
    """Where one text stands for a list."""
    if path[-1] == "required" and value.casefold() in ("true", "false", "yes", "no", "ja", "nej"):
        return "a field is asked for where a choice or a start names it: `ask: [NAME]`, or `optional: [NAME]`"
    if path == ("starts",) and re.fullmatch(r"\w+", value):
        return f"write a list: [{{by: {value}}}]"
    words = [word.strip() for word in re.split(r"[|;/,]", value)]
    several = len(words) > 1 and all(re.fullmatch(r"[\w-]+", word) for word in words)
    one_line = " ".join(value.split())
    short = one_line if len(one_line) <= 50 else one_line[:49] + "…"
    return f"write a list: [{', '.join(words) if several else short}]"


def for_a_list(path: Sequence[str | int]) -> str:
    """Where a list stands for a mapping, or for one word."""
    if path and path[-1] == "by" and path[0] == "starts":
        return "write an entry for each: `- by: one`, then `- by: another`"
    if path and path[-1] == "to" and not any("." in str(part) for part in path):
        return "a transition leads to one state; several stand in a list, each with its guard: [{when: …, to: …}, {to: …}]"
    return f"write `{path[-1]}: {{do: […]}}`" if path and path[-1] in ("missed", "warn") else ""


#: Keys that are right, and stand in the wrong place -> where they belong; `{0}` is what the key holds, if it is short.
_TASK = "it belongs to the task: `task: {{{1}: {0}}}`"
_MOVE = "it belongs to a choice, or another transition, of the state"
_STATE = "it belongs to the state, beside `{2}`"
_BELONGS: Mapping[str, Mapping[str, str]] = {
    "a state": {
        **dict.fromkeys(("role", "say", "guide", "take", "other_than"), _TASK),
        **dict.fromkeys(
            ("ask", "optional", "set", "do", "to", "refuse", "note", "by", "then", "label"), _MOVE
        ),
        "keep": "it belongs to the message that is waited for: `events: {{message: {{keep: {0}, …}}}}`",
        "when": "a condition belongs to the transition that leads here",
    },
    "a task": {
        **dict.fromkeys(
            ("title", "help", "see", "choices", "events", "after", "entry", "exit", "invoke"), _STATE
        ),
        "label": "the words of a button are the `label` of its choice; the name of a state is its `title`",
        "by": "write `role`",
    },
    "a choice": {
        **dict.fromkeys(("say", "guide", "take"), "it belongs to the task of the state"),
        **dict.fromkeys(
            ("entry", "exit", "after", "events", "always", "invoke"),
            "it belongs to the state, beside `choices`",
        ),
        "role": "write `by: {0}`",
        "title": "write `label`",
        "else": "the last alternative, without `when`, is taken where no other holds",
        "else_to": "the last alternative, without `when`, is taken where no other holds",
    },
    "a start": dict.fromkeys(
        ("channel", "mail", "email", "sms", "form", "webhook", "http", "api"),
        "what comes in is a message: `message: 'message.channel == \"form\"'`, or mail, sms, …",
    ),
    "a field": dict.fromkeys(
        ("decimals", "precision", "scale", "digits"), "for two decimals write `multipleOf: 0.01`"
    ),
    "a message": {"case": "it stands beside `receive`, not in it"},
    "a deadline": {"do": "write `missed: {{do: […]}}`, or `warn: {{at: 75%, do: […]}}`"},
}
#: What is done in a step of a scenario: one a step.
STEPS = frozenset(
    {
        "open", "do", "receive", "signal", "wait", "deliver", "fail", "absent", "shift", "change", "refused",
        "expect",
    }
)  # fmt: skip
#: Keys that stand beside the operation of an effect, which is the only other one.
BESIDE = frozenset({"when", "each", "as", "unless_left"})


def _where_it_belongs(thing: str, path: Sequence[str | int], mapping: Mapping[str, Any], key: str) -> str:
    if key in BESIDE and thing.startswith("the parameters of "):
        return f"it stands beside {thing.removeprefix('the parameters of ')}, not among its parameters"
    form = _BELONGS.get(thing, {}).get(key, "")
    if thing == "an invocation" and isinstance(mapping[key], dict):
        return f"write `invoke: {{procedure: {key}, with: {{…}}}}`"
    if thing == "what follows a missed deadline" and isinstance(mapping[key], dict):
        return f"write `do: [{{{key}: {{…}}}}]`"
    word = str(mapping[key]) if isinstance(mapping[key], str) and len(str(mapping[key])) < 30 else "…"
    return form.format(word, key, path[-1] if path else "")


def for_an_unknown_key(thing: str, path: Sequence[str | int], mapping: Mapping[str, Any], key: str) -> str:
    """Where a key stands in the wrong place, and where it belongs."""
    if effect := for_an_effect(thing, key):
        return effect
    if thing == "a moment" and key in _MOMENTS:
        return f"write `{key} {mapping[key]}`, without a colon"
    if thing == "what follows a missed deadline" and key == "to" and len(path) > 1:
        return f"let a state take it: `events: {{{path[-2]}: {{to: {mapping[key]}}}}}`"
    if thing == "a promise" and key in ("then", "requires", "needs", "leads_to"):
        return "write `must`" if "before" in mapping else "write `eventually`" if "after" in mapping else ""
    return _where_it_belongs(thing, path, mapping, key)


def for_an_effect(thing: str, key: str) -> str:
    """An effect where something is waited for."""
    if thing != "an invocation" or key.partition(".")[0] not in OWN:
        return ""
    waited_for = "`invoke: {procedure: …}` opens a case and waits for it; " if key == "start" else ""
    return f"{waited_for}nothing answers `{key}`: write it under `do:` or `entry:`"


def for_an_operation(key: str, operations: Sequence[str]) -> str:
    """The operations of a channel whose name stands alone."""
    own = [name for name in operations if name.startswith(f"{key}.")]
    return (
        did_you_mean(own[0], own)
        if len(own) == 1
        else "known here: " + ", ".join(f"`{n}`" for n in own)
        if own
        else ""
    )


def for_a_moment(text: str) -> str:
    """A moment that is almost right."""
    first, _, rest = " ".join(text.split()).partition(" ")
    if not rest:
        if first not in _MOMENTS and (nearest(first, ["opening"]) or first in ("open", "opened", "start")):
            return "did you mean `opening`?"
        if moment := _MEANT_MOMENTS.get(first) or nearest(first, _MOMENTS[1:]):
            what = "STATE" if moment in ("entering", "leaving") else "NAME"
            return f"say which: `{moment} {what}`"
        return f"write `choice {first}` for a choice, `entering {first}` for a state"
    if " or " in rest or "," in rest:
        return "several moments stand in a list: [choice a, choice b]"
    meant = _MEANT_MOMENTS.get(first) or nearest(first, _MOMENTS[1:])
    return f"did you mean `{meant} {rest}`?" if meant and " " not in rest else ""


def for_a_country(word: str) -> str:
    from procflow.definitions.holidays_of import code_of

    code = code_of(word)
    return f"write `{code}`" if code else ""


def for_a_pattern(schema: Mapping[str, Any], value: Any, path: Sequence[str | int] = ()) -> str:
    """For an id, a language, a moment or a country that is almost right: the right one."""
    form = schema.get("x-form")
    if path[-1:] == ("role",) and "${" in str(value):
        return "whoever is worked out stands under `to`: a person, or `${role(…)}`"
    if form == "worked out":
        return f'write "${{{str(value)[:60]}}}", or a list: [{str(value)[:60]}]' if str(value).strip() else ""
    if form == "language" and value in COUNTRIES:
        return f"write `{COUNTRIES[value]}`: `{value}` is the sign of a country"
    if form == "moment":
        return for_a_moment(str(value))
    if form == "country":
        return for_a_country(str(value))
    words = schema.get("enum")
    if isinstance(words, list):
        text = str(value).strip().casefold()
        return did_you_mean(text, [str(word) for word in words]) if nearest(text, map(str, words)) else ""
    right = as_the_pattern_wants(schema, value)
    if right and path and isinstance(path[-1], int) and re.fullmatch(r"\w+(?: \w+)+", str(value)):
        return f"put a comma between them: {', '.join(str(value).split())}; or write `{right}`"
    return f"write `{right}`" if right else ""


def as_the_pattern_wants(schema: Mapping[str, Any], value: Any) -> str:
    """What is written nearly as a pattern wants it, as it wants it; "" where nobody can tell."""
    text = str(value).strip().casefold()
    pattern = str(schema.get("pattern", ""))
    for old, new in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        text = text.replace(old, new)
    forms = (re.sub(r"[^a-z0-9.]+", "_", text).strip("_"), *_other_forms(text))
    right = [form for form in forms if form and pattern and re.search(pattern, form) and len(form) <= 60]
    return right[0] if right else ""


def _other_forms(text: str) -> Iterator[str]:
    """A way back, hours and a day of the year as people write them, in the form that they have here."""
    if (back := re.fullmatch(r"(\w+)\.\w+", text)) is not None:
        yield f"{back[1]}.last"
    days = [day for day in (_DAYS.get(word.strip()[:3]) for word in re.split(r"-|–| to | til ", text)) if day]
    if days and len(days) <= 2:
        yield "-".join(days)
    clock = r"([0-9]{1,2})(?:[.:]?([0-9]{2}))?"
    if (hours := re.fullmatch(rf"{clock} *(?:-|–|to|til) *{clock}", text)) is not None:
        yield f"{int(hours[1]):02}:{hours[2] or '00'}-{int(hours[3]):02}:{hours[4] or '00'}"
    if (day := re.fullmatch(r"([0-9]{1,2})[-./]([0-9]{1,2})", text)) is not None:
        yield f"{int(day[2]):02}-{int(day[1]):02}"


def rank(key: str | None, order: tuple[int, int]) -> tuple[bool, tuple[int, int]]:
    """Of keys that exclude each other the highest is told: what is done a second time in a step, else the later."""
    return key in STEPS, order


def one_word(value: Any) -> str:
    """The one word that a mapping or a list holds; "" where it holds another thing, or several."""
    inner = list(value.values()) if isinstance(value, Mapping) else list(value)
    return str(inner[0]) if len(inner) == 1 and isinstance(inner[0], str) else ""
