"""What plugins answer, looked at before anybody believes it: channels, and verdicts on evidence.

It must not know how plugins are found or asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from procflow.core.outside import OWN
from procflow.definitions.parameters import schema_problem
from procflow.errors import PluginError

MODES = ("real", "manual", "file", "off")
#: What a channel, an operation and a function are called.
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CHANNEL_METHODS = ("prepare", "deliver", "fetch", "health")
_VERDICTS = ("accepted", "rejected", "second_check")


def channel_problem(channel: Any) -> str:
    """What keeps an object from being a channel; "" when it is one."""
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
    for method in _CHANNEL_METHODS:
        if not callable(getattr(channel, method, None)):
            return f"registers the channel {name} without {method}()"
    if getattr(channel, "verified", None) not in ("live", "recorded", "stand-in"):
        return f"does not say of the channel {name} how it was verified: live, recorded or stand-in"
    modes = getattr(channel, "modes", MODES)
    if not isinstance(modes, tuple | list) or not modes or set(modes) - set(MODES):
        return f"gives the channel {name} modes that do not exist; there are {', '.join(MODES)}"
    named = getattr(channel, "settings", ())
    if not isinstance(named, tuple | list) or not all(isinstance(each, str) for each in named):
        return f"does not name the settings of the channel {name} in a tuple of texts"
    return ""


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
