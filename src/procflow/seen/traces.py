"""Traces by OpenTelemetry: a span for each request, command, commit, delivery and message, sent to a collector by OTLP.

The only place that names OpenTelemetry. A span is made when its event is told, with the times that the event tells, under
ids that were given when the work began; so whoever works knows only which place of which trace it is at (`watching`).
Attributes are the fields of the event and nothing else: nobody is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from procflow.seen.events import Told
from procflow.seen.watching import HERE, Place

#: Seconds that a collector may take for one batch.
PATIENCE = 3.0
_GIVEN: ContextVar[Place | None] = ContextVar("procflow_given", default=None)
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
#: What stands for a field where OpenTelemetry has a name of its own for it.
_NAMES = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "error": "error.type",
}
_BAD = {"failed", "retry"}


class _Ids(IdGenerator):
    """The ids that were given beforehand."""

    def generate_trace_id(self) -> int:
        place = _GIVEN.get()
        assert place is not None
        return place.trace

    def generate_span_id(self) -> int:
        place = _GIVEN.get()
        assert place is not None
        return place.span


class Traces:
    """A listener that makes spans; `close` sends what is left."""

    def __init__(self, endpoint: str, sample: float, version: str, what: str) -> None:
        """`endpoint` is the collector's address; `sample` the part of all traces that is kept, 0 to 1."""
        self._below = int(sample * (1 << 64))  # the ids of traces that are kept end below this
        self._new = RandomIdGenerator()
        resource = Resource(
            {"service.name": "procflow", "service.version": version, "procflow.process": what}
        )
        self._provider = TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=PATIENCE)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
        self._tracer = self._provider.get_tracer("procflow", version)

    def begin(self, parent: Place | None = None, said: str = "") -> Place:
        """A place of its own: inside `parent`, else in the trace that a `traceparent` header says, else in a new one."""
        if parent is None and said:
            parent = _read(said)
        if parent is not None:
            return Place(parent.trace, self._new.generate_span_id(), parent.span, parent.sampled)
        trace_id = self._new.generate_trace_id()
        return Place(trace_id, self._new.generate_span_id(), 0, trace_id & ((1 << 64) - 1) < self._below)

    def close(self) -> None:
        self._provider.force_flush(int(PATIENCE * 1000))
        self._provider.shutdown()

    def __call__(self, told: Told) -> None:
        place = HERE.get()
        span_of = _SPANS.get(told.event.name)
        if place is None or span_of is None or not place.sampled:
            return
        name, kind = span_of(told.fields)
        duration = told.fields.get("commit" if told.event.name == "step" else "duration", 0.0)
        self._span(place, name, kind, told, duration if isinstance(duration, float) else 0.0)

    def _span(self, place: Place, name: str, kind: SpanKind, told: Told, duration: float) -> None:
        end = int(told.at.timestamp() * 1_000_000) * 1000
        parent = None
        if place.parent:
            context = SpanContext(place.trace, place.parent, is_remote=True, trace_flags=_SAMPLED)
            parent = trace.set_span_in_context(NonRecordingSpan(context))
        given = _GIVEN.set(place)
        try:
            span = self._tracer.start_span(
                name, context=parent, kind=kind, attributes=_attributes(told.fields),
                start_time=end - int(duration * 1e9), record_exception=False,
            )  # fmt: skip
            if (
                told.fields.get("error")
                or told.fields.get("outcome") in _BAD
                or told.fields.get("status", 0) >= 500
            ):
                span.set_status(Status(StatusCode.ERROR))
            span.end(end)
        finally:
            _GIVEN.reset(given)


def _attributes(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {_NAMES.get(name, f"procflow.{name}"): value for name, value in fields.items() if name not in ("trace", "duration", "commit")}  # fmt: skip


def _read(said: str) -> Place | None:
    """A W3C `traceparent`; None where it is none."""
    parts = said.strip().split("-")
    try:
        version, trace_id, span_id, flags = parts[0], int(parts[1], 16), int(parts[2], 16), int(parts[3], 16)
    except (IndexError, ValueError):
        return None
    right = [len(part) for part in parts[:4]] == [2, 32, 16, 2] and version != "ff" and trace_id and span_id
    return Place(trace_id, span_id, 0, bool(flags & 1)) if right else None


def _words(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part)


_SPANS: Mapping[str, Any] = {
    "http": lambda f: (_words(f.get("method"), f.get("route")), SpanKind.SERVER),
    "command": lambda f: (_words("command", f.get("command")), SpanKind.INTERNAL),
    "step": lambda f: (_words("commit", f.get("procedure")), SpanKind.INTERNAL),
    "delivery": lambda f: (_words("deliver", f"{f.get('channel')}.{f.get('operation')}"), SpanKind.PRODUCER),
    "message_routed": lambda f: (_words("message", f.get("channel")), SpanKind.CONSUMER),
}
