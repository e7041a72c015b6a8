"""Workspaces for the real command line: made and published once, copied for each test."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pictures import png
from ready import PROCFLOW, started

HERE = Path(__file__).parent
GOOD = HERE.parent / "definitions" / "good"
SETTINGS = 'store = "sqlite:cases.db"\nlanguage = "en"\n'
CLOCK = "2026-05-11T10:05:00+02:00\n"

REGISTER = (
    "kn=104233", "first_name=Mette", "last_name=Holm", "phones=+4571999901", "carrier=PROSAM", "caseworker=qaa",
    "change=Remove the glass cover on P-20011",
)  # fmt: skip


def environment(person: str = "qaa", **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROCFLOW", "_PROCFLOW", "NO_COLOR"))}
    own = {"PROCFLOW_AS": person} if person else {}
    return {**kept, "PYTHONUTF8": "1", "COLUMNS": "100", "TERM": "xterm", **own, **more}


class Desk:
    """A workspace, and the command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, *args: str, by: str = "qaa", typed: str | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return started(args, self.folder, environment(by, **(env or {})), typed or "")

    def ok(self, *args: str, **more: Any) -> str:
        """What a command prints that goes well."""
        done = self.run(*args, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *args: str, **more: Any) -> dict[str, Any]:
        """The `result` of a command that goes well."""
        told = json.loads(self.ok(*args, "--json", **more))
        assert told["ok"] is True
        result: dict[str, Any] = told["result"]
        return result

    def answers(
        self, *lines: str, case: str = "1", by: str = "qaa", **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """The guided step with these lines typed."""
        return self.run(
            "step", *([case] if case else []), by=by, typed="".join(f"{line}\n" for line in lines), **more
        )

    def begin(self, *args: str, by: str = "qaa") -> "subprocess.Popen[str]":
        """A command that goes on, to be typed into line by line."""
        return subprocess.Popen(
            [str(PROCFLOW), *args], cwd=self.folder, env=environment(by), text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def registered(self) -> None:
        """Case 1 of policy_change, with its wish registered."""
        self.ok("open", "policy_change")
        self.ok("do", "1", "register", *(part for pair in REGISTER for part in ("--with", pair)))

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def clock(self, instant: str) -> None:
        self.write("clock.txt", instant + "\n")


def _made(folder: Path, clock: bool) -> Path:
    for name, scenarios in (
        ("policy_change", GOOD / "policy_change_scenarios.yaml"),
        ("errand", HERE / "errand_scenarios.yaml"),
    ):
        place = folder / "procedures" / name
        place.mkdir(parents=True)
        source = GOOD / "policy_change.yaml" if name == "policy_change" else HERE / "errand.yaml"
        shutil.copyfile(source, place / "procedure.yaml")
        shutil.copyfile(scenarios, place / "scenarios.yaml")
    for name in ("organisation", "types"):
        shutil.copyfile(GOOD / f"{name}.yaml", folder / "procedures" / f"{name}.yaml")
    fixtures = folder / "procedures" / "policy_change" / "fixtures"
    fixtures.mkdir()
    (fixtures / "mette.png").write_bytes(png())
    (folder / "mette.png").write_bytes(png())
    (folder / "turnover.csv").write_text("kn,turnover\n104233,5000\n104871,800\n")
    (folder / "clock.txt").write_text(CLOCK)
    (folder / "procflow.toml").write_text(SETTINGS + ('clock = "clock.txt"\n' if clock else ""))
    done = Desk(folder).run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(tmp_path_factory.mktemp("rehearsed") / "desk", clock=True)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(tmp_path_factory.mktemp("real") / "desk", clock=False)


@pytest.fixture
def desk(rehearsed: Path, tmp_path: Path) -> Desk:
    """A published workspace whose clock stands at 11 May 2026, 10:05 in Copenhagen."""
    return Desk(Path(shutil.copytree(rehearsed, tmp_path / "desk")))


@pytest.fixture
def real_desk(real: Path, tmp_path: Path) -> Desk:
    """The same on this machine's clock."""
    return Desk(Path(shutil.copytree(real, tmp_path / "real")))


@pytest.fixture
def shell() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a line of bash in a folder, with `procflow` on the path."""

    def run(line: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        path = f"{PROCFLOW.parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-c", line],
            cwd=cwd,
            env=environment(PATH=path, **env),
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
