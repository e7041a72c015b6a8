"""The OpenAPI 3.1 document, made of the resources as they are declared: `python -m procflow.api.openapi` prints it."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

import msgspec

from procflow.api import given_house as g
from procflow.api.changes import ABOUT, PATH
from procflow.api.declared import JSON, Resource
from procflow.api.problems import TITLES, TYPE
from procflow.core.request_ids import PATTERN

#: What else an answer may be, whatever is asked: (status, whether it is of every route that is known to somebody).
_ALWAYS = (400, 401, 403, 406, 503)
TAGS: Mapping[str, str] = {
    "cases": "Cases: opened, looked at, taken further.",
    "work": "What people do with work: the inbox, claiming, putting aside, handing on.",
    "evidence": "Files of a case, kept sealed.",
    "events": "What other systems tell a case, and what changes here.",
    "messages": "Messages that came in.",
    "people": "The organisation and its people.",
    "procedures": "The procedures in force.",
    "reports": "What was done, counted.",
    "record": "The record, verified.",
    "about": "This API.",
}
_PATHS: Mapping[str, str] = {
    "case": "The number or the id of a case.",
    "choice": "The name of a choice, or `state.choice`.",
    "event": "The name of an event.",
    "hash": "The SHA-256 of a file.",
    "message": "The id of a message, or the beginning of it.",
    "person": "The code of a person.",
    "one": "The code of a person.",
    "other": "The code of a person.",
    "day": "A day, as 2026-05-11.",
    "shift": "The name of a shift.",
    "procedure": "The name of a procedure.",
    "report": "The name of a report.",
}
_INFO = """\
The cases of procflow for programs: everything that the command line and the desk can do, by the same engine and the same
rules. Words for people come in the language of `Accept-Language`. Instants are ISO 8601 with their offset. A command
that carries an `Idempotency-Key` is done once, however often it is sent. The `ETag` of a case begins with the step that
it is at: sent back in `If-Match`, nobody is overwritten. What goes wrong is told as `application/problem+json`."""


def document(resources: Iterable[Resource]) -> dict[str, Any]:
    """The whole document. Everything in it comes from the declarations, so that it cannot say anything else."""
    declared = list(resources)
    types = _types(declared)
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for component in components.values():  # some versions of msgspec keep the indentation of the source
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"])
    of = {repr(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Any] = {}
    for resource in declared:
        paths.setdefault(resource.path, {})[resource.method.lower()] = _operation(resource, of, declared)
    paths[PATH] = {"get": _stream()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "procflow", "version": version("procflow"), "summary": "Procedures for a desk", "description": _INFO,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where `procflow serve` listens."}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "security": [{}, {"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "A token of `procflow token`. On loopback without users none is needed.",
                }
            },
        },
    }  # fmt: skip


def written(document: Mapping[str, Any]) -> str:
    """The document as it is committed and served."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _types(declared: list[Resource]) -> list[Any]:
    found: dict[str, Any] = {repr(g.Problem): g.Problem}
    for resource in declared:
        gives = resource.gives if isinstance(resource.gives, tuple) else (resource.gives,)
        for kind in (*gives, resource.takes):
            if kind not in (None, bytes, dict):
                found.setdefault(repr(kind), kind)
    return list(found.values())


def _operation(resource: Resource, of: Mapping[str, Any], resources: Iterable[Resource]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": resource.name,
        "tags": [resource.tag],
        "summary": resource.about.partition(". ")[0].rstrip("."),
        "description": resource.about,
        "parameters": [*_path(resource), *_query(resource), *_headers(resource)],
        "responses": _responses(resource, of, resources),
        "x-may": resource.may,
    }
    if resource.takes is not None:
        schema = of[repr(resource.takes)]
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if resource.sends:
        binary: dict[str, Any] = {"schema": {}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(resource.sends, binary)}
    return operation


def _path(resource: Resource) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "in": "path", "required": True, "description": _PATHS[name],
            "schema": {"type": "string", **({"format": "date"} if name == "day" else {"minLength": 1})},
        }
        for name in re.findall(r"{(\w+)}", resource.path)
    ]  # fmt: skip


def _query(resource: Resource) -> list[dict[str, Any]]:
    if resource.query is None:
        return []
    _, components = msgspec.json.schema_components(
        [resource.query], ref_template="#/components/schemas/{name}"
    )
    (schema,) = components.values()
    found = []
    for name, inner in schema["properties"].items():
        inner = dict(inner)
        words = inner.pop("description", "")
        if "anyOf" in inner:  # unset is simply not sent
            inner = next(one for one in inner["anyOf"] if one.get("type") != "null")
        if inner.get("default", 0) is None or inner.get("default") == "":
            inner.pop("default")
        found.append({"name": name, "in": "query", "required": False, "description": words, "schema": inner})
    return found


