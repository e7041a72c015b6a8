"""SMS by SMPP 3.4: `sms.send` as `submit_sm`, and what customers answer and the centre reports as `deliver_sm`.

SMPP knows no copy of a message. So a message after which the line broke is not sent again: a person looks. What comes in
is confirmed to the centre only when the host has stored it; until then the centre keeps it and tells it again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

from msgspec.structs import replace

from procflow.errors import PluginError
from procflow.ports import Delivery, Inbound

from .incoming import sender_of
from .message import Sms, read
from .parts import cut, from_septets, to_septets
from .reports import told
from .sent import Sent
from .smpp_session import Lost, NotBound, Session

NEEDS = ("host", "user", "token", "sender")
#: Statuses of a centre that passes: it is out of order, its queue is full, it has had too much, it may take it later.
_PASSING = {0x04, 0x08, 0x14, 0x45, 0x58, 0x61, 0x64, 0xFE}
_WORDS = {
    0x01: "the message is too long", 0x0A: "the sender is not allowed", 0x0B: "the number cannot be used",
    0x14: "its queue is full", 0x58: "it has had too many messages", 0x08: "it is out of order",
}  # fmt: skip
#: Messages that one look brings; looks for which the parts of a long one are waited for.
PORTION, PATIENCE = 50, 30
#: What an earlier session brought and did not confirm is known again for so long after a centre let us in; later the same
#: words are a new message, because a lost message is worse than one that a person sees twice.
AGAIN = timedelta(hours=1)
_LEFT = b"smpp-left "
#: Optional parameters of a `deliver_sm`.
_MESSAGE_ID, _PAYLOAD, _STATE = 0x001E, 0x0424, 0x0427
#: How a part of a long message says it without a header: reference, how many, which.
_SAR = (0x020C, 0x020E, 0x020F)
_STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}


class Centre:
    """The short message centre of a channel's table. Used by one thread."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._kept: Session | None = None
        self._sent = Sent(".procflow/sms-sent.jsonl")
        self._told: list[int] = []  # numbers of what the last look brought
        self._mark, self._confirmed = 0, -1  # of the last look, and of the last one that was confirmed
        self._bound: datetime | None = None  # when this session had its first look
        self._looks: dict[str, int] = {}  # of a long message of which parts are missing

    def _session(self) -> Session:
        """Raises NotBound and PluginError."""
        missing = [name for name in NEEDS if not self._settings.get(name)]
        if missing:
            raise PluginError(f"procflow.toml: channels.sms: {' and '.join(missing)} missing")
        if find_spec("smpp34") is None:
            raise PluginError("the package smpp34 is not installed", "pip install 'procflow-sms[smpp]'")
        if self._kept is None or not self._kept.alive:
            self._kept = None
            self._told, self._looks, self._bound = [], {}, None
            self._kept = Session(self._settings)
        return self._kept

    def health(self) -> str:
        try:
            self._session().listen()
        except PluginError as why:
            return f"{why.message} {why.hint}".strip()
        except (NotBound, Lost) as why:
            return f"the SMS centre {why}"
        return ""

    # out

    def send(self, sms: Sms, wire: bytes) -> Delivery:
        """done with the centre's id of the first part; failed for what it refuses, and where nobody knows what it took."""
        ids: list[str] = (
            json.loads(wire.partition(b"\n")[0].removeprefix(_LEFT)) if wire.startswith(_LEFT) else []
        )
        units = units_of(sms)
        result = {"to": f"+{sms.number}", "parts": len(units), "encoding": sms.encoding}
        try:
            session = self._session()
        except NotBound as why:
            return _later(f"the SMS centre {why}", ids, wire)
        while len(ids) < len(units):
            of = f" part {len(ids) + 1} of {len(units)} of" if len(units) > 1 else ""
            try:
                status, id = session.submit(units[len(ids)])
            except Lost as why:
                words = f"the line to the SMS centre broke while{of} the message was handed over ({why})"
                return Delivery("failed", result, f"{words}: look there whether it was sent")
            if status in _PASSING:
                return _later(f"the SMS centre does not take{of} the message now: {_said(status)}", ids, wire)
            if status or not id:
                words = f"the SMS centre refuses{of} the message: {_said(status)}"
                return Delivery(
                    "failed", result, words if status else "the SMS centre gave no id: look there"
                )
            ids.append(id)
            self._sent.note(id, sms.key)
        return Delivery("done", {"id": ids[0], **result})

    # in

    def fetch(self, cursor: str, now: datetime | None) -> tuple[list[Inbound], str]:
        """Raises PluginError when the centre does not answer."""
        known = _known(cursor)
        now = now or datetime.now(UTC)  # noqa: TID251
        try:
            session = self._session()
            if self._told and known["mark"] == self._mark:  # the host has stored what the last look brought
                session.stored(self._told)
                self._confirmed = self._mark
            if known["mark"] == self._confirmed:
                known["open"] = _without(known["open"], known["last"])
                known["last"] = {}
            self._told = []
            session.listen()
        except (NotBound, Lost) as why:
            raise PluginError(f"the SMS centre {why}") from why
        self._bound = self._bound or now
        if now - self._bound > AGAIN:
            known["open"], known["last"] = {}, {}
        found: list[Inbound] = []
        counted = Counter[str]()
        for numbers, inbound in self._messages(session, now):
            if len(found) == PORTION:
                break
            content = inbound.external_id
            counted[content] += 1
            place = known["times"].get(content, 0) + counted[content] - known["open"].get(content, 0)
            self._told += numbers
            found.append(_named(inbound, f"{content}/{max(place, 1)}"))
        for content, often in counted.items():
            again = min(known["open"].get(content, 0), often)
            known["times"][content] = known["times"].get(content, 0) + often - again
            known["open"][content] = known["open"].get(content, 0) + often - again
        if found:
            known["last"] = dict(counted)
        self._mark = known["mark"] = known["mark"] + 1 if found else known["mark"]
        known["times"] = dict(list(known["times"].items())[-1000:])
        return found, json.dumps(known, sort_keys=True)

    def _messages(self, session: Session, now: datetime) -> list[tuple[list[int], Inbound]]:
        """(numbers of its units, the message) of each that is whole, or whose missing parts were waited for."""
        country = str(self._settings.get("country_code") or "45")
        found: list[tuple[list[int], Inbound]] = []
        long: dict[str, dict[int, tuple[int, Part]]] = {}
        for number, unit in list(session.came):
            try:
                part = read_unit(unit)
            except Exception as why:
                # whatever the library meets: a person gets the bytes, and the others come in
                found.append(([number], _unread(unit, why, now)))
                continue
            if part.of <= 1:
                found.append(([number], self._inbound(part, part.text, unit, now, country, {})))
                continue
            group = long.setdefault(f"{part.sender} {part.receiver} {part.reference} {part.of}", {})
            group.setdefault(part.place, (number, part))
        for name, group in long.items():
            parts = [group[place] for place in sorted(group)]
            first = parts[0][1]
            missing = [place for place in range(1, first.of + 1) if place not in group]
            self._looks[name] = self._looks.get(name, 0) + 1
            if missing and self._looks[name] < PATIENCE:
                continue
            del self._looks[name]
            facts = (
                {"unreadable": [f"part {place} of {first.of} is missing" for place in missing]}
                if missing
                else {}
            )
            text = "".join(part.text for _, part in parts)
            raw = b"".join(part.unit for _, part in parts)
            found.append(
                ([number for number, _ in parts], self._inbound(first, text, raw, now, country, facts))
            )
        return found

    def _inbound(
        self, part: Part, text: str, raw: bytes, now: datetime, country: str, facts: dict[str, Any]
    ) -> Inbound:
        sender, about = sender_of(part.sender, country)
        content = part.known_as or hashlib.sha256(b"\0".join((part.sender.encode(), part.receiver.encode(), text.encode()))).hexdigest()  # fmt: skip
        if part.receipt:
            (id, *others), status = part.receipt
            key = self._sent.key_of(id, *others)
            form, fields = told(status, id, sender, part.error)
            return Inbound(
                "sms", f"receipt {id} {status}", "sms", sender, "", now, form=form, fields=fields,
                thread=[key] if key else [], raw=raw,
            )  # fmt: skip
        facts = {**about, **facts, "received_unknown": True}  # SMPP does not say when it was written
        return Inbound(
            "sms", content, "sms", sender, sender_of(part.receiver, country)[0], now, text=text.replace("\0", ""),
            facts=facts, raw=raw,
        )  # fmt: skip


