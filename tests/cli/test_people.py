"""Work and people by the real command line: taken, given back, put aside, handed back; the roster; who may look."""

import json
from typing import Any

import pytest

OFFERED = """
procedure: offered
title: {da: Tilbud, en: Offer}
owner: lead
starts: [{by: agent}]
data: {caseworker: {type: person}}
initial: first
states:
  first: {task: {role: agent, take: offer}, choices: {pass_on: {ask: [caseworker], to: second}}}
  second: {task: {to: "${caseworker}"}, choices: {handled: {to: ended}}}
  ended: {final: true}
deadlines: {call: {starts: entering second, met: choice handled, within: 24 hours, missed: {do: [{notify: {role: lead}}]}}}
"""
COACHING = """
procedure: coaching
title: {da: Træning, en: Coaching}
owner: lead
visible_to: [first_contact, lead]
starts: [{by: agent}]
data: {advisor: {type: person}}
initial: first
states:
  first: {task: {role: first_contact}, choices: {ask: {ask: [advisor], to: answer}, enough: {to: ended}}}
  answer: {task: {to: "${advisor}"}, choices: {answered: {to: first}}}
  ended: {final: true}
"""


@pytest.fixture
def people(desk: Any) -> Any:
    desk.write("procedures/offered/procedure.yaml", OFFERED)
    desk.write("procedures/coaching/procedure.yaml", COACHING)
    desk.ok("check")
    return desk


def test_offered_work_is_taken_given_back_and_put_aside(people: Any) -> None:
    assert "nobody has it. Take it: procflow claim 1" in people.ok("open", "offered")
    guided = people.answers("1", "q").stdout
    assert "Take it: procflow claim 1" in guided and "Nothing is offered" not in guided
    done = people.run("do", "1", "pass_on", "--with", "caseworker=qbb")
    assert done.returncode == 1 and "procflow claim" in done.stderr
    assert "is yours" in people.ok("claim", "1")
    assert people.run("claim", "1", by="qll").returncode == 5
    assert "given back" in people.ok("giveback", "1")
    people.ok("claim", "1", by="qll")
    shown = people.ok("suspend", "1", "--until", "2 hours", "--reason", "Waits for the post", by="qll")
    assert "12:05" in shown and "run on" in shown
    assert people.json("inbox", by="qll")["tasks"] == []
    people.ok("resume", "1", by="qll")
    assert len(people.json("inbox", by="qll")["tasks"]) == 1
    moves = people.json("who", "1")["tasks"][0]["moves"]
    assert [(m["what"], m["person"]) for m in moves] == [
        ("claimed", "qaa"), ("given_back", "qaa"), ("claimed", "qll"), ("suspended", "qll"), ("resumed", "qll"),
    ]  # fmt: skip
    assert "asked Service agent" in people.ok("who", "1")


def test_a_case_is_offered_to_a_colleague_who_takes_it_over_with_what_was_typed(people: Any) -> None:
    """X-09."""
    people.ok("open", "offered")
    note = "She rings back at ten"
    refused = people.run("handover", "1", "qpp", "--note", note)
    assert refused.returncode == 1 and "it is for Service agent" in refused.stderr
    told = people.ok("handover", "1", "qll", "--note", note)
    assert "offered to Lis Test" in told and "Monday 11 May 2026 at 14:05" in told and "with you" in told
    assert [task["kind"] for task in people.json("inbox", by="qll")["tasks"]] == ["handover"]
    shown = people.ok("case", "1", by="qll")
    assert note in shown and "Anna Test" in shown and "take_over" in shown
    assert people.json("case", "1")["hand_overs"][0]["to"] == "qll"
    people.ok("do", "1", "turn_down", "--with", "reason=On the phones", by="qll")
    assert "On the phones" in people.ok("case", "1") and "turned down" in people.ok("log", "1")
    people.ok("do", "1", "read")
    people.ok("handover", "1", "qll", "--note", note)
    people.ok("do", "1", "take_over", by="qll")
    assert [task["people"] for task in people.json("inbox", by="qll")["tasks"]] == [["qll"]]
    people.ok("handover", "1", "qaa", "--note", note, by="qll")
    people.clock("2026-05-11T14:05:00+02:00")
    people.ok("run", "--once")
    assert "did not answer in time" in people.ok("log", "1")
    assert [task["kind"] for task in people.json("inbox", by="qaa")["tasks"]] == []
    moves = [move["what"] for move in people.json("who", "1")["tasks"][0]["moves"]]
    assert moves == [
        "claimed", "handed_over", "turned_down", "handed_over", "taken_over", "given", "handed_over", "unanswered",
    ]  # fmt: skip
    assert "offered by Anna Test (qll)" in people.ok("who", "1")
    assert json.loads(people.run("audit", "--json").stdout)["result"]["whole"]


