"""What is shipped for systemd and containers: the options in it exist, what it promises holds, and its steps run."""

import re
import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from ready import PROCFLOW

from procflow.cli.group import cli
from procflow.cli.hosting import STOP_WITHIN
from procflow.cli.limits_reference import page

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "contrib" / "systemd").glob("*.service"))
DOCKERFILE = (ROOT / "contrib" / "container" / "Dockerfile").read_text()


def options_exist(words: list[str]) -> None:
    """Whether the command line knows the command and each of the options."""
    command = cli.get_command(None, words[0])
    known = {name for option in command.params for name in option.opts}
    for word in words[1:]:
        assert not word.startswith("--") or word in known, f"{words[0]} has no {word}"
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0


def test_the_page_of_limits_is_what_the_program_uses():
    assert (ROOT / "docs" / "reference" / "limits.md").read_text() == page(), (
        "make it anew, as its third line says"
    )


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_calls_what_there_is_and_waits_longer_than_a_stop_takes(path):
    unit = ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    unit.optionxform = str
    unit.read_string(path.read_text())
    service = unit["Service"]
    for key in ("ExecStart", "ExecStartPre"):
        program, *words = shlex.split(service[key])
        program = program.removeprefix("-")  # it may fail
        assert program == "/opt/procflow/bin/procflow"
        options_exist(words)
    assert (service["Type"], service["Restart"], service["KillSignal"]) == ("notify", "always", "SIGTERM")
    assert int(service["TimeoutStopSec"]) > STOP_WITHIN
    for hardened in (
        "NoNewPrivileges",
        "PrivateTmp",
        "ProtectHome",
        "RestrictSUIDSGID",
        "ProtectKernelTunables",
    ):
        assert service[hardened] == "yes"
    assert service["ProtectSystem"] == "strict" and service["ReadWritePaths"] == service["WorkingDirectory"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_document_that_does_not_check_keeps_no_unit_from_starting(path, tmp_path):
    """The last good one stays in force, so a machine that is started anew gets its host back."""
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procflow.toml").touch()
    (tmp_path / "procedures" / "organisation.yaml").write_text("organisation: desk\nzone: [")
    said = re.findall(r"^ExecStartPre=(-?)\S+ (.+)$", path.read_text(), re.MULTILINE)
    assert said, "nothing is asked before it is started any more: this test can go"
    for may_fail, words in said:
        line = [PROCFLOW, *shlex.split(words)]
        assert (
            subprocess.run(line, cwd=tmp_path, capture_output=True, timeout=60).returncode == 1 and may_fail
        )


def steps() -> list[tuple[str, str]]:
    """Instruction and the rest of each line of the Dockerfile, comments left out."""
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    found = [tuple(line.split(" ", 1)) for line in lines]
    known = {"FROM", "COPY", "RUN", "USER", "WORKDIR", "VOLUME", "ENV", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    assert {word for word, _ in found} <= known
    return found


def test_the_container_runs_as_nobody_in_particular_and_starts_what_there_is():
    by = dict(steps())
    assert by["USER"] == "procflow" and by["STOPSIGNAL"] == "SIGTERM"
    (entry,), words = eval(by["ENTRYPOINT"]), eval(by["CMD"])
    assert entry == "/opt/procflow/bin/procflow"
    options_exist(words)
    port = words[words.index("--listen") + 1].rpartition(":")[2]
    assert by["EXPOSE"] == port and f'"health", "--at", "127.0.0.1:{port}"' in by["HEALTHCHECK"]
    stop = int(re.search(r"--stop-timeout (\d+)", DOCKERFILE)[1])
    assert stop > STOP_WITHIN


def test_the_container_installs_what_is_locked_and_nothing_besides():
    installs = [rest for word, rest in steps() if word == "RUN" and "pip install" in rest]
    locked, own = installs
    assert "--require-hashes" in locked and (ROOT / locked.rpartition("/source/")[2]).is_file()
    assert own.endswith("--no-deps --no-build-isolation /source")
