"""Changes of policies: one refused on the telephone and proved by a screenshot, one by mail, one by text message."""

from __future__ import annotations

from procflow.demo.stage import Stage, Wanted, screenshot
from procflow.demo.story import Story

DESK_NUMBER = "4570228448"


def a_change_is_refused_and_then_proved(stage: Stage, story: Story) -> None:
    story.act("A change on the telephone is refused, then proved")
    stage.at("2026-03-24 10:05")
    case = stage.open("policy_change", "agent_1")
    number = int(case["number"])
    story.tell(stage.wall, f"Case {number}: say: “{case['words'][0]['say']}”")
    stage.do(
        number, "register", "agent_1", kn="104233", first_name="Mette", last_name="Holm", phones="+4571999901",
        email="mette.holm@example.com", carrier="PROSAM", caseworker="qaa",
        change="Remove the glass cover on policy P-20011 from 1 April",
    )  # fmt: skip
    words = stage.refused(number, "executed", "policy_1", reference="X-1")
    story.tell(stage.wall, f"Case {number}: carried out on the spoken word alone? {words}")
    words = stage.refused(
        number,
        "file_screenshot",
        "agent_1",
        screenshot=str(stage.folder / "procflow.toml"),
        name_is_visible="yes",
    )
    story.tell(stage.wall, f"Case {number}: a file that is no picture: {words}")
    picture = screenshot(stage.folder.parent / "messenger.png")
    stage.at("2026-03-24 10:20")
    case = stage.do(number, "file_screenshot", "agent_1", screenshot=str(picture), name_is_visible="yes")
    story.must(
        case["state"] == ["at_policy_dept"], f"case {number} is with the policy department: {case['state']}"
    )
    due = case["deadlines"][0]
    story.tell(
        stage.wall, f"Case {number}: the screenshot is accepted; the change is made by {due['due_words']}."
    )
    stage.host()
    stage.at("2026-03-24 11:10")
    words = stage.refused(number, "executed", "agent_1", reference="P-20011/7")
    story.tell(stage.wall, f"Case {number}: {words}")
    stage.do(number, "executed", "policy_1", reference="P-20011/7")
    stage.host()
    story.tell(
        stage.wall, f"Case {number}: the policy department has made the change; Mette Holm is told by mail."
    )
    stage.expected[number] = Wanted("screenshot as proof", "changed", {"carrier_acts": "met"})


def a_change_by_mail(stage: Stage, story: Story) -> None:
    story.act("A change by mail")
    stage.at("2026-03-24 11:30")
    case = stage.open("policy_change", "agent_2")
    number = int(case["number"])
    stage.do(
        number, "register", "agent_2", kn="106118", first_name="Ulla", last_name="Friis", phones="+4571999905",
        email="ulla.friis@example.com", carrier="FIRST", caseworker="qbb",
        change="Add a second driver to policy F-77812",
    )  # fmt: skip
    stage.write_mail(
        "Ulla Friis <someone.else@example.com>",
        "main@prosam.example",
        "106118 my policy",
        "Please add a second driver.",
    )
    stage.host()
    case = stage.case(number, "agent_2")
    story.must(
        case["state"] == ["awaiting_evidence"], "a mail from an address that is not on file proves nothing"
    )
    story.tell(
        stage.wall, f"Case {number}: a mail from another address, with Ulla's name on it, is not accepted."
    )
    stage.at("2026-03-24 11:45")
    stage.write_mail(
        "Ulla Friis <ulla.friis@example.com>",
        "main@prosam.example",
        "Second driver, æøå",
        "Tilføj min mand som fører på F-77812.",
    )
    stage.host()
    case = stage.case(number, "agent_2")
    story.must(case["state"] == ["at_first_contact"], f"her own mail is accepted: {case['state']}")
    story.tell(
        stage.wall, f"Case {number}: her own mail is, and goes to FIRST's contact with the original attached."
    )
    stage.at("2026-03-24 12:20")
    stage.do(number, "executed", "first_1", reference="F-77812/2")
    stage.host()
    stage.expected[number] = Wanted("mail from the address on file", "changed", {"carrier_acts": "met"})
    stage.wanted_messages["106118 Ulla Friis"] = 1


def a_change_by_text_message(stage: Stage, story: Story) -> None:
    story.act("A change by text message")
    stage.at("2026-03-24 12:30")
    case = stage.open("policy_change", "agent_1")
    number = int(case["number"])
    stage.do(
        number, "register", "agent_1", kn="106555", first_name="Ib", last_name="Lund", phones="+4571999906",
        carrier="KAB", caseworker="qdd", change="Raise the sum insured on K-30991 to 500000",
    )  # fmt: skip
    stage.do(number, "send_summary", "agent_1")
    stage.host()
    story.tell(stage.wall, f"Case {number}: the summary goes out: “{stage.sms.sent[-1]['message']}”")
    stage.at("2026-03-24 12:34")
    stage.sms.write("4571999977", DESK_NUMBER, "JA")
    stage.sms.write("4571999906", DESK_NUMBER, "JA")
    stage.host()
    case = stage.case(number, "qdd")
    story.must(case["state"] == ["in_mia"], f"JA from the number on file is accepted: {case['state']}")
    story.tell(
        stage.wall, f"Case {number}: JA from a number on file is accepted, JA from a strange one is not."
    )
    stage.do(number, "executed", "qdd", reference="MIA 4711")
    stage.host()
    stage.expected[number] = Wanted("summary and JA", "changed", {"carrier_acts": "met"})
