"""Plain words for a YAML file that cannot be read: what is wrong, where, and the line written rightly.

The parser's own words ("did not find expected key") are looked at, never shown where we know better.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from procflow.definitions.nodes import At, Source, YList, YMap, YText


class Fault(NamedTuple):
    code: str
    at: At
    message: str
    hint: str


#: `key: rest`, with any list dashes before it.
_ENTRY = re.compile(r"(?P<before>\s*(?:- +)*[^\s#][^:]*: +)(?P<rest>.*\S)\s*")


def quoted(text: str) -> str:
    """`text` as YAML between quotes: double ones, or single ones where it holds double ones."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def explain(problem: str, at: At, context_at: At | None, source: Source, last: YText | None) -> Fault:
    """The fault behind the parser's `problem`.

    `at` is where the parser stopped, `context_at` where the thing began that it was reading, `last` the
    scalar before.
    """
    if context_at is not None and re.search(r"alphabetic or numeric|'>'|tag handle|URI", problem):
        at = context_at  # an anchor, an alias or a tag, which the writer meant as text
    line = source.line(at[0])
    before, char = line[: at[1] - 1], line[at[1] - 1 : at[1]]
    if "escape character" in problem or "hexdecimal" in problem or "Unicode character escape" in problem:
        return Fault(
            "PF025",
            (at[0], max(line.rfind("\\", 0, at[1]) + 1, 1)),
            "a backslash between double quotes begins a sign like `\\n`, and this one means nothing",
            "write the text between single quotes, where a backslash is only a backslash, or double it",
        )
    fault = _about_quotes(problem, at, context_at, source, last)
    if fault is not None:
        return fault
    if "mapping values are not allowed" in problem:
        return _second_colon(at, source, before)
    if "expected ',' or" in problem and context_at is not None:
        return _in_brackets(at, context_at, source, before, char)
    if "could not find expected ':'" in problem and context_at is not None:
        return _no_colon(context_at, source)
    if "expected key" in problem or "expected '-' indicator" in problem:
        return _missing_colon(at, source) or _misfit(problem, at, char, source)
    if "block sequence entries are not allowed" in problem:
        return Fault(
            "PF024",
            at,
            "a list cannot begin on the line of its key",
            "begin it on the next line, each entry after `- `, or write `[one, two]`",
        )
    if "unexpected ':'" in problem:
        return Fault(
            "PF027", at, "a colon without a value", "write a space and the value after it, or take it away"
        )
    if char == ":" and "node content" in problem:
        return Fault("PF017", at, "a value without a key", "write the key before the colon")
    if "comment or line break" in problem or "indentation indicator" in problem:
        return Fault(
            "PF022",
            at,
            "after `|` or `>` the text begins on the next line",
            "move the text to the next line, two spaces further in, or put it between quotes",
        )
    if "nesting depth" in problem:  # the C parser's own limit, reached while it looks ahead of our budget
        return Fault("PF002", at, "this is nested too deeply", "split the document or move data into tables")
    if "incompatible YAML" in problem or "directive" in problem:
        return Fault("PF020", at, "a line that begins with `%` speaks to YAML itself", "remove the line")
    if "end of stream" in problem:
        return Fault("PF020", at, "the file ends in the middle of a value", "write the rest, or remove it")
    if "expected whitespace or line break" in problem and context_at is not None:
        return _odd_start(context_at, source.line(context_at[0]), "!")  # `!missed("late")`
    if char and char in "@`%*&!|>,]}?":
        return _odd_start(at, line, char)
    return Fault("PF020", at, "the YAML cannot be read here", f"the parser says: {problem}")


