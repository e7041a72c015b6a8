"""What a scenario enters: YAML turned into input, typed by the fields, with files read and kept.

People and dates stay text: the step types them, as it does for what is entered at the desk. It must not
know steps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from procflow.core.case import Case
from procflow.core.choices import choices_named
from procflow.core.decide import with_note
from procflow.core.field_formats import read_date, read_instant
from procflow.core.field_problems import Wrong
from procflow.core.procedure import Field, Procedure
from procflow.definitions.building import is_null, written
from procflow.definitions.nodes import YList, YMap, YText, plain_value
from procflow.errors import NotFound, ProcflowError
from procflow.rehearsal.failure import Failed, place_of

#: Reads a file named in the scenarios, relative to their folder.
Read = Callable[[str], bytes]
Keep = Callable[[YText], Any]


def entered(field: Field | None, node: Any, keep: Keep) -> Any:
    """A value as a step takes it. `keep` stores a file by its path and gives the value for it."""
    if is_null(node):
        return None
    if field is None:
        return plain_value(node)
    if field.type == "file" and isinstance(node, str):
        return keep(node) if isinstance(node, YText) else node
    if isinstance(node, YList) and field.items is not None:
        return [entered(field.items, item, keep) for item in node]
    if isinstance(node, YMap) and field.properties:
        parts = {part.name: part for part in field.properties}
        return {str(key): entered(parts.get(str(key)), item, keep) for key, item in node.items()}
    if field.type == "array" and field.items is not None and isinstance(node, str):
        return entered(field.items, node, keep)
    return written(field, node)


def entered_all(fields: Mapping[str, Field], node: Any, keep: Keep) -> dict[str, Any]:
    """Everything below a `with:`."""
    if node is None or is_null(node):
        return {}
    if not isinstance(node, YMap):
        raise Failed("`with` is a mapping of fields to values", place_of(node))
    return {str(name): entered(fields.get(str(name)), item, keep) for name, item in node.items()}


def fields_of_choice(procedure: Procedure, case: Case, word: str) -> dict[str, Field]:
    """The fields that a choice asks for; in the active states first, else wherever the procedure has it."""
    found = [choice for _, choice in choices_named(procedure, case, word)]
    name = word.rpartition(".")[2]
    found += [state.choices_by_name[name] for state in procedure.states if name in state.choices_by_name]
    asked = {ask.name: ask.field for choice in found[:1] for ask in with_note(choice)}
    return {**procedure.fields, **asked}


def fields_of_start(procedure: Procedure) -> dict[str, Field]:
    asked = {ask.name: ask.field for start in procedure.starts for ask in start.asks}
    return {**procedure.fields, **asked}


def file_content(node: YText, read: Read) -> tuple[str, bytes]:
    """(name, content) of a file beside the scenarios. Raises Failed."""
    try:
        return os.path.basename(str(node)), read(str(node))
    except (OSError, ProcflowError) as problem:
        there = isinstance(problem, FileNotFoundError | NotFound)
        words = "there is no such file" if there else getattr(problem, "strerror", "") or str(problem)
        raise Failed(
            f"the file {node} cannot be read: {words}",
            place_of(node),
            "its path is relative to the folder of the scenarios",
        ) from problem


def instant_of(node: Any, zone: str, day: Callable[[Any], datetime] | None = None) -> datetime:
    """An instant as people write it; a bare date by `day`. Raises Failed."""
    text = str(node)
    if day is not None:
        try:
            return day(read_date(text))
        except Wrong:
            pass
    try:
        return read_instant(text, ZoneInfo(zone))
    except Wrong:
        raise Failed(f"`{text}` is no instant", place_of(node), "write it like 2026-05-19 17:00") from None
