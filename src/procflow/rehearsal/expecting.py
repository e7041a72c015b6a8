"""What a scenario expects of a case, one function for each key of `expect`.

Each looks at the case as it stands now and gives the difference, or None. Nothing here changes a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procflow.core.decide import field_context
from procflow.core.fields import check_value
from procflow.core.nearest import did_you_mean
from procflow.core.procedure import Field
from procflow.core.values import equal
from procflow.definitions.building import is_null, written
from procflow.definitions.nodes import YList, YMap, plain_value
from procflow.records.story import entry_in_words
from procflow.rehearsal.expecting_time import act_by, due, missed
from procflow.rehearsal.expecting_words import says, says_not, says_only
from procflow.rehearsal.expecting_work import choices, notes, tasks
from procflow.rehearsal.failure import Difference, Failed, key_of, place_of
from procflow.rehearsal.looking import Look
from procflow.rehearsal.matching import holds_part, matches, operation_of, sent_differs
from procflow.rehearsal.showing import effect_line, node_text, node_texts, shown

LANGUAGES = ("en", "da")


def differences(look: Look, node: YMap) -> list[Difference]:
    """Everything that is not as `expect` says, in the order written. Raises Failed for a key it does not know."""
    found = []
    for key, wanted in node.items():
        if key == "case":
            continue
        check = CHECKS.get(str(key))
        if check is None:
            raise Failed(f"`expect` knows no `{key}`", key_of(node, key), did_you_mean(str(key), CHECKS))
        difference = check(look, wanted, key_of(node, key))
        if difference is not None:
            found.append(difference)
    return found


def _state(look: Look, node: Any, at: Any) -> Difference | None:
    """A list is all of the innermost active states; a single name is any active one, outer or innermost."""
    active = list(look.case.active)
    wanted = [str(item) for item in node] if isinstance(node, YList) else [str(node)]
    names = look.procedure.state
    for item, word in zip(node if isinstance(node, YList) else [node], wanted, strict=True):
        if word not in names:
            raise Failed(
                f"{look.procedure.name} has no state `{word}`", place_of(item), did_you_mean(word, names)
            )
    good = sorted(active) == sorted(wanted) if isinstance(node, YList) else look.case.is_in(wanted[0])
    return None if good else Difference("state", wanted, active, at)


def _data(look: Look, node: Any, at: Any) -> Difference | None:
    if not isinstance(node, YMap):
        raise Failed("`data` is a mapping of fields to values", place_of(node))
    expected, actual, first = [], [], None
    for name, wanted in node.items():
        field = look.procedure.fields.get(str(name))
        if field is None:
            hint = did_you_mean(str(name), look.procedure.fields)
            raise Failed(f"{look.procedure.name} has no data `{name}`", key_of(node, name), hint)
        value = _value(look, field)
        if not _is_value(look, field, wanted, value):
            first = first or key_of(node, name)
            expected.append(f"{name}: {node_text(wanted)}")
            actual.append(f"{name}: {shown(value, look.organisation)}")
    return Difference("data", expected, actual, first) if first else None


def _value(look: Look, field: Field) -> Any:
    value = look.case.data.get(field.name)
    if field.type == "evidence":
        void = look.case.data.get(f"{field.name}~void")
        if value is None:
            return {"accepted": False}
        return {**value, "accepted": False, "verdict": "rejected"} if void else value
    return value


def _is_value(look: Look, field: Field, node: Any, value: Any) -> bool:
    if is_null(node):
        return value is None or value == () or (field.type == "evidence" and len(value) == 1)
    if field.type not in ("evidence", "file"):
        typed, problems = check_value(field, written(field, node), field_context(look.stage.surroundings))
        if not problems and equal(typed, value):
            return True
    return matches(node, value, look.organisation)


def _sent(look: Look, node: Any, at: Any) -> Difference | None:
    wanted = list(node) if isinstance(node, YList) else [node]
    asked = look.asked[look.since :]
    if not sent_differs(wanted, asked, look.organisation):
        return None
    named = {operation_of(entry)[0] for entry in wanted}
    expected = [effect_line(name, node_texts(looked)) for name, looked in map(operation_of, wanted)]
    actual = []
    listed = [
        (operation, parameters)
        for operation, parameters, optional in asked
        if not optional or operation in named
    ]
    for n, (operation, parameters) in enumerate(listed):
        name, looked = operation_of(wanted[n]) if n < len(wanted) else ("", None)
        keys = list(looked) if isinstance(looked, YMap) else [] if name == operation else None
        actual.append(effect_line(operation, _facts(parameters, keys, look)))
    return Difference("sent", expected, actual, at)


def _facts(parameters: Any, keys: Sequence[str] | None, look: Look) -> dict[str, str]:
    """The parameters that are looked at, in that order; all of them where none is."""
    if not isinstance(parameters, Mapping):
        return {"": shown(parameters, look.organisation)}
    names = (
        keys if keys is not None else [key for key, value in parameters.items() if value not in (None, ())]
    )
    return {str(key): shown(parameters.get(key), look.organisation) for key in names}


def _nothing_sent(look: Look, node: Any, at: Any) -> Difference | None:
    asked = [entry for entry in look.asked[look.since :] if not entry[2]]
    wants_nothing = plain_value(node) is not False
    if wants_nothing == (not asked):
        return None
    lines = [effect_line(operation, _facts(parameters, None, look)) for operation, parameters, _ in asked]
    return Difference("sent", [] if wants_nothing else ["(something)"], lines, at)


def _count(look: Look, node: Any, at: Any) -> Difference | None:
    expected, actual = [], []
    asked = [operation for operation, _, _ in look.asked]
    for name, wanted in node.items():
        times = asked.count(str(name)) or look.case.counts.get(str(name), 0)
        if str(times) != str(wanted).strip():
            expected.append(f"{name}: {wanted}")
            actual.append(f"{name}: {times}")
    return Difference("count", expected, actual, at) if expected else None


def _promises(look: Look, node: Any, at: Any) -> Difference | None:
    """How each promise stands: kept, pending, broken; idle where nothing has moved it."""
    if not isinstance(node, YMap):
        raise Failed("`promises` is a mapping of promises to how they stand", place_of(node))
    known = [promise.name for promise in look.procedure.promises]
    expected, actual = [], []
    for name, wanted in node.items():
        if name not in known:
            hint = did_you_mean(str(name), known)
            raise Failed(f"{look.procedure.name} has no promise `{name}`", key_of(node, name), hint)
        monitor = look.case.promises.get(str(name))
        stands = monitor.state if monitor is not None else "idle"
        if str(wanted) != stands:
            expected.append(f"{name}: {wanted}")
            actual.append(f"{name}: {stands}")
    return Difference("promises", expected, actual, at) if expected else None


def _outcome(look: Look, node: Any, at: Any) -> Difference | None:
    actual = look.case.outcome if look.case.is_closed else ""
    wanted = "" if is_null(node) else str(node)
    if wanted == actual:
        return None
    return Difference("outcome", [wanted or "(open)"], [actual or "(open)"], at)


def _log(look: Look, node: Any, at: Any) -> Difference | None:
    """These entries, in this order; others may stand between them."""
    wanted = list(node) if isinstance(node, YList) else [node]
    entries = [entry for _, step in look.stage.engine.journal(look.case.id) for entry in step]
    told = [
        (entry, [entry_in_words(entry, look.procedure, look.organisation, lang) for lang in LANGUAGES])
        for entry in entries
    ]
    place = 0
    for item in wanted:
        while place < len(told) and not _is_entry(look, item, *told[place]):
            place += 1
        if place == len(told):
            lines = [f"{type(entry).__name__}: {words[0]}" for entry, words in told]
            return Difference("log", [node_text(entry) for entry in wanted], lines, place_of(item, at))
        place += 1
    return None


def _is_entry(look: Look, item: Any, entry: Any, told: Sequence[str]) -> bool:
    kind = type(entry).__name__
    if isinstance(item, YMap):
        return all(
            _is_kind(str(wanted), kind) if key in ("kind", "entry")
            else any(holds_part(str(wanted), words) for words in told) if key in ("words", "says")
            else matches(wanted, getattr(entry, str(key), None), look.organisation)
            for key, wanted in item.items()
        )  # fmt: skip
    return _is_kind(str(item), kind) or any(holds_part(str(item), words) for words in told)


def _is_kind(word: str, kind: str) -> bool:
    return word.replace("_", "").casefold() == kind.casefold()


#: key of `expect` -> what looks at it.
CHECKS: dict[str, Callable[[Look, Any, Any], Difference | None]] = {
    "state": _state,
    "data": _data,
    "sent": _sent,
    "nothing_sent": _nothing_sent,
    "count": _count,
    "due": due,
    "act_by": act_by,
    "missed": missed,
    "promises": _promises,
    "tasks": tasks,
    "outcome": _outcome,
    "notes": notes,
    "choices": choices,
    "says": says,
    "says_not": says_not,
    "says_only": says_only,
    "log": _log,
}
