"""What a scenario expects of people's work: tasks, notes, and the choices on offer.

A listed task or note must be there, and others may be too; an empty list means that there is none. Choices are
exactly those listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from procflow.core import journal as j
from procflow.core.choices import ITEM_CHOICES
from procflow.core.nearest import did_you_mean
from procflow.core.offers import offered_names
from procflow.core.people import holders
from procflow.core.snapshot import plain_items
from procflow.definitions.building import is_null
from procflow.definitions.nodes import YList, YMap
from procflow.rehearsal.failure import Difference, Failed, key_of
from procflow.rehearsal.looking import Look, same
from procflow.rehearsal.matching import holds_part, matches
from procflow.rehearsal.showing import node_text, shown


def tasks(look: Look, node: Any, at: Any) -> Difference | None:
    wanted = list(node) if isinstance(node, YList) else [node]
    open_tasks = _open_tasks(look)
    fits = [{n for n, task in enumerate(open_tasks) if _is_task(look, entry, task)} for entry in wanted]
    if _one_each(fits) and (wanted or all(task["kind"] == "notice" for task in open_tasks)):
        return None
    keys = list(dict.fromkeys(str(key) for entry in wanted if isinstance(entry, YMap) for key in entry))
    show = ("state", "kind", "for") if not keys else ("state", *[key for key in keys if key != "state"])
    lines = [
        ", ".join(f"{key}: {_task_words(task[key])}" for key in show if task.get(key)) for task in open_tasks
    ]
    return Difference("tasks", [node_text(entry) for entry in wanted], lines, at)


def _one_each(fits: Sequence[set[int]], taken: frozenset[int] = frozenset()) -> bool:
    """Whether each entry can have a task of its own."""
    if not fits:
        return True
    return any(_one_each(fits[1:], taken | {n}) for n in fits[0] - taken)


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


def notes(look: Look, node: Any, at: Any) -> Difference | None:
    wanted = list(node) if isinstance(node, YList) else [node]
    written = [
        (str(entry.text.value if isinstance(entry.text, j.Personal) else entry.text), entry.by)
        for _, entries in look.stage.engine.journal(look.case.id)
        for entry in entries
        if isinstance(entry, j.NoteWritten)
    ]
    good = all(any(_is_note(entry, *note) for note in written) for entry in wanted) and (
        bool(wanted) or not written
    )
    if good:
        return None
    return Difference("notes", [node_text(entry) for entry in wanted], [text for text, _ in written], at)


def _is_note(entry: Any, text: str, by: str) -> bool:
    if isinstance(entry, YMap):
        return all(
            holds_part(str(wanted), text) if key == "text" else str(wanted) == by if key == "by" else False
            for key, wanted in entry.items()
        )
    return holds_part(str(entry), text)


def choices(look: Look, node: Any, at: Any) -> Difference | None:
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
    return same(f"choices of {code}", sorted(wanted), sorted(offered), at)
