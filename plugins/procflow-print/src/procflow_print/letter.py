"""Makes one letter as a PDF: A4, the address where the window of an envelope is, our own head and foot.

The same parameters give the same bytes. The text is also embedded, whole, for those who read by machine. It must not
know where letters are laid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fpdf import FPDF
from msgspec import Struct

from procflow.core.nearest import did_you_mean
from procflow.errors import UsageError

#: Characters of a letter; one of more is a book.
LONGEST = 60_000
_MONTHS = {
    "da": [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_INK, _QUIET = (20, 24, 32), (95, 100, 110)
#: Where the window of a C5/6 envelope shows the address, in millimetres from the edges.
_WINDOW = (20.0, 45.0)


class Template(Struct, frozen=True):
    """`head` stands at the top right, `foot` on every page; `closing` after the text. `place` goes before the date."""

    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    place: str = ""
    language: str = "da"
    zone: str = "Europe/Copenhagen"


def template_of(settings: Mapping[str, Any], name: str) -> Template:
    """The template of that name ("": what stands in the channel's own table). Raises UsageError."""
    own = settings.get("templates") or {}
    if name and name not in own:
        raise UsageError(f"template: procflow.toml names no template {name!r}", did_you_mean(name, own))
    table = {**settings, **(own[name] if name else {})}
    language = str(table.get("language") or "da")
    if language not in _MONTHS:
        raise UsageError(f"procflow.toml: channels.print.language: {language!r}", "write da or en")
    return Template(
        _lines(table.get("head")), _lines(table.get("foot")), _lines(table.get("closing")),
        str(table.get("place") or ""), language, str(table.get("zone") or "Europe/Copenhagen"),
    )  # fmt: skip


def compose(
    settings: Mapping[str, Any], key: str, parameters: Mapping[str, Any], now: datetime | None
) -> bytes:
    """The PDF's bytes."""
    template = template_of(settings, str(parameters.get("template") or ""))
    text = str(parameters["text"]).replace("\r\n", "\n").replace("\r", "\n")
    subject = " ".join(str(parameters.get("subject") or "").split())
    address = _lines(parameters["to"])
    if not text.strip() or not address:
        raise UsageError("text, to: a letter has both")
    if len(text) > LONGEST:
        raise UsageError(
            f"text: has {len(text)} characters; a letter takes at most {LONGEST}", "make the text shorter"
        )
    at = now or datetime.now(UTC)  # noqa: TID251
    day = (
        date.fromisoformat(str(parameters["date"]))
        if parameters.get("date")
        else at.astimezone(ZoneInfo(template.zone)).date()
    )
    page = _Page(template)
    page.set_creation_date(at)
    page.set_title(subject or address[0])
    page.set_lang(template.language)
    page.set_keywords(key)
    missing = page.without("\n".join([text, subject, *address]))
    if missing:
        raise UsageError(
            f"text, to: the letter's font has no sign for {' '.join(missing[:5])}", "write it otherwise"
        )
    page.write_letter(address, _dated(template, day), subject, text)
    page.embed_file(
        basename="letter.txt", bytes=text.encode(), creation_date=at, modification_date=at, compress=True
    )
    return bytes(page.output())


class _Page(FPDF):
    def __init__(self, template: Template) -> None:
        super().__init__(format="A4", unit="mm")
        import font_roboto

        self._template = template
        self.set_margins(20, 20, 20)
        self.set_auto_page_break(True, 30)
        self.alias_nb_pages("{n}")
        self.add_font("letter", "", font_roboto.Roboto)
        self.add_font("letter", "B", font_roboto.RobotoBold)
        self.add_page()

    def header(self) -> None:
        if self.page_no() > 1:
            return
        self.set_font("letter", size=9)
        self.set_text_color(*_QUIET)
        self.set_xy(110, 15)
        self.multi_cell(80, 4.5, "\n".join(self._template.head), align="R")

    def footer(self) -> None:
        self.set_y(-24)
        self.set_font("letter", size=8)
        self.set_text_color(*_QUIET)
        pages = {"da": "Side {} af {}", "en": "Page {} of {}"}[self._template.language]
        lines = [*self._template.foot, pages.format(self.page_no(), "{n}")]
        self.multi_cell(0, 4, "\n".join(lines), align="C")

    def without(self, text: str) -> list[str]:
        """The signs of a text that the font does not have; a line break needs none."""
        known: Any = getattr(self.fonts["letter"], "cmap", {})
        return sorted({sign for sign in text if sign not in "\n\t" and ord(sign) not in known})

    def write_letter(self, address: Sequence[str], dated: str, subject: str, text: str) -> None:
        self.set_text_color(*_INK)
        self.set_font("letter", size=11)
        self.set_xy(*_WINDOW)
        self.multi_cell(85, 5.2, "\n".join(address), align="L")
        self.set_xy(110, 80)
        self.cell(80, 5.2, dated, align="R")
        self.set_xy(20, 95)
        if subject:
            self.set_font("letter", "B", 12)
            self.multi_cell(0, 6, subject, align="L", new_x="LMARGIN", new_y="NEXT")
            self.ln(3)
            self.set_font("letter", size=11)
        self.multi_cell(0, 5.4, text.expandtabs(4), align="L", new_x="LMARGIN", new_y="NEXT")
        if self._template.closing:
            self.ln(6)
            self.multi_cell(0, 5.4, "\n".join(self._template.closing), align="L")


def _dated(template: Template, day: date) -> str:
    """København, den 3. marts 2026 / 3 March 2026."""
    month = _MONTHS[template.language][day.month - 1]
    if template.language == "da":
        written = f"{day.day}. {month} {day.year}"
        return f"{template.place}, den {written}" if template.place else f"Den {written}"
    written = f"{day.day} {month} {day.year}"
    return f"{template.place}, {written}" if template.place else written


def _lines(given: Any) -> tuple[str, ...]:
    parts = given.split("\n") if isinstance(given, str) else given or ()
    return tuple(" ".join(str(line).split()) for line in parts if str(line).strip())
