"""What `case`, `do`, `open`, `why`, `audit` and `plugins` print for people."""

from typing import Any

MAIL_IN_A_FILE = (
    'store = "sqlite:cases.db"\nlanguage = "en"\nclock = "clock.txt"\n[channels.mail]\nmode = "file"\n'
)


def test_a_running_deadline_is_the_sentence_to_promise(desk: Any) -> None:
    desk.registered()
    desk.write("procflow.toml", MAIL_IN_A_FILE)
    printed = desk.ok(
        "do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes"
    )
    assert "Tell the customer: The change is made no later than Tuesday 19 May 2026 at 17:00." in printed
    danish = desk.ok("case", "1", "--lang", "da")
    assert desk.ok("case", "1", "--lang", "da_DK.UTF-8") == danish
    assert desk.ok("case", "1", "--lang", "xx") == desk.ok("case", "1")  # not two languages on one screen
    assert "Sig til kunden: Ændringen er udført senest tirsdag den 19. maj 2026 kl. 17.00." in danish
    desk.clock("2026-05-20T10:05:00+02:00")
    desk.ok("run", "--once")
    assert "The change is made: missed, due Tuesday 19 May 2026 at 17:00" in desk.ok("case", "1")


def test_a_case_that_a_step_opened_is_named(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    assert "started case 2: Change of a policy" in desk.ok("do", "1", "pass_on")


def test_an_effect_by_hand_says_what_to_do_and_what_to_type(desk: Any) -> None:
    desk.registered()
    printed = desk.ok(
        "do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes"
    )
    assert "By hand: mail.send\n" in printed and "policy@prosam.example" in printed
    assert "procflow do 1 confirm --with reference=…" in printed
    desk.ok("do", "1", "confirm", "--with", "reference=M-1")
    assert "By hand" not in desk.ok("case", "1")


def test_why_shows_each_guard_with_its_values_and_line_and_who_has_the_work(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    printed = desk.ok("why", "1")
    lines = (desk.folder / "procedures" / "errand" / "procedure.yaml").read_text().splitlines()
    at = next(n for n, line in enumerate(lines, 1) if "scold" in line)
    assert f"✗ scold: not offered   (procedures/errand/procedure.yaml:{at})" in printed
    assert '✗ “Customer number” is not “999999”   [kn == "999999"]' in printed
    assert "= “Customer number”: “104233”" in printed
    assert "→ leads to “It is being settled”" in printed
    assert "“The customer tells”: the work is with Anna Test, Lis Test" in printed
    danish = desk.ok("why", "1", "scold", "--lang", "da")
    assert "tilbydes ikke" in danish and "settle" not in danish


def test_why_says_in_words_that_a_state_begins_anew(desk: Any) -> None:
    procedure = desk.folder / "procedures" / "errand" / "procedure.yaml"
    procedure.write_text(
        procedure.read_text().replace("{when: 'kn == \"999999\"', to: passed}", "{to: self}")
    )
    desk.ok("open", "errand", "--with", "kn=104233")
    assert "→ leads to “The customer tells”, which begins anew" in desk.ok("why", "1", "scold")
    assert "→ fører til “Kunden fortæller”, som begynder forfra" in desk.ok(
        "why", "1", "scold", "--lang", "da"
    )


def test_why_shows_how_a_deadline_was_computed(desk: Any) -> None:
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    printed = desk.ok("why", "1", by="qpp")
    assert "Deadline carrier_acts (running): due Tuesday 19 May 2026 at 17:00" in printed
    assert "5 working days" in printed
    danish = desk.ok("why", "1", "--lang", "da", by="qpp")
    assert "Frist carrier_acts (løber): forfalder tirsdag den 19. maj 2026 kl. 17.00" in danish


IN_HOUSE = """\
procedure: in_house
title: {da: Internt, en: In house}
owner: lead
starts: [{by: agent}]
initial: asked
states:
  asked: {task: {role: agent}, choices: {done: {to: over}}}
  over: {final: true}
deadlines:
  looked_at: {title: {da: Nogen har set på det, en: Somebody has looked}, starts: opening, within: 24 hours, met: choice done}
"""


def test_where_no_customer_is_nobody_is_told_a_date(desk: Any) -> None:
    desk.write("procedures/in_house/procedure.yaml", IN_HOUSE)
    printed = desk.ok("open", "in_house")
    assert "Somebody has looked: running, due Tuesday 12 May 2026 at 10:05" in printed
    assert "Tell the customer" not in printed
    assert "Nogen har set på det: løber, frist tirsdag den 12. maj 2026 kl. 10.05" in desk.ok(
        "case", "1", "--lang", "da"
    )


def test_the_log_tells_what_happened_once_and_in_the_words_of_the_screen(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    given = ("wish=A new glass cover", "keeper=qll", "way=mail", "calm=yes", "note=She rang about it")
    desk.ok("do", "1", "settle", *(part for pair in given for part in ("--with", pair)))
    printed = desk.ok("log", "1")
    assert "Anna Test took “We settle it”" in printed
    assert "“We settle it” led from “The customer tells” to “It is being settled”" in printed
    assert "Keeper = Lis Test" in printed and "Wish = A new glass cover" in printed
    assert "work in “It is being settled” for Service agent" in printed
    for idle in ("the case left", "listening", "settling", "the opening was asked for", "keeper ="):
        assert idle not in printed, idle
    danish = desk.ok("log", "1", "--lang", "da")
    assert "“Vi ordner det” førte fra “Kunden fortæller” til “Det ordnes”" in danish
    left = next(e for s in desk.json("log", "1")["steps"] for e in s["entries"] if e["kind"] == "StateLeft")
    assert left["state"] == "listening", "for programs the ids stay"


def test_who_looked_at_a_case_stands_in_the_access_log(desk: Any) -> None:
    from procflow.app import App

    desk.ok("open", "errand", "--with", "kn=104233")
    for words in (("case", "1"), ("why", "1"), ("log", "1")):
        desk.ok(*words, by="qll")
    with App(str(desk.folder)) as app:
        seen = [(fields["person"], fields["what"]) for _, _, _, fields in app.store.access_log()]
    assert seen == [("qll", "case"), ("qll", "why"), ("qll", "log")]


def test_the_whole_record_is_verified_and_a_changed_byte_is_found(desk: Any) -> None:
    import sqlite3

    desk.registered()
    desk.ok("absent", "qbb", "--until", "2026-05-12")
    assert desk.ok("audit").splitlines()[-1] == "The record is whole."
    assert "Journalen er hel." in desk.ok("audit", "--lang", "da")
    with sqlite3.connect(desk.folder / "cases.db") as connection:
        guards = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"
        )
        for (name,) in guards.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE journal SET at = at + 1 WHERE number = 1 AND sequence = 2")
    connection.close()
    done = desk.run("audit")
    assert done.returncode == 1
    assert "case 1, step 2" in done.stdout


def test_plugins_are_listed_with_mode_and_what_they_were_verified_against(desk: Any) -> None:
    desk.write("procflow.toml", MAIL_IN_A_FILE)
    printed = desk.ok("plugins")
    assert "mail: send   mode file, verified stand-in" in printed
    assert "hooks: register_channels" in printed and "not well" not in printed
    desk.write("plugins/broken.py", "raise RuntimeError('no luck')\n")
    done = desk.run("plugins")
    assert done.returncode == 1
    assert "no luck" in done.stdout


def test_where_the_owner_wrote_what_to_say_no_deadline_is_told_to_the_customer_beside_it(desk: Any) -> None:
    file = desk.folder / "procedures" / "errand" / "procedure.yaml"
    text = file.read_text("utf-8").replace(
        "    starts: entering settling",
        "    title: {da: Kunden har fået svar, en: The customer is answered}\n    starts: opening",
    )
    file.write_text(text, "utf-8")
    opened = desk.ok("open", "errand", "--with", "kn=104233")
    assert "Say: “What can I do for you?”" in opened
    assert "Tell the customer" not in opened
    assert "The customer is answered: running, due Tuesday 12 May 2026 at 10:05" in opened
    settled = desk.answers("1", "She wants her contract", "qbb", "1", "y", "", "She asked for it", "", "q")
    assert (
        "Tell the customer: The customer is answered no later than Tuesday 12 May 2026 at 10:05."
        in settled.stdout
    )


VISIT = """
procedure: visit
title: {da: Besøg, en: Visit}
owner: lead
initial: planned
states:
  planned: {task: {role: agent}, choices: {made: {to: over}}}
  over: {final: true, outcome: made}
"""
WAITING = """
procedure: waiting_for_visit
title: {da: Venter, en: Waiting}
owner: lead
starts: [{by: agent}]
initial: asked
states:
  asked: {task: {role: agent}, choices: {send: {to: visited}}}
  visited: {invoke: {procedure: visit}, events: {done: {to: over}, failed: {to: over}}}
  over: {final: true, outcome: over}
"""


def test_a_case_that_waits_for_another_says_for_which(desk: Any) -> None:
    desk.write("procedures/visit/procedure.yaml", VISIT)
    desk.write("procedures/waiting_for_visit/procedure.yaml", WAITING)
    desk.ok("check")
    desk.ok("open", "waiting_for_visit")
    said = desk.ok("do", "1", "send")
    assert "Waits for case 2: Visit" in said and "procedure" not in said
    assert "Venter på sag 2: Besøg" in desk.ok("--lang", "da", "case", "1")
    (waiting,) = desk.json("case", "1")["waiting"]
    assert waiting["case"] == {"number": 2, "procedure": "visit", "title": "Visit"}
