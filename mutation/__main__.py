"""Mutation of the code: `python -m mutation [MODULE ...] [--each N | --sample N | --again REPORT]
[--seed S] [--least PERCENT]`.

mutmut changes one thing in one function at a time, and the tests that `covering.toml` names for the module must
notice. It works on a copy under build/, so nothing of the work tree is touched. The score of each module is
printed; every survivor with its place and its change stands in the report. A change that is none, whatever the
tests do, stands in `equivalent.toml` with the reason, and is left out of the score.
"""

from __future__ import annotations

import argparse
import json
import os
import random  # noqa: TID251 -- the seed says which sample it is
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from mutation.changes import Changes, changes_of, function_of, lines_of_functions

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MADE = ROOT / "build" / "changes"
COPY = ROOT / "build" / f"mutation-{os.getpid()}"  # several may run at once
#: Of each module that a sample takes: to make the changes of a module takes as long as to try some.
A_FEW = 3
NOTICED = ("noticed", "ran too long")


@dataclass(frozen=True)
class Tried:
    """What became of the changes of one module: how many could be made, and the answer to each that was tried."""

    module: str
    possible: int
    answers: dict[str, str]
    survivors: tuple[str, ...] = ()

    @property
    def noticed(self) -> int:
        return sum(answer in NOTICED for answer in self.answers.values())

    def line(self) -> str:
        count = Counter(self.answers.values())
        said = ", ".join(f"{n} {what}" for what, n in count.most_common())
        share = f"{100 * self.noticed / len(self.answers):5.1f} %" if self.answers else "    - "
        return f"{self.module:28} {share} of {len(self.answers):4} ({said or 'nothing'}; {self.possible} possible)"


