"""The text of an HTML mail, as a person would read it aloud. It must not know mails."""

from __future__ import annotations

import re
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
