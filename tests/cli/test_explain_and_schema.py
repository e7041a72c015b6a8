"""`procflow explain` and `procflow schema`."""

import json
from pathlib import Path
from typing import Any

import pytest

from procflow.definitions.codes import CODES


def test_a_code_is_explained_however_it_is_typed(desk: Any) -> None:
    page = desk.ok("explain", "PF310")
    assert CODES["PF310"][1] in page
    assert desk.ok("explain", "pf310") == page
    assert desk.ok("explain", "310") == page
    assert "```" not in page


def test_an_unknown_code_names_the_nearest(desk: Any) -> None:
    done = desk.run("explain", "PF31O")
    assert (done.returncode, done.stdout) == (6, "")
    assert "did you mean PF310" in done.stderr


def test_without_a_code_all_are_listed(desk: Any) -> None:
    listed = desk.ok("explain").splitlines()
    assert [line.split()[0] for line in listed] == sorted(CODES)
    told = desk.json("explain")
    assert {row["code"]: (row["severity"], row["title"]) for row in told["codes"]} == dict(CODES)
    page = desk.json("explain", "PF310")
    assert page["severity"] == "error"
    assert page["title"] in page["page"]


@pytest.mark.parametrize("kind", ["procedure", "scenarios", "organisation", "tables", "types"])
def test_a_schema_is_valid_json_schema(desk: Any, kind: str) -> None:
    from procflow.definitions.json_schema import json_schema

    schema = json.loads(desk.ok("schema", kind))
    json_schema().Draft202012Validator.check_schema(schema)
    assert desk.json("schema", kind)["schema"] == schema


def test_the_schema_of_procedures_knows_the_installed_plugins(desk: Any) -> None:
    plain = desk.ok("schema", "procedure")
    assert '"mail.send"' in plain
    assert '"pigeon.fly"' not in plain
    desk.write("plugins/pigeon.py", PIGEON)
    assert '"pigeon.fly"' in desk.ok("schema", "procedure")
    (desk.folder / "plugins" / "pigeon.py").rename(desk.folder / "pigeon.py")
    desk.write("more/pigeon.py", PIGEON)
    assert '"pigeon.fly"' in desk.ok("schema", "procedure", "--plugins-dir", "more")


def test_all_schemas_are_written_into_a_folder(desk: Any, tmp_path: Path) -> None:
    desk.ok("schema")
    assert sorted(path.name for path in (desk.folder / "schemas").iterdir()) == [
        f"{kind}.schema.json" for kind in ("organisation", "procedure", "scenarios", "tables", "types")
    ]
    desk.ok("schema", "types", "--dir", str(tmp_path / "new" / "place"))
    assert json.loads((tmp_path / "new" / "place" / "types.schema.json").read_text())["$defs"]


def test_a_folder_that_cannot_be_made_is_a_storage_error(desk: Any) -> None:
    done = desk.run("schema", "--dir", "procflow.toml/schemas")
    assert done.returncode == 4


PIGEON = """
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery


class Pigeon:
    name = "pigeon"
    operations = {"fly": {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}}
    verified = "stand-in"

    def prepare(self, operation, key, parameters):
        return b"coo"

    def deliver(self, operation, key, wire):
        return Delivery("done")

    def fetch(self, cursor):
        return [], cursor

    def health(self):
        return ""


@hookimpl
def register_channels(settings):
    return [Pigeon()]
"""
