"""The parts of the language that a random procedure may have besides the plain ones, each with what it brings.

A procedure draws some of them; what each adds is put in among the plain. It must not know how a procedure is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from procflow.rehearsal.bench import ORGANISATION

PARTS = ("people", "dates", "refuse", "input", "signals", "deep", "tables", "every")
#: Those that fewer procedures have, and that are drawn beside these only where many are looked at.
MORE = ("answers", "messages", "weights", "each", "times", "texts", "house", "others", "evidence", "forms")
MORE += ("takes", "clocks", "begun", "given", "rows")
_LINE = {"what": {"enum": ["red", "green", "blue"]}, "worth": {"type": "integer", "minimum": 0}}
#: What each brings to the data of the case.
DATA: dict[str, dict[str, Any]] = {
    "people": {"whom": {"type": "person"}},
    "dates": {"day": {"type": "date"}},
    "weights": {"weight": {"type": "integer"}},
    "times": {"at": {"type": "instant"}},
    "texts": {
        "word": {"type": "string", "minLength": 2, "maxLength": 4},
        "few": {"type": "integer", "minimum": 1, "maximum": 3},
    },
    "house": {"whom": {"type": "person"}},
    "evidence": {"proof": {"type": "evidence", "covers": ["kind"]}},
    "forms": {
        "left": {"type": "string"},
        "right": {"type": "string"},
        "parcels": {"type": "integer", "maximum": 3},
    },
    "takes": {"whom": {"type": "person"}},
    "clocks": {"gap": {"type": "duration"}, "at": {"type": "instant"}},
    "begun": {"tag": {"type": "string"}, "left": {"type": "string"}},
    "given": {
        "size": {"type": "integer", "default": 1},
        "grade": {"enum": ["good", "bad"], "default": "good"},
        "code": {"type": "string", "normalise": ["trim", "upper"], "maxLength": 3},
    },
    "rows": {
        "lines": {"type": "array", "items": {"type": "object", "properties": _LINE}},
        "one": {"type": "object", "properties": _LINE},
    },
}
#: What is asked for where a part is there, and what a walk may then enter.
ENTERED: dict[str, dict[str, tuple[Any, ...]]] = {
    "people": {"whom": ("ann", "bob", "liz")},
    "dates": {"day": ("2026-05-09", "2026-05-11", "2026-05-12", "2026-05-15")},
    "weights": {"weight": (0, 1, 2, 5)},
    "times": {"at": ("2026-05-11 09:00", "2026-05-12 09:30", "2026-05-13 17:00", "2026-05-16 00:00")},
    "texts": {"word": ("ab", "abc", "abcd", "zz"), "few": (1, 2, 3)},
    "house": {"whom": ("ann", "bob", "liz")},
    "takes": {"whom": ("ann", "bob", "liz")},
    "clocks": {
        "gap": ("3 hours", "2 working days", "0 minutes"),
        "at": ("2026-05-11 09:00", "2026-05-12 09:30", "2026-05-16 00:00"),
    },
    "begun": {"tag": ("1040", "2050")},
    "given": {"size": (0, 1, 2), "grade": ("good", "bad"), "code": ("ab", " AB ", "x")},
    "rows": {
        "lines": ([{"what": "red", "worth": 3}], [{"what": "green", "worth": 1}, {"what": "red"}], []),
        "one": ({"what": "red", "worth": 3}, {"worth": 0}, {"what": "blue"}),
    },
}
#: What the fields of a form may hold that comes as a message.
FILLED_IN = {
    "left": ("ab", "cd"),
    "right": ("ab", "cd"),
    "parcels": ("0", "2", "7", "some"),
    "form": ("x", "y"),
    "tag": ("1040", "2050"),
}
#: What a message with fields is asked for, and what is put from it into the case.
OF_FORMS = ('message.fields.form == "x"', "message.fields.left == null", "message.fields.right == left")
SET_FROM_FORMS = (
    ("left", "${message.fields.left}"),
    ("left", "${message.fields.left}"),
    ("right", "${message.fields.right}"),
    ("right", "${message.fields.left}"),
    ("parcels", "${message.fields.parcels}"),
)
#: What opens a case.
MESSAGES = ("true", 'message.text == "accepted"', "message.fields.tag != null", 'message.form != "bounce"')
#: Fields of one step only.
OWN: dict[str, dict[str, Any]] = {
    "extra": {"type": "boolean"},
    "pick": {"enum": ["x", "y"]},
    "many": {"type": "integer", "minimum": 0, "maximum": 4},
}
OWN_ENTERED: dict[str, tuple[Any, ...]] = {"extra": (True, False), "pick": ("x", "y"), "many": (0, 1, 2, 4)}
#: The keys of one row are all there; the second version says otherwise.
TABLE = """\
tables: things
title: {en: Things, da: Ting}
columns: {kind: {type: string, key: true}, worth: {type: integer}, good: {type: boolean}, time: {type: duration}}
versions:
  - valid: {from: 2026-01-01, until: 2026-05-13}
    rows: [{kind: red, worth: 1, good: true, time: 5 hours}, {kind: green, worth: 3}]
  - valid: {from: 2026-05-14}
    rows: [{kind: red, worth: 2, good: false}, {kind: green, worth: 3, good: true, time: 2 days}]
