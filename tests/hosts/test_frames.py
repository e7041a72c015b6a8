"""Messages between the host and a plugin's process, in parts of any length."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from procflow.hosts.frames import HEAD_SIZE, BadFrame, Frames, pack

SAID = {
    "text": "æøå \ud800 ☃", "none": None, "yes": True, "n": 3, "x": 1.5, "bytes": b"\x00\xff", "deep": [{"more": b""}, ("a",)],
}  # fmt: skip


@pytest.mark.parametrize("length", [1, 7, HEAD_SIZE, 1 << 20])
def test_values_come_out_as_they_went_in_however_they_are_cut(length):
    sent = pack(SAID) + pack(["second"]) + pack({"$": 1})
    frames = Frames(1 << 20)
    found = []
    for start in range(0, len(sent), length):
        found += frames.of(sent[start : start + length])
    assert found == [{**SAID, "deep": [{"more": b""}, ["a"]]}, ["second"], {"$": 1}]


def test_the_values_of_the_engine_become_what_json_has():
    said = MappingProxyType(
        {"d": Decimal("1.50"), "i": Decimal("2"), "at": datetime(2026, 5, 11, tzinfo=UTC)}
    )
    (found,) = Frames(1 << 20).of(pack({"in": said, "day": date(2026, 5, 11), "set": {"b", "a"}}))
    assert found["in"] == {"d": 1.5, "i": 2, "at": "2026-05-11T00:00:00+00:00"}
    assert found["day"] == "2026-05-11" and found["set"] == ["a", "b"]
    (named,) = Frames(1 << 20).of(pack({date(2026, 5, 11): b"names that are no texts"}))
    assert named == {"2026-05-11": b"names that are no texts"}


def test_what_json_does_not_have_is_refused():
    with pytest.raises(TypeError):
        pack({"a": object()})
    with pytest.raises(ValueError, match="JSON"):
        pack({"a": float("nan")})


@pytest.mark.parametrize(
    "sent", [b"nonsense that is no frame", pack({"a": b"x" * 2000}), pack(SAID)[:HEAD_SIZE] + b"{}" * 400],
    ids=["no mark", "too large", "garbage"],
)  # fmt: skip
def test_what_is_no_frame_is_told_at_once(sent):
    with pytest.raises(BadFrame):
        Frames(1000).of(sent)
