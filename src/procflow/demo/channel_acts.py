"""Channels that the rest of the fortnight has no need of, each once: the vehicle register, the list of calls, the customer
file, and the plugin of the tutorial."""

from __future__ import annotations

import json
import sqlite3

from procflow.demo.stage import Stage, Wanted
from procflow.demo.story import Story


def a_car_that_is_insured_elsewhere(stage: Stage, story: Story) -> None:
    story.act("A payment for a car: which carrier has it?")
    stage.at("2026-03-24 13:20")
    case = stage.open(
        "payment_problem", "agent_2", kn="104233", first_name="Mette", last_name="Holm", product="vehicle"
    )
    number = int(case["number"])
    stage.do(number, "look_up_vehicle", "agent_2", plate="ab 12 345")
    stage.host()
    case = stage.case(number, "agent_2")
    story.must(case["state"] == ["finding_out"], f"the vehicle register has answered: {case['state']}")
    logged = [json.loads(line) for line in (stage.folder / "lookups.jsonl").read_text("utf-8").splitlines()]
    story.must(
        [(each["plate"], each["purpose"].split(",")[0]) for each in logged]
        == [("AB12345", "Betalingsproblem")],
        f"the look-up stands in the log, once, with its purpose: {logged}",
    )
    stage.do(number, "found", "agent_2", carrier="KAB", policy_active="no", source="motor_register")
    story.tell(stage.wall, f"Case {number}: the register (recorded answers that we made up) says KAB.")
    stage.expected[number] = Wanted("a car elsewhere", "writing")


def a_call_that_nobody_took(stage: Stage, story: Story) -> None:
    story.act("A call that nobody took")
    stage.at("2026-03-25 18:30")
    rang = "2026-03-25T18:10:00+01:00"
    call = {
        "FromNumber": "4571999911",
        "CreatedAt": rang,
        "Status": "missed",
        "Direction": "in",
        "WaitingTime": 35,
    }
    (stage.folder / "calls" / "wednesday.json").write_text(
        json.dumps([call, call | {"Status": "answered"}]), "utf-8"
    )
    stage.host()
    tasks = [
        task
        for task in stage.call("inbox", by="agent_1")["result"]["tasks"]
        if task["procedure"] == "missed_call"
    ]
    story.must(len(tasks) == 1, f"one missed call, one task: {tasks}")
    number = int(tasks[0]["number"])
    (stage.folder / "calls" / "the-week.json").write_text(json.dumps([call]), "utf-8")
    stage.host()
    again = [
        task
        for task in stage.call("inbox", by="agent_1")["result"]["tasks"]
        if task["procedure"] == "missed_call"
    ]
    story.must(len(again) == 1, f"the same call in another list is the same call: {again}")
    (clock,) = stage.case(number, "agent_1")["deadlines"]
    story.must(
        "18:10" in clock["due_words"] or "18.10" in clock["due_words"], f"24 hours from when it rang: {clock}"
    )
    stage.do(number, "not_reached", "agent_1")
    stage.do(number, "not_reached", "agent_1")
    stage.do(number, "send_sms", "agent_1")
    stage.host()
    story.tell(
        stage.wall,
        f"Case {number}: rang 18:10, to be called back by {clock['due_words']}; an SMS after two attempts.",
    )
    stage.expected[number] = Wanted("missed call", "written_to", {"called_back": "met"})


def a_greeting_by_the_plugin_of_the_tutorial(stage: Stage, story: Story) -> None:
    story.act("What stands in the customer file, and a greeting by the plugin of the tutorial")
    with sqlite3.connect(stage.folder / "customers.db") as file:
        there = file.execute("select kn, title, name from documents order by id").fetchall()
    story.must(
        ("104233", "Svar fra os", "copy.eml") in there and len(set(there)) == len(there),
        f"the customer file has the copy of finance's answer, once: {there}",
    )
    story.tell(stage.wall, f"In the customer file now: {', '.join(row[1] for row in there)}")
    number = int(stage.open("greeting", "agent_1")["number"])
    stage.host()
    text = (stage.folder / "hello.txt").read_text("utf-8")
    story.must(text.count("verden: God morgen") == 1, f"the plugin wrote one line: {text!r}")
    story.tell(stage.wall, f"Case {number}: hello.say wrote its line.")
    stage.expected[number] = Wanted("a greeting", "said")