def sms_of(wire: bytes) -> Sms:
    """The message of the stored bytes, or of what an earlier try left of them."""
    return read(wire.partition(b"\n")[2] if wire.startswith(_LEFT) else wire)


def units_of(sms: Sms) -> list[bytes]:
    """The `submit_sm` of each part, the same for each try."""
    from smpp34 import SubmitSm

    texts = cut(sms.text)
    gsm = sms.encoding == "gsm7"
    reference = hashlib.sha256(sms.key.encode()).digest()[0]
    units = []
    for place, text in enumerate(texts, 1):
        content = to_septets(text) if gsm else text.encode("utf-16-be")
        if len(texts) > 1:
            content = bytes((5, 0, 3, reference, len(texts), place)) + content
        unit = SubmitSm(
            source_addr=sms.sender, source_addr_ton=_ton(sms.sender), source_addr_npi=int(_ton(sms.sender) == 1),
            destination_addr=sms.number, dest_addr_ton=1, dest_addr_npi=1, short_message=content,
            esm_class=0x40 if len(texts) > 1 else 0, data_coding=0 if gsm else 8, registered_delivery=1,
        )  # fmt: skip
        units.append(bytes(unit.encode()))
    return units


def _ton(sender: str) -> int:
    """International number, number of a network, or letters."""
    return 5 if not sender.isdigit() else 1 if len(sender) > 6 else 3


