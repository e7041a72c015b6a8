"""What came of each run, a line of JSON each: what the report of the torture is drawn from."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from faults.counting import Count, Harness


def add(file: Path, harness: Harness, figure: int, count: Count, seconds: float, seed: int) -> None:
    row = {
        "harness": harness.name,
        "ended": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "commit": _commit(),
        "figure": figure,
        "fired": count.fired,
        "wrong": len(count.bad),
        "seconds": round(seconds),
        "seed": seed,
        "told": count.told,
    }
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _commit() -> str:
    shown = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=10", "HEAD"]
    done = subprocess.run(shown, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "?"
