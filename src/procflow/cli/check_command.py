"""`procflow check [PATH...]`: every problem of every file in one run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from procflow.cli.session import COMMON, session
from procflow.core.counted import counted
from procflow.errors import Diagnostic, PluginError


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--format", "format_", type=click.Choice(["text", "json", "github", "sarif"]), default="text")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@COMMON
def command(paths: tuple[str, ...], format_: str, strict: bool) -> None:
    """Check the workspace, or PATHS (files, folders, or names of procedures and tables). Ends with 1 when there are errors.

    What checks is put in force for new cases; running cases keep the version they began with.
    """
    found, checked, troubles = _checked(paths)
    s = session()
    gone = [] if paths or not s.is_inside else sorted(s.app.engine.withdrawn())
    errors = [item for item in found if item.is_error]
    failed = bool(errors) or (strict and bool(found))
    if format_ == "json":
        print(json.dumps([item.as_json() for item in found], ensure_ascii=False, indent=1))
    elif format_ == "github":
        for item in found:
            print(_github(item))
    elif format_ == "sarif":
        print(json.dumps(_sarif(found), ensure_ascii=False, indent=1))
    elif s.json:
        result = {
            "diagnostics": [item.as_json() for item in found],
            "documents": checked,
            "withdrawn": gone,
            "plugins": troubles,
        }
        print(json.dumps({"ok": not failed, "result": result}, ensure_ascii=False))
    else:
        for item in found:
            first, *hint = item.as_text().split("\n", 1)
            click.echo("\n".join([first if item.is_error else f"{first} (warning)", *hint]))
        for name in gone:
            click.echo(f"{name}: its file was taken away, so no new case is opened; open ones go on")
        for trouble in troubles:
            click.echo(trouble)
        if troubles:
            click.echo("What is left out of plugins is unknown to the documents; see procflow plugins.")
        warnings = len(found) - len(errors)
        counts = ((checked, "document"), (len(errors), "error"), (warnings, "warning"))
        click.echo(", ".join(counted(count, noun, "en") for count, noun in counts))
    if failed:
        raise SystemExit(1)


def _checked(paths: tuple[str, ...]) -> tuple[tuple[Diagnostic, ...], int, list[str]]:
    """(problems, how many documents were read, what is wrong with plugins). Without PATHS the workspace is checked and
    published."""
    s = session()
    if not paths and not s.is_inside:
        paths = (".",)
    troubles: Sequence[PluginError]
    if not paths:
        from procflow.rehearsal.beside import beside

        documents, troubles = s.app.check(beside), s.app.plugins.problems
    else:
        from procflow.app import told_of_given

        dirs = tuple(s.given.get("plugins_dirs") or ())
        documents, troubles = told_of_given(paths, dirs, s.named_folder)
    return documents.diagnostics, len(documents.read), [str(trouble) for trouble in troubles]


def _github(item: Diagnostic) -> str:
    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    words = escaped(f"{item.message}. {item.hint}" if item.hint else item.message)
    where = f"file={escaped(item.path)},line={item.line},col={item.column},title={item.code}"
    return f"::{item.severity} {where}::{words}"


def _sarif(found: tuple[Diagnostic, ...]) -> dict[str, Any]:
    from procflow import __version__
    from procflow.definitions.codes import CODES

    rules = sorted({item.code for item in found})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "procflow",
                        "version": __version__,
                        "rules": [
                            {"id": code, "shortDescription": {"text": CODES.get(code, ("", code))[1]}}
                            for code in rules
                        ],
                    }
                },
                "results": [
                    {
                        "ruleId": item.code,
                        "level": item.severity,
                        "message": {"text": f"{item.message}. {item.hint}" if item.hint else item.message},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": item.path},
                                    "region": {"startLine": item.line, "startColumn": item.column},
                                }
                            }
                        ],
                    }
                    for item in found
                ],
            }
        ],
    }
