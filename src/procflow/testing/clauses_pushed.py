"""What the contract says of messages that the outside pushes through the web door, and the desk at which they are.

Each method is a clause; its name is the sentence. It must not know which channel it asks, nor pytest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from procflow.app import App
from procflow.builtin.world import FrozenWorld, RealWorld
from procflow.errors import Conflict, ProcflowError
from procflow.hosts.door import Channels, Door, Refusals
from procflow.ports import WebReply, WebRequest
from procflow.stored import InboundRow
from procflow.testing.channel_desk import folders_of, toml_value
from procflow.testing.clauses_sending import WORDS, same
from procflow.testing.heard import Heard, messages
from procflow.testing.peer import must_be

#: Asks the channel as the door does.
Ask = Callable[[WebRequest], WebReply]


class Pusher:
    """The outside that pushes. Inherit it, and fill in what has no answer here."""

    channel: str = ""
    #: Secrets by the name of their environment variable; `settings` refers to them as `${env:NAME}`.
    environment: Mapping[str, str] = {}
    #: The folder (as `--plugins-dir`) of a plugin in one file.
    plugins_dir: str = ""
    #: Texts of `WORDS` that the outside cannot send -> why not.
    cannot: Mapping[str, str] = {}

    def settings(self) -> Mapping[str, Any]:
        """The channel's table of procflow.toml, without `mode`."""
        raise NotImplementedError(f"{type(self).__name__}.settings")

    def push(self, ask: Ask, id: str, text: str, now: datetime) -> WebRequest:
        """A request that brings this text, as the outside makes it at that instant; the same `id` is the same message.

        `ask` may be asked first, where the outside does so (a page before its form).
        """
        raise NotImplementedError(f"{type(self).__name__}.push")

    def forge(self, request: WebRequest) -> WebRequest | None:
        """The request as somebody would send it who knows no secret; None where anybody may write."""
        raise NotImplementedError(f"{type(self).__name__}.forge")


class _World(FrozenWorld):
    def read_file(self, path: str) -> bytes:
        return RealWorld().read_file(path)

    def random_bytes(self, size: int) -> bytes:
        return os.urandom(size)


class _NoLimits:
    def seconds_to_wait(self, channel: str, address: str) -> float:
        return 0.0


