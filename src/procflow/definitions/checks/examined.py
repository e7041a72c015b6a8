"""One procedure under examination: its file, what was built of it, what is known around it, and its graph.

Every group of rules is asked with one of these. It must not know any rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from procflow.core.procedure import Procedure
from procflow.definitions.checks.assignment import Assignment
from procflow.definitions.checks.environment import Names
from procflow.definitions.checks.flow import Flow
from procflow.definitions.checks.known import Known
from procflow.definitions.nodes import YMap


@dataclass(frozen=True)
class Examined:
    """`tree` is the file at `path` as it stands, `procedure` what it says, `known` the rest of the workspace."""

    path: str
    tree: YMap
    procedure: Procedure
    known: Known

    @cached_property
    def flow(self) -> Flow:
        return Flow(self.procedure, started=self.procedure.name in self.known.starters)

    @cached_property
    def names(self) -> Names:
        return Names(self.procedure, self.known, self.flow)

    @cached_property
    def assignment(self) -> Assignment:
        return Assignment(self.procedure, self.names, self.flow)

    @property
    def is_plain(self) -> bool:
        """Whether it is known where every transition leads, so that something can be said of what never comes."""
        return self.flow.is_whole
