"""What a raw value means for one built-in type, before any keyword narrows it.

Each reader takes what JSON, YAML or a command line gives and returns a value of the language or raises Wrong.
Texts are clean already, except inside lists and objects. It must not know people, roles or problems' places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from procflow.core.field_formats import exact, in_utc, read_date, read_email, read_number, read_phone
from procflow.core.field_problems import Wrong
from procflow.core.field_text import clean, free_text, is_blank, no_control
from procflow.core.procedure import Field
from procflow.core.times import Span, parse_time
from procflow.core.values import Value, is_number, plain
from procflow.errors import ProcflowError

MAX_DEPTH = 32
_YES = frozenset({"true", "yes", "ja", "on"})  # a ticked box of a web form says `on`
_NO = frozenset({"false", "no", "nej", "off"})


def _string(raw: Any) -> Value:
    if isinstance(raw, str):
        return no_control(raw)
    if is_number(raw) or (isinstance(raw, date) and not isinstance(raw, datetime)):
        return plain(raw)  # a form or a file that does not quote its numbers
    raise Wrong("wrong_type", expected="string")


def _plain_text(raw: Any) -> Value:
    if not isinstance(raw, str):
        raise Wrong("wrong_type", expected="plain_text")
    return free_text(raw)


def _number(raw: Any) -> Value:
    if isinstance(raw, str):
        return read_number(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Wrong("wrong_type", expected="number")
    return exact(raw)


def _integer(raw: Any) -> Value:
    if isinstance(raw, str):
        return read_number(raw, whole=True)
    value = _number(raw)
    if not isinstance(value, int):
        raise Wrong("wrong_type", expected="integer")
    return value


def _boolean(raw: Any) -> Value:
    if isinstance(raw, bool):
        return raw
    word = raw.strip().casefold() if isinstance(raw, str) else ""
    if word in _YES or word in _NO:
        return word in _YES
    raise Wrong("wrong_type", expected="boolean")


def _tick(raw: Any) -> Value:
    if _boolean(raw) is not True:
        raise Wrong("tick")
    return True


def _date(raw: Any) -> Value:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str):
        raise Wrong("wrong_type", expected="date")
    return read_date(raw)


def _duration(raw: Any) -> Value:
    if isinstance(raw, timedelta):
        return Span.of(raw)
    if isinstance(raw, str) and len(raw) <= 200:
        try:
            raw = parse_time(raw.strip())
        except (ProcflowError, ValueError, OverflowError):
            raw = None
    if not isinstance(raw, Span):
        raise Wrong("wrong_type", expected="duration")
    return raw


def _email(raw: Any) -> Value:
    if not isinstance(raw, str):
        raise Wrong("wrong_type", expected="email")
    return read_email(raw)


def _phone(raw: Any) -> Value:
    if isinstance(raw, str):
        return read_phone(raw)
    if is_number(raw):
        return read_phone(str(raw))
    raise Wrong("wrong_type", expected="phone")


def _evidence(raw: Any) -> Value:
    raise Wrong("evidence_entered")


SCALARS: Mapping[str, Callable[[Any], Value]] = {
    "string": _string, "plain_text": _plain_text, "integer": _integer, "number": _number, "boolean": _boolean,
    "tick": _tick, "date": _date, "duration": _duration, "email": _email, "phone": _phone,
    "evidence": _evidence,
}  # fmt: skip


def stored_file(field: Field, raw: Any) -> Value:
    """A stored file: a mapping with at least hash, name, type and size, as the evidence store gives it."""
    if not isinstance(raw, Mapping):
        raise Wrong("file_not_stored")
    media, name, size = raw.get("type"), raw.get("name"), raw.get("size")
    texts = isinstance(media, str) and isinstance(name, str) and isinstance(raw.get("hash"), str)
    if not texts or not raw["hash"] or not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise Wrong("file_not_stored")
    stored: dict[str, Value] = any_value(raw)
    if any(c in "\r\n\t" or c in _TURNING for c in stored["name"]):
        raise Wrong("control")
    if field.accept and not any(
        _accepts(pattern, stored["type"], stored["name"]) for pattern in field.accept
    ):
        raise Wrong("file_type", accept=field.accept)
    return stored


_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _accepts(pattern: str, media: str, name: str) -> bool:
    wanted, media = pattern.strip().lower(), media.partition(";")[0].strip().lower()
    if wanted.startswith("."):
        return name.lower().endswith(wanted)
    if wanted in ("*", "*/*"):
        return True
    return media.startswith(wanted[:-1]) if wanted.endswith("/*") else media == wanted


def untyped(field: Field, raw: Any) -> Value:
    """A field that has only an `enum` or a `const`: text stands for the constant that is written like it."""
    if isinstance(raw, str):
        constants = (
            *field.schema.get("enum", ()),
            *([field.schema["const"]] if "const" in field.schema else ()),
        )
        for constant in constants:
            typed = isinstance(constant, bool) or is_number(constant)
            if typed and plain(constant) == raw.strip().lower():
                return constant if isinstance(constant, bool) else exact(constant)
    return any_value(raw)


def any_value(raw: Any, depth: int = 0) -> Any:
    """Any value of the language, with its texts clean."""
    if depth > MAX_DEPTH:
        raise Wrong("too_deep", limit=MAX_DEPTH)
    if raw is None or isinstance(raw, bool | date | Span):
        return in_utc(raw, UTC) if isinstance(raw, datetime) else raw
    if isinstance(raw, str):
        return no_control(clean(raw))
    if isinstance(raw, int | float | Decimal):
        return exact(raw)
    if isinstance(raw, list | tuple):
        return tuple([any_value(item, depth + 1) for item in raw])
    if isinstance(raw, Mapping):
        return {clean(str(key)): any_value(item, depth + 1) for key, item in raw.items()}
    raise Wrong("wrong_type", expected="")


def parts_of(items: Field | None, raw: Any) -> Sequence[Any]:
    """What a list is made of: a list, JSON text, text with commas, or one value alone."""
    if isinstance(raw, str):
        text = raw.strip()
        if text.startswith("["):
            raw = json_value(text, "array")
        elif text.startswith("{") and (items is None or items.type in ("object", "file", "")):
            raw = [json_value(text, "object")]
        else:
            comma = ";" if items is not None and items.type == "number" and ";" in text else ","
            raw = [part.strip() for part in text.split(comma) if not is_blank(part)]
    if isinstance(raw, list | tuple):
        return raw
    if isinstance(raw, set | frozenset):
        return sorted(raw, key=str)
    return [raw]


def json_value(text: str, expected: str) -> Any:
    import json

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        named = dict(found)
        if len(named) < len(found):
            raise ValueError("a name stands twice")
        return named

    if not text.lstrip().startswith(("{", "[")):
        raise Wrong("wrong_type", expected=expected)
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=pairs)
    except (ValueError, ArithmeticError):
        raise Wrong("bad_json") from None
    except RecursionError:
        raise Wrong("too_deep", limit=MAX_DEPTH) from None


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")
