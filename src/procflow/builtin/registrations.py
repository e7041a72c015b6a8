"""What procflow itself registers through its own hooks. It must not know what the registered things do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from procflow.hookspecs import hookimpl


@hookimpl
def register_evidence_checks() -> Mapping[str, Callable[..., Mapping[str, Any]]]:
    from procflow.builtin.evidence import CHECKS

    return CHECKS


@hookimpl
def register_assignment_rules() -> Mapping[str, Callable[..., str | None]]:
    from procflow.builtin.assignment import RULES

    return RULES
