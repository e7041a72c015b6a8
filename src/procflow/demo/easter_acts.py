"""The second week: the clocks go forward on a Sunday, and Easter closes the desk from Thursday to Monday."""

from __future__ import annotations

from procflow.demo.acts import payment_case
from procflow.demo.stage import Stage, Wanted
from procflow.demo.story import Story


def a_mail_before_the_clocks_go_forward(stage: Stage, story: Story) -> None:
    story.act("A mail on the Saturday before the clocks go forward")
    stage.at("2026-03-28 14:00")
    stage.write_mail(
        "Aida Krog <aida.krog@example.com>",
        "claims@prosam.example",
        "Indbrud",
        "Der har været indbrud i natten.",
    )
    stage.host()
    number = _newest(stage, "claims_1")
    clock = _clock(stage, number, "claims_answer")
    story.must(
        clock["due"].startswith("2026-03-29T13:00"), f"24 real hours over the lost hour: {clock['due']}"
    )
    story.tell(
        stage.wall, f"Case {number}: 24 hours from now is {clock['due_words']}: an hour is lost tonight."
    )
    stage.at("2026-03-30 09:05")
    clock = _clock(stage, number, "claims_answer")
    story.must(clock["state"] == "missed", f"nobody could answer on a Sunday: {clock['state']}")
    told = str(stage.call("log", str(number), by="lead_1"))
    story.must("closed_hours" in told, "the journal says that the deadline fell when the desk was closed")
    stage.do(number, "answer", "claims_1", text="Tak for din mail. Vi ringer til dig i dag.")
    stage.host()
    story.tell(stage.wall, f"Case {number}: answered on Monday morning; the record says that we were closed.")
    stage.expected[number] = Wanted("mail on a Saturday", "answered", {"claims_answer": "missed"})


def a_customer_just_before_easter(stage: Stage, story: Story) -> None:
    story.act("A customer who does not answer on the last day before Easter")
    stage.at("2026-04-01 15:30")
    case = stage.open(
        "reach_customer", "agent_1", kn="107404", first_name="Sara", last_name="Bro", phones="+4571999907",
        caseworker="qbb", reason="Wants to know what the new premium is made of",
    )  # fmt: skip
    number = int(case["number"])
    for at, result in (("2026-04-01 15:45", "no_answer"), ("2026-04-01 16:47", "busy")):
        stage.at(at)
        stage.do(number, "not_reached", "qbb", number_called="+4571999907", call_result=result)
    stage.at("2026-04-01 16:50")
    stage.do(number, "send_sms", "qbb")
    stage.host()
    clock = _clock(stage, number, "next_set")
    story.must(clock["due"].startswith("2026-04-07"), f"the next set is due after Easter: {clock['due']}")
    story.tell(
        stage.wall, f"Case {number}: two calls and an SMS; the next call is due by {clock['due_words']}."
    )
    stage.expected[number] = Wanted("over Easter", "contacted_helped_finished", {"contact": "met"})


def a_payment_before_easter(stage: Stage, story: Story) -> None:
    story.act("A date that is promised over Easter")
    number = payment_case(
        stage, "agent_2", "P-20044", kn="104871", first_name="Jonas", last_name="Beck",
        email="jonas.beck@example.com",
    )  # fmt: skip
    case = stage.do(
        number, "send_to_economy", "agent_2", problem="The invoice for April was paid twice by mistake"
    )
    story.tell(stage.wall, f"Case {number}: “{case['words'][0]['say']}”")
    stage.do(number, "told", "agent_2", customer_was_told="yes")
    stage.host()
    clock = _clock(stage, number, "economy_answers")
    story.must(clock["due"].startswith("2026-04-10T15:00"), f"four working days over Easter: {clock['due']}")
    stage.expected[number] = Wanted("paid twice", "at_economy", {"economy_answers": "running"})
    stage.wanted_messages["104871 Jonas Beck"] = 1


def after_easter(stage: Stage, story: Story) -> None:
    story.act("After Easter the host is started again")
    number = next(n for n, wanted in stage.expected.items() if wanted.about == "over Easter")
    stage.at("2026-04-07 09:20", host=False)  # it was off since Wednesday
    stage.host()
    story.tell(
        stage.wall, "The host was off for five days; what was due meanwhile has happened at its own instant."
    )
    stage.do(number, "talked", "qbb", note="Went through the premium with the customer")
    stage.do(number, "finish", "qbb", helped="yes", finished="yes", note="Understands the premium now")
    story.tell(stage.wall, f"Case {number}: reached on the first open day, as promised.")


def _newest(stage: Stage, person: str) -> int:
    """The newest case in which `person` has work."""
    tasks = stage.call("inbox", by=person)["result"]["tasks"]
    return max(int(task["number"]) for task in tasks if task["kind"] == "work")


def _clock(stage: Stage, number: int, name: str) -> dict[str, str]:
    case = stage.case(number, "lead_1")
    return next(dict(clock) for clock in case["deadlines"] if clock["name"] == name)
