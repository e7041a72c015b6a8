"""`pytest procedures/` in a workspace, run as anybody runs it."""

import os
import subprocess
import sys

GOOD = "scenarios: errand\nclock: 2026-05-11 10:05\ntests:\n  It opens:\n    - open: {by: qll, with: {about: Bread}}\n"
BAD = (
    GOOD
    + "  It is done at once:\n    - open: {by: qll, with: {about: Bread}}\n    - expect: {state: finished}\n"
)


def run(folder, *args: str) -> subprocess.CompletedProcess[str]:
    others = (
        "cacheprovider",
        "xdist",
        "schemathesis",
        "hypothesispytest",
    )  # which take longer to load than ours
    command = [
        sys.executable,
        "-m",
        "pytest",
        *(part for name in others for part in ("-p", f"no:{name}")),
        *args,
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_each_test_is_an_item(workspace):
    (workspace / "procedures/errand/scenarios.yaml").write_text(GOOD)
    found = run(workspace, "procedures", "-v")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "procedures/errand/scenarios.yaml::It opens PASSED" in found.stdout


def test_a_failure_shows_the_file_and_line_and_no_traceback(workspace):
    (workspace / "procedures/errand/scenarios.yaml").write_text(BAD)
    found = run(workspace, "procedures")
    assert found.returncode == 1
    assert "procedures/errand/scenarios.yaml:8:16: It is done at once" in found.stdout
    assert "- finished" in found.stdout and "+ todo" in found.stdout
    assert "Traceback" not in found.stdout and "1 failed, 1 passed" in found.stdout


def test_one_test_can_be_picked(workspace):
    (workspace / "procedures/errand/scenarios.yaml").write_text(BAD)
    found = run(workspace, "procedures", "-k", "opens")
    assert found.returncode == 0 and "1 passed, 1 deselected" in found.stdout


def test_scenarios_that_cannot_be_read_are_an_error_with_diagnostics(workspace):
    (workspace / "procedures/errand/scenarios.yaml").write_text("scenarios: errand\nclok: now\n")
    found = run(workspace, "procedures")
    assert found.returncode == 2 and "procedures/errand/scenarios.yaml:2:1: PF" in found.stdout, found.stdout


def test_files_of_that_name_elsewhere_are_left_alone(tmp_path):
    (tmp_path / "scenarios.yaml").write_text("- of: somebody else\n")
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "scenarios.yaml").write_text("not: ours\n")
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    found = run(tmp_path)
    assert found.returncode == 0 and "1 passed" in found.stdout, found.stdout


def test_nothing_heavy_is_imported_before_scenarios_are_collected(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    assert 'procflow.rehearsal.pytest_plugin' in sys.modules\n"
        "    for name in ('yaml', 'jsonschema', 'lark', 'cryptography', 'transitions', 'procflow.engine'):\n"
        "        assert name not in sys.modules, name\n"
    )
    found = run(tmp_path)
    assert found.returncode == 0 and "1 passed" in found.stdout, found.stdout


def test_settings_that_cannot_be_read_are_an_error_and_no_traceback(workspace):
    (workspace / "procedures/errand/scenarios.yaml").write_text(GOOD)
    (workspace / "procflow.toml").write_text("store = [")
    found = run(workspace, "procedures")
    assert found.returncode == 2 and "procflow.toml" in found.stdout and "Traceback" not in found.stdout


def test_a_secret_that_is_not_set_is_not_needed(workspace):
    (workspace / "procedures/errand/scenarios.yaml").write_text(GOOD)
    (workspace / "procflow.toml").write_text('[channels.mail]\npassword = "${env:NO_SUCH_SECRET}"\n')
    found = run(workspace, "procedures")
    assert found.returncode == 0 and "1 passed" in found.stdout, found.stdout
