"""Between the two weeks: what was done for somebody who is back, and a cancellation that all of sales hears of."""

from __future__ import annotations

from procflow.demo.stage import Stage, Wanted
from procflow.demo.story import Story


def somebody_is_back(stage: Stage, story: Story) -> None:
    story.act("Anna is back, and reads what was done in her name")
    stage.at("2026-03-26 09:00")
    done = stage.call("handback", by="qaa")["result"]
    number = next(n for n, wanted in stage.expected.items() if wanted.about == "absence, mate helps")
    story.must(str(number) in str(done), f"case {number} is handed back to Anna: {done}")
    story.tell(stage.wall, f"Case {number}: Bo has dealt with it in her name; she reads it in one list.")


def a_cancelled_appointment(stage: Stage, story: Story) -> None:
    story.act("A customer cancels, and does not remember with whom")
    stage.at("2026-03-26 09:15")
    case = stage.open(
        "cancelled_appointment", "agent_1", kn="104233", customer_name="Mette Holm", phone="+4571999901"
    )
    number = int(case["number"])
    stage.do(
        number, "send", "agent_1", customer_name="Mette Holm", appointment_date="2026-04-08", wants_new_time="yes",
        in_file="yes",
    )  # fmt: skip
    before = len(stage.mail.mails())
    stage.host()
    copies = [str(mail["To"]) for mail in stage.mail.mails()[before:]]
    story.must(len(copies) == len(set(copies)) > 3, f"one copy to each advisor: {copies}")
    story.tell(stage.wall, f"Case {number}: {len(copies)} advisors have a copy, each exactly one.")
    stage.do(number, "claim", "qbb")
    words = stage.refused(number, "claim", "qcc")
    story.tell(stage.wall, f"Case {number}: Bo takes it. Clara, a moment later: {words}")
    stage.do(number, "rebook", "qbb", new_date="2026-04-14", note="The customer comes on the 14th instead")
    stage.host()
    stage.expected[number] = Wanted("cancelled, rebooked", "rebooked", {"taken_in_time": "met"})


def the_fortnight_in_figures(stage: Stage, story: Story) -> None:
    story.act("The fortnight in figures")
    answer = stage.call("report", "deadlines", "--from", "2026-03-24", "--to", "2026-04-07", by="lead_1")
    again = stage.call("report", "deadlines", "--from", "2026-03-24", "--to", "2026-04-07", by="lead_1")
    story.must(
        answer["result"] == again["result"], "the same report for the same days gives the same figures"
    )
    story.must("missed" in str(answer["result"]), f"the report counts what was missed: {answer}")
    story.tell(stage.wall, "`procflow report deadlines` counts what was kept and what was missed, by unit.")
