"""Messages that belong to no case yet, as whoever finds their case sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from procflow.app import App
from procflow.builtin.evidence_words import FORMS
from procflow.errors import UsageError, words_in_both
from procflow.ports import Inbound
from procflow.stored import InboundRow

#: Why a message belongs to no case and need wait for nobody -> in English, as it is kept, and in Danish.
NO_CASE: Mapping[str, tuple[str, str]] = {
    "advertising": ("advertising", "reklame"),
    "automatic": ("an automatic answer", "et autosvar"),
    "answered": ("answered otherwise", "besvaret på anden måde"),
    "elsewhere": ("it was handed on to somebody else", "sendt videre til andre"),
}


def set_aside(app: App, message: str, why: str, by: str) -> InboundRow:
    """Take a message that belongs to no case off the inbox, with one of the words of NO_CASE. What it says is kept, and
    it can still be given to a case by its whole id. Raises NotFound, UsageError."""
    if why not in NO_CASE:
        raise UsageError(f"`{why}` is no reason for that", f"one of {', '.join(NO_CASE)}")
    app.allow("message.take")
    row = app.unmatched(message)
    if row.state != "unmatched":
        raise UsageError(
            *words_in_both(
                "this message does not wait any more", "denne besked venter ikke længere",
                "`procflow inbox --all` lists those that do", "`procflow inbox --all` viser dem, der gør",
            )
        )  # fmt: skip
    app.store.settle_message(row.id, "ignored", "", NO_CASE[why][0])
    app.store.log_access(app.world.now(), by, "receive", "", row.id[:8], f"no_case:{why}")
    return app.unmatched(row.id)


def message_view(app: App, row: InboundRow) -> dict[str, Any]:
    """What came: from whom, when, what it says, which files; the reader is kept in the access log by who asks for it."""
    content = app.intake.content(row)
    keys = ("channel", "form", "from", "to", "subject", "text", "fields")
    return {
        "id": row.id, "source": row.source, "received": row.received, "reason": row.reason, "state": row.state,
        "case": row.case_id or None, **{key: content.get(key) for key in keys},
        "not_read": list(content.get("not_read") or ()),
        "files": [dict(file) for file in content.get("files", ()) if hasattr(file, "keys")],
    }  # fmt: skip


def again_view(app: App, inbound: Inbound) -> dict[str, Any]:
    """What became of a message that was received before, for whoever did not hear it then."""
    row = app.intake.known(inbound)
    if row is None:  # it was erased since
        return {"message": None, "case": None, "again": True}
    number = app.engine.load(row.case_id).row.number if row.case_id else None
    return {"message": row.id, "case": number, "again": True, "state": row.state, "reason": row.reason}


def reason_in_words(reason: str, language: str) -> str:
    """Why a message belongs to no case; the store keeps it in English."""
    if language != "da":
        return reason
    count = reason.removesuffix(" cases fit")
    if count.isdigit():
        return f"{count} sager passer"
    opens = "several procedures open with it: "
    if reason.startswith(opens):
        return f"flere procedurer oprettes af den: {reason.removeprefix(opens)}"
    named = re.fullmatch(r"it names the case (\d+), which does not know the sender", reason)
    if named:
        return f"den nævner sag {named[1]}, som ikke kender afsenderen"
    unfit = re.fullmatch(r"what it says does not fit \((\w+)\): (.+)", reason)
    if unfit:
        return f"det, den siger, passer ikke ({unfit[1]}): {unfit[2]}"
    of_form = re.fullmatch(r"no case fits \((.+)\)", reason)
    if of_form:
        danish = {en: da for da, en in FORMS.values()}
        return f"ingen sag passer ({danish.get(of_form[1], of_form[1])})"
    return {"no case fits": "ingen sag passer", **dict(NO_CASE.values())}.get(reason, reason)
