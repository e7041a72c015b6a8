"""Mutation of the code: `python -m mutation [MODULE ...] [--each N | --sample N] [--seed S] [--least PERCENT]`.

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
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mutation.changes import Changes, changes_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
COPY = ROOT / "build" / "mutation"
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
        return f"{self.module:28} {share} of {len(self.answers):4} ({said}; {self.possible} possible)"


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    asked.add_argument("modules", nargs="*", help="such as core/decisions; without any, all of covering.toml")
    asked.add_argument("--tests", action="append", default=[], help="instead of those of covering.toml")
    asked.add_argument(
        "--each", type=int, default=0, help="so many changes of each module, chosen by the seed"
    )
    asked.add_argument("--sample", type=int, default=0, help="so many changes altogether, chosen by the seed")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--least", type=float, default=0, help="end with 1 where a smaller share is noticed")
    asked.add_argument("--jobs", type=int, default=1)
    asked.add_argument(
        "--most", type=float, default=30, help="seconds of tests that one change meets at the most"
    )
    asked.add_argument("--report", type=Path, default=ROOT / "build" / "mutation-core.txt")
    args = asked.parse_args()
    covering = tomllib.loads((HERE / "covering.toml").read_text("utf-8"))
    modules = [name.removesuffix(".py") for name in args.modules] or sorted(covering)
    unknown = [name for name in modules if not args.tests and name not in covering]
    if unknown:
        print(f"covering.toml names no tests for {', '.join(unknown)}: is it named as in `core/decisions`?")
        return 2
    copy_tree()
    changes = {name: changes_of(name, COPY) for name in modules}
    chosen = choose(changes, args.each, args.sample, args.seed)
    report = args.report.resolve()
    report.parent.mkdir(parents=True, exist_ok=True)
    with report.open("w", encoding="utf-8") as out:
        done = []
        for name in modules:
            tried = try_module(
                changes[name], chosen[name], args.tests or covering[name], args.jobs, args.most
            )
            if tried is None:
                return 1
            done.append(tried)
            print(tried.line(), flush=True)
            print("\n".join([tried.line(), *tried.survivors]), file=out, flush=True)
        whole = Tried(
            "altogether", sum(t.possible for t in done), {k: v for t in done for k, v in t.answers.items()}
        )
        print(whole.line(), file=out)
    print(f"{whole.line()}\nwhat was not noticed stands in {os.path.relpath(report, ROOT)}")
    return 1 if 100 * whole.noticed < args.least * len(whole.answers) else 0


def copy_tree() -> None:
    """The files of the work tree."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)


def choose(changes: dict[str, Changes], each: int, sample: int, seed: int) -> dict[str, list[str]]:
    """The changes to try, by module. A module's sample stays the same whichever other modules are tried."""
    if sample:
        every = sorted(name for made in changes.values() for name in made.names)
        taken = set(random.Random(seed).sample(every, min(sample, len(every))))
        return {module: [name for name in made.names if name in taken] for module, made in changes.items()}
    return {
        module: random.Random(f"{seed} {module}").sample(
            made.names, min(each or len(made.names), len(made.names))
        )
        for module, made in changes.items()
    }


def try_module(changes: Changes, chosen: list[str], tests: list[str], jobs: int, most: float) -> Tried | None:
    """The answers to these changes, None where the tests fail as the code stands."""
    if not chosen:
        return Tried(changes.module, len(changes.names), {})
    place = COPY / "src" / "procflow" / f"{changes.module}.py"
    place.write_text(changes.code, "utf-8")
    asked = COPY / "build" / "changes.json"
    asked.parent.mkdir(exist_ok=True)
    asked.write_text(json.dumps({"changes": chosen}), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "mutation.trying", "-p", "no:cacheprovider",
         "--changes", str(asked), "--at-once", str(jobs), "--most", str(most), *tests],
        cwd=COPY, env={**os.environ, "PYTHONPATH": f"{COPY / 'src'}{os.pathsep}{COPY}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    answers = json.loads(asked.read_text("utf-8")).get("answers")
    place.write_text(changes.source, "utf-8")
    if answers is None:
        print(f"{changes.module}: nothing was tried\n{done.stdout}{done.stderr}", file=sys.stderr)
        return None
    known = equivalent(changes.module)
    shown = {name: changes.shown(name) for name, answer in answers.items() if answer not in NOTICED}
    none = {name for name, text in shown.items() if any(what in text for what in known)}
    return Tried(
        changes.module,
        len(changes.names),
        {name: answer for name, answer in answers.items() if name not in none},
        tuple(f"\n{answers[name]}: {name}\n{text}" for name, text in shown.items() if name not in none),
    )


def equivalent(module: str) -> list[str]:
    """The changed lines of a module that change nothing, as the report shows them."""
    listed = tomllib.loads((HERE / "equivalent.toml").read_text("utf-8")).get(module, [])
    return [entry["change"] for entry in listed]


if __name__ == "__main__":
    sys.exit(main())
