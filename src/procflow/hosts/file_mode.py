"""Mode `file`: what would go out becomes a file that another program, or a person, picks up and answers.

It must not know plugins, cases, or how effects are stored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from procflow.definitions.parameters import problems
from procflow.hosts.files_out import write_once
from procflow.ports import Delivery


def into_file(
    workspace: str, head: Mapping[str, Any], payload: bytes, kind: str, result: Mapping[str, Any] | None
) -> Delivery:
    """One file for each effect, named by its key; an operation that answers reads its answer beside it.

    `head` names the channel, operation, key, instant and parameters; `kind` is the type of the file: json, or what
    the channel made `payload` of. `result` is the JSON Schema of the answer, None where none is waited for.
    """
    folder = os.path.join(workspace, "outbox", str(head["channel"]))
    name = str(head["key"]).replace("/", "-")
    if kind == "json":
        shown = {k: head[k] for k in ("channel", "operation", "key", "at", "parameters")}
        payload = json.dumps(shown, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    path = os.path.join(folder, f"{name}.{kind}")
    try:
        os.makedirs(folder, exist_ok=True)
        new = write_once(path, payload)
    except OSError as why:
        return Delivery("retry", {}, f"{path} cannot be written: {why.strerror}")
    done = {"mode": "file", "file": os.path.relpath(path, workspace)}
    if result is None:
        return Delivery("done" if new else "duplicate", done)
    return _answer_file(os.path.join(folder, f"{name}.answer.json"), result, done)


def _answer_file(path: str, schema: Mapping[str, Any], result: Mapping[str, Any]) -> Delivery:
    try:
        with open(path, "rb") as file:
            answer = json.loads(file.read())
    except FileNotFoundError:
        return Delivery("retry", result, f"waits for an answer in {os.path.basename(path)}")
    except (OSError, ValueError) as why:
        return Delivery("retry", result, f"{os.path.basename(path)} cannot be read: {why}")
    wrong = problems(schema, answer)
    if wrong:
        return Delivery("retry", result, f"{os.path.basename(path)}: {'; '.join(wrong)}")
    return Delivery("done", {**result, **answer})


def without_content(value: Any) -> Any:
    """Parameters whose file records name their file and do not hold it."""
    if isinstance(value, dict):
        return {k: without_content(v) for k, v in value.items() if not (k == "content" and "hash" in value)}
    if isinstance(value, list):
        return [without_content(item) for item in value]
    return value
