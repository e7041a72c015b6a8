"""What is installed: each package by its hashes, the locks in step with pyproject.toml; and secrets that lie about are found."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from security.secrets import unexplained

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {
    "requirements.lock": ("test", "lint", "mail"),
    "requirements-serve.lock": ("web", "oidc", "postgres", "mail", "otel", "print", "smpp"),
}


def wanted(extras):
    """Every requirement of procflow itself and of these extras, and of the extras that they name."""
    found, left = [Requirement(each) for each in PROJECT["dependencies"]], list(extras)
    for extra in left:
        for each in map(Requirement, PROJECT["optional-dependencies"][extra]):
            if each.name == "procflow":
                left += sorted(each.extras - set(left))
            else:
                found.append(each)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_everything_that_is_asked_for_by_hash_and_from_nowhere_in_particular(lock):
    text = (ROOT / lock).read_text()
    entries = re.findall(r"^(\S+?)==([^\s;]+)(.*?)(?=^\S|\Z)", text, re.M | re.S)
    locked = {}
    for name, version, rest in entries:
        locked.setdefault(canonicalize_name(name), []).append(version)
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", rest), name
    assert len(entries) == len(re.findall(r"^\S", text, re.M)) and "://" not in text and "--index" not in text
    for each in wanted(LOCKS[lock]):
        versions = locked.get(canonicalize_name(each.name), [])
        assert versions, f"{each.name} is not in {lock}: make lock"
        assert all(each.specifier.contains(v, prereleases=True) for v in versions), f"{each}: make lock"


def test_the_plugins_ask_for_nothing_that_the_lock_does_not_have():
    locked = {
        canonicalize_name(n) for n in re.findall(r"^(\S+?)==", (ROOT / "requirements.lock").read_text(), re.M)
    }
    for project in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        for each in map(Requirement, tomllib.loads(project.read_text())["project"].get("dependencies", [])):
            assert each.name == "procflow" or canonicalize_name(each.name) in locked, (
                project.parent.name,
                each,
            )


def test_a_secret_that_lies_about_is_found_with_its_place(tmp_path):
    made_up = "AKIA" + "Z7QK" * 4
    (tmp_path / "notes.md").write_text(f"nothing here\nthe key is {made_up}\n")
    (tmp_path / "settings.py").write_text("x = 1\n" + "pass" + 'word = "et-rigtigt-kodeord-9"\n')
    found = [each for each in unexplained(tmp_path, ["notes.md", "settings.py"]) if "explained" not in each]
    assert found == ["notes.md:2: AWS Access Key", "settings.py:2: Secret Keyword"]