class _Listening:
    """The house's channels for the door. What the door only counts, because its words may name anybody, is kept here for
    the author of the channel."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self.said = ""
        self.has_door, self.away = channels.has_door, channels.away

    def web(self, channel: str, request: WebRequest) -> WebReply:
        try:
            return self._channels.web(channel, request)
        except ProcflowError as why:
            self.said = f": {why.message}"
            raise


class PushedDesk:
    """A real workspace whose door the outside reaches, in memory of nothing but its folder."""

    def __init__(self, pusher: Pusher, folder: Path) -> None:
        self.pusher, self.folder = pusher, folder
        self.world = _World(datetime(2026, 5, 11, 8, 5, tzinfo=UTC))
        self.refusals, self._found = Refusals(), Heard()
        self.why = ""  # what the last request was not taken for, as the house heard it
        self._before = {name: os.environ.get(name) for name in pusher.environment}
        os.environ.update(pusher.environment)
        table = {"deadline": 8, **pusher.settings(), "mode": "real"}
        lines = [
            f"[channels.{pusher.channel}]",
            *(f"{name} = {toml_value(value)}" for name, value in table.items()),
        ]
        (folder / "procflow.toml").write_text("\n".join(lines), encoding="utf-8")
        self._count = 0
        self.app = self._open()

    def _open(self) -> App:
        app = App(str(self.folder), plugins_dirs=folders_of(self.pusher), world=self.world)
        problems = app.plugins.problems
        if problems:
            raise problems[0]
        return app

    def restart(self) -> None:
        """Another process opens the folder; what this one only knew is gone."""
        self.app.close()
        self.app = self._open()

    def close(self) -> None:
        self.app.close()
        for name, before in self._before.items():
            if before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = before

    def ask(self, request: WebRequest) -> WebReply:
        channels = _Listening(self.app.channels)
        door = Door(channels, self.app.intake, _NoLimits(), self.refusals)
        reply = door.answer(self.pusher.channel, request)
        self.why = channels.said or (f": {reply.reason}" if reply.reason else "")
        return reply

    def text(self, words: str = "Blåbærgrød på Ærø") -> tuple[str, str]:
        """(an id, a text) of no other test."""
        self._count += 1
        return f"m{self._count:03}", f"nr {self._count:03}: {words} .{self._count:03}"

    def push(self, id: str, text: str) -> WebRequest:
        """What the outside sends, a few seconds after it looked."""
        request = self.pusher.push(self.ask, id, text, self.world.now())
        must_be(self.pusher, "push", request, WebRequest)
        self.world.advance(timedelta(seconds=5))
        return request

    def stored(self) -> int:
        """How many messages there are."""
        return len(messages(self.app))

    def heard(self, text: str) -> list[tuple[InboundRow, dict[str, Any]]]:
        return self._found(self.app, text)


def _acknowledged(reply: WebReply) -> bool:
    return 200 <= reply.status < 400


def _taken(desk: PushedDesk, request: WebRequest, what: str) -> None:
    """The request is acknowledged; `what` it is, where it is not."""
    reply = desk.ask(request)
    assert _acknowledged(reply), f"{what} is answered {reply.status}{desk.why}"


class Pushed:
    def test_what_is_acknowledged_is_stored_once_and_whole_with_its_bytes(self, desk: PushedDesk) -> None:
        id, text = desk.text()
        _taken(desk, desk.push(id, text), "a good message")
        _once(desk, text)
        ((row, content),) = desk.heard(text)
        assert content["channel"] == desk.pusher.channel and row.raw_hash
        assert content["from"], "nobody is said to have written it"
        assert row.received <= desk.world.now()

    def test_what_is_pushed_again_is_acknowledged_again_and_stays_one(self, desk: PushedDesk) -> None:
        id, text = desk.text()
        request = desk.push(id, text)
        for _ in range(3):
            _taken(desk, request, "the same message again (the outside tries for ever)")
            # who tries again does so later: no name may hang on the clock
            desk.world.advance(timedelta(seconds=3))
        desk.restart()
        _taken(desk, request, "the same message again, after a restart,")
        _once(desk, text)

    def test_what_cannot_be_stored_is_not_acknowledged_and_is_taken_when_it_comes_again(
        self, desk: PushedDesk
    ) -> None:
        id, text = desk.text()
        request = desk.push(id, text)

        def full(*_: Any) -> Any:
            raise Conflict("the disk is full")

        desk.app.intake.take = full  # type: ignore[method-assign, assignment]
        reply = desk.ask(request)
        assert reply.status == 503, f"nothing was stored, and the answer was {reply.status}{desk.why}"
        desk.restart()
        assert desk.heard(text) == [], "it was said not to be stored, and it is"
        _taken(desk, request, "a message that comes again after the disk was full")
        _once(desk, text)

    def test_what_somebody_else_has_signed_is_not_taken_and_the_house_hears_why(
        self, desk: PushedDesk
    ) -> None:
        id, text = desk.text("forfalsket")
        forged = desk.pusher.forge(desk.push(id, text))
        if forged is None:
            return  # anybody may write by this channel
        must_be(desk.pusher, "forge", forged, WebRequest)
        desk.refusals.taken()
        reply = desk.ask(forged)
        assert 400 <= reply.status < 500, f"a forged message is answered {reply.status}{desk.why}"
        assert desk.heard(text) == [], "a forged message was taken"
        assert desk.refusals.taken(), "nobody in the house hears of a forged message"

    def test_every_letter_of_every_script_comes_whole_and_many_in_any_order(self, desk: PushedDesk) -> None:
        sent = [desk.text(words) for words in WORDS if words not in desk.pusher.cannot]
        requests = [desk.push(id, text) for id, text in sent]
        for request in reversed(requests):
            _taken(desk, request, "a good message of another script")
        for _, text in sent:
            _once(desk, text)

    def test_nonsense_is_answered_without_breaking_and_is_not_a_message(self, desk: PushedDesk) -> None:
        id, text = desk.text()
        good = desk.push(id, text)
        bodies = (b"", b"{", b"[" * 50_000, b"\xff\xfe\0", b"x" * (2 << 20), good.body[:-3], good.body * 2)
        wrong = [msgspec.structs.replace(good, body=body) for body in bodies]
        wrong += [
            msgspec.structs.replace(good, headers={}),
            msgspec.structs.replace(good, headers=dict.fromkeys(good.headers, "\x7f")),
        ]
        wrong += [msgspec.structs.replace(good, path=path) for path in ("", "..", "a/" * 500, "%00")]
        wrong += [msgspec.structs.replace(good, method=method) for method in ("PUT", "DELETE", "OPTIONS")]
        before = desk.stored()
        for request in wrong:
            reply = desk.ask(request)
            assert reply.status < 500, f"nonsense breaks the channel: it is answered {reply.status}{desk.why}"
        # what still says all that the good one says may be taken for it
        assert desk.stored() - len(desk.heard(text)) == before, "nonsense became a message"
        _taken(desk, good, "after nonsense, a good message")
        _once(desk, text)

    def test_secrets_show_in_no_answer_and_no_reason(self, desk: PushedDesk) -> None:
        id, text = desk.text()
        good = desk.push(id, text)
        forged = desk.pusher.forge(good) or good
        said = ""
        for request in (
            good,
            forged,
            msgspec.structs.replace(good, body=b"{"),
            msgspec.structs.replace(good, method="GET"),
        ):
            reply = desk.ask(request)
            said += reply.body.decode("utf-8", "replace") + str(dict(reply.headers)) + reply.reason
        said += " ".join(desk.refusals.taken())
        for name, value in desk.pusher.environment.items():
            assert value not in said, f"the value of {name} shows"
        hidden = desk.app.channels.hidden
        assert hidden == [], f"the channel said its secret, and the house took it out: {hidden}"

    def test_without_its_secret_it_takes_nothing(self, desk: PushedDesk) -> None:
        id, text = desk.text()
        request = desk.push(id, text)
        for name in desk.pusher.environment:
            value = os.environ.pop(name)
            try:
                desk.restart()
                assert not _acknowledged(desk.ask(request)), f"{name} is not set, and it takes messages"
                os.environ[name] = ""
                desk.restart()
                assert not _acknowledged(desk.ask(request)), f"{name} is empty, and it takes messages"
            finally:
                os.environ[name] = value
                desk.restart()
        if desk.pusher.environment:
            assert desk.heard(text) == [], "without its secret it took a message"
        _taken(desk, request, "a good message, with the secret back,")


def _once(desk: PushedDesk, text: str) -> None:
    found = desk.heard(text)
    assert found, f"acknowledged and not stored: {text[:60]!r}"
    assert len(found) == 1, f"taken {len(found)} times: {text[:60]!r}"
    assert same(found[0][1]["text"], text), f"written was {text[:200]!r}, read {found[0][1]['text'][:200]!r}"
