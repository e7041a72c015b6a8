"""A real `procflow serve` in a process of its own, for the tests of the site, the API and the desk."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import ready

PROCFLOW = str(ready.PROCFLOW)


def a_host(folder: Path, *options: str, **streams: Any) -> subprocess.Popen[str]:
    """`procflow run` over a workspace, in a process of its own; it is heard only where a stream is given."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([PROCFLOW, "run", *options], cwd=folder, text=True, **{**quiet, **streams})


class Served:
    """`procflow serve` over a workspace, on a free port. `get` and `post` ask it as a plain program does."""

    def __init__(
        self, folder: Path, *options: str, person: str = "agent_1", env: Mapping[str, str] = {},
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.folder, self.tls = folder, tls
        self._errors = folder / f"serve-{len(list(folder.glob('serve-*.err')))}.err"
        self._process = subprocess.Popen(
            [PROCFLOW, "serve", "--listen", "127.0.0.1:0", "--as", person, *options],
            cwd=folder, env={**os.environ, "PYTHONUNBUFFERED": "1", **env}, stdout=subprocess.PIPE, stderr=self._errors.open("w"), text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"https?://\S+:(\d+)/", line):
                self.port, self.address = int(found[1]), found[0]
                break
        else:
            raise AssertionError(f"it did not begin to serve: {self._errors.read_text()}")

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Any, bytes]:
        """(status, headers, body); a `_` in the name of a header is a dash."""
        connection: http.client.HTTPConnection
        if self.tls is not None:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.tls)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, Any, bytes]:
        return self.ask("GET", path, **headers)

    def post(self, path: str, form: Mapping[str, Any] = {}, **headers: str) -> tuple[int, Any, bytes]:
        body = urlencode(form, doseq=True).encode()
        return self.ask("POST", path, body, content_type="application/x-www-form-urlencoded", **headers)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """As a power cut ends it."""
        self._process.kill()
        self._process.wait(60)

    def stop(self) -> str:
        """Ended in good order; -> what it wrote to standard error beside the log's lines about what is in order."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        assert self._process.returncode == 0, self._process.returncode
        return "".join(line for line in self.said() if '"level":"info"' not in line)

    def said(self) -> list[str]:
        """The lines of standard error until now."""
        return self._errors.read_text().splitlines(keepends=True)

    def log(self) -> list[dict[str, Any]]:
        """The events of the log until now."""
        return [json.loads(line) for line in self.said() if line.startswith("{")]
