"""Judges written evidence by the channel it came through: PRO-20. Pure functions of what they are given.

The list of channels is closed: Messenger screenshot, SMS, mail. A verdict is accepted, rejected or
second_check, with its reason as `{code, da, en}`. It must not know cases, files or the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from procflow.builtin.evidence_mail import mail
from procflow.builtin.on_file import folded_name, names_on_file, on_file_of
from procflow.builtin.said import content_verdict, instant_of, no_answer, verdict_of
from procflow.builtin.said import summary_hash as summary_hash
from procflow.core.quotations import own_words as own_words

#: The narrowest screenshot on which a name can be read, in pixels (PRO-20).
LEAST_WIDTH = 320
IMAGES = ("image/png", "image/jpeg")

Check = Callable[[Mapping[str, Any], Mapping[str, Any], datetime, Mapping[str, Any]], Mapping[str, Any]]

_NAME_WORD = re.compile(r"name|navn", re.I)
_SEEN_WORD = re.compile(r"visib|synlig|shown|seen|readable|vises|ses|læs|screenshot|skærm|image|billed", re.I)
_ATTEST_WORD = re.compile(r"attest|visib|synlig|seen|shown|checked|confirm|bekræft|kontrol", re.I)
_PHONE_DATA = re.compile(r"phone|telefon|mobil|mobile", re.I)
_MASKED = {
    "",
    "anonymous",
    "unknown",
    "withheld",
    "private",
    "restricted",
    "ukendt",
    "skjult",
    "hemmeligt",
    "none",
}


def judge(
    channel: str,
    offered: Mapping[str, Any],
    data: Mapping[str, Any],
    now: datetime,
    context: Mapping[str, Any],
) -> Mapping[str, Any]:
    """The verdict on what was offered through `channel`; a channel outside the closed list is rejected."""
    return judge_with({})(channel, offered, data, now, context)


def judge_with(checks: Mapping[str, Check]) -> Callable[..., Mapping[str, Any]]:
    """A judge that knows further channels (of plugins) beside the closed list, which they cannot loosen."""
    known = {**checks, **CHECKS}

    def judged(
        channel: str,
        offered: Mapping[str, Any],
        data: Mapping[str, Any],
        now: datetime,
        context: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        check = known.get(str(channel))
        if check is None:
            return verdict_of("rejected", "channel_not_listed", channel=str(channel))
        return _by_hand(check(offered, data, now, context), offered)

    return judged


def _by_hand(verdict: Mapping[str, Any], offered: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whoever reads why evidence counts also reads that a colleague typed it in, and who; `typed_by` is that person's id."""
    who = (offered.get("facts") or {}).get("by_hand")
    if not who:
        return verdict
    if isinstance(who, str):
        verdict = {**verdict, "typed_by": who}
    reason = verdict["reason"]
    if not isinstance(reason, Mapping):
        return verdict
    words = {"da": "Taget ind i hånden", "en": "Taken in by hand"}
    by = {"da": f" af {who}", "en": f" by {who}"} if isinstance(who, str) else {"da": "", "en": ""}
    return {
        **verdict,
        "reason": {**reason, **{k: f"{reason[k]} {words[k]}{by[k]}." for k in words if k in reason}},
    }


