"""Hands a mail over by SMTP. Nobody gets it twice because of somebody else, and nobody waits for somebody else.

Who is refused for good is reported; who is refused for now is left for the next try, which offers the mail to them
alone; the others have it. It must not know how a mail is made, or how connections are kept.
"""

from __future__ import annotations

import json
import re
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any

from procflow.errors import PluginError
from procflow.ports import Delivery

from .sessions import Sessions, place, plain, words_of

#: So many receivers are offered in one transaction; every server must take a hundred (RFC 5321, 4.5.3.1.8).
MOST_RECEIVERS = 100
#: Seconds for the answer to the text, which a server may look through first; less than the host gives a call.
ANSWER_TIMEOUT = 25.0
_BCC = re.compile(rb"(?im)^bcc:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
_LEFT = b"X-Procflow-Left: "
_PEOPLE = re.compile(rb"(?im)^(?:from|to|cc|bcc):")
_ADDRESS = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
#: The people of a header on one line, none of whom needs quotes: that is nearly every mail, and read at once.
_ONE = rb"(?:(?:[A-Za-z0-9]+ )+<%b>|%b)" % (_ADDRESS.pattern, _ADDRESS.pattern)
_PLAIN = re.compile(rb"(?m)^(From|To|Cc|Bcc): (%b(?:, %b)*)\r\n(?![ \t])" % (_ONE, _ONE))


@dataclass
class _Envelope:
    """Who has the mail, who is offered it now, who never gets it; with what the server said of them."""

    sender: str
    offered: list[str]
    taken: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)
    never: dict[str, str] = field(default_factory=dict)
    said: bool = False  # whether a text is under way whose fate is not known


def send(sessions: Sessions, wire: bytes) -> Delivery:
    """done; failed for what the server refuses for good; retry for all that may pass."""
    mail, envelope = opened(wire)
    head, gap, body = mail.partition(b"\r\n\r\n")
    content = _BCC.sub(b"", head + b"\r\n") + gap.removeprefix(b"\r\n") + body
    found = re.search(rb"(?im)^message-id:\s*(<[^>\r\n]*>)", head)
    message_id = found[1].decode("ascii", "replace") if found else ""
    trouble = ""
    for last in (False, True):
        try:
            server, used = sessions.take()
        except PluginError:
            raise
        except smtplib.SMTPAuthenticationError as why:
            trouble = f"the mail server does not accept the login: {plain(why)}"
            break
        except smtplib.SMTPResponseException as why:
            # also a 5xx is tried again, as Postfix does with a greeting: the office's own server says it to every letter
            trouble = f"the mail server {place(sessions.settings)} does not want us: {plain(why)}"
            break
        except (smtplib.SMTPException, OSError) as why:
            trouble = f"the mail server {place(sessions.settings)} could not be reached: {plain(why)}"
            break
        try:
            _hand_over(server, envelope, content, patient=not sessions.settings.get("timeout"))
        except (smtplib.SMTPException, OSError) as why:
            sessions.drop(server)
            trouble = f"the mail server {place(sessions.settings)} broke off: {plain(why)}"
            if envelope.said or not used or last:
                break
            continue  # a connection that was kept, and had gone: nothing was handed over yet
        sessions.give(server)
        break
    return _outcome(envelope, mail, message_id, trouble)


def opened(wire: bytes) -> tuple[bytes, _Envelope]:
    """The mail, and to whom it goes: its receivers, or those that an earlier try left."""
    if wire.startswith(_LEFT):
        line, _, mail = wire.partition(b"\r\n")
        kept = json.loads(line[len(_LEFT) :])
        return mail, _Envelope(kept["sender"], kept["left"], kept["taken"], {}, kept["never"])
    head = wire.partition(b"\r\n\r\n")[0] + b"\r\n"
    plain = _PLAIN.findall(head)
    if len(plain) == len(_PEOPLE.findall(head)):
        (sender,) = [people for name, people in plain if name == b"From"]
        named = [
            each.decode() for name, people in plain if name != b"From" for each in _ADDRESS.findall(people)
        ]
        return wire, _Envelope(_ADDRESS.findall(sender)[0].decode(), list(dict.fromkeys(named)))
    headers = BytesHeaderParser().parsebytes(head + b"\r\n")
    sender = getaddresses([str(headers["From"])])[0][1]
    named = [str(value) for name in ("To", "Cc", "Bcc") for value in headers.get_all(name, [])]
    return wire, _Envelope(sender, list(dict.fromkeys(a for _, a in getaddresses(named) if a)))


def _left(envelope: _Envelope, offered: Sequence[str], mail: bytes) -> bytes:
    kept = {
        "sender": envelope.sender, "left": list(offered), "taken": envelope.taken, "never": envelope.never,
    }  # fmt: skip
    return _LEFT + json.dumps(kept).encode() + b"\r\n" + mail


