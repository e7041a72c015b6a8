"""A Postfix of one's own on loopback: takes mail, delivers to Maildirs, and writes real delivery failures.

It relays nothing: what is not for one of its domains is refused, and its only way out is a pipe that fails. The package
`postfix` brings it; it has to be started by root.
"""

import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
from pathlib import Path

from procflow.testing.free_port import free_port


class Postfix:
    """`home` is the Maildir of the desk's own domain prosam.example. Mail for anybody @bounces.example is taken, and
    comes back; at customers.example only `mette` and `bo` are known."""

    def __init__(self) -> None:
        programs = Path("/usr/lib/postfix/sbin")
        assert programs.is_dir(), "postfix is missing: apt-get install postfix"
        self.folder = Path(tempfile.mkdtemp(prefix="procflow-postfix-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        conf, queue, data, mail = (self.folder / name for name in ("conf", "queue", "data", "mail"))
        for each in (conf, queue, data, mail):
            each.mkdir()
        nobody = pwd.getpwnam("nobody")
        os.chown(mail, nobody.pw_uid, nobody.pw_gid)
        os.chown(data, pwd.getpwnam("postfix").pw_uid, 0)
        self.home, self.customers = mail / "home", mail / "customers"
        for each in (self.home, *(self.home / part for part in ("new", "cur", "tmp"))):
            each.mkdir()
            os.chown(each, nobody.pw_uid, nobody.pw_gid)
        (conf / "mailboxes").write_text(
            "@prosam.example home/\nmette@customers.example customers/\nbo@customers.example customers/\n"
        )
        (conf / "main.cf").write_text(
            f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file_prefixes = {self.folder}
maillog_file = {self.folder}/log
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.prosam.example
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
virtual_mailbox_domains = prosam.example, customers.example
virtual_mailbox_base = {mail}
virtual_mailbox_maps = texthash:{conf}/mailboxes
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
virtual_minimum_uid = 1
relay_domains = bounces.example
transport_maps = inline:{{ bounces.example=fails: }}
relay_recipient_maps =
smtpd_relay_restrictions = reject_unauth_destination
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
smtpd_recipient_limit = 1000
message_size_limit = 60000000
virtual_mailbox_limit = 0
alias_maps =
alias_database =
disable_dns_lookups = yes
import_environment = TZ MAIL_CONFIG
"""
        )
        services = [
            f"127.0.0.1:{self.port} inet n - n - - smtpd",
            "pickup unix n - n 60 1 pickup", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
            "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
            "trace unix - - n - 0 bounce", "error unix - - n - - error", "retry unix - - n - - error",
            "discard unix - - n - - discard", "virtual unix - n n - - virtual", "anvil unix - - n - 1 anvil",
            "proxymap unix - - n - - proxymap", "tlsmgr unix - - n 1000? 1 tlsmgr", "scache unix - - n - 1 scache",
            "postlog unix-dgram n - n - 1 postlogd", "showq unix n - n - - showq",
            "fails unix - n n - - pipe flags= user=nobody argv=/bin/false",
        ]  # fmt: skip
        (conf / "master.cf").write_text("\n".join(services) + "\n")
        done = subprocess.run(["/usr/sbin/postfix", "-c", str(conf), "start"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        until = time.monotonic() + 30
        while True:
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                    return
            except (OSError, smtplib.SMTPException):
                assert time.monotonic() < until, self.log()
                time.sleep(0.05)

    def log(self):
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""

    def stop(self):
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.folder / "conf"), "stop"], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
