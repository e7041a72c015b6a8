"""Those who stay say of a full disk that it is full, and of a store that can only be read that it is that."""

import resource
import subprocess
from typing import Any

import pytest
from ready import PROCFLOW


def _no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))


@pytest.mark.parametrize(
    "line", [("run", "--once"), ("serve", "--listen", "127.0.0.1:0", "--as", "agent_1")], ids=["run", "serve"]
)
def test_who_cannot_begin_because_the_disk_is_full_says_so(desk: Any, line: tuple[str, ...]) -> None:
    """They spoke of rights too, and left open which of the two it was."""
    desk.ok("check")
    done = subprocess.run(
        [PROCFLOW, *line], cwd=desk.folder, capture_output=True, text=True, timeout=60, preexec_fn=_no_room
    )
    assert done.returncode == 4, done
    assert "no space left beside the store" in done.stderr and "free some space" in done.stderr
    assert "rights" not in done.stderr
