"""What every answer carries, and which requests are turned away before anything else: pure looks at headers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from procflow.errors import ProcflowError

#: Scripts, styles and pictures come from here alone; nothing frames a page; a form goes nowhere else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
HEADERS: tuple[tuple[str, str], ...] = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cache-control", "no-store"),
)


#: Over TLS: browsers come back over TLS only, for a year, also to names below this one.
STRICT = ("strict-transport-security", "max-age=31536000; includeSubDomains")


def from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page made it send this; a program that says nothing is no browser.

    Sec-Fetch-Site decides; where an old browser does not send it, Origin must be this host.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    except ValueError:
        return True


def says_from_where(headers: Mapping[str, str]) -> bool:
    """Whether whoever sent this says from which page it comes, as every browser does when it sends a form."""
    return "sec-fetch-site" in headers or "origin" in headers


def host_is_ours(host: str, allowed: Iterable[str]) -> bool:
    """Whether a request asks for a host that we are: a page of another name that points here is turned away."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # no address that anybody has
        return False
    return name in allowed


def without_folders(problem: ProcflowError) -> ProcflowError:
    """The same problem without the folder in which a file of this house lies: that is for whoever runs it, in its log."""
    place = str(problem.facts.get("file", ""))
    folder = os.path.dirname(place)
    if not os.path.isabs(place) or len(folder) < 2:
        return problem
    facts = {
        key: value.replace(f"{folder}/", "") if isinstance(value, str) else value
        for key, value in problem.facts.items()
    }
    message, hint = (text.replace(f"{folder}/", "") for text in (problem.message, problem.hint))
    return type(problem)(message, hint, facts)
