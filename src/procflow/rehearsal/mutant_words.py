"""Words to say that are not as they were: a value in them is not said, or nothing is said at all.

Only words that a scenario listens to are changed: an owner may write the others anew without asking anybody. It must not
know how mutants are run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from procflow.core.expressions import Expression, Template
from procflow.core.procedure import At, State, Task, Text


@dataclass(frozen=True)
class Unsaid:
    """One change of what there is to say in a state; `key` names it, `words` tell it."""

    key: str
    at: At
    words: str
    task: Task


def unsaid(state: State) -> Iterator[Unsaid]:
    """Each value of a state's `say` is left out, in every language; where it has none, nothing is said."""
    task = state.task
    if task is None or task.say is None:
        return
    where = f"what there is to say in {state.name}"
    first = _values(task.say.by[0][1]) if task.say.by else []
    for n, value in enumerate(first):
        text = Text(tuple((language, _without(template, n)) for language, template in task.say.by))
        words = f"{where}: `{value.source}` is not said"
        yield Unsaid(f"{state.name} say value {n + 1}", value.at, words, replace(task, say=text))
    if not first:
        yield Unsaid(f"{state.name} say", task.at, f"{where} is gone", replace(task, say=None))


def _values(template: Template) -> list[Expression]:
    return [part for part in template.parts if isinstance(part, Expression)]


def _without(template: Template, n: int) -> Template:
    """The text without its value number `n`, from 0; where it has fewer, as it is."""
    values = _values(template)
    if n >= len(values):
        return template
    return Template(tuple(part for part in template.parts if part is not values[n]))
