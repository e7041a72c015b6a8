"""Judges a mail as written evidence (PRO-20): whose address it is from, and whether it is from there. Pure.

It must not know cases, files or the network.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import getaddresses
from typing import Any

from procflow.builtin.lookalikes import looks_like
from procflow.builtin.on_file import folded_name, names_on_file, on_file_of
from procflow.builtin.said import content_verdict, no_answer, verdict_of
from procflow.core.quotations import FORWARD_SUBJECT

_MAIL_DATA = re.compile(r"e?mail", re.I)
_BAD_AUTHENTICATION = {"fail", "softfail", "hardfail", "permerror", "policy"}


def mail(
    offered: Mapping[str, Any], data: Mapping[str, Any], now: datetime, context: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A mail whose From address is on file; doubts about its authenticity go to a second person."""
    if (wrong := no_answer(offered)) is not None:
        return wrong
    facts = offered.get("facts") or {}
    header = str(offered.get("from") or "")
    if not header:
        return verdict_of("rejected", "mail_as_file")
    forwarded = bool(facts.get("forwarded") or FORWARD_SUBJECT.match(str(offered.get("subject") or "")))
    if forwarded and not _has_original(offered):
        return verdict_of("rejected", "forwarded")
    on_file = list(on_file_of(context, "addresses_on_file", data, _MAIL_DATA))
    known = {_folded_address(each) for each in on_file}
    senders = _senders(header, facts)
    addresses = [_folded_address(address) for _, address in senders]
    if not any(address in known for address in addresses):
        return _stranger(senders, facts, on_file, names_on_file(data, context))
    content = content_verdict(offered, data, context, names_on_file(data, context))
    if _has_original(offered):  # whatever the subject says
        content = verdict_of("second_check", "forwarded_with_original")
    elif content is not None and content["verdict"] == "rejected":
        empty = content["reason"]["code"] == "no_text" and bool(facts.get("unreadable"))
        return verdict_of("second_check", "not_readable") if empty else content
    doubt = _doubt(addresses, facts)
    kept = {"file": offered["raw"]} if offered.get("raw") else {}  # the mail as it came, whatever hangs on it
    return {**(doubt or content or verdict_of("accepted", "address_on_file")), **kept, **_seen(facts)}


def _has_original(offered: Mapping[str, Any]) -> bool:
    """Whether what was forwarded hangs on the mail as it was."""
    files = offered.get("files") or ()
    return isinstance(files, list | tuple) and any(
        isinstance(file, Mapping) and file.get("type") == "message/rfc822" for file in files
    )


def _stranger(
    senders: Sequence[tuple[str, str]], facts: Mapping[str, Any], on_file: Sequence[str], names: Sequence[str]
) -> dict[str, Any]:
    """A mail from an address that is not on file; one that wants to pass for the customer's is called that."""
    shown = " ".join([*(name for name, _ in senders), str(facts.get("display_name") or "")])
    known = [_folded_address(each) for each in on_file]
    if any(address and address in shown.casefold() for address in known):
        return {**verdict_of("second_check", "display_name_only"), **_seen(facts)}
    near = [address for _, address in senders if any(looks_like(address, each) for each in on_file)]
    if near or any(looks_like(each, address) for each in shown.split() if "@" in each for address in on_file):
        return {**verdict_of("rejected", "address_lookalike"), **_seen(facts)}
    called = {
        folded_name(name) for name in (*(name for name, _ in senders), facts.get("display_name")) if name
    }
    if any(folded_name(name) in called for name in names):
        return {**verdict_of("rejected", "name_only"), **_seen(facts)}
    return {**verdict_of("rejected", "address_not_on_file"), **_seen(facts)}


def _doubt(addresses: Sequence[str], facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a second person has to look at before a mail from an address on file counts."""
    if len(set(addresses)) > 1:
        return verdict_of("second_check", "several_senders")
    results = _authentication(facts)
    failed = [
        f"{name}={results[name]}"
        for name in ("dmarc", "dkim", "spf")
        if results.get(name) in _BAD_AUTHENTICATION
    ]
    if failed:
        return verdict_of("second_check", "authentication_failed", checks=", ".join(failed))
    if facts.get("authentication_expected") and "pass" not in results.values():
        return verdict_of("second_check", "authentication_unknown")
    if facts.get("mailing_list"):
        return verdict_of("second_check", "mailing_list")
    if facts.get("unreadable"):
        return verdict_of("second_check", "not_readable")
    return None


def _seen(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What was observed of a mail's authenticity, to stand in the evidence beside the verdict."""
    results = _authentication(facts)
    if not results and not facts.get("signatures"):
        return {}
    seen: dict[str, Any] = {"results": results}
    if facts.get("signatures"):
        seen["signatures"] = tuple(dict(each) for each in facts["signatures"])
    if facts.get("authentication_server"):
        seen["server"] = str(facts["authentication_server"])
    return {"checks": seen}


def _senders(header: str, facts: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """(display name, address) of each sender."""
    everyone = facts.get("from_all")
    written = (
        [str(each) for each in everyone] if isinstance(everyone, list | tuple) and everyone else [header]
    )
    found: list[tuple[str, str]] = []
    for text in written:
        display, angle, rest = text.rpartition("<")
        if angle and text.count("<") == 1:  # whatever stands before it, an address too, is only a name
            found.append((display.strip(' "'), rest.partition(">")[0].strip()))
        elif angle:
            found.extend(getaddresses([text]))
        else:
            found.extend(("", part.strip()) for part in text.split(","))
    return [pair for pair in found if pair[1]] or [(header, "")]


def _folded_address(address: str) -> str:
    """To compare addresses by: no case, and a domain as DNS has it, however it is written."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).casefold().rpartition("@")
    if not domain.isascii():
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local}{at}{domain}"


def _authentication(facts: Mapping[str, Any]) -> dict[str, str]:
    """{dmarc, dkim, spf: pass, fail, ...}, as far as anybody looked."""
    observed = facts.get("authentication")
    if isinstance(observed, str):
        observed = dict(re.findall(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]+)", observed.lower()))
    results = {**{k: facts[k] for k in ("dmarc", "dkim", "spf") if k in facts}, **(observed or {})}
    return {name: str(results[name]).lower() for name in ("dmarc", "dkim", "spf") if name in results}
