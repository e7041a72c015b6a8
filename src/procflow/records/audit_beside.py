"""What stands beside the record and could be made anew from it: in words, where it is not what it would be then.

By it hosts, inboxes, searches and messages find a case, so a change there hides work or sends it elsewhere although
every chain holds. It must not know how a store keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.json import decode as from_json

from procflow.core.journal import EffectRequested
from procflow.core.record import encode
from procflow.stored import EffectRow, JournalRow, Projection, StoredCase

#: How an answer ends what waits for it; what is late or came back says nothing about the outbox.
_SETTLED = ("done", "failed", "dropped", "cancelled")
NO_END = ("late", "returned")
_ENDED = ("done", "failed", "dropped", "invoked")
_LATE = {False: "in time", True: "late"}


def outbox_apart(
    asked: Mapping[str, EffectRequested], told: Mapping[str, str], outbox: Iterable[EffectRow]
) -> Iterator[str]:
    """What goes out must be what the journal asked for; nothing goes out that has its answer, and nothing else stays
    back. `told`: how an effect ended by the journal, or that another case works on it."""
    kept = {effect.key: effect for effect in outbox}
    for key in sorted(asked.keys() | kept.keys()):
        entry, effect = asked.get(key), kept.get(key)
        if effect is None:
            yield f"the effect {key} was asked for and is not in the outbox"
        elif entry is None:
            yield f"the effect {key} was never asked for"
        elif ((effect.channel, effect.operation), effect.parameters, effect.unless_left) != (
            entry.operation.partition(".")[::2], encode(entry.parameters), entry.unless_left,
        ):  # fmt: skip
            yield f"the effect {key} in the outbox is not the one that was asked for"
        elif effect.state in ("waiting", "manual"):
            if told.get(key) in _SETTLED:
                yield f"the effect {key} has its answer, and waits in the outbox"
        elif effect.state not in _ENDED or key not in told:
            yield f"the effect {key} stands as {effect.state} in the outbox, and the journal does not say so"


def projection_apart(stands: Projection, made: Projection) -> Iterator[str]:
    """`made` is what the journal makes; by its fingerprints a case must be found at least."""
    if stands.next_due != made.next_due:
        yield f"it stands as due next at {stands.next_due}, by its journal it is {made.next_due}"
    if stands.late != made.late:
        yield f"it stands as {_LATE[stands.late]}, by its journal it is {_LATE[made.late]}"
    if stands.outcome != made.outcome:
        yield "its outcome is not the one in its journal"
    if _as_listed(stands.tasks) != _as_listed(made.tasks):
        yield "its open tasks are not what its journal says"
    if made.identities - stands.identities:
        yield "it cannot be found by what its data say"


def _as_listed(tasks: str) -> list[Any] | None:
    """Open tasks in one order, without the deadline that is due first: of two at one instant it may be either. None for
    what is no list of tasks."""
    try:
        return sorted((*rest, due) for *rest, _, due, _ in from_json(tasks))
    except (ValueError, TypeError):
        return None


def answer_apart(case: StoredCase, row: JournalRow, answer: bytes | None) -> str:
    """Whoever asks again under the id of a command is told of the step that it was; "" where that holds."""
    if answer is None:
        return f"the answer to its command {row.command_id} is missing"
    try:
        told = from_json(answer)
        of = told.get("case"), told.get("number"), told.get("sequence")
    except (ValueError, AttributeError):
        of = ("", 0, 0)
    if of != (case.id, case.number, row.sequence):
        return f"the answer to its command {row.command_id} tells of another step"
    return ""
