"""Writes the reference page of all diagnostics to standard output."""

from __future__ import annotations

import sys

from procflow.definitions.pages import reference

if __name__ == "__main__":
    sys.stdout.write(reference())
