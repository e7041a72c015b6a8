"""Whether what people were told fits one order of what happened to a case (R10).

The rules are those that cost a look at each operation: sequences without gaps or twins, what was acknowledged stands in
the journal where it was said to stand, an operation that began after another had ended comes behind it, and whoever said
which step a case must stand at was answered rightly. It knows nothing of what the operations did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: What an operation came to. `unknown`: whoever asked died, or the line did, before there was an answer.
ACCEPTED, REPEATED, REFUSED, CONFLICT, UNKNOWN, READ = (
    "accepted", "repeated", "refused", "conflict", "unknown", "read",
)  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """`began` and `ended` are readings of one clock that all who asked share and that never stands still between two
    readings; `sequence` is where the answer said that the case stands; `expects` is 0 or where it had to stand."""

    id: str
    case: str
    began: float
    ended: float
    answer: str
    sequence: int = 0
    expects: int = 0


def wrong_in(
    operations: Iterable[Operation], journals: Mapping[str, Sequence[tuple[int, str]]], *, whole: bool = True
) -> list[str]:
    """In words. `journals` are (sequence, command id) of every step of each case, in order. `whole`: of what was
    refused or lost its race nothing was tried again under the same id, so that none of it may stand there."""
    by_case: dict[str, list[Operation]] = {}
    for operation in operations:
        by_case.setdefault(operation.case, []).append(operation)
    found = []
    for case, rows in journals.items():
        found += _of_one(case, by_case.pop(case, []), rows, whole)
    for case, left in by_case.items():
        found += [
            f"{each.id}: it was told of case {case}, which is not there"
            for each in left
            if each.answer in (ACCEPTED, REPEATED, READ)
        ]
    return found


def _of_one(
    case: str, operations: list[Operation], rows: Sequence[tuple[int, str]], whole: bool
) -> list[str]:
    found = []
    if [sequence for sequence, _ in rows] != list(range(1, len(rows) + 1)):
        found.append(f"case {case}: its sequences are {[sequence for sequence, _ in rows]}")
    at = {id: sequence for sequence, id in rows}
    if len(at) != len(rows):
        found.append(f"case {case}: a command stands in its journal twice")
    accepted = {each.id for each in operations if each.answer in (ACCEPTED, REPEATED)}
    maybe = {each.id for each in operations if each.answer == UNKNOWN}
    for each in operations:
        if each.answer in (ACCEPTED, REPEATED):
            if at.get(each.id) != each.sequence:
                found.append(
                    f"{each.id}: it was told step {each.sequence} of case {case}, and the journal has it at {at.get(each.id)}"
                )
            if each.expects and each.sequence != each.expects + 1:
                found.append(
                    f"{each.id}: it expected step {each.expects} of case {case} and became {each.sequence}"
                )
        elif whole and each.id in at and each.id not in accepted | maybe and each.answer != READ:
            found.append(f"{each.id}: it was told {each.answer}, and step {at[each.id]} of case {case} is it")
        if each.answer == READ and each.sequence > len(rows):
            found.append(f"{each.id}: it read step {each.sequence} of case {case}, which ends at {len(rows)}")
        if each.answer == CONFLICT and each.expects and len(rows) <= each.expects and each.sequence < 0:
            found.append(f"{each.id}: nobody was faster than step {each.expects} of case {case}")
    return found + _out_of_order(case, operations, at)


def _out_of_order(case: str, operations: list[Operation], at: Mapping[str, int]) -> list[str]:
    """In the order of their beginnings: none stands before, or saw less than, what had ended by then."""
    found: list[str] = []
    told = [each for each in operations if each.answer in (ACCEPTED, REPEATED, READ)]
    ended = sorted(told, key=lambda each: each.ended)
    seen, highest, last = 0, 0, ""
    for each in sorted(told, key=lambda one: one.began):
        while seen < len(ended) and ended[seen].ended < each.began:
            if ended[seen].sequence > highest:
                highest, last = ended[seen].sequence, ended[seen].id
            seen += 1
        behind = each.sequence <= highest if each.answer == ACCEPTED else each.sequence < highest
        if behind and each.answer != REPEATED:
            found.append(
                f"{each.id}: it began after {last} had been told step {highest} of case {case}, and was told {each.sequence}"
            )
    return found
