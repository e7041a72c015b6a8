"""What only follows from a fault that is told already, and so is not told as well.

It looks at what the checks found and knows nothing of how they found it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from procflow.definitions.building import LANGUAGE
from procflow.errors import Diagnostic

#: What says that a name is not there.
UNKNOWN = frozenset(
    {
        "PF200", "PF201", "PF202", "PF240", "PF241", "PF242", "PF243", "PF244", "PF245", "PF294", "PF299", "PF310",
        "PF311", "PF312", "PF315", "PF316",
    }
)  # fmt: skip
_WRITE = re.compile(r"write `([^`]+)`")
_NO_ID = re.compile(r"`([^`]+)` is not an id")
_MEANS = re.compile(r"did you mean `?([^`?]+)`?\?")
_NO_SUCH = re.compile(r"there is no [a-z ]+ `?([^` ]+)`?")
_IN_LANGUAGE = re.compile(r"this text is missing in (.*)")


def without_derived(found: Iterable[Diagnostic], told: Collection[Diagnostic]) -> list[Diagnostic]:
    """What was found, without what the errors that are `told` explain."""
    errors = [problem for problem in told if problem.is_error]
    at = {(p.path, p.line, p.column) for p in errors}
    lines = {(p.path, p.line) for p in errors}
    meant = {made[1] for p in errors if p.code == "PF105" and (made := _WRITE.fullmatch(p.hint))}
    wrong = {name[1] for p in errors if p.code == "PF105" and (name := _NO_ID.match(p.message))}

    def follows(p: Diagnostic) -> bool:
        if p.code in UNKNOWN:  # the id that it means is there, and written wrongly
            name = _NO_SUCH.fullmatch(p.message)
            near = _MEANS.fullmatch(p.hint)
            return (name is not None and name[1] in meant) or (near is not None and near[1] in wrong)
        if p.code == "PF270":
            missing = _IN_LANGUAGE.fullmatch(p.message)
            return missing is not None and not any(
                map(LANGUAGE.fullmatch, re.findall("`([^`]+)`", missing[1]))
            )
        if p.code == "PF292":
            return (p.path, p.line) in lines
        return not p.is_error and (p.path, p.line, p.column) in at

    return [problem for problem in found if not follows(problem)]
