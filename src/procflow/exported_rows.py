"""The rows of a list that somebody exported as CSV or JSON, each with the place where it stands, for channels that read
such lists. CSV may be separated by commas or semicolons; texts are UTF-8.

It must not know what the rows mean.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any


def exported_rows(
    name: str,
    content: bytes,
    wrong: list[str],
    head: Callable[[Sequence[str]], str],
    called: str = "row",
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(where it stands, the row) of each row that can be read, in order; what is wrong with the others goes to `wrong`.

    `name` is the file's, and says by its end which of the two it is. `head` is given the columns of a CSV and says what
    is wrong with them, "" for nothing; its cells are texts as they stand there. `called` is what a row of JSON is called.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = content[: why.start].count(b"\n") + 1
        wrong.append(f"{name} line {line}: is not UTF-8")
        return
    if name.endswith(".json"):
        yield from _from_json(name, text, wrong, called)
    else:
        yield from _from_csv(name, text, wrong, head)


def _from_json(
    name: str, text: str, wrong: list[str], called: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as why:
        wrong.append(f"{name}: {why}")
        return
    if not isinstance(rows, list):
        wrong.append(f"{name}: a list of {called}s is wanted")
        return
    for number, row in enumerate(rows, 1):
        if isinstance(row, Mapping):
            yield f"{name} {called} {number}", row
        else:
            wrong.append(f"{name} {called} {number}: named values are wanted")


def _from_csv(
    name: str, text: str, wrong: list[str], head: Callable[[Sequence[str]], str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    first = text.partition("\n")[0]
    mark = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        columns = [column.strip() for column in next(reader, [])]
        if said := head(columns):
            wrong.append(f"{name} line 1: {said}")
            return
        before = reader.line_num
        for cells in reader:
            place, before = f"{name} line {before + 1}", reader.line_num
            if not cells:
                continue
            if len(cells) != len(columns):
                wrong.append(f"{place}: has {len(cells)} cells, and there are {len(columns)} columns")
                continue
            yield place, dict(zip(columns, cells, strict=True))
    except csv.Error as why:
        wrong.append(f"{name} line {reader.line_num}: {why}")
