"""Words that people bring along from other languages and tools, and what they are called here.

Asked where a word is not known, before the nearest right one is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

#: Types of fields.
TYPES: Mapping[str, str] = {
    "text": "string", "str": "string", "varchar": "string", "char": "string", "id": "string",
    "int": "integer", "float": "number", "decimal": "number", "double": "number", "numeric": "number", "amount": "number",
    "money": "number", "currency": "number", "bool": "boolean", "yesno": "boolean", "yes_no": "boolean", "flag": "boolean",
    "checkbox": "tick", "consent": "tick", "datetime": "instant", "date_time": "instant", "timestamp": "instant",
    "time": "instant", "timespan": "duration", "period": "duration", "interval": "duration", "user": "person",
    "employee": "person", "mail": "email", "telephone": "phone", "mobile": "phone", "attachment": "file", "image": "file",
    "picture": "file", "document": "file", "list": "array", "map": "object", "dict": "object", "mapping": "object",
    "tekst": "string", "tal": "number", "heltal": "integer", "dato": "date", "tidspunkt": "instant", "liste": "array",
}  # fmt: skip

#: Names in expressions.
NAMES: Mapping[str, str] = {
    **dict.fromkeys(("nil", "None", "none", "Null", "NULL", "undefined", "nothing", "empty", "blank"), "write null"),
    **dict.fromkeys(("True", "TRUE", "yes", "Yes", "ja"), "write true"),
    **dict.fromkeys(("False", "FALSE", "no", "No", "nej"), "write false"),
    **dict.fromkeys(("today", "Today", "current_date"), "write date(now)"),
    **dict.fromkeys(("user", "me", "current_user", "self", "this"), "the person who acts is actor"),
}  # fmt: skip

#: Channels of messages.
CHANNELS: Mapping[str, str] = {
    **dict.fromkeys(("text", "txt", "text_message", "besked", "mobile"), "sms"),
    **dict.fromkeys(("e_mail", "outlook", "imap"), "mail"),
    **dict.fromkeys(("facebook", "fb", "meta"), "messenger"),
    **dict.fromkeys(("web", "website", "formular"), "form"),
}  # fmt: skip

_SIZE = "write size(x)"
#: Functions in expressions.
FUNCTIONS: Mapping[str, str] = {
    **dict.fromkeys(("len", "length", "Length", "strlen"), _SIZE),
    **dict.fromkeys(("today", "current_date"), "write date(now)"),
    "now": "write now, without brackets",
    "actor": "write actor, without brackets",
    **dict.fromkeys(("not", "NOT"), "write !"),
    **dict.fromkeys(("toLowerCase", "toLower", "tolower", "lowercase", "downcase"), "write x.lower()"),
    **dict.fromkeys(("toUpperCase", "toUpper", "toupper", "uppercase", "upcase"), "write x.upper()"),
    **dict.fromkeys(("strip", "trimmed"), "write x.trim()"),
    **dict.fromkeys(("includes", "has_text", "find_text"), "write text.contains(part), or x in list"),
    **dict.fromkeys(("isEmpty", "is_empty", "empty", "isBlank"), "write size(x) == 0, or x == null"),
    **dict.fromkeys(("isNull", "is_null", "isnull", "isNone"), "write x == null"),
    **dict.fromkeys(("any", "some"), "write list.exists(x, …)"),
    **dict.fromkeys(("every", "forall"), "write list.all(x, …)"),
    "substr": "write x.substring(from, to)",
    **dict.fromkeys(("str", "text", "toString", "to_string"), "write string(x)"),
    **dict.fromkeys(("number", "num", "float", "toNumber"), "write decimal(x)"),
    **dict.fromkeys(("datetime", "instant"), "write timestamp(x)"),
    **dict.fromkeys(("add_days", "addDays", "plus_days", "add"), 'write add_time(instant, "4 working days")'),
    **dict.fromkeys(("isset", "isSet", "is_set", "defined", "isDefined", "exists", "isNotNull"), "write x != null"),
    **dict.fromkeys(("lookup", "vlookup", "VLOOKUP", "opslag", "get"), 'write table("name")[key]'),
    **dict.fromkeys(("if", "IF", "hvis", "iif"), "write test ? a : b"),
    **dict.fromkeys(("and", "AND"), "write a && b"),
    **dict.fromkeys(("or", "OR"), "write a || b"),
    "env": "a setting of the organisation is param(…)",
}  # fmt: skip

#: Fields of a message in expressions, by the names that they have elsewhere.
OF_A_MESSAGE: Mapping[str, str] = {
    **dict.fromkeys(("body", "message", "content", "words"), "write message.text"),
    **dict.fromkeys(("sender", "email", "phone", "number"), "write message.from"),
    **dict.fromkeys(("recipient", "mailbox", "receiver"), "write message.to"),
    **dict.fromkeys(("attachments", "attachment"), "write message.files"),
    **dict.fromkeys(("date", "time", "sent"), "write message.received"),
    **dict.fromkeys(("data", "form_data", "values", "json"), "write message.fields"),
    **dict.fromkeys(("title", "topic"), "write message.subject"),
}  # fmt: skip

#: Keys that other tools have, for each kind of mapping: the key that is meant here.
KEYS: Mapping[str, Mapping[str, str]] = {
    "a state": {
        **dict.fromkeys(("on", "on_event", "event"), "events"),
        **dict.fromkeys(("transitions", "actions", "buttons"), "choices"),
        **dict.fromkeys(("on_entry", "onEntry", "on_enter", "enter"), "entry"),
        **dict.fromkeys(("on_exit", "onExit", "leave"), "exit"),
        **dict.fromkeys(("timeout", "timer", "timers", "wait"), "after"),
        **dict.fromkeys(("end", "terminal"), "final"),
        **dict.fromkeys(("substates", "children"), "states"),
        **dict.fromkeys(("name", "label"), "title"),
    },
    "a task": {
        **dict.fromkeys(("assignee", "user", "person", "assigned_to", "owner", "who"), "to"),
        **dict.fromkeys(("group", "team", "roles", "department"), "role"),
        **dict.fromkeys(("text", "question", "script"), "say"),
        **dict.fromkeys(("instruction", "instructions", "description", "note"), "guide"),
    },
    "a choice": {
        **dict.fromkeys(("if", "condition", "guard", "unless"), "when"),
        **dict.fromkeys(("goto", "target", "next", "then_to"), "to"),
        **dict.fromkeys(("actions", "effects", "action", "run"), "do"),
        **dict.fromkeys(("fields", "form", "input", "inputs", "require", "required"), "ask"),
        **dict.fromkeys(("assign", "store", "save"), "set"),
        **dict.fromkeys(("text", "name"), "label"),
    },
    "a start": {"role": "by", **dict.fromkeys(("cron", "schedule", "at", "timer"), "every")},
    "a deadline": {
        **dict.fromkeys(("overdue", "late", "on_missed", "breached", "expired"), "missed"),
        **dict.fromkeys(("start", "begins", "start_on", "when"), "starts"),
        **dict.fromkeys(("stop", "stops", "done", "ends", "end", "fulfilled"), "met"),
        **dict.fromkeys(("duration", "time", "limit", "in", "length"), "within"),
        **dict.fromkeys(("reminder", "remind", "warning"), "warn"),
        **dict.fromkeys(("pause", "paused_in", "stops_in"), "pause_in"),
    },
    "a field": {
        **dict.fromkeys(("options", "values", "choices", "words", "one_of"), "enum"),
        **dict.fromkeys(("regex", "regexp", "matches"), "pattern"),
        **dict.fromkeys(("description", "hint", "tooltip"), "help"),
        **dict.fromkeys(("personal", "private", "sensitive", "gdpr"), "pii"),
        **dict.fromkeys(("name", "title"), "label"),
        **dict.fromkeys(("max", "maximal"), "maximum"),
        **dict.fromkeys(("initial", "value"), "default"),
    },
    "an expectation": {
        **dict.fromkeys(("late", "overdue", "deadlines", "breached"), "missed"),
        **dict.fromkeys(("mails", "mail", "messages", "letters", "effects"), "sent"),
        **dict.fromkeys(("end", "ended", "closed", "result", "final"), "outcome"),
        **dict.fromkeys(("fields", "values", "value"), "data"),
        **dict.fromkeys(("buttons", "offers", "actions"), "choices"),
        **dict.fromkeys(("work", "todo", "inbox"), "tasks"),
    },
    "a step": {
        **dict.fromkeys(("assert", "check", "then", "should"), "expect"),
        **dict.fromkeys(("choose", "take", "action", "when"), "do"),
        **dict.fromkeys(("message", "mail", "sms"), "receive"),
        **dict.fromkeys(("event", "raise"), "signal"),
        **dict.fromkeys(("sleep", "after"), "wait"),
    },
}  # fmt: skip
KEYS = {**KEYS, **dict.fromkeys(("a transition", "a transition on an event"), KEYS["a choice"])}

#: Parameters of letters and messages that go out.
PARAMETERS: Mapping[str, str] = {
    **dict.fromkeys(("body", "message", "content", "html"), "text"),
    **dict.fromkeys(("recipient", "recipients", "receiver", "phone", "address", "number"), "to"),
    **dict.fromkeys(("title", "topic"), "subject"),
    **dict.fromkeys(("attachment", "attachments", "files", "file"), "attach"),
    "from": "sender",
}  # fmt: skip


def as_key(thing: str, key: str, known: Collection[str]) -> str:
    """What a key that another tool has is called here, where it is one of `known`; else ""."""
    words = PARAMETERS if thing.startswith("the parameters of ") else KEYS.get(thing, {})
    right = words.get(key, "")
    return right if right in known else ""


#: Parts of instants and dates.
PARTS: Mapping[str, str] = {
    "year": "getFullYear()", "month": "getMonth(), from 0", "day": "getDate()", "weekday": "getDayOfWeek(), 0 is Sunday",
    "hour": "getHours()", "hours": "getHours()", "minute": "getMinutes()", "minutes": "getMinutes()",
    "second": "getSeconds()", "seconds": "getSeconds()",
}  # fmt: skip

#: What an expression may read besides the data of the case.
_AROUND = frozenset({"actor", "now", "message", "input", "result", "case"})
_NAME = re.compile(r"(?<![\w.])[a-z_]\w*")


def as_expression(text: str, fields: Collection[str]) -> str:
    """How to write a value that was surely meant to be worked out, such as `tries + 1`; "" for any other."""
    bare = text.strip().removeprefix("{{").removesuffix("}}").removeprefix("$").strip()
    bare = bare.removeprefix("{").removesuffix("}").strip()
    from procflow.definitions.functions import FUNCTIONS

    if not {*fields, *_AROUND}.intersection(_NAME.findall(bare)) and bare.partition("(")[0] not in FUNCTIONS:
        return ""
    from procflow.definitions.parse import ExpressionSyntaxError, parse_expression

    try:
        parse_expression(bare)
    except ExpressionSyntaxError:
        return ""
    return "it is worked out between signs: " + ("'${" + bare + "}'" if '"' in bare else '"${' + bare + '}"')


def as_time(text: str, fields: Collection[str]) -> str:
    """How to write a time that was surely meant to be worked out, such as `day minus 1 month`; "" for any other."""
    first, blank, rest = text.strip().partition(" ")
    if blank and first in fields and rest.split()[0] in ("minus", "plus", "rolled"):
        return f'it is worked out between signs: "${{{first}}} {rest}"'
    return as_expression(text, fields)


def as_number(text: str) -> str:
    """How to write a number whose thousands are marked off; "" for any other text."""
    marked = re.fullmatch(r"(-?\d{1,3}(?:[_ ’']\d{3})+)(?:[.,](\d+))?", text.strip())
    if marked is None:
        return ""
    whole = re.sub(r"[^-\d]", "", marked[1])
    return f"write {whole}.{marked[2]}" if marked[2] else f"write {whole}"


_BEFORE_THREE = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")


def as_thousands(text: str) -> tuple[str, str]:
    """(what is wrong, what to write) of a number that is read with decimals, and may have been meant in thousands, as
    Danes and Germans mark them off; ("", "") for any other text. A fourth decimal, or none at the end, is no doubt."""
    if _BEFORE_THREE.fullmatch(text) is None:
        return "", ""
    whole, decimals = text.split(".")
    read = f"{whole}.{decimals.rstrip('0')}".rstrip(".")
    plain = read if read != text else f"{text}0"
    return (
        f"`{text}` is read as {read}: decimals stand behind the point",
        f"write {whole}{decimals} for thousands, or {plain} if {read} is meant",
    )


_CELLS = (
    (r"(.+?) *(?:-|–|—|\.\.\.|to|til|and|og) *(.+)", '"{0}..{1}"'),
    (r"(?:under|below|less than|fewer than|before|mindre end|færre end|før) (.+)", '"< {0}"'),
    (r"(?:over|above|more than|after|mere end|flere end|efter) (.+)", '"> {0}"'),
    (r"(?:at least|from|min\.?|minimum|mindst|fra) (.+)", '">= {0}"'),
    (r"(?:at most|up to|until|max\.?|maximum|højst|op til) (.+)", '"<= {0}"'),
    (r"(.+?) *(?:\+|or more|and more|og mere|eller mere)", '">= {0}"'),
    (r"(.+?) *(?:or less|eller mindre)", '"<= {0}"'),
    (r"(?:not|ikke|<>|!) *(.+)", '"!= {0}"'),
)
_IN_A_CELL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}")


def as_cell(text: str) -> str:
    """How a comparison or a range that is written in words stands in a cell of a table; "" where it is none."""
    for pattern, form in _CELLS:
        found = re.fullmatch(pattern, text.strip().casefold())
        if found is not None and all(_IN_A_CELL.fullmatch(part) for part in found.groups()):
            return f"write {form.format(*found.groups())}"
    return ""