def test_queues_are_counted_and_who_comes_back_sees_what_was_done(people: Any) -> None:
    """S20."""
    people.ok("absent", "qaa", "--from", "2026-05-11", "--until", "2026-05-12", by="qll")
    for case in ("1", "2"):
        people.ok("open", "offered", by="qll")
        people.ok("claim", case, by="qll")
        people.ok("do", case, "pass_on", "--with", "caseworker=qaa", by="qll")
    queues = {queue["person"]: queue for queue in people.json("queues")["queues"]}
    assert (queues["qaa"]["work"], queues["qaa"]["late"], queues["qaa"]["today"]) == (2, 0, 0)
    assert "Anna Test" in people.ok("queues")
    assert [task["number"] for task in people.json("inbox", by="qbb")["tasks"]] == [1, 2]
    people.ok("do", "1", "handled", by="qbb")
    assert "on behalf of Anna Test" in people.ok("log", "1")
    back = people.json("handback")
    assert [(one["number"], one["choice"], one["by"]) for one in back["done"]] == [(1, "handled", "qbb")]
    assert [one["number"] for one in back["open"]] == [2]
    told = people.ok("handback", "qaa", by="qll")
    assert "Done meanwhile:" in told and "Bo Test" in told
    people.clock("2026-05-13T09:00:00+02:00")
    assert people.json("handback")["done"] == back["done"]
    people.ok("run", "--once")
    assert "nobody stands in for Anna Test any more" in people.ok("log", "2")
    assert people.run("handback", "nobody").returncode == 6
    assert "No absence" in people.ok("handback", "qpp")


def test_a_holiday_is_refused_and_an_illness_warned_of_while_the_mate_is_away(people: Any) -> None:
    people.ok("absent", "qbb", "--from", "2026-06-01", "--until", "2026-06-05", by="qll")
    asked = ("absent", "qaa", "--from", "2026-06-05", "--until", "2026-06-08")
    done = people.run(*asked, "--holiday", by="qll")
    assert done.returncode == 1 and "Bo Test, the team mate of Anna Test, is away" in done.stderr
    assert "! Bo Test" in people.ok(*asked, by="qll")
    assert (
        people.json("absent", "qaa", "--from", "2026-07-05", "--until", "2026-07-08", by="qll")["warning"]
        is None
    )


def test_shifts_are_planned_listed_and_swapped_with_the_word_of_both(people: Any) -> None:
    people.ok("shift", "2026-05-21", "early", "qaa", by="qll")
    people.ok("shift", "2026-05-22", "late", "qbb", by="qll")
    done = people.run("swap", "2026-05-21", "qaa", "qbb", "--confirmed", "qaa", by="qll")
    assert done.returncode == 1 and "Bo Test must confirm" in done.stderr
    swap = (
        "swap",
        "2026-05-21",
        "qaa",
        "qbb",
        "--in-return",
        "2026-05-22",
        "--confirmed",
        "qaa",
        "--confirmed",
        "qbb",
    )
    assert "Bo Test has the shift" in people.ok(*swap, by="qll")
    shifts = people.json("roster")["shifts"]
    assert [(one["day"], one["shift"], one["person"]) for one in shifts] == [
        ("2026-05-21", "early", "qbb"), ("2026-05-22", "late", "qaa"),
    ]  # fmt: skip
    assert people.json("roster", "--person", "qaa", "--until", "2026-05-21")["shifts"] == []
    people.ok("shift", "2026-05-21", "early", "--off", by="qll")
    assert len(people.json("roster")["shifts"]) == 1
    assert people.run("shift", "2026-05-21", "early", by="qll").returncode == 2
    assert people.run("shift", "some day", "early", "qaa", by="qll").returncode == 2
    people.ok("audit")


