"""Rows of exported lists: each with its place, and every wrong one named."""

import json

import pytest

from procflow.exported_rows import exported_rows


def read(name, content, head=lambda columns: "", called="row"):
    wrong: list[str] = []
    return list(exported_rows(name, content, wrong, head, called)), wrong


@pytest.mark.parametrize("mark", [",", ";"])
def test_csv_is_read_with_the_line_of_each_row_also_behind_a_cell_of_several_lines(mark):
    text = '\ufeffname, note \nÅse,one\n\nBo,"two\nlines; and, more"\nEva,three\n'.replace(",", mark, 2)
    text = text.replace("Bo,", f"Bo{mark}").replace("Eva,", f"Eva{mark}")
    rows, wrong = read("list.csv", text.encode())
    assert wrong == []
    assert [place for place, _ in rows] == ["list.csv line 2", "list.csv line 4", "list.csv line 6"]
    assert rows[1][1] == {"name": "Bo", "note": "two\nlines; and, more"}


def test_what_is_wrong_is_named_with_its_place_and_the_others_are_read():
    rows, wrong = read("list.csv", b"a,b\n1,2\n3\n4,5\n")
    assert [row for _, row in rows] == [{"a": "1", "b": "2"}, {"a": "4", "b": "5"}]
    assert wrong == ["list.csv line 3: has 1 cells, and there are 2 columns"]
    assert read("list.csv", b'a,b\n1,"2\n')[1][0].startswith("list.csv line ")
    assert read("list.csv", b"a,b\n1,\xe5\n") == ([], ["list.csv line 2: is not UTF-8"])
    assert read("list.csv", b"a,b\n1,2\n", lambda columns: f"not {columns}") == (
        [],
        ["list.csv line 1: not ['a', 'b']"],
    )
    assert read("list.csv", b"") == ([], [])


def test_json_is_a_list_of_named_values():
    rows, wrong = read("list.json", json.dumps([{"a": 1}, "b", {"c": None}]).encode(), called="call")
    assert rows == [("list.json call 1", {"a": 1}), ("list.json call 3", {"c": None})]
    assert wrong == ["list.json call 2: named values are wanted"]
    assert read("list.json", b"{}", called="call")[1] == ["list.json: a list of calls is wanted"]
    assert "list.json: " in read("list.json", b"[1,")[1][0]
    assert read("list.json", b"[" * 100_000)[1]
