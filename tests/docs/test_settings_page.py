"""docs/reference/settings.md names every setting that procflow.toml may have, and every variable, with its default."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from procflow.cli.serve_command import LISTEN
from procflow.definitions.settings import Settings, WebSettings, parse_settings
from procflow.definitions.settings_access import OidcSettings, ServeSettings
from procflow.definitions.settings_host import HostSettings
from procflow.definitions.settings_seen import LogSettings, MetricsSettings, TracesSettings
from procflow.hosts.asking import DEADLINE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
#: What the settings call by another name, or keep elsewhere than at the top of the file.
ELSEWHERE = {"channels", "reports", "web", "access", "serve", "host", "database", "seen"}


def rows(heading: str) -> dict[str, str]:
    """key -> what holds where nobody says it, of the table below a heading."""
    part = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
    found = re.findall(r"^\| `([^`]+)` \| .* \| (.*) \|$", part, re.M)
    return dict(found)


@pytest.mark.parametrize(
    ("heading", "kind", "apart"),
    [
        ("Outside of any table", Settings, ELSEWHERE),
        ("`[web]`", WebSettings, set()),
        ("`[serve]`", ServeSettings, {"oidc"}),
        ("`[serve.oidc]`", OidcSettings, set()),
        ("`[host]`", HostSettings, set()),
    ],
)
def test_every_key_of_a_table_stands_there_with_its_default(heading: str, kind: Any, apart: set[str]) -> None:
    said, nothing = rows(heading), kind()
    assert set(said) == set(kind.__struct_fields__) - apart
    for key, otherwise in said.items():
        default = getattr(nothing, key)
        if key == "listen" and kind is ServeSettings:
            default = LISTEN
        if default not in ("", (), {}):
            written = str(default).lower() if isinstance(default, bool) else f'"{default}"'
            assert f"`{written}`" in otherwise, (heading, key)


def test_what_an_operator_sees_and_the_numbers_of_channels_stand_there() -> None:
    seen = {"log": LogSettings, "metrics": MetricsSettings, "traces": TracesSettings}
    said = rows("`[log]`, `[metrics]`, `[traces]`")
    assert set(said) == {f"{name}.{key}" for name, kind in seen.items() for key in kind.__struct_fields__}
    assert said["traces.sample"] == str(TracesSettings().sample)
    channel = rows("`[channels.NAME]`")
    assert set(channel) == {"mode", "deadline", "inbox.every", "web_per_minute"}
    assert channel["deadline"] == f"{DEADLINE:g}"


def test_every_variable_of_ours_stands_there() -> None:
    read = set()
    for file in (ROOT / "src").rglob("*.py"):
        if "demo" not in file.parts:
            read |= set(re.findall(r"\"(PROCFLOW_[A-Z_]+)\"", file.read_text(encoding="utf-8")))
    assert read <= set(rows("The environment")) and "PROCFLOW_AS" in read


def test_what_pages_show_of_settings_is_what_the_program_takes() -> None:
    """A line without its table was shown, and is refused where it is typed as it stands."""
    wrong = []
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").glob("*/README.md")):
        for written in re.findall(
            r"^```toml[^\n]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S
        ):
            if page.name != "diagnostics.md":  # its samples are wrong on purpose, and tested elsewhere
                _, problems = parse_settings(written.encode(), page.name)
                wrong += [problem.as_text() for problem in problems]
    assert wrong == []


def test_every_extra_that_an_operator_may_want_stands_there():
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = set(tomllib.load(file)["project"]["optional-dependencies"])
    part = PAGE.split("\n## What is installed\n", 1)[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", part, re.M)) == extras - {"test", "bench", "lint", "lock"}