def messenger(
    offered: Mapping[str, Any], data: Mapping[str, Any], now: datetime, context: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A screenshot, wide enough to be read, on which a person attests that the customer's name is visible."""
    wrong = no_answer(offered) or _image(offered)
    if wrong:
        return wrong
    given = context.get("input") or {}
    names = names_on_file(data, context)
    seen = _name_seen(given)
    if not (_attested(given) or (seen is not None and not _denied(given))):
        return verdict_of("rejected", "name_not_attested")
    if not names:
        return verdict_of("second_check", "name_not_on_file")
    if seen is not None:
        likeness = max(_likeness(seen, name) for name in names)
        if likeness < 1:
            other = likeness < 0.75
            return verdict_of(
                "rejected" if other else "second_check", "other_name" if other else "name_spelled_differently"
            )
    if _width(_first_file(offered)) is None:
        return verdict_of("second_check", "image_not_measured")
    return verdict_of("accepted", "screenshot_with_name")


def sms(
    offered: Mapping[str, Any], data: Mapping[str, Any], now: datetime, context: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A text from a number that was on file before it was received; a bare yes only for the summary sent."""
    if (wrong := no_answer(offered)) is not None:
        return wrong
    facts = offered.get("facts") or {}
    sender = str(offered.get("from") or "").strip()
    if not sender and offered.get("files") and not offered.get("text"):
        return _image(offered) or (
            verdict_of("second_check", "sms_screenshot")
            if _attested(context.get("input") or {})
            else verdict_of("rejected", "sms_screenshot")
        )
    if facts.get("masked") or sender.casefold() in _MASKED:
        return verdict_of("rejected", "sender_masked")
    number = e164(sender)
    if facts.get("alphanumeric") or number is None:
        return verdict_of("rejected", "sender_alphanumeric")
    known = {n for n in map(e164, on_file_of(context, "phones_on_file", data, _PHONE_DATA)) if n}
    since = instant_of((context.get("phones_since") or {}).get(number))
    received = instant_of(offered.get("received"))
    if number not in known or (since and received and since > received):
        return verdict_of("rejected", "number_not_on_file")
    return content_verdict(offered, data, context, names_on_file(data, context)) or verdict_of(
        "accepted", "number_on_file"
    )


#: The closed list of channels (PRO-20).
CHECKS: Mapping[str, Check] = {"messenger": messenger, "sms": sms, "mail": mail}


def e164(text: object) -> str | None:
    """A phone number as `+` and digits; eight digits are Danish. None for what is no number."""
    written = str(text).strip()
    digits = re.sub(r"[\s().\-\u2010-\u2015/]", "", written)
    plus = digits.startswith("+")
    digits = digits[1:] if plus else digits
    if not digits.isascii() or not digits.isdigit():
        return None
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if not plus and len(digits) == 8:
        digits = f"45{digits}"
    return f"+{digits}" if 7 <= len(digits) <= 15 else None


# screenshots


def _first_file(offered: Mapping[str, Any]) -> Mapping[str, Any]:
    files = offered.get("files") or ()
    candidates = (
        [file for file in files if isinstance(file, Mapping)] if isinstance(files, list | tuple) else []
    )
    images = [file for file in candidates if str(file.get("type") or "") in IMAGES]
    return max(images, key=lambda file: _width(file) or 0) if images else (candidates or [{}])[0]


def _image(offered: Mapping[str, Any]) -> dict[str, Any] | None:
    file = _first_file(offered)
    if not file:
        return verdict_of("rejected", "no_screenshot")
    type_ = str(file.get("type") or "")
    if type_ not in IMAGES:
        return verdict_of("rejected", "not_an_image", type=type_ or "?")
    width = _width(file)
    if width is not None and width < LEAST_WIDTH:
        return verdict_of("rejected", "image_too_small", width=width, least=LEAST_WIDTH)
    return None


def _width(file: Mapping[str, Any]) -> int | None:
    try:
        return int(file["width"])
    except (KeyError, TypeError, ValueError):
        return None


def _ticks(given: Mapping[str, Any]) -> dict[str, bool]:
    """The boxes of the step that are about the name being visible; else those that attest anything."""
    boxes = {str(name): value for name, value in given.items() if isinstance(value, bool)}
    about_name = {name: value for name, value in boxes.items() if _NAME_WORD.search(name)}
    return about_name or {name: value for name, value in boxes.items() if _ATTEST_WORD.search(name)}


def _attested(given: Mapping[str, Any]) -> bool:
    ticks = _ticks(given)
    return bool(ticks) and all(ticks.values())


def _denied(given: Mapping[str, Any]) -> bool:
    return not all(_ticks(given).values())


def _name_seen(given: Mapping[str, Any]) -> str | None:
    """The name as the person read it on the image, where the step asks for it."""
    for name, value in given.items():
        if isinstance(value, str) and value.strip() and _NAME_WORD.search(name) and _SEEN_WORD.search(name):
            return value
    return None


def _likeness(one: str, other: str) -> float:
    """1 for the same name (case and diacritics aside), 0 for nothing in common."""
    a, b = folded_name(one), folded_name(other)
    if sorted(a.split()) == sorted(b.split()):
        return 1.0
    return min(SequenceMatcher(None, a, b).ratio(), 0.99)
