"""What is known of a customer in a case's data: numbers, addresses, names, and names compared. It must not know channels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any


def on_file_of(
    context: Mapping[str, Any], key: str, data: Mapping[str, Any], named: re.Pattern[str]
) -> Iterable[str]:
    """What the caller computed; else what stands in data under a conventional name."""
    if key in context:
        return [str(each) for each in context[key] or ()]
    found: list[str] = []
    for name, value in data.items():
        if named.search(name):
            values = value if isinstance(value, list | tuple) else (value,)
            found.extend(each for each in values if isinstance(each, str))
    return found


def names_on_file(data: Mapping[str, Any], context: Mapping[str, Any]) -> list[str]:
    names = [str(name) for name in context.get("names") or () if str(name).strip()]
    if not names:
        parts = [str(data[key]) for key in ("first_name", "last_name") if data.get(key)]
        names = [" ".join(parts)] if parts else [
            str(value) for key, value in data.items()
            if isinstance(value, str) and value and re.search(r"(^|_)(name|navn)$", key)
        ]  # fmt: skip
    return names


def folded_name(name: str) -> str:
    text = name.casefold()
    for letter, plain in (
        ("æ", "ae"),
        ("ø", "oe"),
        ("å", "aa"),
        ("ß", "ss"),
        ("ö", "oe"),
        ("ä", "ae"),
        ("ü", "ue"),
    ):
        text = text.replace(letter, plain)
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))
