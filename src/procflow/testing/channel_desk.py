"""The desk at which a channel is tried: a real workspace in a folder, its host and the plugin's own process.

Nothing here is a stand-in but the clock: documents are checked, cases stored in SQLite, effects go by the outbox,
messages by the intake. `restart` opens the same folder as another process would. It must not know what is asserted.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from procflow.app import App
from procflow.builtin.world import FrozenWorld, RealWorld
from procflow.core import journal as j
from procflow.core.house import HOUSE_CHANNELS
from procflow.definitions.settings import read_settings
from procflow.errors import BrokenDocument, PluginError, ProcflowError
from procflow.hosts.recording import Killed
from procflow.ports import Delivery
from procflow.stored import EffectRow, InboundRow
from procflow.testing.heard import Heard, messages
from procflow.testing.in_time import InTime
from procflow.testing.line import FAULTS, Line
from procflow.testing.peer import Letter, Peer, Reached, reached_by

MORNING = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)  # a Monday, 10:05 in Copenhagen
#: Seconds after which the channel under the contract gives a silent other side up, and after which it is ended: such
#: as no busy machine exceeds, and short ones for while there is nothing to come that is waited for.
PATIENT, SHORT_DEADLINE = (30, 60), 10
_ORGANISATION = """organisation: contract
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
roles: {agent: {en: Agent, da: Medarbejder}, lead: {en: Lead, da: Leder}}
people: {ann: {name: Ann Test, roles: [agent]}, liz: {name: Liz Test, roles: [lead]}}
"""
_LETTER = """procedure: letter
title: {{en: A letter, da: Et brev}}
owner: lead
starts: [{{by: agent, ask: [words]}}]
data: {{words: {{type: string, pii: true}}}}
initial: sent
states:
  sent:
    entry: [{{{operation}: {parameters}}}]
    task: {{role: agent}}
    choices: {{enough: {{to: closed}}}}
  closed: {{final: true, outcome: closed}}
"""
_HEARD = """procedure: heard
title: {{en: Heard, da: Hørt}}
owner: lead
starts: [{{message: 'message.channel == "{channel}"'}}]
initial: heard
states:
  heard:
    task: {{role: agent}}
    choices: {{read_it: {{to: closed}}}}
  closed: {{final: true, outcome: closed}}
"""


def place() -> str | None:
    """Where a desk is made: in memory where the machine has such a folder, for no power is cut here."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a folder of its own is made in it # nosec B108


def folders_of(peer: Any) -> tuple[str, ...]:
    """Where the plugin of a peer or a pusher is loaded from, as `--plugins-dir`: the sources that the peer stands in, so that what
    is tried is what is written; none where it is installed or comes with procflow."""
    if peer.plugins_dir:
        return (peer.plugins_dir,)
    file = Path(inspect.getfile(type(peer))).resolve()
    if file.stem.endswith("_peer"):
        return (str(file.parent),)
    for folder in file.parents[1:4]:
        if (folder / "pyproject.toml").is_file():
            return (str(folder),)
    return ()


class _World(FrozenWorld):
    """Time stands until the contract moves it; files are real."""

    def read_file(self, path: str) -> bytes:
        return RealWorld().read_file(path)

    def random_bytes(self, size: int) -> bytes:
        return os.urandom(size)


