"""A small desk in memory whose clock the tests move, and a month of its cases."""

import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from procflow.app import App
from procflow.testing import FrozenWorld

HERE = Path(__file__).parent
ZONE = ZoneInfo("Europe/Copenhagen")


class Clockwork(FrozenWorld):
    """A frozen world with the real files."""

    def read_file(self, path: str) -> bytes:
        return Path(path).read_bytes()


class SmallDesk:
    def __init__(self, folder: Path, start: str, published: bool = False) -> None:
        self.world = Clockwork(self.instant(start))
        self.app = App(str(folder), world=self.world)
        self.asked = 0
        if published:
            return
        assert not [p for p in self.app.check().problems if p.is_error], self.app.check().problems

    @staticmethod
    def instant(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)

    def at(self, text: str) -> "SmallDesk":
        self.world.advance_to(self.instant(text))
        return self

    def open(self, by: str = "anna", kn: str = "1001", procedure: str = "request", **given: Any) -> int:
        answer = self.app.open(procedure, by, {"kn": kn, "secret": "TOP SECRET WISH", **given})
        assert answer.accepted, answer.refusal
        return answer.number

    def do(self, case: int, choice: str, by: str, **given: Any) -> None:
        answer = self.app.do(case, choice, by, given)
        assert answer.accepted, answer.refusal

    def host(self) -> None:
        self.app.host().until_idle()

    def report(self, name: str, first: str, last: str, by: str = "lis", **given: str) -> Any:
        return self.app.report(name, date.fromisoformat(first), date.fromisoformat(last), by, given)


@pytest.fixture
def golden() -> Any:
    """Compares a text with golden/NAME; PROCFLOW_GOLDEN=1 writes it."""

    def compare(name: str, told: str) -> None:
        path = HERE / "golden" / name
        if os.environ.get("PROCFLOW_GOLDEN"):
            path.write_text(told, encoding="utf-8")
        assert told == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "desk", tmp_path / "desk"))


@pytest.fixture(scope="session")
def small_desk() -> type[SmallDesk]:
    """Makes a desk of a folder, at an instant."""
    return SmallDesk


@pytest.fixture
def desk(folder: Path) -> SmallDesk:
    """It is Monday 2 March 2026, 9:00."""
    return SmallDesk(folder, "2026-03-02 09:00")


def busy_month(desk: SmallDesk) -> SmallDesk:
    """March 2026, with the change of clocks on the 29th: 60 cases, some late, some still open at its end."""
    plan: list[tuple[datetime, int, str]] = []
    for n in range(60):
        begin = desk.instant("2026-03-02 09:00") + timedelta(days=n // 2, hours=(n * 7) % 8, minutes=n % 60)
        plan.append((begin, n, "open"))
        plan.append((begin + timedelta(minutes=20), n, "sort"))
        if n % 9 != 4:  # every ninth is never answered
            plan.append((begin + timedelta(hours=(n * 13) % 41, minutes=50), n, "answer"))
    numbers: dict[int, int] = {}
    end = desk.instant("2026-04-01 00:00")
    for instant, n, what in sorted(step for step in plan if step[0] < end):
        desk.world.advance_to(max(instant, desk.world.now()))
        if what == "open":
            numbers[n] = desk.open(kn=f"10{n:02}")
        elif what == "sort":
            if n % 11 == 5:
                desk.do(numbers[n], "wrong", "anna")
            elif n % 3:
                desk.do(numbers[n], "to_advisor", "anna", adviser="bo" if n % 2 else "anna")
            else:
                desk.do(numbers[n], "to_back", "anna")
        elif n % 11 != 5:
            desk.do(numbers[n], "answered", "carl" if n % 3 == 0 else "bo" if n % 2 else "anna")
    desk.at("2026-04-01 00:00").host()
    return desk


@pytest.fixture
def month(desk: SmallDesk) -> SmallDesk:
    return busy_month(desk)
