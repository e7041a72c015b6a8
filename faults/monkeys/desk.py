"""A workspace of grown procedures, its clock, and `procflow` asked in it: what each command says is looked at.

What is asked is well-formed, so that a command may be done or refused and nothing else; it never ends in a traceback.
"""

from __future__ import annotations

import importlib.util
import json
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from faults.monkeys import grammar
from faults.monkeys.growing import Growing
from procflow.app import App

#: Exit codes that a well-formed command may have: done, refused, somebody was faster, not allowed, not found.
ENDS = frozenset({0, 1, 3, 5, 6})
#: Verbs whose answer is about something else than whether they were done: `ok` says what they found.
_LOOKS = frozenset({"audit", "check", "doctor", "prove", "health", "run"})
_READY = Path(__file__).parents[2] / "tests" / "terminal" / "ready.py"
#: Deadlines that can never start, or never be met, are errors; this one takes their place.
_SOUND = {
    "title": {"da": "Frist", "en": "Due"},
    "starts": "opening",
    "within": "3 days",
    "met": ["leaving s0"],
}

Wrong = Callable[[str], None]


@cache
def _started() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`procflow` as a process of its own that need not import anything any more: the tests' way to start commands."""
    spec = importlib.util.spec_from_file_location("ready", _READY)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    started: Callable[..., subprocess.CompletedProcess[str]] = module.started
    return started


class Desk:
    def __init__(self, folder: Path, seed: int, wrong: Wrong) -> None:
        self.folder, self.seed, self._wrong = folder, seed, wrong
        self.dice = random.Random(seed)
        self.now = datetime(2026, 5, 11, 10, 5, tzinfo=timezone(timedelta(hours=2)))
        self.counts: Counter[str] = Counter()
        self.names = [f"p{n}" for n in range(self.dice.randint(1, 3))]
        self.documents: dict[str, Any] = {}

    def wrong(self, words: str) -> None:
        self._wrong(f"seed {self.seed}: {words}")

    # documents

    def begin(self) -> bool:
        """-> whether the procedures that grew are sound; others are not driven."""
        (self.folder / "procedures" / "tables").mkdir(parents=True)
        modes = {"language": self.dice.choice(["da", "en"]), "mail": self.dice.choice(["file", "file", "manual"]), "sms": self.dice.choice(["file", "manual", "off"])}  # fmt: skip
        self.write("procflow.toml", grammar.SETTINGS.format(**modes))
        self.write("procedures/organisation.yaml", grammar.ORGANISATION)
        self.write("procedures/types.yaml", grammar.TYPES)
        self.write("procedures/tables/codes.yaml", grammar.TABLE)
        self.write("clock", self.now.isoformat())
        self.documents = {name: Growing(self.dice, self.names).procedure(name) for name in self.names}
        return self.checked(self.documents)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def checked(self, documents: Mapping[str, Any]) -> bool:
        for _ in range(4):
            for name, document in documents.items():
                text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=300)
                self.write(f"procedures/{name}/procedure.yaml", text)
            with App(str(self.folder)) as app:
                errors = [each for each in app.check().diagnostics if each.is_error]
            mended = False
            for each in errors:
                named = re.search(r"deadline `(dl\d)`", each.message)
                if each.code in ("PF273", "PF274", "PF277") and named:
                    documents[each.path.split("/")[-2]]["deadlines"][named[1]] = dict(_SOUND)
                    mended = True
            if not mended:
                self.counts["unsound " + errors[0].code if errors else "sound"] += 1
                return not errors
        return False

    def another_version(self) -> None:
        """One procedure is another one from now on; the cases that are open keep theirs."""
        name = self.dice.choice(self.names)
        before = self.documents[name]
        self.documents[name] = Growing(self.dice, self.names).procedure(name)
        if not self.checked(self.documents):
            self.documents[name] = before
            self.checked(self.documents)
        self.counts["versions"] += 1

    # time and commands

    def pass_time(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self.write("clock", self.now.isoformat())

    def run(self) -> None:
        self.ask("run", "--once")

    def ask(self, *words: str, by: str = "") -> dict[str, Any]:
        """What a command answers; {} where that is no JSON, which is told."""
        args = ["--json", *(("--as", by) if by else ()), *words]
        done = _started()(args, self.folder)
        self.counts["commands"] += 1
        shown = (
            f"`procflow {' '.join(args)}` ended with {done.returncode}: {(done.stderr or done.stdout)[-400:]}"
        )
        if "Traceback" in done.stderr + done.stdout or done.returncode not in ENDS:
            self.wrong(shown)
        if words[0] == "run":
            return {}
        try:
            answer: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            self.wrong(f"no JSON: {shown}")
            return {}
        if words[0] not in _LOOKS and bool(answer.get("ok")) != (done.returncode == 0):
            self.wrong(f"`ok` and the exit code differ: {shown}")
        return answer

    def cases(self) -> int:
        """The greatest number of a case."""
        with App(str(self.folder)) as app:
            return max((row.number for row in app.store.cases()), default=0)

    def copy(self, folder: Path) -> Desk:
        """The same workspace, as it is, somewhere else."""
        shutil.copytree(self.folder, folder)
        other = Desk(folder, self.seed, self._wrong)
        other.now, other.counts, other.documents = self.now, self.counts, self.documents
        return other
