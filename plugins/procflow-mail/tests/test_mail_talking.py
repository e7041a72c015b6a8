"""A mail server that says what nobody asked for, or no answer at all: no mail is taken for another's."""

import socket
import threading
from contextlib import suppress

import pytest

from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/7/2"


def send(channel):
    given = {"to": "mette@example.com", "subject": "Din police", "text": "Ændringen er udført."}
    return channel.deliver("send", KEY, channel.prepare("send", KEY, given))


class Talking:
    """A mail server that follows a script: what it answers to the word, and to the text."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = answers
        self.taken: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line):
        with suppress(OSError), line, line.makefile("rb") as words:
            line.sendall(b"220 here\r\n")
            for word in words:
                verb = word[:4].decode().upper()
                if verb == "DATA":
                    line.sendall(said := self.answers.pop("DATA", b"354 go on\r\n"))
                    if not said.startswith(b"354"):
                        continue
                    text = b"".join(iter(words.readline, b".\r\n"))
                    self.taken.append(text)
                    line.sendall(self.answers.pop("TEXT", b"250 taken\r\n"))
                else:
                    line.sendall(self.answers.pop(verb, b"250 ok\r\n"))

    def close(self):
        self._listening.close()


@pytest.fixture
def talking():
    made = []

    def talks(**answers):
        made.append(Talking(**answers))
        settings = {"host": "127.0.0.1", "port": made[-1].port, "sender": "main@prosam.example"}
        return made[-1], load_plugins(settings={"mail": settings}).channels["mail"].channel

    yield talks
    for each in made:
        each.close()


def test_what_a_server_says_too_much_is_never_taken_for_the_answer_to_the_next_mail(talking):
    server, channel = talking(TEXT=b"250 taken\r\n550 5.7.1 said to nobody\r\n250 and more\r\n")
    assert [send(channel).status for _ in range(3)] == ["done"] * 3
    assert len(server.taken) == 3


def test_an_answer_that_is_none_ends_the_connection_and_is_told(talking):
    server, channel = talking(TEXT=b"\x00\xffhello\r\n" * 3)
    first = send(channel)
    assert first.status == "retry" and "broke off: -1" in first.error
    assert send(channel).status == "done" and len(server.taken) == 2


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA"])
def test_an_answer_that_is_none_before_the_text_is_tried_again(talking, word):
    server, channel = talking(**{word: b"hello\r\nhello again\r\n"})
    first = send(channel)
    assert first.status == "retry" and "broke off" in first.error and server.taken == []
    assert send(channel).status == "done" and len(server.taken) == 1


def test_a_mail_whose_text_was_not_asked_for_is_not_taken_for_sent(talking):
    server, channel = talking(DATA=b"250 ok\r\n")
    assert send(channel).status == "retry" and server.taken == []
    assert send(channel).status == "done" and len(server.taken) == 1
