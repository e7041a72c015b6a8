"""What stands in a channel's table of `procflow.toml`: the numbers that the house itself reads there, and lines that nobody
reads. It must not know which channels there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from procflow.core.nearest import did_you_mean
from procflow.definitions.settings import Settings, place_of
from procflow.errors import Diagnostic

if TYPE_CHECKING:
    from procflow.definitions.settings_access import Problem

_MOST = 1e9
#: What the house itself reads in a channel's table, beside `mode` -> what it must be, and how it is written.
_NUMBERS = {
    ("deadline",): ("a number above 0", "write deadline = 30: seconds that a call may take"),
    ("web_per_minute",): ("a whole number above 0", "write web_per_minute = 120: requests of one address"),
    ("inbox", "every"): ("a number, 0 or more", "write every = 20: seconds between two looks"),
}


def with_good_numbers(name: str, values: dict[str, Any], problem: Problem) -> dict[str, Any]:
    """The table of a channel without numbers of the house that are none; each of those goes to `problem`."""
    for way, (wanted, hint) in _NUMBERS.items():
        *above, key = way
        table = values.get(above[0]) if above else values
        if not isinstance(table, dict) or key not in table:
            continue
        number: Any = table[key]
        whole = isinstance(number, int) and not isinstance(number, bool)
        good = (whole or ("whole" not in wanted and isinstance(number, float))) and 0 <= number < _MOST
        if good and (number or "0 or more" in wanted):
            continue
        problem(("channels", name, *way), "PF232", f"`{'.'.join(way)}` must be {wanted}", hint)
        rest = {other: value for other, value in table.items() if other != key}
        values = {**values, above[0]: rest} if above else rest
    return values


#: The names of what the house itself reads of the settings of every channel.
_OF_EVERY_CHANNEL = ("mode", *(".".join(way) for way in _NUMBERS))


def unknown_settings(
    content: bytes, settings: Settings, read: Mapping[str, Collection[str] | None], path: str
) -> list[Diagnostic]:
    """Tables of channels that no plugin brings, and settings that a channel does not read. `read` has for each channel the
    names that it reads; None: it does not say."""
    from procflow.definitions.codes import diagnostic  # a step reads settings, and says nothing of them

    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    found = []
    for name, table in settings.channels.items():
        named = read.get(name, ())
        if name not in read:
            at, message = place_of(text, ("channels", name)), f"no plugin brings the channel `{name}`"
            hint = did_you_mean(name, read) or f"there are {', '.join(sorted(read))}"
            found.append(diagnostic(path, *at, "PF238", message, hint))
        elif named is not None:
            known = {*_OF_EVERY_CHANNEL, *named}
            for each in table.named():
                if each in known or each.partition(".")[0] in known:
                    continue
                at = place_of(text, ("channels", name, *each.split(".")))
                message = f"the channel {name} reads no setting `{each}`"
                hint = did_you_mean(each, known) or f"it reads {', '.join(sorted(known))}"
                found.append(diagnostic(path, *at, "PF238", message, hint))
    return found
