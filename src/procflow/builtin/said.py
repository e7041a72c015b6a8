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
from procflow.builtin.wishes import names_the_wish
from procflow.core.quotations import ANSWERS_SUBJECT, FORWARD_SUBJECT, is_echo, own_words

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
    offered: Mapping[str, Any],
    data: Mapping[str, Any],
    context: Mapping[str, Any],
    names: Iterable[str] = (),
) -> dict[str, Any] | None:
    """None where the text says by itself what shall change; a verdict for nothing, a yes, a no, a forward, and for what
    can be meant otherwise or is about something else than what was registered. `names` are the customer's."""
    text = str(offered.get("text") or "")
    own, subject = own_words(text), own_subject(offered)
    if not own:
        return _nothing_written(offered, "" if text.strip() else subject)
    if _FORWARD_TEXT.search(own):
        return verdict_of("rejected", "forwarded")
    answer = "unclear" if is_echo(own) else plain_answer(own, names)
    if answer == "no":
        return verdict_of("rejected", "said_no")
    if answer == "unclear":
        return verdict_of("second_check", "answer_unclear")
    if answer == "yes":
        return _yes(offered, context.get("summary"))
    covered = [data.get(str(name)) for name in context.get("covers") or ()]
    wishes = [each for each in covered if isinstance(each, str) and each.strip()]
    if wishes and not names_the_wish(f"{subject} {own}", wishes):
        return verdict_of("second_check", "wish_not_named")
    return None


def _nothing_written(offered: Mapping[str, Any], subject: str) -> dict[str, Any]:
    if offered.get("files"):
        return verdict_of("second_check", "only_a_file")
    return verdict_of("second_check", "only_a_subject") if subject else verdict_of("rejected", "no_text")


def own_subject(offered: Mapping[str, Any]) -> str:
    """What the sender wrote as the subject; "" where it is that of a letter that is answered or passed on."""
    subject = str(offered.get("subject") or "").strip()
    return "" if ANSWERS_SUBJECT.match(subject) or FORWARD_SUBJECT.match(subject) else subject


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
