"""Mail and SMS over real sockets: servers that are down, slow or refuse; messages that come twice or fit nobody."""

import json
import signal
import time
from typing import Any

import pytest

CLOCK = "2026-04-30T06:00:00Z"
AT = 1777528800  # the same instant in seconds


@pytest.fixture
def shop(desk: Any, smtp: Any, gateway: Any) -> Any:
    """The repair desk with a real mail server, a Maildir and a real gateway."""
    d = desk("workshop")
    d.settings(
        'store = "sqlite:cases.db"\nclock = "clock.txt"\n'
        f'[channels.mail]\nmode = "real"\nhost = "127.0.0.1"\nport = {smtp.port}\ntls = "none"\n'
        'sender = "Werk <main@werk.example>"\n'
        f'inbox = {{kind = "maildir", path = "{d.maildir()}"}}\n'
        f'[channels.sms]\nmode = "real"\nurl = "{gateway.url}/rest/mtsms"\ntoken = "t"\nsender = "4571999900"\n'
        f'inbox = {{url = "{gateway.url}/rest/mo", every = 1}}\n'
        '[channels.vehicle_register]\nmode = "file"\n'
    )
    d.clock(CLOCK)
    d.smtp, d.gateway = smtp, gateway
    return d


def quoted(shop: Any, **more: Any) -> str:
    """A case that waits for the customer's answer; its SMS and mail are asked for, not yet delivered."""
    given = {"name": "Jan Test", "phone": "+4571999901", "brand": "NO", "frame": "wx12345", "fault": "The gears jump", "email": "jan@rad.example"}  # fmt: skip
    shop.minutes = getattr(shop, "minutes", 0) + 20
    number = shop.open("repair", "uwe", **{**given, **more})
    shop("run", "--once", rc=0)  # the question lies in outbox/vehicle_register as a file
    for question in (shop.folder / "outbox" / "vehicle_register").glob("*-1-1.json"):
        answer = {"status": "unknown", "at": "2026-04-30T08:00:00+02:00"}
        question.with_name(f"{question.stem}.answer.json").write_text(json.dumps(answer))
    # the host looks for an answer again after a while
    shop.clock(f"2026-04-30T{6 + shop.minutes // 60:02}:{shop.minutes % 60:02}:00Z")
    shop("run", "--once", rc=0)
    assert shop.case(number, "max")["state"] == ["examine"]
    shop.do(number, "quote", "max", price="100", plan="gears")
    return number


def sent_effects(shop: Any, number: str) -> dict[str, str]:
    """operation -> how its delivery was answered, of one case."""
    found: dict[str, str] = {}
    asked: dict[str, str] = {}
    for step in shop.json("log", number)["steps"]:
        for entry in step["entries"]:
            if entry["kind"] == "EffectRequested":
                asked[entry["key"]] = entry["operation"]
            if entry["kind"] == "EffectAnswered":
                assert entry["key"] not in found, "an effect was answered twice"
                found[entry["key"]] = entry["status"]
    return {f"{asked[key].split('.')[0]} {n}": found.get(key, "") for n, key in enumerate(asked)}


def test_mail_and_sms_go_out_once(shop: Any) -> None:
    number = quoted(shop)
    for _ in range(3):
        shop("run", "--once", rc=0)
    assert [m["To"] for _, m in shop.smtp.mails] == ["jan@rad.example"]
    assert [s["recipients"] for s in shop.gateway.sent] == [[{"msisdn": 4571999901}]]
    assert set(sent_effects(shop, number).values()) == {"done"}


def test_a_server_that_is_down_blocks_no_case_and_has_its_mail_later(shop: Any) -> None:
    shop.smtp.down()
    number = quoted(shop)
    for _ in range(2):
        shop("run", "--once", rc=0)
    assert len(shop.gateway.sent) == 1 and not shop.smtp.mails
    assert any("mail" in str(w) for w in shop.case(number, "uwe")["waiting"])
    shop.do(number, "phoned", "uwe", read_back="true")
    assert shop.case(number, "max")["state"] == ["in_work"]
    shop.smtp.up()
    shop.clock("2026-04-30T09:00:00Z")
    for _ in range(3):
        shop("run", "--once", rc=0)
    assert sorted(m["To"] for _, m in shop.smtp.mails) == ["jan@rad.example", "no@supplier.example"]
    assert set(sent_effects(shop, number).values()) == {"done"}


def test_a_passing_fault_is_tried_again_and_a_final_one_becomes_a_task_of_the_owner(shop: Any) -> None:
    shop.smtp.say_data = "451 try later"
    number = quoted(shop)
    shop("run", "--once", rc=0)
    assert not shop.smtp.mails
    shop.smtp.say_data = "554 no"
    shop.clock("2026-04-30T09:00:00Z")
    shop("run", "--once", rc=0)
    assert "failed" in sent_effects(shop, number).values()
    tasks = shop.json("inbox", "--as", "gerd")["tasks"]
    assert any(t["kind"] == "failed" and t["number"] == int(number) for t in tasks)
    assert shop.case(number, "uwe")["state"] == ["ask_customer"]


