"""Questions that wait to be put to a plugin, and which of them may be put now: what one case's steps ask for goes out in the
order of the steps, and what is to go out comes before what is only to be made.

It must not know processes, or what is asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple


class Question(NamedTuple):
    """`key` is the effect's: case, step and number."""

    key: str
    request: Mapping[str, Any]


class Questions:
    """A line of questions. More may come while others are asked.

    An effect is open from the first word of it until it is `settled`; while one is open, later steps of its case wait.
    """

    def __init__(self) -> None:
        self._out: deque[Question] = deque()
        self._to_make: deque[Question] = deque()
        self._open: dict[str, dict[int, set[str]]] = {}  # case -> step -> keys

    def __bool__(self) -> bool:
        return bool(self._out or self._to_make)

    def open(self, key: str) -> None:
        """It is to go out, sooner or later."""
        case, step = _place(key)
        self._open.setdefault(case, {}).setdefault(step, set()).add(key)

    def settled(self, key: str) -> None:
        """It went out, or does not go out now."""
        case, step = _place(key)
        steps = self._open.get(case, {})
        keys = steps.get(step, set())
        keys.discard(key)
        if not keys:
            steps.pop(step, None)
        if not steps:
            self._open.pop(case, None)

    def to_make(self, key: str, request: Mapping[str, Any]) -> None:
        self.open(key)
        self._to_make.append(Question(key, request))

    def to_hand_over(self, key: str, request: Mapping[str, Any]) -> None:
        self.open(key)
        self._out.append(Question(key, request))

    def take(self) -> Question | None:
        """The next one that may be asked beside those that are asked now."""
        for place, question in enumerate(self._out):
            case, step = _place(question.key)
            if step == min(self._open[case]):
                del self._out[place]
                return question
        return self._to_make.popleft() if self._to_make else None


def _place(key: str) -> tuple[str, int]:
    """(case, step) of an effect."""
    case, _, rest = key.partition("/")
    step = rest.partition("/")[0]
    return case, int(step) if step.isdecimal() else 0
