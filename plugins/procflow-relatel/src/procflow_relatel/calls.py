"""Missed calls from lists of calls that somebody exported into a folder, as CSV or JSON.

The columns are called as the public descriptions of Relatel's calls name them; where an export names them otherwise,
`columns` says how. A row that cannot be read is named with its file and line, and the others are taken all the same. A call counts
from its CreatedAt, however late the list comes. It must not know cases.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from procflow.errors import PluginError
from procflow.exported_rows import exported_rows
from procflow.ports import Inbound

from .numbers import normal_number

#: What we call it -> the column. `id` and `text` have no public name: an export may have them.
COLUMNS: Mapping[str, str] = {
    "from": "FromNumber", "to": "ToNumber", "at": "CreatedAt", "status": "Status", "direction": "Direction",
    "waited": "WaitingTime", "talked": "TalkDuration", "id": "Id", "text": "Note",
}  # fmt: skip
NEEDED = ("from", "at", "status")
#: Words of Status and Direction, without capitals; assumed, and settings may say others.
MISSED = ("missed", "no answer", "no_answer", "noanswer", "unanswered", "ubesvaret")
ANSWERED = ("answered", "completed", "ended", "besvaret")
INBOUND = ("in", "inbound", "incoming", "ind", "indgående")
OUTBOUND = ("out", "outbound", "outgoing", "ud", "udgående")
#: Calls that one look brings.
PORTION = 200


@dataclass(frozen=True)
class Names:
    """How the lists say things: from `[channels.relatel] inbox`."""

    columns: Mapping[str, str]
    missed: frozenset[str]
    answered: frozenset[str]
    zone: ZoneInfo

    @classmethod
    def of(cls, inbox: Mapping[str, Any]) -> Names:
        """Raises PluginError for a setting that makes no sense."""
        given = dict(inbox.get("columns") or {})
        strange = sorted(set(given) - set(COLUMNS))
        if strange:
            raise PluginError(
                f"procflow.toml: channels.relatel.inbox.columns: there is no {strange[0]!r} among {', '.join(COLUMNS)}"
            )
        try:
            zone = ZoneInfo(str(inbox.get("zone", "Europe/Copenhagen")))
        except (ValueError, KeyError, OSError) as why:
            raise PluginError(f"procflow.toml: channels.relatel.inbox.zone: {why}") from why
        missed, answered = (
            frozenset(str(word).casefold() for word in inbox.get(name, words))
            for name, words in (("missed", MISSED), ("answered", ANSWERED))
        )
        return cls({**COLUMNS, **given}, missed, answered, zone)

    def missing(self, columns: Sequence[str]) -> str:
        """What is wrong with the columns of a list; an empty one has none, and nothing is wrong with it."""
        missing = [self.columns[ours] for ours in NEEDED if self.columns[ours] not in columns]
        return f"the column {missing[0]} is missing" if columns and missing else ""


def fetch(inbox: Mapping[str, Any], cursor: str) -> tuple[list[Inbound], str]:
    """Missed calls that the cursor does not know yet, and the next cursor.

    Raises PluginError, once there is nothing else to bring, for rows and files that cannot be read.
    """
    folder = str(inbox.get("folder") or "")
    if not folder:
        raise PluginError("procflow.toml: channels.relatel.inbox: folder is missing")
    names = Names.of(inbox)
    known = _known(cursor)
    now: dict[str, list[Any]] = {}
    found: list[Inbound] = []
    wrong: list[str] = []
    waits = False
    for name, content in _lists(folder, wrong):
        digest = hashlib.sha256(content).hexdigest()
        before = known.get(name, ["", 0])
        # the last line of a list that is still being written may be cut: the next look takes it, if nothing follows
        whole = name.endswith(".json") or content.endswith((b"\n", b"\r")) or before[0] == digest
        if not whole:
            waits = True
            content = content[: content.rfind(b"\n") + 1]
        calls, bad = read(name, content, names)
        wrong += bad
        taken = int(before[1]) if before[0] == digest else 0
        part = calls[taken : taken + PORTION - len(found)]
        found += part
        now[name] = [digest, taken + len(part)]
        waits = waits or taken + len(part) < len(calls)
    if wrong and not found and not waits:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise PluginError(f"calls that cannot be read: {'; '.join(wrong[:5])}{more}")
    return found, json.dumps(now, sort_keys=True)


def _known(cursor: str) -> dict[str, list[Any]]:
    """What a cursor says was taken; nothing where it is none of ours: then all is looked at again."""
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int)
    }


def _lists(folder: str, wrong: list[str]) -> Iterator[tuple[str, bytes]]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as why:
        raise PluginError(f"the lists of calls in {folder} cannot be read: {why.strerror}") from why
    for name in names:
        if not name.endswith((".csv", ".json")) or name.startswith("."):
            continue
        try:
            with open(os.path.join(folder, name), "rb") as file:
                yield name, file.read()
        except OSError as why:
            wrong.append(f"{name}: {why.strerror}")


def read(name: str, content: bytes, names: Names) -> tuple[list[Inbound], list[str]]:
    """The missed calls of one list, in its order, and what is wrong with it, row by row."""
    wrong: list[str] = []
    found: list[Inbound] = []
    alike: Counter[str] = Counter()
    for place, row in exported_rows(name, content, wrong, names.missing, "call"):
        try:
            call = _missed(row, names, alike)
        except ValueError as why:
            wrong.append(f"{place}: {why}")
        else:
            if call is not None:
                found.append(call)
    return found, wrong


def _missed(row: Mapping[str, Any], names: Names, alike: Counter[str]) -> Inbound | None:
    """The message of a missed call; None for another call. Raises ValueError for a row that makes no sense."""
    given = {ours: str(row.get(column) if row.get(column) is not None else "").strip() for ours, column in names.columns.items()}  # fmt: skip
    said = json.dumps([given[ours] for ours in COLUMNS if ours != "text"], ensure_ascii=False)
    alike[said] += 1
    direction, status = given["direction"].casefold(), given["status"].casefold()
    if direction and direction not in (*INBOUND, *OUTBOUND):
        raise ValueError(f"{names.columns['direction']} {given['direction']!r} is neither in nor out")
    if direction in OUTBOUND or status in names.answered:
        return None
    if status not in names.missed:
        raise ValueError(
            f"{names.columns['status']} {given['status']!r} is neither among `missed` nor among `answered`"
        )
    at, number = _instant(given["at"], names), normal_number(given["from"])
    to = _called(given["to"])
    # two calls that are alike in everything are two calls: each is the first, second, ... of them in its list
    own = (
        given["id"]
        or f"{hashlib.sha256(said.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}/{alike[said]}"
    )
    fields = {
        "kind": "missed_call",
        "from": number,
        "to": to,
        "at": at.isoformat(),
        "waited": given["waited"],
    }
    text = str(row.get(names.columns["text"]) or "") or _words(number, at.astimezone(names.zone))
    raw = json.dumps(row, ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace")
    return Inbound(
        "relatel:calls", own, "relatel", number or "withheld", to, at, "Missed call", text, "message",
        {name: value for name, value in fields.items() if value}, raw=raw,
    )  # fmt: skip


def _called(written: str) -> str:
    """Which of our numbers was called, one inside the house too (`100`); who called is what has to be readable."""
    try:
        return normal_number(written)
    except ValueError:
        return written[:100]


def _words(number: str, at: datetime) -> str:
    return f"Missed call from {number or 'a withheld number'} on {at:%Y-%m-%d at %H:%M:%S}"


def _instant(written: str, names: Names) -> datetime:
    """In UTC; a time without a zone is one of `zone`, and of two that are the same in October the earlier."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        column = names.columns["at"]
        raise ValueError(f"{column} {written!r} is no instant (2026-03-24T10:12:00+01:00)") from None
    return (at if at.tzinfo else at.replace(tzinfo=names.zone)).astimezone(UTC)
