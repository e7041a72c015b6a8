"""PROCFLOW_TRACE_HOOKS: each hook call on standard error, with who is asked and what was answered; never a secret.

It must not know which hooks there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from procflow.plugin_guard import real_stderr


def print_call(hook: str, impls: Sequence[pluggy.HookImpl], given: Mapping[str, object]) -> None:
    said = ", ".join(f"{name}={_shown(name, value)}" for name, value in given.items())
    real_stderr().write(f"hook {hook}({said}) -> {', '.join(impl.plugin_name for impl in impls)}\n")


def print_answer(
    outcome: pluggy.Result[Any], hook: str, impls: Sequence[pluggy.HookImpl], given: Mapping[str, object]
) -> None:
    raised = outcome.exception
    answer = (
        f"raised {type(raised).__name__}"
        if raised is not None
        else f"answered {_outline(outcome.get_result())}"
    )
    real_stderr().write(f"hook {hook} {answer}\n")


def _shown(name: str, value: object) -> str:
    """Settings hold secrets: only their names are printed."""
    return (
        f"<{', '.join(sorted(value))}>"
        if name == "settings" and isinstance(value, Mapping)
        else repr(value)[:100]
    )


def _outline(answer: object) -> str:
    """What was answered, by its names: an object of a plugin may show its settings in its words."""
    if isinstance(answer, Mapping):
        return f"{{{', '.join(map(str, answer))}}}"
    if isinstance(answer, list | tuple):
        return f"[{', '.join(map(_outline, answer))}]"
    name = getattr(answer, "name", None)
    return name if isinstance(name, str) else "nothing" if answer is None else type(answer).__name__
