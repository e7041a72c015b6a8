"""`procflow explain [CODE]`: what a diagnostic means, with a sample that fails and one that passes."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_code
from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, dim, wrapped
from procflow.errors import NotFound


@click.command()
@click.argument("code", required=False, default="", shell_complete=complete_code)
@COMMON
def command(code: str) -> None:
    """Explain the diagnostic CODE, or list them all. `PF310`, `pf310` and `310` are the same."""
    s = session()
    if not code:
        _list()
        return
    wanted = _known(code)
    page = _page(wanted)
    s.show(page, lambda: "\n".join(_dressed(str(page["page"]))))


def _list() -> None:
    from procflow.definitions.codes import CODES

    rows = [
        {"code": code, "severity": severity, "title": title}
        for code, (severity, title) in sorted(CODES.items())
    ]
    session().show(
        {"codes": rows},
        lambda: "\n".join(f"{row['code']}  {row['severity']:<7}  {row['title']}" for row in rows),
    )


def _known(code: str) -> str:
    """The code as it is written. Raises NotFound with the nearest."""
    from procflow.definitions.codes import CODES

    wanted = code.strip().upper()
    wanted = f"PF{wanted.zfill(3)}" if wanted.isdigit() else wanted
    if wanted in CODES:
        return wanted
    near = _nearest(wanted, list(CODES))
    hint = f"did you mean {near} ({CODES[near][1]})?" if near else "`procflow explain` lists them all"
    raise NotFound(f"there is no diagnostic {code!r}", hint)


def _nearest(wanted: str, codes: list[str]) -> str:
    """The code that looks most like it: letters for digits, then the same beginning, then the nearest number; "" where
    no code begins like it."""
    wanted = "PF" + wanted.removeprefix("PF").translate(str.maketrans("OILSB", "01158"))
    digits = "".join(char for char in wanted if char.isdigit())
    number = int(digits[:6] or 0)

    def alike(code: str) -> int:
        return next(
            (n for n, pair in enumerate(zip(code, wanted, strict=False)) if pair[0] != pair[1]), len(code)
        )

    best = min(codes, key=lambda code: (-alike(code), abs(int(code[2:]) - number)))
    return best if alike(best) > len("PF") else ""


def _page(code: str) -> dict[str, object]:
    from procflow.definitions.codes import CODES
    from procflow.definitions.pages import page_of

    severity, title = CODES[code]
    return {"code": code, "severity": severity, "title": title, "page": page_of(code)}


def _dressed(page: str) -> list[str]:
    """A page of Markdown for a terminal: headings in bold, samples indented, paragraphs in lines that fit."""
    lines: list[str] = []
    inside = False
    for line in page.strip().splitlines():
        if line.startswith("```"):
            inside = not inside
        elif inside:
            lines.append(f"    {line}")
        elif line.startswith("#"):
            lines.append(bold(line.lstrip("# ")))
        elif line.startswith(("- ", "* ")):
            lines += wrapped(line, "", "  ")
        else:
            lines += wrapped(line) if line else [""]
    return lines or [dim("-")]
