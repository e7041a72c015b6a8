"""Cases found by what people say on the phone: a number, a name, a plate.

What a procedure correlates by is found by an index, in open and closed cases. Anything else - a name, a plate, a number
of a policy - is looked for in the open cases themselves, the newest first, for as long as somebody waits: no step pays
for an index of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from procflow.app import App
from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field, Procedure
from procflow.engine import Loaded, identity_texts
from procflow.errors import NotAllowed, NotFound
from procflow.views.customer import cases_with, seen_by

#: Seconds that a look through open cases may take, and how many are taken from the store at once.
_PATIENCE = 0.7
_AT_ONCE = 500
_MOST = 40
#: Letters that Danes write in two ways.
_ALIKE = {"å": "aa", "æ": "ae", "ø": "oe", "ö": "oe", "ä": "ae", "é": "e", "ü": "y"}


class Found(Struct, frozen=True):
    """The cases, open ones first; `whole` says whether every open case was looked at."""

    cases: tuple[Loaded, ...]
    whole: bool = True


def find_cases(app: App, q: str, by: str) -> Found:
    """Every case that carries what was asked for and that `by` may see."""
    found: dict[str, Loaded] = {}
    for spelling in spellings(q):
        for loaded in cases_with(app, identity_texts(spelling), by, limit=60):
            found.setdefault(loaded.row.id, loaded)
    number = case_number(q)
    if number is not None:
        try:
            loaded = app.look(number, by)
            found.setdefault(loaded.row.id, loaded)
        except (NotFound, NotAllowed):
            pass  # a number of a case that is not there, or not for this person, is no hit
    whole = True
    if len(folded(q)) > 1:
        by_hand, whole = _looked_through(app, _wanted(q), by, but=found)
        found |= by_hand
    ordered = sorted(found.values(), key=lambda one: (one.plain.is_closed, -one.row.number))
    return Found(tuple(ordered[:_MOST]), whole)


def case_number(text: str) -> int | None:
    """The number of a case as people say it: `7`, `#7`, `sag 7`; None for anything else."""
    found = re.fullmatch(r"#?\s*(?:sag|case)?\s*(\d{1,9})", text.strip(), re.IGNORECASE)
    return int(found[1]) if found else None


def folded(text: str) -> str:
    """A text as it is compared: small letters, æ as ae, ø as oe, å as aa, and nothing but letters and digits."""
    return "".join(_ALIKE.get(char, char) for char in text.casefold() if char.isalnum())


def spellings(q: str) -> list[str]:
    """What may have been meant: as typed, as a phone number, and without the signs between digits."""
    found = [q]
    phone, wrong = check_value(Field("q", "phone"), q, FieldContext())
    if not wrong and isinstance(phone, str):
        found.append(phone)
    found.append(re.sub(r"[\s.\-]", "", q))
    return list(dict.fromkeys(text for text in found if text))


def _wanted(q: str) -> list[list[str]]:
    """Ways to say it, each the words that a case must carry all: word by word, and each spelling as one."""
    word_by_word = [word for word in (folded(part) for part in q.split()) if word]
    return [word_by_word, *([folded(spelling)] for spelling in spellings(q))]


def _looked_through(
    app: App, wanted: list[list[str]], by: str, but: Mapping[str, Loaded]
) -> tuple[dict[str, Loaded], bool]:
    """Open cases in whose data all words of some way begin a word; and whether all of them were looked at."""
    found: dict[str, Loaded] = {}
    started = app.world.monotonic()
    upper = app.store.next_number()
    while upper > 1:
        lower = max(0, upper - 1 - _AT_ONCE)
        rows = [row for row in app.store.cases(open_only=True, after=lower, limit=_AT_ONCE) if row.number < upper]  # fmt: skip
        for row in reversed(rows):
            if len(found) >= _MOST or app.world.monotonic() - started > _PATIENCE:
                return found, False
            if row.id in but:
                continue
            loaded = app.engine.load(row.id)
            if _carries(app.procedure_of(loaded), loaded.plain.data, wanted):
                seen = seen_by(app, loaded, by)
                if seen is not None:
                    found[row.id] = seen
        upper = lower + 1
    return found, True


def _carries(procedure: Procedure, data: Mapping[str, Any], wanted: list[list[str]]) -> bool:
    there: set[str] = set()
    for field in procedure.data:
        if (field.items or field).type in ("string", "phone", "email") and field.name in data:
            there.update(_parts(data[field.name]))
    return any(all(any(part.startswith(word) for part in there) for word in words) for words in wanted)


def _parts(value: Any) -> Iterator[str]:
    """The words of a value, and the value as one."""
    for text in value if isinstance(value, list | tuple) else (value,):
        if isinstance(text, str):
            yield folded(text)
            yield from (folded(word) for word in text.split())
