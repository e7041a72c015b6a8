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
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.definitions.parameters import judge
from procflow.errors import PluginError, UsageError
from procflow.hosts.asking import OUT, HasChannels, NotPrepared, again
from procflow.hosts.by_hand import instruction, outgoing
from procflow.hosts.file_mode import into_file, without_content
from procflow.hosts.frames import to_json
from procflow.hosts.handed_over import HandedOver
from procflow.hosts.handing import Handing
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
        self._judges: dict[tuple[str, str], Callable[[Any], list[str]]] = {}
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

    def away(self, channel: str) -> str:
        """Why what procflow.toml wants to go out cannot be handed to a plugin now: none brings the channel, or what is
        wrong with the one that does leaves it out. "" where there is one, or where a person is meant to do it."""
        mode = str(self._settings.get(channel, {}).get("mode", "manual"))
        if mode not in ("real", "file") or channel in self._plugins.channels:
            return ""
        return (
            f"no plugin brings the channel {channel} now; `procflow plugins` says what is wrong with plugins"
        )

    def instruction(self, channel: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, str]:
        """What a person does who carries this out by hand: `{da:, en:}`."""
        return instruction(f"{channel}.{operation}", self._schema(channel, operation), parameters)

    def outgoing(self, channel: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, str]:
        """What goes out, for people: `{da:, en:}`."""
        return outgoing(f"{channel}.{operation}", self._schema(channel, operation), parameters)

    def prepare(self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The bytes to store before the first try, the same for every retry.

        Raises NotPrepared where the parameters can never be sent, and PluginError (`facts["retry"]`) where the
        plugin could not do it now.
        """
        wire_of, request = self.to_make(channel, operation, key, parameters)
        if request is None:
            return wire_of(b"")
        try:
            return wire_of(bytes(self._ask(channel, "prepare", request)))
        except Trouble as why:
            raise again(why) from why

    def to_make(
        self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]
    ) -> tuple[Callable[[bytes], bytes], Mapping[str, Any] | None]:
        """What makes the bytes to store of the plugin's bytes, and the question that gives those; None where the
        plugin is not asked. Raises as `prepare` does."""
        plain, mode = self._checked(channel, operation, key, parameters)
        operation = _bare(channel, operation)
        wire_of = partial(self._wire, channel, operation, key, plain)
        if not self._is_made(channel, mode):
            return wire_of, None
        return wire_of, self._question(channel, "prepare", _to_make(operation, key, plain))

    def deliver(self, channel: str, operation: str, key: str, wire: bytes) -> Delivery:
        """Hand over what `prepare` made, under the same key each time. Never raises for what a plugin does."""
        ready = self.to_deliver(channel, operation, key, wire)
        if isinstance(ready, Delivery):
            return ready
        try:
            answer = self._ask(channel, "deliver", ready)
        except Trouble as why:
            return Delivery("retry", {}, why.message, why.after)
        except NotPrepared as why:
            return Delivery("failed", {}, why.message)
        return self.delivered(channel, operation, key, wire, answer)

    def to_deliver(self, channel: str, operation: str, key: str, wire: bytes) -> Delivery | Mapping[str, Any]:
        """The question that hands it over; or the answer, where the plugin need not be asked."""
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
        brings = self._brings(channel, operation)
        if mode == "file":
            result = (self._schema(channel, operation) or {}).get("x-result")
            return into_file(self._folder, head, payload, self._file_type(channel), result)
        # An operation that brings an answer is asked again: it changes nothing outside, and the answer is what is wanted.
        if not brings and (known := self._handed_over(channel).answer(key, wire)) is not None:
            return known
        # The plugin's own process notes its yes at once, should this one die meanwhile.
        handed = "" if brings else self._own_file("handed", f"{channel}.jsonl")
        request = {"operation": operation, "key": key, "wire": payload, "handed": handed}
        return self._question(channel, "deliver", request)

    def delivered(self, channel: str, operation: str, key: str, wire: bytes, answer: Any) -> Delivery:
        """What the plugin answered when that was handed over."""
        if answer.get("unnoted"):
            with suppress(OSError):
                self._handed_over(channel).note(key, answer["status"])
        return self._noted(channel, _bare(channel, operation), key, wire, _delivery(answer, wire))

    def handing(self, channel: str, going: Callable[[], bool]) -> Handing:
        """For many effects at a time; nothing is begun any more when `going` says no."""
        return Handing(self, channel, going)

    def _noted(self, channel: str, operation: str, key: str, wire: bytes, done: Delivery) -> Delivery:
        """Remember it before the case is told. An answer that its own schema does not allow is none."""
        with suppress(OSError):
            # a full disk stops nobody: the case is told next, and until it is this process keeps it in mind
            if done.left is not None and done.left != wire:  # what is left of these very bytes is all of them
                self._handed_over(channel).note_part(key, wire)
            if done.status in ("retry", "manual", "dropped"):
                return done
            if not self._brings(channel, operation):
                if done.status == "failed":  # a yes was noted in the plugin's own process
                    self._handed_over(channel).note(key, done.status)
                return done
        result = (self._schema(channel, operation) or {}).get("x-result", {})
        wrong = self._judge(channel, f"{operation} result", result)(done.result)
        if done.status != "failed" and wrong:
            plugin = self._plugins.channels[channel].plugin
            said = f"the plugin {plugin} answered {channel}.{operation} with what its schema does not allow"
            return Delivery("retry", {}, f"{said}: {'; '.join(wrong)}")
        return done

    def _brings(self, channel: str, operation: str) -> bool:
        return "x-result" in (self._schema(channel, operation) or {})

    def _handed_over(self, channel: str) -> HandedOver:
        if channel not in self._handed:
            self._handed.setdefault(channel, HandedOver(self._own_file("handed", f"{channel}.jsonl")))
        return self._handed[channel]

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
            each.let_go()  # all of them at once, each takes its time
        for each in calls:
            each.close()
        for handed in self._handed.values():
            handed.close()

    def __enter__(self) -> ChannelHouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # parts

    def _schema(self, channel: str, operation: str) -> Mapping[str, Any] | None:
        found = self._plugins.channels.get(channel)
        return found.channel.operations.get(operation) if found is not None else None

    def filled_by_house(self, channel: str, operation: str) -> Mapping[str, str]:
        """The parameters that the house fills in where the procedure gives none, and with what (`x-house`)."""
        schema = self._schema(channel, _bare(channel, operation)) or {}
        given = schema.get("properties", {}).items()
        return {
            name: each["x-house"] for name, each in given if isinstance(each, Mapping) and "x-house" in each
        }

    def _judge(self, channel: str, what: str, schema: Mapping[str, Any]) -> Callable[[Any], list[str]]:
        found = self._judges.get((channel, what))
        if found is None:
            found = self._judges[channel, what] = judge(schema)
        return found

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
        wrong = self._judge(channel, operation, schema)(given)
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
