"""What the house itself reads in a channel's table of `procflow.toml`. What is wrong goes to `problem` and has its default.
It must not know which channels there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    """The table of a channel without numbers of the house that are none; each of those is a problem."""
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
