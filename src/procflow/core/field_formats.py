"""One reader for each kind of text that has a form: numbers, dates, mail addresses, phones.

Each takes clean text and gives the value as the language keeps it, or raises Wrong. It must not know fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from procflow.core.field_problems import Wrong
from procflow.core.field_text import personal_number
from procflow.core.regex import regex
from procflow.core.values import DIGITS, Number, number
from procflow.errors import EvaluationError

_NUMBER = regex(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_UNCLEAR = regex(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_ISO_DATE = regex(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DANISH_DATE = regex(
    r"(?P<day>[0-9]{1,2})(?:(?P<sign>[.-])(?P<month>[0-9]{1,2})(?P=sign)|/(?P<number>[0-9]{1,2})[- ]"
    r"|\.? ?(?P<name>[A-Za-z]{3,9})\.? )(?P<year>[0-9]{4})"
)
_INSTANT = regex(
    r"(?P<day>[0-9.-]{8,10}|[0-9]{1,2}/[0-9]{1,2}[- ][0-9]{4})(?:[Tt]| +|, ?| kl\.? ?)(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,6})[0-9]{0,3})?)?"
    r" ?(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_LOCAL_PART = regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LOOKALIKES = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
_PHONE_FILLING = regex("[ \u00a0\u202f\u2009().\\-\u2010\u2011\u2012\u2013/]")
#: What stands around a number that is copied from a telephone or a list of contacts, and nobody sees.
_AROUND = " \t\r\n\u00a0\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069\ufeff"


def read_number(text: str, *, whole: bool = False) -> Number:
    """A number written with a decimal point or comma and without separators of thousands.

    `1.000` and `12,500` can mean either and are refused. Exact; at most 34 digits.
    """
    text = text.strip()
    if _UNCLEAR.fullmatch(text):
        raise Wrong("number_unclear")
    if not _NUMBER.fullmatch(text) or (whole and not text.lstrip("+-").isdigit()):
        raise Wrong("wrong_type", expected="integer" if whole else "number")
    return exact(text.replace(",", "."))


def exact(raw: object) -> Number:
    """A typed or written number as the language's exact one; raises Wrong where it is too long."""
    if isinstance(raw, str) and sum(c.isdigit() for c in raw) > DIGITS:
        raise Wrong("number_too_long", limit=DIGITS)
    try:
        return number(raw)
    except EvaluationError:
        finite = isinstance(raw, int) or (isinstance(raw, str) and len(raw) > DIGITS)
        raise Wrong("number_too_long" if finite else "wrong_type", limit=DIGITS, expected="number") from None


def read_date(text: str) -> date:
    """A day written 2026-05-11, 11.05.2026, 11-05-2026, 11/5-2026, 11/5 2026 or 11. maj 2026. With two slashes, or two
    digits for the year, it could be another day elsewhere."""
    text = text.strip()
    iso, danish = _ISO_DATE.fullmatch(text), _DANISH_DATE.fullmatch(text)
    if iso:
        year, month, day = iso[1], iso[2], iso[3]
    elif danish:
        month = danish["month"] or danish["number"] or _month_called(danish["name"].lower())
        year, day = danish["year"], danish["day"]
    else:
        raise Wrong("wrong_type", expected="date")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Wrong("no_such_date") from None


def _month_called(name: str) -> str:
    """The number of a month by its Danish or English name, whole or its first three letters (or sept.); "0" for none."""
    from procflow.core.phrases import tongue_of  # only who writes a name pays for it

    for language in ("da", "en"):
        for nth, month in enumerate(tongue_of(language).months, start=1):
            if name in (month.lower(), month[:3].lower()) or (name, nth) == ("sept", 9):
                return str(nth)
    return "0"


def read_instant(text: str, zone: tzinfo) -> datetime:
    """An instant in UTC: ISO 8601, or a local date and time in `zone`, to the microsecond."""
    found = _INSTANT.fullmatch(text.strip())
    if not found:
        raise Wrong("wrong_type", expected="instant")
    day = read_date(found["day"])
    try:
        local = datetime(
            day.year, day.month, day.day, int(found["hour"]), int(found["minute"]), int(found["second"] or 0),
            int((found["part"] or "0").ljust(6, "0")),
        )  # fmt: skip
    except ValueError:
        raise Wrong("no_such_time") from None
    offset = found["zone"]
    if not offset:
        return in_utc(local, zone)
    if offset in "Zz":
        return local.replace(tzinfo=UTC)
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 14 or minutes > 59:
        raise Wrong("no_such_time")
    shift = timedelta(hours=hours, minutes=minutes)
    return in_utc(local.replace(tzinfo=timezone(-shift if offset[0] == "-" else shift)), zone)


def in_utc(instant: datetime, zone: tzinfo) -> datetime:
    """The instant in UTC; one without a zone is local in `zone`.

    Raises Wrong for a local time that the clocks leave out or that comes twice.
    """
    try:
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
        first, second = instant.replace(tzinfo=zone, fold=0), instant.replace(tzinfo=zone, fold=1)
        utc = first.astimezone(UTC)
        if utc.astimezone(zone).replace(tzinfo=None) != instant:
            raise Wrong("no_such_time")
        if first.utcoffset() != second.utcoffset():
            raise Wrong("time_twice", first=f"{first:%z}", second=f"{second:%z}")
    except OverflowError:
        raise Wrong("no_such_date") from None
    return utc


