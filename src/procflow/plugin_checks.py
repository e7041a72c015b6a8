"""What plugins answer, looked at before anybody believes it: channels, and verdicts on evidence.

It must not know how plugins are found or asked.
"""

from __future__ import annotations

import inspect
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from procflow import hookspecs
from procflow.core.nearest import did_you_mean
from procflow.core.outside import OWN
from procflow.definitions.parameters import schema_problem
from procflow.errors import PluginError
from procflow.plugin_own import is_number, own
from procflow.plugin_source import PluginSource, folded

MODES = ("real", "manual", "file", "off")
#: What a channel, an operation and a function are called.
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: hooks that give functions by their names -> what the names are like
NAMED = {
    "register_functions": NAME, "register_evidence_checks": NAME, "register_calendars": NAME,
    "register_assignment_rules": NAME, "register_stores": NAME, "register_exporters": NAME,
    "register_pages": re.compile(r"[a-z][a-z0-9_/-]*"),
}  # fmt: skip
#: how the functions of a hook are called
_CALLED = {
    "register_evidence_checks": "(offered, data, now, context)", "register_calendars": "(year)",
    "register_assignment_rules": "(candidates, context)", "register_stores": "(address, world)",
    "register_pages": "(request)", "register_exporters": "(sheet, write, language)",
}  # fmt: skip
#: method -> how it is called; the last three a channel may leave out.
_CHANNEL_METHODS = {
    "prepare": "(operation, key, parameters)",
    "deliver": "(operation, key, wire)",
    "fetch": "(cursor)",
    "health": "()",
    "web": "(request)",
    "normalise": "(operation, parameters)",
    "read": "(raw, received)",
}
#: What helps a plugin that raises where it registers its channels.
WITHOUT_SETTINGS = "documents are checked without any settings: look at them when the channel works, and say in health what is missing"
_WANTED = ("prepare", "deliver", "fetch", "health")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_FILE_TYPE = re.compile(r"[a-z0-9]{1,10}")
#: What the house can fill in: see `hosts.letters`.
FILLED_BY_HOUSE = ("automatic", "answers")
_VERDICTS = ("accepted", "rejected", "second_check")


def channel_problem(channel: Any) -> str:
    """What keeps an object from being a channel; "" when it is one. It never raises."""
    try:
        return _channel_problem(channel)
    except Exception as why:
        return f"registers a channel that cannot be looked at: {type(why).__name__}: {one_line(why)}"


