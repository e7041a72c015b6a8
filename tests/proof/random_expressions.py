"""What the parts of the language that random procedures may have say: conditions, what is set, effects.

It must not know how a procedure is put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from random_parts import HELPER


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
    if "blanks" in parts:
        yield from ('note == ""', "size(note) == 0", "size(note) > 0", "(note + note).size() == 0")
        yield from ("size(note.trim()) < 1", 'note + "x" == "ax"', 'note < "b"', 'note.split(" ")[0] == "b"')
        yield from ("rate > 0.4", "rate < 0", "rate * 2 == 1", "rate + amount == 2.25", "rate == tries")
        yield from ("rate % 1 == 0", "round(rate) == 1", "rate > 0.5 && rate < 1", "-rate > 0")
        yield from ("(sure ? rate : amount) > 1", "sure == (rate > 1)", "[rate, amount].exists(x, x > 2)")
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
    if "blanks" in parts:
        found += [("note", ""), ("note", "${note + note}"), ("note", "${note.trim()}"), ("note", None)]
        found += [("note", '${note.replace("a", "")}'), ("note", '${sure ? "" : "a"}'), ("rate", 0.5)]
        found += [("rate", "${rate + 0.25}"), ("rate", "${rate * 2}"), ("rate", "${amount / 4}")]
        found += [("rate", "${round(rate)}"), ("rate", "${min(rate, amount)}"), ("rate", "${-rate}")]
        found += [("sure", '${note == ""}'), ("tries", "${size(note)}"), ("seen", "${seen + [note]}")]
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
