"""The words that a random procedure may be made of: guards, values, times, effects, moments. Texts only.

`{c}` stands for a choice, `{d}` for a deadline, `{e}` for an event, `{p}` for a procedure, `{s}` for a state.
"""

from __future__ import annotations

from typing import Any

ORGANISATION = """organisation: monkeys
timezone: Europe/Copenhagen
languages: [da, en]
calendar: {country: DK, closed: [06-05, 12-24], open: {mon-thu: "09:00-17:00", fri: ["09:00-12:00", "13:00-15:30"]}}
stand_in: [mate, lead]
roles: {agent: {da: Kundeservice, en: Service agent}, advisor: {da: Assurandør, en: Advisor}, lead: {da: Vagtleder, en: Duty lead}, nobody: {da: Ingen, en: Nobody}}
people:
  qaa: {name: Anna Test, roles: [advisor, agent], mate: qbb, mail: qaa@prosam.example, phone: "+4571999911", region: east}
  qbb: {name: Bo Test, roles: [advisor], mate: qaa, mail: qbb@prosam.example}
  qcc: {name: Cæcilie Ø Test, roles: [agent], mail: qcc@prosam.example}
  qll: {name: Lis Test, roles: [lead, agent], mail: qll@prosam.example}
mailboxes: {main: main@prosam.example, economy: economy@prosam.example}
parameters: {gap: 60 minutes, num: 3, slow: 2 working days}
"""
PEOPLE = ("qaa", "qbb", "qcc", "qll")
TYPES = 'types:\n  customer_number: {type: string, pattern: "^[0-9]{4,10}$", label: {da: Kundenummer, en: Customer number}}\n'
TABLE = """tables: codes
title: {en: Codes}
columns: {code: {type: string, key: true}, handler: {type: string}, response: {type: duration}}
versions:
  - valid: {from: 2020-01-01, until: 2026-06-30}
    rows: [{code: x, handler: KC, response: 4 working days}, {code: y, handler: AA, response: 3 days}]
  - valid: {from: 2026-07-01}
    rows: [{code: x, handler: KC, response: 2 open hours}, {code: z, handler: BB, response: 30 minutes}]
"""
SETTINGS = """store = "sqlite:cases.db"
clock = "clock"
language = "{language}"
[channels.mail]
mode = "{mail}"
[channels.sms]
mode = "{sms}"
[channels.vehicle_register]
mode = "manual"
[access]
"inbox.all" = ["agent", "lead"]
"case.signal" = ["agent", "lead"]
"""

DATA: dict[str, dict[str, Any]] = {
    "kn": {"type": "customer_number"},
    "txt": {"type": "plain_text", "pii": True, "label": {"da": "Tekst", "en": "Text"}},
    "n": {"type": "integer", "minimum": 0, "maximum": 50},
    "m": {"type": "number", "default": 1.5},
    "b": {"type": "boolean"},
    "e": {"enum": ["x", "y", "z"], "labels": {"x": {"da": "Ekspres", "en": "Express"}}},
    "day": {"type": "date"},
    "inst": {"type": "instant"},
    "dur": {"type": "duration"},
    "who1": {"type": "person"},
    "arr": {"type": "array", "items": {"type": "string"}, "pii": True},
    "address": {"type": "email", "pii": True},
    "phones": {"type": "array", "items": {"type": "phone"}, "pii": True},
    "ev": {"type": "evidence", "covers": ["txt"]},
    "people": {"type": "array", "items": {"type": "person"}},
    "obj": {"type": "object", "properties": {"q": {"type": "integer"}, "w": {"type": "string"}}},
    "tries": {"type": "integer", "default": 0},
    "role1": {"type": "role"},
}
ASKED = [name for name in DATA if name not in ("ev", "tries")]