class ChannelDesk:
    """One workspace, one channel, one other side. Close it at the end."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        """Start the other side and open the workspace. Raises PluginError for a channel that does not load."""
        self.peer = peer
        self.folder = folder / "desk"
        self.world = _World(MORNING)
        self._lines: list[Line] = []
        self.in_time = InTime()
        self._count = 0
        self._found = Heard()
        self._heard: list[str] = []  # every word that the channel or its plugin said here
        self._mode = "real"
        self._patience: tuple[float, int] = PATIENT
        self._environment = {name: os.environ.get(name) for name in peer.environment}
        os.environ.update(peer.environment)
        (folder / "peer").mkdir(parents=True)
        (self.folder / "procedures").mkdir(parents=True)
        try:
            peer.start(folder / "peer")
            self.settings = dict(peer.settings(self._through))
            self._write()
            self.app = self._open()
            self._publish()
        except BaseException:
            self.close()
            raise

    # making it

    def _through(self, port: int) -> int:
        line = Line(port, lambda: len(self.peer.reached()))
        self._lines.append(line)
        return line.port

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self._lines)

    def _write(self) -> None:
        """procflow.toml, as a person would write it: secrets by reference."""
        timeout, deadline = self._patience
        table = {"timeout": timeout, "deadline": deadline, **self.settings, "mode": self._mode}
        text = f'store = "sqlite:cases.db"\nlanguage = "en"\n[channels.{self.peer.channel}]\n'
        text += "".join(f"{name} = {toml_value(value)}\n" for name, value in table.items())
        (self.folder / "procflow.toml").write_text(text, encoding="utf-8")

    def _open(self) -> App:
        app = App(str(self.folder), plugins_dirs=folders_of(self.peer), world=self.world)
        if app.plugins.problems:
            raise app.plugins.problems[0]
        if self.peer.channel not in app.plugins.channels:
            raise PluginError(f"no plugin brings the channel {self.peer.channel!r}")
        return app

    def _publish(self) -> None:
        parameters = json.dumps(self.peer.parameters("${words}"), ensure_ascii=False)
        operation = f"{self.peer.channel}.{self.peer.operation}"
        documents = {
            "organisation": _ORGANISATION,
            "letter/procedure": _LETTER.format(operation=operation, parameters=parameters),
            "heard/procedure": _HEARD.format(channel=self.peer.channel),
        }
        for name, text in documents.items():
            path = self.folder / "procedures" / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        wrong = [problem for problem in self.app.check().problems if problem.is_error]
        if wrong:
            raise BrokenDocument("\n".join(each.as_text() for each in wrong))

    def restart(self, mode: str = "") -> None:
        """Another process opens the same folder, perhaps with another mode; what this one only knew is gone."""
        self._listen()
        self.app.close()
        if mode:
            self._mode = mode
            self._write()
        self.app = self._open()

    def close(self) -> None:
        if hasattr(self, "app"):
            self.app.close()
        for line in self._lines:
            line.close()
        self.peer.stop()
        for name, before in self._environment.items():
            if before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = before

    # faults

    def can(self, how: str) -> bool:
        return how not in self.peer.cannot

    @contextmanager
    def while_(self, how: str, words: str = "") -> Iterator[None]:
        """The other side does that meanwhile: `busy`, `refuses`, or a fault of the lines."""
        self.be(how, words)
        try:
            yield
        finally:
            self.be("well")

    def be(self, how: str, words: str = "") -> None:
        # a file that somebody else holds, say
        waited_for = how == "silent" or (how == "busy" and not self._lines)
        self._be_patient((self.peer.short, SHORT_DEADLINE) if waited_for else PATIENT)
        on_the_line = how in FAULTS and bool(self._lines)
        self.peer.behave("well" if on_the_line else how, words)
        for line in self._lines:
            line.set(how if on_the_line else "well")
        self.in_time.well = how == "well"

    def _be_patient(self, patience: tuple[float, int]) -> None:
        """The plugin's process is started anew with other settings; the host stays as it is."""
        if patience == self._patience:
            return
        self._listen()
        self._patience = patience
        self._write()
        before = self.app.__dict__.pop("channels", None)
        self.app.settings = read_settings(str(self.folder), self.world.read_file)
        if before is not None:
            before.close()
            self.app.channels.hidden = before.hidden

    @property
    def operations(self) -> Mapping[str, Mapping[str, Any]]:
        """The channel's operations, each with the JSON Schema of its parameters."""
        return self.app.plugins.channels[self.peer.channel].channel.operations

    # out

    def text(self, words: str = "Blåbærgrød på Ærø") -> str:
        """A text that no other test sends: its number stands at both ends, so that a cut shows."""
        self.in_time.go_on()
        self._count += 1
        return f"nr {self._count:03}: {words} .{self._count:03}"

    def reached(self, text: str) -> list[Reached]:
        """What the outside has of this text, whole or not: known by its number."""
        return [each for each in reached_by(self.peer) if text[:6] in each.text]

    def send(self, text: str) -> str:
        """A case that asks for the effect with this text -> the effect's key. Nothing is delivered yet."""
        answer = self.app.open("letter", "ann", {"words": text})
        assert answer.refusal is None, answer.refusal.words("en")
        (row,) = [
            each
            for each in self.app.store.effects(answer.case_id)
            if each.channel == self.peer.channel and each.channel not in HOUSE_CHANNELS
        ]
        return row.key

    def look_around(self) -> None:
        """One round of the host: messages in, effects out."""
        done = self.app.local_host().look_around()
        self._heard += done.problems
        self.in_time.hear(*done.problems)

    def later(self, seconds: float) -> None:
        self.world.advance(timedelta(seconds=seconds))
        self.look_around()

    def until_answered(self, key: str, tries: int = 40) -> None:
        """The host goes on until the effect is answered or was tried so often more."""
        for _ in range(tries):
            before = self.effect(key).attempts
            self.look_around()
            row = self.effect(key)
            if row.state != "waiting":
                return
            self.in_time.hear(row.error if row.attempts > before else "")
            at = max(filter(None, (row.next_try, row.lease_until, self.world.now())))
            self.world.advance_to(at + timedelta(seconds=1))

    def effect(self, key: str) -> EffectRow:
        row = self.app.store.effect(key)
        assert row is not None, f"the effect {key} is gone"
        return replace(row, error=self.app.engine.words_of(row))

    def answer(self, key: str) -> j.EffectAnswered | None:
        """How the case was answered; None while it waits."""
        case = key.split("/")[0]
        for _, entries in self.app.engine.journal(case):
            for entry in entries:
                if isinstance(entry, j.EffectAnswered) and entry.key == key:
                    return entry
        return None

    def prepare(self, key: str, text: str) -> bytes:
        """Straight to the channel, without a case. Raises what the house of the channels raises."""
        parameters = self.peer.parameters(text)
        return self.app.channels.prepare(self.peer.channel, self.peer.operation, key, parameters)

    def ask(self, operation: str, parameters: Mapping[str, Any], key: str = "") -> Delivery:
        """One call of an operation, from its parameters to the answer."""
        key = key or self.key()
        wire = self.app.channels.prepare(self.peer.channel, operation, key, parameters)
        return self.deliver(key, wire, operation)

    def deliver(self, key: str, wire: bytes, operation: str = "") -> Delivery:
        """Straight to the channel's process."""
        operation = operation or self.peer.operation
        done = self.app.channels.deliver(self.peer.channel, operation, key, wire)
        self._heard.append(f"{done.error} {json.dumps(done.result, ensure_ascii=False, default=str)}")
        self.in_time.hear(done.error)
        return done

    def key(self) -> str:
        """The key of an effect of no case."""
        return f"{os.urandom(16).hex()}/1/1"

    # in

    def killed(self) -> None:
        """The host dies in this round, at the instant between the channel's answer and its being stored."""
        outbox = self.app.outbox
        died: list[str] = []

        def die(row: EffectRow, *_: Any, **__: Any) -> Any:
            died.append(row.key)
            raise Killed

        outbox.answer = die  # type: ignore[method-assign]
        try:
            with suppress(Killed):
                self.app.local_host().look_around()
        finally:
            self.restart()
        assert died, "the channel was not asked, so that nothing could die after its answer"

    def letter(self, words: str = "Ja tak, på Ærø", ago: float = 60.0) -> Letter:
        """A letter that nobody has written yet, received that many seconds ago."""
        text = self.text(words)
        at = self.world.now() - timedelta(seconds=ago)
        return Letter(f"m{self._count}", text, at.replace(microsecond=0))

    def listen(self) -> None:
        """The host looks for messages as often as it takes: each look brings at most a portion."""
        for _ in range(20):
            before = self._messages()
            self.later(90)
            if self._messages() == before:
                return

    def _messages(self) -> int:
        return len(messages(self.app))

    def heard(self, text: str) -> list[tuple[InboundRow, dict[str, Any]]]:
        """The stored messages with this text, whole or not: known by its number."""
        return self._found(self.app, text)

    def cases_of(self, text: str) -> int:
        """How many cases a letter has opened."""
        return len({row.case_id for row, _ in self.heard(text) if row.case_id})

    # what was said

    def health(self) -> str:
        said = self.app.channels.health(self.peer.channel)
        self._heard.append(said)
        self.in_time.hear(said)
        return said

    def _listen(self) -> None:
        """Keep what the plugin has printed, and what stands in the outbox."""
        self._heard.append(self.app.channels.printed(self.peer.channel))
        self._heard += self.app.channels.troubles.values()

    def said(self) -> str:
        """Everything that was said, printed, stored in the clear or written to a file of the workspace so far."""
        self._listen()
        parts = [*self._heard]
        for case in self.app.store.cases(limit=10_000):
            parts += [row.error for row in self.app.store.effects(case.id)]
            parts += [repr(entries) for _, entries in self.app.engine.journal(case.id)]
        for path in self.folder.rglob("*"):
            if path.is_file():
                parts.append(path.read_bytes().decode("utf-8", "replace"))
        return "\n".join(parts)

    def attempt(self, act: Callable[[], Any]) -> str:
        """What the house says when it refuses; "" when it does not."""
        try:
            act()
        except ProcflowError as why:
            self._heard.append(f"{why.message} {why.hint}")
            return f"{why.message} {why.hint}".strip()
        return ""


def toml_value(value: Any) -> str:
    """A setting as procflow.toml has it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {toml_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    plain = str(value) if isinstance(value, Path) else value
    return json.dumps(plain, ensure_ascii=False)
