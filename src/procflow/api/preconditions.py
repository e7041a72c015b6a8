"""What a sender says beside a request so that asking twice is asking once, and so that nobody is overwritten:
`Idempotency-Key`, `If-Match`, `If-None-Match` (RFC 9110).
"""

from __future__ import annotations

import re

import msgspec

from procflow.core.decide import Request
from procflow.core.request_ids import must_be_id
from procflow.errors import UsageError, words_in_both
from procflow.web.calls import Call

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def tag(sequence: int, content: int | None = None) -> str:
    """The ETag of a case: the step that it is at, and where it was read what was seen of it, which also depends on
    who looks, in which language, and when."""
    return f'"{sequence}"' if content is None else f'"{sequence}-{content:08x}"'


def matches(header: str, etag: str) -> bool:
    """Whether If-None-Match names this very answer."""
    return bool(header) and (header.strip() == "*" or etag.strip('"') in _TAG.findall(header))


def request_of(call: Call, *, command: bool, of_case: bool) -> Request:
    """The request as the engine is told of it. Raises UsageError for headers that mean nothing."""
    expects = _expected(call, ", ".join(call.headers.getlist("if-match"))) if command and of_case else 0
    keys = list(dict.fromkeys(each.strip() for each in call.headers.getlist("idempotency-key")))
    if not keys or not command:
        return Request(expects=expects)
    if len(keys) > 1:
        raise UsageError(
            *words_in_both(
                "two keys stand in Idempotency-Key", "der står to nøgler i Idempotency-Key",
                "send one: what is done under a key is done once", "send én: det, der gøres under en nøgle, gøres én gang",
            )
        )  # fmt: skip
    key = keys[0]
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]  # as the draft of the header writes it
    must_be_id(key, "Idempotency-Key", header="Idempotency-Key")
    asked = msgspec.json.encode(
        (call.method, call.route, dict(call.path), dict(call.query), call.person), order="sorted"
    )
    return Request(key, call.app.keys.fingerprint(f"{asked.decode()} {_canonical(call.body)}").hex(), expects)


def _canonical(body: bytes) -> str:
    """A body without what means nothing in JSON: spaces, and the order of names."""
    try:
        return msgspec.json.encode(msgspec.json.decode(body or b"{}"), order="sorted").decode()
    except (msgspec.MsgspecError, RecursionError):
        return body.hex()


def _expected(call: Call, header: str) -> int:
    """The step that If-Match names, of several the one that the case is at; 0 for any, -1 where it names none that a
    case could be at."""
    if not header or header.strip() == "*":
        return 0
    named = {found.partition("-")[0] for found in _TAG.findall(header)}
    steps = {int(step) for step in named if step.isascii() and step.isdecimal() and len(step) < 10} - {0}
    if len(steps) > 1:
        at = call.app.engine.load(call.path["case"]).row.sequence
        return at if at in steps else max(steps)
    return steps.pop() if steps else -1