def test_team_mates_are_listed_paired_with_the_word_of_both_and_parted(people: Any) -> None:
    """PRO-08."""
    assert people.json("mates")["pairs"] == [{"one": "qaa", "other": "qbb"}]
    said_yes = ("--confirmed", "qpp", "--confirmed", "qff")
    for asked, code, words in (
        (("qpp", "qff", "--confirmed", "qpp"), 1, "Finn Test must say yes too"),
        (("qpp", "qaa", *said_yes), 1, "Anna Test has a team mate already: Bo Test"),
        (("qpp", "qpp", *said_yes), 1, "Pia Test cannot be the team mate of Pia Test"),
        (("qpp", "qxx", *said_yes), 5, "qxx"),
        (("qpp", "qff", "--part"), 1, "Pia Test and Finn Test are no team mates"),
        (("qpp",), 2, "a pair is two people"),
    ):
        done = people.run("mates", *asked, by="qll")
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert people.json("mates")["pairs"] == [{"one": "qaa", "other": "qbb"}]
    paired = people.json("mates", "QPP", "qff", *said_yes, "--request-id", "m-1", by="qll")
    assert (paired["one"], paired["other"], paired["mates"]) == ("qpp", "qff", True)
    again = people.json("mates", "qpp", "qff", *said_yes, "--request-id", "m-1", by="qll")
    assert again["sequence"] == paired["sequence"]
    assert "Pia Test - Finn Test" in people.ok("mates")
    people.ok("absent", "qpp", "--from", "2026-05-11", "--until", "2026-05-12", by="qll")
    for case in ("1", "2"):
        people.ok("open", "offered")
        people.ok("claim", case)
        people.ok("do", case, "pass_on", "--with", "caseworker=qpp")
    assert [task["number"] for task in people.json("inbox", by="qff")["tasks"]] == [1, 2]
    assert "team mates no longer" in people.ok("mates", "qff", "qpp", "--part", by="qff")
    assert people.json("inbox", by="qff")["tasks"] == []
    assert 1 in [task["number"] for task in people.json("inbox", by="qll")["tasks"]]
    people.ok("audit")


def test_a_restricted_case_is_shown_to_its_roles_and_to_who_has_work_in_it(people: Any) -> None:
    """PRO-12: coaching is visible to the coach."""
    people.ok("open", "coaching", by="qaa")
    for command in (
        ("case", "1"),
        ("log", "1"),
        ("who", "1"),
        ("why", "1"),
        ("note", "1", "A note by a peer"),
        ("show", "--case", "1"),
    ):
        for by in ("qaa", "qbb"):
            done = people.run(*command, by=by)
            assert done.returncode == 5, (command, by, done.stdout)
            assert "shown to" in done.stderr and "coaching" not in done.stdout + done.stderr
    assert people.run("log", "1", by="").returncode == 5
    danish = people.run("case", "1", "--lang", "da", by="qaa").stderr
    assert "vises kun for" in danish and "spørg en af dem" in danish
    assert people.json("inbox", "--all")["tasks"] == []
    assert len(people.json("inbox", "--all", by="qll")["tasks"]) == 1
    people.ok("case", "1", by="qff")
    people.ok("do", "1", "ask", "--with", "advisor=qbb", by="qff")
    assert "answered" in people.ok("case", "1", by="qbb")
    people.ok("do", "1", "answered", by="qbb")
    assert people.run("case", "1", by="qbb").returncode == 5
    people.ok("log", "1", by="qll")


