"""What runs in a plugin's own process: loads the plugin and answers calls, under the eye of a keeper.

The process that the host starts is the keeper. It never runs plugin code: it forks the process that does,
and ends it with all that it started when the host lets go of the lifeline (or dies), when the host is no
longer its parent, or when the plugin's process has ended. It must not know cases or the store.
"""

from __future__ import annotations

import ctypes
import inspect
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from procflow.builtin.bell import ring
from procflow.errors import ProcflowError, UsageError
from procflow.hosts.crew import Crew
from procflow.hosts.frames import Frames, pack
from procflow.hosts.handed_over import HandedOver
from procflow.plugin_own import number_of
from procflow.plugin_source import PluginSource
from procflow.ports import Delivery, Inbound, WebReply, WebRequest

#: What one plugin's process may take of memory, in bytes.
MEMORY = 4 << 30
LARGEST_REQUEST = 1 << 30
STATUSES = ("done", "duplicate", "retry", "failed", "manual", "dropped")
FORMS = ("message", "receipt", "bounce", "out_of_office")
#: That of a letter of our own that came back to us, as mail has it.
OWN = "own"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(host: int, requests: int, answers: int, lifeline: int) -> None:
    """`host` is the process that started this one; the others are file descriptors."""
    for descriptor in (requests, answers, lifeline):
        os.set_inheritable(descriptor, False)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # the host decides when this ends
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    keeper = os.getpid()
    plugin = os.fork()
    if plugin == 0:
        signal.set_wakeup_fd(-1)
        for changed in (signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM):
            signal.signal(changed, signal.SIG_DFL)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(1)
        for end in (wake, woken, lifeline):
            os.close(end)
        _serve(requests, answers)
        os._exit(0)
    for end in (requests, answers):
        os.close(end)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os._exit(_keep(host, plugin, lifeline, wake))


# the keeper


def _keep(host: int, plugin: int, lifeline: int, wake: int) -> int:
    """Wait for the end of the host or of the plugin; -> the plugin's exit code, 128 + n for a signal."""
    code = 0
    while True:
        ready, _, _ = select.select([lifeline, wake], [], [], 1.0)
        if wake in ready:
            with suppress(BlockingIOError):
                os.read(wake, 4096)
        ended = _reap()
        if plugin in ended:
            code = os.waitstatus_to_exitcode(ended[plugin])
            break
        if lifeline in ready or os.getppid() != host:
            break
    _end_all()
    return code if code >= 0 else 128 - code


def _reap() -> dict[int, int]:
    ended: dict[int, int] = {}
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended[pid] = status
    return ended


def _end_all() -> None:
    """Kill everything below this process, also what tried to get away; orphans come back to the keeper."""
    until = time.monotonic() + 5.0
    while time.monotonic() < until:
        below = _below(os.getpid())
        for pid in below:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _reap()
        if not below:
            return
        time.sleep(0.005)


def _below(top: int) -> list[int]:
    """Every living process that descends from `top`."""
    children: dict[int, list[int]] = {}
    with suppress(OSError):
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            with suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(name))
    found: list[int] = []
    waiting = [top]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _prctl(option: int, value: int) -> None:
    """Linux only; elsewhere the keeper and the process group must do."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


# the plugin's process


def _serve(requests: int, answers: int) -> None:
    """Answer calls until the host is done, in threads for a channel that can do several at once."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    home = os.getpid()
    channels: dict[str, Any] = {}
    handed: dict[str, HandedOver] = {}
    speaking = Lock()

    def serve(request: Mapping[str, Any]) -> None:
        frame = _answered(channels, handed, request, home)
        with speaking:
            _write(answers, frame)

    crew: Crew[Mapping[str, Any]] = Crew(serve)
    heard = Frames(LARGEST_REQUEST)
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    while True:
        patience = crew.patience()
        if not poll.poll(None if patience is None else patience * 1000):
            crew.hurry()
            continue
        part = os.read(requests, 1 << 18)
        if not part:
            return
        for request in heard.of(part):
            at_once = 1
            if request["call"] in ("prepare", "deliver"):
                # what is fetched is read in the main thread, one call at a time
                at_once = int(number_of(channels.get(request["channel"]), "at_once", 1))
            if at_once <= 1:
                serve(request)
            else:
                crew.take(request, at_once)


