"""What stands in the header of a mail, whatever its letters: texts, people, names of files.

Encoded words are decoded after the syntax was read, so that nothing in them can pass for syntax. It must not know what
a header means.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable
from email.message import Message

#: Characters of one header that are looked at.
LONGEST = 20_000
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
#: `"mette"@example.com` is the address `mette@example.com`.
_NEEDLESS_QUOTES = re.compile(
    r"\"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)\"@([^\s@]+)"
)
#: Charsets as they are written wrongly or too narrowly.
_CHARSETS = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8",
    "utf8": "utf-8", "unicode-1-1-utf-7": "utf-7", "ks_c_5601-1987": "cp949", "gb2312": "gb18030",
    "x-unknown": "utf-8", "unknown-8bit": "utf-8", "default": "utf-8",
}  # fmt: skip


def decoded(content: bytes, charset: str | None) -> str:
    """Bytes as text: in the charset that they claim, unless they are not it; never an error, never a null.

    Bytes that are UTF-8 with letters beyond ASCII are that, also where a Western charset is claimed.
    """
    claimed = (charset or "utf-8").strip().strip("\"'").lower().partition("*")[0]
    name = _CHARSETS.get(claimed, claimed)
    order = ["utf-8", name] if name in ("cp1252", "iso-8859-15", "iso8859-1") else [name, "utf-8"]
    for each in (*order, "cp1252"):
        try:
            return _clean(content.decode(each))
        except (UnicodeDecodeError, LookupError, ValueError, TypeError):
            continue
    return _clean(content.decode("latin-1"))


def _clean(text: str) -> str:
    text = text.replace("\x00", "\ufffd").removeprefix("\ufeff")
    return (
        text.encode("utf-8", "replace").decode("utf-8")
        if any("\ud800" <= c <= "\udfff" for c in text)
        else text
    )


def raw_values(message: Message, name: str) -> list[str]:
    """Every header of this name as it stands, on one line; bytes beyond ASCII as what they are most likely."""
    found = []
    for known, value in message.raw_items():
        if known.lower() == name.lower():
            plain = str(value)[:LONGEST].encode("utf-8", "surrogateescape")
            found.append(re.sub(r"[\r\n]+[ \t]*", " ", decoded(plain, None)).strip())
    return found


def text_of(message: Message, name: str) -> str:
    """A header's text on one line; "" where there is none."""
    values = raw_values(message, name)
    return " ".join(unworded(values[0]).split()) if values else ""


def unworded(text: str) -> str:
    """With its encoded words (RFC 2047) decoded; neighbours of one charset together, as some mailers tear letters."""
    pieces: list[str] = []
    at, held, held_in = 0, b"", ""
    text = _BETWEEN_WORDS.sub(r"\1", text)
    for word in _WORD.finditer(text):
        charset = word[1].lower().partition("*")[0]
        content = _content_of(word[2].lower(), word[3])
        if held and (word.start() != at or charset != held_in):
            pieces.append(decoded(held, held_in))
            held = b""
        if word.start() != at:
            pieces.append(text[at : word.start()])
        held, held_in, at = held + content, charset, word.end()
    if held:
        pieces.append(decoded(held, held_in))
    pieces.append(text[at:])
    return "".join(pieces)


def _content_of(how: str, written: str) -> bytes:
    plain = written.encode("utf-8", "replace")
    if how == "q":
        return quopri.decodestring(plain, header=True)
    bare = re.sub(rb"[^A-Za-z0-9+/]", b"", plain)
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return plain


def people(message: Message, *names: str) -> list[tuple[str, str]]:
    """(display name, address) of everyone in the headers of these names, in order."""
    return [each for name in names for value in raw_values(message, name) for each in addresses(value)]


def addresses(written: str) -> list[tuple[str, str]]:
    """(display name, address) of everyone in a header's text; what stands in quotes, comments and encoded words is a
    name, whatever it looks like. A person with two addresses is two."""
    found: list[tuple[str, str]] = []
    before = ""  # of a name whose comma should have stood in quotes: `Holm, Mette <mette@example.com>`
    for display, inside in _apart(written):
        name = " ".join(f"{before} {unworded(display)}".split())
        people = [(name, _address(each)) for each in inside if _address(each)]
        bare = len(people) == 1 and "@" not in people[0][1]
        before = f"{before} {unworded(inside[0]).strip()}," if bare else ""
        found += people
    named = [each for each in found if "@" in each[1]]
    return named or found


def _address(text: str) -> str:
    route = text.strip()
    if route.startswith("@") and ":" in route:
        route = route.rpartition(":")[2]  # a route before the address (RFC 822)
    bare = _NEEDLESS_QUOTES.fullmatch(route)
    if bare:
        route = f"{bare[1]}@{bare[2]}"
    return "".join("\ufffd" if not c.isprintable() else c for c in route.replace(" ", "").replace("\t", ""))


def _apart(written: str) -> Iterable[tuple[str, list[str]]]:
    """(what stands around, the addresses) of each person in a list, read letter by letter."""
    around: list[str] = []
    bare: list[str] = []
    inside: list[str] = []
    angle: list[str] | None = None
    depth, quoted, skip = 0, False, False
    comment: list[str] = []

    def one() -> Iterable[tuple[str, list[str]]]:
        text = "".join(bare).strip()
        if inside:
            yield "".join(around), list(inside)
        elif text:
            name = "".join(comment)
            yield name, [text]

    for letter in written:
        if skip:
            skip = False
            (comment if depth else around if angle is None else angle).append(letter)
            if not depth and angle is None and not quoted:
                bare.append(letter)
            continue
        if letter == "\\" and (quoted or depth):
            skip = True
        elif quoted:
            if letter == '"':
                quoted = False
                if angle is None:
                    bare.append(letter)
            else:
                (around if angle is None else angle).append(letter)
                if angle is None:
                    bare.append(letter)
        elif depth:
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if depth:
                comment.append(letter)
        elif letter == "(":
            depth = 1
        elif letter == '"':
            quoted = True
            if angle is None:
                bare.append(letter)
        elif angle is not None:
            if letter == ">":
                inside.append("".join(angle))
                angle = None
            else:
                angle.append(letter)
        elif letter == "<":
            angle = []
        elif letter in ",;":
            yield from one()
            around, bare, inside, comment = [], [], [], []
        elif letter == ":" and "@" not in "".join(bare[-200:]):
            around, bare = [], []  # the name of a group
        else:
            around.append(letter)
            bare.append(letter)
    if angle:
        inside.append("".join(angle))
    yield from one()


def parameter(part: Message, name: str, header: str) -> str:
    """A parameter such as `filename`, after RFC 2231 and as it is written without it."""
    values = raw_values(part, header)
    if not values:
        return ""
    alone = Message()
    alone[header] = values[0]
    try:
        found = alone.get_param(name, None, header, unquote=True)
    except (ValueError, TypeError, IndexError, AttributeError, LookupError, UnicodeError):
        return ""
    if found is None:
        return ""
    if isinstance(found, tuple):
        charset, _, text = found
        plain = (text or "").encode("latin-1", "replace")
        return decoded(plain, charset or None)
    return unworded(str(found))
