"""Forms on the website for procflow: a page without scripts under `/in/webform/<form>`, and what is sent by it.

The channel knows its own table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound, WebReply, WebRequest


class WebformChannel:
    """See `ports.Channel`. Nothing goes out by it."""

    name = "webform"
    operations: Mapping[str, Mapping[str, Any]] = {}
    settings = ("secret", "forms", "language")
    verified = "live"  # the other side is any browser
    fetches = False
    modes = ("real", "off")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        raise UsageError("nothing is sent by a form")

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        return Delivery("failed", {}, "nothing is sent by a form")

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor  # what comes is pushed: see `web`

    def web(self, request: WebRequest) -> WebReply:
        from .serving import answer

        return answer(self._settings, request, self.now or datetime.now(UTC))  # noqa: TID251

    def health(self) -> str:
        from .forms import forms_of
        from .serving import secret_problem

        problem, _ = forms_of(self._settings)
        return problem or secret_problem(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [WebformChannel(settings.get("webform", {}))]
