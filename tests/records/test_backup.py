"""Copies of a workspace: made under load by the real command line, proved, and brought back whole or not at all."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ready import PROCFLOW, started

from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import StorageError
from procflow.hosts.contract import CADENCE, ORGANISATION
from procflow.records.backup import bring_back

GIVEN = {"kn": "104233", "email": "mette@customer.example"}


def procflow(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return started(arguments, folder, {**os.environ, "PROCFLOW_AS": "ann", "PROCFLOW_LANG": "en"})


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "procedures" / "cadence").mkdir(parents=True)
    (folder / "procflow.toml").write_text('store = "sqlite:data/cases.db"\nkeys = "data/cases.keys"\n')
    (folder / "data").mkdir()
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "cadence" / "procedure.yaml").write_text(CADENCE)
    (folder / "letter.txt").write_text("Kære kunde på Ærø\n")
    with App(str(folder)) as app:
        app.check()
        for n in range(3):
            app.engine.open("cadence", Command(f"open-{n}", "open", "cadence", "ann", GIVEN))
        app.attach(1, str(folder / "letter.txt"))
    return folder


def test_a_copy_made_while_others_work_is_proved_and_brought_back_as_a_workspace_that_goes_on(work, tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(work)], stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert writer.stdout is not None and writer.stdout.readline()
    for n in range(3):
        made = procflow(work, "backup", f"../copy-{n}")
        assert made.returncode == 0, made.stderr
        assert "keep them apart" in made.stdout
    writer.kill()
    writer.communicate()
    for n in range(3):
        proved = procflow(tmp_path, "restore", f"copy-{n}", "--check", "--json")
        assert proved.returncode == 0, proved.stderr
        assert json.loads(proved.stdout)["result"]["counts"]["files"] == 0  # no case names the letter yet
    back = procflow(tmp_path, "restore", "copy-2", "back")
    assert back.returncode == 0 and "The record is whole: 3 cases" in back.stdout
    assert (tmp_path / "back" / "data" / "cases.db").exists() and not (
        tmp_path / "back" / "cases.db"
    ).exists()
    with App(str(tmp_path / "back")) as app, App(str(work)) as before:
        kept = next(app.evidence.hashes())
        slot = before.engine.load(1).row.key_slot
        assert app.evidence.get(kept, key_slot=slot).decode() == "Kære kunde på Ærø\n"
    assert procflow(tmp_path / "back", "do", "1", "remark").returncode == 0
    again = procflow(tmp_path, "restore", "copy-2", "back")
    assert again.returncode == 2 and "is there already" in again.stderr


def test_the_keys_can_be_kept_apart_and_without_them_nothing_is_brought_back(work, tmp_path):
    assert procflow(work, "backup", "../copy", "--keys", "../safe/keys").returncode == 0
    assert not list((tmp_path / "copy").rglob("*.keys"))
    without = procflow(tmp_path, "restore", "copy", "back")
    assert without.returncode == 2 and "kept apart" in without.stderr and not (tmp_path / "back").exists()
    assert procflow(tmp_path, "restore", "copy", "back", "--keys", "safe/keys").returncode == 0


def test_a_copy_of_which_one_byte_is_another_is_refused_and_named_and_nothing_is_left(work, tmp_path):
    assert procflow(work, "backup", "../copy").returncode == 0
    for name in ("cases.db", "cases.keys", "workspace/procflow.toml"):
        broken = tmp_path / "broken"
        shutil.copytree(tmp_path / "copy", broken)
        content = bytearray((broken / name).read_bytes())
        content[len(content) // 2] ^= 1
        (broken / name).write_bytes(content)
        refused = procflow(tmp_path, "restore", "broken", "back")
        assert refused.returncode == 4 and f"{name} is not what was copied" in refused.stderr
        assert not list(tmp_path.glob("back*"))
        (broken / name).unlink()
        assert f"{name} is missing" in procflow(tmp_path, "restore", "broken", "--check").stderr
        shutil.rmtree(broken)


def test_a_folder_has_its_name_only_once_everything_lies_where_the_settings_say_and_was_looked_at(
    work, tmp_path
):
    """Else what is left where it was interrupted is a workspace without its cases."""
    assert procflow(work, "backup", "../copy").returncode == 0
    copy = tmp_path / "copy"
    listed = json.loads((copy / "backup.json").read_text())
    nonsense = b"no database " * 1000
    (copy / "cases.db").write_bytes(nonsense)
    listed["files"]["cases.db"] = {"sha256": hashlib.sha256(nonsense).hexdigest(), "size": len(nonsense)}
    (copy / "backup.json").write_text(json.dumps(listed))
    failed = procflow(tmp_path, "restore", "copy", "back")
    assert failed.returncode == 4 and "Traceback" not in failed.stderr, failed.stderr
    assert not list(tmp_path.glob("back*"))


def test_a_copy_is_not_made_where_something_lies_and_one_that_was_interrupted_has_no_name(work, tmp_path):
    (tmp_path / "copy").mkdir()
    there = procflow(work, "backup", "../copy")
    assert there.returncode == 2 and "is there already" in there.stderr
    (tmp_path / "unfinished").mkdir()
    half = procflow(tmp_path, "restore", "unfinished", "--check")
    assert half.returncode == 6 and "no finished copy" in half.stderr
    assert procflow(tmp_path, "restore", "copy").returncode == 2


WRITER = """
import sys
from procflow.app import App
from procflow.core.decide import Command
app, n = App(sys.argv[1]), 0
while True:
    n += 1
    app.engine.submit(1 + n % 3, Command(f"w-{n}", "choice", "remark", "ann"))
    print(n, flush=True)
