"""A small workspace to rehearse in, made of the YAML files beside this one."""

from pathlib import Path

import pytest
from pictures import png

from procflow.definitions.workspace import read_workspace
from procflow.rehearsal.runner import run_scenarios

from .witnessing import Faulty

HERE = Path(__file__).parent
BASE = "scenarios: callback\nclock: 2026-05-11 10:05\ntests:\n"


@pytest.fixture
def picture() -> bytes:
    """A PNG wide enough to be read."""
    return png()


@pytest.fixture
def workspace(tmp_path):
    """The folder of a workspace with the procedures `callback` and `errand`."""
    root = tmp_path / "work"
    for name in ("callback", "errand"):
        folder = root / "procedures" / name
        folder.mkdir(parents=True)
        (folder / "procedure.yaml").write_text((HERE / f"{name}.yaml").read_text("utf-8"), "utf-8")
    (root / "procflow.toml").write_text("", "utf-8")
    (root / "procedures" / "tables").mkdir()
    for name, place in (("organisation", ""), ("routing", "tables/")):
        (root / "procedures" / f"{place}{name}.yaml").write_text(
            (HERE / f"{name}.yaml").read_text("utf-8"), "utf-8"
        )
    fixtures = root / "procedures" / "callback" / "fixtures"
    fixtures.mkdir()
    (fixtures / "car.png").write_bytes(png())
    return root


@pytest.fixture
def rehearse(workspace):
    """Runs scenarios of `callback`, given as the steps of one test or as a whole file; -> results."""

    def run(text: str, *, name: str = "callback", **options):
        if not text.lstrip().startswith("scenarios:"):
            text = BASE + "  It:\n" + "\n".join(f"    {line}" for line in text.strip("\n").splitlines())
        path = f"procedures/{name}/scenarios.yaml"
        (workspace / path).write_text(text, "utf-8")
        documents = read_workspace(str(workspace), checked=False)
        assert not [p.as_text() for p in documents.problems if p.is_error]
        return run_scenarios(documents, documents.trees[path], path, **options)

    return run


@pytest.fixture
def passes(rehearse):
    """The one test passes; -> its result."""

    def check(text: str, **options):
        (result,) = rehearse(text, **options)
        assert result.passed, result.as_text()
        return result

    return check


@pytest.fixture
def fails(rehearse):
    """The one test fails with these words at this line of its steps (from 1); -> its result."""

    def check(text: str, *words: str, line: int = 0, **options):
        (result,) = rehearse(text, **options)
        assert not result.passed, "it passed"
        for part in words:
            assert part in result.failure, result.as_text()
        if line:
            assert result.line == line + 4, result.as_text()
        return result

    return check


@pytest.fixture
def faulty(tmp_path: Path) -> Faulty:
    return Faulty(tmp_path)
