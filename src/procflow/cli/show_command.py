"""`procflow show PROCEDURE`: drawn for the terminal, as Mermaid or as SVG; with a case its way and place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.complete import complete_case, complete_procedure
from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, dim, width
from procflow.errors import BrokenDocument, NotFound, StorageError, UsageError

if TYPE_CHECKING:
    from procflow.core.organisation import Organisation
    from procflow.core.procedure import Procedure
    from procflow.drawing.graph import Graph

FORMATS = ("terminal", "mermaid", "svg")

#: How a file is drawn, by how its name ends.
_ENDINGS = {"": "terminal", ".txt": "terminal", ".svg": "svg", ".mmd": "mermaid", ".md": "mermaid"}


@click.command()
@click.argument("procedure", required=False, default="", shell_complete=complete_procedure)
@click.option(
    "--case",
    "case",
    metavar="CASE",
    default="",
    shell_complete=complete_case,
    help="Mark the way and the place of this case.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default=None,
    help="How it is drawn; else by the name of the file.",
)
@click.option(
    "--output", "-o", metavar="FILE", default="", type=click.Path(dir_okay=False), help="Write to FILE."
)
@COMMON
def command(procedure: str, case: str, format_: str | None, output: str) -> None:
    """Draw PROCEDURE: its states, choices, events, times and deadlines, in the words of --lang.

    PROCEDURE is a name, or the path of a procedure.yaml. With --case the version that the case runs on is
    drawn, and PROCEDURE may be left out.
    """
    s = session()
    form = format_ or _form_of(output)
    name: str
    of: int | None
    if s.there:
        if not procedure and not case:
            raise UsageError("which procedure?", "give its name, or --case CASE")
        seen: dict[str, Any] = s.there.case(case) if case else {"procedure": procedure, "number": None}
        name, of = seen["procedure"], seen["number"]
        text = s.there.drawn(name, case, form)
    else:
        graph = _graph(procedure, case)
        name, of = graph.name, graph.case or None
        text = _drawn(graph, form, to_file=bool(output) or s.json)
    if output:
        _write(output, text)
        result = {"procedure": name, "format": form, "file": output}
        s.show(result, output)
        return
    s.show(
        {"procedure": name, "case": of, "format": form, "drawing": text},
        text.rstrip("\n"),
    )


def _form_of(output: str) -> str:
    """How a file of this name is drawn. Raises UsageError for an ending that promises something else."""
    ending = os.path.splitext(output)[1].lower()
    if ending not in _ENDINGS:
        raise UsageError(
            f"nothing is drawn as {ending}",
            f"name a file that ends in {', '.join(filter(None, _ENDINGS))}, or say --format",
        )
    return _ENDINGS[ending]


def _drawn(graph: Graph, form: str, *, to_file: bool) -> str:
    if form == "svg":
        from procflow.drawing.svg import svg

        return svg(graph)
    if form == "mermaid":
        from procflow.drawing.mermaid import mermaid

        return mermaid(graph)
    from procflow.drawing.terminal import terminal

    if to_file:
        return terminal(graph) + "\n"
    return terminal(graph, width(), bold, dim) + "\n"


def _graph(name: str, case: str) -> Graph:
    from procflow.drawing.graph import graph_of
    from procflow.views.picture import way_of

    s = session()
    way = None
    if case:
        loaded = s.app.look(case, s.anybody)
        procedure = s.app.procedure_of(loaded)
        if name and name != procedure.name:
            raise UsageError(f"case {case} runs on {procedure.name}, not on {name}", "leave PROCEDURE out")
        organisation: Organisation | None = s.app.engine.surroundings().organisation
        way = way_of(s.app, loaded)
    elif not name:
        raise UsageError("which procedure?", "give its name, or --case CASE")
    else:
        procedure, organisation = _read(name)
    return graph_of(procedure, s.language, organisation.roles if organisation is not None else {}, way)


def _read(name: str) -> tuple[Procedure, Organisation | None]:
    """The procedure as its file says it now, of the workspace or at a path; one that does not check is drawn
    as far as it could be read, unless nothing could."""
    from procflow.core.nearest import did_you_mean

    s = session()
    if os.path.exists(name):
        from procflow.app import check_given

        documents = check_given((name,), tuple(s.given.get("plugins_dirs") or ()), s.named_folder)
        wanted = [
            p for p, (kind, _) in documents.named.items() if kind == "procedure" and p in documents.asked
        ]
        found = [p for p in documents.procedures.values() if p.path in wanted or not documents.asked]
        if len(found) == 1:
            return found[0], documents.organisation
        if found:
            names = ", ".join(sorted(p.name for p in found))
            raise UsageError(f"{name} holds {len(found)} procedures", f"name one of them: {names}")
    else:
        documents = s.app.documents()
        if name in documents.procedures:
            return documents.procedures[name], documents.organisation
        if not any(kind == "procedure" and n == name for kind, n in documents.named.values()):
            of_case = f"a case is drawn with --case {name}" if name.isdigit() else ""
            raise NotFound(
                f"there is no procedure {name!r}", of_case or did_you_mean(name, documents.procedures)
            )
    problems = [p for p in documents.problems if p.is_error]
    if not problems:
        hint = "name a procedure, or its file or folder: `procflow check` lists the documents"
        raise UsageError(f"{name} holds no procedure", hint)
    words = "\n".join(problem.as_text() for problem in problems[:10])
    raise BrokenDocument(
        f"{name} cannot be drawn:\n{words}", "run `procflow check`", {"diagnostics": problems}
    )


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise StorageError(f"{path} cannot be written: {problem.strerror}", "give another file") from problem
