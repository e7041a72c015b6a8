"""Figures for Prometheus and health for whoever keeps processes running, of a house in which much goes wrong."""

from __future__ import annotations

import json
import os
import re

import pytest
from canaries import PEOPLE, SECRETS, CanaryHouse, found_in
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from procflow.cli.group import cli
from procflow.seen.metrics import COUNTED, LOOKED_AT

Found = dict[str, dict[tuple[tuple[str, str], ...], float]]


def figures(text: bytes) -> Found:
    """Sample -> labels -> value, as a scraper reads them."""
    found: Found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def value(found: Found, name: str, **labels: str) -> float:
    """The sum of the samples with these labels."""
    return sum(number for have, number in found.get(name, {}).items() if labels.items() <= dict(have).items())


@pytest.fixture(scope="module")
def scraped(canary_house: CanaryHouse) -> bytes:
    status, headers, body = canary_house.served.get("/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    return bytes(body)


def test_every_figure_of_the_list_is_there_and_no_other_and_none_names_anybody(scraped: bytes) -> None:
    there = {
        match for match in re.findall(rb"^# TYPE (\S+)", scraped, re.M) if not match.endswith(b"_created")
    }
    assert {name.decode() for name in there} == {figure.name for figure in (*COUNTED, *LOOKED_AT)}
    assert list(found_in(scraped, (*PEOPLE, *SECRETS, "anna"))) == []
    allowed = {figure.name: set(figure.labels) for figure in (*COUNTED, *LOOKED_AT)}
    for name, samples in figures(scraped).items():
        base = re.sub(r"_(bucket|count|sum|created)$", "", name)
        labels = allowed.get(name, allowed.get(base, allowed.get(f"{base}_total")))
        assert labels is not None, name
        assert all({key for key, _ in have} - {"le"} == labels for have in samples), name


def test_what_happened_is_counted_and_what_stands_is_looked_at(
    canary_house: CanaryHouse, scraped: bytes
) -> None:
    found = figures(scraped)
    steps = canary_house.events("step")
    assert value(found, "procflow_steps_total", procedure="letter", command="choice", outcome="going_on") == 1
    assert 0 < value(found, "procflow_step_seconds_count") <= len(steps)
    assert value(found, "procflow_refusals_total", procedure="letter", code="input") >= 1
    for channel in ("mail", "sms", "loud"):
        assert value(found, "procflow_deliveries_total", channel=channel, outcome="retry") >= 1
    assert value(found, "procflow_deliveries_total", channel="mail") >= 1
    assert value(found, "procflow_messages_total", channel="mail") >= 1
    assert (
        value(found, "procflow_http_requests_total", route="/api/cases/{case}/choices/{choice}", status="422")
        >= 1
    )
    assert value(found, "procflow_http_requests_total", route="none", status="404") >= 1
    assert value(found, "procflow_faults_total", event="crashed") >= 1
    assert value(found, "procflow_build_info", store="sqlite") == 1
    assert value(found, "procflow_cases", state="open") >= 1
    assert value(found, "procflow_outbox_waiting", channel="loud") == 1
    assert value(found, "procflow_outbox_tried", channel="loud") == 1
    assert value(found, "procflow_outbox_oldest_seconds", channel="loud") > 0
    assert value(found, "procflow_inbox_tasks", role="agent") >= 1
    assert value(found, "procflow_messages_waiting", state="unmatched") >= 1
    assert value(found, "procflow_store_bytes") > 0 and value(found, "procflow_wal_bytes") > 0
    assert value(found, "procflow_hosts") == 1 and 0 <= value(found, "procflow_host_heartbeat_seconds") < 120
    assert 0 <= value(found, "procflow_round_seconds") < 120


def test_the_figures_are_for_this_machine_or_for_a_token_that_may(canary_house: CanaryHouse) -> None:
    served, bearer = canary_house.served, f"Bearer {canary_house.token}"
    assert served.get("/metrics", host="evil.example")[0] == 421, "a page of another name that points here"
    assert served.get("/api/metrics")[0] == 401
    assert served.get("/api/metrics", authorization=bearer)[0] == 403, "a scope that nobody was given"
    settings = canary_house.folder / "procflow.toml"
    settings.write_text(settings.read_text() + '"metrics.read" = ["lead"]\n')
    made = canary_house.call("token", "add", "anna", "--scope", "metrics.read", "--json", rc=0)
    only = json.loads(made.stdout)["result"]["token"]
    again = type(served)(canary_house.folder, "--no-host", "--behind-proxy", "--host-name", "localhost", "--metrics", "127.0.0.1:0", person="anna", env=canary_house.env)  # fmt: skip
    try:
        assert again.get("/metrics", authorization=f"Bearer {only}")[0] == 404, (
            "a proxy may stand for anybody"
        )
        status, _, body = again.get("/api/metrics", authorization=f"Bearer {only}")
        assert status == 200 and value(figures(body), "procflow_hosts") == 1, "the other process's host"
        assert value(figures(body), "procflow_round_seconds") == -1, "none runs in this one"
        assert again.get("/api/cases", authorization=f"Bearer {only}")[0] == 403
        assert list(found_in(body, (*PEOPLE, *SECRETS))) == []
        own = next(
            one["port"] for one in again.log() if one["event"] == "listening" and one["what"] == "operations"
        )
        again.port = own
        assert again.get("/metrics")[0] == 200 and again.get("/health/live")[0] == 200
        assert again.get("/api/cases")[0] == 404, "nothing else is answered there"
    finally:
        again.kill()


def test_health_says_which_check_fails_and_to_everybody(canary_house: CanaryHouse) -> None:
    served = canary_house.served
    for host in ("127.0.0.1", "10.1.2.3:8380"):
        status, _, body = served.get("/health/ready", host=host)
        said = json.loads(body)
        assert status == 200 and said["status"] == "ready"
        assert said["checks"] == dict.fromkeys(("store", "write", "keys", "clock", "disk", "host"), "ok")
    assert json.loads(served.get("/health/live")[2]) == {"status": "live", "checks": {"host": "ok"}}
    assert served.ask("POST", "/health/live", b"")[0] in (404, 405)

    def asked(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["health", "--at", f"127.0.0.1:{served.port}", "--lang", "en", *more])
        return done.exit_code, done.output

    assert asked() == (0, "Ready.\n") and asked("--live") == (0, "Ready.\n")
    keys = canary_house.folder / "cases.keys"
    os.rename(keys, f"{keys}.away")
    try:
        canary_house.until_ready(503)
        status, _, body = served.get("/health/ready")
        assert asked()[0] == 1 and "Not ready: keys." in asked()[1]
        assert json.loads(body)["status"] == "not ready" and json.loads(body)["checks"]["keys"] == "failing"
        assert (
            list(found_in(body, (*PEOPLE, *SECRETS))) == [] and str(canary_house.folder) not in body.decode()
        )
    finally:
        os.rename(f"{keys}.away", keys)
    canary_house.until_ready(200)
    assert canary_house.told("not_ready", check="keys") and canary_house.told("ready", check="keys")
