"""How schemathesis writes bodies that are no JSON: as the bytes that they are."""

from typing import Any

import schemathesis


@schemathesis.serializer("message/rfc822", "application/octet-stream", "application/pdf", "image/*")
def bytes_of(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
