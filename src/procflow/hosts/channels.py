"""The house of the channels: each operation goes out in its mode, each plugin works in a process of its own; what comes
in is `messages_in`.

Modes: `real` through the plugin; `manual` by a person; `file` into the workspace's `outbox/` folder; `off`
nowhere. A channel that nobody configured, or whose table names no mode, is `manual`: nothing leaves the house
before somebody wrote that it may. What a plugin does wrong is an answer here, never an exception of its own.
It must not know cases, or how effects are stored.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from threading import Lock
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.definitions.parameters import problems
from procflow.errors import PluginError, ProcflowError, UsageError
from procflow.hosts.asking import OUT, HasChannels, NotPrepared, again
from procflow.hosts.by_hand import instruction
from procflow.hosts.file_mode import into_file, without_content
from procflow.hosts.frames import to_json
from procflow.hosts.handed_over import HandedOver
from procflow.hosts.masking import masked
from procflow.hosts.messages_in import MessagesIn
from procflow.hosts.plugin_calls import PluginCalls, Trouble
from procflow.ports import Delivery, World

MODES = ("real", "manual", "file", "off")
#: The largest answer taken from a plugin, in bytes.
LIMIT = 256 << 20
_KEY = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]*(/[0-9A-Za-z_-][0-9A-Za-z._-]*)*")


class ChannelHouse(MessagesIn):
    """Carries effects out and brings messages in. Safe for several threads; close it at the end."""

    def __init__(
        self,
        plugins: Any,
        settings: Mapping[str, Mapping[str, Any]],
        workspace_folder: str | os.PathLike[str],
        world: World,
        *,
        limit: int = LIMIT,
    ) -> None:
        """`settings` are the `[channels.<name>]` tables, `${env:NAME}` resolved. Raises UsageError for a mode
        that does not exist. Starts no process yet."""
        self._plugins: HasChannels = plugins
        self._settings = settings
        self._folder = os.path.abspath(workspace_folder)
        self._world = world
        self._limit = limit
        self._calls: dict[tuple[str, str], PluginCalls] = {}
        self._lock = Lock()
        self._closed = False
        self._nothing_asked()
        self._handed: dict[str, HandedOver] = {}
        self.hidden: list[str] = []  # channel and call, each time that a secret was taken out of an answer
        for name, table in settings.items():
            mode = table.get("mode", "manual")
            if mode not in MODES:
                raise UsageError(
                    f"procflow.toml: channels.{name}: there is no mode {mode!r}",
                    did_you_mean(str(mode), MODES),
                    {"channel": name},
                )

    # what goes how

    def mode(self, channel: str) -> str:
        """real, manual, file or off. One that its plugin cannot do is `manual` (`health` says so)."""
        mode = str(self._settings.get(channel, {}).get("mode", "manual"))
        found = self._plugins.channels.get(channel)
        if mode == "real" and (found is None or "real" not in found.modes):
            return "manual"
        return mode

    def instruction(self, channel: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, str]:
        """What a person does who carries this out by hand: `{da:, en:}`."""
        return instruction(f"{channel}.{operation}", self._schema(channel, operation), parameters)

    def prepare(self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The bytes to store before the first try, the same for every retry.

        Raises NotPrepared where the parameters can never be sent, and PluginError (`facts["retry"]`) where the
        plugin could not do it now.
        """
        plain, mode = self._checked(channel, operation, key, parameters)
        operation = _bare(channel, operation)
        payload = self._made(channel, operation, key, plain) if self._is_made(channel, mode) else b""
        return self._wire(channel, operation, key, plain, payload)

    def prepare_all(
        self, channel: str, effects: Sequence[tuple[str, str, Mapping[str, Any]]], going: Callable[[], bool]
    ) -> Iterator[tuple[str, bytes | ProcflowError]]:
        """(key, bytes or what `prepare` would raise) for effects (operation, key, parameters), several at a time."""
        questions: list[tuple[str, Mapping[str, Any]]] = []
        plain: dict[str, tuple[str, dict[str, Any]]] = {}
        for operation, key, parameters in effects:
            try:
                found, mode = self._checked(channel, operation, key, parameters)
            except ProcflowError as why:
                yield key, why
                continue
            operation = _bare(channel, operation)
            if not self._is_made(channel, mode):
                yield key, self._wire(channel, operation, key, found, b"")
                continue
            plain[key] = operation, found
            questions.append((key, _to_make(operation, key, found)))
        for key, answer in chain.from_iterable(self._ask_all(channel, "prepare", questions, going)):
            operation, found = plain[key]
            yield (
                key,
                answer
                if isinstance(answer, ProcflowError)
                else self._wire(channel, operation, key, found, bytes(answer)),
            )

    def deliver(self, channel: str, operation: str, key: str, wire: bytes) -> Delivery:
        """Hand over what `prepare` made, under the same key each time. Never raises for what a plugin does."""
        operation = _bare(channel, operation)
        mode = self.mode(channel)
        if mode == "off":
            return Delivery("done", {"mode": "off", "note": f"{channel} is switched off: nothing was sent"})
        if mode == "manual":
            words = self.instruction(channel, operation, _head(wire).get("parameters") or {})
            return Delivery("manual", {"mode": "manual", "instruction": words}, words["en"])
        ready = self._payload(channel, operation, key, wire)
        if isinstance(ready, Delivery):
            return ready
        head, payload = ready
        if mode == "file":
            result = (self._schema(channel, operation) or {}).get("x-result")
            return into_file(self._folder, head, payload, self._file_type(channel), result)
        try:
            if (known := self._known(channel, operation, key, wire)) is not None:
                return known
            answer = self._ask(channel, "deliver", self._to_deliver(channel, operation, key, payload))
        except Trouble as why:
            return Delivery("retry", {}, why.message, why.after)
        except NotPrepared as why:
            return Delivery("failed", {}, why.message)
        return self._noted(channel, operation, key, wire, _delivery(answer, wire))

    def deliver_all(
        self, channel: str, effects: Sequence[tuple[str, str, bytes]], going: Callable[[], bool]
    ) -> Iterator[list[tuple[str, Delivery]]]:
        """(key, answer) of `deliver` for effects (operation, key, wire), in batches as the answers come: several at a
        time where the channel can do that (`at_once`), those of one case's steps in the order of the steps. What is not
        begun when `going` says no has no answer here. Never raises for what a plugin does."""
        questions: list[tuple[str, Mapping[str, Any]]] = []
        at_once: list[tuple[str, Delivery]] = []
        wires = {key: (_bare(channel, operation), wire) for operation, key, wire in effects}
        for key, (operation, wire) in wires.items():
            if self.mode(channel) != "real":
                at_once.append((key, self.deliver(channel, operation, key, wire)))
                continue
            ready = self._payload(channel, operation, key, wire)
            if not isinstance(ready, Delivery):
                ready = self._known(channel, operation, key, wire) or ready
            if isinstance(ready, Delivery):
                at_once.append((key, ready))
            else:
                questions.append((key, self._to_deliver(channel, operation, key, ready[1])))
        if at_once:
            yield at_once
        for batch in self._ask_all(channel, "deliver", questions, going):
            yield [(key, self._answered(channel, key, *wires[key], answer)) for key, answer in batch]

    def _answered(self, channel: str, key: str, operation: str, wire: bytes, answer: Any) -> Delivery:
        if isinstance(answer, PluginError):
            return Delivery("retry", {}, answer.message, answer.facts.get("after"))
        if isinstance(answer, ProcflowError):
            return Delivery("failed", {}, answer.message)
        return self._noted(channel, operation, key, wire, _delivery(answer, wire))

    def _known(self, channel: str, operation: str, key: str, wire: bytes) -> Delivery | None:
        """How this very effect was answered, where it was handed over before. An operation that brings an answer
        (`x-result`) is asked again: it changes nothing outside, and the answer is what is wanted."""
        return None if self._brings(channel, operation) else self._handed_over(channel).answer(key, wire)

    def _noted(self, channel: str, operation: str, key: str, wire: bytes, done: Delivery) -> Delivery:
        """Remember it before the case is told. An answer that its own schema does not allow is none."""
        with suppress(
            OSError
        ):  # a full disk stops nobody: the outside knows the key, and the case is told next
            if done.left is not None:
                self._handed_over(channel).note_part(key, wire, masked(done.error))
            if done.status in ("retry", "manual", "dropped"):
                return done
            if not self._brings(channel, operation):
                self._handed_over(channel).note(key, done.status, masked(done.error))
                return done
        wrong = problems((self._schema(channel, operation) or {}).get("x-result", {}), done.result)
        if done.status != "failed" and wrong:
            plugin = self._plugins.channels[channel].plugin
            said = f"the plugin {plugin} answered {channel}.{operation} with what its schema does not allow"
            return Delivery("retry", {}, f"{said}: {'; '.join(wrong)}")
        return done

    def _to_deliver(self, channel: str, operation: str, key: str, payload: bytes) -> dict[str, Any]:
        """The question; with where the plugin's own process notes its yes at once, should this one die meanwhile."""
        handed = "" if self._brings(channel, operation) else self._own_file("handed", f"{channel}.jsonl")
        return {"operation": operation, "key": key, "wire": payload, "handed": handed}

    def _brings(self, channel: str, operation: str) -> bool:
        return "x-result" in (self._schema(channel, operation) or {})

    def _handed_over(self, channel: str) -> HandedOver:
        path = self._own_file("handed", f"{channel}.jsonl")
        return self._handed.setdefault(channel, HandedOver(path))

    def health(self, channel: str) -> str:
        """ "" when well, else what is wrong, in one sentence."""
        table = self._settings.get(channel)
        found = self._plugins.channels.get(channel)
        if found is None:
            known = self._plugins.channels
            hint = did_you_mean(channel, known)
            return f"no plugin brings the channel {channel}" + (f": {hint}" if hint else "")
        if table is not None and table.get("mode") == "real" and "real" not in found.modes:
            return f"{channel} has no mode real yet ({', '.join(found.modes)}); people carry it out by hand"
        if channel in self.troubles:
            return self.troubles[channel]
        if self.mode(channel) != "real":
            return ""
        try:
            return str(self._ask(channel, "health", {}))
        except (Trouble, NotPrepared) as why:
            return why.message

    def printed(self, channel: str) -> str:
        """The last of what the plugin of a channel wrote to its standard output and error since it was started."""
        found = self._plugins.channels.get(channel)
        calls = self._calls.get((found.plugin, OUT)) if found is not None else None
        return str(self._unsecret(channel, "print", calls.printed)) if calls is not None else ""

    def close(self) -> None:
        """End the processes of all plugins."""
        with self._lock:
            self._closed = True
            calls, self._calls = list(self._calls.values()), {}
        for each in calls:
            each.close()

    def __enter__(self) -> ChannelHouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # parts

    def _schema(self, channel: str, operation: str) -> Mapping[str, Any] | None:
        found = self._plugins.channels.get(channel)
        return found.channel.operations.get(operation) if found is not None else None

    def _file_type(self, channel: str) -> str:
        found = self._plugins.channels.get(channel)
        return str(getattr(found.channel, "file_type", "json")) if found is not None else "json"

    def _check(self, channel: str, operation: str, parameters: Mapping[str, Any]) -> None:
        found = self._plugins.channels.get(channel)
        if found is None:
            return  # by hand, into a file or nowhere, as it is
        schema = found.channel.operations.get(operation)
        if schema is None:
            hint = did_you_mean(operation, found.channel.operations)
            raise NotPrepared(f"the channel {channel} has no operation {operation}", hint)
        given = {name: value for name, value in parameters.items() if value is not None}
        wrong = problems(schema, given)
        if wrong:
            raise NotPrepared(f"{channel}.{operation} cannot be sent: {'; '.join(wrong)}")

    def _normalised(
        self, channel: str, operation: str, parameters: dict[str, Any], mode: str
    ) -> dict[str, Any]:
        """As the outside system writes them, where the channel knows that (`normalise`)."""
        found = self._plugins.channels.get(channel)
        if mode == "off" or found is None or not hasattr(found.channel, "normalise"):
            return parameters
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            return dict(self._ask(channel, "normalise", {"operation": operation, "parameters": given}))
        except Trouble as why:
            raise again(why) from why

    def _checked(
        self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """The parameters as the outside system writes them, and the mode. Raises as `prepare` does."""
        operation = _bare(channel, operation)
        if not _KEY.fullmatch(key):
            raise NotPrepared(f"{key!r} is not the key of an effect")
        try:
            plain = to_json(parameters)
        except TypeError as why:
            raise NotPrepared(f"{channel}.{operation}: {why}") from why
        self._check(channel, operation, plain)
        mode = self.mode(channel)
        return self._normalised(channel, operation, plain, mode), mode

    def _is_made(self, channel: str, mode: str) -> bool:
        """Whether the plugin makes the bytes; else they are the parameters."""
        return mode == "real" or (mode == "file" and self._file_type(channel) != "json")

    def _wire(
        self, channel: str, operation: str, key: str, parameters: dict[str, Any], payload: bytes
    ) -> bytes:
        head = {
            "procflow_wire": 1, "channel": channel, "operation": operation, "key": key,
            "at": self._world.now().isoformat(), "made": bool(payload),
            "parameters": without_content(parameters) if payload else parameters,
        }  # fmt: skip
        return json.dumps(head, ensure_ascii=False, sort_keys=True).encode() + b"\n" + payload

    def _payload(
        self, channel: str, operation: str, key: str, wire: bytes
    ) -> tuple[Mapping[str, Any], bytes] | Delivery:
        """Head and plugin's bytes of a wire, made now where the mode was changed meanwhile; else why not."""
        head, payload = _head(wire), wire.partition(b"\n")[2]
        if not isinstance(head.get("parameters"), dict):
            return Delivery(
                "failed", {}, f"{channel}.{operation}: the stored bytes of {key} are not procflow's"
            )
        if head.get("made") or not self._is_made(channel, self.mode(channel)):
            return head, payload
        try:
            return head, self._made(channel, operation, key, head["parameters"])
        except PluginError as why:
            return Delivery("retry", {}, why.message, why.facts.get("after"))
        except NotPrepared as why:
            return Delivery("failed", {}, why.message)

    def _made(self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        try:
            made = self._ask(channel, "prepare", _to_make(operation, key, parameters))
        except Trouble as why:
            raise again(why) from why
        return bytes(made)


def _to_make(operation: str, key: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in parameters.items() if value is not None}
    return {"operation": operation, "key": key, "parameters": given}


def _head(wire: bytes) -> dict[str, Any]:
    """The first line of the stored bytes of an effect; {} where it is not ours."""
    try:
        head = json.loads(wire.partition(b"\n")[0])
    except ValueError:
        return {}
    return head if isinstance(head, dict) and "made" in head else {}


def _delivery(answer: Mapping[str, Any], wire: bytes) -> Delivery:
    left = answer["left"]
    if left is not None:
        left = wire.partition(b"\n")[0] + b"\n" + left
    return Delivery(answer["status"], answer["result"], answer["error"], answer["retry_after"], left)


def _bare(channel: str, operation: str) -> str:
    return operation.removeprefix(f"{channel}.")
