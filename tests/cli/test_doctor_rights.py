"""`procflow doctor` looks at who else on the machine may write what a workspace lives by."""

from __future__ import annotations

import json
from typing import Any

import pytest


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
