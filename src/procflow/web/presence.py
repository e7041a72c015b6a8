"""Who is at which case: looking or typing, on which pages, until they go or are not heard of any more.

Nothing of it is stored. It must not know how it is heard or told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from threading import Lock

from msgspec import Struct

#: How the bells of served desks are called, so that presence is said to them alone.
DESKS = "desk-"
#: Seconds after which somebody who says nothing more has gone; pages say it every ten.
FORGOTTEN = 25.0
#: The most pages at one case that are remembered, and the most cases.
_MOST_PAGES, _MOST_CASES = 50, 5000
#: What a served desk says when it begins: the others say again who is with them.
WHO = "who"
_WORD = "here\t"
_DOING = ("looking", "typing", "gone")


class Here(Struct, frozen=True, gc=False):
    """Somebody at a case."""

    person: str
    typing: bool


def said(case_id: str, number: int, person: str, page: str, doing: str) -> str:
    """One word for the bell."""
    return _WORD + json.dumps([case_id, number, person[:64], page[:40], doing], separators=(",", ":"))


class Presence:
    """Safe to use from several threads. `clock` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._cases: dict[str, dict[tuple[str, str], tuple[bool, float]]] = {}
        self._numbers: dict[str, int] = {}

    def take(self, word: str) -> tuple[str, bool]:
        """Remember what was said; -> (the case, or "" where nothing came of it; whether a page was not known before)."""
        if not word.startswith(_WORD):
            return "", False
        try:
            case_id, number, person, page, doing = json.loads(word.removeprefix(_WORD))
        except ValueError:
            return "", False  # cut off, or not ours
        if doing not in _DOING or not isinstance(number, int):
            return "", False
        key, now = (str(person), str(page)), self._clock()
        with self._lock:
            pages = self._cases.setdefault(case_id, {})
            new = key not in pages and doing != "gone"
            if doing == "gone":
                pages.pop(key, None)
            elif key in pages or (len(pages) < _MOST_PAGES and len(self._cases) <= _MOST_CASES):
                pages[key] = (doing == "typing", now + FORGOTTEN)
                self._numbers[case_id] = number
            if not pages:
                self._drop(case_id)
            return case_id, new

    def at(self, case_id: str) -> tuple[int, tuple[Here, ...]]:
        """(the case's number, who is there)."""
        with self._lock:
            return self._numbers.get(case_id, 0), self._people(case_id)

    def where(self, person: str) -> list[str]:
        """The cases at which somebody is."""
        with self._lock:
            return [case for case, pages in self._cases.items() if any(who == person for who, _ in pages)]

    def gone(self) -> list[str]:
        """The cases at which somebody has not been heard of for too long, and is forgotten now."""
        now, found = self._clock(), []
        with self._lock:
            for case_id, pages in list(self._cases.items()):
                late = [key for key, (_, until) in pages.items() if until <= now]
                for key in late:
                    del pages[key]
                if late:
                    found.append(case_id)
                if not pages:
                    self._drop(case_id)
        return found

    def _drop(self, case_id: str) -> None:
        self._cases.pop(case_id, None)
        self._numbers.pop(case_id, None)

    def _people(self, case_id: str) -> tuple[Here, ...]:
        typing: dict[str, bool] = {}
        for (person, _), (types, _until) in self._cases.get(case_id, {}).items():
            typing[person] = typing.get(person, False) or types
        return tuple(Here(person, types) for person, types in sorted(typing.items()))
