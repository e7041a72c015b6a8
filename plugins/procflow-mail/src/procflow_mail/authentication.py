"""What a mail server that we trust observed of a mail's authenticity: Authentication-Results (RFC 8601).

Anybody can write such a header; only the topmost one of our own server counts. It must not know verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.message import Message

_RESULT = re.compile(r"(?:^|;)\s*(dmarc|dkim|spf)\s*(?:/\s*\d+)?\s*=\s*([a-z]+)([^;]*)", re.I)
_COMMENT = re.compile(r"\([^()]*\)")


def observed(message: Message, trusted: str, people: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """{dmarc, dkim, spf: pass, fail, ...} as `trusted` (its authserv-id) saw it; empty where it said nothing.

    A DKIM signature of a domain that is not the From address's own says nothing of the sender: `unaligned`.
    """
    if not trusted:
        return {}
    for value in message.get_all("Authentication-Results", []):
        text = _COMMENT.sub(" ", " ".join(str(value).split()))
        server, _, rest = text.partition(";")
        if server.split()[:1] != [trusted] and server.strip().lower() != trusted.lower():
            continue
        return _results(rest, people[0][1].rpartition("@")[2].lower() if people else "")
    return {}


def _results(text: str, domain: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for method, result, more in _RESULT.findall(text):
        method, result = method.lower(), result.lower()
        if method == "dkim" and result == "pass":
            signer = re.search(r"header\.(?:d|i)\s*=\s*@?([^\s;]+)", more, re.I)
            if signer is not None and not _same_house(signer[1].rpartition("@")[2].lower(), domain):
                result = "unaligned"
        if found.get(method) == "pass":
            continue  # one good signature is enough
        if result == "pass" or method not in found or found[method] in ("none", "unaligned"):
            found[method] = result
    return found


def _same_house(signer: str, domain: str) -> bool:
    return bool(signer) and (
        signer == domain or domain.endswith(f".{signer}") or signer.endswith(f".{domain}")
    )
