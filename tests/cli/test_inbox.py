"""`procflow inbox`: what waits, for whom and until when."""

import re
from typing import Any


def rows(desk: Any, *words: str, **more: Any) -> list[dict[str, Any]]:
    return list(desk.json("inbox", *words, **more)["tasks"])


def test_work_of_a_role_waits_for_everybody_who_holds_it(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    assert [row["number"] for row in rows(desk)] == [1]
    assert [row["number"] for row in rows(desk, by="qll")] == [1]
    assert rows(desk, by="qpp") == []
    assert [row["number"] for row in rows(desk, "--all", by="")] == [1]
    head, row = desk.ok("inbox").splitlines()
    assert head.split() == ["case", "procedure", "what", "act", "by", "for"]
    assert row.startswith("   1  Errand     The customer tells") and row.endswith("Service agent")
    head, row = desk.ok("inbox", "--lang", "da").splitlines()
    assert head.split()[:3] == ["sag", "procedure", "opgave"]
    assert "Ærinde" in row and "Kunden fortæller" in row and row.endswith("Kundeservice")
    (task,) = rows(desk)
    assert (task["title"], task["task"], task["what"]) == ("Errand", "listening", "The customer tells")


def test_a_stand_in_gets_a_roles_work_only_while_nobody_of_the_role_is_there(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.ok("absent", "qaa", "--until", "2026-05-12", by="qll")
    assert rows(desk, by="qbb") == []  # qbb stands in for qaa, but qll holds the role and is there
    desk.ok("absent", "qll", "--until", "2026-05-12", by="qll")
    assert [row["number"] for row in rows(desk, by="qbb")] == [1]
    desk.ok("do", "1", "pass_on", by="qbb")


def test_work_of_a_role_and_of_a_person_that_left_the_organisation_is_with_whoever_stands_in(
    desk: Any,
) -> None:
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.ok("assign", "2", "qbb", by="qll")
    assert [row["task"] for row in rows(desk, by="qpp")] == ["at_policy_dept"]
    assert [row["task"] for row in rows(desk, by="qbb")] == ["listening"]
    assert "✓ work: " in desk.ok("doctor")
    for name in ("organisation", "policy_change/procedure", "policy_change/scenarios"):
        path = desk.folder / "procedures" / f"{name}.yaml"  # the role gets another name, and Bo Test leaves
        text = re.sub(r"(?<!at_)policy_dept(?=: \{da|\]|\}| *#|,)", "policies", path.read_text("utf-8"))
        path.write_text(re.sub(r"\n  qbb:.*|, mate: qbb", "", text), "utf-8")
    desk.ok("check")
    assert rows(desk, by="qpp") == []
    left = [row for row in rows(desk, by="qll") if row["kind"] == "work"]
    assert {row["task"] for row in left} == {"at_policy_dept", "listening"}
    told = desk.ok("doctor")
    assert (
        "1 task of open cases waits for the role `policy_dept`, which nobody has; Lis Test stands in"
        in " ".join(told.split())
    )
    assert "`qbb`, whom nobody here knows" in told and "ingen her kender" in desk.ok("doctor", "--lang", "da")
    desk.ok("do", "1", "executed", "--with", "reference=X1", by="qll")
    desk.ok("do", "2", "pass_on", by="qll")


def test_what_is_done_by_hand_is_named_and_what_is_late_is_marked(desk: Any) -> None:
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    printed = desk.ok("inbox")
    assert "By hand: mail.send" in printed and "manual:" not in printed
    assert "I hånden" in desk.ok("inbox", "--lang", "da")
    desk.clock("2026-05-20T10:05:00+02:00")
    assert "(late)  Policy department" in desk.ok("inbox", by="qpp")


def test_messages_without_a_case_stand_below(desk: Any) -> None:
    desk.ok("receive", "--channel", "sms", "--from", "+4571999977", "--text", "Hi")
    (message,) = desk.json("inbox")["messages"]
    assert f"message {message['id'][:8]}" in desk.ok("inbox")
    assert "ingen sag passer" in desk.ok("inbox", "--lang", "da")


TWO_KEYS = """\
procedure: two_keys
title: {da: To nøgler, en: Two keys}
owner: lead
starts: [{by: agent}]
data:
  amount: {type: integer}
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      ask_for_it: {label: {da: Bed om beløbet, en: Ask for the amount}, ask: [amount], to: checked}
  checked:
    initial: both
    choices: {give_up: {to: over}}
    states:
      both:
        title: {da: En anden ser på det, en: Somebody else looks}
        task: {role: agent, other_than: [ask_for_it]}
        choices: {good: {to: paid}, half: {by: lead, to: paid}}
      paid:
        title: {da: Udbetales, en: Being paid}
        task: {role: agent}
        choices:
          pay: {other_than: [good], to: over}
          look: {}
  over: {final: true}
"""


def test_what_four_eyes_leave_to_others_is_not_in_ones_own_inbox_but_below_it_with_the_reason(
    desk: Any,
) -> None:
    desk.write("procedures/two_keys/procedure.yaml", TWO_KEYS)
    desk.ok("open", "two_keys")
    desk.ok("do", "1", "ask_for_it", "--with", "amount=500")
    mine = desk.json("inbox")
    assert mine["tasks"] == []
    (other,) = mine["not_mine"]
    assert (other["number"], other["what"], other["because"]["code"]) == (
        1,
        "Somebody else looks",
        "four_eyes",
    )
    printed = desk.ok("inbox").splitlines()
    assert printed[0] == "Nothing waits."
    assert printed[2] == "For somebody else (four eyes):"
    assert "Anna Test took “Ask for the amount”, so somebody else must do this" in printed[4]
    danish = desk.ok("inbox", "--lang", "da")
    assert "Til en anden (fire øjne):" in danish and "Anna Test tog “Bed om beløbet”" in danish
    assert "Anna Test took “Ask for the amount”" in desk.ok("why", "1")
    assert "Nothing waits for you" in desk.run("step", typed="").stdout, (
        "the guided way offers what can be done"
    )
    # it is the others' work as before, and every count of it stays
    assert [row["number"] for row in rows(desk, by="qll")] == [1]
    assert [row["number"] for row in rows(desk, "--all")] == [1]
    (queue,) = desk.json("queues")["queues"]
    assert (queue["role"], queue["work"]) == ("agent", 1)
    # where only one of the choices is kept from her, she still has something to do
    desk.ok("do", "1", "good", by="qll")
    assert [row["what"] for row in rows(desk, by="qll")] == ["Being paid"]
    assert desk.json("inbox", by="qll")["not_mine"] == []


def test_a_misspelt_person_is_told_the_nearest_and_a_choice_of_elsewhere_where_the_case_is(desk: Any) -> None:
    assert "did you mean `qll`?" in desk.run("inbox", by="qlll").stderr
    desk.registered()
    done = desk.run("do", "1", "executed", "--with", "reference=X1", "--lang", "da")
    assert done.stderr.startswith("Afvist: “executed” tilbydes ikke i tilstanden “awaiting evidence”")
    desk.ok("open", "errand", "--with", "kn=104233")
    other = desk.run("do", "2", "done").stderr
    assert "“done” is not offered in the state “The customer tells”" in other


def test_nothing_waits(desk: Any) -> None:
    assert desk.ok("inbox") == "Nothing waits.\n"
    assert desk.ok("inbox", "--lang", "da") == "Intet venter.\n"
