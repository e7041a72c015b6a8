"""What tests of pages do beside the browser: cases made and looked at through commands."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from serving import PROCFLOW


def run(folder: Path, *words: str, person: str = "agent_1") -> Any:
    """What a command of procflow answers, as JSON."""
    ran = subprocess.run(
        [PROCFLOW, *words, "--as", person, "--json"], cwd=folder, capture_output=True, text=True
    )
    return json.loads(ran.stdout)
