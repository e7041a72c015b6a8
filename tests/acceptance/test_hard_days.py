"""Agents who act at once, commands that are killed, and command lines that are wrong."""

import json
import signal
import time
from typing import Any

import pytest

BOOK = {"card": "ab1234", "reader": "Rita Test", "email": "rita@reader.example", "book": "Emma", "section": "820", "due_back": "2026-03-20"}  # fmt: skip


def test_a_killed_command_took_its_step_whole_or_not_at_all_and_the_same_request_ends_it(desk: Any) -> None:
    d = desk("library")
    d.clock("2026-03-02T16:00:00Z")
    number = d.open("book_loan", "ada", **BOOK)
    pauses = (0.05, 0.12, 0.2, 0.28, 0.36, 0.45)
    killed = 0
    for n in range(2):
        request = f"renewal-{n}"
        line = (
            "do",
            number,
            "renew",
            "--as",
            "ada",
            "--with",
            f"until=2026-04-0{n + 1}",
            "--request-id",
            request,
        )
        for pause in pauses:
            command = d.start(*line)
            time.sleep(pause)
            command.send_signal(signal.SIGKILL)
            command.communicate(timeout=60)
            killed += command.returncode == -signal.SIGKILL
        d(*line, rc=0)
        d(*line, rc=0)
    assert killed, "no command was killed before its end"
    assert d.case(number, "ada")["data"]["renewals"] == 2
    d("audit", rc=0)


def test_of_two_agents_at_once_one_is_first_and_the_other_is_told(desk: Any) -> None:
    d = desk("library")
    d.clock("2026-03-02T16:00:00Z")
    for _ in range(3):
        number = d.open("book_loan", "ada", **BOOK)
        both = [
            d.start("do", number, choice, "--as", person, "--json", *more)
            for person, choice, more in (
                ("ada", "returned", ()),
                ("ben", "lost", ("--with", "note=The dog ate it")),
                ("cleo", "returned", ()),
            )
        ]
        said = [(p.communicate(timeout=60), p.returncode) for p in both]
        codes = [code for _, code in said]
        assert codes.count(0) == 1 and all(code in (0, 1, 3) for code in codes), said
        for (out, _), code in said:
            assert json.loads(out)["ok"] is (code == 0)
        took = [e for s in d.json("log", number)["steps"] for e in s["entries"] if e["kind"] == "choice"]
        assert len({e["at"] for e in took if "at" in e}) <= 1
    d("audit", rc=0)


WRONG = [
    (("do", "99", "renew", "--as", "ada"), 6, "99"),
    (("do", "1", "renw", "--as", "ada"), 1, "renew"),
    (("do", "1", "renew"), 2, "--as"),
    (("do", "1", "renew", "--as", "adda"), 5, "adda"),
    (("do", "1", "renew", "--as", "ada", "--with", "until=soon"), 1, "until"),
    (("do", "1", "renew", "--as", "ada", "--with", "untill=2026-04-01"), 1, "until"),
    (("do", "1", "renew", "--as", "ada", "--with", "until"), 2, "name=value"),
    (("do", "1", "forgiven", "--as", "ada"), 1, "forgiven"),
    (("open", "book_lone", "--as", "ada"), 6, "book_loan"),
    (("open", "book_loan", "--as", "ada", "--with", "section=800"), 1, "section"),
    (("case", "99", "--as", "ada"), 6, "99"),
    (("why", "1", "renw", "--as", "ada"), 6, "renew"),
    (("log", "99"), 6, "99"),
    (("absent", "adda", "--as", "ada"), None, "adda"),
    (("absent", "ada", "--from", "2026-05-05", "--until", "2026-05-01", "--as", "ada"), 2, "--until"),
    (("assign", "1", "benn", "--as", "ada"), 5, "ben?"),
    (("receive",), 2, "FILE.eml"),
    (("receive", "not-there.eml"), 6, "not-there.eml"),
    (("note", "1", "", "--as", "ada"), 1, "note"),
    (("check", "not-there"), 1, "not-there"),
    (("explain", "PF9999"), 6, "PF9999"),
    (("frobnicate",), 2, "frobnicate"),
    (("run", "--onse"), 2, "--once"),
]


@pytest.mark.parametrize(("line", "code", "word"), WRONG, ids=[" ".join(w[0]) for w in WRONG])
def test_a_wrong_command_line_says_what_to_do(one_loan: Any, line: Any, code: int | None, word: str) -> None:
    plain, as_json = one_loan(*line), one_loan(*line, "--json")
    assert plain.returncode == as_json.returncode and plain.returncode not in (0, 4, 7)
    assert code is None or plain.returncode == code, plain.stdout + plain.stderr
    assert "Traceback" not in plain.stderr + as_json.stderr
    assert word in plain.stdout + plain.stderr
    found = json.loads(as_json.stdout)
    assert found["ok"] is False and as_json.stderr == ""


@pytest.fixture(scope="module")
def one_loan(tmp_path_factory: Any, request: Any) -> Any:
    """A library with one loan."""
    d = request.getfixturevalue("desk_at")(tmp_path_factory.mktemp("loan"), "library")
    d.clock("2026-03-02T16:00:00Z")
    d.open("book_loan", "ada", **BOOK)
    return d
