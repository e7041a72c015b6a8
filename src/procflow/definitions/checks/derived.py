"""What only follows from a fault that is told already, and so is not told as well.

It looks at what the checks found and knows nothing of how they found it.
"""

from __future__ import annotations

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

#: What names something under another word than its own: to whatever it means, it is as if nothing named it.
_LOST = frozenset({"PF201", "PF202", "PF242", "PF246", "PF315"})
#: What is wrong with something that nothing names: an event, a role, a field that is never asked for.
_FOLLOWS = frozenset({"PF247", "PF291", "PF323"})
#: What is wrong with a decision table that gives one answer, and was meant to give a list.
_OF_ONE_ANSWER = frozenset({"PF281", "PF282", "PF283"})
#: What says of a name all that can be said of it.
_BEFORE = frozenset({"PF250"})


def without_derived(found: Iterable[Diagnostic], told: Collection[Diagnostic]) -> list[Diagnostic]:
    """What was found, without what the errors that are `told` explain."""
    errors = [problem for problem in told if problem.is_error]
    at = {(p.path, p.line, p.column) for p in errors}
    lines = {(p.path, p.line) for p in errors}
    torn = {(p.path, p.line) for p in errors if p.code == "PF019"}
    mislead = {p.path for p in errors if p.code == "PF111"}
    # of two people or roles under one key the later one is not there
    doubled = any(p.code == "PF011" and p.path.endswith("organisation.yaml") for p in errors)
    found = list(found)
    lost = {(p.path, p.about[1]) for p in (*errors, *found) if p.code in _LOST and len(p.about) == 2}
    names = {(p.path, word) for p in found if p.code in _BEFORE for word in p.about}
    listed = {(p.path, word) for p in found if p.code == "PF317" for word in p.about}
    unclear = {p.path for p in (*errors, *found) if p.code in ("PF215", "PF240")}
    ids = [p.about for p in errors if p.code == "PF105" and p.about]
    wrong, meant = {word for word, _ in ids}, {right for _, right in ids if right}

    def follows(p: Diagnostic) -> bool:
        if p.code in ("PF242", "PF243", "PF291") and doubled:
            return True
        if p.code in _FOLLOWS and any((p.path, word) in lost for word in p.about):
            return True
        if p.code == "PF280" and any((p.path, word) in names for word in p.about):
            return True
        if p.code in _OF_ONE_ANSWER and any((p.path, word) in listed for word in p.about):
            return True
        if p.code == "PF403" and p.path in unclear:
            return True
        if p.code in UNKNOWN:  # the id that it means is there, and written wrongly
            return bool(p.about) and (p.about[0] in meant or p.about[1] in wrong)
        if p.code == "PF270":
            missing = [word for word in p.about if LANGUAGE.fullmatch(word) and word not in wrong]
            return (p.path, p.line) in torn or not missing
        if p.code in ("PF250", "PF251", "PF252", "PF280") and p.path in mislead:
            return True
        if p.code == "PF292":
            return (p.path, p.line) in lines
        return not p.is_error and (p.path, p.line, p.column) in at

    kept: dict[object, Diagnostic] = {}
    for problem in found:
        if not follows(problem):
            # a field of the wrong type is one mistake, however often it is reckoned with
            declared = problem.code == "PF317" and problem.hint.startswith("declare `")
            kept.setdefault((problem.path, problem.hint) if declared else problem, problem)
    return list(kept.values())
