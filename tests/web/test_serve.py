"""`procflow serve`: a real process, asked by a plain program."""

import json
import subprocess

from serving import PROCFLOW, Served


def test_it_serves_the_desk_and_the_api_to_this_machine_and_ends_in_good_order(tmp_path):
    subprocess.run([PROCFLOW, "init", "."], cwd=tmp_path, check=True, capture_output=True)
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

    assert served.get("/", host="evil.example")[0] == 421, "a page of another name that points here"
    assert served.get("/static/desk.css")[0] == 200
    assert served.get("/static/../room.py")[0] == 404

    assert served.stop() == ""


def test_without_users_it_listens_on_this_machine_only(tmp_path):
    subprocess.run([PROCFLOW, "init", "."], cwd=tmp_path, check=True, capture_output=True)
    for listen in ("0.0.0.0:0", "192.0.2.1:80", "[::]:0", "desk.example:80"):
        ran = subprocess.run(
            [PROCFLOW, "serve", "--as", "agent_1", "--listen", listen], cwd=tmp_path, capture_output=True, text=True
        )  # fmt: skip
        assert ran.returncode == 2 and "this machine only" in ran.stderr
