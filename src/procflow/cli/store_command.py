"""`procflow store copy --to URL|FILE`: the cases of a workspace brought to a database, or back to a file."""

from __future__ import annotations

import os

import click

from procflow.cli.session import COMMON, session
from procflow.core.counted import count_in
from procflow.errors import UsageError

_WORDS = {
    "en": {
        "copied": "Copied {cases:case} with {steps:step} and {files:file} of evidence to {to}, and compared every row.",
        "whole": "The record of the copy is whole.", "broken": "The record of the copy does not hold, nor does the store's.",
        "next": "Nothing was changed here. To work with the copy from now on, write in procflow.toml in place of its line `store`:",
        "back": "Nothing was changed here. To work with the copy from now on, write at the top of procflow.toml in place of what it says of the store (`store` or `[store]`, `keys`, `evidence`):",
    },
    "da": {
        "copied": "Kopierede {cases:case} med {steps:step} og {files:file} bevis til {to} og sammenlignede hver række.",
        "whole": "Kopiens journal er hel.", "broken": "Kopiens journal holder ikke, og databasens gør heller ikke.",
        "next": "Her er intet ændret. For at arbejde med kopien fra nu af skrives i procflow.toml i stedet for linjen `store`:",
        "back": "Her er intet ændret. For at arbejde med kopien fra nu af skrives øverst i procflow.toml i stedet for det, der står om databasen (`store` eller `[store]`, `keys`, `evidence`):",
    },
}  # fmt: skip


@click.group()
@COMMON
def command() -> None:
    """Move the cases of a workspace from a file to a database that several nodes share, or back.

    \b
    procflow store copy --to postgresql://USER@HOST/DATABASE   into an empty database
    procflow store copy --to FILE                              back into a file
    """


@command.command("copy")
@click.option(
    "--to", required=True, metavar="URL|FILE", help="An empty database, or a file that is not there yet."
)
@click.option("--password-file", default="", type=click.Path(), help="Holds the database's password; else PGPASSWORD or ~/.pgpass.")  # fmt: skip
@COMMON
def copy(to: str, password_file: str) -> None:
    """Copy everything to another store, all or nothing, and verify it: every row is read back and compared, then the
    record is audited there. Refused while a host or a desk runs, and onto a store that is not empty.
    """
    from procflow.app.moving import copy_store

    s = session()
    s.app.allow("store.copy")
    password = ""
    if password_file:
        password_file = os.path.abspath(password_file)
        try:
            password = s.app.world.read_file(password_file).decode().strip("\r\n")
        except OSError as why:
            raise UsageError(
                f"{password_file} cannot be read: {why.strerror}", "it holds the password and nothing else"
            ) from why
    moved, report = copy_store(s.app, to, password, password_file)
    w = s.words(_WORDS)
    findings = [str(finding) for finding in report.findings]

    def text() -> str:
        said = (("cases", report.counts["cases"]), ("steps", report.counts["steps"]), ("files", moved.files))
        counts = {name: count_in(s.language, number) for name, number in said}
        told = [w["copied"].format(**counts, to=moved.to), *findings]
        # a table [store] beside a line `store` is no TOML, and a line below a table belongs to that table
        place = "next" if moved.settings.startswith("[") else "back"
        told += [w["whole" if report.is_whole else "broken"], w[place], "", moved.settings]
        return "\n".join(told)

    result = {"to": moved.to, "rows": dict(moved.rows), "files": moved.files, "settings": moved.settings,
              "whole": report.is_whole, "counts": dict(report.counts), "findings": findings}  # fmt: skip
    s.show(result, text, ok=report.is_whole)
    if not report.is_whole:
        raise SystemExit(1)
