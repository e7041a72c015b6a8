"""What a scenario expects of a case, one function for each key of `expect`.

Each looks at the case as it stands now and gives the difference, or None. Nothing here changes a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from procflow.core import journal as j
from procflow.core.calendar import Due
from procflow.core.choices import ITEM_CHOICES
from procflow.core.decide import field_context
from procflow.core.fields import check_value
from procflow.core.nearest import did_you_mean
from procflow.core.offers import offered_names
from procflow.core.people import holders
from procflow.core.procedure import Field, Procedure
from procflow.core.snapshot import plain_items
from procflow.core.values import equal
from procflow.definitions.building import is_null, written
from procflow.definitions.nodes import YList, YMap, plain_value
from procflow.engine import Loaded
from procflow.records.story import entry_in_words
from procflow.rehearsal.entering import instant_of
from procflow.rehearsal.failure import Difference, Failed, key_of, place_of
from procflow.rehearsal.matching import Asked, holds_part, matches, operation_of, sent_differs
from procflow.rehearsal.showing import effect_line, node_text, node_texts, shown
from procflow.rehearsal.stage import Stage

LANGUAGES = ("en", "da")


@dataclass(frozen=True)
class Look:
    """One look at one case: the stage, the case, and whoever acted last in the test."""

    stage: Stage
    loaded: Loaded
    procedure: Procedure
    person: str
    since: int  # how much of what was asked for the last `expect` saw

    @property
    def case(self) -> Any:
        return self.loaded.plain

    @property
    def organisation(self) -> Any:
        return self.stage.surroundings.organisation

    @property
    def asked(self) -> list[Asked]:
        return self.stage.asked(self.case.id)

    def moment(self, instant: Any) -> str:
        return f"{instant.astimezone(self.stage.surroundings.calendar.tz):%Y-%m-%d %H:%M:%S}".removesuffix(
            ":00"
        )


def differences(look: Look, node: YMap) -> list[Difference]:
    """Everything that is not as `expect` says, in the order written. Raises Failed for a key it does not know."""
    found = []
    for key, wanted in node.items():
        if key in ("case", "by"):
            continue
        check = _CHECKS.get(str(key))
        if check is None:
            raise Failed(f"`expect` knows no `{key}`", key_of(node, key), did_you_mean(str(key), _CHECKS))
        difference = check(look, wanted, key_of(node, key))
        if difference is not None:
            found.append(difference)
    return found


def _state(look: Look, node: Any, at: Any) -> Difference | None:
    active = [name.rpartition(".")[2] for name in look.case.active]
    wanted = [str(item) for item in node] if isinstance(node, YList) else [str(node)]
    names = {state.name for state in look.procedure.states}
    parts = {part for name in names for part in name.split(".")}
    for item, word in zip(node if isinstance(node, YList) else [node], wanted, strict=True):
        if word not in names | parts:
            raise Failed(
                f"{look.procedure.name} has no state `{word}`", place_of(item), did_you_mean(word, parts)
            )
    if isinstance(node, YList):
        good = sorted(active) == sorted(name.rpartition(".")[2] for name in wanted)
    else:
        good = any(_is_in(wanted[0], name) for name in look.case.active)
    return None if good else Difference("state", wanted, active, at)


def _is_in(wanted: str, active: str) -> bool:
    """Whether a state, or one around it, is the wanted one."""
    return wanted in (active, *active.split(".")) or active.startswith(f"{wanted}.")


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
        looked = operation_of(wanted[n])[1] if n < len(wanted) else None
        keys = list(looked) if isinstance(looked, YMap) else None
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


def _due(look: Look, node: Any, at: Any) -> Difference | None:
    expected, actual, first = [], [], None
    for name, wanted in node.items():
        if str(name) not in look.procedure.deadline:
            hint = did_you_mean(str(name), look.procedure.deadline)
            raise Failed(f"{look.procedure.name} has no deadline `{name}`", key_of(node, name), hint)
        clock = look.case.clocks.get(str(name))
        due = (
            Due.from_json(clock.due).at
            if clock is not None and clock.state == "running" and clock.due
            else None
        )
        if is_null(wanted):
            good = due is None
        else:
            zone, calendar = look.organisation.zone, look.stage.surroundings.calendar
            instant = instant_of(wanted, zone, calendar.midnight)
            whole_day = ":" not in str(wanted) and "." not in str(wanted)[10:]
            same_day = due is not None and calendar.civil_date(due) == calendar.civil_date(instant)
            good = same_day if whole_day else due == instant
        if not good:
            first = first or key_of(node, name)
            expected.append(f"{name}: {'not running' if is_null(wanted) else wanted}")
            state = (
                "not running"
                if clock is None
                else clock.state
                if clock.state != "running"
                else "has no date yet"
            )
            actual.append(f"{name}: {look.moment(due) if due is not None else state}")
    return Difference("due", expected, actual, first) if first else None


def _missed(look: Look, node: Any, at: Any) -> Difference | None:
    wanted = [] if is_null(node) else [str(item) for item in (node if isinstance(node, YList) else [node])]
    for name in wanted:
        if name not in look.procedure.deadline:
            hint = did_you_mean(name, look.procedure.deadline)
            raise Failed(f"{look.procedure.name} has no deadline `{name}`", place_of(node, at), hint)
    return _same("missed", sorted(wanted), sorted(look.case.missed), at)


def _outcome(look: Look, node: Any, at: Any) -> Difference | None:
    actual = look.case.outcome if look.case.is_closed else ""
    wanted = "" if is_null(node) else str(node)
    if wanted == actual:
        return None
    return Difference("outcome", [wanted or "(open)"], [actual or "(open)"], at)


def _tasks(look: Look, node: Any, at: Any) -> Difference | None:
    wanted = list(node) if isinstance(node, YList) else [node]
    open_tasks = _open_tasks(look)
    left = list(open_tasks)
    missing = False
    for entry in wanted:
        fit = next((task for task in left if _is_task(look, entry, task)), None)
        if fit is None:
            missing = True
        else:
            left.remove(fit)
    if not missing and (wanted or not open_tasks):
        return None
    keys = list(dict.fromkeys(str(key) for entry in wanted if isinstance(entry, YMap) for key in entry))
    show = ("state", "kind", "for") if not keys else ("state", *[key for key in keys if key != "state"])
    lines = [
        ", ".join(f"{key}: {_task_words(task[key])}" for key in show if task.get(key)) for task in open_tasks
    ]
    return Difference("tasks", [node_text(entry) for entry in wanted], lines, at)


def _open_tasks(look: Look) -> list[dict[str, Any]]:
    case, found = look.case, []
    about = plain_items(look.loaded.sealed, look.stage.engine.unsealer(case.id, look.loaded.row.key_slot))
    for state, task in case.tasks.items():
        people = (task.claimed_by,) if task.claimed_by else task.people
        roles = () if task.claimed_by else task.roles
        found.append(_task(look, "work", state, roles, people, task.claimed_by, None))
    for key, item in case.items.items():
        found.append(_task(look, item.kind, "", item.roles, item.people, "", about.get(key)))
    return found


def _task(
    look: Look, kind: str, state: str, roles: Sequence[str], people: Sequence[str], claimed: str, about: Any
) -> dict[str, Any]:
    who = holders(look.stage.surroundings, roles, people, look.stage.now)
    whose = sorted({behalf for behalf in who.values() if behalf} | set(people))
    return {
        "state": state,
        "kind": kind,
        "role": list(roles),
        "person": sorted(who),
        "for": whose or list(roles),
        "claimed_by": [claimed] if claimed else [],
        "about": about,
    }


#: Other words for the keys of a task.
_ALSO = {
    "task": "state",
    "to": "person",
    "people": "person",
    "roles": "role",
    "for_whom": "for",
    "on_behalf": "for",
}


def _is_task(look: Look, entry: Any, task: Mapping[str, Any]) -> bool:
    if not isinstance(entry, YMap):
        return str(entry) in (task["state"], task["kind"], *task["role"], *task["person"])
    for key, wanted in entry.items():
        name = _ALSO.get(str(key), str(key))
        if name not in task:
            known = [*task, *_ALSO]
            raise Failed(f"a task has no `{key}`", key_of(entry, key), did_you_mean(str(key), known))
        value = task[name]
        if isinstance(value, list):
            words = {str(item) for item in (wanted if isinstance(wanted, YList) else [wanted])}
            if is_null(wanted):
                words = set()
            if not (words <= set(value) if words else not value):
                return False
        elif name == "about" and not isinstance(wanted, YMap):
            if not holds_part(str(wanted), shown(value, look.organisation)):
                return False
        elif not matches(wanted, value, look.organisation):
            return False
    return True


def _task_words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _notes(look: Look, node: Any, at: Any) -> Difference | None:
    wanted = list(node) if isinstance(node, YList) else [node]
    notes = [
        (str(entry.text.value if isinstance(entry.text, j.Personal) else entry.text), entry.by)
        for _, entries in look.stage.engine.journal(look.case.id)
        for entry in entries
        if isinstance(entry, j.NoteWritten)
    ]
    good = all(any(_is_note(entry, *note) for note in notes) for entry in wanted) and (
        bool(wanted) or not notes
    )
    if good:
        return None
    return Difference("notes", [node_text(entry) for entry in wanted], [text for text, _ in notes], at)


def _is_note(entry: Any, text: str, by: str) -> bool:
    if isinstance(entry, YMap):
        return all(
            holds_part(str(wanted), text) if key == "text" else str(wanted) == by if key == "by" else False
            for key, wanted in entry.items()
        )
    return holds_part(str(entry), text)


def _choices(look: Look, node: Any, at: Any) -> Difference | None:
    """For one person, or by person: exactly these choices; those of items (`read`, …) only where they are named."""
    if isinstance(node, YMap):
        found = [_choices_of(look, str(person), wanted, at) for person, wanted in node.items()]
        return next((difference for difference in found if difference is not None), None)
    return _choices_of(look, look.person, node, at)


def _choices_of(look: Look, person: str, node: Any, at: Any) -> Difference | None:
    if not person:
        raise Failed("for whom are these choices? nobody has acted yet", at, "write choices: {person: [...]}")
    code = look.organisation.person_id(person)
    if code is None:
        raise Failed(f"there is no person `{person}`", at, did_you_mean(person, look.organisation.people))
    wanted = {str(item) for item in (node if isinstance(node, YList) else [node])} - {""}
    offered = set(offered_names(look.procedure, look.case, look.stage.surroundings, code, look.stage.now))
    own = {choice.name for state in look.procedure.states for choice in state.choices}
    offered -= {name for name in offered if name in ITEM_CHOICES and name not in own | wanted}
    return _same(f"choices of {code}", sorted(wanted), sorted(offered), at)


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


def _same(about: str, wanted: list[str], actual: list[str], at: Any) -> Difference | None:
    return None if wanted == actual else Difference(about, wanted, actual, at)


_CHECKS: dict[str, Callable[[Look, Any, Any], Difference | None]] = {
    "state": _state,
    "data": _data,
    "sent": _sent,
    "nothing_sent": _nothing_sent,
    "count": _count,
    "due": _due,
    "missed": _missed,
    "tasks": _tasks,
    "outcome": _outcome,
    "notes": _notes,
    "choices": _choices,
    "log": _log,
}
