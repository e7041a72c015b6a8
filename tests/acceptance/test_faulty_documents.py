"""What a tired process owner writes: each fault is told at its line and column, with its code and a hint that helps.

Each row changes one place of a sound procedure. `at` is the word at which the fault must be told; `hint` a part
of what must be said to help.
"""

import json
from pathlib import Path
from typing import Any

import pytest

SOUND = Path(__file__).parent / "faulty" / "procedures" / "complaint" / "procedure.yaml"

# (name, text there, text instead, code, the text at whose place it is told, a part of message or hint)
FAULTS: list[tuple[str, str, str, str, str, str]] = [
    # names
    ("state", "to: weighing", "to: wieghing", "PF240", "wieghing", "weighing"),
    ("initial", "initial: told", "initial: tolld", "PF240", "tolld", "told"),
    ("role of a task", "task: {role: driver}", "task: {role: drivr}", "PF242", "drivr", "driver"),
    ("role of a start", "by: clerk", "by: clark", "PF242", "clark", "clerk"),
    ("owner", "owner: chief", "owner: cheif", "PF242", "cheif", "chief"),
    ("field asked", "ask: [parcel, name, email, what]", "ask: [parcel, name, emial, what]", "PF201", "emial", "email"),
    ("field set", "set: {worth: null}", "set: {worht: null}", "PF202", "worht", "worth"),
    ("field in a guard", "'worth != null && worth > 100'", "'worht != null && worth > 100'", "PF310", "worht", "worth"),
    ("field in a text", '"Parcel ${parcel}"', '"Parcel ${parcle}"', "PF310", "parcle", "parcel"),
    ("field in correlate", "correlate: [email]", "correlate: [e_mail]", "PF244", "e_mail", "email"),
    ("subject", "subject: email", "subject: emaill", "PF244", "emaill", "email"),
    ("mailbox", "mailbox('claims')", "mailbox('claim')", "PF315", "'claim'", "claims"),
    ("table", "table('carriers')", "table('carrier')", "PF315", "'carrier'", "carriers"),
    ("column", "[carrier].mail", "[carrier].mial", "PF311", "mial", "mail"),
    ("parameter", "param('limit')", "param('limits')", "PF315", "'limits'", "limit"),
    ("function", "count('call')", "cuont('call')", "PF312", "cuont", "count"),
    ("choice in a function", "count('call')", "count('cal')", "PF315", "'cal'", "call"),
    ("choice in a deadline", "choice pay", "choice payy", "PF241", "payy", "pay"),
    ("state in a deadline", "entering weighing", "entering weihging", "PF240", "weihging", "weighing"),
    ("state in a promise", 'state("paid")', 'state("payd")', "PF315", '"payd"', "paid"),
    ("deadline in a function", "due('answered')", "due('answerd')", "PF315", "'answerd'", "answered"),
    ("enum word in a guard", 'carrier == "post"', 'carrier == "pots"', "PF316", '"pots"', "post"),
    ("enum word in a decision", "carrier: [post, bike], gives", "carrier: [post, bick], gives", "PF220", "[post, bick]", "bike"),
    ("type", "worth: {type: number", "worth: {type: nummber", "PF200", "nummber", "number"),
    ("channel", "mail.send: {to: \"${email}\"", "mial.send: {to: \"${email}\"", "PF120", "mial.send", "mail.send"),
    ("operation", "mail.send: {to: \"${email}\"", "mail.sned: {to: \"${email}\"", "PF120", "mail.sned", "mail.send"),
    ("parameter of an operation", "subject: Received", "subjct: Received", "PF101", "subjct", "subject"),
    ("decision", "decide('desk'", "decide('dsk'", "PF315", "'dsk'", "desk"),
    ("input of a decision", "{'worth': worth", "{'wroth': worth", "PF326", "'wroth'", "worth"),
    ("four eyes", "other_than: [weigh]", "other_than: [wiegh]", "PF241", "wiegh", "weigh"),
    ("key of the procedure", "deadlines:", "dedlines:", "PF101", "dedlines", "deadlines"),
    ("key of a state", "    guide: {", "    giude: {", "PF101", "giude", "guide"),
    ("key of a transition", "note: required", "notes: required", "PF101", "notes", "note"),
    ("key of a deadline", "    within: 2 working days", "    whitin: 2 working days", "PF101", "whitin", "within"),
    ("word of a key", "note: required", "note: requird", "PF104", "requird", "required"),
    ("take", "take: claim", "take: cliam", "PF104", "cliam", "claim"),
    ("language", "{da: Pakken, en: The parcel}", "{da: Pakken, eng: The parcel}", "PF101", "eng", "en"),
    # times
    ("unit", "within: 2 working days", "within: 2 workin days", "PF210", "workin", "working"),
    ("number of a time", "within: 2 working days", "within: two working days", "PF210", "two", "2"),
    ("time of day", '"next open day at 09:00"', '"next open day at 25:00"', "PF210", "25:00", "23:59"),
    ("after before the state", '"next open day at 09:00"', '"-2 days"', "PF210", "-2 days", "2 days"),
    ("deadline beyond all calendars", "within: 2 working days", "within: 99999999 working days", "PF210", "99999999 working days", "40 years"),
    ("after beyond all calendars", '"next open day at 09:00"', "9999 years", "PF210", "9999 years", "40 years"),
    ("deadline of nothing", "within: 2 working days", "within: 0 days", "PF278", "0 days", ""),
    ("warning before the start", "within: 2 working days\n    met: [choice pay, choice turn_down]\n    warn: {at: 4 hours", "within: 3 days\n    met: [choice pay, choice turn_down]\n    warn: {at: 4 days", "PF277", "4 days before", ""),
    ("percentage", "at: 4 hours before", "at: 175%", "PF210", "175%", "100"),
    ("deadline that cannot be met", "met: [choice pay, choice turn_down]", "met: [entering told]", "PF274", "told]", "once it runs"),
    # types
    ("number against text", "worth > 100'", "worth > \"100\"'", "PF317", "> \"100\"", ""),
    ("guard that is a number", "'worth != null && worth > 100'", "worth", "PF320", "worth", "yes"),
    ("date into a number", 'set: {worth: null}', 'set: {worth: "${now}"}', "PF321", "now", ""),
    ("enum into another", 'set: {worth: null}', 'set: {carrier: boat}', "PF204", "boat", "bike"),
    ("outcome that is free text", "outcome: paid", 'outcome: "${what}"', "PF267", "what", ""),
    ("list to one address", 'to: "${email}"', 'to: "${worth}"', "PF321", "worth", ""),
    ("method of a number", "worth > 100'", "worth.contains(\"1\")'", "PF318", "worth.contains", "text"),
    ("pattern", 'pattern: "^[A-Z]{2}[0-9]{4}$"', 'pattern: "^[A-Z{2}[0-9]{4}$("', "PF206", '"^[A-Z{2}[0-9]{4}$("', ""),
    ("range upside down", "{type: number, minimum: 0", "{type: number, minimum: zero", "PF205", "zero", "number"),
    # graph
    ("unreachable state", "  paid: {final: true, outcome: paid}", "  paid: {final: true, outcome: paid}\n  lost: {final: true, outcome: lost}", "PF250", "lost:", ""),
    ("dead end", "choices: {pay: {ask: [reference], to: paid}, turn_down: {note: required, to: turned_down}}", "choices: {pay: {ask: [reference]}, turn_down: {note: required}}", "PF252", "^deciding:", ""),
    ("always in a circle", "      - {to: weighing}\n", "      - {to: sorting}\n", "PF254", "", ""),
    ("duplicate state", "  turned_down: {final", "  paid: {final", "PF011", "paid", ""),
    # privacy
    ("personal into unmarked", "set: {worth: null}", 'set: {reference: "${name}"}', "PF266", "name", "pii"),
    # texts
    ("missing language", "{da: Pakken, en: The parcel}", "{da: Pakken}", "PF270", "{da: Pakken}", "en"),
    # YAML accidents
    ("colon in a text", "summary: Whoever complains is answered.", "summary: Note: whoever complains is answered.", "PF021", "", "quote"),
    ("comma in a text", "{da: Pakken, en: The parcel}", "{da: Pakken, din, en: The parcel}", "PF019", "din", "quote"),
    ("tab", "    guide: {", "\tguide: {", "PF007", "", "space"),
    ("anchor", "task: {role: driver}", "task: &t {role: driver}", "PF012", "&t", ""),
    ("tag", "initial: told", "initial: !!str told", "PF014", "!!str", ""),
    ("open bracket", "correlate: [email]", "correlate: [email", "PF023", "", ""),
    ("open quote", '"next open day at 09:00"', '"next open day at 09:00', "PF022", "", ""),
    ("indentation", "  sorting:\n", "   sorting:\n", "PF024", "", ""),
    ("guard with a comma", "when: 'carrier == \"post\"'", "when: max(1, 2) > 1", "PF019", "", "quote"),
    ("percent sign", "title: {da: Klage, en: Complaint}", "title: %Klage", "PF026", "%", "quote"),
    # expressions
    ("single equals", "carrier == \"post\"", "carrier = \"post\"", "PF300", "=", "=="),
    ("and in words", "worth != null && worth", "worth != null and worth", "PF300", "and", "&&"),
    ("open parenthesis", "count('call') < 3", "(count('call') < 3", "PF300", "", ""),
    ("first argument computed", "count('call')", "count(what)", "PF314", "what", ""),
    ("unclosed expression", '"Parcel ${parcel}"', '"Parcel ${parcel"', "PF300", "", "}"),
    # decisions
    ("gap", "      - {gives: {desk: driver}}\n", "", "PF281", "^desk:\n", "worth"),
    ("row never reached", "      - {gives: {desk: driver}}\n", "      - {gives: {desk: driver}}\n      - {carrier: bike, gives: {desk: chief}}\n", "PF283", "{carrier: bike", ""),
    ("personal data in an outcome", "outcome: turned_down", 'outcome: "${name}"', "PF267", "name", ""),
    ("column of a later table", "worth: null}, to: weighing", "worth: \"${table('carriers')['post'].weight}\"}, to: weighing", "PF311", "weight", "mail"),
    ("question to nobody", "    task: {role: driver}\n", "", "PF257", "", ""),
    ("text with a hash", "subject: Received, text", "subject: Received #, text", "PF023", "", "quote"),
    ("empty file of choices", "choices: {pay: {ask: [reference], to: paid}, turn_down: {note: required, to: turned_down}}", "choices:", "PF103", "", ""),
    ("merge key", "task: {role: driver}", "task: {<<: {role: driver}}", "PF015", "<<", ""),
    ("alias", "task: {role: driver}", "task: *driver", "PF013", "*driver", ""),
    ("two documents", "initial: told\n", "initial: told\n---\na: 1\n", "PF016", "---", ""),
    ("control character", "summary: Whoever", "summary: Who\x07ever", "PF006", "", ""),
    ("range", '"100..500"', '"500..100"', "PF220", '"500..100"', "100"),
]  # fmt: skip


