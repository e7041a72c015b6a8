"""What a mail is: a person's message, an automatic answer, a delivery failure, a receipt. Headers decide.

After RFC 3834 (automatic answers), 3464 (delivery reports), 8098 (read receipts) and the habits of
servers that follow none of them. It must not know threads or texts.
"""

from __future__ import annotations

import re
from email.message import Message

_AUTO_SUBJECT = re.compile(
    r"\s*(automatic reply|automatisk svar|automatiskt svar|autosvar|auto[- ]?(reply|response)|out of (the )?office"
    r"|fraværsbesked|fravær:|ikke på kontoret|automatische antwort|abwesenheit|automatisch antwoord)\b",
    re.I,
)
_BOUNCE_SENDER = re.compile(r"^(mailer-daemon|postmaster|mail-daemon)@|<(mailer-daemon|postmaster)@", re.I)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (status notification|failure|has failed)|returned mail|mail delivery (failed|system)"
    r"|failure notice|kunne ikke leveres|ikke leveret",
    re.I,
)


def form_of(message: Message) -> tuple[str, dict[str, str]]:
    """(message, out_of_office, bounce or receipt; facts of the report as fields)."""
    report = _report(message)
    if report is not None:
        return report
    sender = _text(message, "From")
    if _BOUNCE_SENDER.search(sender) and (
        _BOUNCE_SUBJECT.search(_text(message, "Subject")) or _text(message, "Return-Path") == "<>"
    ):
        return "bounce", {}
    failed = _text(message, "X-Failed-Recipients")
    if failed:
        return "bounce", {"recipient": failed}
    return ("out_of_office", {}) if _automatic(message) else ("message", {})


def _automatic(message: Message) -> bool:
    answers = bool(message.get("In-Reply-To") or message.get("References"))
    submitted = _text(message, "Auto-Submitted").lower().partition(";")[0].strip()
    if submitted.startswith("auto-replied") or submitted == "auto-notified":
        return True
    if submitted and submitted != "no" and answers:
        return True
    precedence = _text(message, "Precedence").lower()
    if precedence in ("auto_reply", "auto-reply") or (precedence in ("bulk", "junk") and answers):
        return True
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autoreply-From", "X-Mail-Autoreply"):
        if _text(message, name).lower() not in ("", "no", "false"):
            return True
    return bool(_AUTO_SUBJECT.match(_text(message, "Subject")))


def _report(message: Message) -> tuple[str, dict[str, str]] | None:
    if message.get_content_type() != "multipart/report":
        return None
    for part in message.walk():
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            fields = _status(part)
            failed = fields.get("action", "failed") == "failed"
            return ("bounce" if failed else "receipt"), fields
        if kind in ("message/disposition-notification", "message/global-disposition-notification"):
            return "receipt", {"action": "read"}
    kind = str(message.get_param("report-type") or "").lower()
    return ("receipt" if kind == "disposition-notification" else "bounce"), {}


def _status(part: Message) -> dict[str, str]:
    """The first failed receiver of a delivery report; else the first one."""
    blocks = part.get_payload()
    found: list[dict[str, str]] = []
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message) or not block.get("Action"):
            continue
        found.append({
            "action": _text(block, "Action").lower(),
            "recipient": (_text(block, "Original-Recipient") or _text(block, "Final-Recipient")).rpartition(";")[2].strip(),
            "status": _text(block, "Status"),
            "diagnostic": _text(block, "Diagnostic-Code")[:500],
        })  # fmt: skip
    failed = [each for each in found if each["action"] == "failed"]
    return (failed or found or [{}])[0]


def _text(message: Message, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, TypeError, IndexError, AttributeError, LookupError):
        return ""
