"""`procflow inbox`: what waits, for whom and until when."""

from typing import Any


def rows(desk: Any, *words: str, **more: Any) -> list[dict[str, Any]]:
    return list(desk.json("inbox", *words, **more)["tasks"])


def test_work_of_a_role_waits_for_everybody_who_holds_it(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    assert [row["number"] for row in rows(desk)] == [1]
    assert [row["number"] for row in rows(desk, by="qll")] == [1]
    assert rows(desk, by="qpp") == []
    assert [row["number"] for row in rows(desk, "--all", by="")] == [1]
    assert "[Service agent]" in desk.ok("inbox")
    assert "[Kundeservice]" in desk.ok("inbox", "--lang", "da")


def test_a_stand_in_gets_a_roles_work_only_while_nobody_of_the_role_is_there(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.ok("absent", "qaa", "--until", "2026-05-12", by="qll")
    assert rows(desk, by="qbb") == []  # qbb stands in for qaa, but qll holds the role and is there
    desk.ok("absent", "qll", "--until", "2026-05-12", by="qll")
    assert [row["number"] for row in rows(desk, by="qbb")] == [1]
    desk.ok("do", "1", "pass_on", by="qbb")


def test_what_is_done_by_hand_is_named_and_what_is_late_is_marked(desk: Any) -> None:
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    printed = desk.ok("inbox")
    assert "By hand" in printed and "manual:" not in printed
    assert "I hånden" in desk.ok("inbox", "--lang", "da")
    desk.clock("2026-05-20T10:05:00+02:00")
    assert "!  [Policy department]" in desk.ok("inbox", by="qpp")


def test_messages_without_a_case_stand_below(desk: Any) -> None:
    desk.ok("receive", "--channel", "sms", "--from", "+4571999977", "--text", "Hi")
    (message,) = desk.json("inbox")["messages"]
    assert f"message {message['id'][:8]}" in desk.ok("inbox")
    assert "ingen sag passer" in desk.ok("inbox", "--lang", "da")


def test_nothing_waits(desk: Any) -> None:
    assert desk.ok("inbox") == "Nothing waits.\n"
    assert desk.ok("inbox", "--lang", "da") == "Intet venter.\n"
