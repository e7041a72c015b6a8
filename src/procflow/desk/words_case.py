"""The words around a case and the queue, in Danish and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CASE_WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "nothing": "Nothing waits.", "queue": "Queue", "script": "Case", "customer": "Customer", "case": "Case",
        "late": "Late", "soon": "Soon", "today": "Today",
    },
    "da": {
        "nothing": "Intet venter.", "queue": "Kø", "script": "Sag", "customer": "Kunde", "case": "Sag",
        "late": "For sent", "soon": "Snart", "today": "I dag",
    },
}  # fmt: skip
