"""What the sender of a message wrote, and what only stands below it because a program quoted it. Pure.

It must not know verdicts, channels or mails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FORWARD_SUBJECT = re.compile(r"\s*(fw|fwd|vs|vb|wg|tr|videresendt|forwarded)\s*:", re.I)
#: What mail programs write before the subject of what is answered, in the languages of customers.
ANSWERS_SUBJECT = re.compile(r"\s*(re|sv|aw|antw|antwort|ref|vs|svar)\s*(\[\d+\])?\s*:", re.I)

#: The verb with which mail programs introduce a quotation, in the languages of customers.
_WROTE = r"(wrote|skrev|schrieb|schreef|a écrit|escribió|ha scritto|napisał\(a\)|kirjoitti)"
_INTRODUCES = re.compile(
    rf"[\s\->]*((on|den|d\.|am|el|kl\.|le|op|il) .{{4,160}}{_WROTE}.{{0,120}}"
    rf"|.{{0,160}}\S+@\S+.{{0,40}}\s{_WROTE}.{{0,60}}|.{{0,60}}\d.{{0,60}}\s{_WROTE}\s.{{0,120}}\S+@\S+)\s*:\s*$",
    re.I,
)
#: Letters of an introduction; longer ones are not looked at.
_LONGEST = 400
_BREAK = re.compile(
    r"\s*(-{2,}\s*(original (message|appointment)|oprindelig (meddelelse|besked|mail)|ursprüngliche nachricht"
    r"|oprindelig aftale|ursprungligt meddelande|opprinnelig melding)|_{8,}\s*$)",
    re.I,
)
_FROM = re.compile(r"\s*\*?(fra|from|von|från|van|de)\s*:\*?[ \t]*\S", re.I)
_SENT = re.compile(
    r"\s*\*?(sendt|sent|dato|date|gesendet|datum|skickat|verzonden|envoyé|til|to|an|till|aan|à)\s*:", re.I
)
_SUBJECT = re.compile(r"\s*\*?(emne|subject|betreff|ämne|onderwerp|objet)\s*:", re.I)
#: "Liked “…”", "Synes ikke om “…”", "👎 to “…”": a phone's reaction to a text, with that text.
_ECHO = re.compile(r"""\s*(\S+\s+){0,5}["“”„«»‟][^"“”„«»‟]{12,}["“”„«»‟]?\s*""")
_SAY_YES = re.compile(r"\b(svar|answer|reply) ja\b", re.I)


def own_words(text: str) -> str:
    """What the sender wrote: without quoted lines, and without the line, or the headers, that introduce a quotation.

    An answer may stand above a quotation, between its lines, or below it. What is quoted without signs (`>`) goes on to
    the end; and a line right below a quoted one is the rest of it, torn off by a program that broke long lines.
    """
    own: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    torn = introduced = False
    at = 0
    while at < len(lines):
        line = lines[at]
        long = 0 if _quoted(line) else _introduction(lines, at)
        if long:
            if not _quotes_next(lines, at + long):
                break
            introduced, at = True, at + long
            continue
        if _BREAK.match(line) or _headers_begin(lines, at):
            break
        if _quoted(line):
            torn = introduced
        elif not line.strip():
            torn = False
            own.append(line)
        elif not torn:
            own.append(line)
        at += 1
    return "\n".join(own).strip()


def written(message: Mapping[str, Any]) -> str:
    """The text of a message as expressions see it: what its sender wrote, without what an answer quotes.

    What is passed on stays whole, for it is what was sent; so does what only looks like a quotation, where nothing
    else is written and nothing is answered.
    """
    text, subject = str(message.get("text") or ""), str(message.get("subject") or "")
    if FORWARD_SUBJECT.match(subject) or (message.get("facts") or {}).get("forwarded"):
        return text
    answers = message.get("thread") or ANSWERS_SUBJECT.match(subject)
    return own_words(text) or ("" if answers else text)


def is_echo(own: str) -> bool:
    """Whether a sender's words only say again what we sent: a phone's reaction to a text, or the text sent back."""
    return bool(_ECHO.fullmatch(own) or _SAY_YES.search(own))


def _quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _introduction(lines: list[str], at: int) -> int:
    """How many lines introduce a quotation here; mail programs break a long introduction in two or three."""
    if not any(line.rstrip().endswith(":") for line in lines[at : at + 3]):
        return 0  # nearly every line
    for long in (1, 2, 3):
        block = [line.strip() for line in lines[at : at + long]]
        if not all(block):
            return 0
        if len(block) == long and _introduces(block):
            # what stands above an introduction is no part of it
            return 0 if any(_introduces(block[first:]) for first in range(1, long)) else long
    return 0


def _introduces(block: list[str]) -> bool:
    joined = " ".join(block)
    return joined.endswith(":") and len(joined) <= _LONGEST and bool(_INTRODUCES.match(joined))


def _quotes_next(lines: list[str], at: int) -> bool:
    """Whether the next line that says anything is quoted by a sign."""
    return next((_quoted(line) for line in lines[at:] if line.strip()), False)


def _headers_begin(lines: list[str], at: int) -> bool:
    """Fra:, Sendt:, Til: (who may be many), Emne:"""
    if not _FROM.match(lines[at]):
        return False
    return any(map(_SENT.match, lines[at + 1 : at + 4])) and any(map(_SUBJECT.match, lines[at + 1 : at + 25]))
