"""Signatures of webhooks: the Standard Webhooks scheme, and the one of `X-Hub-Signature-256`.

Both sign exactly the bytes of the body. It must not know what is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

#: Seconds by which the clock of a signature may differ from ours; an older one may be a replay.
TOLERANCE = 300


def key_of(secret: str) -> bytes:
    """`whsec_` and base64 is the key that is written so; anything else is the key itself."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()


def standard_headers(secret: str, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """webhook-id, webhook-timestamp and webhook-signature of a message that goes out."""
    seconds = str(int(at.timestamp()))
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{_standard(secret, id, seconds, body)}",
    }


def standard_problem(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """What is wrong with the signature of a message that came; "" when one of the secrets made it."""
    id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not seconds.isdigit() or len(seconds) > 12:
        return "no signature"
    if abs(int(seconds) - now.timestamp()) > TOLERANCE:
        return "its signature is older or newer than five minutes"
    given = [
        part.partition(",")[2]
        for part in headers.get("webhook-signature", "").split(" ")
        if part.startswith("v1,")
    ]
    right = [_standard(secret, id, seconds, body) for secret in secrets]
    # every pair is compared, so that the time says nothing
    fits = [hmac.compare_digest(one.encode(), other.encode()) for one in right for other in given]
    return "" if any(fits) else "wrong signature"


def hub_problem(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> str:
    """The same for `X-Hub-Signature-256: sha256=<hex>`, which has no clock: only the id keeps replays out."""
    given = headers.get("x-hub-signature-256", "")
    if not given.startswith("sha256="):
        return "no signature"
    right = [f"sha256={hmac.new(key_of(secret), body, hashlib.sha256).hexdigest()}" for secret in secrets]
    fits = [hmac.compare_digest(one.encode(), given.encode("utf-8", "replace")) for one in right]
    return "" if any(fits) else "wrong signature"


def _standard(secret: str, id: str, seconds: str, body: bytes) -> str:
    signed = f"{id}.{seconds}.".encode() + body
    return base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()
