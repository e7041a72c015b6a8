"""`procflow do` as a whole process, against a script that imports the same libraries and writes the same rows.

The reference imports click, pluggy, transitions, apsw and the cipher, opens the store behind the same gate
and executes the statements that the step's transaction executed on a copy of the same store.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Result, flush_probe
from benchmarks.step_bench import ORGANISATION, PROCEDURE, recorded

ROUNDS = 15

REFERENCE = """
import json, sys
import click, pluggy, transitions, apsw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

@click.command()
@click.argument("database")
@click.argument("statements")
@click.argument("which", type=int)
def main(database, statements, which):
    import fcntl, os
    with open(statements) as file:
        steps = json.load(file)
    gate = os.open(database + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    connection = apsw.Connection(database)
    connection.pragma("synchronous", "full")
    fcntl.flock(gate, fcntl.LOCK_EX)
    execute = connection.cursor().execute
    execute("BEGIN IMMEDIATE")
    for sql, bindings in steps[which]:
        execute(sql, [bytes.fromhex(b[1]) if isinstance(b, list) else b for b in bindings])
    execute("COMMIT")
    connection.close()
    fcntl.flock(gate, fcntl.LOCK_UN)

main()
"""

BARE = "import click\n@click.command()\ndef main(): pass\nmain()\n"


def environment(root: str) -> dict[str, str]:
    """With a place for compiled bytecode, which an installed package has, whatever this shell says."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": os.path.join(root, "bytecode")}


def timed(line: list[str], folder: str, env: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, env=env)
    taken = time.perf_counter() - start
    assert done.returncode == 0, done.stdout + done.stderr
    return taken


def run() -> Result:
    procflow = [sys.executable, "-m", "procflow"]
    with tempfile.TemporaryDirectory(prefix="procflow-bench-") as root:
        env = environment(root)
        made = Path(root, "made")
        (made / "procedures" / "bench").mkdir(parents=True)
        (made / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.mail]\nmode = "file"\n')
        (made / "procedures" / "organisation.yaml").write_text(ORGANISATION)
        (made / "procedures" / "bench" / "procedure.yaml").write_text(PROCEDURE)
        count = ROUNDS + 2
        for _ in range(count):
            timed([*procflow, "open", "bench", "--as", "anna"], str(made), env)
        folders = {name: os.path.join(root, name) for name in ("trace", "ours", "raw")}
        for target in folders.values():
            shutil.copytree(made, target)
        statements = recorded(folders["trace"], range(1, count + 1))
        as_json = [
            [
                (sql, [["x", b.hex()] if isinstance(b, bytes) else b for b in bindings or ()])
                for sql, bindings in step
            ]
            for step in statements
        ]
        Path(root, "statements.json").write_text(json.dumps(as_json))
        Path(root, "reference.py").write_text(REFERENCE)
        Path(root, "bare.py").write_text(BARE)
        rounds = []
        bare = []
        for n in range(1, count + 1):
            values = [
                "--with",
                "phone=+4571999901",
                "--with",
                f"wish=take the glass cover off policy {n}",
                "--with",
                "carrier=A",
            ]
            ours = timed([*procflow, "do", str(n), "register", "--as", "anna", *values], folders["ours"], env)
            database = os.path.join(folders["raw"], "cases.db")
            script = [
                sys.executable,
                os.path.join(root, "reference.py"),
                database,
                os.path.join(root, "statements.json"),
                str(n - 1),
            ]
            raw = timed(script, root, env)
            bare.append(timed([sys.executable, os.path.join(root, "bare.py")], root, env))
            if n > 2:
                rounds.append((ours, raw))
        flush = flush_probe(root)
    ratios = [a / b for a, b in rounds]
    return Result(
        "cli", statistics.median(ratios), 1.35, "lower", statistics.median(a for a, _ in rounds),
        statistics.median(b for _, b in rounds), (min(ratios), max(ratios)), flush,
        {"bare click script": f"{statistics.median(bare) * 1000:,.0f} ms"},
    )  # fmt: skip
