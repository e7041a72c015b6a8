"""The fortnight itself: Tuesday 24 March to Tuesday 7 April 2026 at the desk, over a change of the clocks and Easter.

Every line that an agent types is a real call of the command line; every mail and text message goes over a
socket. The clock is a file: it jumps, and no deadline is shortened.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from procflow.demo import acts, channel_acts, door_acts, easter_acts, policy_acts, sales_acts
from procflow.demo.stage import DemoFailed, Stage
from procflow.demo.story import Story

ACTS: tuple[Callable[[Stage, Story], None], ...] = (
    acts.an_absence,
    acts.a_question_solved_at_once,
    policy_acts.a_change_is_refused_and_then_proved,
    policy_acts.a_change_by_mail,
    policy_acts.a_change_by_text_message,
    acts.a_claims_question,
    acts.a_traveller_who_is_ill,
    acts.a_payment_problem,
    channel_acts.a_car_that_is_insured_elsewhere,
    acts.a_customer_who_does_not_answer,
    acts.nobody_calls_back,
    acts.the_days_after,
    channel_acts.a_call_that_nobody_took,
    sales_acts.somebody_is_back,
    channel_acts.a_greeting_by_the_plugin_of_the_tutorial,
    sales_acts.a_cancelled_appointment,
    door_acts.customers_at_the_web_door,
    easter_acts.a_mail_before_the_clocks_go_forward,
    easter_acts.a_customer_just_before_easter,
    easter_acts.a_payment_before_easter,
    easter_acts.after_easter,
    sales_acts.the_fortnight_in_figures,
)


@dataclass
class Ended:
    """What the day came to."""

    problems: list[str]
    result: dict[str, Any] = field(default_factory=dict)


def play(keep: str, out: TextIO) -> Ended:
    """Play the day in `keep`, or in a folder that is thrown away; the story goes to `out`."""
    story = Story(out, bar=out.isatty())
    with ExitStack() as stack:
        if keep:
            folder = Path(keep).resolve()
            folder.mkdir(parents=True, exist_ok=True)
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="procflow-demo-")))
        stage = Stage(folder, "2026-03-24 08:55")
        stack.callback(stage.stop)
        story.begin("A fortnight at the desk, Tuesday 24 March to Tuesday 7 April 2026", len(ACTS))
        try:
            for act in ACTS:
                act(stage, story)
            result = closing(stage, story)
        except DemoFailed as failed:
            story.must(False, str(failed))
            result = {}
    story.end()
    return Ended(story.problems, result)


def closing(stage: Stage, story: Story) -> dict[str, Any]:
    """The table of cases, outcomes, deadlines and messages, each compared with what it must be."""
    rows = []
    cases = []
    for number in sorted(stage.expected):
        case = stage.case(number, "lead_1")
        wanted = stage.expected[number]
        ended = str(case["outcome"] or ", ".join(case["state"]))
        clocks = {clock["name"]: clock["state"] for clock in case["deadlines"]}
        story.must(
            ended == wanted.ends, f"case {number} ({case['procedure']}) ended as {ended}, not {wanted.ends}"
        )
        for name, state in wanted.deadlines.items():
            found = clocks.get(name)
            story.must(found == state, f"case {number}: deadline {name} is {found}, not {state}")
        shown = ", ".join(f"{name} {state}" for name, state in clocks.items()) or "-"
        rows.append((str(number), case["procedure"], wanted.about, ended, shown))
        cases.append({"number": number, "procedure": case["procedure"], "ended": ended, "deadlines": clocks})
    story.table("Cases", ("case", "procedure", "about", "ended as", "deadlines"), rows)
    mails = stage.mail.mails()
    messages = [("mail", str(mail["From"]), str(mail["To"]), str(mail["Subject"])) for mail in mails]
    messages += [
        ("sms out", "desk", str(m["recipients"][0]["msisdn"]), m["message"][:60]) for m in stage.sms.sent
    ]
    messages += [("sms in", m["from"], "desk", m["text"][:60]) for m in stage.sms.received]
    story.table("Messages", ("kind", "from", "to", "about"), messages)
    for words, count in stage.wanted_messages.items():
        found = sum(words in " ".join(message) for message in messages)
        story.must(found == count, f"{found} messages about {words!r}, not {count}")
    waiting = [case for case in cases if stage.case(case["number"], "lead_1")["waiting"]]
    story.must(not waiting, f"effects that still wait: {waiting}")
    report = stage.call("audit")["result"]
    story.must(bool(report["whole"]), f"the record does not hold: {report}")
    story.tell("", f"The record is whole: {report['counts']}")
    return {"cases": cases, "messages": len(messages), "calls": stage.calls}
