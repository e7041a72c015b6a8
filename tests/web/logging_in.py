"""People who log in to a served workspace, as a browser does it and without one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ready import started
from serving import Served
from small import small_workspace

PASSWORD = "korrekt hest batteri klamme"
CLOCK = "2026-05-11T10:05:00+02:00"


def procflow(folder: Path, *args: str, by: str = "", typed: str = "", rc: int = 0) -> str:
    """What a command prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROCFLOW")}
    done = started(args, folder, {**kept, **({"PROCFLOW_AS": by} if by else {})}, typed)
    assert done.returncode == rc, done.stdout + done.stderr
    return done.stdout


def housed(folder: Path, *people: str, settings: str = "", clock: bool = True) -> Path:
    """A small workspace whose clock stands, with these people as users, and a case of each procedure."""
    small_workspace(folder)
    with (folder / "procflow.toml").open("a") as file:
        file.write(('clock = "clock.txt"\n' if clock else "") + settings)
    if clock:
        set_clock(folder, CLOCK)
    procflow(folder, "check")
    for person in people:
        procflow(folder, "user", "add", person, typed=PASSWORD + "\n")
    procflow(folder, "open", "call_back", by="anna")
    procflow(folder, "open", "coaching", by="nora")
    return folder


def set_clock(folder: Path, instant: str) -> None:
    (folder / "clock.txt").write_text(instant + "\n")


class Visitor:
    """Somebody with a browser that keeps its cookies and says from where it sends."""

    def __init__(self, served: Served, **headers: str) -> None:
        self.served, self.headers = served, {"sec_fetch_site": "same-origin", **headers}
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> tuple[int, Any, str]:
        return self._kept(self.served.get(path, **self._with(headers)))

    def post(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any, str]:
        return self._kept(self.served.post(path, form or {}, **self._with(headers)))

    def log_in(
        self, name: str, password: str = PASSWORD, wanted: str = "/", **headers: str
    ) -> tuple[int, Any, str]:
        return self.post("/login", {"name": name, "password": password, "next": wanted}, **headers)

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**self.headers, **({"cookie": cookie} if cookie else {}), **headers}

    def _kept(self, answer: tuple[int, Any, bytes]) -> tuple[int, Any, str]:
        status, headers, body = answer
        for line in headers.get_all("set-cookie") or ():
            name, _, rest = line.partition("=")
            value, _, facts = rest.partition(";")
            if "Max-Age=0" in facts:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return status, headers, body.decode()
