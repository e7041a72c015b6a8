"""Judges written evidence by the channel it came through: PRO-20. Pure functions of what they are given.

The list of channels is closed: Messenger screenshot, SMS, mail. A verdict is accepted, rejected or
second_check, with its reason as `{code, da, en}`. It must not know cases, files or the network.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from difflib import SequenceMatcher
from email.utils import getaddresses
from typing import Any

from procflow.builtin.evidence_words import FORMS, REASONS
from procflow.builtin.lookalikes import looks_like

#: The narrowest screenshot on which a name can be read, in pixels (PRO-20).
LEAST_WIDTH = 320
IMAGES = ("image/png", "image/jpeg")

Check = Callable[[Mapping[str, Any], Mapping[str, Any], datetime, Mapping[str, Any]], Mapping[str, Any]]

_YES = re.compile(r"(ja|jo|yes|yep|jep|ok|okay)( (tak|please|ok|okay|gerne|da))?", re.I)
_NO = re.compile(r"(nej|no|næ|nope)( (tak|thanks|thank you))?", re.I)
_FORWARD_SUBJECT = re.compile(r"\s*(fw|fwd|vs|vb|wg|tr|videresendt|forwarded)\s*:", re.I)
_FORWARD_TEXT = re.compile(
    r"^\s*(-{2,}\s*)?(begin forwarded message|forwarded message|videresendt (besked|meddelelse|mail)"
    r"|start på videresendt besked|fwd:|videresendt:)",
    re.I | re.M,
)
_NAME_WORD = re.compile(r"name|navn", re.I)
_SEEN_WORD = re.compile(r"visib|synlig|shown|seen|readable|vises|ses|læs|screenshot|skærm|image|billed", re.I)
_ATTEST_WORD = re.compile(r"attest|visib|synlig|seen|shown|checked|confirm|bekræft|kontrol", re.I)
_PHONE_DATA = re.compile(r"phone|telefon|mobil|mobile", re.I)
_MAIL_DATA = re.compile(r"e?mail", re.I)
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
_BAD_AUTHENTICATION = {"fail", "softfail", "hardfail", "permerror", "policy"}


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
            return _verdict("rejected", "channel_not_listed", channel=str(channel))
        return check(offered, data, now, context)

    return judged


def messenger(
    offered: Mapping[str, Any], data: Mapping[str, Any], now: datetime, context: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A screenshot, wide enough to be read, on which a person attests that the customer's name is visible."""
    wrong = _no_answer(offered) or _image(offered)
    if wrong:
        return wrong
    given = context.get("input") or {}
    names = _names(data, context)
    seen = _name_seen(given)
    if not (_attested(given) or (seen is not None and not _denied(given))):
        return _verdict("rejected", "name_not_attested")
    if not names:
        return _verdict("second_check", "name_not_on_file")
    if seen is not None:
        likeness = max(_likeness(seen, name) for name in names)
        if likeness < 1:
            other = likeness < 0.75
            return _verdict(
                "rejected" if other else "second_check", "other_name" if other else "name_spelled_differently"
            )
    if _width(_first_file(offered)) is None:
        return _verdict("second_check", "image_not_measured")
    return _verdict("accepted", "screenshot_with_name")


