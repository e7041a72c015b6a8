"""Documents that mean harm: each is refused where the harm stands, in a moment, and nothing of it is done.

`faults.hostile_documents` looks for more of them; what it finds stands here.
"""

from __future__ import annotations

import time

import pytest

from procflow.definitions.workspace import read_workspace
from procflow.errors import NotFound
from procflow.hosts.contract import ORGANISATION

HEAD = (
    "procedure: p\ntitle: {en: T}\nowner: lead\nstarts: [{by: agent}]\ninitial: s\nstates:\n"
    "  s: {task: {role: agent}, choices: {go: {to: e}}}\n  e: {final: true, outcome: done}\n"
)
PLACE = "procedures/p/procedure.yaml"


def after(line: str) -> str:
    """Behind a procedure that is right."""
    return HEAD + line


def guard(text: str) -> str:
    """The procedure with that guard."""
    return HEAD.replace("go: {to: e}", "go: {when: '" + text + "', to: e}")


HOSTILE: dict[str, tuple[str | bytes, tuple[int, int, str]]] = {
    "ten thousand opened lists": ("procedure: p\na: " + "[" * 10_000, (2, 1003, "PF002")),
    "ten thousand opened mappings": ("procedure: p\na: " + "{a: " * 10_000, (2, 160, "PF002")),
    "dashes in each other": ("- " * 20_000, (1, 81, "PF002")),
    "question marks in each other": ("? " * 20_000, (1, 3, "PF017")),
    "an alias bomb": (after("summary: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), (9, 10, "PF012")),
    "an alias to nothing": (after("summary: *nothing\n"), (9, 10, "PF013")),
    "an alias to itself": (after("summary: &a [*a]\n"), (9, 10, "PF012")),
    "a merge of a list": ("<<: [{a: 1}, {a: 2}]\n", (1, 1, "PF015")),
    "an object of Python": (after("summary: !!python/object/apply:os.system [ls]\n"), (9, 10, "PF014")),
    "a tag of its own": (after("summary: !secret x\n"), (9, 10, "PF014")),
    "a tag of YAML": (after("summary: !!binary aGVq\n"), (9, 10, "PF014")),
    "two documents": (HEAD + "---\nb: 2\n", (9, 1, "PF016")),
    "the same key twice": (after("owner: agent\n"), (9, 1, "PF011")),
    "a key of nothing": ("procedure: p\n: x\n", (2, 1, "PF024")),
    "a key that is a list": ("procedure: p\n[a, b]: x\n", (2, 1, "PF017")),
    "a key that is a mapping": ("procedure: p\n{a: b}: x\n", (2, 1, "PF017")),
    "a tab": ("procedure: p\n\towner: lead\n", (2, 1, "PF007")),
    "a null byte": ("procedure: p\nowner: le\x00ad\n", (2, 10, "PF006")),
    "text that turns its direction": ("procedure: p\nowner: \u202elead\n", (2, 8, "PF006")),
    "a mark in the middle": ("procedure: p\nowner: \ufefflead\n", (2, 8, "PF006")),
    "a line separator": ("procedure: p\nowner: a\u2028b\n", (2, 9, "PF006")),
    "a C1 sign": ("procedure: p\nowner: a\x9bb\n", (2, 9, "PF006")),
    "half a letter": (b"procedure: p\nowner: \xc3\n", (2, 8, "PF005")),
    "Windows letters": (b"procedure: p\ntitle: {da: bl\xe5b\xe6r}\n", (2, 15, "PF005")),
    "UTF-16": ("procedure: p\n".encode("utf-16"), (1, 1, "PF005")),
    "half a pair of letters": ('procedure: p\nowner: "\\ud800"\n', (2, 9, "PF025")),
    "a letter beyond all letters": ('procedure: p\nowner: "\\U99999999"\n', (2, 9, "PF025")),
    "an escape that is none": ('procedure: p\nowner: "\\q"\n', (2, 9, "PF025")),
    "a quote that never ends": ('procedure: p\nowner: "lead\n', (2, 8, "PF022")),
    "a list that never ends": ("procedure: p\nstarts: [{by: agent}\n", (2, 9, "PF023")),
    "a bracket that closes nothing": ("procedure: p\nstarts: ]\n", (2, 9, "PF026")),
    "forty-one levels": ("procedure: p\n" + "".join(" " * n + "a:\n" for n in range(60)), (42, 41, "PF002")),
    "a text of 70 KB": ("procedure: p\nsummary: " + "x" * 70_000 + "\n", (2, 10, "PF004")),
    "a file over a megabyte": ("procedure: p\n" + "# remark\n" * 130_000, (1, 1, "PF001")),
    "a hundred thousand keys": (
        "procedure: p\ndata:\n" + "".join(f"  k{n}: v\n" for n in range(50_001)),
        (50000, 11, "PF003"),
    ),
    "an empty file": ("", (1, 1, "PF008")),
    "only a remark": ("# nothing\n", (1, 1, "PF008")),
    "only a number": ("42\n", (1, 1, "PF009")),
    "a list": ("- a\n- b\n", (1, 1, "PF009")),
    "a text": ("procedure:policy\n", (1, 1, "PF009")),
    "broken indentation": ("procedure: p\n  owner: lead\n", (2, 3, "PF024")),
    "a second kind": ("procedure: p\nscenarios: q\n", (1, 1, "PF102")),
    "a kind that is none": ("workflow: p\n", (1, 1, "PF100")),
    "a name with a path": ("procedure: ../../etc/passwd\n" + HEAD.split("\n", 1)[1], (1, 12, "PF105")),
    "a name of look-alikes": ("procedure: р\n" + HEAD.split("\n", 1)[1], (1, 12, "PF105")),
    "a name that is a mapping": ("procedure: {a: b}\n" + HEAD.split("\n", 1)[1], (1, 12, "PF103")),
    "a key of Python": (after("__class__: x\n"), (9, 1, "PF101")),
    "a number of 5,000 digits": (
        after("data: {n: {type: integer, maximum: " + "9" * 5000 + "}}\n"),
        (9, 36, "PF205"),
    ),
    "a number without end": (
        after("data: {n: {type: integer, maximum: 1e99999999999999999999}}\n"),
        (9, 36, "PF205"),
    ),
    "a pattern that goes back": (after("data: {t: {type: string, pattern: '(a)\\1'}}\n"), (9, 35, "PF206")),
    "a pattern that looks ahead": (after("data: {t: {type: string, pattern: '(?=a)b'}}\n"), (9, 35, "PF206")),
    "a pattern of a million states": (
        after("data: {t: {type: string, pattern: '((a{1000}){1000}){1000}'}}\n"),
        (9, 35, "PF206"),
    ),
    "an expression that never closes": (guard("("), (7, 50, "PF300")),
    "an expression of 300 brackets": (guard("(" * 300 + "1" + ")" * 300), (7, 82, "PF301")),
    "an expression that reaches for Python": (guard('"a".__class__ == 1'), (7, 54, "PF311")),
    "an expression with a number without end": (guard("1e99999999999999999999 > 1"), (7, 50, "PF301")),
    "a state that goes to itself for ever": (
        HEAD.replace("initial: s\n", "initial: a\n").replace(
            "states:\n", "states:\n  a: {always: [{to: a}]}\n"
        ),
        (7, 16, "PF253"),
    ),
    "a time without end": (
        after("deadlines: {d: {starts: opening, within: " + "9" * 400 + " years, met: [entering e]}}\n"),
        (9, 42, "PF210"),
    ),
    "a date that is none": (after("data: {t: {type: date, default: 2026-02-30}}\n"), (9, 33, "PF204")),
    "a reference out of the house": (
        after("data: {t: {$ref: 'http://evil.example/schema.json'}}\n"),
        (9, 11, "PF102"),
    ),
    "a file as a schema": (after("data: {t: {$ref: 'file:///etc/passwd'}}\n"), (9, 11, "PF102")),
    "a tag directive": (
        "%TAG ! tag:evil.example,2026:\n---\nprocedure: !x p\n" + HEAD.split("\n", 1)[1],
        (3, 12, "PF014"),
    ),
    "a merge key": (after("data: {t: {type: string, <<: {minLength: 1}}}\n"), (9, 26, "PF015")),
    "a module of Python": (after("summary: !!python/module:os x\n"), (9, 10, "PF014")),
}


def found_in(document: str | bytes) -> list[tuple[int, int, str]]:
    content = document if isinstance(document, bytes) else document.encode()
    root = "/workspace"
    files = {
        f"{root}/procflow.toml": b"",
        f"{root}/procedures/organisation.yaml": ORGANISATION.encode(),
        f"{root}/{PLACE}": content,
    }

    def read_file(path: str) -> bytes:
        if path not in files:
            raise NotFound(f"there is no file {path}")
        return files[path]

    def list_files(path: str) -> list[str]:
        return [path] if path in files else sorted(name for name in files if name.startswith(f"{path}/"))

    problems = read_workspace(root, read_file, list_files).problems
    return [(p.line, p.column, p.code) for p in problems if p.path == PLACE and p.is_error]


def test_there_are_as_many_as_the_goal_asks_for() -> None:
    assert len(HOSTILE) >= 48
    assert found_in(HEAD) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_where_the_harm_stands(name: str) -> None:
    document, place = HOSTILE[name]
    begun = time.process_time()
    found = found_in(document)
    took = time.process_time() - begun
    assert found[0] == place
    assert took < 5.0  # the goal is half a second; a busy machine may be ten times slower