def _answered(
    channels: dict[str, Any], handed: dict[str, HandedOver], request: Mapping[str, Any], home: int
) -> bytes:
    """The frame of the answer. What the plugin raises is an answer; what it returns is checked."""
    answer: dict[str, Any] = {"id": request["id"]}
    try:
        answer["value"] = _do(channels, handed, request)
    except _Garbage as why:
        answer["garbage"] = str(why)
    except UsageError as why:
        answer["refused"] = {"message": why.message, "hint": why.hint}
    except ProcflowError as why:
        answer["raised"] = why.message
    except BaseException as why:  # a plugin may raise anything, SystemExit too
        answer["raised"] = f"{type(why).__name__}: {why}"[:1000]
    if os.getpid() != home:
        os._exit(0)  # the plugin forked, and this is the copy
    for line in (
        sys.stdout,
        sys.stderr,
    ):  # what was printed is seen with the call that printed it, also half a line
        with suppress(Exception):
            line.flush()
    try:
        return pack(answer)
    except (TypeError, ValueError) as why:
        return pack({"id": request["id"], "garbage": f"answered what JSON does not have: {why}"})


class _Garbage(Exception):
    pass


def _do(channels: dict[str, Any], handed: dict[str, HandedOver], request: Mapping[str, Any]) -> Any:
    call = request["call"]
    if call == "load":
        return _load(channels, request)
    channel = channels[request["channel"]]
    if hasattr(channel, "now"):
        channel.now = datetime.fromisoformat(request["now"])
    if call == "normalise":
        given = channel.normalise(request["operation"], request["parameters"])
        if not isinstance(given, Mapping):
            raise _Garbage(f"normalise gave {type(given).__name__}, not parameters")
        return dict(given)
    if call == "prepare":
        wire = channel.prepare(request["operation"], request["key"], request["parameters"])
        if not isinstance(wire, bytes):
            raise _Garbage(f"prepare gave {type(wire).__name__}, not bytes")
        return wire
    if call == "deliver":
        answer = _delivery(channel.deliver(request["operation"], request["key"], request["wire"]))
        if (path := request.get("handed")) and answer["status"] in ("done", "duplicate"):
            try:
                if path not in handed:
                    handed[path] = HandedOver(path)
                handed[path].note(request["key"], answer["status"])
            except OSError:
                answer["unnoted"] = True  # whoever asked keeps it in mind
        return answer
    if call == "fetch":
        return _fetched(channel.fetch(request["cursor"]))
    if call == "web":
        return _replied(channel.web(WebRequest(**request["request"])))
    well = channel.health()
    if not isinstance(well, str):
        raise _Garbage(f"health gave {type(well).__name__}, not a sentence")
    return well


def _load(channels: dict[str, Any], request: Mapping[str, Any]) -> list[str]:
    source = PluginSource.from_json(request["source"])
    plugin = source.load()
    hook = _hook(plugin)
    found = hook(**_wanted(hook, request["settings"]))
    channels.update({channel.name: channel for channel in found})
    workspace = os.getcwd()
    for channel in found:
        if hasattr(channel, "ring"):
            channel.ring = partial(ring, workspace, channel.name)
    return sorted(channels)


def _hook(plugin: Any) -> Any:
    """The function that registers channels; its mark may give the hook's name instead of its own."""
    from procflow.hookspecs import PROJECT

    for _, function in inspect.getmembers(plugin):
        marked = getattr(function, f"{PROJECT}_impl", None)
        if isinstance(marked, Mapping) and marked.get("specname") == "register_channels":
            return function
    return plugin.register_channels


