"""What comes with a request, read with limits of size and time."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from procflow.errors import ProcflowError, words_in_both
from procflow.web.routes import READING

#: Seconds in which a whole request has to come.
PATIENCE = 30.0


async def read_body(
    request: Request, largest: int, forms: bool = True
) -> tuple[dict[str, Any] | None, dict[str, list[UploadFile]], bytes]:
    """(fields, files, raw body) of a request; fields None where it is too large or too slow.

    Without `forms` what is sent comes as it is, whatever it says to be."""
    if request.method in READING:
        return {}, {}, b""
    size = 0
    inner = request._receive

    async def counted() -> Any:
        nonlocal size
        message = await inner()
        size += len(message.get("body", b""))
        if size > largest:
            raise _TooLarge
        return message

    request._receive = counted
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        async with asyncio.timeout(PATIENCE):
            if not forms or kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
                return {}, {}, await request.body()
            form = await request.form(max_files=50, max_fields=500, max_part_size=1 << 20)
    except (_TooLarge, TimeoutError):
        return None, {}, b""
    fields: dict[str, Any] = {}
    files: dict[str, list[UploadFile]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files.setdefault(name, []).append(value)
        elif name in fields:
            old = fields[name]
            fields[name] = [*old, value] if isinstance(old, list) else [old, value]
        else:
            fields[name] = value
    return fields, files, b""


class _TooLarge(Exception):
    """More bytes than are taken."""


def too_large(largest: int) -> ProcflowError:
    size = f"{largest >> 20} MB" if largest >= 1 << 20 else f"{largest >> 10} KB"
    return ProcflowError(
        *words_in_both(
            f"At most {size} are taken, and all of it within {PATIENCE:.0f} seconds.",
            f"Der tages højst {size} imod, og det hele inden for {PATIENCE:.0f} sekunder.",
            "send less at a time", "send mindre ad gangen",
        )
    )  # fmt: skip
