"""What waits, as plain values: tasks, what four eyes leave to others, messages without a case. Instants are text already,
for an inbox is asked for all day and must cost little to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Raw
from msgspec.json import encode

from procflow.app import App
from procflow.app.inboxes import Inbox
from procflow.stored import InboundRow, TaskRow

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
    """The same as JSON, with `more` beside it. A row that stays true for as long as it is listed is written once, and so
    is a whole list of such rows for as long as nothing changes in the store."""
    tasks: Any = None
    if found.asked is not None:
        tasks = app.engine.seen(
            ("written", found.asked, language), lambda: _all_written(app, found, by, language)
        )
    if tasks is not None:
        view = {
            "tasks": tasks, "not_mine": [], "messages": [message_view(row) for row in messages], "more": found.more,
        }  # fmt: skip
    else:
        view = _inbox_view(app, found, messages, by, language, _task_written)
    return encode({**view, **more})


def _all_written(app: App, found: Inbox, by: str, language: str) -> Raw | None:
    """The rows as one piece of JSON, where each stays true as long as the list; else None."""
    rows = [_task_written(app, row, by, language) for row in found.mine]
    return Raw(encode(rows)) if all(type(row) is Raw for row in rows) else None


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
        called = app.stays_called(row, language)
        if called is None:  # its words are those of its case, and of now
            return task_view(app, row, by, language)
        found = Raw(encode(_task_view(row, *called)))
        if len(kept) >= _KEPT:
            kept.clear()
        kept[row, language] = found
    return found


def task_view(app: App, row: TaskRow, by: str, language: str) -> dict[str, Any]:
    """Open work, with what the screen calls it."""
    return _task_view(row, *app.called(row, by, language))


def _task_view(row: TaskRow, title: str, what: str) -> dict[str, Any]:
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
