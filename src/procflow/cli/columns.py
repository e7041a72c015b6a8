"""Rows under headings: side by side where they fit on a line, else each row as a paragraph of its own."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

from procflow.cli.style import bold

#: Columns are this far apart.
_GAP = "  "


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """The lines of a table; `right` are the columns of numbers. In a pipe or a file a line is as long as it is."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > _room():
        return [line for row in rows for line in _paragraph(head, row, 1 if 1 in right else 2)]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return _GAP.join(cells).rstrip()

    return [bold(line(head)), *map(line, rows)]


def _room() -> int:
    if not sys.stdout.isatty():
        return 1 << 20
    return shutil.get_terminal_size((88, 24)).columns


def _paragraph(head: Sequence[str], row: Sequence[str], first: int) -> list[str]:
    """The `first` cells as the heading of a paragraph, the rest below, each with what it is."""
    room = max(20, _room())
    lines = textwrap.wrap("  ".join(row[:first]), room, subsequent_indent="   ", break_long_words=False)
    lines = [bold(line) for line in lines]
    for name, cell in zip(head[first:], row[first:], strict=True):
        if cell not in ("", "-"):
            lines += textwrap.wrap(
                f"{name}: {cell}",
                room,
                initial_indent="   ",
                subsequent_indent="     ",
                break_long_words=False,
            )
    return lines