def test_typed_drafts_go_along_when_a_lead_hands_work_on(people: Any) -> None:
    from procflow.app import App

    people.ok("open", "offered")
    people.ok("claim", "1")
    with App(str(people.folder)) as app:
        app.keep_draft(1, "qaa", "pass_on", {"caseworker": "qbb"})
    people.ok("assign", "1", "qll", "--with-drafts", by="qll")
    with App(str(people.folder)) as app:
        assert app.draft(1, "qll", "pass_on") == {"caseworker": "qbb"}
        assert app.draft(1, "qaa", "pass_on") == {}


def test_a_rule_of_a_plugin_chooses_who_gets_the_work(people: Any) -> None:
    people.write(
        "plugins/last_one.py",
        "from procflow.hookspecs import hookimpl\n\n\n"
        "@hookimpl\ndef register_assignment_rules():\n"
        "    return {'last_one': lambda candidates, context: max(candidates)}\n",
    )
    ruled = OFFERED.replace("procedure: offered", "procedure: ruled").replace("take: offer", "take: last_one")
    people.write("procedures/ruled/procedure.yaml", ruled)
    people.ok("check")
    people.ok("open", "ruled")
    assert [task["people"] for task in people.json("inbox", "--all")["tasks"]] == [["qll"]]
    assert "by the rule last_one" in people.ok("log", "1")
    people.write("procedures/ruled/procedure.yaml", ruled.replace("last_one", "last_won"))
    done = people.run("check")
    assert done.returncode == 1 and "PF104" in done.stdout and "last_one" in done.stdout


def test_the_days_of_an_absence_are_written_as_the_fields_of_a_case_take_them(people: Any) -> None:
    iso = people.json("absent", "qaa", "--from", "2026-06-01", "--until", "2026-06-05", by="qll")
    for first, last in (("1.6.2026", "5.6.2026"), ("01-06-2026", "05.06.2026")):
        told = people.json("absent", "qaa", "--from", first, "--until", last, by="qll")
        assert (told["from"], told["until"]) == (iso["from"], iso["until"])
    at = people.json("absent", "qaa", "--from", "1.7.2026 08:30", "--until", "2026-07-05", by="qll")
    assert at["from"].startswith("2026-07-01T06:30")
    for never in ("31.2.2026", "31/2-2026", "31.2.2026 08:30"):
        told = people.run("absent", "qaa", "--from", never, by="qll").stderr
        assert "is a day that does not exist" in told and "2026-02-31" not in told, told
    assert (
        "does not exist on that day"
        in people.run("absent", "qaa", "--from", "1.7.2026 25:10", by="qll").stderr
    )


LOOKING = """
procedure: looking
title: {da: Opslag, en: Looking}
owner: lead
starts: [{by: agent}]
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      none: {when: 'cases("coaching", {}).size() == 0', to: ended}
      said: {when: 'cases("coaching", {}).map(c, c.wish).exists(w, w == "something else")', to: ended}
      first: {when: 'cases("coaching", {})[0].wish == "something else"', to: ended}
  ended: {final: true}
"""


def test_why_names_other_cases_and_tells_nothing_of_what_they_know(desk: Any) -> None:
    """Their procedure may show them to others only, and reading personal data of a case is kept in the access log."""
    told = COACHING.replace("data: {", "data: {wish: {type: string, pii: true}, ")
    desk.write("procedures/coaching/procedure.yaml", told.replace("{by: agent}", "{by: agent, ask: [wish]}"))
    desk.write("procedures/looking/procedure.yaml", LOOKING)
    desk.ok("check")
    desk.ok("open", "coaching", "--with", "wish=Quite private words")
    desk.ok("open", "looking", by="qaa")
    why = desk.ok("why", "2", by="qaa")
    assert "the open cases of “coaching”: 1\n" in why and "it stands in other cases" in why
    refused = desk.run("do", "2", "first", "--json", by="qaa").stdout
    for words in (why, desk.ok("why", "2", "--json", by="qaa"), refused):
        assert "private" not in words
