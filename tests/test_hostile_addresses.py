"""An address that an outsider may have written never leads into the house: names, numbers and tricks of every kind."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from procflow.http_client import NotReached, request

INSIDE = [
    "127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
    "0", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::]", "[2001:0:7f00:1::]",
    "[fe80::1]", "[fec0::1]", "[fd00::1]", "[fc00::1]", "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[100::1]",
    "localhost", "LOCALHOST", "localhost.",
]  # fmt: skip
#: Addresses that a careless reader takes for another than they are; each leads to this machine, or nowhere.
TRICKS = [
    "http://public.example@127.0.0.1:{port}/", "http://public.example:80@127.0.0.1:{port}/", "http://127.0.0.1:{port}#@public.example/",
    "http://127.0.0.1:{port}?@public.example/", "http://127.0.0.1:{port}\\@public.example/", "http://127.0.0.1%2f@localhost:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/", "http://localhost%00.public.example:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http:/127.0.0.1:{port}/", "http:127.0.0.1:{port}", "//127.0.0.1:{port}/", "127.0.0.1:{port}", "http://", "http:///etc/passwd",
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/_GET", "ftp://127.0.0.1:{port}/", "dict://127.0.0.1:{port}/", "ldap://127.0.0.1:{port}/",
    "http://127.0.0.1:99999/", "http://127.0.0.1:-1/", "http://127.0.0.1:x/", "http://[::1", "http://127.0.0.1:{port}/\r\nX: y", "http://127.0.0.1 :{port}/",
    "http://two-addresses.example:{port}/", "http://changes.example:{port}/", "javascript:alert(1)", "data:text/plain,x", "",
]  # fmt: skip


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[Any]]]:
    """A server on this machine that only counts; and names that lead to it, as an outsider's name server may have them."""
    asked: list[Any] = []
    server = socket.create_server(("", 0))
    port = server.getsockname()[1]

    def take() -> None:
        while True:
            try:
                asked.append(server.accept())
            except OSError:
                return

    threading.Thread(target=take, daemon=True).start()
    real, turns = socket.getaddrinfo, iter(["203.0.114.7", "127.0.0.1", "127.0.0.1"])

    def resolve(host: Any, at: Any, *given: Any, **named: Any) -> Any:
        if host == "two-addresses.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, at)) for a in ("8.8.8.8", "127.0.0.1")]
        if host == "changes.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(turns), at))]
        return real(host, at, *given, **named)

    def connect(address: Any, *given: Any, **named: Any) -> socket.socket:
        if str(address[0]).startswith("203.0.114."):
            raise OSError("nothing of the outside is reached by a test")
        return real_connect(address, *given, **named)

    real_connect = socket.create_connection
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    yield port, asked
    server.close()
    for connection, _ in asked:
        connection.close()


def test_there_are_as_many_as_the_goal_asks_for() -> None:
    assert len(INSIDE) + len(TRICKS) >= 40


def test_no_address_of_an_outsider_reaches_the_house(listening: tuple[int, list[Any]]) -> None:
    port, asked = listening
    for host in INSIDE:
        with pytest.raises(NotReached):
            request({"timeout": 2}, "GET", f"http://{host}:{port}/", {}, own_network=False)
        assert not asked, host
    for trick in TRICKS:
        with pytest.raises(NotReached):
            request({"timeout": 2}, "GET", trick.format(port=port), {}, own_network=False)
        assert not asked, trick


def test_the_counting_server_is_there_for_who_may_reach_it(listening: tuple[int, list[Any]]) -> None:
    port, asked = listening
    with pytest.raises(NotReached):
        request({"timeout": 0.2}, "GET", f"http://127.0.0.1:{port}/", {})
    assert asked


def test_a_public_address_is_let_through_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def connect(address: Any, *given: Any, **named: Any) -> Any:
        tried.append(address[0])
        raise OSError("nothing of the outside is reached by a test")

    monkeypatch.setattr(socket, "create_connection", connect)
    for host in ("8.8.8.8", "[2606:4700::1111]", "[64:ff9b::808:808]", "[::ffff:8.8.8.8]"):
        with pytest.raises(NotReached, match="nothing of the outside"):
            request({}, "GET", f"http://{host}/", {}, own_network=False)
    assert len(tried) == 4
