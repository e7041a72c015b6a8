"""The Dockerfile's steps without a container engine: `python contrib/container/try_it.py` runs them in an empty folder with
a virtual environment of its own, then what the image runs, and asks it as HEALTHCHECK does.

What makes users and folders of a system is left out, and told. The server listens on loopback, at a free port.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_OF_A_SYSTEM = ("useradd", "install -d")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="procflow-image-") as place:
        return _tried(Path(place))


def _tried(place: Path) -> int:
    lines = [
        each
        for each in (ROOT / "contrib/container/Dockerfile").read_text().splitlines()
        if each and each[0] != "#"
    ]
    steps = [tuple(line.split(" ", 1)) for line in lines]
    source, program, work = place / "source", place / "opt" / "procflow", place / "srv"
    work.mkdir()
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PROCFLOW", "PYTHON", "VIRTUAL_ENV"))
    }
    env["PATH"] = "/usr/bin:/bin"
    entry: list[str] = []
    for word, rest in steps:
        here = (
            rest.replace("/opt/procflow", str(program))
            .replace("/source", str(source))
            .replace("/srv/procflow", str(work))
        )
        if word == "COPY" and not rest.startswith("--from"):
            _copied(source)
        elif word == "ENV":
            env |= dict(part.split("=", 1) for part in shlex.split(here))
        elif word == "RUN" and rest.startswith(_OF_A_SYSTEM):
            print(f"left out: {rest}")
        elif word == "RUN":
            if here.startswith("python "):
                here = f"{sys.executable}{here.removeprefix('python')}"
            print(f"RUN {rest}", flush=True)
            subprocess.run(["bash", "-ec", here], env={**env, **_pip()}, cwd=place, check=True)
        elif word == "ENTRYPOINT":
            entry = json.loads(here)
        elif word == "HEALTHCHECK":
            asks = json.loads(here[here.index("CMD [") + 4 :])
        elif word == "CMD":
            command = json.loads(here)
    return _serves(entry, command, asks, env, work)


def _pip() -> dict[str, str]:
    """How this machine reaches its packages; the steps themselves name no place."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "SSL_", "HTTP", "NO_PROXY"))
    }


def _copied(to: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, to / name)


def _serves(entry: list[str], command: list[str], asks: list[str], env: dict[str, str], work: Path) -> int:
    def run(*words: str, typed: str = "") -> None:
        subprocess.run([*entry, *words], cwd=work, env=env, input=typed, text=True, check=True)

    run("init", ".")
    run("check")
    run("user", "add", "lead_1", typed="blå ko spiser 7 æbler\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    there = [re.sub(r"^0\.0\.0\.0:\d+$", f"127.0.0.1:{port}", word) for word in command]
    asks = [re.sub(r":\d+$", f":{port}", word) for word in asks]
    served = subprocess.Popen([*entry, *there], cwd=work, env=env)
    try:
        until = time.monotonic() + 60
        while (asked := subprocess.run(asks, cwd=work, env=env).returncode) and time.monotonic() < until:
            time.sleep(0.5)
        print(f"HEALTHCHECK ended with {asked}")
    finally:
        served.terminate()
        ended = served.wait(60)
    print(f"stopped with {ended}")
    return 1 if asked or ended else 0


if __name__ == "__main__":
    sys.exit(main())