def _about_quotes(
    problem: str, at: At, context_at: At | None, source: Source, last: YText | None
) -> Fault | None:
    if ("end of stream" in problem or "document indicator" in problem) and context_at is not None:
        sign = source.line(context_at[0])[context_at[1] - 1 : context_at[1]]
        if sign in ('"', "'"):
            return Fault(
                "PF022",
                context_at,
                f"the text that begins here with `{sign}` has no closing `{sign}`",
                f"close it with `{sign}` on its own line",
            )
    if last is None or not last.style or last.style in "|>":
        return None
    end = source.place(last.end)
    between = source.text[last.end : source.starts[at[0] - 1] + at[1] - 1] if at[0] >= end[0] else "x"
    if end[0] != last.line and end[0] == at[0]:
        return Fault(
            "PF022",
            (last.line, last.column),
            f"the text that begins here with `{last.style}` ends only on line {end[0]}",
            f"close it with `{last.style}` on its own line",
        )
    if end[0] == at[0] and not between.strip(" ") and source.line(at[0])[at[1] - 1 : at[1]] not in "{[]}:":
        hint = "put the whole value between one pair of quotes"
        if last.style == "'":
            hint += "; between single quotes an apostrophe is written twice: `''`"
        return Fault("PF022", at, f"more text stands after the closing `{last.style}`", hint)
    return None


def _keys_on_one_line(before: str, rest: str) -> str:
    """How to write `go: to: last` and `- do: go, by: ann`; "" for a text with a colon in it."""
    if len(rest) > 150:
        return ""
    if re.match(r"[a-z_]+: +\S", rest) is not None:
        return f"write `{before.strip()} {{{rest}}}`, or a text between quotes: {quoted(rest)}"
    dash, key = re.fullmatch(r"\s*((?:- +)*)(.*?: +)", before).groups()  # type: ignore[union-attr]
    if dash and re.match(r"\w+, +[a-z_]+: +\S", rest) is not None:
        return f"several keys on one line stand between braces: {dash}{{{key}{rest}}}"
    return ""


def _missing_colon(at: At, source: Source) -> Fault | None:
    """`go {to: last}`, which YAML reads as a text up to its first sign."""
    opened = re.match(r"\s*(?:- +)*([a-z_]+) ([{\['\"].*)", source.line(at[0]))
    if opened is None or opened.start(2) >= at[1]:
        return None
    hint = f"write `{opened[1]}: {opened[2].strip()[:60]}`"
    return Fault("PF027", (at[0], opened.start(1) + 1), f"a colon is missing after `{opened[1]}`", hint)


def _second_colon(at: At, source: Source, before: str) -> Fault:
    entry = _ENTRY.fullmatch(source.line(at[0]))
    if (missing := _missing_colon(at, source)) is not None:
        return missing
    if entry is not None and len(entry["before"]) < at[1]:
        return Fault(
            "PF021",
            at,
            "a colon followed by a space ends a key, and this line has its key already",
            _keys_on_one_line(entry["before"], entry["rest"])
            or f"write it between quotes: {(entry['before'] + quoted(entry['rest'][:150])).strip()}",
        )
    column = len(before) - len(before.lstrip(" -")) + 1
    if (glued := re.match(r"(\w+):([{\['\"].*)", source.line(at[0])[column - 1 :])) is not None:
        hint = f"write `{glued[1]}: {glued[2].strip()[:100]}`"
        return Fault("PF027", (at[0], column), f"a space is missing after the colon of `{glued[1]}`", hint)
    if (stray := _stands_out((at[0], column), source)) is not None:
        return stray
    return _further_in((at[0], column))


def _further_in(at: At) -> Fault:
    message = "this line is further in than the one above, which has its value already"
    hint = "begin it in the column of the line it stands beside, or give the line above no value"
    return Fault("PF024", at, message, hint)


