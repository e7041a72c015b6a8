"""Hands a mail over by SMTP. Nobody gets it twice because somebody else was refused.

All receivers are offered before the text is: refusals that may pass (4xx) hold the mail back for all, final
ones (5xx) leave the others their mail and are reported. It must not know how a mail is made.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any

from procflow.errors import PluginError
from procflow.ports import Delivery

#: Seconds for each word of the other side; less than the host gives a call.
TIMEOUT = 10.0
_BCC = re.compile(rb"(?im)^bcc:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")


def send(settings: Mapping[str, Any], wire: bytes) -> Delivery:
    """done; failed for what the server refuses for good; retry for all that may pass."""
    head, gap, body = wire.partition(b"\r\n\r\n")
    headers = BytesHeaderParser(policy=policy.default).parsebytes(head + b"\r\n\r\n")
    sender = getaddresses([str(headers["From"])])[0][1]
    receivers = list(dict.fromkeys(
        address for _, address in getaddresses(
            [str(value) for name in ("To", "Cc", "Bcc") for value in headers.get_all(name, [])]
        ) if address
    ))  # fmt: skip
    content = _BCC.sub(b"", head + b"\r\n") + gap.removeprefix(b"\r\n") + body
    message_id = str(headers["Message-ID"])
    try:
        with connected(settings) as server:
            return _hand_over(server, sender, receivers, content, message_id)
    except smtplib.SMTPAuthenticationError as why:
        return Delivery(
            "retry", {}, f"the mail server does not accept the login: {_said(why.smtp_code, why.smtp_error)}"
        )
    except smtplib.SMTPResponseException as why:
        return Delivery(
            "retry", {}, f"the mail server does not want us: {_said(why.smtp_code, why.smtp_error)}"
        )
    except (smtplib.SMTPException, OSError) as why:
        return Delivery(
            "retry", {}, f"the mail server {_place(settings)} could not be reached: {_plain(why)}"
        )


def health(settings: Mapping[str, Any]) -> str:
    try:
        with connected(settings) as server:
            server.noop()
    except PluginError as why:
        return why.message
    except (smtplib.SMTPException, OSError) as why:
        return f"the mail server {_place(settings)} could not be reached: {_plain(why)}"
    return ""


@contextmanager
def connected(settings: Mapping[str, Any]) -> Iterator[smtplib.SMTP]:
    """A session, encrypted and logged in as the settings say. `tls`: starttls, ssl or none."""
    host, tls = str(settings.get("host") or ""), str(settings.get("tls") or "none")
    if not host:
        raise PluginError("procflow.toml: channels.mail: host is missing")
    if tls not in ("none", "starttls", "ssl"):
        raise PluginError(f"procflow.toml: channels.mail: tls is {tls!r}; write starttls, ssl or none")
    port = int(settings.get("port") or {"none": 25, "starttls": 587, "ssl": 465}[tls])
    # it reads all certificates of the machine, which takes longer than the mail
    context = ssl.create_default_context(cafile=settings.get("ca_file") or None) if tls != "none" else None
    timeout = float(settings.get("timeout") or TIMEOUT)
    server = (
        smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
        if tls == "ssl"
        else smtplib.SMTP(host, port, timeout=timeout)
    )
    try:
        if tls == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if settings.get("user"):
            if tls == "none" and host not in ("localhost", "127.0.0.1", "::1"):
                raise PluginError(
                    "procflow.toml: channels.mail: a password would go to another machine in clear",
                    'write tls = "starttls" or tls = "ssl"',
                )
            server.login(str(settings["user"]), str(settings.get("password") or ""))
        yield server
    finally:
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


def _hand_over(
    server: smtplib.SMTP, sender: str, receivers: list[str], content: bytes, message_id: str
) -> Delivery:
    options = [f"size={len(content)}"] if server.has_extn("size") else []
    code, said = server.mail(sender, options)
    if code != 250:
        return _refused(code, f"the mail server refuses the sender {sender}: {_said(code, said)}")
    taken: list[str] = []
    later: dict[str, str] = {}
    never: dict[str, str] = {}
    for receiver in receivers:
        code, said = server.rcpt(receiver)
        if code in (250, 251, 252):
            taken.append(receiver)
        elif code == 421:
            return Delivery("retry", {}, f"the mail server closes: {_said(code, said)}")
        else:
            (never if 500 <= code < 600 else later)[receiver] = _said(code, said)
    if later or not taken:
        server.rset()
        if later:
            return Delivery("retry", {}, f"not yet taken, so sent to nobody: {_listed(later)}")
        return Delivery("failed", {"refused": sorted(never)}, f"refused: {_listed(never)}")
    try:
        code, said = server.data(content)
    except smtplib.SMTPDataError as why:
        code, said = why.smtp_code, why.smtp_error  # type: ignore[assignment]
    if code != 250:
        return _refused(code, f"the mail server refuses the mail: {_said(code, said)}")
    result = {"id": message_id, "accepted": taken}
    if never:
        left = f"refused: {_listed(never)}. The mail went to the others ({', '.join(taken)}) and is not sent again."
        return Delivery("failed", {**result, "refused": sorted(never)}, left)
    return Delivery("done", result)


def _refused(code: int, words: str) -> Delivery:
    return Delivery("failed" if 500 <= code < 600 else "retry", {}, words)


def _listed(refused: Mapping[str, str]) -> str:
    return "; ".join(f"{receiver} ({said})" for receiver, said in refused.items())


def _said(code: int, text: Any) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(f"{code} {words}".split())[:300]


def _plain(why: Exception) -> str:
    return " ".join(str(why).split())[:200] or type(why).__name__


def _place(settings: Mapping[str, Any]) -> str:
    return f"{settings.get('host')}:{settings.get('port') or ''}".rstrip(":")
