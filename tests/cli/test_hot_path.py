"""What a command imports: `--help` and the path of a step stay without what they do not need."""

import subprocess
import sys
from typing import Any

import pytest

HEAVY = (
    "yaml",
    "jsonschema",
    "referencing",
    "lark",
    "holidays",
    "asyncio",
    "pluggy",
    "procflow.plugins",
    "procflow.access",
    "argon2",
    "authlib",
    "importlib.metadata",
    "psycopg",
    "procflow.stores.postgres",
)
WATCH = """
import sys
from procflow.cli import main
try:
    main({args!r})
except SystemExit as end:
    print("ended", end.code)
print("modules", " ".join(sorted(sys.modules)))
"""


def imported(desk: Any, *args: str) -> set[str]:
    from os import environ

    env = {**environ, "PROCFLOW_AS": "qaa"}
    done = subprocess.run(
        [sys.executable, "-c", WATCH.format(args=list(args))],
        cwd=desk.folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "ended 0" in done.stdout, done.stdout + done.stderr
    return set(done.stdout.rpartition("modules ")[2].split())


def heavy(modules: set[str]) -> list[str]:
    return [name for name in modules if any(name == word or name.startswith(f"{word}.") for word in HEAVY)]


def test_help_imports_neither_the_engine_nor_what_it_needs(desk: Any) -> None:
    modules = imported(desk, "--help")
    assert heavy(modules) == []
    assert "procflow.app" not in modules
    assert "apsw" not in modules


def test_a_step_imports_no_yaml_no_schema_no_parser_no_holidays_no_plugins(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.ok("check")
    modules = imported(desk, "do", "1", "pass_on")
    assert heavy(modules) == []
    assert "procflow.engine" in modules
    assert desk.json("case", "1")["closed"]


#: What a step of a simple procedure has no use for, however light: each costs a part of a millisecond or more.
UNUSED = (
    "json", "dataclasses", "fractions", "pathlib", "tempfile", "socket", "ipaddress", "click.shell_completion",
    "procflow.core.decisions", "procflow.core.decision_analysis", "procflow.core.patterns", "procflow.core.field_words",
    "procflow.core.pattern_words", "procflow.core.expression_macros", "procflow.core.guard_words", "procflow.core.guard_terms",
    "procflow.builtin.evidence", "procflow.stores.evidence", "procflow.hosts", "procflow.records", "procflow.rehearsal",
    "procflow.definitions.publish", "procflow.definitions.workspace", "procflow.definitions.codes",
    "procflow.core.four_eyes", "procflow.core.tables", "procflow.core.pauses", "procflow.stores.heads", "heapq", "shutil",
    "hashlib",  # loads the system's OpenSSL beside the one that the cipher brings
    "typing_extensions",  # msgspec asks for it wherever it is installed
)  # fmt: skip


def test_a_step_imports_nothing_that_this_step_does_not_use(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=999999")
    desk.ok("check")
    modules = imported(desk, "do", "1", "scold")
    assert [name for name in UNUSED if name in modules] == []


HIDDEN = """
import sys
from procflow.cli import main
try:
    main(["--version"])
except SystemExit:
    print("then")
import msgspec, typing_extensions
print(msgspec.json.decode(b'{"a": 1}', type=dict[str, int]))
"""


def test_what_msgspec_has_no_need_of_is_hidden_from_it_alone(tmp_path: Any) -> None:
    (tmp_path / "typing_extensions.py").write_text("print('asked for')\nfrom typing import *\n")
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[1:] == ["then", "asked for", "{'a': 1}"], done.stdout + done.stderr


LAST_WORDS = """
import atexit, sys
atexit.register(lambda: print("last words"))
sys.argv = ["procflow", "--version"]
from procflow.cli import main
{before}
main()
"""


@pytest.mark.parametrize(
    "before",
    [
        "",
        "import threading; threading.Thread(target=lambda: (threading.main_thread().join(), print('thread'))).start()",
    ],
)
def test_a_process_that_ends_at_once_still_lets_others_have_their_last_words(before: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAST_WORDS.format(before=before)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("procflow ") and lines[-1] == "last words"
    assert ("thread" in lines) == bool(before)


@pytest.mark.parametrize(
    "args", [("case", "1"), ("inbox",), ("why", "1"), ("note", "1", "She rang once more"), ("log", "1")]
)
def test_looking_imports_no_more_than_a_step(desk: Any, args: tuple[str, ...]) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    assert heavy(imported(desk, *args)) == []


def test_the_watch_sees_what_a_check_imports(desk: Any) -> None:
    assert {"yaml", "lark", "pluggy"} <= imported(desk, "check")