def read_email(text: str) -> str:
    """A mail address with its domain in lower case: a plain local part in ASCII, a domain of any script.

    Refused: line breaks (they forge headers), names and brackets around it, quoted local parts, addresses in
    place of a domain, and domains that mix scripts whose letters look alike.
    """
    if "\r" in text or "\n" in text:
        raise Wrong("email_line_break")
    local, at, domain = text.strip(" ").rpartition("@")
    domain = domain.lower()
    if not at or len(local) > 64 or len(local) + len(domain) > 253 or not _LOCAL_PART.fullmatch(local):
        raise Wrong("wrong_type", expected="email")
    if unicodedata.normalize("NFKC", domain) != domain or _mixed(domain):
        raise Wrong("email_lookalike")
    if not _is_hostname(domain) or "." not in domain or domain.rpartition(".")[2].isdigit():
        raise Wrong("wrong_type", expected="email")
    return f"{local}@{domain}"


def _mixed(domain: str) -> bool:
    for label in domain.split("."):
        scripts = {unicodedata.name(c, "?").split(" ")[0] for c in label if c.isalpha()}
        if len(scripts & _LOOKALIKES) > 1:
            return True
    return False


def _is_hostname(domain: str) -> bool:
    if not domain or len(domain) > 253:
        return False
    for label in domain.split("."):
        if not all(c == "-" or (c.isascii() and c.isalnum()) or _is_letter(c) for c in label):
            return False
        if label.startswith("-") or label.endswith("-"):
            return False
        try:
            wire = label if label.isascii() else label.encode("idna").decode("ascii")
        except UnicodeError:
            return False
        if not 1 <= len(wire) <= 63:
            return False
    return True


def _is_letter(c: str) -> bool:
    return not c.isascii() and unicodedata.category(c) in ("Ll", "Lo", "Lm", "Mn", "Mc", "Nd")


def read_phone(text: str) -> str:
    """A phone number as E.164 (phone.format): 8 digits are Danish, others need + or 00 and a country code.

    Spaces, dashes, dots, slashes and brackets between the digits do not count; letters never pass.
    """
    plain = text[1:].isdigit() and text[0] in "+0123456789"
    digits = text if plain else _PHONE_FILLING.sub("", text.strip(_AROUND))
    plus = digits.startswith("+")
    digits = digits[1:] if plus else digits
    if not digits.isascii() or not digits.isdigit() or ("(" in text and "(0)" in text.replace(" ", "")):
        raise Wrong("phone_letters", expected="phone")
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if not plus:
        if len(digits) != 8:
            raise Wrong("phone_length", expected="phone")
        digits = f"45{digits}"
    if digits.startswith("45"):
        if len(digits) != 10:
            raise Wrong("phone_length", expected="phone")
        if digits[2] in "01":
            raise Wrong("phone_danish")
    elif not 7 <= len(digits) <= 15 or digits.startswith("0"):
        raise Wrong("phone_length", expected="phone")
    return f"+{digits}"


def _reads(reader: Callable[[str], object]) -> Callable[[str], bool]:
    def passes(text: str) -> bool:
        try:
            reader(text)
        except (Wrong, ValueError):
            return False
        return True

    return passes


def _matches(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = regex(pattern, flags)
    return lambda text: compiled.fullmatch(text) is not None


def _is_iso_date(text: str) -> bool:
    return _ISO_DATE.fullmatch(text) is not None and _reads(read_date)(text)


def _is_date_time(text: str) -> bool:
    day, _, rest = text.replace("t", "T", 1).partition("T")
    return _is_iso_date(day) and _is_full_time(rest)


def _is_uri(text: str) -> bool:
    if re.search(r"[^!-~]|[<>\"\\^`{|}]|%(?![0-9A-Fa-f]{2})", text):
        return False
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#]*))?([^#]*)(?:#[^#]*)?", text)
    if not found or not (found[2] or found[3]):
        return False
    return found[1].lower() not in ("http", "https") or bool(found[2])


def _is_ipv4(text: str) -> bool:
    from ipaddress import IPv4Address

    return _reads(IPv4Address)(text)


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address

    return "%" not in text and _reads(IPv6Address)(text)


_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_SECOND = r":[0-5][0-9](\.[0-9]+)?"
_OFFSET = rf"([Zz]|[+-]{_CLOCK})"
_is_time = _matches(rf"{_CLOCK}({_SECOND})?{_OFFSET}?")
_is_full_time = _matches(_CLOCK + _SECOND + _OFFSET)

#: A text such as a name or a reference, in which no CPR and no card number may stand (PRO-14).
NO_PERSONAL_NUMBER = "no_personal_number"

#: What `format:` can ask of a text, as JSON Schema says, but that `time` needs no seconds and no offset,
#: since people write `09:00`.
FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": _is_iso_date,
    "time": _is_time,
    "date-time": _is_date_time,
    "duration": _matches(
        r"P(?=.)(?:[0-9]+W|(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?"
        r"(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"
    ),
    "email": _reads(read_email),
    "idn-email": _reads(read_email),
    "hostname": lambda text: text.isascii() and _is_hostname(text),
    "idn-hostname": _is_hostname,
    "ipv4": _is_ipv4,
    "ipv6": _is_ipv6,
    "uri": _is_uri,
    NO_PERSONAL_NUMBER: lambda text: not personal_number(text),
    "uuid": _matches(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
}
