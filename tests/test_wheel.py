"""The wheel carries everything: installed into an empty environment, it plays the demo from an empty folder."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    line = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(line, check=True, capture_output=True, timeout=300)
    (found,) = folder.glob("procflow-*.whl")
    return found


def test_the_wheel_holds_schemas_procedures_plugins_and_pages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "procflow/shipped/schemas/procedure.schema.json",
        "procflow/shipped/procedures/organisation.yaml",
        "procflow/shipped/plugins/procflow-mail/src/procflow_mail/__init__.py",
        "procflow/shipped/procflow.toml",
        "procflow/stores/sql/0001_record.sql",
        "procflow/py.typed",
    ):
        assert wanted in names
    assert any(name.startswith("procflow/definitions/pages/PF") for name in names)
    template = "procflow/shipped/templates/procflow-pigeon/"
    assert {f"{template}pyproject.toml", f"{template}tests/test_pigeon_contract.py"} <= set(names)
    ours = [name for name in names if not name.startswith(template)]
    assert not [name for name in ours if "/tests/" in name or "__pycache__" in name]
    assert not [name for name in names if "__pycache__" in name]


def test_installed_into_an_empty_environment_it_plays_the_demo_from_an_empty_folder(
    wheel: Path, tmp_path: Path
) -> None:
    home = tmp_path / "environment"
    venv.create(home)
    line = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(home),
        "install",
        "--quiet",
        "--no-compile",
        str(wheel),
    ]
    subprocess.run(line, check=True, capture_output=True, timeout=400)
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PROCFLOW", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        [home / "bin" / "procflow", "demo"],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything was as it must be" in done.stdout
    assert list(empty.iterdir()) == []
