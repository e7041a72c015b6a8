"""A mailbox that cannot be read, again and again: every try stands in the log, the figures and `doctor` say since when, and
nobody is named. It was told once, when it began, and in no figure."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from canaries import until
from logging_in import procflow
from serving import PROCFLOW, a_host
from small import small_workspace
from test_figures import figures, value

from procflow.testing.free_port import free_port


class Host:
    """`procflow run` over a workspace whose mailbox is not there yet."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder, self.err = folder, folder / "err"
        options = ("--log-format", "json", "--metrics", f"127.0.0.1:{self.port}")
        self.process = a_host(folder, *options, stderr=self.err.open("w"))

    def events(self, name: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.err.read_text().splitlines() if line.endswith("}")]
        return [each for each in found if each["event"] == name]

    def figure(self, name: str) -> float:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            return value(figures(answer.read()), name, channel="mail")

    def doctor(self) -> list[dict[str, str]]:
        done = subprocess.run(
            [PROCFLOW, "doctor", "--json", "--lang", "en"], cwd=self.folder, capture_output=True, text=True
        )
        return [each for each in json.loads(done.stdout)["result"]["findings"] if each["look"] == "host"]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    house = small_workspace(tmp_path)
    with (house / "procflow.toml").open("a") as file:
        file.write('[channels.mail]\nmode = "real"\nhost = "127.0.0.1"\nsender = "desk@example.com"\n')
        file.write(f'inbox = {{kind = "maildir", path = "{house / "mette@example.com"}"}}\n')
    procflow(house, "check")
    running = Host(house)
    yield running
    running.process.terminate()
    running.process.wait(60)


def test_every_try_that_fails_is_told_counted_and_looked_up_and_so_is_the_end_of_it(host: Host) -> None:
    until(lambda: len(host.events("fetch_failed")) >= 2, "it was tried twice")
    first, second = host.events("fetch_failed")[:2]
    assert (first["level"], first["channel"], first["attempt"], first["again_in"]) == (
        "warning",
        "mail",
        1,
        5.0,
    )
    assert (second["attempt"], second["again_in"]) == (2, 15.0) and 4 < second["waited"] < 60
    assert len(host.events("channel_trouble")) == 1
    assert host.figure("procflow_fetch_failures_total") >= 2
    assert host.figure("procflow_fetch_failing_seconds") > 4
    (told,) = host.doctor()
    assert told["level"] == "wrong" and "nothing from mail since" in told["message"]
    assert "tried" in told["message"] and "[channels.mail]" in told["advice"]
    assert "mette" not in host.err.read_text() and "mette" not in told["message"]
    for name in ("new", "cur", "tmp"):
        (host.folder / "mette@example.com" / name).mkdir(parents=True)
    until(lambda: host.events("channel_well"), "it was read")
    until(lambda: host.figure("procflow_fetch_failing_seconds") == 0.0, "the figure fell")
    (well,) = host.doctor()
    assert well["level"] == "good"
