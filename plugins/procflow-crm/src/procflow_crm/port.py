"""The customer file as a port: what any system behind it has to do. It must not know which system that is.

An adapter to a real system implements `CustomerFile` and keeps `contract.CustomerFileContract`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

#: How many customers an answer names.
MOST = 20


class Refused(Exception):
    """The system will never take this, in words: no such customer, a reference that means another change."""


@dataclass(frozen=True)
class Customer:
    kn: str
    first_name: str
    last_name: str
    phones: tuple[str, ...] = ()
    email: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Policy:
    number: str
    kn: str
    tariff: str
    carrier: str
    active: bool
    code: str = ""
    plate: str = ""

    @property
    def seen(self) -> str:
        """Changes whenever something of the policy changes."""
        facts = (self.number, self.kn, self.tariff, self.carrier, str(self.active), self.code, self.plate)
        return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Document:
    """A file that is put into the customer file, or lies there. `content` is empty where only a list is wanted."""

    name: str
    hash: str
    content: bytes = b""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Document:
        """From a file record of procflow: content in base64. Raises Refused where the content is not what the hash says."""
        content = base64.b64decode(str(record.get("content") or ""), validate=True)
        found = hashlib.sha256(content).hexdigest()
        named = str(record.get("hash"))
        if record.get("content") and re.fullmatch("[0-9a-f]{64}", named) and found != named:
            raise Refused(f"{record['name']} is not the file that its hash names")
        return cls(str(record["name"]), found, content)


@dataclass(frozen=True)
class Put:
    """What was written: the system's id of it, and whether the same key had written it before."""

    id: str
    again: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


class CustomerFile(Protocol):
    """Every write has a key: the same key again writes nothing, and gives what it gave. Instants are aware, UTC."""

    def customers(self, by: str, value: str) -> Sequence[Customer]:
        """Who fits, by kn, name, phone or plate; by number. At most MOST + 1."""
        ...

    def policies(self, kn: str) -> Sequence[Policy]:
        """By number. Raises Refused for an unknown customer, as all that takes a `kn`."""
        ...

    def as_of(self) -> datetime | None:
        """How old customers and policies are; None: they are as they are now."""
        ...

    def add_note(self, key: str, kn: str, text: str, at: datetime) -> Put: ...
    def notes(self, kn: str) -> Sequence[Mapping[str, str]]:
        """note, at, text; the oldest first. A note is never changed and never goes."""
        ...

    def upload(
        self, key: str, kn: str, title: str, text: str, files: Sequence[Document], at: datetime
    ) -> Put: ...
    def documents(self, kn: str) -> Sequence[Mapping[str, str]]:
        """document, at, title, text, name, hash; the oldest first."""
        ...

    def propose_change(self, key: str, change: Mapping[str, str], at: datetime) -> Put:
        """`change` has kn, number, reference, change, and perhaps from and seen. A reference is used once."""
        ...

    def confirm_change(
        self, key: str, reference: str, text: str, files: Sequence[Document], at: datetime
    ) -> Put: ...
    def open_changes(self) -> Sequence[Mapping[str, str]]:
        """change, reference, kn, number, at of what was changed and never confirmed; the oldest first."""
        ...

    def close(self) -> None: ...


def plain(text: str) -> str:
    """For comparing: one way of writing each letter, no capitals, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def plain_phone(written: str) -> str:
    """`+45 71 99 99 01`, `004571999901` and `71999901` -> `4571999901`."""
    digits = re.sub(r"\D", "", written)
    if written.strip().startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:]
    return f"45{digits}" if len(digits) == 8 else digits


def plain_plate(written: str) -> str:
    return re.sub(r"[\s.\-]", "", written).upper()


def fits(customer: Customer, by: str, value: str) -> bool:
    """Whether a customer is the one who is looked for by kn, name or phone."""
    if by == "kn":
        return customer.kn == value.strip()
    if by == "phone":
        return plain_phone(value) in {plain_phone(phone) for phone in customer.phones}
    name = plain(customer.name)
    return all(part in name for part in plain(value).split())


def look(
    customers: Mapping[str, Customer], policies: Sequence[Policy], by: str, value: str
) -> Sequence[Customer]:
    """`CustomerFile.customers` for whoever has them all at hand."""
    if by == "plate":
        owners = {
            each.kn for each in policies if each.plate and plain_plate(each.plate) == plain_plate(value)
        }
        found = [customers[kn] for kn in owners if kn in customers]
    elif by == "kn":
        found = [customers[value.strip()]] if value.strip() in customers else []
    else:
        found = [each for each in customers.values() if fits(each, by, value)]
    return sorted(found, key=lambda each: each.kn)[: MOST + 1]


def same_change(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a reference that is used again means the same change; how the policy stood is no part of it."""
    return all(before.get(name, "") == now.get(name, "") for name in ("kn", "number", "change", "from"))


def check_seen(policies: Sequence[Policy], change: Mapping[str, str]) -> None:
    """Raises Refused where the policy is not the customer's, or not as it was when the change was decided."""
    policy = next((each for each in policies if each.number == change["number"]), None)
    if policy is None:
        raise Refused(f"the customer {change['kn']} has no policy {change['number']}")
    if change.get("seen") and change["seen"] != policy.seen:
        raise Refused(f"the policy {policy.number} was changed since it was read: look at it anew")