def main() -> int:
    args = asked()
    groups = covering()
    wanted = {name.removesuffix(".py") for name in args.modules}
    listed = {module for group in groups.values() for module in group["modules"]}
    if unknown := wanted - listed:
        print(f"a module is named as in `core/decisions`, not {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    copy_tree()
    done: list[Tried] = []
    report = args.report.resolve()
    report.parent.mkdir(parents=True, exist_ok=True)
    modules = sorted(wanted or listed)
    if args.sample:
        changes, chosen = drawn(modules, args.sample, args.seed, args.jobs)
    else:
        changes = {name: changes_of(name, COPY, MADE) for name in modules}
        chosen = choose(changes, args.each, args.seed)
    if args.again:
        missed = set(re.findall(r"^[a-z ]+: (procflow\.\S+)$", args.again.read_text("utf-8"), re.MULTILINE))
        chosen = {
            module: real(made, [name for name in made.names if name in missed])
            for module, made in changes.items()
        }
    with report.open("w", encoding="utf-8") as out:
        for group in groups.values():
            mine = [changes[name] for name in group["modules"] if chosen.get(name)]
            for tried in try_group(mine, chosen, group, args):
                done.append(tried)
                print(tried.line(), flush=True)
                print("\n".join([tried.line(), *tried.survivors]), file=out, flush=True)
        answers = {name: answer for tried in done for name, answer in tried.answers.items()}
        whole = Tried("altogether", sum(len(made.names) for made in changes.values()), answers)
        print(whole.line(), file=out)
    print(f"{whole.line()}\nwhat was not noticed stands in {os.path.relpath(report, ROOT)}")
    return 1 if 100 * whole.noticed < args.least * len(whole.answers) else 0


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", help="such as core/decisions; without any, all of covering.toml"
    )
    parser.add_argument("--tests", nargs="+", help="files of tests instead of those of covering.toml")
    parser.add_argument("--each", type=int, default=0, help="so many changes of each module, by the seed")
    parser.add_argument(
        "--sample", type=int, default=0, help="so many changes altogether, of modules by the seed"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=Path, help="only what was not noticed by this report")
    parser.add_argument("--least", type=float, default=0, help="end with 1 where a smaller share is noticed")
    parser.add_argument("--most", type=float, default=30, help="seconds of tests for one change at the most")
    parser.add_argument(
        "--plain",
        action="store_true",
        help="leave out what takes long: property tests, and the tests under `also`",
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", type=Path, default=ROOT / "build" / "mutation-core.txt")
    return parser.parse_args()


def covering() -> dict[str, dict[str, Any]]:
    """The groups of covering.toml; modules that stand in none are of the group whose `others` is their room."""
    groups = tomllib.loads((HERE / "covering.toml").read_text("utf-8"))
    there, listed = every_module(), {module for group in groups.values() for module in group["modules"]}
    if gone := sorted(listed - there):
        sys.exit(f"covering.toml names modules that are not there: {', '.join(gone)}")
    for group in groups.values():
        mine = {module for module in there - listed if module.split("/")[0] == group.get("others")}
        group["modules"] += sorted(mine)
    return groups


def every_module() -> set[str]:
    package = ROOT / "src" / "procflow"
    found = (path for room in ("core", "proof") for path in (package / room).glob("*.py"))
    return {path.relative_to(package).with_suffix("").as_posix() for path in found if path.stem != "__init__"}


def copy_tree() -> None:
    """The files of the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)


def choose(changes: dict[str, Changes], each: int, seed: int) -> dict[str, list[str]]:
    """The changes to try, by module, without those that are known to be none.

    What `each` takes of a module hangs on no other module.
    """
    return {
        module: real(
            made,
            random.Random(f"{seed} {module}").sample(
                made.names, min(each or len(made.names), len(made.names))
            ),
        )
        for module, made in changes.items()
    }


def drawn(
    modules: Sequence[str], sample: int, seed: int, jobs: int
) -> tuple[dict[str, Changes], dict[str, list[str]]]:
    """So many changes: modules are drawn, in each a few functions, the longer the likelier, and in each one change."""
    rng = random.Random(seed)
    functions = {module: lines_of_functions(module, COPY) for module in modules}
    sizes = {module: sum(map(len, found.values())) for module, found in functions.items()}
    mine: dict[str, list[str]] = {}
    left = {module for module, size in sizes.items() if size}
    while left and sum(map(len, mine.values())) < sample:
        (module,) = rng.choices(sorted(left), [sizes[one] for one in sorted(left)])
        left.remove(module)
        names = list(functions[module])
        mine[module] = rng.choices(names, [len(functions[module][one]) for one in names], k=A_FEW)
    lines = [frozenset(n for name in names for n in functions[one][name]) for one, names in mine.items()]
    with ProcessPoolExecutor(jobs) as pool:
        made = pool.map(changes_of, mine, repeat(COPY), repeat(MADE), lines)
        changes = dict(zip(mine, made, strict=True))
    chosen: dict[str, list[str]] = {}
    for module, names in mine.items():
        taken: set[str] = set()
        for function in names:
            rest = [one for one in changes[module].names if function_of(one) == function and one not in taken]
            taken |= {rng.choice(rest)} if rest else set()
        chosen[module] = real(changes[module], sorted(taken))
    return changes, chosen


def real(changes: Changes, names: list[str]) -> list[str]:
    known = equivalent(changes.module)
    return [name for name in names if not any(one.is_about(changes, name) for one in known)]


@dataclass(frozen=True)
class Equivalent:
    """Changes that change nothing: what they look like as the report shows them, and in which function."""

    change: re.Pattern[str]
    function: str

    def is_about(self, changes: Changes, name: str) -> bool:
        return self.function in ("", function_of(name)) and bool(self.change.search(changes.shown(name)))


def try_group(
    modules: Sequence[Changes], chosen: dict[str, list[str]], group: dict[str, Any], args: argparse.Namespace
) -> Iterator[Tried]:
    """The answers to the changes of these modules. Raises SystemExit where the tests fail as the code stands."""
    if not modules:
        return
    for changes in modules:
        place(changes).write_text(changes.code, "utf-8")
    file = COPY / "build" / "changes.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        json.dumps({"changes": [name for made in modules for name in chosen[made.module]]}), "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "mutation.trying", "-p", "no:cacheprovider",
         "--changes", str(file), "--at-once", str(args.jobs), "--most", str(args.most),
         *(["-m", "not hypothesis"] if args.plain else []), *(["--read-first"] if group.get("read_first") and not args.plain else []),
         *(args.tests or tests_of(group, args.plain))],
        cwd=COPY, env={**os.environ, "PYTHONPATH": f"{COPY / 'src'}{os.pathsep}{COPY}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    answers = json.loads(file.read_text("utf-8")).get("answers")
    if answers is None:
        sys.exit(f"nothing was tried\n{done.stdout}{done.stderr}")
    for changes in modules:
        place(changes).write_text(changes.source, "utf-8")
        yield judged(changes, {name: answers[name] for name in chosen[changes.module]})


def tests_of(group: dict[str, Any], plain: bool) -> list[str]:
    """The files of tests that a group names; ends where a name stands for none."""
    names = [*group["tests"], *(group.get("also", ()) if not plain else ())]
    found = {name: sorted(path.relative_to(COPY).as_posix() for path in COPY.glob(name)) for name in names}
    if gone := [name for name, paths in found.items() if not paths]:
        sys.exit(f"covering.toml names tests that are not there: {', '.join(gone)}")
    return [path for paths in found.values() for path in paths]


def place(changes: Changes) -> Path:
    return COPY / "src" / "procflow" / f"{changes.module}.py"


def judged(changes: Changes, answers: dict[str, str]) -> Tried:
    """The answers with what was not noticed written out."""
    missed = {name: answer for name, answer in answers.items() if answer not in NOTICED}
    return Tried(
        changes.module,
        len(changes.names),
        answers,
        tuple(f"\n{answer}: {name}\n{changes.shown(name)}" for name, answer in missed.items()),
    )


def equivalent(module: str) -> list[Equivalent]:
    """The changes that change nothing, in this module or anywhere."""
    listed = tomllib.loads((HERE / "equivalent.toml").read_text("utf-8"))
    return [
        Equivalent(re.compile(entry.get("change", ""), re.MULTILINE), entry.get("function", ""))
        for entry in (*listed["anywhere"], *listed.get(module, ()))
    ]


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        shutil.rmtree(COPY, ignore_errors=True)
