"""SIGTERM and Ctrl-C to real processes under load: what was acknowledged is there, what was begun is finished, nothing new
is begun; a second signal ends it at once."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
from pathlib import Path
from threading import Event, Thread

import pytest
from canaries import until
from logging_in import procflow
from serving import Served, a_host
from slow_house import slow, slow_house

from procflow.app import App


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return slow_house(tmp_path)


def test_whatever_was_acknowledged_under_load_is_there_after_a_stop(house: Path) -> None:
    slow(house, 0)
    procflow(house, "check")
    served = Served(house, person="anna")
    acknowledged: list[int] = []
    refused, enough = Event(), Event()

    def open_cases() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        while not refused.is_set():
            try:
                connection.request("POST", "/api/cases", json.dumps({"procedure": "going"}), {"content-type": "application/json"})  # fmt: skip
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                refused.set()  # nothing new is taken any more
                return
            if answer.status == 201:
                acknowledged.append(int(json.loads(body)["number"]))
                if len(acknowledged) >= 30:
                    enough.set()

    stream = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    stream.request("GET", "/api/events")  # an answer that would last for ever
    assert stream.getresponse().status == 200
    callers = [Thread(target=open_cases) for _ in range(4)]
    for caller in callers:
        caller.start()
    assert enough.wait(60)
    assert served.stop() == "", "no traceback, no complaint, and ended by 0"
    for caller in callers:
        caller.join(30)
    (stopped,) = [one for one in served.log() if one["event"] == "stopped"]
    assert stopped["clean"] and stopped["duration"] < 30
    log = {one["case"] for one in served.log() if one["event"] == "step" and one["command"] == "open"}
    assert set(acknowledged) <= log and len(set(acknowledged)) == len(acknowledged) >= 30
    with App(str(house)) as app:
        assert all(app.engine.load(number).row.sequence >= 1 for number in acknowledged)
    # no lease is left behind: another host delivers the rest at once
    procflow(house, "run", "--once")
    begun = (house / "delivered.txt").read_text().split()
    assert begun.count("begun") == begun.count("ended") == len(log)
    procflow(house, "audit")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_host_ends_the_delivery_that_it_has_begun_and_begins_no_other(
    house: Path, by: signal.Signals
) -> None:
    slow(house, 0.7)
    for _ in range(2):
        procflow(house, "open", "going", by="anna")
    with (house / "err").open("w") as err:
        host = a_host(house, "--log-level", "warning", stderr=err)
    delivered = house / "delivered.txt"
    until(lambda: delivered.exists() and delivered.read_text(), "a delivery was begun")
    host.send_signal(by)
    assert host.wait(60) == 0
    assert (house / "err").read_text() == ""
    assert delivered.read_text().split() == ["begun", "ended"]
    procflow(house, "run", "--once")
    assert delivered.read_text().split() == ["begun", "ended"] * 2, "nobody had to wait for a lease"


def test_a_second_signal_ends_it_at_once(house: Path) -> None:
    slow(house, 600)
    procflow(house, "open", "going", by="anna")
    host = a_host(house, stderr=subprocess.PIPE)
    assert host.stderr is not None
    until((house / "delivered.txt").exists, "a delivery was begun")
    host.send_signal(signal.SIGTERM)
    for line in host.stderr:
        if '"stopping"' in line:
            break
    assert host.poll() is None, "it waits for what it has begun"
    host.send_signal(signal.SIGTERM)
    assert host.wait(60) == 128 + signal.SIGTERM
    assert "Traceback" not in host.stderr.read()
    host.stderr.close()
    assert json.loads(procflow(house, "case", "1", "--json", by="anna"))["result"]["sequence"] == 1


def test_a_terminal_that_is_closed_stops_it_as_a_signal_does_and_nohup_keeps_it() -> None:
    from procflow.cli.stopping import Stopping

    wanted = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(each) for each in wanted]
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may be kept by nohup
        stopping = Stopping()
        os.kill(os.getpid(), signal.SIGHUP)
        assert stopping.wait(5)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        Stopping()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        for each, handler in zip(wanted, before, strict=True):
            signal.signal(each, handler)
