"""The examples in README and docs are run: what a reader types works, and shows what the page says it shows.

In a page, a block marked `console` is typed line by line after `$ `, in one folder that is empty at the top of the
page; the other lines must appear in what is printed (`...` stands for anything). A block marked with a file name,
```yaml title="procedures/call_back/procedure.yaml", is written to that file.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
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


@pytest.mark.parametrize("page", [p for p in PAGES if _runnable(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_page_shows_is_what_happens(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = _environment(tmp_path)
    for name in re.findall(r"\$(\w*DATABASE)\b", page.read_text(encoding="utf-8")):
        if name not in environment:  # the address of an empty database, on a server of the tests' own
            environment[name] = request.getfixturevalue("postgres").url(made=False)
    marker, kept = tmp_path / "where", tmp_path / "exported"
    where = folder
    for kind, title, content in BLOCK.findall(page.read_text(encoding="utf-8")):
        if title:
            file = where / title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        elif kind == "console":
            for command, shown in _parts(content):
                typed = f"[ -f {kept} ] && . {kept}\n{command}\ncode=$?\npwd > {marker}\nexport -p > {kept}\nexit $code"
                done = subprocess.run(
                    ["bash", "-c", typed],
                    cwd=where,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
                where = Path(marker.read_text().strip())
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