def _in_brackets(at: At, opened: At, source: Source, before: str, char: str) -> Fault:
    sign = source.line(opened[0])[opened[1] - 1 : opened[1]]
    close = "}" if sign == "{" else "]"
    inside = before[opened[1] :] if opened[0] == at[0] else before
    if char == "{" and before.endswith("$"):
        return Fault(
            "PF026",
            (at[0], at[1] - 1),
            "inside `{…}` or `[…]` a `${…}` must stand between quotes",
            'a typographic quote is no quote: write it as "${…}"'
            if before[-2:-1] in "“”„‘’‚«»"
            else 'write it as "${…}"',
        )
    if opened[0] == at[0]:
        entry = re.split(r"[,{\[]", inside)[-1]
        if char == "?" or " ? " in entry:
            return Fault(
                "PF026",
                at,
                "a text with ` ? ` must stand between quotes here",
                "put the whole text between quotes",
            )
        if char == ":" and ": " in entry:
            return Fault(
                "PF021",
                at,
                "a second colon in one entry",
                f"put the text between quotes: {entry.split(': ')[0].strip()}: "
                f'"{entry.split(": ", 1)[1].strip()}: …"; or a comma is missing before it',
            )
        return Fault(
            "PF023", at, f"a comma or `{close}` is missing before this", "put texts with signs between quotes"
        )
    hint = f"close it with `{close}` on its line"
    if " #" in source.line(opened[0])[opened[1] :]:
        hint += "; ` #` begins a comment, so a text that holds it must stand between quotes"
    return Fault("PF023", opened, f"the `{sign}` that begins here is not closed", hint)


def _no_colon(at: At, source: Source) -> Fault:
    if (missing := _missing_colon((at[0], len(source.line(at[0])) + 1), source)) is not None:
        return missing
    text = source.line(at[0])[at[1] - 1 :].strip()
    word = re.match(r"([^\s:]+):(\S.*)", text)
    hint = (
        f"write `{word[1]}: {word[2]}`" if word else f"write `{text[:60]}: …`, or join it to the line above"
    )
    what = "a colon is followed by a space" if word else "a key is followed by a colon and a space"
    return Fault("PF027", at, f"`{text[:60]}` is no key with a value: {what}", hint)


def _misfit(problem: str, at: At, char: str, source: Source) -> Fault:
    if ("'-'" in problem or char == "-") and (others := _entries_above(at, source)) is not None:
        return Fault(
            "PF024",
            at,
            f"this entry begins in column {at[1]}, and the one on line {others[0]} in column {others[1]}",
            "begin all entries of a list in the same column",
        )
    if "'-'" in problem and char != "-" and (begun := _begun(at, source)):
        message = f"`- ` in line {begun} begins a list, and this stands beside it without one"
        return Fault("PF024", at, message, f"take the `- ` in line {begun} away, or begin this with `- ` too")
    if "'-'" in problem:
        return Fault(
            "PF024",
            at,
            "here an entry of the list above is expected, and this is none",
            "begin it with `- `, or move it out to the column of its key",
        )
    if char == "-":
        return Fault(
            "PF024",
            at,
            "a list entry stands among keys",
            "put it under a key of its own, or move it out to the column of its list",
        )
    if char in ("}", "]"):
        return Fault(
            "PF023", at, f"this `{char}` closes nothing", "take it away, or open it with its bracket"
        )
    from procflow.definitions.schema import outermost

    above = next((n for n in range(at[0] - 1, 0, -1) if _is_said(source.line(n))), 0)
    if 0 < _column_of(source.line(above)) < at[1]:
        return _further_in(at)
    below = _under(at, source)
    message = f"this line begins in column {at[1]}, where no line above begins"
    if below is not None:
        line, key, column = below
        message = f"this line begins in column {at[1]}, and what stands under `{key}` (line {line}) in column {column}"
        columns = [_column_of(source.line(n)) for n in range(line - 1, 0, -1) if _is_said(source.line(n))]
        beside = next((other for other in columns if other <= at[1]), 0) == at[1]
        if beside and _column_of(source.line(line)) == 1 and key not in outermost():
            message = f"`{key}` begins in column 1, and what goes on in line {at[0]} in column {at[1]}"
            return Fault("PF024", (line, 1), message, f"begin it in column {at[1]}, as the lines beside it")
    return Fault("PF024", at, message, "begin it in the column of the line it stands beside")


def _begun(at: At, source: Source) -> int:
    """The line of the list entry, the only one before `at` in its column; 0 where there are several."""
    entries = []
    for n in range(at[0] - 1, 0, -1):
        column = _column_of(source.line(n)) if _is_said(source.line(n)) else at[1]
        if column < at[1]:
            break
        if column == at[1] and re.match(r"\s*- +[\w.]+:", source.line(n)):
            entries.append(n)
    return entries[0] if len(entries) == 1 else 0


