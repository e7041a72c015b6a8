"""`pytest procedures/` runs the scenarios of a workspace, one item for each test.

Registered as an entry point, so it is there for everybody who has procflow installed: it looks at no file
but `scenarios.yaml` below the `procedures` folder of a workspace, and imports nothing of procflow before
one is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from procflow.core.organisation import Judge
    from procflow.definitions.workspace import Documents
    from procflow.rehearsal.runner import TestResult

FILE, FOLDER, MARKER = "scenarios.yaml", "procedures", "procflow.toml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector for the scenarios of a workspace; None for everything else."""
    if file_path.name != FILE:
        return None
    root = _workspace(file_path)
    if root is None:
        return None
    return ScenarioFile.from_parent(parent, path=file_path, root=root)


def _workspace(path: Path) -> Path | None:
    """The workspace whose `procedures` folder holds this file."""
    for folder in path.parents:
        if folder.name == FOLDER and (folder.parent / MARKER).is_file():
            return folder.parent
    return None


@dataclass(frozen=True)
class Workspace:
    """A workspace read once in a run of pytest, with what its plugins add."""

    documents: Documents
    judge: Judge
    functions: Mapping[str, Callable[..., Any]]

    @classmethod
    def read(cls, root: Path) -> Workspace:
        from procflow.builtin.evidence import judge_with
        from procflow.builtin.world import RealWorld
        from procflow.definitions.settings import read_settings
        from procflow.definitions.workspace import read_workspace
        from procflow.plugins import load_plugins

        # nothing is delivered here, so a secret that is not set is no reason to stop
        settings = read_settings(str(root), RealWorld().read_file, lambda name: "unset")
        plugins = load_plugins((root / "plugins",), settings.channels)
        documents = read_workspace(str(root), **plugins.brought())
        return cls(documents, judge_with(plugins.evidence_checks()), plugins.functions())


class ScenarioFile(pytest.File):
    """The tests of one `scenarios.yaml`."""

    def __init__(self, *, root: Path, **given: Any) -> None:
        super().__init__(**given)
        self.root = root

    def collect(self) -> Iterator[ScenarioItem]:
        from procflow.errors import ProcflowError
        from procflow.rehearsal.runner import tests_of

        known = self.config.stash.setdefault(_READ, {})
        try:
            workspace = known.get(self.root) or known.setdefault(self.root, Workspace.read(self.root))
        except ProcflowError as problem:
            raise self.CollectError(str(problem)) from problem
        name = self.path.relative_to(self.root).as_posix()
        wrong = [p.as_text() for p in workspace.documents.problems if p.is_error and p.path == name]
        tree = workspace.documents.trees.get(name)
        if wrong or tree is None:
            raise self.CollectError("\n".join(wrong) or f"{name} cannot be read as scenarios")
        for test, _ in tests_of(tree):
            line = tree["tests"].key_at.get(test, (1, 1))[0]
            yield ScenarioItem.from_parent(self, name=test, workspace=workspace, document=name, line=line)


class ScenarioItem(pytest.Item):
    """One test of a scenarios file."""

    def __init__(self, *, workspace: Workspace, document: str, line: int, **given: Any) -> None:
        super().__init__(**given)
        self.workspace = workspace
        self.document = document
        self.line = line

    def runtest(self) -> None:
        from procflow.rehearsal.runner import run_one

        found = self.workspace
        result = run_one(
            found.documents, self.document, self.name, judge=found.judge, functions=found.functions
        )
        if not result.passed:
            raise RehearsalFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """The scenario's own words; a bug in procflow itself keeps its traceback."""
        if isinstance(excinfo.value, RehearsalFailed):
            return excinfo.value.result.as_text()
        return super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line - 1, self.name


class RehearsalFailed(Exception):
    """A test of a scenarios file did not pass."""

    def __init__(self, result: TestResult) -> None:
        super().__init__(f"{result.path}:{result.line}: {result.name}")
        self.result = result


_READ: pytest.StashKey[dict[Path, Workspace]] = pytest.StashKey()
