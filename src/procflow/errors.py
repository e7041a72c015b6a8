"""Every exception and every diagnostic of procflow; imports nothing of procflow.

An error says where, what, and what to do; its facts are fields, so that a caller never reads its text.
Exit codes: 0 done, 1 refused or problems found, 2 usage, 3 conflict, 4 storage, 5 not allowed,
6 not found, 7 busy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Diagnostic(Struct, frozen=True, order=True):
    """One problem in one file; `line` and `column` count from 1 and point at the wrong word.

    `about` has the words that it is about, for whoever looks for what follows from it: of a name the one that stands
    there and the one that is meant ("" where nobody can tell), of a text the languages that it lacks.
    """

    path: str
    line: int
    column: int
    code: str
    severity: str  # "error" or "warning"
    message: str
    hint: str = ""
    about: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity == "error"

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
        }

    def as_text(self) -> str:
        text = f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"
        return f"{text}\n    hint: {self.hint}" if self.hint else text


class ProcflowError(Exception):
    """The root of what procflow raises: what happened, what to do, and the facts as fields."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, hint: str = "", facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint
        self.facts: Mapping[str, Any] = {} if facts is None else facts

    def __str__(self) -> str:
        return f"{self.message}\n    hint: {self.hint}" if self.hint else self.message


class BrokenDocument(ProcflowError):
    """A document that does not check; `facts["diagnostics"]` holds every problem."""

    code = "broken-document"


class EvaluationError(ProcflowError):
    """An expression that went wrong although it checked; the step is refused and says why."""

    code = "evaluation"


class CalendarError(ProcflowError):
    """A time that the calendar cannot compute (a bad time text, or beyond its last known year)."""

    code = "calendar"


class UsageError(ProcflowError):
    code = "usage"
    exit_code = 2


class Conflict(ProcflowError):
    """Somebody was faster: what the step was decided on has changed."""

    code = "conflict"
    exit_code = 3


class StorageError(ProcflowError):
    code = "storage"
    exit_code = 4


class NotAllowed(ProcflowError):
    code = "not-allowed"
    exit_code = 5


class NotFound(ProcflowError):
    code = "not-found"
    exit_code = 6


class Busy(ProcflowError):
    code = "busy"
    exit_code = 7


class PluginError(ProcflowError):
    """A plugin that raised, hung, answered nonsense or asked for what does not exist; names the plugin."""

    code = "plugin"


def words_in_both(
    en: str, da: str, hint_en: str = "", hint_da: str = "", **facts: Any
) -> tuple[str, str, Mapping[str, Any]]:
    """What to raise an error with whose words people read in either language."""
    hints = {"hints": {"en": hint_en, "da": hint_da}} if hint_en else {}
    return en, hint_en, {**facts, "reasons": {"en": en, "da": da}, **hints}


#: What a NotFound says where no organisation was ever published.
NOT_PUBLISHED = words_in_both(
    "no organisation has been published here", "her er ingen organisation sat i kraft endnu",
    "run `procflow check` in the workspace", "kør `procflow check` i arbejdsområdet",
)  # fmt: skip


def in_language(problem: ProcflowError, language: str) -> ProcflowError:
    """The problem in a language, where its facts hold its words in several (`reasons` and `hints`: language -> words)."""
    reasons, hints = problem.facts.get("reasons"), problem.facts.get("hints")
    if not isinstance(reasons, Mapping) or language not in reasons:
        return problem
    hint = hints.get(language, problem.hint) if isinstance(hints, Mapping) else problem.hint
    return type(problem)(str(reasons[language]), str(hint), problem.facts)
