"""What Prometheus asks, for somebody with a token: on this machine itself `/metrics` answers the same without one."""

from __future__ import annotations

from procflow.api.declared import Answered, Asked, resource
from procflow.errors import NotFound


@resource(
    "GET", "/api/metrics", may="metrics.read", tag="about", gives=bytes, media=("text/plain",), refuses=(404,)
)
def metrics(asked: Asked) -> Answered:
    """The figures of this house in Prometheus's text format; docs/reference/events.md lists them. Nobody is named."""
    seen = asked.app.seen
    if seen is None or seen.figures is None:
        raise NotFound("nobody counts here", "`procflow serve` does where prometheus-client is installed")
    return Answered(seen.figures(), type="text/plain; version=0.0.4; charset=utf-8")
