"""jsonschema comes in by one door, without what takes a second to build and judges nothing of ours."""

import os
import subprocess
import sys
from pathlib import Path


def test_grammars_of_addresses_are_not_built_and_can_be_had_by_others_afterwards(tmp_path: Path) -> None:
    (tmp_path / "rfc3987_syntax.py").write_text(
        "print('built')\n\n\ndef is_valid_syntax(*_):\n    return True\n"
    )
    script = (
        "from procflow.definitions.json_schema import json_schema\n"
        "draft = json_schema().Draft202012Validator\n"
        "print(draft({'type': 'string'}).is_valid(1), 'iri' in draft.FORMAT_CHECKER.checkers)\n"
        "import rfc3987_syntax\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["False False", "built"], done.stderr
