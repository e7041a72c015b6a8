"""`procflow serve`: a real process, asked by a plain program."""

import json
import socket
import subprocess

from logging_in import procflow
from serving import PROCFLOW, Served


def asked_plainly(port: int, request: str) -> str:
    """What comes back to the very bytes of a request."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(request.encode())
        return b"".join(iter(lambda: line.recv(65536), b"")).decode()


def gone_in_the_middle(port: int, path: str, kind: str) -> None:
    """Begin to send something, and go away before it is all there."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: 5000\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(head.encode() + b"Sec-Fetch-Site: same-origin\r\nExpect: 100-continue\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 100"), "it waits for the rest"
        line.sendall(b"--x\r\nContent-Disposition: form-data")
        line.shutdown(socket.SHUT_WR)
        while line.recv(100):
            pass


def test_it_serves_the_desk_and_the_api_to_this_machine_and_ends_in_good_order(tmp_path):
    procflow(tmp_path, "init", ".")
    served = Served(tmp_path)

    status, headers, body = served.get("/")
    assert status == 200 and "Indbakke" in body.decode()
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    status, headers, body = served.get("/", accept_language="en-GB,en;q=0.9")
    assert "Inbox" in body.decode()

    status, headers, body = served.get("/api")
    assert status == 200 and json.loads(body)["name"] == "procflow"
    status, headers, body = served.get("/api/nothing")
    assert status == 404 and headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == 404
    assert served.get("/nothing")[0] == 404
    assert served.ask("PUT", "/")[0] == 405

    status, _, body = served.get("/", host="evil.example", accept_language="da")
    assert status == 421, "a page of another name that points here"
    assert "under navnet evil.example" in body.decode() and "host_names" in body.decode()
    assert "Host" in asked_plainly(served.port, "GET / HTTP/1.0\r\n\r\n")
    whole = asked_plainly(served.port, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert whole.startswith("HTTP/1.1 204") and "allow: DELETE, GET, HEAD" in whole
    assert served.get("/static/desk.css")[0] == 200
    assert served.get("/static/../room.py")[0] == 404

    for path, kind in (("/api/cases", "application/json"), ("/preferences", "application/x-www-form-urlencoded"), ("/preferences", "multipart/form-data; boundary=x")):  # fmt: skip
        gone_in_the_middle(served.port, path, kind)
    assert served.get("/")[0] == 200
    assert served.stop() == "", "whoever goes away in the middle of what they send is no fault of ours"


def test_without_users_it_listens_on_this_machine_only(tmp_path):
    procflow(tmp_path, "init", ".")
    for listen in ("0.0.0.0:0", "192.0.2.1:80", "[::]:0", "desk.example:80"):
        ran = subprocess.run(
            [PROCFLOW, "serve", "--as", "agent_1", "--listen", listen], cwd=tmp_path, capture_output=True, text=True
        )  # fmt: skip
        assert ran.returncode == 2 and "this machine only" in ran.stderr
