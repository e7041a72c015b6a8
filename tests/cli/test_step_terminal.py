"""The guided step in a real terminal: looks, editing, Ctrl-C and Ctrl-D."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from ready import PROCFLOW

BOLD = "\x1b[1m"


class Typing:
    """A person at a terminal of their own."""

    def __init__(self, folder: Path, *args: str, **env: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROCFLOW", "NO_COLOR"))}
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [str(PROCFLOW), *args], cwd=folder, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**kept, "PROCFLOW_AS": "qaa", "TERM": "xterm", "COLUMNS": "90", "PYTHONUTF8": "1", **env},
            preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def press_until(self, key: str, words: str) -> str:
        """Press a key again every few seconds, as a person does: between the prompt and the waiting for a key, Python's
        line editor does not see an interrupt before the next one."""
        for _ in range(12):
            self.type(key)
            try:
                return self.until(words, 5)
            except AssertionError:
                if self.process.poll() is not None:
                    raise
        return self.until(words, 5)

    def until(self, words: str, seconds: float = 60) -> str:
        """Everything that was shown up to (and with) these words, since the last time."""
        until = time.monotonic() + seconds
        while words not in self.seen:
            assert time.monotonic() < until, f"never showed {words!r}, but:\n{self.seen}"
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
                except OSError:
                    break
        assert words in self.seen, self.seen
        shown, self.seen = self.seen.split(words, 1)
        return shown + words

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def ended(self) -> int:
        """What it ends with when it is asked to end, once more where readline was busy with a letter: it hears of a
        signal only while it waits for one."""
        for _ in range(6):
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=5)
                break
        return self.end()

    def end(self) -> int:
        until = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < until:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
                except OSError:
                    break
        code = self.process.wait(timeout=60)
        os.close(self.master)
        return code


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # Tests that run in the background of a shell ignore interrupts, and so would all that they start.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def opened(desk: Any) -> Any:
    desk.ok("open", "errand", "--with", "kn=104233")
    return desk


def test_labels_and_keys_are_bold_and_nothing_else_is_coloured(opened: Any) -> None:
    at = Typing(opened.folder, "step", "1")
    shown = at.until("> ")
    at.type("q\r")
    assert at.end() == 0
    assert f"{BOLD}Case 1  Errand\x1b[0m" in shown
    assert f"{BOLD}1\x1b[0m  We settle it" in shown
    assert set(re.findall(r"\x1b\[([0-9;]*)m", shown)) == {"1", "2", "0"}


def test_no_color_leaves_the_words_alone(opened: Any) -> None:
    at = Typing(opened.folder, "step", "1", NO_COLOR="1")
    shown = at.until("> ")
    at.type("q\r")
    assert at.end() == 0
    assert "\x1b[1m" not in shown
    assert "1  We settle it" in shown


def test_ctrl_c_in_a_field_keeps_what_was_typed(opened: Any) -> None:
    at = Typing(opened.folder, "step", "1")
    at.until("> ")
    at.type("1\r")
    at.until("Wish")
    at.until("> ")
    at.type("She wants her contract\r")
    at.until("Keeper")
    at.until("> ")
    at.press_until("\x03", "go on with: procflow step 1")
    assert at.end() == 130
    assert "begun 1/6" in opened.answers("q").stdout


def test_ctrl_d_in_a_field_keeps_what_was_typed(opened: Any) -> None:
    at = Typing(opened.folder, "step", "1")
    at.until("> ")
    at.type("1\r")
    at.until("> ")
    at.type("She wants her contract\r")
    at.until("Keeper")
    at.until("> ")
    at.type("\x04")
    at.until("go on with: procflow step 1")
    assert at.end() == 1
    assert "begun 1/6" in opened.answers("q").stdout


def test_what_was_wrong_stands_there_to_be_corrected(opened: Any) -> None:
    at = Typing(opened.folder, "step", "1")
    at.until("> ")
    at.type("1\r")
    at.until("> ")
    at.type("A lamp\r")
    at.until("too short")
    at.until("> A lamp")
    at.type(" for the hall\r")
    at.until("Keeper")
    at.until("> ")
    at.type("q\r")
    assert at.end() == 0
    assert "A lamp for the hall" in opened.answers("1", "q").stdout


def test_tab_completes_words_and_files(opened: Any) -> None:
    at = Typing(opened.folder, "step", "1")
    at.until("> ")
    at.type("1\r")
    at.until("> ")
    at.type("A lamp for the hall\r")
    at.until("Keeper")
    at.until("> ")
    at.type("qb\t\r")
    at.until("Way")
    at.until("> ")
    at.type("q\r")
    assert at.end() == 0
    assert "Bo Test (qbb)" in opened.answers("1", "q").stdout


def test_an_arrow_brings_back_nothing_from_another_field(opened: Any) -> None:
    at = Typing(opened.folder, "step", "1")
    at.until("> ")
    at.type("1\r")
    at.until("> ")
    at.type("A secret wish of hers\r")
    at.until("Keeper")
    at.until("> ")
    at.type("\x1b[A\r")
    shown = at.until("This is needed")
    assert "secret" not in shown
    at.type("q\r")
    assert at.end() == 0


def test_on_a_narrow_terminal_lists_are_paragraphs_and_nothing_is_wider_than_it(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    shown = Typing(desk.folder, "inbox", COLUMNS="40").until("for: Service agent")
    assert f"{BOLD}1  Errand" in shown and "   what: The customer tells\n" in shown
    case = Typing(desk.folder, "case", "1", COLUMNS="40").until("calm,\n          day (optional), note")
    assert max(map(len, case.splitlines())) <= 40


def test_what_is_pasted_is_one_answer_however_many_lines_it_has(opened: Any) -> None:
    """The second line answered the next question, and an empty one took the choice."""
    at = Typing(opened.folder, "step", "1")
    at.until("> ")
    at.type("1\r")
    at.until("> ")
    at.type("\x1b[200~A lamp for the hall\r\rand a shade - æøå\r\x1b[201~")
    at.until("and a shade")
    at.type("\r")
    at.until("Keeper")
    at.until("> ")
    at.type("\x1b[200~qbb\r\x1b[201~\r")
    at.until("Way")
    at.until("> ")
    at.type("q\r")
    assert at.end() == 0
    (option,) = (o for o in opened.json("step", "1")["options"] if o["begun"])
    assert option["begun"] == ["keeper", "wish"]
    kept = opened.answers("1", "q").stdout
    assert "A lamp for the hall" in kept and "and a shade - æøå" in kept and "Bo Test (qbb)" in kept


@pytest.mark.parametrize("how", ["ctrl-c", "ended"])
def test_a_line_that_is_broken_off_in_the_middle_is_kept(opened: Any, how: str) -> None:
    at = Typing(opened.folder, "step", "1")
    at.until("> ")
    at.type("1\r")
    at.until("> ")
    at.type("A lamp for the hall, half said")
    at.until("half said")
    if how == "ctrl-c":
        at.press_until("\x03", "go on with: procflow step 1")
        assert at.end() == 130
    else:
        assert at.ended() == -signal.SIGTERM
    assert "A lamp for the hall, half said" in opened.answers("1", "q").stdout
