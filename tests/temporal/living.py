"""A workspace whose host is Temporal, run as `procflow run` runs it, with the real clock and short times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from procflow.app import App
from procflow.definitions.settings_host import HostSettings
from procflow.hosts.contract import ORGANISATION
from procflow.seen.watching import Watching

CANARY = "mette.kanariefugl@customer.example"
PING = """procedure: ping
title: Ping
owner: lead
starts: [{by: agent, ask: [email]}]
data: {email: {type: email, pii: true}, rounds: {type: integer, default: 0}}
initial: idle
states:
  idle:
    task: {role: agent}
    choices: {mail: {to: waiting}, stop: {to: over}}
  waiting:
    entry: [{mail.send: {to: "${email}", subject: "Hello", text: "Hello, ${email}"}}]
    task: {role: agent}
    after: {1 second: {set: {rounds: "${rounds + 1}"}, to: idle}}
    choices: {stop: {to: over}}
  over: {final: true}
"""


def made_workspace(folder: Path) -> Path:
    (folder / "procedures" / "ping").mkdir(parents=True)
    (folder / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.mail]\nmode = "file"\n')
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "ping" / "procedure.yaml").write_text(PING)
    with App(str(folder)) as app:
        assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
    return folder


@contextmanager
def running(folder: Path, address: str, queue: str, watching: Watching | None = None) -> Iterator[None]:
    """A host in a thread of its own, once it is at work; what ends it before its time is raised here."""
    begun, ended, problems = Event(), Event(), list[BaseException]()
    said = HostSettings("temporal", address=address, task_queue=queue)

    def over() -> bool:
        begun.set()  # it asks as soon as it works for the workflows
        return ended.is_set()

    def work() -> None:
        try:
            with App(str(folder)) as app:
                app.seen = watching
                app.host(said).run(over)
        except BaseException as problem:
            problems.append(problem)

    thread = Thread(target=work)
    thread.start()
    while not begun.wait(0.05) and thread.is_alive():
        pass
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if problems:
        raise problems[0]


def until(holds: Callable[[], object], what: str) -> None:
    """Waits until it holds; a test that waits for a minute has failed."""
    pause = Event()
    for _ in range(1200):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError(f"never: {what}")
