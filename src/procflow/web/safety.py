"""What every answer carries, what none tells, and which requests are turned away before anything else: nothing is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from procflow.errors import Busy, NotAllowed, ProcflowError, StorageError, words_in_both

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


def is_for_whom_it_was_drawn(form: Mapping[str, Any], person: str) -> None:
    """Raises NotAllowed for a form of a page that was drawn for somebody else: a person who logs in beside a page that
    another has left does nothing in their own name that the other typed."""
    drawn_for = form.get("drawn_for") or person
    if any(one != person for one in (drawn_for if isinstance(drawn_for, list) else (drawn_for,))):
        raise NotAllowed(
            *words_in_both(
                "this page was drawn for somebody else than who is logged in now; nothing of it was done",
                "siden er tegnet for en anden end den, der er logget ind nu; intet af det er gjort",
                "open the page again", "åbn siden igen", reason="another_person",
            )
        )  # fmt: skip


def host_is_ours(host: str, allowed: Iterable[str]) -> bool:
    """Whether a request asks for a host that we are: a page of another name that points here is turned away."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # no address that anybody has
        return False
    return name in allowed


def without_folders(problem: ProcflowError) -> ProcflowError:
    """The same problem without the folders in which the files of this house lie: they are for whoever runs it, in its log."""
    if not isinstance(problem, StorageError | Busy):
        # whose facts name files; those of others may be addresses
        return problem
    paths = [fact for fact in problem.facts.values() if isinstance(fact, str) and os.path.isabs(fact)]
    folders = sorted({folder for path in paths if len(folder := os.path.dirname(path)) > 1}, reverse=True)

    def told(said: Any) -> Any:
        for folder in folders if isinstance(said, str) else ():
            said = said.replace(f"{folder}/", "")
        return said

    facts = {key: told(fact) for key, fact in problem.facts.items()}
    return type(problem)(told(problem.message), told(problem.hint), facts)
