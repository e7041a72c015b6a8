"""A Dovecot of one's own on loopback, with a certificate of its own; the package `dovecot-imapd` brings it."""

import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from procflow.testing.free_port import free_port

USER, PASSWORD = "desk", "imap-kanin-9d2b"


def certificate(folder):
    """A self-signed certificate for localhost; -> (pem, key)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, private


class Dovecot:
    def __init__(self) -> None:
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert program, "dovecot is missing: apt-get install dovecot-imapd"
        self.folder = Path(tempfile.mkdtemp(prefix="procflow-dovecot-"))
        self.folder.chmod(0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.pem, key = certificate(self.folder)
        root = os.getuid() == 0
        mail = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        own = "" if root else f"default_internal_user = {mail.pw_name}\ndefault_login_user = {mail.pw_name}\n"
        chroots = "" if root else "service anvil {\n chroot =\n}\n"
        (self.folder / "mail").mkdir()
        os.chown(self.folder / "mail", mail.pw_uid, mail.pw_gid)
        (self.folder / "dovecot.conf").write_text(
            f"""base_dir = {self.folder}/run
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.pem}
ssl_key = <{key}
disable_plaintext_auth = no
auth_failure_delay = 0
{own}{chroots}first_valid_uid = 1
mail_location = maildir:{self.folder}/mail/%u
mailbox_list_index = no
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={mail.pw_uid} gid={mail.pw_gid} home={self.folder}/mail/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
"""
        )
        self._process = subprocess.Popen([program, "-F", "-c", str(self.folder / "dovecot.conf")])
        until = time.monotonic() + 30
        while True:
            try:
                self.session().logout()
                return
            except (OSError, imaplib.IMAP4.error):
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.02)

    def session(self):
        server = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        server.login(USER, PASSWORD)
        return server

    def put(self, raw, folder="INBOX", at=None):
        """A mail into a folder, with the instant at which it came; as any program that reads mail could do it."""
        server = self.session()
        try:
            date = imaplib.Time2Internaldate(at) if at else None
            status, said = server.append(folder, "", date, raw)
            assert status == "OK", said
        finally:
            server.logout()

    def do(self, *command):
        server = self.session()
        try:
            status, said = getattr(server, command[0])(*command[1:])
            assert status == "OK", said
        finally:
            server.logout()

    def hang_up(self):
        """End every session that is open."""
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
            if fields.get("Name") in ("imap", "imap-login") and int(fields["PPid"]) == self._process.pid:
                os.kill(int(fields["Pid"]), signal.SIGKILL)

    def stop(self):
        self._process.terminate()
        self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
