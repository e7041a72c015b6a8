"""What stands in procflow.toml of a channel is read by it, or `check` says so; what a channel reads it says."""

import re
import subprocess
from pathlib import Path

import pytest
from ready import started

from procflow.plugins import load_plugins

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(ROOT.glob("plugins/procflow-*"))
_READ = re.compile(r'\b(_?settings|_?inbox)(?:\.get\(|\[)"([a-z_]+)"')
_BLOCK = re.compile(r"^```toml\n(.*?)^```", re.M | re.S)


@pytest.fixture(scope="module")
def says() -> dict[str, tuple[str, ...]]:
    """Of each channel the settings that it says it reads."""
    found = load_plugins([ROOT / "plugins"], installed=True).channels
    named = {name: each.settings for name, each in found.items()}
    assert len(named) >= 11
    assert None not in named.values()
    return {name: tuple(settings or ()) for name, settings in named.items()}


def checked(folder: Path, text: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "procedures").mkdir(exist_ok=True)
    (folder / "procedures" / "organisation.yaml").write_text(
        "organisation: sample\ntimezone: Europe/Copenhagen\nlanguages: [en]\nroles: {agent: Agent}\n", "utf-8"
    )
    (folder / "procflow.toml").write_text(text, "utf-8")
    return started(("check", *more), folder)


def test_a_misspelt_setting_and_a_misspelt_channel_are_told_where_they_stand(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        '[channels.mail]\nmode = "real"\nhost = "mail.example"\npasword = "${env:NOT_SET}"\n'
        'inbox = {kind = "maildir", pth = "in"}\n\n[channels.mial]\nmode = "file"\n',
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "procflow.toml:4:1: PF238 the channel mail reads no setting `pasword`" in said
    assert "did you mean `password`?" in said
    assert "procflow.toml:5:1: PF238 the channel mail reads no setting `inbox.pth`" in said
    assert "did you mean `inbox.path`?" in said
    assert "procflow.toml:7:2: PF238 no plugin brings the channel `mial`" in said
    assert "did you mean `mail`?" in said


def test_a_channel_that_names_no_settings_may_have_any(tmp_path: Path) -> None:
    plugins = tmp_path / "own"
    plugins.mkdir()
    text = (ROOT / "plugins" / "hello_channel.py").read_text("utf-8")
    settings = '[channels.hello]\nmode = "real"\nfile = "a.txt"\nfiel = "b.txt"\ndeadline = 3\n'
    (plugins / "hello_channel.py").write_text(text, "utf-8")
    named = checked(tmp_path, settings, "--plugins-dir", "own")
    assert "reads no setting `fiel`" in named.stdout + named.stderr
    (plugins / "hello_channel.py").write_text(text.replace('    settings = ("file",)\n', ""), "utf-8")
    free = checked(tmp_path, settings, "--plugins-dir", "own")
    assert "PF238" not in free.stdout + free.stderr
    (plugins / "hello_channel.py").write_text(
        text.replace('settings = ("file",)', 'settings = "file"'), "utf-8"
    )
    wrong = started(("plugins", "--plugins-dir", "own"), tmp_path)
    assert (
        "does not name the settings of the channel hello in a tuple of texts" in wrong.stdout + wrong.stderr
    )


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda each: each.name)
def test_a_shipped_channel_says_all_that_it_reads(plugin: Path, says: dict[str, tuple[str, ...]]) -> None:
    name = plugin.name.removeprefix("procflow-").replace("-", "_")
    known = {*says[name], "mode", "inbox.every"}
    for source in plugin.glob("src/**/*.py"):
        if source.name == "peer.py":
            continue
        for table, key in _READ.findall(source.read_text("utf-8")):
            if key in says:  # `settings` of all channels
                continue
            full = f"inbox.{key}" if table.endswith("inbox") else key
            within = any(each.startswith(f"{full}.") for each in known)
            assert full in known or full.partition(".")[0] in known or within, f"{source.name}: {full}"


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda each: each.name)
def test_what_the_page_of_a_channel_shows_is_read(plugin: Path, tmp_path: Path) -> None:
    blocks = _BLOCK.findall((plugin / "README.md").read_text("utf-8"))
    tables = [block for block in blocks if "[channels." in block]
    assert tables
    for block in tables:
        done = checked(tmp_path, block)
        assert "PF238" not in done.stdout + done.stderr, done.stdout + done.stderr
