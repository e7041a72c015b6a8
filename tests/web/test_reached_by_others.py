"""For whom the desk listens: alone without users, with users over TLS, and never in between."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from logging_in import Visitor, housed, procflow
from serving import PROCFLOW, Served

from procflow.builtin.world import RealWorld


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine and its key, made here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
    now = RealWorld().now()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("desk.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, private = folder / "desk.crt", folder / "desk.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    private.chmod(0o600)
    return certificate, private


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return housed(tmp_path_factory.mktemp("reached"))


@pytest.fixture(scope="module")
def files(house: Path) -> tuple[str, str]:
    certificate, key = certified(house)
    return str(certificate), str(key)


def refused(house: Path, *options: str) -> str:
    """What is said by a serve that must not begin; one that does begin is a fault."""
    ran = subprocess.run(
        [PROCFLOW, "serve", "--as", "anna", "--no-host", *options], cwd=house, capture_output=True, text=True, timeout=30,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert ran.returncode == 2 and ran.stdout == "", ran
    return ran.stderr


def test_without_users_nobody_else_reaches_it_whatever_is_said_of_tls(
    house: Path, files: tuple[str, str]
) -> None:
    tls = ("--certificate", files[0], "--key", files[1])
    for options in (
        ("--listen", "0.0.0.0:0"),
        ("--listen", "[::]:0", *tls),
        ("--listen", "0.0.0.0:0", "--behind-proxy", "--host-name", "desk.example"),
        ("--behind-proxy",),
    ):
        told = refused(house, *options)
        assert "this machine only" in told and "procflow user add" in told


def test_what_is_wrong_with_a_certificate_is_said_before_anybody_comes(
    house: Path, files: tuple[str, str]
) -> None:
    certificate, key = files
    assert "belong together" in refused(house, "--certificate", certificate)
    assert "cannot be read" in refused(house, "--certificate", certificate, "--key", "nothing.key")
    assert "no certificate with its key" in refused(house, "--certificate", key, "--key", key)
    os.chmod(key, 0o604)
    assert "chmod 600" in refused(house, "--certificate", certificate, "--key", key)
    os.chmod(key, 0o600)


@pytest.fixture(scope="module")
def peopled(house: Path) -> Path:
    """The same with a user."""
    procflow(house, "user", "add", "anna", typed="korrekt hest batteri klamme\n")
    return house


@pytest.fixture(scope="module")
def served(peopled: Path, files: tuple[str, str]) -> Iterator[Served]:
    """Reached by others over TLS, by what the settings say."""
    settings = peopled / "procflow.toml"
    before = settings.read_text()
    settings.write_text(
        before + '[serve]\ncertificate = "desk.crt"\nkey = "desk.key"\nhost_names = ["desk.example"]\n'
    )
    trusting = ssl.create_default_context(cafile=files[0])
    served = Served(peopled, "--no-host", tls=trusting)
    settings.write_text(before)
    yield served
    assert served.stop() == ""


def test_others_reach_it_over_tls_alone_and_under_names_that_are_said(
    peopled: Path, files: tuple[str, str]
) -> None:
    assert "without TLS" in refused(peopled, "--listen", "0.0.0.0:0")
    assert "without TLS" in refused(peopled, "--listen", "192.0.2.1:80", "--host-name", "desk.example")
    tls = ("--certificate", files[0], "--key", files[1])
    assert "under which names" in refused(peopled, "--listen", "0.0.0.0:0", *tls)
    assert "under which names" in refused(peopled, "--listen", "0.0.0.0:0", "--behind-proxy")


def test_over_tls_the_cookie_is_bound_to_this_host_and_browsers_come_back_over_tls(served: Served) -> None:
    assert served.address.startswith("https://")
    anna = Visitor(served)
    _, headers, _ = anna.log_in("anna")
    (cookie,) = headers.get_all("set-cookie")
    name, _, rest = cookie.partition("=")
    assert name == "__Host-procflow"
    assert rest.split("; ")[1:] == ["Path=/", "Max-Age=36000", "HttpOnly", "SameSite=Lax", "Secure"]
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert anna.get("/account")[0] == 200
    anna.cookies["procflow"] = anna.cookies.pop("__Host-procflow")
    assert anna.get("/account")[0] == 303, "a cookie of another name, which a neighbour could set"


def test_it_answers_to_its_names_only(served: Served) -> None:
    assert served.get("/login", host=f"desk.example:{served.port}")[0] == 200
    assert served.get("/login", host="desk.example")[0] == 200
    for host in (
        "evil.example",
        "desk.example.evil.example",
        "",
        "127.0.0.1.evil.example",
        "desk.example@evil.example",
        "[::1",
    ):
        assert served.get("/login", host=host)[0] in (400, 421), host


def test_plain_http_is_not_spoken(served: Served) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.request("GET", "/login")
        connection.getresponse()


def test_behind_a_proxy_it_believes_the_proxy_of_this_machine(peopled: Path) -> None:
    served = Served(peopled, "--no-host", "--behind-proxy", "--host-name", "desk.example")
    try:
        proxied = {"x_forwarded_for": "203.0.113.9", "x_forwarded_proto": "https", "host": "desk.example"}
        anna = Visitor(served, **proxied)
        _, headers, _ = anna.log_in("anna")
        assert "; Secure" in headers["set-cookie"] and headers["strict-transport-security"]
        assert "203.0.113.9" in anna.get("/account")[2]
    finally:
        served.stop()


def test_guesses_count_by_the_address_that_the_proxy_says(peopled: Path) -> None:
    served = Served(peopled, "--no-host", "--behind-proxy", "--host-name", "desk.example")
    try:
        answers: dict[str, list[int]] = {}
        for address in ("203.0.113.7", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"):
            guesser: Any = Visitor(served, x_forwarded_for=address, host="desk.example")
            answers[address] = [guesser.log_in("anna", "not this one at all")[0] for _ in range(3)]
        assert answers["203.0.113.7"] == [401] * 3
        assert answers["2001:db8:1:2::1"] == [401] * 3
        assert answers["2001:db8:1:2:ffff::9"] == [401, 401, 429], "one line of IPv6 has many addresses"
        assert answers["2001:db8:1:3::1"] == [401] * 3
    finally:
        served.stop()


def test_a_days_work_from_another_machine_with_a_token_over_tls(
    served: Served, house: Path, files: tuple[str, str], tmp_path: Path
) -> None:
    """As somebody does it who has the address, a token in a file, and the house's own certificate."""
    server = served.address.rstrip("/")

    def made(*args: str) -> str:
        return str(json.loads(procflow(house, "token", "add", *args, "--json"))["result"]["token"])

    def there(token: str, *args: str, rc: int = 0, trust: str = files[0], typed: str = "", **env: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROCFLOW")}
        mine = {
            "PROCFLOW_SERVER": server,
            "PROCFLOW_TOKEN": token,
            "SSL_CERT_FILE": trust,
            "PROCFLOW_LANG": "en",
            "HOME": str(tmp_path),
        }
        done = subprocess.run(
            [PROCFLOW, *args], cwd=tmp_path, capture_output=True, text=True, env={**kept, **mine, **env}, timeout=60,
            input=typed,
        )  # fmt: skip
        assert done.returncode == rc, done.stdout + done.stderr
        return done.stdout + done.stderr

    anna, lead, looks = made("anna", "--everything"), made("lis", "--everything"), made("bo", "--scope", "inbox.read", "--scope", "case.read", "--scope", "personal.read")  # fmt: skip
    number = json.loads(there(anna, "open", "call_back", "--json"))["result"]["number"]
    assert str(number) in there(looks, "inbox")
    denied = there(looks, "note", str(number), "She rang about it", rc=5)
    assert "this token may not act on a case" in denied and "`--scope case.step`" in denied
    guided = there(looks, "step", str(number), typed="1\nShe rang\n", rc=5)
    assert "What happens?" in guided and "this token may not act on a case" in guided
    there(anna, "note", str(number), "She rang about it")
    assert "offered to Bo Test" in there(
        anna, "handover", str(number), "bo", "--note", "She rings back at ten"
    )
    assert "Bo Test" in there(lead, "shift", "2026-05-12", "early", "bo")
    assert "graph" in there(lead, "show", "call_back", "--format", "mermaid") or "stateDiagram" in there(lead, "show", "call_back", "--format", "mermaid")  # fmt: skip
    assert "it is for nobody here but whoever has the workspace's files" in there(lead, "audit", rc=5)
    keeper = tmp_path / ".config" / "procflow" / "token"
    keeper.parent.mkdir(parents=True)
    keeper.write_text(anna + "\n")
    keeper.chmod(0o600)
    assert "Waits for the call" in there("", "case", str(number), "--lang", "en")
    told = there(anna, "inbox", rc=7, trust="/dev/null")
    assert "certificate" in told and "SSL_CERT_FILE" in told and "Traceback" not in told
    assert "this token is none" in there("pf-nonsense", "inbox", rc=5)
