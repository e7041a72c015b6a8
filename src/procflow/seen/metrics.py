"""Figures for Prometheus: what happened, counted from the events, and how things stand, looked at when somebody asks.

The only place that names prometheus-client. Labels come from the house's documents and from fixed lists, and of each
there are only so many; nobody is named. It must not know how the figures are fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from procflow.seen.events import LEFT_OUT, Told

#: How many values a label has at the most; what comes after them is counted as `other`.
MOST_VALUES = 200
#: The type of what `text` gives.
TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)


class Figure(Struct, frozen=True):
    """One figure as the reference page lists it. `kind`: counter, histogram or gauge."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str


#: Counted from the events of this process.
COUNTED = (
    Figure("procflow_steps_total", "counter", ("procedure", "command", "outcome"), "steps stored; `outcome`: that of the case the step closed, else `going_on`"),
    Figure("procflow_refusals_total", "counter", ("procedure", "code"), "commands refused, by the code of the refusal"),
    Figure("procflow_command_errors_total", "counter", ("error",), "commands that ended by an error: Conflict, Busy, StorageError, …"),
    Figure("procflow_step_seconds", "histogram", ("command",), "how long a step took, from the command to its commit"),
    Figure("procflow_commit_seconds", "histogram", (), "how long storing a step took"),
    Figure("procflow_gate_wait_seconds", "histogram", (), "how long steps waited for other writers of the store; only those that waited"),
    Figure("procflow_deadline_lag_seconds", "histogram", (), "how long after its instant a step by time was taken"),
    Figure("procflow_deliveries_total", "counter", ("channel", "outcome"), "tries to deliver: done, duplicate, retry, failed, manual, dropped"),
    Figure("procflow_delivery_seconds", "histogram", ("channel",), "how long a try took"),
    Figure("procflow_messages_total", "counter", ("channel", "outcome"), "messages routed: taken, unmatched, ignored"),
    Figure("procflow_fetch_failures_total", "counter", ("channel",), "tries to fetch messages from a channel that have failed"),
    Figure("procflow_http_requests_total", "counter", ("method", "route", "status"), "requests answered, by the template of the route"),
    Figure("procflow_http_seconds", "histogram", ("route",), "how long an answer took"),
    Figure("procflow_faults_total", "counter", ("event",), "events of the level error: a fault of the program, a case that cannot be stepped, …"),
)  # fmt: skip
#: Looked at in the store when somebody asks.
LOOKED_AT = (
    Figure("procflow_build_info", "gauge", ("version", "python", "sqlite", "store"), "1, with what runs here"),
    Figure("procflow_cases", "gauge", ("state",), "cases: open, closed, late (a deadline missed and still open)"),
    Figure("procflow_due_lag_seconds", "gauge", (), "how long the earliest thing due is overdue; 0 where nothing is"),
    Figure("procflow_outbox_waiting", "gauge", ("channel",), "effects that wait, by channel"),
    Figure("procflow_outbox_tried", "gauge", ("channel",), "of those, how many were tried and have failed so far"),
    Figure("procflow_outbox_oldest_seconds", "gauge", ("channel",), "how long the oldest of them has waited"),
    Figure("procflow_inbox_tasks", "gauge", ("role",), "open work by role; work of a person in particular is `person`"),
    Figure("procflow_inbox_late", "gauge", ("role",), "of that, what is late"),
    Figure("procflow_messages_waiting", "gauge", ("state",), "messages that are new, or unmatched and wait for a person"),
    Figure("procflow_fetch_failing_seconds", "gauge", ("channel",), "for how long a host has been able to fetch nothing from a channel; 0 where all can"),
    Figure("procflow_store_bytes", "gauge", (), "the size of the store's file"),
    Figure("procflow_wal_bytes", "gauge", (), "the size of its write-ahead log"),
    Figure("procflow_disk_free_bytes", "gauge", (), "free space where the store is"),
    Figure("procflow_hosts", "gauge", (), "hosts that gave a sign of life in the last two minutes"),
    Figure("procflow_host_heartbeat_seconds", "gauge", (), "how long ago the last host gave one; -1 where none is known"),
    Figure("procflow_round_seconds", "gauge", (), "how long ago the host in this process last went round; -1 where none runs"),
)  # fmt: skip

#: A sample of what is looked at: the figure's name, the values of its labels, the value.
Sample = tuple[str, tuple[str, ...], float]


