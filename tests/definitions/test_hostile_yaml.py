"""Files made to hurt the reader: it refuses them at once, and never dies, hangs or raises."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.definitions.reader import SIZE, read
from procflow.definitions.schema import KINDS, validate

UNITS = [
    "[", "- ", "? ", "{a: ", "{", "[{", "a: ", "- - ", "? - ", "!", "!!", "! ", "&a ", "&", "*a ", "'", '"', "|\n",
    ">\n\n", "%\n", "%A\n", "--- ", "---\n", "...\n", ",", "#", " ", "\n", "a\n", ": ", "[a, ", "{a, ", '"\\', '\\"',
    "!a ", "-\n", "?\n ", "x: >\n\n", "<<: ", '{"a":', "]", "}", "a: 1\n", "a: [", "\ufeff", "\u202e", "\t", "æ", "😀",
]  # fmt: skip

LIMITED = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (700 * 2**20,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from procflow.definitions.reader import read
for unit in eval(sys.stdin.read()):
    for size in (60_000, 1_048_576):
        text = (unit * (size // len(unit.encode())))
        begun = time.process_time()
        root, problems = read(text, "a.yaml")
        took = time.process_time() - begun
        assert root is not None or problems, unit
        assert len(problems) <= 500, (unit, len(problems))
        print(f"{took:.3f} {size} {unit!r}")
"""


def run(code: str, given_text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        input=given_text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_megabyte_of_any_sign_neither_kills_nor_stalls_the_reader() -> None:
    done = run(LIMITED, repr(UNITS))
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 2 * len(UNITS)
    slow = [line for line in lines if float(line.split()[0]) > 3.0]
    assert slow == []


def test_the_parser_below_gives_up_where_the_reader_answers() -> None:
    done = run("import yaml; yaml.load('[' * 60_000, yaml.CSafeLoader)", "")
    # Before PyYAML 6.0.4 it dies; since then it refuses. Neither reads on, so the budgets stay ours.
    assert done.returncode != 0
    assert read("[" * 60_000, "a.yaml")[1][0].code == "PF002"


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines) + "\n"


def merge_bomb(levels: int) -> str:
    lines = ["m0: &m0 {a: 1}"]
    lines += [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}]}}" for i in range(1, levels)]
    return "\n".join(lines) + "\n"


HOSTILE = {
    "alias bomb": bomb(30),
    "merge bomb": merge_bomb(20),
    "an alias to itself": "a: &a [*a]\n",
    "python object": "a: !!python/object/apply:os.system [ls]\n",
    "tag directive": "%TAG ! tag:evil.example,2026:\n---\na: !x 1\n",
    "a number of a megabyte": "a: " + "9" * 60_000 + "\n",
    "an escape beyond Unicode": 'a: "\\U99999999"\n',
    "a lone surrogate": 'a: "\\ud800"\n',
    "a base 60 number": "a: 190:20:30\n",
    "many duplicate keys": "a: 1\n" * 30_000,
    "deep blocks": "".join(" " * i + "a:\n" for i in range(300)),
    "a key of 2000 characters": "a" * 2000 + ": 1\n",
    "a binary": "a: !!binary aGVq\n",
    "nothing but nulls": "\x00" * 1000,
    "long line of pairs": "a: {" + ", ".join(f"k{i}: v" for i in range(30_000)) + "}\n",
    "long list in a line": "a: [" + "x, " * 60_000 + "]\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_read_in_under_a_second(name: str) -> None:
    begun = time.process_time()
    root, problems = read(HOSTILE[name], "a.yaml")
    assert time.process_time() - begun < 1.5
    assert root is not None or problems


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("alias bomb", (1, 5, "PF012")),
        ("merge bomb", (1, 5, "PF012")),
        ("python object", (1, 4, "PF014")),
        ("tag directive", (3, 4, "PF014")),
        ("an escape beyond Unicode", (1, 5, "PF025")),
        ("a lone surrogate", (1, 5, "PF025")),
        ("deep blocks", (41, 41, "PF002")),
    ],
)
def test_a_bomb_is_refused_where_it_begins(name: str, place: tuple[int, int, str]) -> None:
    first = read(HOSTILE[name], "a.yaml")[1][0]
    assert (first.line, first.column, first.code) == place


def never_raises(text: str | bytes) -> None:
    begun = time.process_time()
    root, problems = read(text, "a.yaml")
    assert root is not None or problems
    lines = (text.decode("utf-8", "replace") if isinstance(text, bytes) else text).count("\n") + 1
    assert all(1 <= p.line <= lines and p.column >= 1 for p in problems)
    for kind in KINDS if root is not None else ():
        for problem in validate(root, kind, "a.yaml"):
            assert problem.message
    assert time.process_time() - begun < 1


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_any_text_and_any_bytes_are_read_or_refused(text: str | bytes) -> None:
    never_raises(text)


@settings(max_examples=800, deadline=None)
@given(st.lists(st.sampled_from([*UNITS, "a", "  ", "\n  ", "\n- ", "}", ", ", "when: ", "x"]), max_size=60))
def test_any_heap_of_signs_is_read_or_refused(signs: list[str]) -> None:
    never_raises("".join(signs))


GOOD = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "good").glob("*.yaml"))]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_a_good_file_with_a_piece_cut_out_or_put_in_is_read_or_refused(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 40)))
    never_raises(text[:start] + data.draw(st.sampled_from(["", *UNITS])) + text[stop:])


def test_a_file_of_the_full_size_is_read_in_bounded_time() -> None:
    text = "a:\n" + "- some words of a row\n" * 40_000
    assert len(text) < SIZE
    begun = time.process_time()
    assert read(text, "a.yaml")[1] == []
    assert time.process_time() - begun < 3
