"""What every store says in the same words: a lost race, a document that is not there; and what must hold of a step before
any store takes it.
"""

from __future__ import annotations

from procflow.core.record import START
from procflow.errors import Conflict, NotFound, StorageError, UsageError
from procflow.stored import ORGANISATION, Append


def check_step(step: Append) -> None:
    """Raises UsageError for a step that no store may take: its caller has a fault."""
    row = step.row
    opens = step.opens or row.sequence == 1
    first = row.sequence == 1 and row.previous == START and (step.opens or row.case_id == ORGANISATION)
    if opens and not first:
        raise UsageError("the step that opens a case is its first, says so, and follows 32 zero bytes")
    for effect in step.effects:
        if effect.case_id != row.case_id:
            raise UsageError(f"the effect {effect.key} belongs to another case than its step, {row.case_id}")


def sequence_moved(case_id: str, expected: int, actual: int | None) -> Conflict:
    """The case is not where the step left from; `actual` None: there is no such case."""
    if actual is None:
        return _conflict(
            "sequence", f"there is no case {case_id} to take this step", case_id, expected, actual
        )
    if actual == expected:
        words = f"case {case_id} has another past than the one this step was decided on"
    else:
        words = f"case {case_id} moved from step {expected} to step {actual} meanwhile"
    return _conflict("sequence", words, case_id, expected, actual)


def surroundings_moved(case_id: str, expected: int, actual: int) -> Conflict:
    words = f"the organisation moved from step {expected} to step {actual} meanwhile"
    return _conflict("surroundings", words, case_id, expected, actual)


def cases_moved(case_id: str, procedure: str) -> Conflict:
    """Among the open cases that the step looked up, something has changed."""
    words = f"the open cases of {procedure} that this step looked at have changed meanwhile"
    return _conflict("cases", words, case_id, None, None)


def number_taken(case_id: str, expected: int, actual: int) -> Conflict:
    return _conflict(
        "number", f"the case number {expected} is gone: the next is {actual}", case_id, expected, actual
    )


def slot_taken(owner: str, expected: int, actual: int) -> Conflict:
    return _conflict(
        "slot", f"the key slot {expected} is gone: the next is {actual}", owner, expected, actual
    )


def case_exists(case_id: str) -> Conflict:
    return _conflict("sequence", f"the case {case_id} was opened meanwhile", case_id, 0, 1)


def command_known(case_id: str, command_id: str) -> Conflict:
    """Not an error of its own: `answered` gives what this command was told."""
    return _conflict("command", f"the command {command_id} was carried out before", case_id, command_id, None)


def message_taken(message_id: str, state: str | None) -> Conflict:
    words = "is not stored" if state is None else f"is {state} already"
    return _conflict("message", f"the message {message_id} {words}", message_id, "new", state)


def effect_moved(key: str, words: str) -> Conflict:
    return _conflict("effect", f"the effect {key} {words}", key, None, None)


def queue_moved(case_id: str, person: str, expected: int, actual: int) -> Conflict:
    words = f"{person} has {actual} open tasks by now, not {expected}"
    return _conflict("queue", words, case_id, expected, actual)


def turn_taken(case_id: str, place: str, expected: str, actual: str) -> Conflict:
    words = f"the turn in {place} was taken meanwhile: the last was {actual or 'nobody'}"
    return _conflict("turn", words, case_id, expected, actual)


def _conflict(reason: str, words: str, what: str, expected: object, actual: object) -> Conflict:
    return Conflict(
        words,
        hint="look at how things stand now, and decide again",
        facts={"reason": reason, "what": what, "expected": expected, "actual": actual},
    )


def changed_document(hash: str) -> StorageError:
    return StorageError(
        f"the document with the hash {hash} is not what was published: somebody changed it in the store",
        hint="restore the store from its newest backup; run: procflow audit",
        facts={"hash": hash},
    )


def no_document(hash: str) -> NotFound:
    return NotFound(
        f"no document with the hash {hash} was ever published here",
        hint="publish it again with: procflow check",
        facts={"hash": hash},
    )
