"""Writes pages from templates: the only place that names Jinja2. Everything is escaped; what is missing is an error."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from procflow.definitions.reader import TURNING
from procflow.desk.words import desk_words


def upright(value: Any) -> Any:
    """What is shown, so that nothing in it turns the letters behind it: a sender's text (`pay \\u202e001`) would read
    otherwise than it is, with the rest of its line. What a form holds is shown as it is (`|e`), and sent back so."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isascii():
        return value
    return TURNING.sub("\ufffd", value)


@lru_cache(maxsize=1)
def _pages() -> Environment:
    pages = Environment(
        loader=PackageLoader("procflow.desk"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False, finalize=upright,
    )  # fmt: skip
    pages.globals["asset"], pages.globals["line"] = asset, line
    return pages


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of one of our own files: it changes with its bytes, so that browsers may keep it for ever."""
    content = files("procflow.desk").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


@lru_cache(maxsize=4096)
def line(kind: str, row: Hashable, language: str) -> Markup:
    """A row of a queue as `kind` draws it, with its clock and all words in it: most rows are as they were at the last look,
    and a row that says the same is drawn once."""
    lines: Any = _pages().get_template("lines.html").module
    drawn_line: Markup = getattr(lines, kind)(row, desk_words(language))  # a macro escapes, and says so
    return drawn_line


def drawn(template: str, **values: Any) -> str:
    return _pages().get_template(template).render(**values)
