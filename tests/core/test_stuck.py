"""A command that nobody waits for and that was refused: the item that is kept of it, and the same command once more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from procflow.core import journal as j
from procflow.core.case import Case, Timer, Waiting
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal
from procflow.core.step import Command
from procflow.core.stuck import is_unattended, not_taken, stuck, tried_again

NOW = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)
REFUSED = Refusal("not_waiting", {"choice": "x"})
TEXT = """
data: {word: {type: string}}
initial: s
states: {s: {task: {role: agent}, choices: {go: {to: t}}, after: {2 days: {to: t}}}, t: {final: true}}
deadlines: {answer: {starts: opening, within: 1 day, met: choice go, warn: {at: 1 hour before, do: []}}}
promises: {live: {after: 'state("s")', eventually: 'state("t")', within: 3 days}}
"""


@pytest.fixture
def opened(bench: Any) -> tuple[Procedure, Case]:
    b = bench(TEXT)
    b.open("ann")
    return b.procedure, b.case


def kept_of(
    opened: tuple[Procedure, Case], command: Command, now: datetime = NOW
) -> tuple[Case, list[Any], Any, Any]:
    """(the case after, the entries between the command and its item, what the item is about, what it keeps)."""
    procedure, case = opened
    after, (taken, *entries, item) = stuck(procedure, case, command, now, REFUSED)
    assert taken == j.CommandTaken(
        command.kind, command.name, command.by, "", {}, max(now, case.now or now), command.source
    )
    assert isinstance(item, j.ItemOpened) and (item.id, item.kind) == (f"stuck:{command.id}", "stuck")
    assert item.roles == ((procedure.owner,) if procedure.owner else ()) and item.people == ()
    assert after.sequence == case.sequence + 1 and item.id in after.items
    about, again = item.about.value, item.again.value
    assert about == {
        "command": command.name,
        "code": "not_waiting",
        "words": REFUSED.words("en"),
        "words_in": {"da": REFUSED.words("da")},
    }
    assert (again["kind"], again["name"], again["source"]) == (command.kind, command.name, command.source)
    return after, entries, about, again


def test_what_was_due_counts_as_having_happened(opened: tuple[Procedure, Case]) -> None:
    (timer,) = opened[1].timers
    for name, entry in (
        ("warn:answer", j.DeadlineWarned("answer")), ("missed:answer", j.DeadlineMissed("answer")),
        (f"after:{timer}", j.TimerFired(timer)), ("promise:live", j.PromiseMoved("live", "broken")),
    ):  # fmt: skip
        _, entries, _, again = kept_of(opened, Command("c1", "time", name))
        assert entries == [entry] and again["mark"] == (
            opened[1].visit("s") if name.startswith("after") else ""
        )


def test_a_timer_keeps_the_visit_that_it_was_for(opened: tuple[Procedure, Case]) -> None:
    procedure, case = opened
    (timer,) = case.timers
    _, _, _, again = kept_of(opened, Command("c1", "time", f"after:{timer}", source="host"))
    assert again == {"kind": "time", "name": f"after:{timer}", "source": "host", "mark": case.visit("s")}
    alike = replace(case, timers={**case.timers, "answer": Timer("s", {})})
    assert kept_of((procedure, alike), Command("c1", "time", "missed:answer"))[3]["mark"] == ""


def test_a_message_stands_in_the_journal_without_its_facts(opened: tuple[Procedure, Case]) -> None:
    early = NOW - timedelta(hours=1)
    message = {"channel": "mail", "subject": "Hello", "received": early, "facts": {"spf": True}}
    _, entries, _, again = kept_of(opened, Command("m1", "message", message=message))
    kept = {"channel": "mail", "subject": "Hello", "received": early}
    assert entries == [j.MessageReceived("m1", "mail", j.Personal(kept), early)]
    assert again["message"] == message
    without = kept_of(opened, Command("m2", "message", message={"channel": "mail"}))[1]
    assert without == [
        j.MessageReceived("m2", "mail", j.Personal({"channel": "mail"}), max(NOW, opened[1].now or NOW))
    ]
    assert kept_of(opened, Command("m3", "message"))[3]["message"] == {}


@pytest.mark.parametrize("kind", ["event", "cancel"])
def test_an_event_keeps_what_it_brought(kind: str, opened: tuple[Procedure, Case]) -> None:
    _, entries, _, again = kept_of(opened, Command("e1", kind, "changed", given={"word": "x"}))
    assert entries == [] and again["given"] == {"word": "x"}


def test_an_answer_is_taken_from_its_channel_and_kept_whole(opened: tuple[Procedure, Case]) -> None:
    procedure, case = opened
    waiting = replace(case, waiting={"e1": Waiting("mail.send", "", "s@1")})
    command = Command("a1", "answer", "e1", given={"id": "7"}, status="failed", error="no such address")
    after, entries, _, again = kept_of((procedure, waiting), command)
    assert entries == [j.EffectAnswered("e1", "mail.send", "stuck")] and "e1" not in after.waiting
    assert again == {
        "kind": "answer", "name": "e1", "source": "", "given": {"id": "7"}, "status": "failed",
        "error": "no such address", "operation": "mail.send", "mark": "s@1",
    }  # fmt: skip
    assert tried_again("stuck:a1", again, 12) == Command(
        "stuck:a1/12", "answer", "e1", given={"id": "7"}, status="failed", error="no such address",
        again="stuck:a1", mark="s@1", waiting=Waiting("mail.send", "", "s@1"),
    )  # fmt: skip


def test_an_item_without_more_is_the_same_command_under_a_new_id() -> None:
    again = {"kind": "event", "name": "changed", "source": "other"}
    assert tried_again("stuck:e1", again, 3) == Command(
        "stuck:e1/3", "event", "changed", source="other", again="stuck:e1"
    )
    message = {"kind": "message", "name": "", "source": "", "message": {"text": "x"}, "mark": "s@1"}
    assert tried_again("stuck:m1", message, 4) == Command(
        "stuck:m1/4", "message", message={"text": "x"}, again="stuck:m1", mark="s@1"
    )


def test_time_does_not_go_back(opened: tuple[Procedure, Case]) -> None:
    assert opened[1].now is not None
    before = opened[1].now - timedelta(days=1)
    after, *_ = kept_of(opened, Command("c1", "time", "missed:answer"), before)
    assert after.now == opened[1].now


def test_only_what_nobody_waits_for_is_kept() -> None:
    kept = {
        kind: is_unattended(Command("c1", kind))
        for kind in (
            "message",
            "answer",
            "time",
            "event",
            "cancel",
            "choice",
            "open",
            "note",
            "assign",
            "read",
        )
    }
    assert [kind for kind, yes in kept.items() if yes] == ["message", "answer", "time", "event", "cancel"]
    assert not is_unattended(Command("c1", "event", by="ann")) and is_unattended(
        Command("c1", "message", by="ann")
    )


def test_a_kept_message_stays_kept_or_is_left_to_a_person(opened: tuple[Procedure, Case]) -> None:
    procedure, case = opened
    about = j.Personal({"text": "x"})
    until = NOW + timedelta(days=1)
    folded, _ = stuck(procedure, case, Command("m1", "message", message={"channel": "mail"}), NOW, REFUSED)
    item = replace(folded.items["stuck:m1"], kind="kept", about=about)
    waits = replace(case, items={"kept:m1": item}, kept={"kept:m1": until})
    later = NOW + timedelta(minutes=5)
    same, entries = not_taken(procedure, waits, "kept:m1", later, REFUSED)
    now = max(later, case.now or later)
    assert entries == (
        j.CommandTaken("time", "take:kept:m1", "", "", {}, now), j.MessageKept("kept:m1", until)
    )  # fmt: skip
    assert "kept:m1" in same.items and same.sequence == case.sequence + 1
    left, entries = not_taken(procedure, waits, "kept:m1", later, Refusal("guard"))
    roles = (procedure.owner,) if procedure.owner else ()
    assert entries[1:] == (j.ItemSettled("kept:m1", ""), j.ItemOpened("read:m1", "read", roles, (), about))
    assert "kept:m1" not in left.items and "read:m1" in left.items
