"""Which language somebody who asks over HTTP is answered in."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def first_spoken(headers: Mapping[str, str], spoken: Collection[str]) -> str:
    """The first of the languages that the headers accept and that is spoken; "" where none is."""
    for part in headers.get("accept-language", "").split(","):
        word = part.split(";")[0].strip().lower().split("-")[0]
        if word in spoken:
            return word
    return ""
