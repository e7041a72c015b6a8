"""What every kind of evidence is asked: whether a person wrote it, and whether it says what shall change (PRO-20).

It must not know channels.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from procflow.builtin.answered import plain_answer
from procflow.builtin.evidence_words import FORMS, REASONS

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


def content_verdict(
    offered: Mapping[str, Any], context: Mapping[str, Any], names: Iterable[str] = ()
) -> dict[str, Any] | None:
    """None where the text says by itself what shall change; a verdict for nothing, a yes, a no, a forward, and for what
    can be meant otherwise. `names` are the customer's."""
    own = own_words(str(offered.get("text") or ""))
    if not own:
        return (
            verdict_of("second_check", "only_a_file")
            if offered.get("files")
            else verdict_of("rejected", "no_text")
        )
    if _FORWARD_TEXT.search(own):
        return verdict_of("rejected", "forwarded")
    answer = plain_answer(own, names)
    if answer == "no":
        return verdict_of("rejected", "said_no")
    if answer == "unclear":
        return verdict_of("second_check", "answer_unclear")
    return _yes(offered, context.get("summary")) if answer == "yes" else None


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


_INTRODUCES = re.compile(
    r"\s*(on|den|d\.|am|el|kl\.) .{4,160}(wrote|skrev|schrieb|schreef).{0,120}:\s*$", re.I
)
_BREAK = re.compile(r"\s*(-{2,}\s*(original message|oprindelig meddelelse)|_{8,}\s*$)", re.I)
_FROM = re.compile(r"\s*\*?(fra|from|von|från)\s*:\*? ?\S", re.I)
_SUBJECT = re.compile(r"\s*\*?(emne|subject|betreff|ämne)\s*:", re.I)


def own_words(text: str) -> str:
    """What the sender wrote: without quoted lines and what follows the line, or the headers, that introduce a quotation."""
    own: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    for at, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        # mail programs break a long introduction in two
        if _BREAK.match(line) or any(_INTRODUCES.match("".join(lines[at : at + n])) for n in (1, 2)):
            break
        if _FROM.match(line) and any(map(_SUBJECT.match, lines[at + 1 : at + 6])):
            break  # Fra:, Sendt:, Til:, Emne:
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
