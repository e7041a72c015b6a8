"""`pytest procedures/` runs the scenarios of a workspace, one item for each test.

Registered as an entry point, so it is there for everybody who has procflow installed: it looks at no file
but `scenarios.yaml` below the `procedures` folder of a workspace, and imports nothing of procflow before
one is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
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


class ScenarioFile(pytest.File):
    """The tests of one `scenarios.yaml`."""

    def __init__(self, *, root: Path, **given: Any) -> None:
        super().__init__(**given)
        self.root = root

    def collect(self) -> Iterator[ScenarioItem]:
        from procflow.rehearsal.runner import tests_of

        documents = _documents(self.config, self.root)
        name = self.path.relative_to(self.root).as_posix()
        wrong = [found.as_text() for found in documents.problems if found.is_error and found.path == name]
        tree = documents.trees.get(name)
        if wrong or tree is None:
            raise self.CollectError("\n".join(wrong) or f"{name} cannot be read as scenarios")
        for test, _ in tests_of(tree):
            line = tree["tests"].key_at.get(test, (1, 1))[0]
            yield ScenarioItem.from_parent(
                self, name=test, documents=documents, document_path=name, line=line
            )


class ScenarioItem(pytest.Item):
    """One test of a scenarios file."""

    def __init__(self, *, documents: Documents, document_path: str, line: int, **given: Any) -> None:
        super().__init__(**given)
        self.documents = documents
        self.document_path = document_path
        self.line = line

    def runtest(self) -> None:
        from procflow.rehearsal.runner import run_one

        result = run_one(
            self.documents, self.documents.trees[self.document_path], self.document_path, self.name
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


def _documents(config: pytest.Config, root: Path) -> Documents:
    """A workspace is read once in a run of pytest."""
    from procflow.definitions.workspace import read_workspace

    known = config.stash.setdefault(_READ, {})
    if root not in known:
        known[root] = read_workspace(str(root))
    return known[root]


_READ: pytest.StashKey[dict[Path, Documents]] = pytest.StashKey()
