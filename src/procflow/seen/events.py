"""Every event that an operator may hear of, and every field that one may have: the one list, from which the reference
page is made and by which each event is read before it goes anywhere.

A field holds a name of the house's own documents, a number, a time or the name of a class. What a customer or a person
at the desk has written fits in none of them; a value that is of another kind than its field is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

LEVELS = ("debug", "info", "warning", "error")
#: What stands for a value that is not of the kind of its field.
LEFT_OUT = "…"
_WORD = re.compile(r"[A-Za-z0-9_./:#{}*\[\]-]{1,200}")
_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+|\+?\d[\d .-]{5,}\d")


class Event(Struct, frozen=True):
    """`fields` are names of FIELDS."""

    name: str
    level: str
    fields: tuple[str, ...]
    about: str


class Told(Struct, frozen=True):
    """One event that happened. `at` is the world's time, `fault` the exception, for whoever takes it apart."""

    at: datetime
    event: Event
    fields: Mapping[str, Any] = field(default_factory=dict)


class Field(Struct, frozen=True):
    kind: str  # word, words, number, seconds, yes, sentence, told
    about: str


FIELDS: Mapping[str, Field] = {
    "what": Field("word", "`run` or `serve`, or which of several things listens: desk, door, operations"),
    "version": Field("word", "the version of procflow"),
    "host": Field("word", "the kind of host: local, temporal or none"),
    "store": Field("word", "the kind of store"),
    "pid": Field("number", "the id of the process"),
    "port": Field("number", "the port at which something listens"),
    "signal": Field("word", "the signal that asked to stop"),
    "clean": Field("yes", "whether everything begun was finished"),
    "case": Field("number", "the case's number"),
    "sequence": Field("number", "the case's sequence after the step"),
    "procedure": Field("word", "the procedure's id"),
    "command": Field("word", "the kind of command: open, choice, message, event, answer, time, read, retry, …"),
    "choice": Field("word", "the name of the choice, event or timer, as the procedure has it"),
    "source": Field("word", "where the command came from: a channel, a case, the procedure"),
    "states": Field("words", "the states that are active after the step"),
    "outcome": Field("word", "the outcome of a closed case; of a delivery or message, what became of it"),
    "closed": Field("yes", "whether the case is closed"),
    "effects": Field("number", "how many effects the step asked for"),
    "code": Field("word", "the code of a refusal, an error or a diagnostic"),
    "effect": Field("word", "the key of an effect: case/sequence/n"),
    "channel": Field("word", "the channel"),
    "plugin": Field("word", "the plugin"),
    "operation": Field("word", "the operation of the channel"),
    "attempt": Field("number", "which try it was, from 1"),
    "again_in": Field("seconds", "seconds until the next try"),
    "waited": Field("seconds", "seconds since the effect was asked for, or since the message came in"),
    "lag": Field("seconds", "seconds between a due instant and the step that took it"),
    "duration": Field("seconds", "seconds that it took"),
    "commit": Field("seconds", "seconds of those in which the step was stored"),
    "gate": Field("seconds", "seconds of those in which the step waited for other writers of the store"),
    "message": Field("word", "the first digits of the message's id"),
    "form": Field("word", "what a message is: message, receipt, bounce, out_of_office, own"),
    "count": Field("number", "how many"),
    "reason": Field("sentence", "why a web request was not taken, in the channel's own fixed words"),
    "method": Field("word", "the HTTP method"),
    "route": Field("word", "the route's template, such as /cases/{case}; never the path"),
    "status": Field("number", "the HTTP status"),
    "request": Field("word", "the id of the request, as the answer's header x-request-id says it"),
    "trace": Field("word", "the id of the trace, where traces are on"),
    "error": Field("word", "the class of what went wrong; its words are left out"),
    "place": Field("word", "file, line and function where it was raised"),
    "causes": Field("words", "the classes of what led to it, nearest first"),
    "path": Field("word", "the path of one of the house's documents"),
    "line": Field("number", "a line of it"),
    "verified": Field("word", "what a channel was tried against: live, recorded or stand-in"),
    "check": Field("word", "what a health check looks at: store, write, keys, clock, disk, host"),
    "logger": Field("word", "the name of a library's own logger"),
    "exit": Field("number", "the exit code"),
    "why": Field("told", "why it could not begin or go on: words about settings, files and servers"),
    "hint": Field("told", "what to do about it"),
}  # fmt: skip

_STEP = ("case", "sequence", "procedure", "command", "choice", "effect", "source")
_FAULT = ("error", "code", "place", "causes")
_HERE = ("request", "trace")

