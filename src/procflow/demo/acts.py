"""The parts of the day. Names of people and customers are made up."""

from __future__ import annotations

from procflow.demo.stage import Stage, Wanted
from procflow.demo.story import Story


def an_absence(stage: Stage, story: Story) -> None:
    story.act("An advisor calls in sick")
    stage.at("2026-03-03 09:00")
    stage.call("absent", "qaa", "--from", "2026-03-03 09:00", "--until", "2026-03-04", by="lead_1")
    story.tell(stage.wall, "Anna Test is away until tomorrow evening; her mate Bo Test has her work.")
    case = stage.open(
        "reach_customer", "agent_1", kn="104233", first_name="Mette", last_name="Holm", phones="+4571999901",
        caseworker="qaa", reason="Disagrees with the advisor's quote for the house",
    )  # fmt: skip
    number = int(case["number"])
    tasks = stage.call("inbox", by="qbb")["result"]["tasks"]
    story.must(
        any(task["number"] == number for task in tasks), "the work of the absent Anna is in Bo's inbox"
    )
    words = stage.refused(number, "talked", "qcc", note="I talked with the customer")
    story.tell(stage.wall, f"Case {number}: a colleague who has nothing to do with it is refused: {words}")
    stage.at("2026-03-03 09:40")
    stage.do(number, "talked", "qbb", note="Talked about the quote; a new one is agreed")
    stage.do(number, "finish", "qbb", helped="yes", finished="yes", note="New quote agreed, sent by mail")
    story.tell(stage.wall, f"Case {number}: Bo calls Mette Holm for Anna; she is helped.")
    stage.expected[number] = Wanted("absence, mate helps", "contacted_helped_finished", {"contact": "met"})


def a_customer_who_does_not_answer(stage: Stage, story: Story) -> None:
    story.act("A customer who does not answer")
    stage.at("2026-03-03 13:30")
    case = stage.open(
        "reach_customer", "agent_1", kn="108090", first_name="Nord", last_name="Kran", phones="+4571999908",
        caseworker="qcc", reason="Wants a new quote for the fleet of cranes",
    )  # fmt: skip
    number = int(case["number"])
    due = next(clock for clock in case["deadlines"] if clock["name"] == "contact")
    story.tell(stage.wall, f"Case {number}: tell the customer: we return by {due['due_words']}.")
    stage.do(number, "not_reached", "qcc", number_called="+4571999908", call_result="no_answer")
    words = stage.refused(number, "done_for_today", "qcc")
    story.tell(stage.wall, f"Case {number}: one call is not enough: {words}")
    stage.at("2026-03-03 14:40")
    stage.do(number, "not_reached", "qcc", number_called="+4571999908", call_result="voicemail")
    words = stage.refused(number, "not_reached", "qcc", number_called="+4571999908", call_result="busy")
    story.tell(stage.wall, f"Case {number}: a third call before the notice is refused: {words}")
    stage.do(number, "send_sms", "qcc")
    stage.host()
    text = stage.sms.sent[-1]["message"]
    story.tell(stage.wall, f"Case {number}: the gateway has the SMS: “{text}”")
    stage.expected[number] = Wanted("two calls, then SMS", "contacted_helped_finished", {"contact": "met"})


def nobody_calls_back(stage: Stage, story: Story) -> None:
    story.act("A promise that is not kept")
    stage.at("2026-03-03 15:00")
    case = stage.open(
        "reach_customer", "agent_2", kn="106555", first_name="Ib", last_name="Lund", phones="+4571999906",
        caseworker="qdd", reason="Asks for a call about the renewal of the car",
    )  # fmt: skip
    number = int(case["number"])
    story.tell(stage.wall, f"Case {number}: Ib Lund is promised a call by tomorrow 15:00. Nobody calls.")
    stage.expected[number] = Wanted("nobody calls", "to_call", {"contact": "missed"})


def the_days_after(stage: Stage, story: Story) -> None:
    story.act("The days after")
    unanswered, forgotten = _numbers(stage, "two calls, then SMS"), _numbers(stage, "nobody calls")
    stage.at("2026-03-04 09:20")
    stage.do(unanswered, "talked", "qcc", note="Reached the customer; sends the drawings")
    stage.do(unanswered, "finish", "qcc", helped="yes", finished="yes", note="The quote is on its way")
    story.tell(stage.wall, f"Case {unanswered}: reached on the second day, within the promise.")
    stage.at("2026-03-04 18:00")
    case = stage.case(forgotten, "lead_1")
    clock = next(clock for clock in case["deadlines"] if clock["name"] == "contact")
    story.must(clock["state"] == "missed", f"case {forgotten}: the promise of a call was missed: {clock}")
    tasks = stage.call("inbox", by="lead_1")["result"]["tasks"]
    story.must(any(task["number"] == forgotten for task in tasks), "the lead is told of the missed promise")
    story.tell(stage.wall, f"Case {forgotten}: nobody called by {clock['due_words']}: the duty lead is told.")


def _numbers(stage: Stage, about: str) -> int:
    return next(number for number, wanted in stage.expected.items() if wanted.about == about)