class Metrics:
    """A listener that counts. `text` is what Prometheus reads; `look` gives the figures that are looked at."""

    def __init__(self, look: Callable[[], Iterator[Sample]] | None = None) -> None:
        self._registry = CollectorRegistry()
        self._made: dict[str, Any] = {figure.name: self._make(figure) for figure in COUNTED}
        self._values: dict[str, set[str]] = {}
        self._turn = Lock()
        if look is not None:
            self._registry.register(_Looking(look))

    def _make(self, figure: Figure) -> Any:
        if figure.kind == "counter":
            return Counter(
                figure.name.removesuffix("_total"), figure.about, figure.labels, registry=self._registry
            )
        slow = figure.name in ("procflow_deadline_lag_seconds", "procflow_delivery_seconds")
        buckets = _SLOW if slow else _FAST
        return Histogram(figure.name, figure.about, figure.labels, registry=self._registry, buckets=buckets)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def __call__(self, told: Told) -> None:
        fields = told.fields
        counts = _COUNTS.get(told.event.name)
        if counts is not None:
            counts(self, fields)
        if told.event.level == "error":
            self._count("procflow_faults_total", told.event.name)

    def _count(self, name: str, *labels: Any) -> None:
        self._labelled(name, labels).inc()

    def _observe(self, name: str, seconds: Any, *labels: Any) -> None:
        if isinstance(seconds, float):
            self._labelled(name, labels).observe(seconds)

    def _labelled(self, name: str, labels: tuple[Any, ...]) -> Any:
        made = self._made[name]
        return (
            made.labels(*[self._bounded(name, n, str(value)) for n, value in enumerate(labels)])
            if labels
            else made
        )

    def _bounded(self, name: str, place: int, value: str) -> str:
        if value == LEFT_OUT:
            return "other"
        with self._turn:
            known = self._values.setdefault(f"{name} {place}", set())
            if value not in known:
                if len(known) >= MOST_VALUES:
                    return "other"
                known.add(value)
        return value

    # what each event counts for

    def _step(self, fields: Mapping[str, Any]) -> None:
        command = fields.get("command", "")
        outcome = fields.get("outcome", "closed") if fields.get("closed") else "going_on"
        self._count("procflow_steps_total", fields.get("procedure", ""), command, outcome)
        self._observe("procflow_step_seconds", fields.get("duration"), command)
        self._observe("procflow_commit_seconds", fields.get("commit"))
        self._observe("procflow_gate_wait_seconds", fields.get("gate"))
        self._observe("procflow_deadline_lag_seconds", fields.get("lag"))

    def _refused(self, fields: Mapping[str, Any]) -> None:
        self._count("procflow_refusals_total", fields.get("procedure", ""), fields.get("outcome", ""))

    def _failed(self, fields: Mapping[str, Any]) -> None:
        self._count("procflow_command_errors_total", fields.get("error", ""))

    def _delivery(self, fields: Mapping[str, Any]) -> None:
        channel = fields.get("channel", "")
        self._count("procflow_deliveries_total", channel, fields.get("outcome", ""))
        self._observe("procflow_delivery_seconds", fields.get("duration"), channel)

    def _message(self, fields: Mapping[str, Any]) -> None:
        self._count("procflow_messages_total", fields.get("channel", ""), fields.get("outcome", ""))

    def _fetch(self, fields: Mapping[str, Any]) -> None:
        if "channel" in fields:
            self._count("procflow_fetch_failures_total", fields["channel"])

    def _http(self, fields: Mapping[str, Any]) -> None:
        route = fields.get("route", "")
        self._count("procflow_http_requests_total", fields.get("method", ""), route, fields.get("status", 0))
        self._observe("procflow_http_seconds", fields.get("duration"), route)


_COUNTS: Mapping[str, Callable[[Metrics, Mapping[str, Any]], None]] = {
    "step": Metrics._step,
    "refused": Metrics._refused,
    "stuck": Metrics._refused,
    "command_lost": Metrics._failed,
    "command_failed": Metrics._failed,
    "delivery": Metrics._delivery,
    "message_routed": Metrics._message,
    "fetch_failed": Metrics._fetch,
    "http": Metrics._http,
}


class _Looking(Collector):
    def __init__(self, look: Callable[[], Iterator[Sample]]) -> None:
        self._look = look

    def describe(self) -> list[Any]:
        return []  # not looked at while it is registered

    def collect(self) -> Iterator[Any]:
        families = {
            figure.name: GaugeMetricFamily(figure.name, figure.about, labels=figure.labels)
            for figure in LOOKED_AT
        }
        for name, labels, value in self._look():
            families[name].add_metric(labels, value)
        yield from families.values()
