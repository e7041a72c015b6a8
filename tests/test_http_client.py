"""HTTP for channels, against servers on loopback: what is kept, what is given up, and where it may not go."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from procflow.http_client import LARGEST, Answer, NotReached, place_problem, request, unreachable
from procflow.testing.http_peer import QuietServer


class Server(QuietServer):
    """Counts its connections and does what the path says."""

    daemon_threads = True

    def __init__(self) -> None:
        self.connections = 0
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        if self.path == "/silent":
            time.sleep(3)
        if self.path == "/torn":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            self.close_connection = True
            return
        body = b"x" * (LARGEST + 1 if self.path == "/large" else 2)
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "7")
        self.send_header("Location", "http://127.0.0.1:1/")
        if self.path == "/last":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/silent-death":
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_connection_is_kept_until_the_other_side_lets_it_go(server: Server) -> None:
    for _ in range(3):
        assert request({}, "GET", f"{server.url}/", {}).body == b"xx"
    assert server.connections == 1
    assert request({}, "GET", f"{server.url}/last", {}).status == 200
    assert request({}, "GET", f"{server.url}/silent-death", {}).status == 200
    time.sleep(0.1)
    assert request({}, "GET", f"{server.url}/", {}).status == 200  # not lost on a connection that had died
    assert server.connections == 3


def test_silence_half_an_answer_and_too_long_a_one_are_given_up_and_a_redirect_is_not_followed(
    server: Server,
) -> None:
    begun = time.monotonic()
    with pytest.raises(NotReached, match="did not answer: timed out"):
        request({"timeout": 0.3}, "GET", f"{server.url}/silent", {})
    assert time.monotonic() - begun < 2
    with pytest.raises(NotReached, match="answered with more than"):
        request({}, "GET", f"{server.url}/large", {})
    with pytest.raises(NotReached, match="does not say where it ends"):
        request({}, "GET", f"{server.url}/torn", {})
    answer = request({}, "GET", f"{server.url}/elsewhere", {})
    assert (answer.status, answer.retry_after) == (302, 7.0)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0.0.0.0", "10.0.0.7", "192.168.1.1", "169.254.169.254", "[::1]", "[fd00::1]",
     "[::ffff:10.0.0.1]", "100.64.0.1", "224.0.0.1", "2130706433", "0x7f.1", "127.1"],
)  # fmt: skip
def test_a_request_that_an_outsider_steers_does_not_enter_the_houses_own_network(host: str) -> None:
    with pytest.raises(NotReached, match="cannot be reached"):
        request({"timeout": 0.5}, "GET", f"http://{host}:9/", {}, own_network=False)


def test_the_connection_goes_to_the_address_that_was_looked_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.server_address[1]
    answers = [[(2, 1, 6, "", ("93.184.216.34", port))], [(2, 1, 6, "", ("127.0.0.1", port))]]
    tried: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.pop(0))

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        tried.append(address[0])
        raise OSError("no internet here")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotReached):
        request({}, "GET", f"http://rebind.example:{port}/", {}, own_network=False)
    assert tried == ["93.184.216.34"]  # not the name, which would be looked up a second time


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Server) -> None:
    with pytest.raises(NotReached, match="cannot be reached"):
        request({}, "GET", server.url.replace("http:", "https:"), {})
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://sms.example.com/rest", ""),
        ("http://127.0.0.1:8025/", ""),
        ("http://sms.example.com/", "in clear"),
        ("sms.example.com", "is not an address"),
        ("https://x:notaport/", "is not an address"),
        ("file:///etc/passwd", "is not an address"),
    ],
)
def test_a_secret_goes_in_clear_to_this_machine_only(url: str, words: str) -> None:
    said = place_problem(url, "channels.sms")
    assert words in said and bool(said) == bool(words)
    assert not said or said.startswith("channels.sms: ")


def test_where_nobody_listens_is_told_without_asking() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        assert unreachable({}, f"http://127.0.0.1:{port}/") == ""
    assert f"127.0.0.1:{port} cannot be reached" in unreachable({}, f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "invalid  number"}', "invalid number"),
        (b'{"error": {"message": "no such page", "code": 7}}', "no such page"),
        (b'{"error": "gone", "code": 3}', "gone"),
        (b'{"errorMessage": "x"}', "x"),
        (b'{"detail": "y", "code": "0x1"}', "y"),
        (b'{"code": "0x0309"}', "0x0309"),
        (b"{}", ""),
        (b"[1]", "[1]"),
        (b"<html>\n bad \xff</html>", "<html> bad \ufffd</html>"),
        (b"", ""),
        (b"x" * 5000, "x" * 200),
        (b"[" * 100_000, "[" * 200),
    ],
)
def test_what_the_other_side_says_of_an_error_is_told_on_one_line(body, words):
    assert Answer(400, body).words == words
