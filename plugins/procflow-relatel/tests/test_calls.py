"""Missed calls come from lists in a folder: each once, from the instant at which it rang."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from procflow_relatel.calls import PORTION, fetch
from procflow_relatel.numbers import normal_number, relatel_number

from procflow.errors import PluginError

HEAD = "FromNumber,ToNumber,CreatedAt,Status,Direction,WaitingTime,TalkDuration\n"
ROW = "4571999901,4571999999,2026-03-24T10:12:00+01:00,missed,in,40,0\n"


def calls(tmp_path, text, cursor="", name="calls.csv", **inbox):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return fetch({"folder": str(tmp_path), **inbox}, cursor)


def test_a_missed_call_counts_from_the_instant_at_which_it_rang(tmp_path):
    (call,), _ = calls(tmp_path, HEAD + ROW)
    assert call.received == datetime(2026, 3, 24, 9, 12, tzinfo=UTC)
    assert (call.sender, call.to, call.form) == ("+4571999901", "+4571999999", "message")
    assert call.fields == {
        "kind": "missed_call", "from": "+4571999901", "to": "+4571999999", "at": "2026-03-24T09:12:00+00:00", "waited": "40",
    }  # fmt: skip


def test_a_call_to_a_number_inside_the_house_is_a_missed_call_too(tmp_path):
    (call,), _ = calls(tmp_path, HEAD + ROW.replace("4571999999", "100"))
    assert (call.sender, call.to) == ("+4571999901", "100")


def test_two_calls_in_the_same_second_are_two_and_in_the_next_list_the_same_two(tmp_path):
    both, cursor = calls(tmp_path, HEAD + ROW + ROW.replace("901", "902") + ROW)
    assert len({call.external_id for call in both}) == 3
    assert fetch({"folder": str(tmp_path)}, cursor) == ([], cursor)
    later, _ = calls(tmp_path, HEAD + ROW + ROW + ROW.replace("10:12:00", "10:13:00"), cursor, "next.csv")
    assert {call.external_id for call in both} & {call.external_id for call in later} == {
        call.external_id for call in both if call.sender.endswith("901")
    }


def test_a_call_whose_text_ends_in_half_a_letter_is_taken(tmp_path):
    row = {"FromNumber": "4571999901", "ToNumber": "4571999999", "CreatedAt": "2026-03-24T10:12:00+01:00", "Status": "missed", "Direction": "in", "Note": "\ud83d"}  # fmt: skip
    (call,), _ = calls(tmp_path, json.dumps([row]), name="calls.json")
    assert call.sender == "+4571999901" and b"\\ud83d" in call.raw


@pytest.mark.parametrize("written", ["", "anonymous", "Skjult", "withheld", " - "])
def test_a_withheld_number_is_a_call_from_nobody(tmp_path, written):
    (call,), _ = calls(tmp_path, HEAD + ROW.replace("4571999901", written))
    assert "from" not in call.fields and call.sender == "withheld" and "withheld" in call.text


def test_answered_calls_and_our_own_bring_nothing(tmp_path):
    rows = (
        ROW.replace("missed", "answered") + ROW.replace(",in,", ",out,") + ROW.replace("missed", "Besvaret")
    )
    assert calls(tmp_path, HEAD + rows)[0] == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW.replace("missed", "parked"), "line 3: Status 'parked' is neither among `missed` nor among `answered`"),
        (ROW.replace("2026-03-24T", ""), "line 3: CreatedAt '10:12:00"),
        (ROW.replace("4571999901", "12ab"), "line 3: '12ab' is no phone number"),
        (ROW.replace(",in,", ",up,"), "line 3: Direction 'up'"),
        ("a,b\n", "line 3: has 2 cells"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named_and_the_others_are_taken(tmp_path, row, words):
    found, cursor = calls(tmp_path, HEAD + ROW + row + ROW.replace("10:12", "10:14"))
    assert len(found) == 2
    with pytest.raises(PluginError, match=words):
        fetch({"folder": str(tmp_path)}, cursor)


def test_a_list_that_is_still_being_written_loses_and_invents_nothing(tmp_path):
    found, cursor = calls(tmp_path, HEAD + ROW + ROW[:30])
    assert len(found) == 1
    found, cursor = calls(tmp_path, HEAD + ROW + ROW.replace("901", "902"), cursor)
    assert [call.sender for call in found] == ["+4571999901", "+4571999902"]
    found, cursor = calls(tmp_path, HEAD + ROW.rstrip(), "", "old.csv")
    assert len(found) == 2  # those of the other list
    found, _ = fetch({"folder": str(tmp_path)}, cursor)
    assert [call.sender for call in found] == ["+4571999901"]  # it has not grown: that was its last line


def test_a_time_without_a_zone_is_one_of_the_desk_over_both_changes_of_the_clock(tmp_path):
    for written, utc in (
        ("2026-10-25 02:30:00", "00:30"), ("2026-03-29 02:30:00", "01:30"), ("2026-07-01 12:00", "10:00"),
        ("2026-03-24T09:12:00Z", "09:12"),
    ):  # fmt: skip
        (call,), _ = calls(tmp_path, HEAD + ROW.replace("2026-03-24T10:12:00+01:00", written))
        assert f"{call.received:%H:%M}" == utc


def test_a_long_list_comes_in_portions_and_whole(tmp_path):
    start = datetime(2026, 3, 24, 8, tzinfo=UTC)
    rows = [
        {
            "FromNumber": "4571999901",
            "CreatedAt": (start + timedelta(seconds=n)).isoformat(),
            "Status": "missed",
        }
        for n in range(2 * PORTION + 7)
    ]
    found, cursor = calls(tmp_path, json.dumps(rows), name="calls.json")
    told = [call.external_id for call in found]
    while found:
        found, cursor = fetch({"folder": str(tmp_path)}, cursor)
        told += [call.external_id for call in found]
    assert len(told) == len(set(told)) == len(rows)


def test_an_export_may_name_its_columns_and_words_otherwise(tmp_path):
    text = "Nummer;Tid;Udfald\n71 99 99 01;2026-03-24 10:12;Tabt\n"
    columns = {"from": "Nummer", "at": "Tid", "status": "Udfald"}
    (call,), _ = calls(tmp_path, text, columns=columns, missed=["tabt"])
    assert call.sender == "+4571999901"
    with pytest.raises(PluginError, match="there is no 'frm' among from"):
        calls(tmp_path, text, columns={"frm": "Nummer"})
    with pytest.raises(PluginError, match="line 1: the column FromNumber is missing"):
        calls(tmp_path, text)


@given(st.integers(10_000_000, 99_999_999), st.sampled_from(["", "+45", "0045", "45"]), st.integers(0, 3))
def test_a_number_is_the_same_however_it_is_written(number, country, spaces):
    digits = str(number)
    text = country + " " * spaces + (" " * spaces).join(digits[n : n + 2] for n in range(0, 8, 2))
    assert normal_number(text) == f"+45{digits}"
    assert relatel_number(text) == f"45{digits}"
    assert normal_number(relatel_number(text)) == normal_number(text)
