"""The OpenAPI document is the routes, the pages are the document, and what is answered has the shapes that it names."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from procflow.api.openapi import document, written
from procflow.api.reference import page
from procflow.api.room import RESOURCES, ApiRoom
from procflow.definitions.json_schema import json_schema

Draft = json_schema().Draft202012Validator
DOCS = Path(__file__).parents[2] / "docs"
COMMITTED = DOCS / "reference" / "openapi.json"


def test_the_document_and_the_page_are_the_ones_that_the_routes_make() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == written(document(RESOURCES)), (
        "run: python -m procflow.api.openapi > docs/reference/openapi.json"
    )
    assert (DOCS / "reference" / "api.md").read_text(encoding="utf-8") == page(), (
        "run: python -m procflow.api.reference > docs/reference/api.md"
    )


def test_what_is_described_does_not_hang_on_how_the_library_reads_an_indented_text() -> None:
    """One version of msgspec keeps the indentation of the source, the next does not: the document is the same with both."""
    described = [
        each.get("description", "") for each in document(RESOURCES)["components"]["schemas"].values()
    ]
    assert any("\n" in text for text in described)
    assert not [text for text in described if "\n " in text]


def test_every_route_of_the_room_is_described_and_nothing_else() -> None:
    described = {
        (method.upper(), path): operation
        for path, methods in document(RESOURCES)["paths"].items()
        for method, operation in methods.items()
    }
    routes = {(route.method, route.path): route for route in ApiRoom.routes}
    assert set(described) == set(routes)
    for key, route in routes.items():
        assert described[key]["x-may"] == route.may
        assert described[key]["description"], key
        assert re.findall(r"{(\w+)}", key[1]) == [
            one["name"] for one in described[key]["parameters"] if one["in"] == "path"
        ]
    ids = [operation["operationId"] for operation in described.values()]
    assert len(ids) == len(set(ids))


def test_the_served_document_is_the_committed_one(api: Any) -> None:
    assert api.get("/openapi.json") == json.loads(COMMITTED.read_text(encoding="utf-8"))


def _answers(api: Any) -> dict[tuple[str, str], Any]:
    """What a case that has seen everything answers, by (method, path)."""
    number = api.registered()
    file = {"name": "mette.png", "content": api.png_text()}
    step = api.post(
        f"/cases/{number}/choices/file_screenshot", {"with": {"screenshot": file, "name_is_visible": True}}
    )
    note = api.post(f"/cases/{number}/notes", {"text": "She rang about it"})
    paths = [one.path for one in RESOURCES if one.method == "GET" and "application/json" in one.media]
    values = {
        "case": str(number),
        "person": "qaa",
        "procedure": "errand",
        "choice": "executed",
        "report": "calls",
    }
    found: dict[tuple[str, str], Any] = {
        ("POST", "/api/cases/{case}/choices/{choice}"): step, ("POST", "/api/cases/{case}/notes"): note,
    }  # fmt: skip
    for path in paths:
        if path in ("/api/openapi.json",):
            continue
        told = api("GET", path.removeprefix("/api").format_map(values))
        assert told.status == 200, (path, told)
        found["GET", path] = told.body
    return found


def test_answers_have_exactly_the_keys_that_are_described(api: Any) -> None:
    api.post("/messages", {"channel": "sms", "from": "+4571999777", "text": "hvem?"})
    whole = document(RESOURCES)
    for (method, path), body in _answers(api).items():
        responses = whole["paths"][path][method.lower()]["responses"]
        good = next(answer for status, answer in responses.items() if status < "300")
        schema = {
            **_closed(good["content"]["application/json"]["schema"]),
            "components": _closed(whole["components"]),
        }
        problems = [f"{list(e.absolute_path)}: {e.message}" for e in Draft(schema).iter_errors(body)]
        assert problems == [], (method, path, problems[:5])


def _closed(schema: Any) -> Any:
    """Objects with named properties have no others."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


BLOCK = re.compile(r"^```curl\n(.*?)^```", re.M | re.S)


def test_the_examples_of_the_page_do_what_the_page_shows(api: Any, tmp_path: Path) -> None:
    api.opened("errand", kn="104233")
    page = (DOCS / "how-to" / "use-the-api.md").read_text(encoding="utf-8")
    api_at = f"{api.address}api"
    case, ran = "", 0
    for block in BLOCK.findall(page):
        command = ""
        for line in block.splitlines():
            if line.startswith("$ "):
                command = line[2:]
                environment = {**os.environ, "API": api_at, "CASE": case}
                done = subprocess.run(
                    ["bash", "-c", command],
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                assert done.returncode == 0, (command, done.stderr)
                if found := re.match(r'\{"number":(\d+)', done.stdout):
                    case = found[1]
                ran += 1
                continue
            at = 0
            for piece in filter(None, line.split("...")):
                at = done.stdout.find(piece, at)
                assert at >= 0, f"{command}\nshould show {piece}\nshowed {done.stdout[:2000]}"
    assert ran >= 8
