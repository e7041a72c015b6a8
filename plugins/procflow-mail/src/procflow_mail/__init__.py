"""Mail for procflow: `mail.send` by SMTP, messages from IMAP or a Maildir.

The channel knows its own table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

from .schema import SEND

if TYPE_CHECKING:
    from .imap import Mailbox
    from .sessions import Sessions


class MailChannel:
    """See `ports.Channel`. It is asked for its settings only when it works, so that it loads without any."""

    name = "mail"
    operations: Mapping[str, Mapping[str, Any]] = {"send": SEND}
    settings = (
        "host", "port", "tls", "user", "password", "sender", "id_domain", "trusted_authserv", "dns", "helo",
        "ca_file", "timeout", "inbox.kind", "inbox.host", "inbox.port", "inbox.tls", "inbox.user", "inbox.password",
        "inbox.folder", "inbox.path", "inbox.start", "inbox.idle", "inbox.timeout", "inbox.ca_file",
    )  # fmt: skip
    verified = "stand-in"  # against a real SMTP server and a real Maildir on loopback, no provider's own
    file_type = "eml"

    at_once = 16  # the copies of a cancellation leave within a second, also to a slow server (PRO-13)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None
        self._lock = Lock()
        self._kept: Sessions | None = None
        self._mailbox: Mailbox | None = None
        self.ring: Callable[[], None] | None = None  # set by the host's side of the plugin's process

    @property
    def _sessions(self) -> Sessions:
        with self._lock:
            if self._kept is None:
                from .sessions import Sessions

                self._kept = Sessions(self._settings)
            return self._kept

    @property
    def fetches(self) -> bool:
        """Whether there is a mailbox to look into."""
        return bool(self._settings.get("inbox"))

    @property
    def fetches_apart(self) -> bool:
        """A mail server may be slow, and nothing else waits for it."""
        inbox = self._settings.get("inbox")
        return isinstance(inbox, Mapping) and inbox.get("kind") == "imap"

    @property
    def fetch_every(self) -> float:
        """A mail server is asked every 20 seconds, a folder of this machine whenever the host looks around."""
        inbox = self._settings.get("inbox")
        return 20.0 if isinstance(inbox, Mapping) and inbox.get("kind") == "imap" else 0.0

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The mail as it will go out, with Bcc in its header. Raises UsageError for what no mail can be."""
        from .outgoing import compose

        return compose(self._settings, key, parameters, self.now)

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        from .smtp import send

        return send(self._sessions, wire)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        inbox = self._settings.get("inbox")
        if not inbox:
            return [], cursor
        if inbox.get("kind") == "maildir":
            from .maildir import fetch_maildir

            return fetch_maildir(self._settings, cursor)
        if inbox.get("kind") == "imap":
            from .imap import Mailbox

            if self._mailbox is None:
                self._mailbox = Mailbox(self._settings, self.ring)
            return self._mailbox.fetch(cursor)
        raise UsageError(
            f"channels.mail.inbox: there is no kind {inbox.get('kind')!r}", "write maildir or imap"
        )

    def read(self, raw: bytes, received: datetime) -> Inbound:
        """One mail as it was saved in a file; `received` is UTC."""
        from .incoming import read_mail

        return read_mail(raw, received, self._settings)

    def health(self) -> str:
        missing = [name for name in ("host", "sender") if not self._settings.get(name)]
        if missing:
            return f"procflow.toml: channels.mail: {' and '.join(missing)} missing"
        told = self._sessions.health(self.now)
        if self._settings.get("inbox") and (not told or told.startswith("soon: ")):
            from .looking import inbox_trouble

            told = inbox_trouble(self._settings, self.now) or told
        return told


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [MailChannel(settings.get("mail", {}))]
