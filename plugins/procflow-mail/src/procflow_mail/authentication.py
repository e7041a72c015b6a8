"""Whether a mail is from the domain that it names: what our own server observed, and what we see ourselves.

`Authentication-Results` (RFC 8601) can be written by anybody; only the topmost one of our own server counts. DKIM
signatures (RFC 6376) are verified here over the bytes as received, and DMARC (RFC 7489) is worked out where our server
said nothing of it. SPF can only be seen by the server that the mail was handed to. It must not know verdicts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from email.message import Message
from functools import cache
from typing import Any

from .bounded import TookTooLong, at_most
from .headers import raw_values
from .zone import NoAnswer, Zone

MOST_SIGNATURES = 5
SECONDS = 3.0
_RESULT = re.compile(r"(?:^|;)\s*(dmarc|dkim|spf)\s*(?:/\s*\d+)?\s*=\s*([a-z]+)([^;]*)", re.I)
_COMMENT = re.compile(r"\([^()]*\)")


def authenticity(
    raw: bytes, message: Message, people: Sequence[tuple[str, str]], settings: Mapping[str, Any], zone: Zone
) -> dict[str, Any]:
    """{authentication: {dmarc, dkim, spf: pass, fail, ...}, with what each hangs on; authentication_expected: whether
    a mail that nobody vouches for is a doubt}.

    A signature of a domain that is not the From address's own says nothing of the sender: `unaligned`.
    """
    domain = _ascii(people[0][1].rpartition("@")[2]) if people else ""
    trusted = str(settings.get("trusted_authserv") or "")
    server = observed(message, trusted, people)
    seen = [] if zone.off else signatures(raw, message, domain, zone)
    results = {**server}
    ours = _of_all(seen)
    if ours in ("pass", "fail", "policy") and not (ours == "fail" and server.get("dkim") == "unaligned"):
        results["dkim"] = ours  # over the bytes that we keep; what our server saw is what it was handed
    elif ours and "dkim" not in results:
        results["dkim"] = ours
    if "dmarc" not in results and domain and not zone.off and (seen or server):
        found = dmarc(domain, results, server, zone)
        if found:
            results["dmarc"] = found
    facts: dict[str, Any] = {"authentication": results, "authentication_expected": bool(trusted)}
    if seen:
        facts["signatures"] = seen
    if trusted:
        facts["authentication_server"] = trusted if server else ""
    return facts


# what our own server observed


def observed(message: Message, trusted: str, people: Sequence[tuple[str, str]]) -> dict[str, str]:
    """{dmarc, dkim, spf: pass, fail, ...} as `trusted` (its authserv-id) saw it; empty where it said nothing."""
    if not trusted:
        return {}
    for value in raw_values(message, "Authentication-Results"):
        text = _COMMENT.sub(" ", " ".join(value.split()))
        server, _, rest = text.partition(";")
        if server.lower().split()[:1] != trusted.lower().split():
            continue
        return _results(rest, _ascii(people[0][1].rpartition("@")[2]) if people else "")
    return {}


def _results(text: str, domain: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for method, result, more in _RESULT.findall(text):
        method, result = method.lower(), result.lower()
        if method == "dkim" and result == "pass":
            signer = re.search(r"header\.(?:d|i)\s*=\s*@?([^\s;]+)", more, re.I)
            if signer is not None and not same_house(signer[1].rpartition("@")[2], domain):
                result = "unaligned"
        if method == "spf" and result == "pass":
            by = re.search(r"smtp\.(?:mailfrom|helo)\s*=\s*([^\s;]+)", more, re.I)
            if by is not None and not same_house(by[1].rpartition("@")[2], domain):
                result = "unaligned"
        if method == "dmarc" and result == "pass":  # of the sender that our server read, who may be another
            by = re.search(r"header\.from\s*=\s*\"?([^\s;\"]+)", more, re.I)
            if by is not None and not same_house(by[1].rpartition("@")[2], domain):
                result = "unaligned"
        if found.get(method) == "pass":
            continue  # one good signature is enough
        if result == "pass" or method not in found or found[method] in ("none", "unaligned"):
            found[method] = result
    return found


# what we see ourselves


def signatures(raw: bytes, message: Message, domain: str, zone: Zone) -> list[dict[str, str]]:
    """Each DKIM signature: {domain, selector, result, reason}; those of the sender's own house first."""
    values = raw_values(message, "DKIM-Signature")
    if not values:
        return []
    tags = [dict(re.findall(r"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*)", value)) for value in values]
    signers = [tag.get("d", "").strip().lower() for tag in tags]
    order = sorted(range(len(values)), key=lambda n: (not same_house(signers[n], domain), n))
    found = []
    for number in order[:MOST_SIGNATURES]:
        result, reason = _verified(raw, number, tags[number], zone)
        if result == "pass" and not same_house(signers[number], domain):
            result = "unaligned"
        selector = tags[number].get("s", "").strip()[:100]
        found.append(
            {"domain": signers[number][:255], "selector": selector, "result": result, "reason": reason}
        )
    return found


