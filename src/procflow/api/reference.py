"""The page docs/reference/api.md, made of the OpenAPI document: `python -m procflow.api.reference` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.api.openapi import TAGS, document
from procflow.api.problems import STATUS, TITLES

_TOP = """\
# The API

Made by `python -m procflow.api.reference`; do not edit. [How to use it](../how-to/use-the-api.md) has examples that are
run. The same in OpenAPI 3.1 is served at `/api/openapi.json` and stands in [openapi.json](openapi.json).

`procflow serve` answers under `/api`, by the same engine and the same rules as the command line and the desk. Without
users it is one person for whoever reaches this machine; else a program sends a token, `Authorization: Bearer …`.

## What holds for every request

- **JSON in UTF-8**, in and out. Instants are ISO 8601 with their offset; where one is taken, a time of the language does
  as well (`2 hours`, `next open day at 09:00`). Words for people come in the language of `Accept-Language`, and
  `Content-Language` says which that was.
- **Nothing is guessed.** A name in a body or a query that is not known, or given twice, is an error that names the nearest
  right one, and every problem of a body is told at once, each with its JSON pointer. A query
  that does not fit its description is 400, one that fits and means nothing (a cursor that is none of ours, no day) is 422; a
  procedure, state or person in it that there is not is 404, and no empty list. A body is at most 28 MB and 64 deep.
- **Once.** A command with an `Idempotency-Key` (1 to 100 letters, digits and `. _ ~ + = -`) is done once, however often
  it is sent: the same key again gives the same answer, with the case as it is now. The key is the id of the command in
  the journal. The same key for something else is an error (422, `facts.reason` is `another_request`). What was refused
  was not done, and is decided anew.
- **Nobody is overwritten.** The `ETag` of a case begins with the step that it is at. Sent back in `If-Match`, a command is
  done only if the case is still there, decided at the commit; else 412 says who was faster. `If-None-Match` on what is
  read answers 304 where nothing that the reader sees has changed.
- **Pages** hold `limit` (50 unless said, at most 200) and name the next one as `next` and in `Link: …; rel="next"`. A cursor
  stands behind the last entry of its page, so that what is opened, closed or moved meanwhile makes nothing come twice.
- **Who may.** Each route needs an action of the policy (`x-may`); the engine then decides on the very case.

## What goes wrong

is told as `application/problem+json` (RFC 9457): `type`, `title`, `status`, `code`, `detail`, `message` and `messages` by
language, `hint`, `fields` (`name`, `pointer`, `code`, `message`), and `facts`. A refusal of the engine also has `hints`, where
the owner wrote what decided (`path`, `line`, `column`), `guards` (each with its text, its line and its value, part by
part) and `missing`.

| status | means | refusals |
|---|---|---|
{statuses}

`503` carries `Retry-After`. A request that was not answered may be sent again under the same key.

## What other systems push

Gateways, forms and webhooks do not call `/api`: they call [the web door](../how-to/open-the-web-door.md), `/in/` and the
name of a channel, on an address of its own (`[web] listen`), where each channel knows its own signatures.
"""


def page() -> str:
    """The whole page, in Markdown."""
    from procflow.api.room import RESOURCES

    described = document(RESOURCES)
    parts = [_TOP.format(statuses=_statuses())]
    for tag, words in TAGS.items():
        parts.append(f"## {tag.capitalize()}\n\n{words}\n")
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if operation["tags"] == [tag]:
                    parts.append(_operation(method, path, operation, described["components"]["schemas"]))
    return "\n".join(parts)


def _statuses() -> str:
    rows = []
    for status, title in TITLES.items():
        codes = ", ".join(f"`{code}`" for code, of in STATUS.items() if of == status)
        if status == 422:
            codes = "`input`, `guard`, `refused` and every other one"
        rows.append(f"| {status} | {title} | {codes} |")
    return "\n".join(rows)


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    lines = [f"### {method.upper()} {path}\n", f"{operation['description']}\n"]
    query = [
        f"`{one['name']}`" + (f" ({one['description'].rstrip('.')})" if one["description"] else "")
        for one in operation["parameters"]
        if one["in"] == "query"
    ]
    if query:
        lines.append(f"- Query: {', '.join(query)}.")
    headers = [
        f"`{one['name']}`"
        for one in operation["parameters"]
        if one["in"] == "header" and one["name"] != "Accept-Language"
    ]
    if headers:
        lines.append(f"- Headers: {', '.join(headers)}.")
    if "requestBody" in operation:
        lines.append(f"- Takes {_content(operation['requestBody']['content'], schemas, required=True)}.")
    for status, answer in operation["responses"].items():
        if status < "300" and "content" in answer:
            lines.append(f"- {status}: {_content(answer['content'], schemas)}.")
        elif status < "300":
            lines.append(f"- {status}.")
    lines.append(f"- Needs `{operation['x-may']}`.\n")
    return "\n".join(lines)


def _content(content: Mapping[str, Any], schemas: Mapping[str, Any], *, required: bool = False) -> str:
    found = []
    for media, body in content.items():
        names = _names(body.get("schema", {}), schemas, required=required)
        found.append(f"{names}" if media == "application/json" and names else f"`{media}`")
    return " or ".join(found)


def _names(schema: Mapping[str, Any], schemas: Mapping[str, Any], *, required: bool) -> str:
    if "anyOf" in schema:
        return " or ".join(_names(one, schemas, required=required) for one in schema["anyOf"])
    name = schema.get("$ref", "").rpartition("/")[2]
    if not name:
        return ""
    of = schemas[name]
    must = of.get("required", ())
    fields = [
        f"`{key}`" + (" (may be left out)" if required and key not in must else "")
        for key in of["properties"]
    ]
    return f"{name}: {', '.join(fields)}" if fields else name


if __name__ == "__main__":
    print(page(), end="")