def _channel_problem(channel: Any) -> str:
    if isinstance(channel, type):
        return (
            f"registers the class {channel.__name__}, not a channel made of it: write {channel.__name__}(...)"
        )
    name = getattr(channel, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"registers a channel without a usable name ({name!r}); wanted is snake_case"
    if name in OWN:
        return f"registers a channel called {name}, a word of the language itself"
    operations = getattr(channel, "operations", None)
    if not isinstance(operations, Mapping):
        return f"registers the channel {name} without operations"
    for operation, schema in operations.items():
        if not isinstance(operation, str) or not NAME.fullmatch(operation):
            return f"gives the channel {name} an operation {operation!r}; wanted is snake_case, without the channel"
        wrong = schema_problem(schema) or (schema_problem(schema["x-result"]) if "x-result" in schema else "")
        if wrong:
            return f"gives {name}.{operation} a schema that {wrong}"
        wrong = _manual_problem(schema)
        if wrong:
            return f"gives {name}.{operation} an x-manual {wrong}"
        for parameter, each in schema.get("properties", {}).items():
            if isinstance(each, Mapping) and each.get("x-house", "automatic") not in FILLED_BY_HOUSE:
                fit = ", ".join(FILLED_BY_HOUSE)
                return f"wants {parameter} of {name}.{operation} filled in with {each['x-house']!r}; the house has {fit}"
    if getattr(channel, "verified", None) not in ("live", "recorded", "stand-in"):
        return f"does not say of the channel {name} how it was verified: live, recorded or stand-in"
    modes = getattr(channel, "modes", MODES)
    if not isinstance(modes, tuple | list) or not modes or set(modes) - set(MODES):
        return f"gives the channel {name} modes that do not exist; there are {', '.join(MODES)}"
    named = getattr(channel, "settings", ())
    if isinstance(named, Mapping):
        named = ()  # its own table, kept under that name: it names nothing
    if not isinstance(named, tuple | list) or not all(isinstance(each, str) for each in named):
        return f"does not name the settings of the channel {name} in a tuple of texts"
    return _methods_problem(channel, name) or _numbers_problem(channel, name)


def _methods_problem(channel: Any, name: str) -> str:
    for method, called in _CHANNEL_METHODS.items():
        function = getattr(channel, method, None)
        if function is None and method not in _WANTED:
            continue
        if not callable(function):
            return f"registers the channel {name} without {method}()"
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            return f"makes {method} of the channel {name} async; it is called as it is, without await"
        if not _takes(function, called):
            return f"gives the channel {name} a {method} that cannot be called as {method}{called}"
    return ""


def _takes(function: Any, called: str) -> bool:
    """Whether it can be called like that: `(offered, data)`."""
    try:
        inspect.signature(function).bind(*called.strip("()").replace(",", " ").split())
    except TypeError:
        return False
    except ValueError:
        return True  # what is not written in Python does not say what it takes
    return True


def _numbers_problem(channel: Any, name: str) -> str:
    """Where a property reads settings that are not there yet, nothing is said."""
    every, at_once, file_type = (own(channel, word) for word in ("fetch_every", "at_once", "file_type"))
    if every is not None and not (is_number(every) and 0 <= every < math.inf):
        return f"gives the channel {name} a fetch_every that is {every!r}; wanted are seconds"
    if at_once is not None and not (is_number(at_once) and at_once == int(at_once) >= 1):
        return f"gives the channel {name} an at_once that is {at_once!r}; wanted is a whole number from 1"
    if file_type is not None and not (isinstance(file_type, str) and _FILE_TYPE.fullmatch(file_type)):
        return f"gives the channel {name} a file_type that is {file_type!r}; wanted is one like 'eml'"
    return ""


def _manual_problem(schema: Mapping[str, Any]) -> str:
    """What is wrong with the words for who does it by hand; a name in braces that is no parameter would be empty there."""
    if "x-manual" not in schema:
        return ""
    words = schema["x-manual"]
    if not isinstance(words, Mapping) or not all(isinstance(each, str) for each in words.values()):
        return "that is no mapping of languages to texts: write {'da': '…', 'en': '…'}"
    if schema.get("additionalProperties") is not False or {"$ref", "allOf", "anyOf", "oneOf"} & schema.keys():
        return ""  # there may be others
    known = schema.get("properties", {})
    for language, text in words.items():
        for named in _PLACE.findall(text):
            if named not in known:
                return f"whose {language} names {{{named}}}, which is no parameter{_meant(named, known)}"
    return ""


def _meant(word: str, known: Mapping[str, Any]) -> str:
    hint = did_you_mean(word, list(known))
    return f"; {hint}" if hint else ""


def named_problem(hook: str, answer: Any) -> str:
    """What is wrong with an answer that should give functions by their names; "" where nothing is."""
    if not isinstance(answer, Mapping):
        return f"answered {hook} with {kind_of(answer)}, not names"
    for name, function in answer.items():
        if not (isinstance(name, str) and NAMED[hook].fullmatch(name) and callable(function)):
            return f"answered {hook} with {name!r}, which is not a name with a function"
        called = _CALLED.get(hook, "")
        if hook == "register_exporters" and own(function, "of") != "report":
            return f'answered {hook} with {name}, which is a form of nothing: write {name}.of = "report"'
        if called and not _takes(function, called):
            return f"answered {hook} with {name}, which cannot be called as {name}{called}"
    return ""


def kind_of(answer: Any) -> str:
    """What a plugin answered instead of what was wanted."""
    return "nothing (a return is missing)" if answer is None else type(answer).__name__


def stands_twice(loaded: Iterable[PluginSource], other: PluginSource) -> tuple[()] | tuple[str, str] | None:
    """None where no plugin of that name is loaded. Of two in the same folder nobody means one to go before the other: (what
    is wrong, what helps)."""
    for one in loaded:
        if folded(one.name) == folded(other.name):
            files = {one.kind, other.kind} <= {"file", "folder"} and one.where != other.where
            if not files or os.path.dirname(one.where) != os.path.dirname(other.where):
                return ()
            words = f"stands twice: {one.where} is loaded, {other.where} is passed by"
            return words, "give one of them another name"
    return None


def not_imported(source: PluginSource, why: BaseException) -> tuple[str, str]:
    """(what is wrong with a plugin that raised when it was imported, what helps)."""
    hint, missing = "", getattr(why, "name", None)
    if isinstance(why, ModuleNotFoundError):
        hint = "install what it needs into the Python that runs procflow; a folder's pyproject.toml is not read for that"
        if missing and not source.file and f"{source.module}.".startswith(f"{missing}."):
            hint = f"its entry point names the module {source.module}: write the one that is there"
    elif isinstance(why, AttributeError) and missing in source.attribute.split("."):
        hint = f"its entry point names {source.module}:{source.attribute}: write the module alone, or what is in it"
    return f"cannot be imported from {source.where}: {type(why).__name__}: {why}", hint


def unfit(plugin: Any, why: Exception) -> tuple[str, str]:
    """(what is wrong with a hook that pluggy refuses, a hint)."""
    refused = getattr(why, "plugin", None)
    for name, function in inspect.getmembers(plugin, inspect.isroutine):
        marked = getattr(function, f"{hookspecs.PROJECT}_impl", None)
        if refused is None or not isinstance(marked, Mapping):
            continue
        spec = getattr(hookspecs, str(marked.get("specname") or name))
        given = list(inspect.signature(spec).parameters)
        for wrong in (each for each in inspect.signature(function).parameters if each not in given):
            hint = did_you_mean(wrong, given) or (
                f"it gives {', '.join(given)}" if given else "it gives nothing"
            )
            return f"has a {name} that asks for `{wrong}`, which that hook does not give", hint
    return f"has a hook that does not fit: {one_line(why)}", ""


def one_line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:300]


def verdicts(check: Callable[..., Any], failed: Callable[[str], PluginError]) -> Callable[..., Any]:
    """A check of evidence whose answer is looked at before anybody believes it."""

    def checked(*given: Any) -> Any:
        answer = check(*given)
        good = isinstance(answer, Mapping) and isinstance(answer.get("accepted"), bool)
        if not good or answer.get("verdict") not in _VERDICTS or not answer.get("reason"):
            raise failed("gave no verdict (accepted, verdict, reason)")
        if answer["accepted"] != (answer["verdict"] == "accepted"):
            raise failed(
                f"contradicts itself: accepted is {answer['accepted']}, the verdict {answer['verdict']}"
            )
        return answer

    return checked
