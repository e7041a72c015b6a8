"""Mutation of the code: `python -m mutation [MODULE ...] [--tests PATH] [--sample N --seed S] [--least PERCENT]`.

mutmut changes one thing in one function at a time and runs the tests that call that function; `[tool.mutmut]`
in pyproject.toml says what is changed and which tests there are. It works on a copy under build/, so nothing
of the work tree is touched. The score is printed, and every survivor with its change stands in the report.
"""

from __future__ import annotations

import argparse
import json
import random  # noqa: TID251 -- the seed says which sample it is
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "mutation"
#: mutmut's exit codes of a mutant: the tests failed, passed, none calls it, it ran too long, never run.
KILLED, SURVIVED, UNTESTED, SLOW = {1, 3}, {0}, {5, 33}, {24, 36, 152, -24}


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    asked.add_argument(
        "modules", nargs="*", help="such as core/decisions; without any, those of pyproject.toml"
    )
    asked.add_argument("--tests", action="append", default=[], help="only the tests in this file or folder")
    asked.add_argument("--plain", action="store_true", help="leave out the property tests, which take long")
    asked.add_argument("--sample", type=int, default=0, help="so many changes, chosen by the seed")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--least", type=float, default=0, help="end with 1 where a smaller share is noticed")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--report", type=Path, default=ROOT / "build" / "mutation-core.txt")
    args = asked.parse_args()
    copy_tree(args.modules, args.tests, args.plain)
    run("nothing.matches.this", jobs=args.jobs)  # writes the changed code and sees which tests call what
    names = sorted(results())
    if not names:
        print("there is nothing to change: is the module named as in `core/decisions`?", file=sys.stderr)
        return 2
    if args.sample:
        names = sorted(random.Random(args.seed).sample(names, min(args.sample, len(names))))
    run(*names, jobs=args.jobs)
    found = results()
    if all(found[name] is None for name in names):
        print(f"no change was tried; what mutmut said is in {COPY / 'said.log'}", file=sys.stderr)
        return 1
    return told({name: found[name] for name in names}, args.report, args.least)


def copy_tree(modules: list[str], tests: list[str], plain: bool) -> None:
    """The files of the work tree, with the settings narrowed to the modules and tests that were asked for."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)
    settings = COPY / "pyproject.toml"
    text = settings.read_text("utf-8")
    for key, values in (
        ("only_mutate", [f"src/procflow/{name.removesuffix('.py')}.py" for name in modules]),
        ("pytest_add_cli_args_test_selection", tests),
        ("pytest_add_cli_args", ["-x", "-p", "no:xdist", "-m", "not hypothesis"] if plain else []),
    ):
        if values:
            text = re.sub(rf"^{key} = \[.*?\]$", lambda _, k=key, v=values: f"{k} = {json.dumps(v)}", text,
                          flags=re.MULTILINE | re.DOTALL)  # fmt: skip
    settings.write_text(text, "utf-8")


def run(*names: str, jobs: int) -> None:
    """mutmut on these changes; what it says goes to a file, for it draws a bar."""
    with (COPY / "said.log").open("ab") as said:
        subprocess.run(
            [Path(sys.executable).parent / "mutmut", "run", "--max-children", str(jobs), *names],
            cwd=COPY, stdout=said, stderr=said, check=False,
        )  # fmt: skip


def results() -> dict[str, int | None]:
    """Every change -> the exit code of its tests, None where they did not run."""
    found: dict[str, int | None] = {}
    for meta in sorted((COPY / "mutants").rglob("*.meta")):
        found.update(json.loads(meta.read_text("utf-8"))["exit_code_by_key"])
    return found


def told(found: dict[str, int | None], report: Path, least: float) -> int:
    """Prints the score and writes the survivors, with what was changed; 1 where the share is too small."""
    words = {name: word(code) for name, code in found.items()}
    count = Counter(words.values())
    noticed = count["noticed"] + count["ran too long"]
    share = 100 * noticed / len(found)
    said = ", ".join(f"{n} {what}" for what, n in count.most_common())
    line = f"mutation of the code: {share:.1f} % of {len(found)} changes are noticed ({said})"
    report.parent.mkdir(parents=True, exist_ok=True)
    with report.open("w", encoding="utf-8") as out:
        print(line, file=out)
        for name, what in sorted(words.items()):
            if what not in ("noticed", "ran too long"):
                print(f"\n{what}: {name}\n{change(name)}", file=out)
    print(
        f"{line}\nthe others stand in {report.relative_to(ROOT) if report.is_relative_to(ROOT) else report}"
    )
    return 1 if share < least else 0


def word(code: int | None) -> str:
    known = (
        (KILLED, "noticed"),
        (SURVIVED, "survived"),
        (UNTESTED, "called by no test"),
        (SLOW, "ran too long"),
    )
    return next((what for codes, what in known if code in codes), "not tried" if code is None else "noticed")


def change(name: str) -> str:
    shown = subprocess.run(
        [Path(sys.executable).parent / "mutmut", "show", name],
        cwd=COPY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [x for x in shown.stdout.splitlines() if x[:1] in "+-" and not x.startswith(("+++", "---"))]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