def position(text: str, wanted: str, near: int) -> tuple[int, int]:
    at = text.index(wanted, near)
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: Any) -> Any:
    """Every faulty procedure in a workspace of its own folder, checked: name -> diagnostics."""
    import shutil
    import subprocess
    import sys

    found: dict[str, list[dict[str, Any]]] = {}
    base = tmp_path_factory.mktemp("faulty")
    script = (
        "import contextlib, io, json, sys\nfrom procflow.cli import main\n"
        "for line in sys.stdin:\n"
        "    out = io.StringIO()\n"
        "    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):\n"
        "        main(['-w', line.strip(), 'check', '--format', 'json'])\n"
        "    print(json.dumps(out.getvalue()), flush=True)\n"
    )
    folders = []
    for n, (name, old, new, *_rest) in enumerate(FAULTS):
        folder = base / str(n)
        shutil.copytree(SOUND.parents[2], folder)
        file = folder / "procedures" / "complaint" / "procedure.yaml"
        text = file.read_text()
        assert text.count(old) >= 1, (name, old)
        file.write_text(text.replace(old, new, 1))
        folders.append(folder)
    done = subprocess.run(
        [sys.executable, "-c", script],
        input="\n".join(map(str, folders)),
        text=True,
        capture_output=True,
        check=False,
    )
    for (name, *_rest), line in zip(FAULTS, done.stdout.splitlines(), strict=True):
        found[name] = json.loads(json.loads(line))
    return found


@pytest.mark.parametrize(("name", "old", "new", "code", "word", "help_"), FAULTS, ids=[f[0] for f in FAULTS])
def test_the_fault_is_told_where_it_stands_and_with_help(
    faulty: Any, name: str, old: str, new: str, code: str, word: str, help_: str
) -> None:
    said = faulty[name]
    shown = "\n".join(f"{d['line']}:{d['column']} {d['code']} {d['message']} | {d['hint']}" for d in said)
    mine = [d for d in said if d["code"] == code]
    assert mine, f"no {code} among:\n{shown}"
    sound = SOUND.read_text()
    near = sound.rindex(word[1:]) - 200 if word.startswith("^") else sound.index(old)
    word = word.removeprefix("^")
    text = sound.replace(old, new, 1)
    if word:
        assert position(text, word, near) in [(d["line"], d["column"]) for d in mine], (
            f"{position(text, word, near)} expected:\n{shown}"
        )
    else:
        line = text.count("\n", 0, near) + 1
        assert any(abs(d["line"] - line) <= 1 for d in mine), f"line {line} expected:\n{shown}"
    assert any(help_ in f"{d['message']} {d['hint']}" for d in mine), f"`{help_}` expected:\n{shown}"
    assert all(d["message"] for d in said)