class Part:
    """One `deliver_sm`, read."""

    def __init__(self, unit: bytes) -> None:
        from smpp34 import decode

        read: Any = decode(unit)
        self.unit, self.sender, self.receiver = unit, str(read.source_addr), str(read.destination_addr)
        more = {tlv.tag: tlv for tlv in read.tlvs}
        content = bytes(read.short_message)
        if not content and _PAYLOAD in more:
            content = bytes(more[_PAYLOAD].value)
        self.reference, self.of, self.place = "", 1, 1
        if read.esm_class & 0x40 and content:
            length = content[0] + 1
            self._joined(content[1:length])
            content = content[length:]
        elif all(tag in more for tag in _SAR):
            reference, of, place = (more[tag].as_int() for tag in _SAR)
            if of:
                self.reference, self.of, self.place = f"sar {reference}", of, place
        self.text = _text(content, int(read.data_coding))
        self.error, self.known_as = "", ""
        self.receipt: tuple[list[str], str] | None = (
            None  # (the centre's id, also as its text has it; status)
        )
        named = more[_MESSAGE_ID].as_string() if _MESSAGE_ID in more else ""
        if read.esm_class & 0x3C == 0x04:
            said = _said_by(self.text)
            state = more[_STATE].as_int() if _STATE in more else None
            status = said.get("stat") or _STATES.get(state or 0, "UNKNOWN")
            ids = [id for id in (named, said.get("id", "")) if id]
            self.receipt = (list(dict.fromkeys(ids)) or [""], status[:20].upper())
            self.error = said.get("err", "")[:20]
        elif named:
            self.known_as = f"id {named}"

    def _joined(self, header: bytes) -> None:
        while len(header) >= 2:
            kind, length = header[0], header[1]
            value, header = header[2 : 2 + length], header[2 + length :]
            if kind in (0x00, 0x08) and len(value) == (3 if kind == 0 else 4) and value[-2]:
                self.reference, self.of, self.place = value[:-2].hex(), value[-2], value[-1]


def _said_by(report: str) -> dict[str, str]:
    """The fields of a report's text, `id:… sub:… stat:… err:… text:…`. Behind `text:` stand our own words, which may look
    like further fields."""
    fields = re.split(r"\btext:", report, maxsplit=1, flags=re.I)[0]
    return {name.lower(): value for name, value in re.findall(r"(\w+):(\S*)", fields)}


def read_unit(unit: bytes) -> Part:
    return Part(unit)


def _unread(unit: bytes, why: Exception, now: datetime) -> Inbound:
    """What the centre delivered and nobody can read."""
    facts = {
        "unreadable": [f"the centre's unit cannot be read: {type(why).__name__}"],
        "received_unknown": True,
    }
    return Inbound(
        "sms", f"unread {hashlib.sha256(unit).hexdigest()}", "sms", "", "", now, facts=facts, raw=unit
    )


def _text(content: bytes, coding: int) -> str:
    if coding == 8:
        return content.decode("utf-16-be", "replace")
    if coding in (1, 3):
        return content.decode("latin-1")
    return from_septets(content)


def _later(words: str, ids: list[str], wire: bytes) -> Delivery:
    """To be tried again, with the parts that were taken left out."""
    message = wire.partition(b"\n")[2] if wire.startswith(_LEFT) else wire
    left = _LEFT + json.dumps(ids).encode() + b"\n" + message if ids else None
    return Delivery("retry", {}, words, None, left)


def _said(status: int) -> str:
    return f"{_WORDS.get(status, 'status')} ({status:#x})"


def _known(cursor: str) -> dict[str, Any]:
    """What a cursor says was brought; nothing where it is none of ours."""
    try:
        found = json.loads(cursor or "{}")
        return {
            "mark": int(found.get("mark", 0)),
            "times": dict(found.get("times", {})),
            # told, and not known to be confirmed; `last`: by the last look
            "open": dict(found.get("open", {})),
            "last": dict(found.get("last", found.get("open", {}))),
        }
    except (ValueError, TypeError, AttributeError):
        return {"mark": 0, "times": {}, "open": {}, "last": {}}


def _without(counted: Mapping[str, int], gone: Mapping[str, int]) -> dict[str, int]:
    return {content: left for content, often in counted.items() if (left := often - gone.get(content, 0)) > 0}


def _named(inbound: Inbound, id: str) -> Inbound:
    """With an id of its own, where the centre gave none: what it says, and how often that was said."""
    known = inbound.form == "receipt" or inbound.external_id.startswith("id ")
    return inbound if known else replace(inbound, external_id=id)
