"""One served workspace for all tests of the API in a worker: each opens cases of its own."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from logging_in import procflow
from pictures import png
from ready import started
from serving import Served

TESTS = Path(__file__).parents[1]
SETTINGS = 'store = "sqlite:cases.db"\nlanguage = "en"\nclock = "clock.txt"\n'
REGISTER = {
    "kn": "104233", "first_name": "Mette", "last_name": "Holm", "phones": ["+4571999901"], "carrier": "PROSAM",
    "caseworker": "qaa", "change": "Remove the glass cover on P-20011",
}  # fmt: skip


def workspace(folder: Path) -> Path:
    """Two procedures and an organisation, published; the clock stands at 11 May 2026, 10:05 in Copenhagen."""
    good = TESTS / "definitions" / "good"
    for name, source, scenarios in (
        ("policy_change", good / "policy_change.yaml", good / "policy_change_scenarios.yaml"),
        ("errand", TESTS / "cli" / "errand.yaml", TESTS / "cli" / "errand_scenarios.yaml"),
    ):
        place = folder / "procedures" / name
        place.mkdir(parents=True)
        shutil.copyfile(source, place / "procedure.yaml")
        shutil.copyfile(scenarios, place / "scenarios.yaml")
    for name in ("organisation", "types"):
        shutil.copyfile(good / f"{name}.yaml", folder / "procedures" / f"{name}.yaml")
    fixtures = folder / "procedures" / "policy_change" / "fixtures"
    fixtures.mkdir()
    (fixtures / "mette.png").write_bytes(png())
    (folder / "clock.txt").write_text("2026-05-11T10:05:00+02:00\n")
    (folder / "procflow.toml").write_text(SETTINGS)
    procflow(folder, "check")
    return folder


class Told(NamedTuple):
    """An answer: its status, its headers, and its body as JSON where it is some."""

    status: int
    headers: Any
    body: Any


class Api:
    """A served workspace, and one who asks it."""

    register = REGISTER
    png = staticmethod(png)

    @staticmethod
    def png_text(size: int = 400) -> str:
        """A picture as it stands in a body."""
        return base64.b64encode(png(size)).decode()

    def __init__(self, served: Served) -> None:
        self.served, self.folder, self.address = served, served.folder, served.address

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        """Ask for `path` below /api; what is no bytes is sent as JSON."""
        sent = body
        if body is not None and not isinstance(body, bytes):
            sent = json.dumps(body).encode()
            headers.setdefault("content_type", "application/json")
        status, found, content = self.served.ask(method, f"/api{path}", sent, **headers)
        if "json" in found.get("content-type", "") and content:
            content = json.loads(content)
        return Told(status, found, content)

    def get(self, path: str, **headers: str) -> Any:
        """The body of what goes well."""
        told = self("GET", path, **headers)
        assert told.status == 200, told
        return told.body

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        told = self("POST", path, {} if body is None else body, **headers)
        assert told.status in (200, 201, 202), told
        return told.body

    def opened(self, procedure: str = "policy_change", **given: Any) -> int:
        number: int = self.post("/cases", {"procedure": procedure, "with": given})["number"]
        return number

    def run(self, *args: str, person: str = "qaa", **env: str) -> "subprocess.CompletedProcess[str]":
        """The command line in the served workspace, as another process."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCFLOW")}
        return started(args, self.folder, {**kept, "PROCFLOW_AS": person, **env})

    def registered(self) -> int:
        """A case of policy_change that waits for evidence."""
        number = self.opened()
        self.post(f"/cases/{number}/choices/register", {"with": REGISTER})
        return number


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published workspace, to be copied."""
    return workspace(tmp_path_factory.mktemp("made") / "desk")


@pytest.fixture(scope="session")
def served(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = Served(Path(shutil.copytree(made, tmp_path_factory.mktemp("api") / "desk")), person="qaa")
    yield found
    assert found.stop() == ""


@pytest.fixture
def api(served: Served) -> Api:
    """What Anna, an agent, asks."""
    return Api(served)


@pytest.fixture
def api_of() -> type[Api]:
    """Makes one who asks of a served workspace."""
    return Api
