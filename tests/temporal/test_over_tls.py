"""The Temporal server behind mutual TLS, and the settings and commands of docs/how-to/run-on-temporal.md as they stand there.

The development server of the wheel speaks no TLS itself: what speaks it here is a small door in front of the real one,
which asks for a certificate as a cluster does.
"""

import asyncio
import datetime as dt
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from living import CANARY, made_workspace, until
from msgspec.structs import replace

from procflow.app import App
from procflow.builtin.world import RealWorld
from procflow.cli.doctor_look import look_at_host
from procflow.cli.group import cli
from procflow.definitions.settings_host import HostSettings
from procflow.errors import ProcflowError, StorageError
from procflow.testing.own_temporal import OwnTemporal

pytestmark = pytest.mark.xdist_group("temporal")
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-on-temporal.md"


def certificate(folder: Path, name: str, by: tuple | None = None) -> tuple:
    """(certificate, key) of `name`, signed by another's or by its own; both lie in the folder as NAME.pem and NAME.key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), RealWorld().now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (by[0].subject, by[1]) if by else (subject, key)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )  # fmt: skip
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    (folder / f"{name}.key").chmod(0o600)
    return made, key


@contextmanager
def door(server: OwnTemporal, context: ssl.SSLContext) -> Iterator[tuple[int, list[str]]]:
    """(port, the names in the certificates of those who came in)."""
    loop, came = asyncio.new_event_loop(), list[str]()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ssl.SSLError):
            while part := await reader.read(1 << 16):
                writer.write(part)
                await writer.drain()
        writer.close()

    async def comes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("peercert")
        came.append(dict(part[0] for part in shown["subject"])["commonName"])
        inner, out = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(carry(reader, out), carry(inner, writer))

    opened = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(comes, "127.0.0.1", 0, ssl=context), loop
    ).result(20)
    try:
        yield opened.sockets[0].getsockname()[1], came
    finally:
        loop.call_soon_threadsafe(opened.close)
        loop.call_soon_threadsafe(loop.stop)


def with_certificates(work: Path) -> Path:
    """A workspace in which the server's and the desk's certificate are vouched for by one, and a stranger's by nobody."""
    folder = made_workspace(work)
    vouches = certificate(folder, "temporal-ca")
    certificate(folder, "temporal.internal", vouches)
    certificate(folder, "desk", vouches)
    certificate(folder, "stranger")
    return folder


def test_a_worker_reaches_a_server_that_wants_to_know_who_comes(
    tmp_path: Path, temporal_server: OwnTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = with_certificates(tmp_path / "work")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / "temporal.internal.pem", folder / "temporal.internal.key")
    context.load_verify_locations(folder / "temporal-ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    block = re.search(r"^```toml\n(\[host\]\n.*?)^```", PAGE.read_text(), re.M | re.S)[1]
    plain = (folder / "procflow.toml").read_text()

    with door(temporal_server, context) as (port, came):

        def settled(**more: str) -> None:
            text = block.replace("temporal.example:7233", f"127.0.0.1:{port}").replace(
                '"desk"  ', '"default"'
            )
            text = text.replace("# server_name", "server_name")
            for name, value in more.items():
                text = re.sub(rf"^{name} = \S+", f'{name} = "{value}"', text, flags=re.M)
            (folder / "procflow.toml").write_text(plain + text)

        def seen() -> tuple[str, str]:
            with App(str(folder)) as app:
                (found,) = look_at_host(app)
                return found.level, found.message[0]

        settled()
        with App(str(folder)) as app:
            case = app.open("ping", "ann", {"email": CANARY}).case_id
            assert app.do(case, "mail", "ann", {}).accepted
            level, words = seen()
            assert level == "wrong" and "no worker of this workspace" in words, "it answers over TLS"
            monkeypatch.chdir(folder)
            (command,) = re.findall(r"^procflow (run --host temporal) --temporal", PAGE.read_text(), re.M)
            host = app.host(app.settings.host)
            done = threading.Event()
            worker = threading.Thread(target=host.run, args=(done.is_set,))
            worker.start()
            try:
                with App(str(folder)) as desk:
                    until(lambda: not desk.engine.load(case).plain.waiting, "the mail has gone out over TLS")
                until(lambda: seen()[0] == "good", "the worker is seen")
            finally:
                done.set()
                worker.join(60)
        assert came and set(came) == {"desk"}

        before = len(came)
        for wrong in ({"server_ca": "stranger.pem"}, {"server_name": "temporal.example"},
                      {"certificate": "stranger.pem", "key": "stranger.key"}):  # fmt: skip
            settled(**wrong)
            with (
                App(str(folder)) as app,
                pytest.raises(StorageError, match=r"no Temporal server answers|with TLS or without"),
            ):
                app.host(app.settings.host).run(lambda: False)
        assert len(came) == before, "nobody else came in, and nothing was said to another server"
        refused = CliRunner().invoke(cli, [*command.split(), "--lang", "en"])
        assert refused.exit_code != 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"server_ca": "stranger.pem"}, "nobody whom we believe vouches for its certificate"),
        ({"server_name": ""}, "its certificate is for another name"),
        ({"certificate": "", "key": ""}, "it asks for our certificate|reached, and hung up"),
        (
            {"certificate": "stranger.pem", "key": "stranger.key"},
            "it does not take our certificate|reached, and hung up",
        ),
        ({"certificate": "stranger.pem"}, "are no certificate with its key"),
        ({"certificate": "notes.txt", "key": "notes.txt"}, "are no certificate with its key"),
        ({"server_ca": "notes.txt"}, "notes.txt holds no certificates"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_of_it_and_not_of_a_server_that_is_away(
    tmp_path: Path, temporal_server: OwnTemporal, wrong: dict[str, str], words: str
) -> None:
    folder = with_certificates(tmp_path / "work")
    (folder / "notes.txt").write_text("to whom it may concern\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "temporal.internal.pem", folder / "temporal.internal.key")
    context.load_verify_locations(folder / "temporal-ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    right = {
        "server_ca": "temporal-ca.pem", "server_name": "temporal.internal", "certificate": "desk.pem", "key": "desk.key",
    }  # fmt: skip
    with door(temporal_server, context) as (port, _), App(str(folder)) as app:
        said = HostSettings("temporal", f"127.0.0.1:{port}", **{**right, **wrong})
        with pytest.raises(ProcflowError) as told:
            app.host(said).run(lambda: True)
        assert re.search(words, told.value.message) and told.value.hint, told.value
        app.host(replace(said, **right)).run(lambda: True)  # with what is right it begins


def test_what_is_no_name_and_what_speaks_no_tls_is_said_as_that(
    tmp_path: Path, temporal_server: OwnTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with App(str(made_workspace(tmp_path / "work"))) as app:
        for said, words in (
            (HostSettings("temporal", "nosuch.example:7233"), "nobody knows where that is"),
            (HostSettings("temporal", temporal_server.address, tls=True), "speaks no TLS"),
        ):
            with pytest.raises(StorageError, match=words):
                app.host(said).run(lambda: True)
        keyed = HostSettings("temporal", temporal_server.address, api_key="${env:NOT_SET_HERE}")
        with pytest.raises(ProcflowError, match=r"procflow\.toml: host\.api_key wants"):
            app.host(keyed)
