"""Messages in combinations that nobody hopes for: each is somewhere afterwards, and where, is told."""

from pathlib import Path
from typing import Any

import pytest

ORDER = """
procedure: {name}
title: {{da: Bestilling, en: Order}}
owner: lead
starts:
  - {{by: agent, ask: [email]}}
  - {{message: 'message.subject == "{opens}"', set: {{email: "${{message.from}}"}}}}
correlate: [email]
data: {{email: {{type: email, pii: true}}, said: {{type: string, pii: true}}, heard: {{type: integer, default: 0}}}}
initial: desk
states:
  desk:
    initial: waiting
    events:
      message:
        - {{when: 'message.text != "what"', set: {{said: "${{message.text}}", heard: "${{heard + 1}}"}}}}
    states:
      waiting: {{task: {{role: agent, take: claim}}, choices: {{end: {{to: over}}, pause: {{to: deaf}}}}}}
  deaf: {{task: {{role: agent}}, choices: {{listen: {{to: desk}}, end: {{to: over}}}}}}
  over: {{final: true, outcome: ended}}
"""
MAIL = """From: Mette Holm <{sender}>
To: main@prosam.example
Subject: {subject}
Message-ID: <{id}@example.com>
Date: Mon, 11 May 2026 09:59:00 +0200

{text}
"""


@pytest.fixture
def orders(desk: Any) -> Any:
    """Procedures `books` and `bread`, of which both open with the subject `both`; and a Maildir."""
    desk.write("procedures/books/procedure.yaml", ORDER.format(name="books", opens="both"))
    desk.write("procedures/bread/procedure.yaml", ORDER.format(name="bread", opens="both"))
    for name in ("new", "cur", "tmp"):
        (desk.folder / "mail" / name).mkdir(parents=True)
    with (desk.folder / "procflow.toml").open("a") as settings:
        settings.write(
            '\n[channels.mail]\nmode = "real"\nhost = "127.0.0.1"\nport = 9\nsender = "main@prosam.example"\ninbox = {kind = "maildir", path = "mail"}\n'
        )
    desk.ok("check")
    return desk


def posted(
    desk: Any,
    name: str,
    text: str,
    *,
    id: str = "",
    subject: str = "Hi",
    sender: str = "mette@example.com",
    extra: str = "",
) -> None:
    """A mail delivered into the Maildir, taken in by the host."""
    mail = extra + MAIL.format(sender=sender, subject=subject, id=id or name, text=text)
    desk.write(f"mail/new/{name}", mail)
    desk.ok("run", "--once")


def said(desk: Any, case: int) -> tuple[Any, Any]:
    data = desk.json("case", str(case))["data"]
    return data.get("said"), data.get("heard")


def waiting(desk: Any) -> list[str]:
    return [row["reason"] for row in desk.json("inbox", "--all")["messages"]]


def opened(desk: Any, procedure: str, email: str = "mette@example.com") -> int:
    number: int = desk.json("open", procedure, "--with", f"email={email}")["number"]
    return number


def test_two_procedures_that_both_open_leave_it_to_a_person_who_gives_it_to_a_case(orders: Any) -> None:
    posted(orders, "1", "I want it", subject="both")
    assert waiting(orders) == ["several procedures open with it: books, bread"]
    case = opened(orders, "bread")
    (message,) = orders.json("inbox", "--all")["messages"]
    orders.ok("receive", "--message", message["id"][:8], "--case", str(case))
    assert said(orders, case) == ("I want it", 1) and waiting(orders) == []


def test_of_several_cases_the_newest_that_waits_also_by_an_outer_state_gets_it(orders: Any) -> None:
    first, second, third = opened(orders, "books"), opened(orders, "bread"), opened(orders, "books")
    orders.ok("do", str(third), "pause")
    posted(orders, "1", "hello")
    assert said(orders, second) == ("hello", 1)
    assert (said(orders, first), said(orders, third)) == ((None, 0), (None, 0))
    posted(orders, "2", "what")  # the guard of none holds
    assert waiting(orders) == ["3 cases fit"]


def test_a_message_for_a_case_that_waits_for_nothing_becomes_the_task_to_read_it(orders: Any) -> None:
    case = opened(orders, "books")
    orders.ok("do", str(case), "pause")
    posted(orders, "1", "hello")
    items = orders.json("case", str(case))["items"]
    assert [item["kind"] for item in items] == ["read"] and said(orders, case) == (None, 0)


