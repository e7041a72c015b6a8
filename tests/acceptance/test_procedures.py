"""Procedures of other trades, whole: each checks without a warning, and its scenarios hold."""

import json
from pathlib import Path
from typing import Any

import pytest

WORKSPACES = sorted(p.parent.name for p in Path(__file__).parent.glob("*/procflow.toml"))


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_sound_workspace_checks_without_a_warning(desk: Any, name: str) -> None:
    done = desk(name)("check", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


@pytest.mark.parametrize("name", WORKSPACES)
def test_its_scenarios_hold(desk: Any, name: str) -> None:
    done = desk(name)("test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout and "✓" in done.stdout