"""


#: What a list may say that somebody else wrote; most of them lie where a file is, so that only the name stops them.
ELSEWHERE = [
    "../secret", "../../secret", "evidence/../../secret", "workspace/../../secret", "workspace/procedures/../../../secret",
    "/etc/hostname", "//etc/hostname", "workspace//{outside}", "workspace//{outside}/x", "evidence//{outside}", "workspace/{outside}",
    "{outside}", "./secret", "evidence/./x", "workspace/./procflow.toml", "workspace/procflow.toml/..", "..", ".", "", "/", "//",
    "evidence", "workspace", "evidence/", "workspace/", "evidence/..", "workspace/..", "workspace/../cases.db", "workspace/cases.db",
    "workspace/cases.keys", "workspace/evidence/x", "workspace/.procflow/handed/x", "workspace/.git/hooks/post-checkout",
    "workspace/bashrc", "bin/procflow", "cases.db/x", "cases.db\0.txt", "evidence/\0", "workspace/procedures\0/x", "..\\secret",
    "link", "evidence/link", "evidence/linked/secret", "workspace/procedures/link", "workspace/plugins/secret",
]  # fmt: skip


def test_no_name_in_the_list_of_a_copy_leads_elsewhere(work, tmp_path):
    assert procflow(work, "backup", "../copy").returncode == 0
    copy, outside = tmp_path / "copy", tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "secret").write_text("secret")
    (outside / "secret").write_text("secret")
    for link, to in (
        ("evidence/link", tmp_path / "secret"), ("evidence/linked", outside),
        ("workspace/procedures/link", tmp_path / "secret"), ("workspace/plugins", outside),
    ):  # fmt: skip
        (copy / link).symlink_to(to)
    listed = json.loads((copy / "backup.json").read_text())
    seen = {"sha256": hashlib.sha256(b"secret").hexdigest(), "size": 6}
    hidden = copy / "workspace" / str(outside / "made").lstrip("/")
    hidden.parent.mkdir(parents=True)
    hidden.write_text("secret")
    before = everything(tmp_path)
    assert len(ELSEWHERE) >= 40
    for name in (each.format(outside=outside / "made") for each in ELSEWHERE):
        (copy / "backup.json").write_text(json.dumps({**listed, "files": {**listed["files"], name: seen}}))
        with pytest.raises(StorageError, match="which is no file of a copy"):
            bring_back(str(copy), str(tmp_path / "back"))
        assert everything(tmp_path) == before, name
    told = procflow(tmp_path, "restore", "copy", "back")
    assert told.returncode == 4 and "which is no file of a copy" in told.stderr
    (copy / "backup.json").write_text(json.dumps(listed))
    assert procflow(tmp_path, "restore", "copy", "back").returncode == 0


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_copy_is_brought_back_into_the_empty_folder_that_one_stands_in(work, tmp_path):
    assert procflow(work, "backup", "../copy").returncode == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    inode = empty.stat().st_ino
    (tmp_path / "copy" / "evidence").rename(tmp_path / "taken")
    refused = procflow(empty, "restore", "../copy", ".")
    assert refused.returncode == 4 and "is missing" in refused.stderr and not os.listdir(empty)
    (tmp_path / "taken").rename(tmp_path / "copy" / "evidence")
    back = procflow(empty, "restore", "../copy", ".")
    assert back.returncode == 0 and "The record is whole: 3 cases" in back.stdout, back.stderr
    assert empty.stat().st_ino == inode  # where a disk is mounted no other folder can take its place
    assert procflow(empty, "inbox", "--all").returncode == 0
    assert not [name for name in os.listdir(empty) if "unfinished" in name]
    assert procflow(empty, "restore", "../copy", ".").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("procedures/copy",), "procedures/copy lies in"),
        (("../copy", "--keys", "procedures/cadence/keys"), "procedures/cadence/keys lies in"),
        (("../copy", "--keys", "../copy/keys"), "copy/keys lies in the copy "),
    ],
)
def test_no_copy_holds_itself_or_the_keys_that_are_kept_apart(work, tmp_path, arguments, told):
    before = sorted(work.rglob("procedures/**/*"))
    refused = procflow(work, "backup", *arguments)
    assert refused.returncode == 2 and told in refused.stderr, refused.stderr
    assert sorted(work.rglob("procedures/**/*")) == before and not (tmp_path / "copy").exists()


def test_what_is_no_file_among_the_documents_stops_no_copy_and_a_name_that_cannot_be_listed_is_told(
    work, tmp_path
):
    documents = work / "procedures"
    (documents / ".#organisation.yaml").symlink_to(
        "ann@desk.example.4711"
    )  # as an editor locks what it has open
    os.mkfifo(documents / "pipe")
    made = procflow(work, "backup", "../copy")
    assert made.returncode == 0, made.stderr
    assert procflow(tmp_path, "restore", "copy", "--check").returncode == 0
    os.close(os.open(os.fsencode(documents) + b"/caf\xe9.txt", os.O_CREAT))
    refused = procflow(work, "backup", "../other", "--keys", "../keys")
    assert refused.returncode == 2 and "is not written in UTF-8" in refused.stderr, refused.stderr
    assert not (tmp_path / "other").exists() and not (tmp_path / "keys").exists()


def test_a_list_of_a_newer_version_is_told_as_that_and_one_that_was_cut_without_words_of_the_inside(
    work, tmp_path
):
    assert procflow(work, "backup", "../copy").returncode == 0
    listed = tmp_path / "copy" / "backup.json"
    whole = listed.read_bytes()
    listed.write_text('{"form": 2, "parts": []}')
    newer = procflow(tmp_path, "restore", "copy", "--check")
    assert newer.returncode == 2 and "made by a newer version" in newer.stderr, newer.stderr
    for damaged in (whole[:200], b"", b"\xff\xfe", b'{"form": 1}', b'{"form": 1, "at": "\xe9"}'):
        listed.write_bytes(damaged)
        refused = procflow(tmp_path, "restore", "copy", "--check")
        assert refused.returncode == 4 and "backup.json is damaged" in refused.stderr, refused.stderr


def test_a_disk_that_is_full_where_the_copy_is_made_is_told_as_that_one_and_not_as_the_stores(work, tmp_path):
    full = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -f 100; exec {PROCFLOW} --lang en backup ../copy"],
        cwd=work, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert full.returncode == 4 and "could not be copied to" in full.stderr, full.stderr
    assert "copy.unfinished" in full.stderr and not list(tmp_path.glob("copy*"))


def test_a_copy_is_not_brought_back_into_itself(work, tmp_path):
    assert procflow(work, "backup", "../copy").returncode == 0
    before = sorted(path.name for path in (tmp_path / "copy").iterdir())
    refused = procflow(tmp_path, "restore", "copy", "copy/again")
    assert refused.returncode == 2 and "lies in the copy copy" in refused.stderr, refused.stderr
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == before