def test_a_receiver_who_is_refused_is_told_and_the_step_stands(shop: Any) -> None:
    shop.smtp.refuse = {"jan@rad.example": "550 no such user"}
    number = quoted(shop)
    shop("run", "--once", rc=0)
    answers = sent_effects(shop, number)
    assert sorted(answers.values()) == ["done", "done", "failed"]


def test_the_same_mail_twice_is_one_message(shop: Any) -> None:
    number = quoted(shop)
    shop("run", "--once", rc=0)
    mail = "From: Jan <jan@rad.example>\nTo: main@werk.example\nSubject: Quote\nMessage-ID: <a1@rad.example>\nDate: Thu, 30 Apr 2026 08:00:00 +0200\n\nNEIN danke\n"
    shop.lay("1.a", "Received: from x by y\n" + mail, AT)
    shop.lay("2.b", "Received: from x by z\n" + mail, AT + 1)
    shop("run", "--once", rc=0)
    case = shop.case(number, "uwe")
    assert (case["closed"], case["outcome"]) == (True, "collected")
    kinds = [e["kind"] for s in shop.json("log", number)["steps"] for e in s["entries"]]
    assert kinds.count("message") == 1
    assert not [t for t in shop.json("inbox", "--as", "uwe", "--all")["tasks"] if t["kind"] == "message"]


def test_an_answer_by_sms_reaches_its_case(shop: Any) -> None:
    number = quoted(shop)
    shop("run", "--once", rc=0)
    shop.clock("2026-04-30T06:05:00Z")
    shop.gateway.inbox.append({"id": "m1", "from": "+4571999901", "to": "4571999900", "text": "JA", "received": "2026-04-30T08:04:00+02:00"})  # fmt: skip
    shop("run", "--once", rc=0)
    assert shop.case(number, "uwe")["state"] == ["in_work"]


def test_an_out_of_office_mail_is_no_answer(shop: Any) -> None:
    number = quoted(shop)
    shop("run", "--once", rc=0)
    shop.lay(
        "1.a",
        "From: jan@rad.example\nTo: main@werk.example\nSubject: Automatic reply: Angebot\nAuto-Submitted: auto-replied\nMessage-ID: <o1@rad.example>\n\nJA, I am away.\n",
        AT,
    )
    shop("run", "--once", rc=0)
    assert shop.case(number, "uwe")["state"] == ["ask_customer"]


def test_of_two_cases_that_a_message_fits_the_newest_that_waits_for_it_takes_it(shop: Any) -> None:
    first, second = quoted(shop), quoted(shop, frame="zz99999")
    shop.lay("1.a", "From: jan@rad.example\nTo: main@werk.example\nSubject: Hello\nMessage-ID: <t1@rad.example>\n\nNEIN\n", AT)  # fmt: skip
    shop("run", "--once", rc=0)
    assert shop.case(second, "uwe")["closed"] and not shop.case(first, "uwe")["closed"]
    assert shop.json("inbox", "--as", "uwe", "--all").get("messages", []) == []
    shop.lay("2.a", "From: jan@rad.example\nTo: main@werk.example\nSubject: Hello\nMessage-ID: <t2@rad.example>\n\nNEIN\n", AT)  # fmt: skip
    shop("run", "--once", rc=0)
    assert shop.case(first, "uwe")["closed"]


def test_a_host_that_is_killed_while_it_sends_loses_nothing(shop: Any) -> None:
    numbers = [quoted(shop, frame=f"fr{n}0000", email=f"jan{n}@rad.example") for n in range(3)]
    shop.smtp.delay = 0.6
    for pause in (0.3, 0.7, 1.1, 1.6):
        host = shop.start("run")
        time.sleep(pause)
        host.send_signal(signal.SIGKILL)
        host.communicate(timeout=60)
    shop.smtp.delay = 0
    for hour in (9, 12, 15):
        shop.clock(f"2026-04-30T{hour:02}:00:00Z")
        shop("run", "--once", rc=0)
    for n, number in enumerate(numbers):
        assert set(sent_effects(shop, number).values()) == {"done"}
        ids = {str(m["Message-ID"]) for _, m in shop.smtp.mails if m["To"] == f"jan{n}@rad.example"}
        assert len(ids) == 1, "every try is the same mail"
    shop("audit", rc=0)


def test_a_host_that_runs_takes_messages_as_they_come_and_ends_with_sigterm(shop: Any) -> None:
    number = quoted(shop)
    host = shop.start("run")
    try:
        assert shop.until(lambda: len(shop.smtp.mails) == 1 and len(shop.gateway.sent) == 1)
        shop.lay("1.a", "From: jan@rad.example\nTo: main@werk.example\nSubject: Re: Quote\nMessage-ID: <r1@rad.example>\n\nNEIN\n", AT)  # fmt: skip
        assert shop.until(lambda: shop.case(number, "uwe")["closed"])
    finally:
        host.send_signal(signal.SIGTERM)
        out, err = host.communicate(timeout=60)
    assert host.returncode == 0, out + err
