"""The examples in README and docs are run: what a reader types works, and shows what the page says it shows.

In a page, a block marked `console` is typed line by line after `$ `, in one folder that is empty at the top of the
page; the other lines must appear in what is printed (`...` stands for anything). A block marked with a file name,
```yaml title="procedures/call_back/procedure.yaml", is written to that file.

What README shows is typed into a shell, all of it. Of the other pages a line that is `procflow` and plain words goes
to a process that is ready (`terminal/ready.py`), for the start of Python was half of what they took.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ready import started

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: What a shell would understand by itself.
SHELL = re.compile(r"[|&;<>$`*?~#!(){}\\\n]")
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.M | re.S)


def _runnable(page: Path) -> bool:
    return any(kind == "console" for kind, _, _ in BLOCK.findall(page.read_text(encoding="utf-8")))


def _environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCFLOW")}
    return {**kept, "PATH": path, "HOME": str(home), "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"}


def _parts(console: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in console.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        elif line.strip() and found:
            found[-1][1].append(line.strip())
    return found


class Reader:
    """Types a page's commands, one after the other: folder and variables stay from each to the next."""

    def __init__(self, home: Path, environment: dict[str, str], *, shell: bool) -> None:
        self.folder = home / "empty"
        self.folder.mkdir()
        self._environment, self._shell = environment, shell
        self._where, self._kept, self._plain = home / "where", home / "exported", home / "variables"

    def types(self, command: str) -> subprocess.CompletedProcess[str]:
        if not self._shell and command.startswith("procflow ") and not SHELL.search(command):
            return started(shlex.split(command)[1:], self.folder, self._variables())
        typed = f"[ -f {self._kept} ] && . {self._kept}\n{command}\ncode=$?\npwd > {self._where}\n"
        typed += f"export -p > {self._kept}\nenv -0 > {self._plain}\nexit $code"
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.folder = Path(self._where.read_text().strip())
        return done

    def _variables(self) -> dict[str, str]:
        if not self._plain.exists():
            return self._environment
        pairs = (each.partition("=") for each in self._plain.read_text().split("\0") if each)
        return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("page", [p for p in PAGES if _runnable(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_page_shows_is_what_happens(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = _environment(tmp_path)
    for name in re.findall(r"\$(\w*DATABASE)\b", page.read_text(encoding="utf-8")):
        if name not in environment:  # the address of an empty database, on a server of the tests' own
            environment[name] = request.getfixturevalue("postgres").url(made=False)
    reader = Reader(tmp_path, environment, shell=page.name == "README.md")
    for kind, title, content in BLOCK.findall(page.read_text(encoding="utf-8")):
        if title:
            file = reader.folder / title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        elif kind == "console":
            for command, shown in _parts(content):
                done = reader.types(command)
                printed = done.stdout + done.stderr
                refused = any(
                    line.startswith(("Refused", "Afvist", "Not ready", "procflow:")) for line in shown
                )
                problems = any(re.match(r"\S+:\d+:\d+: PF", line) for line in shown)
                if refused or problems:
                    assert done.returncode != 0, f"{command}\n{printed}"
                else:
                    assert done.returncode == 0, f"{command}\n{printed}"
                for line in shown:
                    pieces = [piece.strip() for piece in line.split("...") if piece.strip()]
                    for piece in pieces:
                        assert piece in printed, f"{command}\nshould show: {line}\nshowed:\n{printed}"
