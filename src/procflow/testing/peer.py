"""The other side of a channel, as the contract needs it: the little that the author of a channel writes.

    class Gateway(Peer):
        channel = "sms"
        environment = {"SMS_TOKEN": "a token that must show nowhere"}

        def start(self, folder): ...            # the real server, or a stand-in that says so in `kind`
        def stop(self): ...
        def settings(self, through): ...        # the channel's table of procflow.toml
        def parameters(self, text): ...         # of one call of `operation` that carries the text
        def reached(self): ...                  # what the outside got, in order
        def behave(self, how): ...              # well, busy or refuses
        def write(self, letter): ...            # somebody outside writes to us

It must not know how the contract asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

#: `through(port)` -> the port on which the channel reaches that server: a line that the contract can cut.
Through = Callable[[int], int]


@dataclass(frozen=True)
class Reached:
    """One message that the outside got. `text` is what a reader there sees.

    `identity` is that by which the outside knows a copy from another message: a Message-ID, a reference, a line's key.
    `files` are those that came with it, by name, where files are sent.
    """

    text: str
    identity: str
    files: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Question:
    """One call of an operation that brings an answer (`x-result`), and what the other side answers to it.

    `answer` is the part of the result that is known beforehand.
    """

    operation: str
    parameters: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class Letter:
    """What somebody outside writes. The same `id` with the same text is the same message, told again."""

    id: str
    text: str
    received: datetime


class Peer:
    """What a channel talks to. Inherit it, and fill in what has no answer here."""

    #: The channel's name, and the operation that the contract calls.
    channel: str = ""
    operation: str = "send"
    #: live: the outside system itself. recorded: what it once said. stand-in: our own idea of it.
    kind: str = "stand-in"
    #: Whether messages come in by this channel.
    receives: bool = True
    #: Secrets by the name of their environment variable; `settings` refers to them as `${env:NAME}`.
    environment: Mapping[str, str] = {}
    #: The folder (as `--plugins-dir`) of the plugin, where the peer does not stand in its sources: `src/PACKAGE/peer.py`
    #: of a distribution, or `NAME_peer.py` beside a plugin in one file.
    plugins_dir: str = ""
    #: What cannot happen to this other side -> why not: `{"silent": "a file keeps nobody waiting"}`. Only where
    #: there is no line in between, and `behave` cannot do it either.
    cannot: Mapping[str, str] = {}
    #: The `timeout` in seconds while there is nothing to wait for. Where nothing but waiting stands between a call and its
    #: end (a file that somebody else holds), a part of a second is enough.
    short: float = 1

    def start(self, folder: Path) -> None:
        """Start it on loopback; `folder` is empty and its own."""

    def stop(self) -> None:
        """End all that was started."""

    def settings(self, through: Through) -> Mapping[str, Any]:
        """The channel's table of procflow.toml, without `mode`. The channel gives up after `timeout` seconds."""
        raise NotImplementedError(f"{type(self).__name__}.settings")

    def parameters(self, text: str) -> Mapping[str, Any]:
        """The parameters of one call of `operation`; the text stands in one of them, unchanged."""
        raise NotImplementedError(f"{type(self).__name__}.parameters")

    def reached(self) -> Sequence[Reached]:
        """Everything that the outside got since the start, in order, copies too."""
        raise NotImplementedError(f"{type(self).__name__}.reached")

    def behave(self, how: str, words: str = "") -> None:
        """From now on: `well`; `busy` (takes nothing now, and may later); `refuses` (takes nothing, ever).

        `words` are what it says with it, where its protocol has room for words.
        """
        raise NotImplementedError(f"{type(self).__name__}.behave")

    def write(self, letter: Letter) -> None:
        """Somebody outside writes; the same letter may be written twice."""
        raise NotImplementedError(f"{type(self).__name__}.write")

    def attaching(self, text: str, files: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """The parameters of one call that carries the text and these files (records with hash, name, type, size and
        content); None where nothing takes files."""
        return None

    def questions(self) -> Sequence[Question]:
        """One call of each operation that brings an answer; the first also while the other side is in trouble."""
        return ()

    def others(self) -> Mapping[str, Mapping[str, Any]]:
        """The channel's other operations -> parameters of one call; those of `questions` need not stand here again."""
        return {}


def reached_by(peer: Peer) -> Sequence[Reached]:
    """What the peer says came out. Raises AssertionError where it gives something else."""
    return _all(peer, "reached", peer.reached(), Reached)


def questions_of(peer: Peer) -> Sequence[Question]:
    """The peer's questions. Raises as `reached_by`."""
    return _all(peer, "questions", peer.questions(), Question)


def _all(peer: Peer, method: str, given: Any, kind: type) -> Sequence[Any]:
    must_be(peer, method, given, list, tuple)
    for each in given:
        must_be(peer, method, each, kind)
    return list(given)


def named(names: Iterable[str]) -> str:
    """Names of operations as a sentence has them."""
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


def must_be(side: object, method: str, given: Any, *kinds: type) -> None:
    """Raises AssertionError, with the method of the author's side, where it gave none of these kinds."""
    wanted = " or ".join(kind.__name__ for kind in kinds)
    assert isinstance(given, kinds), (
        f"`{method}` of {type(side).__name__} gives {type(given).__name__}, where {wanted} is wanted"
    )