def _verified(raw: bytes, number: int, tags: Mapping[str, str], zone: Zone) -> tuple[str, str]:
    """(pass, fail, policy, neutral, temperror or permerror; why)."""
    try:
        import dkim
    except ImportError:
        return "temperror", "nothing here verifies signatures: pip install 'procflow[mail]'"
    logging.getLogger("dkimpy").setLevel(logging.CRITICAL)
    signed = [name.strip().lower() for name in tags.get("h", "").split(":")]
    if "from" not in signed:
        return "permerror", "the signature does not cover the sender"
    if tags.get("a", "").strip().lower() == "rsa-sha1":
        return "policy", "rsa-sha1 is no longer safe"

    def looked_up(name: bytes | str, timeout: float = 0.0) -> bytes | None:
        text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        records = zone.texts(text)
        keys.append(records[0] if records else b"")
        return records[0] if records else None

    keys: list[bytes] = []

    try:
        with at_most(SECONDS):
            good = dkim.DKIM(raw, minkey=1024).verify(number, dnsfunc=looked_up)
    except NoAnswer as why:
        return "temperror", str(why)
    except TookTooLong as why:
        return "temperror", f"verifying {why}"
    except dkim.KeyFormatError as why:
        short = "1024" in str(why) or "too small" in str(why).lower()
        return ("policy" if short else "permerror"), str(why)[:200]
    except dkim.ValidationError as why:
        failed = re.search(r"body hash|x= value|expired", str(why), re.I)
        return ("fail" if failed else "permerror"), str(why)[:200]
    except dkim.DKIMException as why:
        return "permerror", str(why)[:200]
    except Exception as why:  # a key or signature that its parser chokes on
        return "permerror", f"{type(why).__name__}: {why}"[:200]
    if not good and keys and not re.search(rb"(?:^|;)\s*p\s*=\s*[A-Za-z0-9+/]", keys[-1]):
        return "permerror", "the key is not there, or was withdrawn"
    if not good:
        return "fail", "the mail was changed, or the signature is another's"
    if tags.get("l", "").strip():
        return "policy", "the signature covers only the beginning of the text"
    return "pass", ""


def _of_all(seen: Sequence[Mapping[str, str]]) -> str:
    """One word for all signatures: one good one of the sender's house is enough."""
    results = [each["result"] for each in seen]
    for word in ("pass", "fail", "policy", "unaligned", "temperror", "permerror", "neutral"):
        if word in results:
            return word
    return ""


def dmarc(domain: str, results: Mapping[str, str], server: Mapping[str, str], zone: Zone) -> str:
    """pass where an aligned check passed, fail where none did although the domain asks for it; "" where unknown."""
    if results.get("dkim") == "pass" or server.get("spf") == "pass":
        return "pass"
    if "temperror" in (results.get("dkim"), results.get("spf")) or "spf" not in server:
        return ""  # the half that we cannot see may have passed
    try:
        record = _policy(domain, zone) or _policy(organisation(domain), zone)
    except NoAnswer:
        return "temperror"
    return "fail" if record in ("quarantine", "reject") else ""


def _policy(domain: str, zone: Zone) -> str:
    for record in zone.texts(f"_dmarc.{domain}"):
        text = record.decode("ascii", "replace")
        if re.match(r"\s*v\s*=\s*DMARC1\b", text, re.I):
            found = re.search(r";\s*p\s*=\s*([a-z]+)", text, re.I)
            return found[1].lower() if found else "none"
    return ""


# whose domain it is


def same_house(signer: str, domain: str) -> bool:
    """Whether both belong to one organisation: relaxed alignment of RFC 7489."""
    one, other = organisation(_ascii(signer)), organisation(_ascii(domain))
    return bool(one) and one == other


@cache
def _suffixes() -> Any:
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError:
        return None
    return PublicSuffixList(accept_unknown=True)


def organisation(domain: str) -> str:
    """The part of a domain that somebody registered: `example.co.uk` of `mail.example.co.uk`; "" for a suffix. Without
    the list of suffixes it is the whole domain: then only the very same one is of the house."""
    name, suffixes = domain.strip().strip(".").lower(), _suffixes()
    if suffixes is None:
        return name
    return str(suffixes.privatesuffix(name) or "") if name else ""


def _ascii(domain: str) -> str:
    """As DNS has it."""
    name = domain.strip().strip(".").lower()
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name
