"""The harness of times around changes of the clocks can fail: it tells what came at another instant than the rule says."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from faults.counting import Count
from faults.timers import Change, one_change
from faults.zone_reference import changes

from procflow.core import civil, reckoning

BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)


def told(seed: int) -> tuple[int, list[str]]:
    count = Count()
    return one_change(Change("Europe/Copenhagen", BACK, seed), count), count.bad


def test_the_changes_of_a_zone_are_found():
    zone = ZoneInfo("Europe/Copenhagen")
    assert list(changes(zone, 2026, 2026)) == [datetime(2026, 3, 29, 1, tzinfo=UTC), BACK]


def test_what_comes_by_the_second_of_two_equal_times_of_day_is_told(monkeypatch):
    came, bad = told(1)
    assert came > 20 and bad == []

    def second(wall, zone):
        at, jump = civil.utc_of(wall, zone)
        return (wall.replace(tzinfo=zone, fold=1).astimezone(UTC), jump) if jump == "overlap" else (at, jump)

    monkeypatch.setattr(reckoning, "utc_of", second)
    assert any("and should not have" in words for words in told(1)[1])
