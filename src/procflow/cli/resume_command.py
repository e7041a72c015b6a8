"""`procflow resume CASE`: work that was put aside, back in the inbox."""

from __future__ import annotations

from procflow.cli.own_work import own_work

command = own_work(
    "Go on with the work of CASE that was put aside.",
    "resume",
    lambda app: app.resume,
    {
        "da": "Opgaven i sag {number} er tilbage i indbakken.",
        "en": "The work of case {number} is back in the inbox.",
    },
)
