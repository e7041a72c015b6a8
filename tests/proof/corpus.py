"""The corpus on which the prover is judged: procedures with one known fault each, and sound ones that look alike.

A case is a folder of `corpus/` with a `procedure.yaml` and an `expected.yaml`. What it does not bring itself
(`organisation.yaml`, `types.yaml`, `tables/`) it takes from the desk that all share. Further procedures stand in
folders of their own inside it. `breaks.yaml` shows a fault in the engine, `scenarios.yaml` a sound one's way to an end.

It must not know the prover: it says what is so, never how that is found.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "corpus"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What a case takes from the desk that all share, unless it brings its own.
SHARED = ("procflow.toml", "organisation.yaml", "types.yaml", "tables")
#: The kinds of fault. Those of PROMISES are broken promises, and name theirs.
PROMISES = ("never", "always", "before", "eventually", "within", "at_most")
KINDS = (
    *PROMISES,
    "cannot_end",  # a state from which no end can be reached any more
    "dead",  # a choice, an event or a state that no case ever sees
    "overlap",  # alternatives that both hold
    "gap",  # alternatives of which none holds
    "hang",  # nobody may act, and no time leads on
    "loop",  # `always` or raised events without end
    "deadline",  # one that nothing can meet
    "effect_twice",  # the same outside effect again with no choice, message or time between
    "lost_message",  # a message or event that comes before anything waits for it, and is waited for in vain
    "table_gap",
    "table_overlap",
    "table_unreachable",
)


@dataclass(frozen=True)
class Line:
    """A line that is wrong, from 1, with its text; `file` is relative to the case's folder."""

    line: int
    reads: str
    file: str = "procedure.yaml"


@dataclass(frozen=True)
class Case:
    """One procedure with what must be said of it.

    `fault` is one of KINDS, or empty where it is sound. The prover is right with any of the lines `at`. `promise`
    is the broken one's name. `found_by` is `check` where `procflow check` tells the fault already, with the code
    `code`. `settled_by` names the parameter that settles a conflict between two rules, `twin_of` the faulty
    procedure that a sound one repairs.
    """

    name: str
    fault: str
    says: str
    at: tuple[Line, ...] = ()
    promise: str = ""
    found_by: str = "prove"
    code: str = ""
    trap: str = ""
    settled_by: str = ""
    twin_of: str = ""

    @property
    def folder(self) -> Path:
        return HERE / self.name

    @property
    def is_sound(self) -> bool:
        return not self.fault

    @property
    def lines(self) -> frozenset[int]:
        """The wrong lines of the procedure itself."""
        return frozenset(line.line for line in self.at if line.file == "procedure.yaml")

    @property
    def rehearsal(self) -> Path:
        """The scenarios that show the fault, or that a sound one comes to an end."""
        return self.folder / ("scenarios.yaml" if self.is_sound else "breaks.yaml")

    @property
    def path(self) -> str:
        """The procedure's path in the workspace that `workspace` makes."""
        return f"procedures/{self.name}/procedure.yaml"

    def workspace(self, root: Path) -> Path:
        """Lay the case out as a workspace of its own in the empty or missing folder `root`; gives `root`."""
        procedures = root / "procedures"
        procedures.mkdir(parents=True)
        for name in SHARED:
            source = self.folder / name if (self.folder / name).exists() else HERE / name
            target = root / name if name == "procflow.toml" else procedures / name
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
        own = procedures / self.name
        own.mkdir()
        shutil.copyfile(self.folder / "procedure.yaml", own / "procedure.yaml")
        if self.rehearsal.exists():
            shutil.copyfile(self.rehearsal, own / "scenarios.yaml")
        for other in self.folder.glob("*/procedure.yaml"):
            (procedures / other.parent.name).mkdir()
            shutil.copyfile(other, procedures / other.parent.name / "procedure.yaml")
        return root


def cases() -> Iterator[Case]:
    """Every case of the corpus, by name."""
    yield from _all()


@cache
def _all() -> tuple[Case, ...]:
    """Read once: each file of tests asks while it is collected, and every worker collects all of them."""
    return tuple(_case(file) for file in sorted(HERE.glob("*/expected.yaml")))


def faulty(*kinds: str) -> list[Case]:
    """The cases with a fault; of these kinds only, where some are named."""
    return [case for case in cases() if case.fault and (not kinds or case.fault in kinds)]


def sound() -> list[Case]:
    return [case for case in cases() if case.is_sound]


def _case(file: Path) -> Case:
    found: dict[str, Any] = yaml.load(file.read_text("utf-8"), _LOADER)
    lines = tuple(Line(**line) for line in found.pop("at", ()))
    return Case(name=file.parent.name, at=lines, **{"fault": "", **found})
