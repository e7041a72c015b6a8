"""What waits, as plain values: tasks, what four eyes leave to others, messages without a case. Instants are text already,
for an inbox is asked for all day and must cost little to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Raw
from msgspec.json import encode

from procflow.app import App
from procflow.app.inboxes import Inbox
from procflow.ports import InboundRow, TaskRow

#: The most rows that are kept as they are written.
_KEPT = 4096


def inbox_view(
    app: App, found: Inbox, messages: Sequence[InboundRow], by: str, language: str
) -> dict[str, Any]:
    """An inbox as the command `inbox` gives it."""
    return _inbox_view(app, found, messages, by, language, task_view)


def inbox_written(
    app: App, found: Inbox, messages: Sequence[InboundRow], by: str, language: str, **more: Any
) -> bytes:
    """The same as JSON, with `more` beside it. A row that stays true for as long as it is listed is written once."""
    return encode({**_inbox_view(app, found, messages, by, language, _task_written), **more})


def _inbox_view(
    app: App,
    found: Inbox,
    messages: Sequence[InboundRow],
    by: str,
    language: str,
    row_view: Callable[[App, TaskRow, str, str], Any],
) -> dict[str, Any]:
    return {
        "tasks": [row_view(app, row, by, language) for row in found.mine],
        "not_mine": [
            {**task_view(app, row, by, language), "because": why.as_json(language)}
            for row, why in found.not_mine
        ],
        "messages": [message_view(row) for row in messages],
        "more": found.more,
    }


def _task_written(app: App, row: TaskRow, by: str, language: str) -> Any:
    kept = app.rows_written
    found = kept.get((row, language))
    if found is None:
        found = Raw(encode(task_view(app, row, by, language)))
        if app.always_called(row, language) is not None:  # else its words are those of its case, and of now
            if len(kept) >= _KEPT:
                kept.clear()
            kept[row, language] = found
    return found


def task_view(app: App, row: TaskRow, by: str, language: str) -> dict[str, Any]:
    """Open work, with what the screen calls it."""
    title, what = app.called(row, by, language)
    return {
        "number": row.number, "case": row.case_id, "procedure": row.procedure, "title": title,
        "task": row.task, "what": what, "kind": row.kind, "roles": list(row.roles),
        "people": list(row.people), "since": row.since.isoformat(), "deadline": row.deadline or None,
        "due": row.due.isoformat() if row.due is not None else None,
        "act_by": row.act_by.isoformat() if row.act_by is not None else None,
    }  # fmt: skip


def message_view(row: InboundRow) -> dict[str, Any]:
    """A message that waits for somebody to say where it belongs; what it says stays sealed."""
    return {"id": row.id, "source": row.source, "received": row.received.isoformat(), "reason": row.reason}
