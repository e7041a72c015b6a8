"""What stands in `--request-id`, so that asking twice is asking once and asking for something else is told."""

from __future__ import annotations

import click
from msgspec.json import encode

from procflow.cli.session import session
from procflow.core.decide import Request
from procflow.core.request_ids import must_be_id


def request_of(id: str) -> Request | str:
    """The id, with a fingerprint of what was typed beside it and by whom: `2 hours` typed again is the same, though it is
    another instant. "" where none was given. Raises UsageError for letters that may make an id of the engine's own."""
    if not id:
        return ""
    must_be_id(id, "--request-id")
    context, s = click.get_current_context(), session()
    typed = {name: value for name, value in context.params.items() if name != "request_id"}
    asked = encode([context.command_path, typed, s.anybody], enc_hook=str, order="deterministic")
    return Request(id, s.app.keys.fingerprint(asked.decode()).hex())
