"""Who may what on the command line: the policy's answers, with a reason, kept in the access log."""

from __future__ import annotations

import json
from typing import Any

from procflow.app import App


def denials(desk: Any) -> list[tuple[str, str, str]]:
    with App(str(desk.folder)) as app:
        told = [fields for _, _, _, fields in app.store.access_log() if fields["code"] != "read"]
    return [(one["person"], one["what"], one["code"]) for one in told]


def test_the_absence_of_somebody_else_is_for_leads_and_the_denial_is_kept(desk: Any) -> None:
    done = desk.run("absent", "qff", "--until", "2026-05-12", by="qaa")
    assert done.returncode == 5
    assert "Anna Test may not register absences" in done.stderr and "Duty lead" in done.stderr
    assert "må ikke registrere andres fravær" in desk.run("absent", "qff", "--lang", "da", by="qaa").stderr
    told = json.loads(desk.run("absent", "qff", "--json", by="qaa").stdout)
    assert told["error"]["code"] == "not-allowed"
    assert told["error"]["facts"] == {"reason": "not_for_roles", "action": "people.move"}
    assert denials(desk) == [("qaa", "people.move", "not_for_roles")] * 3
    desk.ok("absent", "qaa", "--until", "2026-05-12", by="qaa")  # one's own
    desk.ok("absent", "qbb", "--until", "2026-05-12", by="qaa")  # the team mate's
    desk.ok("absent", "qff", "--until", "2026-05-12", by="qll")
    desk.ok("audit")


def test_shifts_are_planned_by_leads_and_swapped_by_those_who_have_them(desk: Any) -> None:
    assert desk.run("shift", "2026-05-21", "early", "qaa", by="qff").returncode == 5
    desk.ok("shift", "2026-05-21", "early", "qaa", by="qll")
    both = ("--confirmed", "qaa", "--confirmed", "qbb")
    assert desk.run("swap", "2026-05-21", "qaa", "qbb", *both, by="qff").returncode == 5
    desk.ok("swap", "2026-05-21", "qaa", "qbb", *both, by="qbb")


def test_the_settings_narrow_what_the_engine_would_take_and_widen_nothing(desk: Any) -> None:
    settings = (desk.folder / "procflow.toml").read_text()
    desk.registered()
    narrow = settings + '[access]\ncase.step = ["policy_dept"]\n"board.read" = ["lead"]\ninbox.all = []\n'
    desk.write("procflow.toml", narrow)
    done = desk.run("do", "1", "withdraw", by="qaa")
    assert done.returncode == 5 and "may not act on a case: it is for Policy department" in done.stderr
    for args in (
        ("note", "1", "x"),
        ("claim", "1"),
        ("suspend", "1", "--until", "2 hours", "--reason", "Wait"),
    ):
        assert desk.run(*args, by="qaa").returncode == 5
    assert desk.run("queues", by="qaa").returncode == 5
    assert desk.run("inbox", "--all", by="qaa").returncode == 5
    desk.ok("queues", by="qll")
    desk.ok("queues", by="")
    desk.ok("inbox", by="qaa")
    refused = json.loads(desk.run("do", "1", "withdraw", "--json", by="qpp").stdout)
    assert refused["refusal"]["code"] == "not_allowed", "the engine says who has the task"
    wide = settings + '[access]\n"case.step" = ["*"]\n'
    desk.write("procflow.toml", wide)
    refused = json.loads(desk.run("do", "1", "withdraw", "--json", by="qpp").stdout)
    assert refused["refusal"]["code"] == "not_allowed"
    desk.ok("do", "1", "withdraw", by="qaa")


def test_a_person_whom_nobody_knows_sees_no_case(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.run("case", "1", by="qqq")
    assert done.returncode == 5 and "nobody here is called qqq" in done.stderr and "hint" not in done.stdout
    assert denials(desk)[-1] == ("qqq", "case.read", "unknown_person")


def test_a_check_says_where_the_settings_name_what_is_not_there(desk: Any) -> None:
    settings = (desk.folder / "procflow.toml").read_text()
    line = settings.count("\n") + 2
    desk.write("procflow.toml", settings + '[access]\n"board.read" = ["lead",\n  "ladd"]\n')
    (found,) = json.loads(desk.run("check", "--format", "json").stdout)
    assert (found["path"], found["line"], found["column"], found["code"]) == (
        "procflow.toml", line + 1, 4, "PF237",
    )  # fmt: skip
    assert "`lead`" in found["hint"]
    desk.write("procflow.toml", settings + '[access]\nboard.reed = ["lead"]\n"case.open" = "lead"\n')
    for command in ("check", "inbox"):
        done = desk.run(command)
        assert done.returncode != 0, "settings that cannot be used let nobody in"
        assert f"procflow.toml:{line}:1: PF231 `board.reed` is no action" in done.stderr
        assert "`board.read`" in done.stderr
        assert f"procflow.toml:{line + 1}:1: PF232 `case.open` must be a list of roles" in done.stderr


def test_an_inbox_of_nobody_is_told_in_danish_too(desk: Any) -> None:
    told = desk.run("inbox", "--lang", "da", by="qax")
    assert told.returncode == 6 and "ingen her hedder" in told.stderr and "mente du" in told.stderr, (
        told.stderr
    )
