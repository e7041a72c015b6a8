"""`procflow plugin new` and `plugin test`, as somebody uses them who writes a channel."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from ready import PROCFLOW

from procflow.cli.group import cli

PLUGINS = Path(__file__).parents[2] / "plugins"


def run(*args, cwd, **env):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCFLOW")}
    line = [str(PROCFLOW), *args]
    return subprocess.run(
        line, cwd=cwd, env={**kept, "COLUMNS": "100", **env}, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a distribution that `plugin new` has just written."""
    folder = tmp_path_factory.mktemp("author")
    done = run("plugin", "new", "parcel_shop", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (
        "procflow-parcel-shop:" in done.stdout
        and "Next: python -m pytest procflow-parcel-shop" in done.stdout
    )
    return folder


def test_a_new_plugin_is_a_distribution_with_everything_in_it(made):
    files = sorted(
        str(path.relative_to(made / "procflow-parcel-shop"))
        for path in (made / "procflow-parcel-shop").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    assert files == [
        "README.md",
        "pyproject.toml",
        "src/procflow_parcel_shop/__init__.py",
        "src/procflow_parcel_shop/peer.py",
        "src/procflow_parcel_shop/service.py",
        "tests/test_parcel_shop.py",
        "tests/test_parcel_shop_contract.py",
    ]
    texts = [(made / "procflow-parcel-shop" / name).read_text() for name in files]
    assert not any("pigeon" in text.lower() for text in texts)
    assert '"da": "Send med parcel_shop til {to}:' in texts[2]  # it was the Danish pigeon's
    assert "class ParcelShopChannel:" in texts[2] and "PARCEL_SHOP_TOKEN" in texts[3]


def test_installed_into_an_environment_of_its_own_its_tests_pass_untouched(made, tmp_path):
    """Built and installed without a network; its own tests run there against the installed copy, and so does the contract."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = home / "lib" / version / "site-packages"
    ours = [entry for entry in sys.path if entry.endswith("site-packages")]
    (site / "suite.pth").write_text("\n".join(f"import site; site.addsitedir({entry!r})" for entry in ours))
    python = home / "bin" / "python"
    line = [python, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    installed = subprocess.run(
        [*line, "./procflow-parcel-shop"], cwd=made, capture_output=True, text=True, timeout=120
    )
    assert installed.returncode == 0, installed.stderr
    tests = made / "procflow-parcel-shop"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROCFLOW", "PYTEST"))}
    done = subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=tests,
        env=kept,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "51 passed" in done.stdout
    where = subprocess.run(
        [python, "-c", "from importlib.metadata import entry_points as e; print([p.name for p in e(group='procflow')])"],
        env=kept, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "'parcel_shop'" in where.stdout


def test_a_broken_clause_is_told_with_its_reason(tmp_path):
    sources = tmp_path / "procflow-relatel"
    shutil.copytree(PLUGINS / "procflow-relatel", sources)
    channel = sources / "src" / "procflow_relatel" / "__init__.py"
    channel.write_text(channel.read_text().replace('verified = "stand-in"', 'verified = "recorded"'))
    done = run("plugin", "test", "relatel", "--plugins-dir", "procflow-relatel", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is False and set(told["result"]) == {"channels", "problems"}
    (one,) = told["result"]["channels"]
    assert (one["channel"], one["plugin"], one["verified"]) == ("relatel", "procflow-relatel", "recorded")
    broken = [clause for clause in one["clauses"] if not clause["holds"]]
    assert [clause["clause"] for clause in broken] == ["it says that it was only tried against a stand in"]
    assert "nobody has spoken to it" in broken[0]["why"] and len(one["clauses"]) == 7


def test_an_installed_channel_is_tried_by_its_name_or_its_plugin_s(tmp_path):
    done = run("plugin", "test", "procflow-relatel", "-v", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "relatel (procflow-relatel 0.1.0), verified stand-in: 7 of 7 clauses hold" in done.stdout
    assert "✓ it has no mode real and nobody can set it" in done.stdout
    assert "only against a stand-in" in done.stdout


@pytest.mark.parametrize(
    ("args", "words", "code"),
    [
        (("plugin", "test", "mial"), "did you mean `mail`", 6),
        (("plugin", "new", "Parcel-Shop"), "snake_case", 2),
        (("plugin", "new", "class"), "a word of Python", 2),
        (("plugin", "new", "mail"), "is a channel already", 2),
        (("plugin", "new", "note"), "a word of the language", 2),
        (("plugin", "new", "x", "--dir", "full"), "is there already", 2),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(tmp_path, args, words, code):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    done = run(*args, cwd=tmp_path)
    assert done.returncode == code and words in done.stderr, done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["full", "mine.txt"]


def test_a_plugin_that_brings_no_other_side_is_not_tried_and_the_file_to_write_is_named(tmp_path):
    (tmp_path / "lonely.py").write_text(
        """
from procflow.hookspecs import hookimpl
class Lonely:
    name, verified, operations = "lonely", "stand-in", {"do": {"type": "object"}}
    def prepare(self, operation, key, parameters): return b""
    def deliver(self, operation, key, wire): return None
    def fetch(self, cursor): return [], cursor
    def health(self): return ""
@hookimpl
def register_channels(): return [Lonely()]
"""
    )
    done = run("plugin", "test", "lonely", "--plugins-dir", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "nobody can try the channel lonely" in done.stdout and "lonely_peer.py" in done.stdout
    (tmp_path / "lonely_peer.py").write_text("raise OSError('no line')\n")
    done = run("plugin", "test", "lonely", "--plugins-dir", ".", cwd=tmp_path)
    assert done.returncode == 1 and "cannot be imported: OSError: no line" in " ".join(done.stdout.split())


def test_help_names_both_commands():
    group = cli.get_command(None, "plugin")
    assert sorted(group.commands) == ["new", "test"]


def test_the_host_says_when_it_starts_what_its_channels_were_tried_against(tmp_path):
    (tmp_path / "procflow.toml").write_text(
        'store = "memory:"\n[channels.sms]\nmode = "real"\n[channels.mail]\nmode = "file"\n'
    )
    done = run("run", "--once", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "verified" in line]
    assert lines == ["sms: real, verified stand-in (tried against our own idea of the other side only)"]
    assert json.loads(run("run", "--once", "--json", cwd=tmp_path).stdout)["ok"] is True


def test_a_plugin_without_a_channel_is_not_said_to_be_none(tmp_path: Path) -> None:
    text = "from procflow.hookspecs import hookimpl\n@hookimpl\ndef register_functions():\n    return {'shorter': len}\n"
    (tmp_path / "ours.py").write_text(text)
    done = run("plugin", "test", "ours", "--plugins-dir", ".", cwd=tmp_path)
    assert done.returncode == 2 and "ours brings no channel" in done.stderr


@pytest.mark.parametrize(
    ("file", "there", "instead", "words"),
    [
        ("__init__", "def health(self) -> str:", "def health(self) -> str", "SyntaxError: expected ':'"),
        ("__init__", "import hashlib", "import hashlib, not_there", "No module named 'not_there'"),
        ("__init__", "def register_channels(", "def register_channel(", "no hook of that name"),
        ("__init__", "    def fetch(", "    def fetsch(", "without fetch()"),
    ],
)
def test_why_a_channel_of_that_name_could_not_be_loaded_is_said(made, tmp_path, file, there, instead, words):
    sources = tmp_path / "mine"
    shutil.copytree(made / "procflow-parcel-shop", sources)
    code = sources / "src" / "procflow_parcel_shop" / f"{file}.py"
    code.write_text(code.read_text().replace(there, instead, 1))
    done = run("plugin", "test", "parcel_shop", "--plugins-dir", "mine", cwd=tmp_path)
    assert done.returncode == 1 and words in done.stderr, done.stderr
    project = sources / "pyproject.toml"  # another distribution than the channel's name says
    project.write_text(project.read_text().replace("procflow-parcel-shop", "house-parcels"))
    done = run("plugin", "test", "parcel_shop", "--plugins-dir", "mine", cwd=tmp_path)
    assert done.returncode == 6 and words in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("there", "instead", "clause", "words"),
    [
        ('self.how, self.words = "well", ""', "self.how = self.nothing", "text",
         "its other side Service does not start or end: AttributeError: 'Service' object has no attribute 'nothing' (peer.py, line"),
        ("[Reached(text, reference) for", "[text for", "a text reaches",
         "`reached` of Service gives str, where Reached is wanted"),
        ("    def reached(", "    def questions(self): return {'track': 1}\n\n    def reached(", "by hand a person",
         "`questions` of Service gives dict, where list or tuple is wanted"),
        ('{"to": "Mette Test", "text": text}', '{"to": self.whom, "text": text}', "by hand a person",
         "AttributeError: 'Service' object has no attribute 'whom' (peer.py, line"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_other_side_is_said_with_its_line(
    made, tmp_path, there, instead, clause, words
):
    shutil.copytree(made / "procflow-parcel-shop", tmp_path / "mine")
    peer = tmp_path / "mine" / "src" / "procflow_parcel_shop" / "peer.py"
    assert there in peer.read_text()
    peer.write_text(peer.read_text().replace(there, instead))
    done = run("plugin", "test", "parcel_shop", "--plugins-dir", "mine", "--clause", clause, cwd=tmp_path)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1 and words in told and "Traceback" not in told, told


def test_a_door_that_nobody_tried_is_told_and_an_operation_that_is_asked_need_not_be_given_twice(
    made, tmp_path
):
    shutil.copytree(made / "procflow-parcel-shop", tmp_path / "mine")
    source = tmp_path / "mine" / "src" / "procflow_parcel_shop"
    code, peer = source / "__init__.py", source / "peer.py"
    track = (
        '{"send": SEND, "track": {"type": "object", "x-result": {"type": "object"},'
        ' "x-manual": {"da": "Find den", "en": "Find it"}}}'
    )
    with_door = "    def web(self, request):\n        raise NotImplementedError\n\n    def health("
    text = code.read_text().replace('{"send": SEND}', track).replace("    def health(", with_door)
    code.write_text(text)
    asked = "    def questions(self):\n        from procflow.testing import Question\n"
    asked += "        return [Question('track', {}, {})]\n\n    def reached("
    peer.write_text(peer.read_text().replace("    def reached(", asked))
    line = ("plugin", "test", "parcel_shop", "--plugins-dir", "mine", "--clause", "by hand a person")
    done = run(*line, cwd=tmp_path)
    told = " ".join(done.stdout.split())
    assert done.returncode == 0, told  # it asked for `others` too
    assert (
        "pushed through the web door was not tried: no class of Pusher with channel = 'parcel_shop'" in told
    )
