"""All shipped procedures checked, against reading their YAML with marks and validating it once with jsonschema."""

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


def _plain(node: Any) -> Any:
    """What a YAML node says, as text, lists and mappings."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value


def run() -> Result:
    files = sorted(shipped("procedures").rglob("procedure.yaml"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    schema = json.loads((shipped("schemas") / "procedure.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    root = str(Path(shipped("procedures")).parent)
    check_given((root,))  # warm: imports, grammar, validators
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = check_given(tuple(str(file) for file in files))
        middle = time.perf_counter()
        for text in texts:
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
            list(validator.iter_errors(_plain(node)))
        end = time.perf_counter()
        assert not any(item.is_error for item in found.diagnostics), found.diagnostics
        rounds.append((middle - start, end - middle))
    ratios = [a / b for a, b in rounds]
    with tempfile.TemporaryDirectory() as folder:
        flush = flush_probe(folder)
    return Result(
        "check", statistics.median(ratios), 3.0, "lower", statistics.median(a for a, _ in rounds),
        statistics.median(b for _, b in rounds), (min(ratios), max(ratios)), flush,
        {"procedures": f"{len(files)}, {sum(map(len, texts)) / 1024:.0f} KiB"},
    )  # fmt: skip
