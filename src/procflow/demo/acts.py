"""The parts of the day. Names of people and customers are made up."""

from __future__ import annotations

from procflow.demo.stage import Stage, Wanted, screenshot
from procflow.demo.story import Story


def an_absence(stage: Stage, story: Story) -> None:
    story.act("An advisor calls in sick")
    stage.at("2026-03-24 09:00")
    stage.call("absent", "qaa", "--from", "2026-03-24 09:00", "--until", "2026-03-25", by="lead_1")
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
    stage.at("2026-03-24 09:40")
    stage.do(number, "talked", "qbb", note="Talked about the quote; a new one is agreed")
    stage.do(number, "finish", "qbb", helped="yes", finished="yes", note="New quote agreed, sent by mail")
    story.tell(stage.wall, f"Case {number}: Bo calls Mette Holm for Anna; she is helped.")
    stage.expected[number] = Wanted("absence, mate helps", "contacted_helped_finished", {"contact": "met"})


def a_customer_who_does_not_answer(stage: Stage, story: Story) -> None:
    story.act("A customer who does not answer")
    stage.at("2026-03-24 13:30")
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
    stage.at("2026-03-24 14:40")
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
    stage.at("2026-03-24 15:00")
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
    stage.at("2026-03-25 09:20")
    stage.do(unanswered, "talked", "qcc", note="Reached the customer; sends the drawings")
    stage.do(unanswered, "finish", "qcc", helped="yes", finished="yes", note="The quote is on its way")
    story.tell(stage.wall, f"Case {unanswered}: reached on the second day, within the promise.")
    payment = _numbers(stage, "disputed reminder")
    stage.at("2026-03-25 11:30")
    stage.do(
        payment, "answer", "economy_1", text="You have paid for March. The reminder is a mistake.",
        overview=str(screenshot(stage.folder.parent / "overview.png")),
        overview_in_words="January to March 900 kroner each, all paid",
    )  # fmt: skip
    stage.host()
    copy = stage.folder.parent / "copy.eml"
    copy.write_bytes(bytes(stage.mail.mails()[-1]))
    stage.do(payment, "upload", "economy_1", copy=str(copy))
    stage.host()
    story.tell(
        stage.wall, f"Case {payment}: finance has answered with an overview, and the copy is in the file."
    )
    stage.at("2026-03-25 18:00")
    case = stage.case(forgotten, "lead_1")
    clock = next(clock for clock in case["deadlines"] if clock["name"] == "contact")
    story.must(clock["state"] == "missed", f"case {forgotten}: the promise of a call was missed: {clock}")
    tasks = stage.call("inbox", by="lead_1")["result"]["tasks"]
    story.must(any(task["number"] == forgotten for task in tasks), "the lead is told of the missed promise")
    story.tell(stage.wall, f"Case {forgotten}: nobody called by {clock['due_words']}: the duty lead is told.")


def a_question_solved_at_once(stage: Stage, story: Story) -> None:
    story.act("A question that is answered at once")
    stage.at("2026-03-24 09:50")
    case = stage.open("call_in", "agent_1")
    number = int(case["number"])
    story.tell(stage.wall, f"Case {number}: the telephone rings: “{case['words'][0]['say']}”")
    stage.do(number, "identify", "agent_1", kn="104233", first_name="Mette", last_name="Holm", method="mitid")
    stage.do(number, "product_question", "agent_1")
    words = stage.refused(number, "solve", "agent_1", note="Asked for the premium date")
    story.tell(stage.wall, f"Case {number}: answered from memory? {words}")
    stage.do(number, "tariff_found", "agent_1", tariff="PROSAM bil")
    stage.do(number, "solve", "agent_1", note="Asked for the premium date, told 1 April")
    stage.expected[number] = Wanted("a question, solved", "solved_at_once")


