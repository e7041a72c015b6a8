"""Files out and in: the contract, names that lead elsewhere, files of a case, and files in the making."""

import base64
import os
from datetime import UTC, datetime

import pytest
from procflow_file.peer import Folders

from procflow.errors import UsageError
from procflow.plugins import load_plugins
from procflow.testing import ChannelContract

KEY = "0123456789abcdef0123456789abcdef/7/2"


class TestFile(ChannelContract):
    peer = Folders


def files(**settings):
    return load_plugins(settings={"file": settings}).channels["file"].channel


def write(channel, key=KEY, **parameters):
    return channel.deliver("write", key, channel.prepare("write", key, {"name": "a.txt", **parameters}))


@pytest.mark.parametrize(
    "name",
    [
        "../a.txt",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "..",
        ".",
        " ",
        "a\0b",
        "a\nb",
        "CON",
        "nul.txt",
        "x" * 200,
        "a:b",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="name"):
        write(files(folder=str(tmp_path)), name=name, text="x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_case_is_written_to_the_byte_into_a_folder_by_name(tmp_path):
    channel = files(folders={"bank": str(tmp_path / "bank")})
    content = bytes(range(256))
    file = {"name": "x.pdf", "content": base64.b64encode(content).decode()}
    done = write(channel, to="bank", name="x.pdf", file=file)
    assert done.status == "done"
    assert (tmp_path / "bank" / done.result["file"]).read_bytes() == content
    assert done.result["file"].startswith("x.") and done.result["file"].endswith(".pdf")
    with pytest.raises(UsageError, match="names no folder 'bnk'"):
        write(channel, to="bnk", text="x")


def test_what_is_there_already_is_never_written_over(tmp_path):
    channel = files(folder=str(tmp_path))
    done = write(channel, text="først")
    assert write(channel, text="først").status == "duplicate"
    again = write(channel, text="andet")
    assert again.status == "failed" and "holds something else" in again.error
    assert (tmp_path / done.result["file"]).read_text() == "først"
    assert write(channel, key=KEY.replace("/7/", "/8/"), text="andet").status == "done"


def test_files_in_the_making_are_left_and_others_come_with_their_content(tmp_path):
    for name, content in (
        (".a", b"x"),
        ("b.part", b"x"),
        ("brev.txt", "Åse".encode()),
        ("billede.png", b"\x89PNG\0\xff"),
    ):
        (tmp_path / name).write_bytes(content)
    os.utime(tmp_path / "brev.txt", (1772535605, 1772535605))
    (tmp_path / "mappe").mkdir()
    os.symlink("/etc/passwd", tmp_path / "link")
    channel = files(inbox=str(tmp_path))
    messages, cursor = channel.fetch("")
    assert [message.subject for message in messages] == ["brev.txt", "billede.png"]
    letter, picture = messages
    assert (letter.text, letter.files) == ("Åse", []) and letter.received == datetime(
        2026, 3, 3, 11, 0, 5, tzinfo=UTC
    )
    assert picture.text == "" and picture.files == [("billede.png", b"\x89PNG\0\xff")]
    assert channel.fetch(cursor) == ([], cursor)
    (tmp_path / "brev.txt").unlink()
    assert channel.fetch(cursor)[0] == []


def test_a_folder_that_is_not_there_is_told():
    assert "neither folder nor inbox" in files().health()
    assert "no such folder" in files(inbox="/nowhere/at/all").health()
