"""Traces at a receiver that speaks OTLP: one trace from the request to the delivery, and nobody is named in it."""

from __future__ import annotations

from typing import Any

from canaries import OPENED, PEOPLE, SECRETS, WRITTEN, CanaryHouse, found_in, until

from procflow.seen.events import FIELDS


def _value(any_value: Any) -> Any:
    return getattr(any_value, any_value.WhichOneof("value"))


def test_one_trace_goes_from_the_request_to_the_command_its_commit_and_its_deliveries(
    canary_house: CanaryHouse, collector: Any
) -> None:
    asked = "POST /api/cases/{case}/choices/{choice}"
    wanted = {
        asked,
        "command choice",
        "commit letter",
        "deliver mail.send",
        "deliver sms.send",
        "deliver loud.shout",
    }

    def of_the_trace() -> dict[str, Any]:
        return {span.name: span for span in collector.spans if span.trace_id.hex() == WRITTEN}

    until(lambda: wanted <= of_the_trace().keys(), "the whole trace at the collector")
    spans = of_the_trace()
    request, command = spans[asked], spans["command choice"]
    (commit,) = [one for one in collector.spans if one.parent_span_id == command.span_id]
    assert request.parent_span_id.hex() == "00f067aa0ba902b7", "a part of the caller's trace"
    assert command.parent_span_id == request.span_id
    assert commit.name == "commit letter" and commit.trace_id == command.trace_id
    for name in ("mail.send", "sms.send", "loud.shout"):
        assert spans[f"deliver {name}"].parent_span_id == commit.span_id
    for span in spans.values():
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    said = {one.key: _value(one.value) for one in commit.attributes}
    assert (said["procflow.case"], said["procflow.choice"]) == (canary_house.number, "write")
    assert canary_house.events("step", trace=WRITTEN), "the log says which trace it was"


def test_messages_and_what_opens_cases_are_traced_too(canary_house: CanaryHouse, collector: Any) -> None:
    names = {span.name for span in collector.spans if span.trace_id.hex() == OPENED}
    assert names >= {"POST /api/cases", "command open", "commit letter"}
    message = until(
        lambda: next((span for span in collector.spans if span.name == "message mail"), None), "a message"
    )
    inside = [span for span in collector.spans if span.parent_span_id == message.span_id]
    assert {span.name for span in inside} & {"command message", "command open"}


def test_nobody_is_named_in_a_trace(collector: Any) -> None:
    assert collector.spans
    for body in collector.sent:
        assert list(found_in(body, (*PEOPLE, *SECRETS, "anna"))) == []
    ours = {f"procflow.{name}" for name in FIELDS}
    theirs = {"http.request.method", "http.route", "http.response.status_code", "error.type"}
    assert {one.key for span in collector.spans for one in span.attributes} <= ours | theirs
    assert not any(span.events for span in collector.spans), "no exception with its words"
