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
MORE += ("takes", "clocks", "begun", "given", "rows", "blanks")
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
    "blanks": {"note": {"type": "string"}, "rate": {"type": "number"}},
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
    "blanks": {"note": ("a", "ab", "b a", "zz"), "rate": (0.5, 1, 2.25, -1)},
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
    "blanks": r"\bnote\b(?!: \{|\.write)|\brate\b(?!: \{)",
    "given": r"\b(size|grade|code)\b(?!:)",
}


def parts_in(text: str) -> set[str]:
    """The parts that the text of a procedure really has."""
    body = text.replace("type: person", "").replace("type: date", "")
    return {part for part, sign in SIGNS.items() if re.search(sign, body.partition("initial:")[2] or body)}


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