def _stands_out(at: At, source: Source) -> Fault | None:
    """A line that is further out than both the one before it and the one after it, at `at`, which stand in one column."""
    lines = [n for n in range(at[0] - 1, 0, -1) if _is_said(source.line(n))][:2]
    if len(lines) < 2:
        return None
    line, column = lines[0], _column_of(source.line(lines[0]))
    above = source.line(lines[1])
    if (key := re.fullmatch(r"\s*([\w.]+):\s*(?:#.*)?", above)) and _column_of(above) == column:
        message = f"`{key[1]}` on the line above has nothing below it, and this stands beside it"
        return Fault("PF024", (line, column), message, f"begin it in column {at[1]}, as the line after it")
    if _column_of(above) != at[1]:
        return None
    message = f"this line begins in column {column}, and those before and after it in column {at[1]}"
    return Fault(
        "PF024", (line, column), message, f"begin it in column {at[1]}, or move the line after it out too"
    )


def _under(at: At, source: Source) -> tuple[int, str, int] | None:
    """(line, key, column of what is below it) of the key that the lines before `at` stand under."""
    inner = 0
    for n in range(at[0] - 1, 0, -1):
        column = _column_of(source.line(n)) if _is_said(source.line(n)) else 0
        if column >= at[1]:
            inner = column
        elif column:
            key = re.match(r"\s*(?:- +)*([\w.]+):", source.line(n))
            return (n, key[1], inner) if key is not None and inner > at[1] else None
    return None


def _is_said(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _entries_above(at: At, source: Source) -> At | None:
    """The entry before this one, in another column; None where none stands at `at`, or none of the same list before."""
    if not source.line(at[0])[at[1] - 1 :].startswith("- "):
        return None
    columns = [(n, _column_of(source.line(n))) for n in range(at[0] - 1, 0, -1)]
    lines = [(n, column) for n, column in columns if column]
    for i, (n, column) in enumerate(lines):
        if source.line(n).lstrip().startswith("- ") and column != at[1]:
            above = next(
                (other for _, other in lines[i:] if other < column), 0
            )  # of the key that has the list
            between = [other for _, other in lines[:i]]
            fits = above <= at[1] and all(other > min(at[1], column) for other in between)
            return (n, column) if fits else None
    return None


def _column_of(line: str) -> int:
    """Where a line begins; 0 for one that is empty."""
    return len(line) - len(line.lstrip()) + 1 if line.strip() else 0


def no_key(at: At, key: YText | None, value: object, source: Source) -> Fault:
    """A mapping or a list that stands where a key is expected, after `key` with its `value`."""
    if key is not None and isinstance(value, YText) and value.plain and value.count("(") > value.count(")"):
        rest = source.line(value.line)[value.column - 1 :].strip()
        text = rest if len(rest) <= 60 else f"{rest[:59]}…"
        message = f"the text of `{key}` goes on after the comma, so it stands between quotes"
        return Fault("PF019", (value.line, value.column), message, f"write `{key}: {quoted(text)}`")
    if key is not None and isinstance(value, YMap | YList):
        message = f"a second one stands beside the first of `{key}`"
        return Fault("PF017", at, message, f"several stand in a list: `{key}: [{{…}}, {{…}}]`")
    hint = 'a key is one word; a value of the case is written between quotes: "${name}"'
    return Fault("PF017", at, "a mapping or a list stands where a key is expected", hint)


def _odd_start(at: At, line: str, char: str) -> Fault:
    entry = _ENTRY.fullmatch(line)
    hint = "put the text between quotes"
    if line[: at[1] - 1].count("{") > line[: at[1] - 1].count("}"):
        text = re.match(r".*?(?=,\s+\w+:|\s*}|$)", line[at[1] - 1 :])
        word = re.search(r"\w+: *$", line[: at[1] - 1])
        hint += f": {word[0].strip()} {quoted(text[0])}" if text and word and char == "!" else ""
    elif entry is not None and len(entry["before"]) == at[1] - 1 and char not in "]},":
        hint += f": {(entry['before'] + quoted(entry['rest'])).strip()}"
    return Fault("PF026", at, f"a text cannot begin with `{char}`", hint)
