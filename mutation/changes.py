"""The small changes that mutmut makes in one module: the code with all of them in it, and what each one changes."""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mutmut import __version__
from mutmut.mutation.file_mutation import mutate_file_contents


@dataclass(frozen=True)
class Changes:
    """`code` holds every change, and one of them at a time is active; `names` are the changes."""

    module: str
    source: str
    code: str
    names: tuple[str, ...]

    def shown(self, name: str) -> str:
        """Where a change is made, with the lines as they are and as they would be."""
        mangled = name.rpartition(".")[2]
        original = mangled.partition("__mutmut_")[0] + "__mutmut_orig"
        lines_of = functions_in(self.code)
        before, after = (lines_of[name][1:] for name in (original, mangled))
        lines, at = [], 0
        for line in difflib.unified_diff(before, after, lineterm="", n=0):
            if line.startswith("@@"):
                at = at or int(line.split()[1].lstrip("-").partition(",")[0])
            elif not line.startswith(("---", "+++")):
                lines.append(line[0] + line[1:].strip())
        return f"{self.module}.py:{self._line(mangled) + at}\n" + "\n".join(lines)

    def _line(self, mangled: str) -> int:
        """Where the function begins in the file."""
        place: ast.AST = ast.parse(self.source)
        for part in function_of(mangled).split("."):
            place = next(
                node
                for node in ast.iter_child_nodes(place)
                if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == part
            )
        return place.lineno  # type: ignore[attr-defined, no-any-return]


def function_of(change: str) -> str:
    """The function that is changed: `name`, or `Class.name`."""
    mangled = change.rpartition(".")[2].partition("__mutmut_")[0]
    return mangled.replace("ǁ", ".").removeprefix("x.").removeprefix("x_")


@cache
def functions_in(code: str) -> dict[str, list[str]]:
    """The lines of each function. There are hundreds in a long text: they are cut out by their lines."""
    lines = code.splitlines()
    return {
        node.name: lines[node.lineno - 1 : node.end_lineno]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef)
    }


def changes_of(module: str, folder: Path, kept_in: Path, lines: frozenset[int] = frozenset()) -> Changes:
    """The changes in a module such as `core/decisions`, read below `folder`; made once for each text of it.

    With `lines` those that begin there alone: to make all of a long module takes seconds.
    """
    path = folder / "src" / "procflow" / f"{module}.py"
    source = path.read_text("utf-8")
    said = f"{__version__} {module} {sorted(lines)} {source}"
    kept = kept_in / f"{hashlib.sha256(said.encode()).hexdigest()}.json"
    if kept.exists():
        code, names = json.loads(kept.read_text("utf-8"))
    else:
        made = mutate_file_contents(str(path), source, set(lines) or None)
        code, names = made.code, list(made.mutant_names)
        kept_in.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([code, names]), "utf-8")
    dotted = f"procflow.{module.replace('/', '.')}"
    return Changes(module, source, code, tuple(f"{dotted}.{name}" for name in names))


def lines_of_functions(module: str, folder: Path) -> dict[str, range]:
    """The functions of a module, `name` or `Class.name`, each with its lines."""
    tree = ast.parse((folder / "src" / "procflow" / f"{module}.py").read_text("utf-8"))
    found: dict[str, range] = {}
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        room = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for each in inside:
            if isinstance(each, ast.FunctionDef):
                found[f"{room}{each.name}"] = range(each.lineno, (each.end_lineno or each.lineno) + 1)
    return found
