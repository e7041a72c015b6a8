"""What somebody types for a choice, before it is taken: held against its fields, kept as a draft, shown as understood.

The desk, the API and the terminal's guide ask here, so that a field is right or wrong alike in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from procflow.core.decide import NOTE_ASKS, field_context
from procflow.core.field_problems import NEVER_KEPT
from procflow.core.field_text import personal_number
from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Ask, Field
from procflow.core.render import text_in, word_in
from procflow.core.scope import StepScope
from procflow.errors import EvaluationError, NotFound, UsageError

if TYPE_CHECKING:
    from procflow.app import App

#: The choice under which the draft of a note is kept; no choice of a procedure can be called so.
NOTE = "note:"


def label_of(ask: Ask, scope: StepScope, language: str) -> str:
    """What a field is called, as the beginning of a line."""
    label = text_in(ask.field.label, scope, language) or ask.name.replace("_", " ")
    return label[:1].upper() + label[1:]


def is_file(field: Field) -> bool:
    return field.type == "file" or (
        field.type == "array" and field.items is not None and field.items.type == "file"
    )


def checked(
    app: App, case: int, scope: StepScope, asks: Sequence[Ask], typed: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """For each typed value of a field that is asked for: the value to go on with (`value`, of a file the kept one), as
    it was understood (`shown`), and `problems`. `case` 0: the case is still to be opened."""
    context = field_context(scope.surroundings)
    found: dict[str, Any] = {}
    for ask in asks:
        raw = typed.get(ask.name)
        if raw is None:
            continue
        if is_file(ask.field):
            try:
                raw = app.kept_files(ask.field, raw, case or "")
            except (UsageError, NotFound) as problem:
                told = f"{problem.message}. {problem.hint}".rstrip(". ") + "."
                found[ask.name] = _told(raw, str(raw), [("file", told)])
                continue
        found[ask.name] = _one(ask, raw, scope, context, language)
    return found


def _one(ask: Ask, raw: Any, scope: StepScope, context: FieldContext, language: str) -> dict[str, Any]:
    try:
        value, problems = check_value(ask.field, raw, context)
    except EvaluationError as problem:
        return _told(raw, str(raw), [("evaluation", problem.message)])
    if problems:
        label = label_of(ask, scope, language)
        return _told(raw, str(raw), [(p.code, p.words(language).replace(p.path, label, 1)) for p in problems])
    if ask.field.type == "person":
        shown = f"{scope.surroundings.organisation.name_of(str(value))} ({value})"
    else:
        shown = word_in(ask.field, value, scope, language)
    return _told(raw, shown, [])


def _told(raw: Any, shown: str, problems: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "value": raw, "shown": shown, "problems": [{"code": code, "message": words} for code, words in problems],
    }  # fmt: skip


def keepable(scope: StepScope, asks: Sequence[Ask], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What of it may be kept as a draft: never the number of a person or of a card, nor words that are never kept, and
    nothing that is not asked for. None is a field that was left out on purpose."""
    context = field_context(scope.surroundings)
    fields = {ask.name: ask.field for ask in (*asks, *NOTE_ASKS)}
    kept = {}
    for name, value in typed.items():
        field = fields.get(name)
        if field is None:
            continue
        if value is not None and not is_file(field):
            _, problems = check_value(field, value, context)
            if any(problem.code in NEVER_KEPT for problem in problems) or _is_personal_number(value):
                continue
        kept[name] = value
    return kept


def _is_personal_number(value: Any) -> bool:
    """Whether a text has the number of a person or a card in it, whatever the field is."""
    if isinstance(value, Mapping):
        return any(map(_is_personal_number, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_is_personal_number, value))
    return isinstance(value, str) and bool(personal_number(value))
