"""schemathesis asks every route what its description allows and what it does not, and follows what answers lead to."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Served

HERE = Path(__file__).parent
#: So many cases at least; `make schemathesis` asks for more.
LEAST = int(os.environ.get("SCHEMATHESIS_LEAST", "1000"))
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "")


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Iterator[Any]:
    """A workspace of its own, for nothing stays as it was; the lead asks, who may the most."""
    found = Served(Path(shutil.copytree(made, tmp_path / "desk")), person="qll")
    yield found
    found.kill()


def test_no_request_whatever_gets_an_answer_that_is_not_described(own: Any, api_of: Any) -> None:
    ours = api_of(own)
    for kn in range(3):
        ours.opened("errand", kn=f"55000{kn}")
    ours.opened()
    more = ["--max-examples", EXAMPLES] if EXAMPLES else []
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml"),
            "run", f"{own.address}api/openapi.json", "--exclude-path", "/api/events", "--phases",
            "examples,coverage,fuzzing,stateful", "--warnings", "off", *more,
        ],
        cwd=own.folder, capture_output=True, text=True,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE), "NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    asked = re.search(r"(\d+) generated, \1 passed", done.stdout)
    assert asked is not None and int(asked[1]) >= LEAST, done.stdout[-1000:]
    print(f"schemathesis: {asked[0]}")  # shown by `make schemathesis`
