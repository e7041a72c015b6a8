"""Questions that wait to be put to a plugin, and which of them may be put now: those of one case's steps follow each
other in the order of the steps, and what is to go out comes before what is only to be made.

It must not know processes, or what is asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple


class Question(NamedTuple):
    """`key` is the effect's; of one with a `case`, what has another `step` of it waits for the answer."""

    key: str
    request: Mapping[str, Any]
    case: str = ""
    step: str = ""


class Questions:
    """A line of questions. More may come while others are asked."""

    def __init__(self) -> None:
        self._out: deque[Question] = deque()
        self._to_make: deque[Question] = deque()
        self._busy: dict[str, tuple[str, int]] = {}  # case -> (the step that is asked now, how often)

    def __bool__(self) -> bool:
        return bool(self._out or self._to_make)

    def to_make(self, key: str, request: Mapping[str, Any]) -> None:
        self._to_make.append(Question(key, request))

    def to_hand_over(self, key: str, request: Mapping[str, Any]) -> None:
        case, _, rest = key.partition("/")
        self._out.append(Question(key, request, case, rest.partition("/")[0]))

    def take(self) -> Question | None:
        """The next one that may be asked beside those that are asked now."""
        for place, question in enumerate(self._out):
            step, often = self._busy.get(question.case, (question.step, 0))
            if step == question.step:
                self._busy[question.case] = (step, often + 1)
                del self._out[place]
                return question
        return self._to_make.popleft() if self._to_make else None

    def answered(self, question: Question) -> None:
        """It is not asked any more."""
        step, often = self._busy.pop(question.case, ("", 0))
        if often > 1:
            self._busy[question.case] = (step, often - 1)
