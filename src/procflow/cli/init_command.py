"""`procflow init FOLDER`: a workspace that works."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence

import click

from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, width, wrapped
from procflow.core.counted import counted

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "made": "Made {folder}, a workspace:", "settings": "the settings", "people": "people, roles, opening hours",
        "types": "types of fields that procedures share", "next": "Next:", "folders": "in the folders {names}",
    },
    "da": {
        "made": "Lavede {folder}, et arbejdsområde:", "settings": "indstillingerne", "people": "personer, roller, åbningstider",
        "types": "felttyper, som procedurerne deler", "next": "Og så:", "folders": "i mapperne {names}",
    },
}  # fmt: skip


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--example/--empty", default=True, help="Bring the shipped procedures, or only the frame.")
@click.option("--store", default="", metavar="URL", help="Keep the cases there: postgresql://USER@HOST/DATABASE; else in a file in FOLDER.")  # fmt: skip
@COMMON
def command(folder: str, example: bool, store: str) -> None:
    """Make a workspace in FOLDER: settings, procedures, a store and its key file.

    A database must be there and empty; its password comes from PGPASSWORD or ~/.pgpass, and later as [store] in
    procflow.toml says. With --json the answer lists every file.
    """
    from procflow.app import begin

    s = session()
    made = begin(folder, example=example, store=store)
    s.show({"folder": folder, "made": made}, lambda: _summary(folder, made, example, s.language))


def _summary(folder: str, made: Sequence[str], example: bool, language: str) -> str:
    """What stands in the folder, by folder with counts, and the first three commands."""
    w = _WORDS.get(language, _WORDS["en"])
    parts = [name.replace("\\", "/").split("/") for name in made]
    procedures = [part for part in parts if part[-1] == "procedure.yaml"]
    rehearsals = [part for part in parts if part[-1] == "scenarios.yaml"]
    tables = [part for part in parts if part[:2] == ["procedures", "tables"]]
    lines = [("procflow.toml", w["settings"]), ("procedures/organisation.yaml", w["people"])]
    if ["procedures", "types.yaml"] in parts:
        lines.append(("procedures/types.yaml", w["types"]))
    if tables:
        lines.append(("procedures/tables/", counted(len(tables), "table", language)))
    if procedures:
        groups = sorted({part[1] for part in procedures})
        counts = ", ".join(
            (counted(len(procedures), "procedure", language), counted(len(rehearsals), "rehearsal", language))
        )
        lines.append(("procedures/", f"{counts}, {w['folders'].format(names=', '.join(groups))}"))
    wide = max(len(name) for name, _ in lines)
    told = [w["made"].format(folder=folder)]
    for name, words in lines:
        narrow = width() < wide + 30
        told += wrapped(f"{name:<{0 if narrow else wide}}  {words}", "  ", " " * (6 if narrow else wide + 4))
    here = os.path.abspath(folder) == os.getcwd()
    commands = [*([] if here else [f"cd {shlex.quote(folder)}"]), "procflow check"]
    if example:
        commands += ["procflow test", "procflow step --open policy_change --as agent_1"]
    else:
        commands += ["procflow schema --dir schemas"]  # an editor shows help from them
    return "\n".join([*told, w["next"], *(f"  {bold(command)}" for command in commands)])