def sms(
    offered: Mapping[str, Any], data: Mapping[str, Any], now: datetime, context: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A text from a number that was on file before it was received; a bare yes only for the summary sent."""
    if (wrong := _no_answer(offered)) is not None:
        return wrong
    facts = offered.get("facts") or {}
    sender = str(offered.get("from") or "").strip()
    if not sender and offered.get("files") and not offered.get("text"):
        return _image(offered) or (
            _verdict("second_check", "sms_screenshot")
            if _attested(context.get("input") or {})
            else _verdict("rejected", "sms_screenshot")
        )
    if facts.get("masked") or sender.casefold() in _MASKED:
        return _verdict("rejected", "sender_masked")
    number = e164(sender)
    if facts.get("alphanumeric") or number is None:
        return _verdict("rejected", "sender_alphanumeric")
    known = {n for n in map(e164, _on_file(context, "phones_on_file", data, _PHONE_DATA)) if n}
    since = _instant((context.get("phones_since") or {}).get(number))
    received = _instant(offered.get("received"))
    if number not in known or (since and received and since > received):
        return _verdict("rejected", "number_not_on_file")
    return _content(offered, context) or _verdict("accepted", "number_on_file")


def mail(
    offered: Mapping[str, Any], data: Mapping[str, Any], now: datetime, context: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A mail whose From address is on file; doubts about its authenticity go to a second person."""
    if (wrong := _no_answer(offered)) is not None:
        return wrong
    facts = offered.get("facts") or {}
    header = str(offered.get("from") or "")
    if not header:
        return _verdict("rejected", "mail_as_file")
    if facts.get("forwarded") or _FORWARD_SUBJECT.match(str(offered.get("subject") or "")):
        return _verdict("rejected", "forwarded")
    on_file = list(_on_file(context, "addresses_on_file", data, _MAIL_DATA))
    known = {_folded_address(each) for each in on_file}
    senders = _senders(header, facts)
    addresses = [_folded_address(address) for _, address in senders]
    if not any(address in known for address in addresses):
        return _stranger(senders, facts, on_file, _names(data, context))
    content = _content(offered, context)
    if content is not None and content["verdict"] == "rejected":
        return content
    doubt = _doubt(addresses, facts)
    kept = {"file": offered["raw"]} if offered.get("raw") else {}  # the mail as it came, whatever hangs on it
    return {**(doubt or content or _verdict("accepted", "address_on_file")), **kept, **_seen(facts)}


def _stranger(
    senders: Sequence[tuple[str, str]], facts: Mapping[str, Any], on_file: Sequence[str], names: Sequence[str]
) -> dict[str, Any]:
    """A mail from an address that is not on file; one that wants to pass for the customer's is called that."""
    shown = " ".join([*(name for name, _ in senders), str(facts.get("display_name") or "")])
    known = [_folded_address(each) for each in on_file]
    if any(address and address in shown.casefold() for address in known):
        return {**_verdict("second_check", "display_name_only"), **_seen(facts)}
    near = [address for _, address in senders if any(looks_like(address, each) for each in on_file)]
    if near or any(looks_like(each, address) for each in shown.split() if "@" in each for address in on_file):
        return {**_verdict("rejected", "address_lookalike"), **_seen(facts)}
    called = {
        _folded_name(name) for name in (*(name for name, _ in senders), facts.get("display_name")) if name
    }
    if any(_folded_name(name) in called for name in names):
        return {**_verdict("rejected", "name_only"), **_seen(facts)}
    return {**_verdict("rejected", "address_not_on_file"), **_seen(facts)}


def _doubt(addresses: Sequence[str], facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a second person has to look at before a mail from an address on file counts."""
    if len(set(addresses)) > 1:
        return _verdict("second_check", "several_senders")
    results = _authentication(facts)
    failed = [
        f"{name}={results[name]}"
        for name in ("dmarc", "dkim", "spf")
        if results.get(name) in _BAD_AUTHENTICATION
    ]
    if failed:
        return _verdict("second_check", "authentication_failed", checks=", ".join(failed))
    if facts.get("authentication_expected") and "pass" not in results.values():
        return _verdict("second_check", "authentication_unknown")
    if facts.get("unreadable"):
        return _verdict("second_check", "not_readable")
    return None


def _seen(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What was observed of a mail's authenticity, to stand in the evidence beside the verdict."""
    results = _authentication(facts)
    if not results and not facts.get("signatures"):
        return {}
    seen: dict[str, Any] = {"results": results}
    if facts.get("signatures"):
        seen["signatures"] = tuple(dict(each) for each in facts["signatures"])
    if facts.get("authentication_server"):
        seen["server"] = str(facts["authentication_server"])
    return {"checks": seen}


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


def summary_hash(text: str) -> str:
    """What a yes is bound to: the SHA-256 of the summary, white space at the ends and line ends aside."""
    return hashlib.sha256(
        unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip().encode()
    ).hexdigest()


# what every channel asks


def _verdict(verdict: str, code: str, **facts: Any) -> dict[str, Any]:
    da, en = REASONS[code]
    reason = {"code": code, "da": da.format_map(facts), "en": en.format_map(facts)}
    return {"accepted": verdict == "accepted", "verdict": verdict, "reason": reason}


def _no_answer(offered: Mapping[str, Any]) -> dict[str, Any] | None:
    form = str(offered.get("form") or "message")
    if form not in FORMS:
        return None
    da, en = FORMS[form]
    refused = _verdict("rejected", "not_an_answer", form=en)
    refused["reason"]["da"] = REASONS["not_an_answer"][0].format(form=da)
    return refused


def _content(offered: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any] | None:
    """None where the text says by itself what shall change; a verdict for nothing, a yes, a no, a forward."""
    own = own_words(str(offered.get("text") or ""))
    if not own:
        return None if offered.get("files") else _verdict("rejected", "no_text")
    if _FORWARD_TEXT.search(own):
        return _verdict("rejected", "forwarded")
    first = re.sub(r"[^\w\s]", "", own.splitlines()[0]).strip()
    if _NO.fullmatch(first):
        return _verdict("rejected", "said_no")
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
        return _verdict("rejected", "yes_without_summary")
    if sent and now_reads and sent != now_reads:
        return _verdict("rejected", "summary_changed")
    sent_at, received = _instant(facts.get("sent") or facts.get("at")), _instant(offered.get("received"))
    if sent_at and received and received < sent_at:
        return _verdict("rejected", "yes_before_summary")
    return {**_verdict("accepted", "yes_to_summary"), "summary_hash": sent or now_reads}


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
        return _verdict("rejected", "no_screenshot")
    type_ = str(file.get("type") or "")
    if type_ not in IMAGES:
        return _verdict("rejected", "not_an_image", type=type_ or "?")
    width = _width(file)
    if width is not None and width < LEAST_WIDTH:
        return _verdict("rejected", "image_too_small", width=width, least=LEAST_WIDTH)
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


def _names(data: Mapping[str, Any], context: Mapping[str, Any]) -> list[str]:
    names = [str(name) for name in context.get("names") or () if str(name).strip()]
    if not names:
        parts = [str(data[key]) for key in ("first_name", "last_name") if data.get(key)]
        names = [" ".join(parts)] if parts else [
            str(value) for key, value in data.items()
            if isinstance(value, str) and value and re.search(r"(^|_)(name|navn)$", key)
        ]  # fmt: skip
    return names


def _likeness(one: str, other: str) -> float:
    """1 for the same name (case and diacritics aside), 0 for nothing in common."""
    a, b = _folded_name(one), _folded_name(other)
    if sorted(a.split()) == sorted(b.split()):
        return 1.0
    return min(SequenceMatcher(None, a, b).ratio(), 0.99)


def _folded_name(name: str) -> str:
    text = name.casefold()
    for letter, plain in (
        ("æ", "ae"),
        ("ø", "oe"),
        ("å", "aa"),
        ("ß", "ss"),
        ("ö", "oe"),
        ("ä", "ae"),
        ("ü", "ue"),
    ):
        text = text.replace(letter, plain)
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


# senders


def _on_file(
    context: Mapping[str, Any], key: str, data: Mapping[str, Any], named: re.Pattern[str]
) -> Iterable[str]:
    """What the caller computed; else what stands in data under a conventional name."""
    if key in context:
        return [str(each) for each in context[key] or ()]
    found: list[str] = []
    for name, value in data.items():
        if named.search(name):
            values = value if isinstance(value, list | tuple) else (value,)
            found.extend(each for each in values if isinstance(each, str))
    return found


def _senders(header: str, facts: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """(display name, address) of each sender."""
    everyone = facts.get("from_all")
    written = (
        [str(each) for each in everyone] if isinstance(everyone, list | tuple) and everyone else [header]
    )
    found: list[tuple[str, str]] = []
    for text in written:
        display, angle, rest = text.rpartition("<")
        if angle and text.count("<") == 1:  # whatever stands before it, an address too, is only a name
            found.append((display.strip(' "'), rest.partition(">")[0].strip()))
        elif angle:
            found.extend(getaddresses([text]))
        else:
            found.extend(("", part.strip()) for part in text.split(","))
    return [pair for pair in found if pair[1]] or [(header, "")]


def _folded_address(address: str) -> str:
    """To compare addresses by: no case, and a domain as DNS has it, however it is written."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).casefold().rpartition("@")
    if not domain.isascii():
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local}{at}{domain}"


def _authentication(facts: Mapping[str, Any]) -> dict[str, str]:
    """{dmarc, dkim, spf: pass, fail, ...}, as far as anybody looked."""
    observed = facts.get("authentication")
    if isinstance(observed, str):
        observed = dict(re.findall(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]+)", observed.lower()))
    results = {**{k: facts[k] for k in ("dmarc", "dkim", "spf") if k in facts}, **(observed or {})}
    return {name: str(results[name]).lower() for name in ("dmarc", "dkim", "spf") if name in results}


def _instant(value: Any) -> datetime | None:
    """An aware instant, given as one or as ISO text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None