def test_a_message_to_a_closed_case_opens_a_new_one_or_waits_for_a_person(orders: Any) -> None:
    case = opened(orders, "books")
    orders.ok("do", str(case), "end")
    posted(orders, "1", "hello again")
    assert waiting(orders) == ["no case fits"]
    (message,) = orders.json("inbox", "--all")["messages"]
    orders.ok("receive", "--message", message["id"][:8], "--case", str(case))
    shown = orders.json("case", str(case))
    assert shown["outcome"] == "ended" and [item["kind"] for item in shown["items"]] == ["read"]
    assert [task["kind"] for task in orders.json("inbox", by="qll")["tasks"]] == ["read"], (
        "the owner reads it"
    )
    orders.ok("do", str(case), "read", by="qll")
    assert orders.json("case", str(case))["items"] == []


def test_a_message_while_the_work_is_put_aside_is_taken_and_the_work_stays_aside(orders: Any) -> None:
    case = opened(orders, "books")
    orders.ok("suspend", str(case), "--until", "2 hours", "--reason", "Waits for the post")
    posted(orders, "1", "hello")
    assert said(orders, case) == ("hello", 1)
    assert orders.json("inbox")["tasks"] == []
    orders.ok("resume", str(case))
    assert len(orders.json("inbox")["tasks"]) == 1


def test_a_mail_that_is_delivered_twice_is_one_and_one_that_borrows_its_id_is_another(orders: Any) -> None:
    case = opened(orders, "books")
    posted(orders, "1", "hello", id="same")
    posted(orders, "2", "hello", id="same", extra="Received: from elsewhere.example\n")
    assert said(orders, case) == ("hello", 1)
    posted(orders, "3", "something else", id="same")
    assert said(orders, case) == ("something else", 2)


def test_an_id_given_again_with_other_words_hides_nothing(orders: Any) -> None:
    case = opened(orders, "books")
    words = ("receive", "--channel", "form", "--from", "mette@example.com", "--id", "F-1", "--text")
    orders.ok(*words, "hello")
    assert orders.json(*words, "hello")["again"] is True
    orders.ok(*words, "something else")
    assert said(orders, case) == ("something else", 2)
    assert orders.json(*words, "something else")["again"] is True
    assert orders.json(*words, "hello")["again"] is True
    assert said(orders, case) == ("something else", 2)


def test_the_same_id_by_another_channel_or_sender_is_another_message(orders: Any) -> None:
    case, other = opened(orders, "books"), opened(orders, "books", "bo@example.com")
    for channel, sender in (
        ("form", "mette@example.com"),
        ("chat", "mette@example.com"),
        ("form", "bo@example.com"),
    ):
        orders.ok("receive", "--channel", channel, "--from", sender, "--id", "1", "--text", "hello")
    assert (said(orders, case)[1], said(orders, other)[1]) == (2, 1)


def test_nothing_that_a_sender_writes_as_an_id_breaks_the_intake(orders: Any, tmp_path: Path) -> None:
    case = opened(orders, "books")
    for n, id in enumerate(("../../etc/passwd", "a b", "\u202eid", "x" * 5000, "'; --")):
        posted(orders, f"m{n}", f"hello {n}", id=id)
    assert said(orders, case) == ("hello 4", 5)
    assert waiting(orders) == []


def test_a_message_that_one_case_has_is_not_given_to_another(orders: Any) -> None:
    case, other = opened(orders, "books"), opened(orders, "bread", "bo@example.com")
    id = orders.json("receive", "--channel", "sms", "--from", "mette@example.com", "--text", "hello")[
        "message"
    ]
    done = orders.run("receive", "--message", id, "--case", str(other))
    assert done.returncode == 2 and f"this message is with case {case} already" in done.stderr
    assert "procflow note 2" in done.stderr and said(orders, other) == (None, 0)
    assert orders.run("receive", "--message", id, "--case", str(case)).returncode == 0, (
        "again changes nothing"
    )
    assert said(orders, case) == ("hello", 1)


def test_what_a_sender_writes_is_shown_and_never_obeyed_by_the_terminal(orders: Any) -> None:
    case = opened(orders, "books")
    orders.ok("do", str(case), "pause")
    orders.ok(
        "receive",
        "--channel",
        "sms",
        "--from",
        "mette@example.com",
        "--text",
        "a\x1b]0;owned\x07b\x1b[2Jc\u202ed\x9be",
    )
    for words in (("case", str(case)), ("log", str(case)), ("inbox",)):
        printed = orders.ok(*words)
        assert not set(printed) & set("\x1b\x07\u202e\x9b"), words
    assert "a␛]0;owned␇b␛[2Jc" in orders.ok("log", str(case))
    guided = orders.run("step", str(case), typed="q\n").stdout
    assert not set(guided) & set("\x1b\x07\u202e\x9b")
