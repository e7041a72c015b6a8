"""The trials of the disk by a file system of our own: some of their points, and that they notice what they are there for."""

from faults.failing import every_operation
from faults.images import images

from procflow.stores import sqlite_connection


def test_after_a_failed_operation_the_old_or_the_new_is_there_and_the_next_command_works():
    count = every_operation(40, 7)
    assert (count.fired, count.bad) == (40, [])


def test_images_of_a_crash_hold_everything_that_was_acknowledged(monkeypatch):
    count = images(60, 7)
    assert (count.fired, count.bad) == (60, [])
    settings = sqlite_connection._SETTINGS
    monkeypatch.setattr(
        sqlite_connection, "_SETTINGS", settings.replace("synchronous = FULL", "synchronous = NORMAL")
    )
    assert any("was acknowledged and is not there" in words for words in images(2_000, 7).bad)
