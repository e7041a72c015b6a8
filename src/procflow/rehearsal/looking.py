"""One look at one case of a rehearsal: what `expect` sees. Nothing here changes a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procflow.core.case import Case
from procflow.core.organisation import Organisation
from procflow.core.procedure import Procedure
from procflow.engine import Loaded
from procflow.rehearsal.failure import At, Difference
from procflow.rehearsal.matching import Asked
from procflow.rehearsal.stage import Stage


@dataclass(frozen=True)
class Look:
    """One look at one case: the stage, the case, and whoever acted last in the test."""

    stage: Stage
    loaded: Loaded
    procedure: Procedure
    person: str
    since: int  # how much of what was asked for the last `expect` saw

    @property
    def case(self) -> Case:
        return self.loaded.plain

    @property
    def organisation(self) -> Organisation:
        return self.stage.surroundings.organisation

    @property
    def asked(self) -> list[Asked]:
        return self.stage.asked(self.case.id)

    def moment(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.stage.surroundings.calendar.tz):%Y-%m-%d %H:%M:%S}".removesuffix(
            ":00"
        )


def same(about: str, wanted: Sequence[str], actual: Sequence[str], at: At) -> Difference | None:
    """The difference of two lists, or None."""
    return None if list(wanted) == list(actual) else Difference(about, wanted, actual, at)
