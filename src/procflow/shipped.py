"""What comes with procflow: schemas, procedures and plugins, inside the wheel or beside the sources.

It knows where things lie, and how a new workspace is made of them; it knows nothing of what they say.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from procflow.errors import UsageError

#: The settings of a new workspace without examples.
_BARE = """\
store = "sqlite:cases.db"
language = "en"

# A channel that is not named here is carried out by hand (mode "manual").
# [channels.mail]
# mode = "real"                      # real | manual | file | off
# host = "localhost"
# password = "${env:SMTP_PASSWORD}"
"""

_BARE_ORGANISATION = """\
organisation: my_organisation
timezone: Europe/Copenhagen
languages: [en]
calendar:
  country: DK
  open: {mon-fri: "09:00-17:00"}
stand_in: [lead]
roles:
  agent: {en: Service agent}
  lead: {en: Duty lead}
people:
  anna: {name: Anna Test, roles: [agent], mail: anna@example.com}
  lis: {name: Lis Test, roles: [lead, agent], mail: lis@example.com}
"""


def shipped(name: str) -> Path:
    """The folder or file `name` (schemas, procedures, plugins, procflow.toml) that came with procflow."""
    package = Path(__file__).resolve().parent
    inside = package / "shipped" / name
    return inside if inside.exists() else package.parent.parent / name


def make_workspace(folder: str, *, example: bool = True) -> list[str]:
    """A workspace in `folder`, which must be empty or new; -> what was made, relative to it.

    Raises UsageError when a workspace, or anything that would be overwritten, is there already.
    """
    target = Path(folder)
    wanted = ["procflow.toml", "procedures"]
    if target.exists() and not target.is_dir():
        raise UsageError(f"{folder} is a file", "give a new folder")
    there = [name for name in wanted if (target / name).exists()]
    if there:
        raise UsageError(f"{folder} has {' and '.join(there)} already", "give a new or empty folder")
    target.mkdir(parents=True, exist_ok=True)
    if example:
        shutil.copyfile(shipped("procflow.toml"), target / "procflow.toml")
        shutil.copytree(
            shipped("procedures"), target / "procedures", ignore=shutil.ignore_patterns("__pycache__")
        )
    else:
        (target / "procflow.toml").write_text(_BARE, encoding="utf-8")
        (target / "procedures").mkdir()
        (target / "procedures" / "organisation.yaml").write_text(_BARE_ORGANISATION, encoding="utf-8")
    return sorted(os.path.relpath(path, target) for path in target.rglob("*") if path.is_file())
