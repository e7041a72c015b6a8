"""Messages that belong to no case yet, as whoever finds their case sees them."""

from __future__ import annotations

import re
from typing import Any

from procflow.app import App
from procflow.ports import Inbound
from procflow.stored import InboundRow


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
    return {"no case fits": "ingen sag passer"}.get(reason, reason)
