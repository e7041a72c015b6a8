"""The streams that a command is given: closed, or on a disk that is full."""

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Shell = Callable[..., "subprocess.CompletedProcess[str]"]


def test_a_stream_that_is_closed_leads_to_nothing_and_no_command_stumbles_over_it(
    desk: Any, shell: Shell
) -> None:
    done = shell("procflow open errand --with kn=104233 >&- 2>&- <&-", desk.folder)
    assert done.returncode == 0
    for line in ("procflow inbox >&-", "procflow step 1 <&-"):
        done = shell(line, desk.folder)
        assert (done.returncode, done.stderr) == (0, ""), line
    assert desk.ok("audit").startswith("cases 1, ")


@pytest.mark.parametrize("words", ["open errand --with kn=104233", "open errand --json --with kn=104233"])
def test_an_answer_that_cannot_be_written_is_not_told_as_a_command_that_failed(
    desk: Any, shell: Shell, words: str
) -> None:
    done = shell(f"procflow {words} >/dev/full", desk.folder)
    assert done.returncode == 4
    assert done.stderr.splitlines() == [
        "procflow: the answer could not be written to standard output: No space left on device",
        "    what was asked may be done all the same: look (`procflow case`, `procflow log`) before you do it again",
    ]
    assert desk.json("case", "1")["state"] == ["listening"]


def test_an_error_that_nobody_can_read_keeps_its_exit_code(desk: Any, shell: Shell) -> None:
    assert shell("procflow case 99 2>/dev/full", desk.folder).returncode == 6
    assert shell("procflow nonsense 2>/dev/full", desk.folder).returncode == 2