def a_claims_question(stage: Stage, story: Story) -> None:
    story.act("A question about a claim")
    stage.at("2026-03-24 12:40")
    case = stage.open("call_in", "agent_2")
    number = int(case["number"])
    stage.do(number, "not_identified", "agent_2", kn="104233")
    case = stage.do(number, "claim", "agent_2")
    story.tell(stage.wall, f"Case {number}: the only thing to say: “{case['words'][0]['say']}”")
    case = stage.do(number, "transfer", "agent_2")
    item = case["items"][0]
    story.must(item["kind"] == "manual", f"the transfer is done by hand: {item}")
    stage.do(number, "confirm", "agent_2", reference="transferred 12:41")
    story.tell(stage.wall, f"Case {number}: the call is transferred by hand in Relatel, and confirmed here.")
    stage.expected[number] = Wanted("claims question, transferred", "referred_to_claims")
    stage.write_mail(
        "Ib Lund <ib.lund@example.com>",
        "claims@prosam.example",
        "Påkørt i dag",
        "Er min skade på bilen dækket?",
    )
    stage.host()
    tasks = stage.call("inbox", by="claims_1")["result"]["tasks"]
    mine = [task for task in tasks if task["kind"] == "work"]
    story.must(len(mine) == 1, f"the claims mail is with the claims department: {mine}")
    number = int(mine[0]["number"])
    words = stage.refused(number, "write_to_customer", "qbb", text="Det dækker vi")
    story.tell(stage.wall, f"Case {number}: an advisor answers a claims mail? {words}")
    stage.do(number, "answer", "claims_1", text="Tak for din mail. Vi behandler din anmeldelse.")
    stage.host()
    stage.expected[number] = Wanted("claims mail", "answered", {"claims_answer": "met"})


def a_traveller_who_is_ill(stage: Stage, story: Story) -> None:
    story.act("A traveller who has fallen ill")
    stage.at("2026-03-24 13:00")
    case = stage.open("travel", "agent_2", kn="107404", first_name="Sara", callback="+4571999907")
    number = int(case["number"])
    words = stage.refused(number, "pick_topic", "agent_2", topic="conditions")
    story.tell(stage.wall, f"Case {number}: the topic before the five questions? {words}")
    case = stage.do(
        number, "answer", "agent_2", ill_on_holiday="yes", injured="no", death_in_family="no", baggage_delayed="no",
        payout="no", customer_is="abroad",
    )  # fmt: skip
    story.must(
        case["state"] == ["to_fga"], f"an ill traveller goes to the assistance partner: {case['state']}"
    )
    story.tell(stage.wall, f"Case {number}: “{case['words'][0]['say']}”")
    stage.do(number, "told", "agent_2")
    stage.expected[number] = Wanted("ill abroad", "to_fga")


def payment_case(stage: Stage, by: str, policy: str, **customer: str) -> int:
    """A payment problem whose policy was found; -> the case's number."""
    case = stage.open("payment_problem", by, product="other", **customer)
    number = int(case["number"])
    stage.do(number, "found", by, carrier="PROSAM", policy_active="yes", source="iba", policy_number=policy)
    return number


def a_payment_problem(stage: Stage, story: Story) -> None:
    story.act("A payment problem")
    stage.at("2026-03-24 13:10")
    number = payment_case(
        stage, "agent_1", "P-20011", kn="104233", first_name="Mette", last_name="Holm",
        email="mette.holm@example.com",
    )  # fmt: skip
    words = stage.refused(
        number, "send_to_economy", "agent_1", problem="Paid twice with card 4571 0000 0000 0000 in March"
    )
    story.tell(stage.wall, f"Case {number}: a card number in a mail? {words}")
    case = stage.do(
        number, "send_to_economy", "agent_1", problem="The customer disputes a reminder for March"
    )
    story.tell(stage.wall, f"Case {number}: “{case['words'][0]['say']}”")
    stage.do(number, "told", "agent_1", customer_was_told="yes")
    stage.host()
    stage.wanted_messages["104233 Mette Holm"] = 2  # to the policy department, and to finance
    stage.expected[number] = Wanted("disputed reminder", "answered_and_uploaded", {"economy_answers": "met"})


def _numbers(stage: Stage, about: str) -> int:
    return next(number for number, wanted in stage.expected.items() if wanted.about == about)
