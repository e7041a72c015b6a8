"""Messages as they come in: each is stored whole, with its files, before anything is made of it, and once only.

It must not know cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from procflow.core.field_text import is_blank
from procflow.core.message_items import shown_text
from procflow.core.record import decode, encode
from procflow.core.values import exact_numbers
from procflow.engine import Engine
from procflow.errors import Conflict, ProcflowError, UsageError
from procflow.ports import Evidence, Inbound
from procflow.stored import InboundRow

TRIES = 20
_MOST_TOLD = 10
LONGEST_TEXT = 1 << 20


@dataclass
class Receiving:
    """The part of `Intake` that stores what comes."""

    engine: Engine
    evidence: Evidence
    tell: Callable[..., None] | None = None  # hears what happens

    def take(self, inbound: Inbound) -> InboundRow | None:
        """Store a message with its raw bytes and files; None when it was received before.

        The sender chooses the id of a message, so the same id with other content is another message: else it could
        be used to hide one.
        """
        store = self.engine.store
        external, whole = inbound.external_id or _of_its_own(inbound), inbound.text
        inbound = _as_shown(inbound)
        fields, facts = exact_numbers(inbound.fields), exact_numbers(inbound.facts)
        inbound = replace(inbound, fields=fields, facts=facts)
        if inbound.received > (now := self.engine.world.now()):
            # nothing is received tomorrow: clocks would begin late, and an old yes would answer a newer text
            inbound = replace(inbound, received=now, facts={**inbound.facts, "received_unknown": True})
        id = _id(inbound.source, external)
        known = store.message(id)
        if known is not None:
            if self._says_the_same(known, inbound):
                return None
            external = f"{external} {self.engine.keys.fingerprint(_content_hash(inbound)).hex()}"
            id = _id(inbound.source, external)
            if store.message(id) is not None:
                return None
        for _ in range(TRIES):
            content = self._content_of(inbound, whole, slot := store.next_slot())
            sealed = self.engine._sealer(id, slot, 0)("message", encode(content))
            hash_ = str(content["hash"] or "")
            row = InboundRow(id, inbound.source, external, inbound.received, slot, encode(sealed), hash_)
            try:
                if not store.receive(row):
                    return None
                if self.tell is not None:
                    about = {"message": id[:8], "channel": inbound.channel, "form": inbound.form}
                    self.tell("message_in", count=len(content["files"]), **about)
                return row
            except Conflict:
                continue
        raise Conflict("many messages are coming in at once", "try again")

    def _content_of(self, inbound: Inbound, whole: str, slot: int) -> dict[str, Any]:
        """What is stored of a message, once its files are. `whole` is its text as it came."""
        left_out: list[str] = []
        files = [kept for name, data in inbound.files if (kept := self._keep(name, data, slot, left_out))]
        name = f"{inbound.channel}.eml" if inbound.raw else "message.txt"
        raw = inbound.raw or whole.encode()
        kept = self._keep(name, raw, slot, left_out, whole=True) or self._keep(
            "message.txt", whole.encode()[:LONGEST_TEXT], slot, left_out
        )
        return {
            "channel": inbound.channel,
            "form": inbound.form,
            "from": inbound.sender,
            "to": inbound.to,
            "subject": inbound.subject,
            "text": inbound.text,
            "fields": _filled_in(inbound.fields),
            "files": tuple(files),
            "received": inbound.received,
            "raw": kept,
            "hash": kept.get("hash"),
            "facts": dict(inbound.facts),
            "thread": tuple(inbound.thread),
            "left_out": tuple(left_out),
            "not_read": _not_read(inbound, left_out),
        }

    def known(self, inbound: Inbound) -> InboundRow | None:
        """The message that this one was received as before; None where it was not."""
        external = inbound.external_id or _of_its_own(inbound)
        inbound = _as_shown(inbound)
        again = f"{external} {self.engine.keys.fingerprint(_content_hash(inbound)).hex()}"
        store = self.engine.store
        found = store.message(_id(inbound.source, external))
        return (
            found
            if found is not None and self._says_the_same(found, inbound)
            else store.message(_id(inbound.source, again))
        )

    def _says_the_same(self, known: InboundRow, inbound: Inbound) -> bool:
        """Whether a stored message has the sender, words and files of this one."""
        try:
            content = self.content(known)
        except ProcflowError:
            return True  # it was erased, and is not to come back
        subject, text = (shown_text(content[name]) for name in ("subject", "text"))
        there = (content["form"], content["from"], subject, text)
        if there != (inbound.form, inbound.sender, inbound.subject, inbound.text):
            return False
        files = [hashlib.sha256(data).hexdigest() for _, data in inbound.files]
        kept = [file["hash"] for file in content["files"]]
        return dict(content["fields"]) == _filled_in(inbound.fields) and (
            kept == files or bool(content["left_out"])
        )

    def _keep(
        self, name: str, content: bytes, slot: int, left_out: list[str], *, whole: bool = False
    ) -> dict[str, Any]:
        """A file as evidence; one that cannot be stored is left out with the reason, and the message goes on."""
        try:
            return dict(self.evidence.put(content, key_slot=slot, name=name, whole=whole))
        except UsageError as problem:
            left_out.append(problem.message)
            return {}

    def content(self, row: InboundRow) -> dict[str, Any]:
        """A stored message in plain."""
        plain = self.engine.unseal_bytes(row.id, row.key_slot, decode(row.content))
        return dict(decode(plain))


def _as_shown(inbound: Inbound) -> Inbound:
    """As people and expressions see it."""
    fields = {
        name: shown_text(value) if isinstance(value, str) else value for name, value in inbound.fields.items()
    }
    text, subject = shown_text(inbound.text), shown_text(inbound.subject)
    return replace(inbound, text=text, subject=subject, fields=fields)


def _not_read(inbound: Inbound, left_out: list[str]) -> tuple[str, ...]:
    """What of a message nobody sees who reads it here, so that they look at it as it came."""
    told = inbound.facts.get("unreadable") or ()
    said = [*(told if isinstance(told, list | tuple) else [told]), *left_out]
    return tuple(" ".join(str(each).split())[:300] for each in said[:_MOST_TOLD])


def _filled_in(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form without those that were left blank: they are not given."""
    return {name: value for name, value in fields.items() if not (isinstance(value, str) and is_blank(value))}


def _id(source: str, external: str) -> str:
    return hashlib.sha256(f"{source}\0{external}".encode()).hexdigest()[:32]


def _of_its_own(inbound: Inbound) -> str:
    """An id for a message that came without one: what it is made of, and when it came where nothing else tells."""
    if inbound.raw:
        return hashlib.sha256(inbound.raw).hexdigest()
    whole = f"{inbound.received.isoformat()}\0{_content_hash(inbound)}"
    return hashlib.sha256(whole.encode()).hexdigest()


def _content_hash(inbound: Inbound) -> str:
    """A hash of the sender, words and files of a message."""
    files = [hashlib.sha256(data).hexdigest() for _, data in inbound.files]
    parts = (
        inbound.form,
        inbound.sender,
        inbound.subject,
        inbound.text,
        *sorted(inbound.fields.items()),
        *files,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()
