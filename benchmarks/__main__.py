"""`python -m benchmarks [NAME...] [--json] [--write]`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.report import Result, table

NAMES = ("step", "group", "postgres", "cli", "check", "outbox", "desk", "peers", "scale")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; else all")
    parser.add_argument("--json", action="store_true", help="a list of objects and nothing else")
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md too")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    results: list[Result] = []
    for name in given.names or NAMES:
        if not given.json:
            print(f"{name} ...", file=sys.stderr, flush=True)
        found = import_module(f"benchmarks.{name}_bench").run()
        results += found if isinstance(found, list) else [found]
    if given.json:
        print(json.dumps([{**asdict(r), "reached": r.reached} for r in results], ensure_ascii=False))
    else:
        print(table(results))
    if given.write:
        machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        text = (
            f"# Benchmarks\n\n{machine}. Ratios hold within one run; `make bench` makes this page anew.\n\n"
        )
        Path(__file__).with_name("RESULTS.md").write_text(text + table(results) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