EVENTS: Mapping[str, Event] = {
    event.name: event
    for event in (
        Event("started", "info", ("what", "version", "host", "store", "pid"), "`run` or `serve` has begun"),
        Event("listening", "info", ("what", "port"), "something listens"),
        Event("stopping", "info", ("signal",), "it was asked to stop: nothing new is begun"),
        Event("stopped", "info", ("clean", "duration"), "it has stopped; `duration` since it was asked to"),
        Event("gave_up", "error", ("what", "exit", "code", "why", "hint"), "`run` or `serve` could not begin, or could not go on: the reason that a terminal would have shown"),
        Event("crashed", "error", _FAULT, "the process or one of its threads ends by a fault of the program"),
        Event("document_problem", "error", ("path", "line", "code"), "a document does not check; the last good one stays in force"),
        Event("channel_real", "info", ("channel", "verified"), "this channel speaks to the outside world"),
        Event("step", "info", (*_STEP, "states", "outcome", "closed", "effects", "lag", "duration", "commit", "gate", *_HERE), "a step was stored"),
        Event("refused", "info", (*_STEP, "outcome", "duration", *_HERE), "a command was refused; `outcome` is the code"),
        Event("stuck", "warning", (*_STEP, "outcome", *_HERE), "a command of a host or channel was refused, and waits at the case as an item"),
        Event("repeated", "debug", (*_STEP, *_HERE), "a command came again, and was answered as before"),
        Event("command", "debug", ("procedure", "command", "outcome", "duration", *_HERE), "a command was answered; `outcome`: accepted, refused, repeated"),
        Event("command_lost", "info", ("procedure", "command", "duration", *_FAULT, *_HERE), "a command was not taken: somebody was faster, or what it is about is not there"),
        Event("command_failed", "warning", ("procedure", "command", "duration", *_FAULT, *_HERE), "a command ended by a full disk, a busy store or a fault of the program"),
        Event("case_broken", "error", ("case", "procedure", *_FAULT), "a case cannot be stepped, or not be opened; the others go on"),
        Event("round_failed", "error", _FAULT, "the host's round ended by an error, and is tried again"),
        Event("delivery", "info", ("case", "effect", "channel", "operation", "attempt", "outcome", "again_in", "waited", "duration", *_HERE), "an effect was tried; `outcome`: done, duplicate, retry, failed, manual, dropped"),
        Event("delivery_fault", "warning", ("effect", "channel", "operation", *_FAULT), "a try ended by an exception; it is tried again"),
        Event("message_in", "info", ("message", "channel", "form", "count"), "a message was stored; `count`: its files"),
        Event("message_routed", "info", ("message", "channel", "case", "outcome", "waited"), "a message was given to its case (`taken`), to nobody yet (`unmatched`), or set aside (`ignored`)"),
        Event("message_failed", "error", ("message", *_FAULT), "a message could not be routed; a person looks at it"),
        Event("fetch_failed", "warning", ("channel", "attempt", "again_in", "waited", *_FAULT), "a try to fetch messages from this channel has failed; `waited`: since the first of those in a row. Without a channel: what was fetched could not be stored, and is fetched again"),
        Event("channel_trouble", "warning", ("channel",), "nothing can be fetched from this channel now; `procflow doctor` looks at it and tells since when, `procflow run --once` what was said"),
        Event("channel_well", "info", ("channel",), "it can again"),
        Event("plugin_trouble", "warning", ("plugin",), "something is wrong with this plugin: `procflow plugins` tells what of all that it brings, `procflow run --once` what it raises beside"),
        Event("plugin_well", "info", ("plugin",), "nothing is any more"),
        Event("temporal_away", "error", _FAULT, "the Temporal server does not answer: steps are taken, deadlines and deliveries wait"),
        Event("temporal_well", "info", (), "it answers again"),
        Event("web_refused", "warning", ("channel", "reason", "count"), "requests to the web door were not taken"),
        Event("http", "info", ("method", "route", "status", "duration", "request", "trace"), "a request was answered"),
        Event("http_fault", "error", ("method", "route", *_FAULT, "request", "trace"), "a request was answered with 500: a fault of the program"),
        Event("not_ready", "warning", ("check",), "a check of /health/ready fails now"),
        Event("ready", "info", ("check",), "it succeeds again"),
        Event("library", "warning", ("logger", *_FAULT), "a library had something to say; its words are left out"),
    )
}  # fmt: skip


def read(event: Event, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event in their order, each of its kind; what is unset, unknown or empty is not there."""
    found: dict[str, Any] = {}
    for name in event.fields:
        value = given.get(name)
        if value is None or value == "" or value == ():
            continue
        found[name] = _KINDS[FIELDS[name].kind](value)
    return found


def _word(value: Any) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else LEFT_OUT


def _words(value: Any) -> list[str]:
    return [_word(one) for one in list(value)[:20]]


def _number(value: Any) -> int | str:
    return value if type(value) is int else LEFT_OUT


def _seconds(value: Any) -> float | str:
    return round(float(value), 6) if isinstance(value, int | float) else LEFT_OUT


def _yes(value: Any) -> bool:
    return bool(value)


def _sentence(value: Any) -> str:
    return _ADDRESS.sub(LEFT_OUT, str(value)).replace("\n", " ")[:100]


def _told(value: Any) -> str:
    """The program's own words about settings, files, servers and options."""
    return str(value).strip()[:2000]


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "word": _word,
    "words": _words,
    "number": _number,
    "seconds": _seconds,
    "yes": _yes,
    "sentence": _sentence,
    "told": _told,
}