"""
#: The bench's organisation, with what a procedure may reckon with.
HOUSE = f"{ORGANISATION}parameters: {{gap: 6 hours, most: 2}}\n"
#: A second procedure, which the first one opens.
HELPER = "helper"
_BETWEEN = "# and beside it\n"
_KINDS = ["red", "green", "blue"]
#: How a part is known again in the text of a procedure.
SIGNS = {
    "people": r"other_than:|who\(|whom",
    "dates": r"\bday [<>=!]|\{day\}|date\(now\)|today",
    "refuse": r"refuse:",
    "input": r"input\.",
    "signals": r"signal:",
    "deep": r"_b_p:",
    "tables": r"table\(|decide\(",
    "every": r"every",
    "answers": r"invoke:",
    "messages": r" message:",
    "weights": r"\bweight\b(?!: \{)",
    "each": r"each:",
    "times": r"\bat [<>=!]|\{at\}|, at\)|due\(|now \+|add_time",
    "rows": r"\blines[.\[ )]|\bone[. ]",
    "texts": r"\bword\b(?!: \{)|\bfew\b(?!: \{)",
    "house": r"absent\(|mate\(|cases\(|one_open_per",
    "others": r"procedure: helper",
    "evidence": r"proof",
    "forms": r"message\.fields",
    "takes": r"take:",
    "clocks": r"param\(|\bgap\b|act_by\(",
    "begun": r"fields\.tag",
    "given": r"\b(size|grade|code)\b(?!:)",
}


def parts_in(text: str) -> set[str]:
    """The parts that the text of a procedure really has."""
    body = text.replace("type: person", "").replace("type: date", "")
    return {part for part, sign in SIGNS.items() if re.search(sign, body.partition("initial:")[2] or body)}


def atoms(parts: Sequence[str], choices: Sequence[str], one: Callable[[Any], Any]) -> Iterator[str]:
    """Conditions that may stand anywhere."""
    if "people" in parts:
        yield from ("whom == null", "whom != null", 'whom == person("ann")', 'whom in members("lead")')
        for name in choices[:2]:
            yield f'who("{name}") == whom'
            yield f'who("{name}") == null'
            yield f'who("{name}") != who("{one(choices)}")'
    if "dates" in parts:
        yield from ("day == null", "day < date(now)", "date(now) <= day", 'date(now) > date("2026-05-12")')
        yield from ('day == date("2026-05-12")', "day > date(now) || kind == null")
    if "weights" in parts:
        yield from ("weight > 1", "weight == null", "tries + weight > 2", "weight + tries < 3")
        yield from ("weight != null && weight * 2 > tries", "tries / weight >= 1")
    if "times" in parts:
        yield from ("at < now", "now <= at", "at == null", 'at + duration("24 hours") < now')
        yield from ('add_time(now, "2 days") > at', "open_at(now)", 'at == timestamp("2026-05-12 09:30")')
    if "texts" in parts:
        yield from (
            "size(word) > 2",
            'word == "ab"',
            'word.startsWith("ab")',
            'word.matches("^a.c")',
            "few >= 2",
        )
        yield from (
            "few < amount",
            "few + amount > 3",
            "word == null",
            "few > 3",
            "few == null",
            "few != amount",
        )
    if "house" in parts:
        yield from ('absent(person("ann"))', "absent(whom)", 'mate(whom) == person("bob")', "whom == null")
        yield from ('size(cases("errand", {kind: kind})) > 1', 'cases("errand", {}).exists(x, x.sure)')
        yield from (
            'cases("errand", {kind: kind}) == []',
            'cases("errand", {sure: true}).exists(x, x.kind == kind)',
        )
    if "forms" in parts:
        yield from ("left == null", "right != null", "left == right", "left != null && right == null")
        yield from ("parcels == null", "parcels > 1", 'left == "ab"')
    if "takes" in parts:
        yield from ("whom == null", 'whom == person("ann")', 'whom == "bob"')
    if "clocks" in parts:
        yield from ('amount > param("most")', 'tries == param("most")', "gap == null", "at < now")
        yield from ('gap > duration("2 hours")', 'now - at > param("gap")', 'now > at + param("gap")')
    if "begun" in parts:
        yield from ("tag == null", 'tag == "1040"', "left == tag", "left == null")
    if "given" in parts:
        yield from (
            "size == 1",
            "size > 1",
            'grade == "good"',
            'code == "AB"',
            "code == null",
            "size == null",
        )
    if "rows" in parts:
        yield from ("lines.exists(x, x.worth > 2)", "lines.all(x, x.what == kind)", "size(lines) > 1")
        yield from ('lines.map(x, x.what).exists(y, y == "red")', "kind in lines.map(x, x.what)")
        yield from ("lines.filter(x, x.worth > 1) == []", 'lines.exists_one(x, x.what == "red")')
        yield from ("one == null", "one.worth > 2", "one.what == kind", "one.what == null", "lines == []")
        yield from ("lines.exists(x, x.what == one.what && x.worth > one.worth)", "!has(one.worth)")
    if "evidence" in parts:
        yield from ("proof.accepted", "!proof.accepted", 'proof.verdict == "rejected"', "proof == null")
        yield from ('proof.verdict == "second_check"', 'proof.channel == "mail"')
    if "tables" in parts:
        yield from ('decide("count", {amount: amount}).size == "big"',)
        yield from (
            'decide("all", {kind: kind}).exists(x, x.answer == "a")',
            'decide("all", {kind: kind}) == []',
            'decide("all", {kind: kind}).all(x, x.answer == "a")',
            '"b" in decide("all", {kind: kind}).map(x, x.answer)',
            'decide("all", {kind: kind}).exists_one(x, x.answer == "a")',
            'size(decide("all", {kind: kind}).filter(x, x.answer != "a")) > 1',
        )
        yield from ('table("things")[kind].worth > 1', 'table("things")["red"].worth == 2')
        yield from ('table("things")[kind].good', 'table("things")[kind] == null')
        yield from ('decide("sort", {kind: kind, sure: sure}).answer == "a"',)


def of_a_choice(parts: Sequence[str], choices: Sequence[str], own: Sequence[str]) -> list[str]:
    """Conditions of a choice alone: who takes it, and what only this step is told."""
    found: list[str] = []
    if "people" in parts:
        found += ['actor.id == "ann"', "actor == whom"]
        found += [f'actor == who("{name}")' for name in choices[:1]]
    for name in own:
        found.append(f"input.{name} == null")
        found += {
            "extra": ["input.extra", "!input.extra"],
            "pick": ['input.pick == "x"', 'input.pick != "x"'],
            "many": ["input.many > 1", "input.many < amount"],
        }[name]
    return found


def assignments(parts: Sequence[str], choices: Sequence[str]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if "people" in parts:
        found += [("whom", "ann"), ("whom", None)]
        found += [("whom", f"${{who('{name}')}}") for name in choices[:1]]
    if "dates" in parts:
        found += [("day", "2026-05-13"), ("day", None), ("day", "${date(now)}")]
    if "weights" in parts:
        found += [("weight", "${tries + weight}"), ("weight", None), ("tries", "${weight + tries}")]
    if "times" in parts:
        found += [("at", "${now}"), ("at", None), ("at", '${add_time(now, "1 days")}')]
        found += [("at", '${now + duration("30 hours")}')]
    if "texts" in parts:
        found += [
            ("few", "${few + 1}"),
            ("few", "${few - 1}"),
            ("few", "${amount}"),
            ("few", "${size(word)}"),
        ]
        found += [("word", '${word + "c"}'), ("word", None), ("word", "${kind}"), ("amount", "${few}")]
    if "house" in parts:
        found += [("whom", "${mate(whom)}"), ("whom", "ann"), ("whom", '${cases("errand", {})[0].whom}')]
        found += [("kind", '${cases("errand", {sure: true})[0].kind}')]
    if "evidence" in parts:
        found += [("proof", None)]
    if "takes" in parts:
        found += [("whom", "ann"), ("whom", "BOB"), ("whom", None)]
    if "clocks" in parts:
        found += [("gap", "4 hours"), ("gap", "${param('gap')}"), ("gap", None), ("at", "${now}")]
        found += [("at", "${now + param('gap')}"), ("gap", "${table('things')[kind].time}")]
    if "begun" in parts:
        found += [("tag", "1040"), ("left", "${tag}"), ("tag", None)]
    if "given" in parts:
        found += [("size", None), ("size", "${size + 1}"), ("grade", "${size > 1 ? 'bad' : 'good'}")]
        found += [("grade", None), ("code", "ab"), ("code", None), ("code", '${"a" + "b"}')]
    if "rows" in parts:
        found += [("lines", [{"what": "red", "worth": 3}]), ("lines", None), ("one", None)]
        found += [
            ("lines", "${lines.filter(x, x.worth > 1)}"),
            ("one", {"what": "${kind}", "worth": "${amount}"}),
        ]
        found += [("lines", "${lines + [one]}"), ("kind", "${one.what}"), ("amount", "${one.worth}")]
        found += [("one", "${lines[0]}"), ("one", {"worth": 1}), ("seen", "${lines.map(x, x.what)}")]
    if "tables" in parts:
        found += [("amount", '${table("things")[kind].worth}'), ("sure", '${table("things")[kind].good}')]
    return found


def assigned_by_choices(parts: Sequence[str], own: Sequence[str]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [("whom", "${actor}"), ("whom", "${actor}")] if "people" in parts else []
    of = {"extra": ("sure", "${input.extra}"), "many": ("amount", "${input.many}")}
    return found + [of[name] for name in own if name in of]


def effects(parts: Sequence[str]) -> list[dict[str, Any]]:
    """Effects beside the plain ones."""
    found: list[dict[str, Any]] = []
    if "weights" in parts:
        found += [
            {"note.write": {"text": "${tries + weight}"}},
            {"when": "weight != null", "note.write": {"text": "${weight * 2}"}},
        ]
    if "others" in parts:
        given: dict[str, Any] = {"kind": "${kind}"}
        found += [{"start": {"procedure": HELPER, "with": {**given, "sure": True}}}]
        found += [{"start": {"procedure": HELPER, "with": {**given, "amount": "${amount}"}}}]
    if "each" in parts:
        found += [{"each": "${seen}", "as": "x", "raise": name} for name in ("r0", "r1")]
    return found


def spans(parts: Sequence[str]) -> list[str]:
    """Times of `after` and of deadlines."""
    found = []
    if "clocks" in parts:
        found += [
            "${gap}",
            "${param('gap')}",
            "${table('things')[kind].time}",
            "${amount} hours",
            "${tries} days",
        ]
    if "times" in parts:
        found += ["${at}", "${at} plus 2 hours", "${at} minus 1 days"]
    if "dates" in parts:
        found += ["${day}", "${day} plus 2 days", "today at closing", "next open day at 09:00"]
    return found


def asked_outside(state: dict[str, Any], by_people_too: bool) -> dict[str, Any]:
    """A state that waits for an answer."""
    mail = {"to": "ann@bench.example", "subject": "Errand", "text": "Look at it."}
    return {**(state if by_people_too else {}), "invoke": {"mail.send": mail}}


OF_RESULTS = (
    'result.outcome == "done_well"',
    'result.kind == "red"',
    "result.sure",
    "result.kind == kind",
    "result.tries > 0",
)
SET_FROM_RESULTS = (
    ("kind", "${result.kind}"),
    ("sure", "${result.sure}"),
    ("amount", "${result.amount}"),
    ("tries", "${result.tries}"),
)


def asked_of_another(state: dict[str, Any], by_people_too: bool, given: dict[str, Any]) -> dict[str, Any]:
    """A state that waits for the end of a case of another procedure."""
    return {**(state if by_people_too else {}), "invoke": {"procedure": HELPER, "with": given}}


def together(*texts: str) -> str:
    return _BETWEEN.join(text for text in texts if text)


def apart(text: str) -> tuple[str, ...]:
    """The procedures that were written into one text."""
    return tuple(text.split(_BETWEEN))


def judged(channel: str, offered: Any, data: Any, now: Any, context: Any) -> dict[str, Any]:
    """A verdict on a message, as its text says: "accepted", "second_check"; else it is rejected."""
    word = str(offered.get("text", ""))
    verdict = word if word in ("accepted", "second_check") else "rejected"
    return {"accepted": verdict == "accepted", "verdict": verdict, "reason": {"en": word, "da": word}}


def decisions(maybe: Callable[[], bool], one: Callable[[Any], Any]) -> dict[str, Any]:
    """A table of rows that may leave a gap, and may hide one behind another."""
    rows: list[dict[str, Any]] = []
    for answer in ("a", "b", "a"):
        row: dict[str, Any] = {}
        if maybe():
            row["kind"] = one((*_KINDS, ["red", "green"]))
        if maybe():
            row["sure"] = one((True, False))
        rows.append({**row, "gives": {"answer": answer}})
    inputs = {"kind": list(_KINDS), "sure": "boolean"}
    size = [{"amount": "< 2", "gives": {"size": "small"}}, {"amount": "2..4", "gives": {"size": "big"}}]
    size += [{"amount": one(("> 4", ">= 4")), "gives": {"size": "big"}}]
    more = [{k: v for k, v in row.items() if k != "sure"} for row in rows]
    title = {"en": "Sort", "da": "Slags"}
    others = {
        "count": {
            "title": title,
            "hit": one(("unique", "first")),
            "inputs": {"amount": "number"},
            "rows": size,
        },
        "all": {"title": title, "hit": "collect", "inputs": {"kind": list(_KINDS)}, "rows": more},
    }
    return {
        **others,
        "sort": {"title": {"en": "Sort", "da": "Slags"}, "hit": "first", "inputs": inputs, "rows": rows},
    }


def other_starts(writer: Any, event: str) -> list[dict[str, Any]]:
    """How a case is opened where no person opens it."""
    found: list[dict[str, Any]] = []
    if writer.has("every") and writer.maybe():
        found.append({"every": "open day at 09:00", "set": {"kind": writer.one(("red", "green"))}})
    if writer.has("signals") and writer.maybe(3):
        found.append({"event": event})
    if writer.has("begun"):
        found += begun_by_messages(writer)
    return found


def taken(writer: Any, kept_out: Callable[[], str]) -> dict[str, Any]:
    """How a task is taken, and by whom."""
    found: dict[str, Any] = {"take": writer.one(("claim", "offer", "claim", "round_robin", "shortest_queue"))}
    if writer.maybe(4):
        found["other_than"] = [kept_out()]
    return found


def clock(writer: Any, moment: Callable[[], Any]) -> dict[str, Any]:
    """How long a deadline is, where that is reckoned; and what begins and meets it, where that is not one thing."""
    found: dict[str, Any] = {}
    if writer.maybe():
        found["within"] = writer.one(spans(["clocks"]))
    if writer.maybe(3):
        found["from"] = writer.one(("${at}", '${at + duration("1 hours")}', "${sure ? at : now}"))
    if writer.maybe():
        found["starts"] = [moment() for _ in range(writer.number(1, 2))]
    if writer.maybe(3):
        found["met"] = [moment(), moment()]
    if writer.maybe():
        found["pause_in"] = list(
            dict.fromkeys(writer.one(writer.shape.states) for _ in range(writer.number(1, 2)))
        )
    if writer.maybe(3):
        found["warn"] = {
            "at": writer.one(("1 hours before", "75%", "1 working days before")),
            "do": [{"raise": "r0"}],
        }
    return found


def tagged(writer: Any) -> dict[str, Any]:
    """What follows on a message of a customer."""
    found: dict[str, Any] = {}
    if writer.maybe():
        found["when"] = writer.one(
            ('message.text == "accepted"', "message.fields.tag == tag", 'message.channel == "mail"', "sure")
        )
    found["set"] = dict([writer.one((("left", "${message.fields.tag}"), ("tag", "${message.fields.tag}")))])
    return found | ({"to": writer.one(("self", "s0", "done_well"))} if writer.maybe() else {})


def begun_by_messages(writer: Any) -> Iterator[dict[str, Any]]:
    """Messages that open a case."""
    for _ in range(writer.number(1, 2)):
        found: dict[str, Any] = {"message": writer.one(MESSAGES)}
        if writer.maybe():
            found["when"] = writer.one(('message.fields.tag != "2050"', 'message.fields.form == "x"'))
        if writer.maybe(4):
            found["set"] = {"kind": writer.one(("red", "green"))}
        else:
            found["set"] = {"tag": "${message.fields.tag}"}
        yield found


def inside(name: str, kind: str, writer: Any) -> dict[str, Any]:
    """What stands in a nested state, or in regions side by side."""
    if kind == "deep":
        return _deep(name, writer)
    if kind == "nested":
        first, second = f"{name}_a", f"{name}_b"
        inner: dict[str, Any] = {
            first: {"choices": {f"{name}_on": {"by": "agent", "to": second}}},
            second: {"choices": {f"{name}_end": {"by": "agent", "to": f"{name}_z", **writer.guard(3)}}},
            f"{name}_z": {"final": True},
        }
        if writer.maybe(3):
            inner[second]["after"] = {writer.span(): [{"to": f"{name}_z"}]}
        return {"initial": first, "states": inner}
    regions = {}
    for side in ("l", "r"):
        leaf, end = f"{name}_{side}", f"{name}_{side}z"
        states = {
            leaf: {
                "task": {"role": "agent"},
                "choices": {f"{name}_{side}_end": {"to": end, **writer.guard(3), **writer.changes(3)}},
            },
            end: {"final": True},
        }
        regions[f"{name}_{side}_side"] = {"initial": leaf, "states": states}
    return {"parallel": regions}


def _deep(name: str, writer: Any) -> dict[str, Any]:
    """Three levels: in the second state of a nested one two more, or two regions."""
    first, second, end = f"{name}_a", f"{name}_b", f"{name}_z"
    p, q = f"{second}_p", f"{second}_q"
    if writer.one((True, False)):
        inner: dict[str, Any] = {
            "initial": p,
            "states": {
                p: {"choices": {f"{p}_on": {"by": "agent", "to": q, **writer.guard(3)}}},
                q: {"choices": {f"{q}_end": {"by": "agent", "to": f"{second}_z"}}},
                f"{second}_z": {"final": True},
            },
        }
    else:
        inner = {
            "parallel": {
                f"{side}_side": {
                    "initial": side,
                    "states": {
                        side: {
                            "choices": {f"{side}_on": {"by": "agent", "to": f"{side}_z", **writer.guard(3)}}
                        },
                        f"{side}_z": {"final": True},
                    },
                }
                for side in (p, q)
            }
        }
    inner["choices"] = {f"{second}_back": {"by": "agent", "to": first}}
    inner["events"] = {"done": [{"to": end}]}
    states = {
        first: {"choices": {f"{first}_on": {"by": "agent", "to": writer.one((second, p))}}},
        second: inner,
        end: {"final": True},
    }
    return {"initial": first, "states": states}