def _headers(resource: Resource) -> list[dict[str, Any]]:
    found = [("Accept-Language", "The language of words for people.", {"type": "string", "examples": ["da"]})]
    if resource.command:
        found.append(
            (
                "Idempotency-Key",
                "The same key again gives the same answer and changes nothing; with another request it is an error.",
                {"type": "string", "pattern": f"^{PATTERN}$"},
            )
        )
        if resource.of_case:
            found.append(
                (
                    "If-Match",
                    "The ETag of the case as it was seen: where it has moved on since, nothing is done (412).",
                    {"type": "string", "examples": ['"3"']},
                )
            )
    elif resource.of_case:
        words = "The ETag of an earlier answer: where it is still the same, 304."
        found.append(("If-None-Match", words, {"type": "string"}))
    return [
        {"name": name, "in": "header", "required": False, "description": words, "schema": schema}
        for name, words, schema in found
    ]


def _responses(resource: Resource, of: Mapping[str, Any], resources: Iterable[Resource]) -> dict[str, Any]:
    good: dict[str, Any] = {
        "description": _GOOD.get(resource.status, "Done"),
        "headers": _answer_headers(resource),
    }
    if resource.gives is not None:
        good["content"] = {media: {"schema": _schema(resource, media, of)} for media in resource.media}
    found: dict[str, Any] = {str(resource.status): good}
    if resource.name == "open_case":
        found["200"] = {**good, "description": "Nothing was opened: this is the one open case"}
    if resource.name in ("take_message", "take_mail"):
        found["202"] = {**good, "description": "It is kept, and waits for a person"}
    if resource.name == "open_case":
        found["201"]["links"] = _links(resources)
    if resource.of_case and resource.method == "GET":
        found["304"] = {"description": "It is still the same"}
    problem = {TYPE: {"schema": of[repr(g.Problem)]}}
    for status in sorted(_problems(resource)):
        found[str(status)] = {"description": TITLES[status], "content": problem}
    return found


def _links(resources: Iterable[Resource]) -> dict[str, Any]:
    """From a case that was opened to everything that can be asked of it."""
    return {
        resource.name: {"operationId": resource.name, "parameters": {"case": "$response.body#/id"}}
        for resource in resources
        if re.findall(r"{(\w+)}", resource.path) == ["case"]
    }


_GOOD = {200: "Done", 201: "Made", 204: "Done; there is nothing more to say"}


def _schema(resource: Resource, media: str, of: Mapping[str, Any]) -> Any:
    if media != JSON:
        return {}
    if isinstance(resource.gives, tuple):
        return {"anyOf": [of[repr(kind)] for kind in resource.gives]}
    return {"type": "object"} if resource.gives is dict else of[repr(resource.gives)]


def _answer_headers(resource: Resource) -> dict[str, Any]:
    text = {"type": "string"}
    found: dict[str, Any] = {
        "Content-Language": {"schema": text, "description": "The language of the words."}
    }
    if resource.of_case:
        found["ETag"] = {"schema": text, "description": "Begins with the step that the case is at."}
    if resource.pages:
        found["Link"] = {"schema": text, "description": "`rel=next` leads to the page after this one."}
    if resource.status == 201:
        found["Location"] = {"schema": text, "description": "Where it is found, if it has a place."}
    return found


def _problems(resource: Resource) -> set[int]:
    found = {*_ALWAYS, *resource.refuses, 429}
    if "{" in resource.path or resource.query is not None or resource.command:
        found.add(404)
    if resource.takes is not None or resource.sends:
        found |= {413, 415, 422, 409, 404}
    if resource.command:
        found |= {409, 422}
        if resource.of_case:
            found.add(412)
    if resource.tag in ("messages", "reports"):
        found.add(502)
    if resource.tag in ("cases", "reports", "work", "evidence", "people"):
        found.add(422)
    return found


def _stream() -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        "operationId": "events",
        "tags": ["events"],
        "summary": "What changes, as it changes",
        "description": ABOUT,
        "parameters": [
            {
                "name": "after", "in": "query", "required": False, "description": "Go on after this event.",
                "schema": {"type": "integer", "minimum": 0},
            },
            {
                "name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"},
                "description": "Go on after this event, as a browser says by itself.",
            },
        ],
        "responses": {
            "200": {"description": "A stream that does not end", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            **{
                str(status): {"description": TITLES[status], "content": {TYPE: problem}}
                for status in (400, 401, 403, 429, 503)
            },
        },
        "x-may": "case.read",
    }  # fmt: skip


if __name__ == "__main__":
    from procflow.api.room import RESOURCES

    print(written(document(RESOURCES)), end="")
