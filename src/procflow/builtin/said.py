"""What every kind of evidence is asked: whether a person wrote it, and whether it says what shall change (PRO-20).

It must not know channels.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from procflow.builtin.evidence_words import FORMS, REASONS

_YES = re.compile(r"(ja|jo|yes|yep|jep|ok|okay)( (tak|please|ok|okay|gerne|da))?", re.I)
_NO = re.compile(r"(nej|no|næ|nope)( (tak|thanks|thank you))?", re.I)
FORWARD_SUBJECT = re.compile(r"\s*(fw|fwd|vs|vb|wg|tr|videresendt|forwarded)\s*:", re.I)
_FORWARD_TEXT = re.compile(
    r"^\s*(-{2,}\s*)?(begin forwarded message|forwarded message|videresendt (besked|meddelelse|mail)"
    r"|start på videresendt besked|fwd:|videresendt:)",
    re.I | re.M,
)


def verdict_of(verdict: str, code: str, **facts: Any) -> dict[str, Any]:
    da, en = REASONS[code]
    reason = {"code": code, "da": da.format_map(facts), "en": en.format_map(facts)}
    return {"accepted": verdict == "accepted", "verdict": verdict, "reason": reason}


def no_answer(offered: Mapping[str, Any]) -> dict[str, Any] | None:
    form = str(offered.get("form") or "message")
    if form not in FORMS:
        return None
    da, en = FORMS[form]
    refused = verdict_of("rejected", "not_an_answer", form=en)
    refused["reason"]["da"] = REASONS["not_an_answer"][0].format(form=da)
    return refused


def content_verdict(offered: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any] | None:
    """None where the text says by itself what shall change; a verdict for nothing, a yes, a no, a forward."""
    own = own_words(str(offered.get("text") or ""))
    if not own:
        return None if offered.get("files") else verdict_of("rejected", "no_text")
    if _FORWARD_TEXT.search(own):
        return verdict_of("rejected", "forwarded")
    first = re.sub(r"[^\w\s]", "", own.splitlines()[0]).strip()
    if _NO.fullmatch(first):
        return verdict_of("rejected", "said_no")
    if not _YES.fullmatch(first):
        return None
    return _yes(offered, context.get("summary"))


def _yes(offered: Mapping[str, Any], summary: Any) -> dict[str, Any]:
    """A yes says nothing by itself: it is bound to the summary that was sent, by its hash."""
    facts = summary if isinstance(summary, Mapping) else {"text": summary}
    text = str(facts.get("text") or "")
    sent = str(facts.get("sent_hash") or facts.get("hash") or "")
    now_reads = str(facts.get("current_hash") or "") or (summary_hash(text) if text else "")
    if not sent and not now_reads:
        return verdict_of("rejected", "yes_without_summary")
    if sent and now_reads and sent != now_reads:
        return verdict_of("rejected", "summary_changed")
    sent_at, received = instant_of(facts.get("sent") or facts.get("at")), instant_of(offered.get("received"))
    if sent_at and received and received < sent_at:
        return verdict_of("rejected", "yes_before_summary")
    return {**verdict_of("accepted", "yes_to_summary"), "summary_hash": sent or now_reads}


def own_words(text: str) -> str:
    """What the sender wrote: without quoted lines and what follows the line that introduces a quotation."""
    own: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.lstrip().startswith(">"):
            continue
        if re.match(r"\s*(-{2,}\s*(original message|oprindelig meddelelse)|_{8,}\s*$)", line, re.I):
            break
        if re.match(
            r"\s*(on|den|d\.|am|el|kl\.) .{4,160}(wrote|skrev|schrieb|schreef).{0,120}:\s*$", line, re.I
        ):
            break
        own.append(line)
    return "\n".join(own).strip()


def summary_hash(text: str) -> str:
    """What a yes is bound to: the SHA-256 of the summary, white space at the ends and line ends aside."""
    return hashlib.sha256(
        unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip().encode()
    ).hexdigest()


def instant_of(value: Any) -> datetime | None:
    """An aware instant, given as one or as ISO text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None
