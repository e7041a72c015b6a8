"""A desk on a Tuesday morning, for the pages of the lead, the coach and the process owner: cases of some days, some of
them late, somebody ill, a roster. Its clock is a file, so that the morning does not move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from procflow.app import App

NOW = datetime.fromisoformat("2026-03-10T10:20:00+01:00")
_METTE: Mapping[str, Any] = {"kn": "104233", "first_name": "Mette", "last_name": "Holm"}
_ALERT: Mapping[str, Any] = {"about": "customer_came_second", "advisor": "qaa", "case_numbers": ["4711"]}


def busy_desk(folder: Path) -> Path:
    """The workspace in `folder`, made by `procflow init`, filled; -> the same folder."""
    settings = (folder / "procflow.toml").read_text()
    (folder / "procflow.toml").write_text(f'clock = "clock.txt"\n{settings}')
    _at(folder, "2026-03-02T09:40:00+01:00")
    with App(str(folder)) as app:
        app.check()
        opened = app.open("complaint", "agent_1", {"complainant": "Mette Holm", "kn": "104233", "email": "mette.holm@example.com", "about": "Nobody called back for a week", "concerns": "qaa"})  # fmt: skip
        _done(app.do(opened.number, "acknowledge", "complaint_1", {"product": "vehicle", "carrier": "PROSAM", "private_matter": True, "concerns": "qaa"}))  # fmt: skip
        _at(folder, "2026-03-03T10:12:00+01:00")
        for n, (first, last) in enumerate((("Jonas", "Beck"), ("Åse", "Kjærgård-Østergaard"), ("Bo", "Ny"))):
            given = {"kn": f"10487{n}", "first_name": first, "last_name": last, "phones": ["+4571999902"], "code": "LLK", "response": "4 working days", "reason": "Asks about the lease of the car"}  # fmt: skip
            opened = _done(app.open("kc_request", "agent_1", given))
            if n != 1:
                _done(app.do(opened.number, "told", "agent_1", {"customer_was_told": True}))
        _at(folder, "2026-03-05T11:05:00+01:00")
        opened = _done(app.open("payment_problem", "agent_1", {**_METTE, "email": "mette.holm@example.com", "product": "other", "customer_says": "PROSAM"}))  # fmt: skip
        _done(app.do(opened.number, "found", "agent_1", {"carrier": "PROSAM", "policy_active": True, "source": "iba", "policy_number": "P-20011"}))  # fmt: skip
        _done(app.do(opened.number, "send_to_economy", "agent_1", {"problem": "The customer disputes a reminder"}))  # fmt: skip
        _done(app.do(opened.number, "told", "agent_1", {"customer_was_told": True}))
        _done(app.open("service_alert", "agent_1", {**_ALERT, "observation": "The customer was told twice to call somebody else"}))  # fmt: skip
        _done(app.open("service_alert", "agent_2", {**_ALERT, "advisor": "qcc", "observation": "The customer asked three times for a date"}))  # fmt: skip
        _at(folder, "2026-03-06T13:30:00+01:00")
        for n in range(4):
            opened = _done(app.open("policy_change", "agent_1", {}))
            change = {**_METTE, "phones": ["+4571999901"], "carrier": "PROSAM", "caseworker": "qaa", "change": "Remove the glass cover on P-20011"}  # fmt: skip
            _done(app.do(opened.number, "register", "agent_1", {**change, "kn": f"10423{n + 4}"}))
        _at(folder, "2026-03-06T15:10:00+01:00")
        reminder = {"kn": "108090", "first_name": "Nordkran", "last_name": "ApS", "about_case": 17, "number": 1, "since": "2026-03-02 10:10", "caseworker": "qcc"}  # fmt: skip
        _done(app.open("reminder", "agent_2", reminder))
        morning = NOW.replace(hour=8, minute=0)
        _done(app.absent("qcc", morning, morning + timedelta(days=4), "lead_1"))
        _done(app.absent("kc_1", morning - timedelta(days=3), None, "lead_1"))
        for day, (name, person) in enumerate(
            (("early", "agent_1"), ("early", "agent_2"), ("late", "agent_1"))
        ):
            _done(app.assign_shift(date(2026, 3, 10) + timedelta(days=day), name, person, "roster_1"))
        _at(folder, NOW.isoformat())
        app.host().until_idle()
    return folder


def _at(folder: Path, instant: str) -> None:
    (folder / "clock.txt").write_text(instant)


def _done(answer: Any) -> Any:
    assert answer.accepted, answer.refusal
    return answer
