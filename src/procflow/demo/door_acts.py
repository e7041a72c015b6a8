"""What comes by the web door while a host runs: a form from the website, a message in Messenger, a partner's webhook."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.client import HTTPConnection
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode, urlsplit

from procflow.demo.stage import SECRET, ZONE, Stage, Wanted
from procflow.demo.story import Story


def customers_at_the_web_door(stage: Stage, story: Story) -> None:
    story.act("Three at the web door: a form, a message, a partner's system")
    missing = [name for name in ("uvicorn", "limits", "fpdf", "font_roboto") if find_spec(name) is None]
    if missing:
        story.tell(
            stage.wall, f"Left out: {', '.join(missing)} not installed (pip install 'procflow[web,print]')."
        )
        return
    stage.at("2026-03-26 11:00")
    with stage.open_door() as door:
        _a_form_sent_twice(stage, story, door)
        _a_message(stage, story, door)
        _a_webhook(stage, story, door)
        _until(lambda: len(stage.outside.heard) >= 2)
    stage.host()
    _what_went_out(stage, story)
    number = _the_one_cancellation(stage, story)
    story.tell(
        stage.wall, f"Case {number}: Rikke Test's form, sent twice, is one cancellation; Bo has moved it."
    )
    story.tell(
        stage.wall,
        "The customer in Messenger has an answer, the partner a signed webhook, a letter and a file.",
    )
    stage.expected[number] = Wanted("cancelled by form", "rebooked")


def _a_form_sent_twice(stage: Stage, story: Story, door: str) -> None:
    page = _ask(door, "GET", "/in/webform/cancellation")[1]
    mark = re.search(r'name="mark" value="([^"]+)"', page)
    story.must(mark is not None, "the form has its mark")
    later = (stage.now() + timedelta(minutes=1)).astimezone(ZONE)
    stage.set_clock(f"{later:%Y-%m-%d %H:%M}")  # a customer who types
    fields = {"name": "Rikke Test", "phone": "71 99 99 20", "date": "2026-04-09", "time": "10:00"}
    body = urlencode({**fields, "mark": mark[1] if mark else "", "homepage": ""}).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    sent = [_ask(door, "POST", "/in/webform/cancellation", body, form)[0] for _ in range(2)]
    story.must(sent == [303, 303], f"the form is taken, and taken again when it is sent twice: {sent}")


def _a_message(stage: Stage, story: Story, door: str) -> None:
    event = {
        "sender": {"id": "7001"},
        "recipient": {"id": "42"},
        "timestamp": int(stage.now().timestamp() * 1000),
        "message": {"mid": "m-1", "text": "Hvornår kommer I?"},
    }
    pushed = {"object": "page", "entry": [{"id": "42", "messaging": [event]}]}
    taken = _ask(door, "POST", "/in/messenger", *_by_messenger(pushed))[0]
    story.must(taken == 200, "Messenger is answered")
    wrong = _by_messenger(pushed, "somebody else's")
    story.must(_ask(door, "POST", "/in/messenger", *wrong)[0] == 401, "who has not signed is sent away")


def _a_webhook(stage: Stage, story: Story, door: str) -> None:
    told = json.dumps({"type": "order.cancelled", "text": "Ordre 7 er annulleret"}).encode()
    signed = _by_partner(told, int(stage.now().timestamp()))
    taken = _ask(door, "POST", "/in/webhook/partner", told, signed)[0]
    story.must(taken == 200, "the webhook is answered")


def _what_went_out(stage: Stage, story: Story) -> None:
    heard = {path: (headers, content) for path, headers, content in stage.outside.heard}
    story.must(
        set(heard) == {"/hooks", "/v23.0/me/messages"}, f"both were answered where they asked: {list(heard)}"
    )
    answer = heard["/v23.0/me/messages"][1]
    story.must(answer["recipient"] == {"id": "7001"}, f"the customer in Messenger has the answer: {answer}")
    story.must("v1," in heard["/hooks"][0].get("webhook-signature", ""), "the partner can check who tells it")
    letters = sorted((stage.folder / "letters").glob("*.pdf"))
    files = sorted((stage.folder / "archive").iterdir())
    story.must(
        len(letters) == 1 and letters[0].read_bytes()[:5] == b"%PDF-", f"one letter is printed: {letters}"
    )
    story.must(len(files) == 1 and "Ordre 7" in files[0].read_text("utf-8"), f"one file is written: {files}")


def _the_one_cancellation(stage: Stage, story: Story) -> int:
    """The number of the case that the form became, once a person has taken care of it."""
    tasks = [
        t
        for t in stage.call("inbox", by="qbb")["result"]["tasks"]
        if t["procedure"] == "cancelled_appointment"
    ]
    story.must(len(tasks) == 1, f"the form is one cancellation: {tasks}")
    number = int(tasks[0]["number"])
    stage.do(number, "claim", "qbb")
    stage.do(number, "rebook", "qbb", new_date="2026-04-15", note="Moved a week")
    stage.host()
    return number


def _ask(
    door: str, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    connection = HTTPConnection(urlsplit(door).netloc, timeout=30)
    connection.request(method, path, body, dict(headers or {}))
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def _by_messenger(content: Any, secret: str = SECRET) -> tuple[bytes, Mapping[str, str]]:
    body = json.dumps(content).encode()
    hand = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"x-hub-signature-256": f"sha256={hand}"}


def _by_partner(body: bytes, seconds: int) -> Mapping[str, str]:
    hand = hmac.new(SECRET.encode(), f"msg_1.{seconds}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(hand).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": str(seconds), "webhook-signature": signature}


def _until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for the running host; what did not come is seen by the checks after it."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
