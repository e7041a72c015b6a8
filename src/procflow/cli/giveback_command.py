"""`procflow giveback CASE`: work given back to all whom it is for."""

from __future__ import annotations

from procflow.cli.own_work import own_work

command = own_work(
    "Give the work of CASE back; a lead may take it back from whoever has it.",
    "give-back",
    lambda app: app.give_back,
    {"da": "Opgaven i sag {number} er givet tilbage.", "en": "The work of case {number} is given back."},
)