def _hand_over(server: smtplib.SMTP, envelope: _Envelope, content: bytes, patient: bool) -> None:
    """One transaction after the other until everybody was offered the mail. Raises where the connection breaks."""
    while envelope.offered:
        group = envelope.offered[:MOST_RECEIVERS]
        accepted, again = _offer(server, envelope, group, len(content))
        if accepted:
            timeout = server.timeout
            server.sock.settimeout(max(timeout, ANSWER_TIMEOUT) if patient else timeout)  # type: ignore[union-attr]
            envelope.said = True
            try:
                code, said = server.data(content)
                _understood(code, said)
            except smtplib.SMTPDataError as why:  # the text was not asked for, so that it was not sent
                envelope.said = False
                code, said = why.smtp_code, why.smtp_error  # type: ignore[assignment]
                if code // 100 not in (4, 5):
                    raise smtplib.SMTPServerDisconnected(words_of(code, said)) from why
            envelope.said = False
            server.sock.settimeout(timeout)  # type: ignore[union-attr]
            if code // 100 == 2:  # a code that nobody knows means what its first digit says (RFC 5321, 4.3.2)
                envelope.taken += accepted
            else:
                words = f"the mail server refuses the mail: {words_of(code, said)}"
                _refused(envelope, code).update(dict.fromkeys(accepted, words))
        else:
            server.rset()
            envelope.later |= dict.fromkeys(again, "452 too many receivers")
            again = []
        envelope.offered = again + envelope.offered[len(group) :]


def _offer(
    server: smtplib.SMTP, envelope: _Envelope, group: Sequence[str], size: int
) -> tuple[list[str], list[str]]:
    """(who was accepted, who is too many for this transaction); the others are in the envelope."""
    option = f" size={size}" if server.has_extn("size") else ""
    start = f"mail FROM:<{envelope.sender}>{option}"
    offers = [f"rcpt TO:<{receiver}>" for receiver in group]
    answers = _said_one_by_one(server, start, offers)
    code, said = answers[0]
    if code != 250:
        _understood(code, said)
        words = f"the mail server refuses the sender {envelope.sender}: {words_of(code, said)}"
        _refused(envelope, code).update(dict.fromkeys(group, words))
        return [], []
    accepted: list[str] = []
    again: list[str] = []
    for receiver, (code, said) in zip(group, answers[1:], strict=True):
        if code in (250, 251, 252):
            accepted.append(receiver)
        elif code == 452 and accepted and re.search(rb"too many|4\.5\.3", said, re.I):
            again.append(receiver)
        else:
            _understood(code, said)
            _refused(envelope, code)[receiver] = words_of(code, said)
    return accepted, again


def _understood(code: int, said: bytes) -> None:
    """Raises where the server leaves (421), or says what is no answer (-1): what it says next would be taken for the
    answer to something else."""
    if code in (-1, 421):
        raise smtplib.SMTPServerDisconnected(words_of(code, said))


def _said_one_by_one(server: smtplib.SMTP, start: str, offers: Sequence[str]) -> list[tuple[int, bytes]]:
    """The answers to the sender and the receivers; said in one breath to a server that can hear that (RFC 2920)."""
    if server.has_extn("pipelining"):
        server.send("".join(f"{line}\r\n" for line in (start, *offers)))
        return [server.getreply() for _ in range(1 + len(offers))]
    first = server.docmd(start)
    return [first] + (
        [server.docmd(line) for line in offers] if first[0] == 250 else [(503, b"")] * len(offers)
    )


def _refused(envelope: _Envelope, code: int) -> dict[str, str]:
    return envelope.never if 500 <= code < 600 else envelope.later


def _outcome(envelope: _Envelope, mail: bytes, message_id: str, trouble: str) -> Delivery:
    """What becomes of the mail: done, given up for those refused for good, or left for those not yet."""
    taken, never = envelope.taken, envelope.never
    result: dict[str, Any] = {"id": message_id, "accepted": taken} if taken else {}
    if never:
        result["refused"] = sorted(never)
    waiting = [*envelope.offered, *envelope.later]
    if waiting:
        words = trouble or f"not yet taken: {listed(envelope.later)}"
        if taken:
            words += f". The others have it ({', '.join(taken)}) and do not get it again"
        return Delivery(
            "retry", result, words, None, _left(envelope, waiting, mail) if taken or never else None
        )
    if not never:
        return Delivery("done", result)
    words = f"refused: {listed(never)}"
    if taken:
        words += f". The mail went to the others ({', '.join(taken)}) and is not sent again."
    return Delivery("failed", result, words)


def listed(refused: Mapping[str, str]) -> str:
    """Each receiver with what the server said; those of whom it said the same together, and of many the first."""
    by_words: dict[str, list[str]] = {}
    for receiver, said in refused.items():
        by_words.setdefault(said, []).append(receiver)
    parts = []
    for said, receivers in by_words.items():
        more = f" and {len(receivers) - 20} more" if len(receivers) > 20 else ""
        parts.append(f"{', '.join(receivers[:20])}{more} ({said})")
    return "; ".join(parts)
