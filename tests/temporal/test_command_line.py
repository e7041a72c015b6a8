"""`procflow run --host temporal` and `procflow doctor` say what is wrong with the server, its address and its names."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner
from living import made_workspace, running, until

from procflow.app import App
from procflow.builtin.world import RealWorld
from procflow.cli.doctor_look import look_at_host
from procflow.cli.run_command import command
from procflow.definitions.settings_host import HostSettings
from procflow.errors import NotFound, StorageError, UsageError
from procflow.hosts.temporal.connection import Reach
from procflow.hosts.temporal.looking import workers_of
from procflow.seen.watching import Watching
from procflow.testing.line import Line
from procflow.testing.own_temporal import OwnTemporal

WITHOUT = """
import sys
sys.modules["temporalio"] = None
from procflow.cli import main
main(["run", "--host", "temporal", "--temporal", "127.0.0.1:9"])
"""


def test_what_is_wrong_with_the_server_is_said_and_what_to_do(
    tmp_path: Path, temporal_server: OwnTemporal
) -> None:
    folder, address = made_workspace(tmp_path / "work"), temporal_server.address

    def run(folder: Path, **said: object) -> None:
        with App(str(folder)) as app:
            app.host(HostSettings("temporal", **said)).run(Event().is_set)  # type: ignore[arg-type]

    with pytest.raises(StorageError, match=r"no Temporal server answers at 127\.0\.0\.1:9"):
        run(folder, address="127.0.0.1:9")
    told: list[str] = []
    with App(str(folder)) as app:  # the desk beside it is served meanwhile
        patient = app.host(HostSettings("temporal", address="127.0.0.1:9"), patient=True)
        patient.run(lambda: bool(told), lambda done: told.extend(done.problems))
    assert told == ["no Temporal server answers at 127.0.0.1:9"]
    with pytest.raises(StorageError, match="with TLS or without"):
        run(folder, address=address, tls=True)
    with pytest.raises(NotFound, match=r"has no namespace nowhere(.|\n)*namespace create"):
        run(folder, address=address, namespace="nowhere")
    with pytest.raises(UsageError, match=r"none\.pem"):
        run(folder, address=address, server_ca="none.pem")
    with running(folder, address, "ours"), pytest.raises(UsageError, match="serves another workspace"):
        run(made_workspace(tmp_path / "other"), address=address, task_queue="ours")


def test_a_server_that_goes_away_is_told_once_and_once_when_it_is_back_and_nothing_else_is_said(
    tmp_path: Path,
    temporal_server: OwnTemporal,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("procflow.hosts.temporal.host._LOOK_EVERY", 0.1)
    told: list[str] = []
    line, watching = Line(temporal_server.port, lambda: 0), Watching(RealWorld())
    watching.listeners.append(lambda heard: told.append(heard.event.name))
    with running(made_workspace(tmp_path / "work"), f"127.0.0.1:{line.port}", "leaves", watching):
        line.set("gone")
        until(lambda: "temporal_away" in told, "it is told that the server is away")
        Event().wait(0.3)  # some more looks
        line.set("well")
        until(lambda: "temporal_well" in told, "it is told that it is back")
    line.close()
    assert [event for event in told if event.startswith("temporal")] == ["temporal_away", "temporal_well"]
    assert capfd.readouterr().err == ""


def test_the_options_that_do_not_fit_are_told(
    tmp_path: Path, temporal_server: OwnTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made_workspace(tmp_path / "work")
    monkeypatch.chdir(folder)
    for options, words in (
        (["--once", "--temporal", "127.0.0.1:9"], "add --host temporal"),
        (["--host", "temporal", "--temporal", "nowhere"], "no HOST:PORT"),
        (["--host", "temporal", "--tls-certificate", "inner.pem"], "belong together"),
    ):
        problem = CliRunner().invoke(command, options).exception
        assert isinstance(problem, UsageError) and words in str(problem)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and "pip install 'procflow[temporal]'" in done.stderr

    settings = (folder / "procflow.toml").read_text()
    host = f'[host]\nkind = "temporal"\naddress = "{temporal_server.address}"\ntask_queue = "seen"\n'
    (folder / "procflow.toml").write_text(settings + host)

    def doctor() -> tuple[str, str]:
        with App(str(folder)) as app:
            (found,) = look_at_host(app)
        return found.level, found.message[0]

    level, message = doctor()
    assert level == "wrong" and "no worker" in message
    with running(folder, temporal_server.address, "seen"):
        reach = Reach(temporal_server.address, task_queue="seen")
        until(lambda: workers_of(reach, "", RealWorld().now()), "the worker asks for work")
        level, message = doctor()
    assert level == "good" and message.endswith("1 worker")
    assert workers_of(reach, "", RealWorld().now() + timedelta(seconds=95)) == 0, (
        "it was counted for five minutes"
    )
