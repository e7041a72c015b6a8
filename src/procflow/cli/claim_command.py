"""`procflow claim CASE`: work taken, before anything is done with it."""

from __future__ import annotations

from procflow.cli.own_work import own_work

command = own_work(
    "Take the open work of CASE: it is yours until you give it back.",
    "claim",
    lambda app: app.claim,
    {"da": "Opgaven i sag {number} er din.", "en": "The work of case {number} is yours."},
)
