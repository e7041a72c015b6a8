"""A workspace made of texts instead of files: for tests, benches and contracts.

The same reading and checking as on disk. It must not know what is done with the documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from procflow.definitions.workspace import Documents, read_workspace
from procflow.errors import BrokenDocument, NotFound

_ROOT = "/workspace"


def documents_of(
    *procedures: str,
    organisation: str,
    types: str = "",
    tables: Sequence[str] = (),
    overlook: Sequence[str] = (),
) -> Documents:
    """A workspace made of YAML texts. Raises BrokenDocument with every problem, in its text and in `facts`.

    `overlook` are codes of the checker that count for nothing here, to run what it would never let pass.
    """
    files = {f"{_ROOT}/procflow.toml": b"", f"{_ROOT}/procedures/organisation.yaml": organisation.encode()}
    if types:
        files[f"{_ROOT}/procedures/types.yaml"] = types.encode()
    for text, key, place in (
        *((text, "procedure", "{}/procedure.yaml") for text in procedures),
        *((text, "tables", "tables/{}.yaml") for text in tables),
    ):
        files[f"{_ROOT}/procedures/{place.format(name_in(text, key))}"] = text.encode()

    def read_file(path: str) -> bytes:
        if path not in files:
            raise NotFound(f"there is no file {path}")
        return files[path]

    def list_files(path: str) -> list[str]:
        return [path] if path in files else sorted(name for name in files if name.startswith(f"{path}/"))

    documents = read_workspace(_ROOT, read_file, list_files)
    problems = tuple([problem for problem in documents.problems if problem.code not in overlook])
    errors = [problem for problem in problems if problem.is_error]
    if errors:
        told = "\n".join(problem.as_text() for problem in errors)
        raise BrokenDocument(told, "", {"diagnostics": tuple(errors)})
    return replace(documents, problems=problems)


def name_in(text: str, key: str = "procedure") -> str:
    """The name that a document gives itself, read from the line that begins with its kind."""
    for line in text.splitlines():
        if line.startswith(f"{key}:"):
            return line.partition(":")[2].split("#")[0].strip()
    raise BrokenDocument(f"no line of the document begins with `{key}:`", f"write {key}: and its name")
