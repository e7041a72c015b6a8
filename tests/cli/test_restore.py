"""`procflow restore`: what a copy cannot know is told."""

from pathlib import Path
from typing import Any

from procflow.app import App
from procflow.app.alive import Alive


def test_what_waited_in_a_copy_is_told_and_no_host_is_said_to_run_where_it_is_brought_back(
    real_desk: Any, tmp_path: Path
) -> None:
    desk = real_desk
    path = desk.folder / "procflow.toml"
    path.write_text(path.read_text() + '[channels.mail]\nmode = "file"\n')
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    with App(str(desk.folder)) as app:
        Alive(app, "local").beat(app.world.now())
    assert "no host runs" not in desk.ok("doctor")
    copy, back = str(tmp_path / "copy"), tmp_path / "back"
    desk.ok("backup", copy)
    assert "goes out again" not in desk.ok("restore", copy, "--check")
    told = " ".join(desk.ok("restore", copy, str(back)).split())
    assert "Waiting there to go out: mail 1. What went out after the copy was made goes out again" in told
    assert "no host runs" in type(desk)(back).ok("doctor")
    shown = desk.json("restore", copy, str(tmp_path / "again"), "--lang", "da")
    assert shown["waiting"] == {"mail": 1}


def test_the_line_that_proves_a_copy_can_be_typed_as_it_stands(desk, shell) -> None:
    told = desk.ok("backup", "../my copy", "--keys", "../the keys")
    line = next(line for line in told.splitlines() if "--check" in line).partition(" --check")[0]
    done = shell(f"{line} --check", desk.folder)
    assert done.returncode == 0 and "can be relied on" in done.stdout, done.stderr
    lost = desk.run("restore", "../my copy", "../back", "--keys", "../no such keys")
    assert lost.returncode == 6 and "there is no file ../no such keys" in lost.stderr
