"""docs/reference/torture.md, made of what came of the runs: `python -m faults.report > docs/reference/torture.md`.

Runs are kept in results.jsonl by `python -m faults … --record faults/results.jsonl`; a run that found something has a
`note` on what it was.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

#: Goals that no harness of `faults` looks after: what does, with every change.
BY_TESTS = (
    ("R9", "time at the command line, and 32 writers", "agents, writers: the waits are printed, and judged by nobody: a busy machine would be"),
    ("R10", "histories fit one order", "every run of kills, agents, simulation and postgres-… checks the history of each case"),
    ("R16", "golden records replay", "tests/golden, tests/temporal/histories: all, with every change"),
    ("R19", "mutation", "`make mutation` and its sample with every change: [mutation](mutation.md)"),
    ("R20", "invariants always on", "asserts in the code; the audit after every harness"),
    ("S3", "tampering", "tests/records/test_audit.py: every byte, cut, swap and rewrite, with every change"),
    ("S4 to S6", "who may what, scripts of strangers, other sites", "tests/web, tests/desk: all cells, with every change"),
    ("S7", "addresses, names of files, header lines, cells", "tests/test_hostile_addresses.py, tests/test_hostile_names.py, tests/web/test_strange_files.py, tests/records/test_backup.py, plugins/procflow-mail/tests/test_mail_injection.py"),
    ("S8", "the API asked at random", "tests/api/test_schemathesis.py with every change; `make schemathesis` asks some 20,000 times"),
    ("S9", "nobody is named", "tests/seen: canaries in every byte that is written"),
    ("S10", "erasure", "tests/records, tests/stores/test_keys.py"),
    ("S12", "static looks, locks, the standard", "`make lint`, tests/docs/test_supply.py, [security](security.md)"),
)  # fmt: skip


def rows() -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (HERE / "results.jsonl").read_text(encoding="utf-8").splitlines() if line
    ]


def page() -> str:
    from faults.harnesses import harnesses

    runs = rows()
    lines = [(HERE / "report_head.md").read_text(encoding="utf-8")]
    lines += [
        "| goal | what | name | every change | release | most in one run without a finding | of the release's | in all such runs, each seed once |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in harnesses():
        by_seed: dict[int, int] = {}
        for run in runs:
            if run["harness"] == each.name and not run["wrong"] and run["fired"] >= run["figure"]:
                by_seed[run["seed"]] = max(by_seed.get(run["seed"], 0), run["fired"])
        most = max(by_seed.values(), default=0)
        # of what is a whole, another seed tries the same once more
        together = most if each.figures[0] == each.figures[1] else sum(by_seed.values())
        part = (
            "all"
            if most >= each.figures[1]
            else f"{100 * most / each.figures[1]:.0f} %"
            if most
            else "not run at more than every change's"
        )
        lines.append(
            f"| {each.goal} | {each.about} | `{each.name}` | {each.figures[0]:,} | {each.figures[1]:,} | {most:,} | {part} | {together:,} |"
        )
    lines += ["", "What else looks after a goal:", "", "| goal | what | by |", "|---|---|---|"]
    lines += [f"| {goal} | {what} | {by} |" for goal, what, by in BY_TESTS]
    lines += [
        "",
        "## Every run",
        "",
        "| ended | name | asked | fired | found | minutes | told |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        told = "; ".join(part for part in (run["told"], run.get("note", "")) if part)
        lines.append(
            f"| {run['ended'].replace('T', ' ')} | `{run['harness']}` | {run['figure']:,} | {run['fired']:,} | {run['wrong']}"
            f" | {run['seconds'] / 60:.1f} | {told} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
