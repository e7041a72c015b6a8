"""How words look in a terminal: bold and dim where somebody sees them, plain everywhere else.

NO_COLOR, TERM=dumb, a pipe or a file give plain text; nothing here ever changes a word.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

_CODES = {"bold": "1", "dim": "2", "underline": "4"}
#: The widest a paragraph gets, so that it can be read on a wide screen too.
WIDEST = 96


def styled() -> bool:
    """Whether standard output is a terminal that shows bold and dim."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def paint(text: str, *looks: str) -> str:
    """The text in these looks (bold, dim, underline), where they can be seen."""
    if not text or not looks or not styled():
        return text
    return f"\x1b[{';'.join(_CODES[look] for look in looks)}m{text}\x1b[0m"


def bold(text: str) -> str:
    return paint(text, "bold")


def dim(text: str) -> str:
    return paint(text, "dim")


def width() -> int:
    """How many characters fit on a line."""
    import shutil  # with every compressor there is: only a terminal wants its width

    return max(40, min(shutil.get_terminal_size((88, 24)).columns, WIDEST))


def fitted(lines: Iterable[str]) -> list[str]:
    """Lines as they are; on a terminal those that are too long go on in the next line, further in."""
    if not sys.stdout.isatty():
        return list(lines)
    found: list[str] = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        found += wrapped(line.strip(), indent, f"{indent}    ") if len(line) > width() else [line]
    return found


def wrapped(text: str, indent: str = "", hanging: str | None = None) -> list[str]:
    """The text in lines that fit, each after `indent` (the later ones after `hanging`); own line breaks stay."""
    import textwrap

    lines: list[str] = []
    later = indent if hanging is None else hanging
    for paragraph in text.splitlines() or [""]:
        first = indent if not lines else later
        lines += textwrap.wrap(
            paragraph, width(), initial_indent=first, subsequent_indent=later,
            break_long_words=False, break_on_hyphens=False,
        ) or [""]  # fmt: skip
    return lines


def clear_progress() -> None:
    """Takes away the line that said how far it is, where somebody looks on."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
