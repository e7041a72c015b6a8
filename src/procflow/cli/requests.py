"""What stands in `--request-id`, so that asking twice is asking once and asking for something else is told."""

from __future__ import annotations

import click
from msgspec.json import encode

from procflow.cli.session import session
from procflow.core.decide import Request
from procflow.core.regex import regex
from procflow.errors import UsageError

#: The letters of an `Idempotency-Key`: no id of the engine's own is made of these alone.
_ID = regex(r"[A-Za-z0-9][A-Za-z0-9._~+=-]{0,99}")


def request_of(id: str) -> Request | str:
    """The id, with a fingerprint of what was typed beside it and by whom: `2 hours` typed again is the same, though it is
    another instant. "" where none was given. Raises UsageError for letters that may make an id of the engine's own."""
    if not id:
        return ""
    if not _ID.fullmatch(id):
        raise UsageError(
            "--request-id is 1 to 100 letters, digits and . _ ~ + = - and begins with a letter or digit",
            "a UUID does well",
        )
    context, s = click.get_current_context(), session()
    typed = {name: value for name, value in context.params.items() if name != "request_id"}
    asked = encode([context.command_path, typed, s.anybody], enc_hook=str, order="deterministic")
    return Request(id, s.app.keys.fingerprint(asked.decode()).hex())
