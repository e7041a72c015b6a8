"""All shipped procedures checked, against reading their YAML with marks and validating it once with jsonschema.

Both sides read the same files: the procedures, and the scenarios, tables, types and organisation that come with them.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from benchmarks.report import Result, flush_probe
from procflow.app import check_given
from procflow.shipped import shipped

ROUNDS = 7
KINDS = ("procedure", "scenarios", "organisation", "tables", "types")


def _plain(node: Any) -> Any:
    """What a YAML node says, as text, lists and mappings."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value


def run() -> Result:
    root = Path(shipped("procedures"))
    texts = [file.read_text(encoding="utf-8") for file in sorted(root.rglob("*.yaml"))]
    validators = {}
    for kind in KINDS:
        schema = json.loads((shipped("schemas") / f"{kind}.schema.json").read_text(encoding="utf-8"))
        validators[kind] = jsonschema.Draft202012Validator(schema)
    check_given((str(root),))  # warm: imports, grammar, validators
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = check_given((str(root),))
        middle = time.perf_counter()
        for text in texts:
            plain = _plain(yaml.compose(text, Loader=yaml.CSafeLoader))
            list(validators[next(iter(plain))].iter_errors(plain))
        end = time.perf_counter()
        assert not any(item.is_error for item in found.diagnostics), found.diagnostics
        rounds.append((middle - start, end - middle))
    ratios = [a / b for a, b in rounds]
    with tempfile.TemporaryDirectory() as folder:
        flush = flush_probe(folder)
    return Result(
        "check", statistics.median(ratios), 3.0, "lower", statistics.median(a for a, _ in rounds),
        statistics.median(b for _, b in rounds), (min(ratios), max(ratios)), flush,
        {"documents": f"{len(texts)}, {sum(map(len, texts)) / 1024:.0f} KiB"},
    )  # fmt: skip
