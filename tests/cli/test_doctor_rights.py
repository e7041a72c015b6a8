"""`procflow doctor` looks at who else on the machine may write what a workspace lives by."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from procflow.app import App
from procflow.errors import NotFound


def of_the_disk(desk: Any) -> list[dict[str, Any]]:
    findings = json.loads(desk.run("doctor", "--json").stdout)["result"]["findings"]
    return [one for one in findings if one["look"] == "disk" and one["level"] == "wrong"]


@pytest.mark.parametrize("name", ["", "procflow.toml", "procedures", "plugins", "plugins/ours.py", "outbox"])
def test_what_others_could_put_code_or_rules_into_is_wrong(desk: Any, name: str) -> None:
    desk.registered()
    (desk.folder / "plugins").mkdir(exist_ok=True)
    (desk.folder / "plugins" / "ours.py").write_text("")
    (desk.folder / "outbox").mkdir(exist_ok=True)
    assert of_the_disk(desk) == []
    path = desk.folder / name
    path.chmod(path.stat().st_mode | 0o002)
    (found,) = of_the_disk(desk)
    assert found["message"] == f"everybody on this machine may write {name or path}"
    assert found["advice"] == f"chmod o-w {path}"


AS_ANOTHER = """
import os, sys
from procflow.cli import main

def doctor():
    try:
        main(["doctor", "--json"])
    except SystemExit:
        pass

os.chdir(sys.argv[1])
doctor()  # all that is imported late
if os.geteuid() == 0:  # rights do not bind root
    for folder, _, files in os.walk("."):
        for place in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(place, 65534, 65534)
    os.setgid(65534); os.setuid(65534)
for rights in (0o400, 0o600):
    os.chmod("cases.db", rights)
    doctor()
"""


def test_a_file_beside_the_store_that_nobody_may_write_is_named(desk: Any) -> None:
    """Each step was refused as read-only, `health` said that doctor says more, and doctor found nothing."""
    desk.registered()
    folder = Path(tempfile.mkdtemp(prefix="procflow-rights-")) / "desk"  # pytest's own are for itself alone
    folder.parent.chmod(0o755)
    shutil.copytree(desk.folder, folder)
    done = subprocess.run([sys.executable, "-c", AS_ANOTHER, str(folder)], capture_output=True, text=True)
    shutil.rmtree(folder.parent)
    assert done.returncode == 0, done.stderr
    findings = json.loads(done.stdout.splitlines()[-1])["result"]["findings"]
    (found,) = [one for one in findings if one["look"] == "disk" and one["level"] == "wrong"]
    assert found["message"].startswith("nothing can be written into ") and "cases.db-shm" in found["message"]
    assert found["advice"].startswith("chmod u+w ") and found["advice"].endswith("cases.db-shm")


def test_no_store_is_made_where_the_workspace_lay_until_a_moment_ago(desk: Any) -> None:
    """A process that began while the folder was renamed made an empty store with new keys under the old name."""
    desk.registered()
    with App(str(desk.folder)) as app:  # which has read the settings
        desk.folder.rename(desk.folder.with_name("elsewhere"))
        desk.folder.mkdir()  # as a host does that writes what it handed over
        with pytest.raises(NotFound, match="there is no store"):
            app.store.counts()
    assert list(desk.folder.iterdir()) == []
