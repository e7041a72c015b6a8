"""What a procedure may ask of the organisation itself: absences, shifts and team mates. No channel brings these operations.

They are asked for like any operation, by an effect or by `invoke`, which waits for the answer: `done`, or
`failed` with the reason. It must not know how they are carried out.
"""

from __future__ import annotations

#: operation -> the parameters that it must have, and those that it may have.
HOUSE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "absence.register": (("person", "from"), ("until", "although_mate_is_away")),
    "absence.end": (("person",), ("from",)),
    "roster.assign": (("day", "shift", "person"), ()),
    "roster.swap": (("day", "giver", "taker", "confirmed_by"), ("in_return",)),
    "mates.pair": (("person", "mate", "confirmed_by"), ()),
    "mates.part": (("person", "mate"), ()),
}

HOUSE_CHANNELS = frozenset(name.partition(".")[0] for name in HOUSE)
