"""`procflow schema [KIND]`: the JSON Schemas of the documents, with the operations of the installed plugins."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from procflow.cli.session import COMMON, session
from procflow.errors import NotFound, StorageError

KINDS = ("procedure", "scenarios", "organisation", "tables", "types")


@click.command()
@click.argument("kind", required=False, type=click.Choice(KINDS))
@click.option(
    "--dir",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="Write KIND.schema.json files here.",
)
@COMMON
def command(kind: str | None, folder: str | None) -> None:
    """Write the JSON Schema of KIND (or of every kind of document) for an editor.

    The schema of procedures knows the channel operations of the installed plugins. Without --dir one KIND goes
    to standard output; without both, every kind is written into the workspace's folder `schemas`.
    """
    s = session()
    schemas = {name: _schema(name) for name in ((kind,) if kind else KINDS)}
    if kind and not folder:
        s.show({"kind": kind, "schema": schemas[kind]}, _text(schemas[kind]).rstrip("\n"))
        return
    target = folder or os.path.join(s.folder, "schemas")
    written = []
    for name, schema in schemas.items():
        path = os.path.join(target, f"{name}.schema.json")
        try:
            os.makedirs(target, exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(_text(schema))
        except OSError as problem:
            raise StorageError(
                f"{path} cannot be written: {problem.strerror}", "give another --dir"
            ) from problem
        written.append(path)
    hint = "# yaml-language-server: $schema=../../schemas/procedure.schema.json"
    s.show({"written": written}, lambda: "\n".join([*written, hint]))


def _schema(kind: str) -> dict[str, Any]:
    from procflow.definitions.schema import schema_of

    plugins = _plugins()
    return schema_of(kind, plugins.operations(), tuple(plugins.assignment_rules()))


def _plugins() -> Any:
    """The plugins that a procedure may use here; outside of a workspace the shipped ones."""
    s = session()
    try:
        s.folder  # noqa: B018 - raises where there is no workspace
    except NotFound:
        from procflow.plugins import load_plugins

        return load_plugins(tuple(s.given.get("plugins_dirs") or ()))
    return s.app.plugins


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2, default=dict) + "\n"
