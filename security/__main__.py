"""`python -m security`: bandit over src and plugins, and a search of every file for secrets. Ends with 1 when anything is
found that nobody explained: bandit's on its line (`# nosec`, with a reason), a secret's in explained.toml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from security.secrets import unexplained

ROOT = Path(__file__).parent.parent


def main() -> int:
    bandit = subprocess.Popen(
        [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "src", "plugins", "-x", "*/tests/*"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = unexplained(ROOT, [name for name in files.stdout.split("\0") if name])
    for words in found:
        print(words)
    said = bandit.communicate()[0].strip()
    if said:
        print(said)
    return 1 if found or bandit.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
