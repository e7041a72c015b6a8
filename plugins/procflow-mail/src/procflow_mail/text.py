"""The text of a mail as a person would read it aloud: of HTML, of lines broken on the way, of what is signed in the text.

It must not know mails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

_SILENT = {"script", "style", "head", "title", "template", "noscript"}
_BLOCKS = {"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article",
           "header", "footer", "pre", "hr", "address", "form"}  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._line()
        elif tag == "li":
            self._line()
            self.parts.append("- ")
        elif tag == "td":
            self.parts.append(" ")
        elif tag == "blockquote":
            self._quoted += 1
            self._line()
        elif tag in _BLOCKS:
            self._line()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag == "blockquote":
            self._quoted = max(self._quoted - 1, 0)
            self._line()
            self._line()  # what follows is not torn off the quotation
        elif tag in _BLOCKS:
            self._line()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _line(self) -> None:
        self.parts.append("\n" + "> " * self._quoted)


def html_to_text(html: str) -> str:
    """Lines of text; quotations begin with `>`, as in a plain mail."""
    reader = _Reader()
    reader.feed(html[:5_000_000])
    reader.close()
    text = "".join(reader.parts).replace("\u00a0", " ").replace("\u200b", "")
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(
        r"\n{3,}", "\n\n", "\n".join("" if set(line) <= {">", " "} else line for line in lines)
    ).strip()


def flowed(text: str, delsp: bool) -> str:
    """`format=flowed` (RFC 3676) with whole lines: one that ends with a space goes on in the next of the same depth."""
    whole: list[str] = []
    goes_on, depth = False, 0
    for line in text.replace("\r\n", "\n").split("\n"):
        deep = len(line) - len(line.lstrip(">"))
        words = line[deep:].removeprefix(" ")
        soft = words.endswith(" ") and words != "-- "
        words = words[:-1] if soft and delsp else words
        if goes_on and deep == depth and words != "-- ":
            whole[-1] += words
        else:
            whole.append(f"{'>' * deep} {words}" if deep else words)
        goes_on, depth = soft, deep
    return "\n".join(whole)


_SIGNED = re.compile(
    r"\s*-----BEGIN PGP SIGNED MESSAGE-----\s*?\n(?:Hash: .*\n)*\s*?\n(.*?)\n-----BEGIN PGP SIGNATURE-----.*?"
    r"-----END PGP SIGNATURE-----(.*)", re.S,
)  # fmt: skip


def unsigned(text: str) -> str:
    """Without the lines that PGP writes around what it signs in the text; nothing here verifies them."""
    found = _SIGNED.fullmatch(text.replace("\r\n", "\n"))
    return re.sub(r"(?m)^- ", "", found[1]) + found[2] if found else text


_SHOWN_ONLY = re.compile(r"<[^<>]{0,2000}>|\[[^\[\]]{0,300}\]|https?://\S+|(?m:^[> ]*>.*$)")
#: Words that are compared, and the part of them that mail programs write otherwise in HTML.
_COMPARED, _OTHERWISE = 200, 0.25


def same_words(plain: str, html: str) -> bool:
    """Whether two forms of one text say the same, pictures, addresses, quotations and what programs add aside."""
    one, other = _words_of(plain), _words_of(html)
    return _stand_in(one, other) and _stand_in(other, one)


def _stand_in(words: Sequence[str], those: Sequence[str]) -> bool:
    """Whether nearly all of the words, and the first ones, stand among those."""
    words, there = words[:_COMPARED], set(those[: 2 * _COMPARED])
    missing = [word for word in words if word not in there]
    return len(missing) <= _OTHERWISE * len(words) and not set(words[:3]) - set(those[:12])


def _words_of(text: str) -> list[str]:
    return re.findall(r"\w+", _SHOWN_ONLY.sub(" ", text).casefold())
