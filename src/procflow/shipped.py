"""What comes with procflow: schemas, procedures, plugins and templates, inside the wheel or beside the sources.

It knows where things lie, and how a new workspace or plugin is made of them; it knows nothing of what they say.
"""

from __future__ import annotations

import keyword
import os
import re
import shutil
import tempfile
from pathlib import Path

from procflow.errors import UsageError

#: The plugin that new ones are made of.
_TEMPLATE = "procflow-pigeon"
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


def must_be_free(folder: str) -> None:
    """Raises UsageError when a workspace, or anything that it would overwrite, is there already."""
    target = Path(folder)
    wanted = ["procflow.toml", "procedures"]
    if target.exists() and not target.is_dir():
        raise UsageError(f"{folder} is a file", "give a new folder")
    there = [name for name in wanted if (target / name).exists()]
    if there:
        raise UsageError(f"{folder} has {' and '.join(there)} already", "give a new or empty folder")


def make_workspace(folder: str, *, example: bool = True, store: str = "") -> list[str]:
    """A workspace in `folder`, which must be empty or new; -> what was made, relative to it.

    `store` is what stands in its settings, by default a file beside them. Raises UsageError as `must_be_free`.
    """
    must_be_free(folder)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".procflow-init-", dir=target) as place:
        _make(Path(place), example, store)
        for name in ("procedures", "procflow.toml"):  # the settings last: what has them is a whole workspace
            os.rename(Path(place, name), target / name)
    made = (target / "procflow.toml", *(target / "procedures").rglob("*"))
    return sorted(os.path.relpath(path, target) for path in made if path.is_file())


def _make(target: Path, example: bool, store: str) -> None:
    if example:
        shutil.copyfile(shipped("procflow.toml"), target / "procflow.toml")
        shutil.copytree(
            shipped("procedures"), target / "procedures", ignore=shutil.ignore_patterns("__pycache__")
        )
    else:
        (target / "procflow.toml").write_text(_BARE, encoding="utf-8")
        (target / "procedures").mkdir()
        (target / "procedures" / "organisation.yaml").write_text(_BARE_ORGANISATION, encoding="utf-8")
    if store:
        import json  # written as TOML has its texts too

        settings = (target / "procflow.toml").read_text(encoding="utf-8")
        line = f"store = {json.dumps(store)}"
        settings = settings.replace('store = "sqlite:cases.db"', line, 1)
        (target / "procflow.toml").write_text(settings, encoding="utf-8")


def make_plugin(name: str, folder: str) -> list[str]:
    """A distribution for a channel called `name` in `folder`, made of the template; -> what was made, relative to it.

    Raises UsageError for a name that no channel may have, and where something is there already.
    """
    wrong = _name_problem(name)
    if wrong:
        raise UsageError(f"a channel cannot be called {name!r}: {wrong}", "write it like parcel_shop")
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{folder} is there already", "give a new or empty folder with --dir")
    template = shipped("templates") / _TEMPLATE
    for source in sorted(template.rglob("*")):
        place = source.relative_to(template)
        if source.is_dir() or "__pycache__" in place.parts or place.parts[0].startswith("."):
            continue
        made = target / _renamed(str(place), name)
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(_renamed(source.read_text(encoding="utf-8"), name), encoding="utf-8")
    return sorted(os.path.relpath(path, target) for path in target.rglob("*") if path.is_file())


def distribution_name(channel: str) -> str:
    return f"procflow-{channel.replace('_', '-')}"


def _name_problem(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > 40:
        return "wanted is snake_case of at most 40 letters"
    if keyword.iskeyword(name):
        return "it is a word of Python"
    return ""


def _renamed(text: str, name: str) -> str:
    """The template's words with the new channel's name in each form that the old one stands in."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    for old, new in (
        (_TEMPLATE, distribution_name(name)), ("PIGEON", name.upper()), ("Pigeon", camel), ("pigeon", name),
    ):  # fmt: skip
        text = text.replace(old, new)
    return text
