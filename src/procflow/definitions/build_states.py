"""States: what people do there, what may happen there, and what time does; nested ones and regions too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from procflow.core.procedure import After, At, State, Task
from procflow.definitions.build_effects import build_effects, build_invoke
from procflow.definitions.build_transitions import build_alternatives, build_choice
from procflow.definitions.building import Builder, is_null, is_yes, key_place, texts
from procflow.definitions.nodes import YMap, YText


def build_states(b: Builder, node: YMap) -> tuple[State, ...]:
    """Every state in document order, inner ones after the outer; names are unique in a file."""
    found: dict[str, State] = {}
    for name, item, at, parent in _all_states(b, node, ""):
        if name in found:
            line = found[name].at[0]
            message = f"the state `{name}` is there already, in line {line}"
            hint = "state names are unique in a file, those of nested states and regions too"
            b.problem(at, "PF215", message, hint)
            continue
        found[name] = build_state(b, name, item, at, parent)
    return tuple(found.values())


def _all_states(b: Builder, node: Any, parent: str) -> Iterator[tuple[str, Any, At, str]]:
    """Name, node, place, and the state around it. A region is a state inside the parallel one."""
    if not isinstance(node, YMap):
        return
    for name, item in node.items():
        yield str(name), item, key_place(node, name), parent
        if isinstance(item, YMap):
            yield from _all_states(b, item.get("states"), str(name))
            yield from _all_states(b, item.get("parallel"), str(name))


def build_state(b: Builder, name: str, node: Any, at: At, parent: str) -> State:
    if not isinstance(node, YMap):  # `done:` with nothing below it
        return State(name, at=at, parent=parent)
    choices = node.get("choices") or YMap()
    events = node.get("events") or YMap()
    always = node.get("always")
    return State(
        name=name,
        task=build_task(b, node["task"], key_place(node, "task")) if "task" in node else None,
        choices=tuple(
            [build_choice(b, str(key), item, name, key_place(choices, key)) for key, item in choices.items()]
        )
        if isinstance(choices, YMap)
        else (),
        events=tuple(
            [
                (
                    str(key),
                    build_alternatives(
                        b, item, prefix=f"{name}~{key}", kind="event", name=str(key), source=name
                    ),
                )
                for key, item in events.items()
            ]
        )
        if isinstance(events, YMap)
        else (),
        after=_after(b, name, node.get("after")),
        always=build_alternatives(b, always, prefix=f"{name}!", kind="always", name="", source=name)
        if always is not None and not is_null(always)
        else (),
        entry=build_effects(b, node.get("entry")),
        exit=build_effects(b, node.get("exit")),
        invoke=build_invoke(b, node["invoke"]) if "invoke" in node else None,
        final=is_yes(node.get("final")),
        outcome=b.text(node["outcome"]) if "outcome" in node else None,
        title=b.words(node.get("title")),
        help=b.words(node.get("help")),
        see=texts(node.get("see")),
        at=at,
        parent=parent,
        initial=str(node.get("initial", "")),
        parallel="parallel" in node,
    )


def _after(b: Builder, state: str, node: Any) -> tuple[After, ...]:
    if not isinstance(node, YMap):
        return ()
    made = []
    for k, (key, item) in enumerate(node.items(), 1):
        timer = f"{state}@{k}"
        at = key_place(node, key)
        time = b.time(key if isinstance(key, YText) else YText(key, *at))
        made.append(
            After(
                timer,
                state,
                time,
                build_alternatives(b, item, prefix=timer, kind="after", name="", source=state),
                at,
            )
        )
    return tuple(made)


def build_task(b: Builder, node: YMap, at: At) -> Task:
    take = str(node.get("take", ""))
    to = node.get("to")
    return Task(
        role=str(node.get("role", "")),
        to=b.several(to) if isinstance(to, list) else b.text(to) if to is not None else None,
        say=b.words(node.get("say")),
        guide=b.words(node.get("guide")),
        other_than=b.several(node.get("other_than")),
        take=take,
        at=at,
    )