def _wanted(function: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A hook may leave out a parameter that it does not need."""
    code = getattr(function, "__code__", None)
    takes = code.co_varnames[: code.co_argcount] if code is not None else ("settings",)
    return {"settings": settings} if "settings" in takes else {}


def _delivery(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, Delivery):
        raise _Garbage(f"deliver gave {type(answer).__name__}, not a Delivery")
    if answer.status not in STATUSES:
        raise _Garbage(f"deliver gave the status {answer.status!r}; there are {', '.join(STATUSES)}")
    if not isinstance(answer.result, Mapping) or not isinstance(answer.error, str):
        raise _Garbage("deliver gave a Delivery whose result is no mapping, or whose error is no text")
    after = answer.retry_after
    if after is not None and not (isinstance(after, int | float) and 0 <= after < 1e9):
        raise _Garbage(f"deliver gave retry_after {after!r}; wanted are seconds")
    if not (answer.left is None or (isinstance(answer.left, bytes) and answer.status == "retry")):
        raise _Garbage("deliver gave a Delivery whose `left` is not the bytes of a next try")
    return {
        "status": answer.status,
        "result": dict(answer.result),
        "error": answer.error,
        "retry_after": after,
        "left": answer.left,
    }


def _fetched(answer: Any) -> dict[str, Any]:
    try:
        messages, cursor = answer
        listed = list(messages)
    except (TypeError, ValueError):
        raise _Garbage("fetch gave something else than (messages, cursor)") from None
    if not isinstance(cursor, str):
        raise _Garbage(f"fetch gave the cursor {type(cursor).__name__}, not text")
    return {"messages": [_message(each) for each in listed], "cursor": cursor}


def _replied(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, WebReply):
        raise _Garbage(f"web gave {type(answer).__name__}, not a WebReply")
    if not (isinstance(answer.status, int) and 200 <= answer.status < 600):
        raise _Garbage(f"web gave the status {answer.status!r}; wanted is one of HTTP")
    if not isinstance(answer.body, bytes) or not isinstance(answer.reason, str):
        raise _Garbage("web gave a WebReply whose body is not bytes, or whose reason is no text")
    headers = {"content-type": answer.type, **answer.headers}
    for name, value in headers.items():
        if not (isinstance(name, str) and isinstance(value, str) and (name + value).isprintable()):
            raise _Garbage(f"web gave a header {name!r} that HTTP does not have")
    return {
        "status": answer.status,
        "body": answer.body,
        "type": answer.type,
        "headers": dict(answer.headers),
        "messages": [_message(each) for each in answer.messages],
        "reason": answer.reason,
    }


def _message(message: Any) -> dict[str, Any]:
    if not isinstance(message, Inbound):
        raise _Garbage(f"there came {type(message).__name__}, not an Inbound")
    if not isinstance(message.received, datetime) or message.received.tzinfo is None:
        raise _Garbage("there came a message whose `received` is not an instant with a zone")
    if not isinstance(message.raw, bytes) or not all(isinstance(c, bytes) for _, c in message.files):
        raise _Garbage("there came a message whose raw or files are not bytes")
    texts = ("source", "external_id", "channel", "sender", "to", "subject", "text", "form")
    for name in texts:
        if not isinstance(getattr(message, name), str):
            raise _Garbage(f"there came a message whose {name} is not text")
    if message.form not in (*FORMS, OWN):
        raise _Garbage(f"there came a message of the form {message.form!r}; there are {', '.join(FORMS)}")
    if isinstance(message.thread, str):
        raise _Garbage("there came a message whose thread is a text; wanted are texts in a list")
    return {
        **{name: _sound(getattr(message, name)) for name in texts},
        **{name: _one_line(_sound(getattr(message, name))) for name in ("sender", "to", "subject")},
        "text": _sound(message.text).replace("\0", ""),
        "received": message.received.isoformat(),
        "fields": _sound(dict(message.fields)),
        "files": [[_sound(str(name)), content] for name, content in message.files],
        "thread": [_sound(str(each)) for each in message.thread],
        "facts": _sound(dict(message.facts)),
        "raw": message.raw,
    }


def _one_line(text: str) -> str:
    """What becomes an address or a header elsewhere has no line ends."""
    return text if text.isprintable() else " ".join(text.replace("\0", "").splitlines())


def _sound(value: Any) -> Any:
    """The same without half letters, which JSON can hold and nobody can write down."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, dict):
        return {_sound(name): _sound(item) for name, item in value.items()}
    return [_sound(item) for item in value] if isinstance(value, list | tuple) else value


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