# fmt: off
STARTS: list[dict[str, Any]] = [
    {"message": "message.channel == 'mail'", "set": {"txt": "${message.text}", "address": "${message.from}"}},
    {"message": "message.text.contains('hej')", "set": {"txt": "${message.text}"}},
    {"event": "ev0"}, {"event": "ev1", "when": "kn != null"}, {"every": "open day at 08:00"}, {"every": "first open day of the month at 10:00"},
]
TIMES = [
    "30 minutes", "24 hours", "24 hours on open days", "3 days", "2 working days", "6 open hours", "today at closing", "next open day at 09:00",
    "every open day at 08:00", "${day}", "${day} minus 1 months rolled back to an open day", "${inst}", "${param('gap')}", "${param('slow')}",
    "${dur}", "${e == 'x' ? '2 days' : '5 open hours'}", "${table('codes')[e].response}",
]
SPANS = [*TIMES[:8], "${param('slow')}", "${table('codes')[e].response}"]
GUARDS = [
    "b", "!b", "e == 'x'", "e in ['x', 'y']", "e != null", "n != null && n > 3", "tries < 2", "m > 2", "txt != null && txt.contains('a')",
    "txt != null && txt.matches('^[a-z]+')", "day != null && day < date(now)", "inst != null && inst > now", "arr.size() > 1", "'a' in arr",
    "arr.exists(x, x == 'b')", "count('{c}') > 1", "count_today('{c}') == 0", "did('mail.send')", "who('{c}') == person('qaa')",
    "who1 == person('qaa')", "absent(person('qaa'))", "param('num') > 2", "ev.accepted", "ev.verdict == 'second_check'",
    "cases('{p}', {{'kn': kn}}).size() > 1", "table('codes')[e] != null", "open_at(now)", "members('agent').size() > 1", "obj.q != null && obj.q > 3",
    "people.exists(x, x == who1)", "dur == null", "phones.size() == 0",
]
WITH_DEADLINE = ["missed('{d}')", "due('{d}') != null && due('{d}') > now", "act_by('{d}') != null"]
BY_PEOPLE = ["'lead' in actor.roles", "actor.id == 'qaa'", "actor == who1"]
VALUES: dict[str, list[Any]] = {
    "n": [3, "${tries}", "${count('{c}')}", None, "${people.size()}"], "m": [2.25, "${m * 2}", "${m - 0.1}", "${m / 3}"],
    "b": [True, "${!b}", "${e == 'x'}", None], "e": ["x", "z", "${b ? 'x' : 'y'}", None], "day": ["2026-05-29", "${date(now)}", None],
    "inst": ["${now}", "${add_time(now, '4 working days')}", None, "${case.opened}"], "dur": ["2 days", "30 minutes", None],
    "who1": ["qaa", "${actor}", "${mate(person('qaa'))}", None, "${who('{c}')}"], "arr": ["${arr + [kn]}", [], ["a", "b"], "${arr.filter(x, x != 'a')}"],
    "txt": ["Fast tekst", "${kn} og ${e}", None, "${string(n)}"], "tries": ["${tries + 1}", 0, "${tries - 1}"],
    "people": [["qaa", "qbb"], "${[who1]}", "${members('agent')}"],
}
EFFECTS: list[dict[str, Any]] = [
    {"note.write": {"text": "Note ${case.number} ${txt} ${arr} ${inst} ${who1}"}}, {"notify": {"role": "lead"}}, {"notify": {"person": "${who1}"}},
    {"raise": "{e}"}, {"signal": {"name": "{e}", "to": {"procedure": "{p}", "where": {"kn": "${kn}"}}}}, {"start": {"procedure": "{p}", "with": {"kn": "${kn}"}}},
    {"start": {"procedure": "{p}", "with": {"kn": "${kn}", "received": "${case.opened}"}}}, {"sms.send": {"to": "${phones[0]}", "text": "Hej ${kn}"}},
    {"mail.send": {"to": "${address}", "subject": {"da": "Emne ${kn}", "en": "Subject ${kn}"}, "text": {"da": "Kære ${txt} ${m}", "en": "Dear ${txt}"}}},
    {"mail.send": {"to": "${mailbox('economy')}", "subject": "Til ${who1}", "text": "x ${day} ${inst} ${dur}"}},
    {"mail.send": {"to": "${mailbox('main')}", "subject": "Bilag", "text": "Se", "attach": ["${ev.file}"]}}, {"relatel.message": {"to": "${who1}", "text": "${kn}"}},
]
INVOKED: list[dict[str, Any]] = [
    {"vehicle_register.lookup": {"plate": "AB12345", "purpose": "${kn}"}}, {"mail.send": {"to": "${mailbox('main')}", "subject": "Q ${kn}", "text": "${txt}"}},
    {"procedure": "{p}", "with": {"kn": "${kn}"}}, {"procedure": "{p}", "with": {}},
]
ON_MESSAGE: list[Any] = [
    {"when": "proof_of(message).accepted", "set": {"ev": "${proof_of(message)}"}}, {"when": "message.text.contains('ja')", "set": {"arr": "${arr + [message.text]}"}},
    {"when": "message.files.size() > 0", "set": {"ev": "${evidence('messenger', message.files[0])}"}, "keep": "2 working days"},
    {"set": {"txt": "${message.text}"}, "keep": "7 days"}, {"when": "message.fields.x == '1'"},
]
WORK = [{"role": "agent"}] * 3 + [{"role": "advisor"}, {"role": "lead"}, {"role": "nobody"}] + [
    {"to": to} for to in ("${who1}", "${mate(who1)}", "${people}", "${role('agent')}", "${members('advisor')}")]
SAID = ["Hej ${actor.name}, sag ${case.number}", "Vi ringer", "Det er ${txt} og ${arr}", "Beløb ${m} og ${n}", "Se ${kn} ${who1} ${e}"]
MOMENTS: list[Any] = ["opening", "entering {s}", "leaving {s}", "choice {c}", "event {e}", ["entering {s}", "choice {c}"], {"when": "b"}, {"when": "tries > 1"}]
THAT = ["state('{s}')", "choice('{c}')", "event('{e}')", "closed()", "did('mail.send')", "b", "ev.accepted", "state('{s}') && !b"]
# fmt: on
DECISION = {
    "title": {"en": "Which"},
    "hit": "first",
    "inputs": {"e": ["x", "y", "z"], "n": "integer"},
    "rows": [
        {"e": "x", "gives": {"res": "one"}},
        {"e": ["y", "z"], "n": "< 5", "gives": {"res": "two"}},
        {"gives": {"res": "three"}},
    ],
}
