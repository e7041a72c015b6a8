"""What was handed over goes out no second time; secrets that a plugin says are taken out."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from procflow.hosts.handed_over import LARGEST, HandedOver
from procflow.plugin_guard import as_written, without

GONE = "it was refused for good before; what was said then is not known any more"


def test_what_one_process_noted_another_knows_at_once_and_later(tmp_path):
    path = str(tmp_path / "handed" / "mail.jsonl")
    first, second = HandedOver(path), HandedOver(path)
    assert first.answer("a/1/1") is None and second.answer("a/1/1") is None
    first.note("a/1/1", "done")
    first.note("a/1/2", "failed")
    assert second.answer("a/1/1").status == "duplicate"
    assert (second.answer("a/1/2").status, second.answer("a/1/2").error) == ("failed", GONE)
    second.note("a/1/3", "duplicate")
    assert first.answer("a/1/3").status == "duplicate"
    assert HandedOver(path).answer("a/1/2").status == "failed"
    assert (tmp_path / "handed" / "mail.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_torn_line_is_passed_by_and_a_line_that_is_being_written_is_read_when_it_is_whole(tmp_path):
    path = tmp_path / "mail.jsonl"
    path.write_bytes(b'["a/1/1", "done", ""]\nnonsense\n[1]\n["a/1/2", "do')
    there = HandedOver(str(path))
    assert there.answer("a/1/1").status == "duplicate" and there.answer("a/1/2") is None
    with path.open("ab") as file:
        file.write(b'ne", ""]\n')
    assert there.answer("a/1/2").status == "duplicate"


def test_a_large_file_makes_room_and_the_one_before_is_still_known(tmp_path):
    path = tmp_path / "mail.jsonl"
    there, watching = HandedOver(str(path)), HandedOver(str(path))
    there.note("old/1/1", "done")
    assert watching.answer("old/1/1").status == "duplicate"
    line = json.dumps(["filling/1/1", "done", "x" * 1000]).encode() + b"\n"
    with path.open("ab") as file:
        file.write(line * (LARGEST // len(line) + 1))
    there.note("new/1/1", "done")
    assert path.stat().st_size < 1000
    for each in (there, watching, HandedOver(str(path))):
        assert each.answer("old/1/1").status == each.answer("new/1/1").status == "duplicate"


def test_what_a_full_disk_does_not_take_is_known_here_and_written_when_there_is_room(tmp_path):
    path = tmp_path / "mail.jsonl"
    path.symlink_to("/dev/full")
    there = HandedOver(str(path))
    for key in ("a/1/1", "a/1/2"):
        with pytest.raises(OSError, match="No space left"):
            there.note(key, "done")
    with pytest.raises(OSError, match="No space left"):
        there.note_part("a/1/3", b"all of it")
    assert there.answer("a/1/1").status == there.answer("a/1/2").status == "duplicate"
    assert there.answer("a/1/3", b"all of it").status == "failed" and there.answer("a/1/4") is None
    path.unlink()
    assert there.answer("a/1/2").status == "duplicate"
    for each in (there, HandedOver(str(path))):
        assert each.answer("a/1/1").status == each.answer("a/1/2").status == "duplicate"
        assert each.answer("a/1/3", b"all of it").status == "failed"


def test_secrets_are_hidden_in_texts_at_any_depth_and_bytes_stay():
    said = {"a": ["the token tok-7", {"tok-7": 1}], "b": b"tok-7", "c": 3}
    assert without(said, ["tok-7"]) == ({"a": ["the token ***", {"***": 1}], "b": b"tok-7", "c": 3}, True)
    assert without(said, ["other"]) == (said, False)
    assert without("*** stays", ["other"]) == ("*** stays", False)


@pytest.mark.parametrize("secret", ["kæmpe >> hemmelig?", "a token of plain letters", "12345678"])
@pytest.mark.parametrize("before", ["", "u:", "user:", "someone:"])
def test_a_secret_is_hidden_as_an_address_and_as_base_64_write_it_wherever_it_begins(secret, before):
    whole = f"{before}{secret}:behind".encode()
    for said in (b64encode(whole).decode(), urlsafe_b64encode(whole).decode(), quote(before + secret)):
        hidden, found = without(f"Basic {said} was not taken", as_written(secret))
        assert found and hidden.startswith("Basic ") and hidden.endswith(" was not taken")
        assert len(hidden) < len(f"Basic {said} was not taken") - len(secret) + 8


def test_a_short_secret_hides_no_pieces_of_ordinary_words():
    assert as_written("tok") == ("tok",) and as_written("a b") == ("a b", "a%20b", "a+b")
