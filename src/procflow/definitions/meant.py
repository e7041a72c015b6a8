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
    "env": "a setting of the organisation is param(…)",
}  # fmt: skip

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
    if not {*fields, *_AROUND}.intersection(_NAME.findall(bare)):
        return ""
    from procflow.definitions.parse import ExpressionSyntaxError, parse_expression

    try:
        parse_expression(bare)
    except ExpressionSyntaxError:
        return ""
    return "it is worked out between signs: " + ("'${" + bare + "}'" if '"' in bare else '"${' + bare + '}"')


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
