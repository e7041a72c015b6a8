"""Commands of hosts, channels and other cases that a case refused: kept as an item, and tried again later.

Nobody stands there to be told, so the refusal becomes an item that the owner sees. What the command brought is
kept with it (a message stands in the journal, an answer is taken from the channel, what was due counts as
having happened); the rest of its step happens when the case accepts it. It must not know who asks or when.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Case, Folding, Waiting
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal
from procflow.core.step import Command

#: Commands that no person waits for.
UNATTENDED = frozenset({"message", "answer", "time", "event", "cancel"})


def is_unattended(command: Command) -> bool:
    """Whether nobody is there to be told a refusal; an event may be sent by a person, who is."""
    return command.kind in UNATTENDED and not (command.kind == "event" and command.by)


_MARKS: Mapping[str, Any] = {
    "warn": j.DeadlineWarned,
    "missed": j.DeadlineMissed,
    "after": j.TimerFired,
}


def stuck(
    procedure: Procedure, case: Case, command: Command, now: datetime, refusal: Refusal
) -> tuple[Case, tuple[Any, ...]]:
    """The case with the refused command as an item for the owner, and the entries that say so.

    A `now` before the last step is taken as the last step's, as in every step.
    """
    now = max(now, case.now or now)
    entries: list[Any] = [j.CommandTaken(command.kind, command.name, command.by, "", {}, now, command.source)]
    again: dict[str, Any] = {"kind": command.kind, "name": command.name, "source": command.source}
    if command.kind == "time":
        what, _, name = command.name.partition(":")
        timer = case.timers.get(name) if what == "after" else None
        again["mark"] = case.visit(timer.state) if timer is not None else ""
        entries.append(_MARKS[what](name) if what in _MARKS else j.PromiseMoved(name, "broken"))
    elif command.kind == "message":
        message = dict(command.message or {})
        again["message"] = message
        kept = j.Personal({key: value for key, value in message.items() if key != "facts"})
        received = message.get("received") or now
        entries.append(j.MessageReceived(command.id, str(message.get("channel")), kept, received))
    elif command.kind in ("event", "cancel"):
        again["given"] = dict(command.given)
    elif command.kind == "answer":
        waiting = case.waiting[command.name]
        again |= {
            "given": dict(command.given), "status": command.status, "error": command.error,
            "operation": waiting.operation, "mark": waiting.answers,
        }  # fmt: skip
        entries.append(j.EffectAnswered(command.name, waiting.operation, "stuck"))
    about: dict[str, Any] = {"command": command.name, "code": refusal.code, "words": refusal.words("en")}
    about["words_in"] = refusal.in_other_languages()
    roles = (procedure.owner,) if procedure.owner else ()
    id_ = f"stuck:{command.id}"
    entries.append(j.ItemOpened(id_, "stuck", roles, (), j.Personal(about), j.Personal(again)))
    folding = Folding.of(case)
    for entry in entries:
        folding.apply(entry)
    folding.sequence = case.sequence + 1
    return folding.case(), tuple(entries)


def dropped(case: Case, command: Command, now: datetime) -> tuple[Case, tuple[Any, ...]]:
    """The case whose refused event is let go, because the same from the same lies with the owner already."""
    now = max(now, case.now or now)
    entries = (
        j.CommandTaken(command.kind, command.name, command.by, "", {}, now, command.source),
        j.EventDropped(command.name),
    )
    folding = Folding.of(case)
    for entry in entries:
        folding.apply(entry)
    folding.sequence = case.sequence + 1
    return folding.case(), entries


def not_taken(
    procedure: Procedure, case: Case, item: str, now: datetime, refusal: Refusal
) -> tuple[Case, tuple[Any, ...]]:
    """The case whose kept message was tried and not taken: it stays kept where the case does not wait for it yet;
    what went wrong otherwise leaves it to a person. A `now` before the last step is taken as the last step's."""
    now = max(now, case.now or now)
    entries: list[Any] = [j.CommandTaken("time", f"take:{item}", "", "", {}, now)]
    if refusal.code == "not_waiting":
        entries.append(j.MessageKept(item, case.kept[item]))
    else:
        about = case.items[item].about
        roles = (procedure.owner,) if procedure.owner else ()
        entries += [
            j.ItemSettled(item, ""),
            j.ItemOpened(item.replace("kept:", "read:", 1), "read", roles, (), about),
        ]
    folding = Folding.of(case)
    for entry in entries:
        folding.apply(entry)
    folding.sequence = case.sequence + 1
    return folding.case(), tuple(entries)


def tried_again(item: str, again: Mapping[str, Any], sequence: int) -> Command:
    """The command of a stuck item once more, for the step `sequence`; a new id, so that it is a new step."""
    waiting = None
    if again["kind"] == "answer":
        waiting = Waiting(str(again["operation"]), "", str(again["mark"]))
    return Command(
        f"{item}/{sequence}",
        str(again["kind"]),
        str(again["name"]),
        given=again.get("given") or {},
        message=again.get("message"),
        source=str(again["source"]),
        status=str(again.get("status", "")),
        error=str(again.get("error", "")),
        again=item,
        mark=str(again.get("mark", "")),
        waiting=waiting,
    )
