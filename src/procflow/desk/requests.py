"""The id of what a form asks, so that a form whose answer was lost is sent again and done once.

A page that the browser kept (the back button, a tab that was put to sleep) still carries its id; with something else
typed into it, it asks for something else, and is not taken for done.
"""

from __future__ import annotations

import json

from procflow.web.calls import Call

#: What says nothing of what is asked: where the page was drawn, under which id, and by which button it was sent.
_BESIDE = frozenset({"request", "seen", "take"})


def request_of(call: Call, what: str = "") -> str:
    """The id of this request for `what`: of the page, and of what was typed into it. "" where the page has none."""
    id_ = str(call.form.get("request") or "")[:64]
    if not id_:
        return ""
    typed = {name: value for name, value in call.form.items() if name not in _BESIDE}
    sent = [(name, file.filename, file.size) for name, files in call.files.items() for file in files]
    content = json.dumps([typed, sorted(sent, key=str)], sort_keys=True, default=str)
    return f"{id_}.{call.app.keys.fingerprint(content).hex()[:16]}.{what}"
