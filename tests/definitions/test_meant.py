"""Words of other languages and tools are told by what they are called here."""

from __future__ import annotations

import pytest

TEXT = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
data: {word: {enum: [red, no]}, day: {type: date}, at: {type: instant}, n: {type: number}, all: {type: array, items: {type: string}}}
initial: first
states:
  first: {task: {role: agent}, choices: {go: {ask: [word, day, at, n, all], when: 'GUARD', to: last}}}
  last: {final: true}
"""


@pytest.mark.parametrize(
    ("guard", "code", "hint"),
    [
        ("day < §today()", "PF312", "write date(now)"),
        ("day < §today", "PF310", "write date(now)"),
        ("at < §now()", "PF312", "write now, without brackets"),
        ("n == §nil", "PF310", "write null"),
        ("§len(all) > 1", "PF312", "write size(x)"),
        ("all.§length > 1", "PF311", "write all.size()"),
        ("§not(n == 1)", "PF312", "write !"),
        ("n > 5§,5", "PF300", "a number has a point: 5.5"),
        ('word in ("red"§, "no")', "PF300", "in square brackets"),
        ("n <§> 1", "PF300", "write != for"),
        ("n > §1_000", "PF300", "1000"),
        ("§if n > 1", "PF300", "test ? a : b"),
        ("§isset(day)", "PF312", "write x != null"),
        ('n > §lookup("prices", word)', "PF312", 'write table("name")[key]'),
        ("day §is not null", "PF300", "write !="),
        ("day §er ikke null", "PF300", "write !="),
        ("§the customer has a mail address", "PF300", "a sentence, not an expression"),
        ("n > 1 && §dagen er ikke kommet endnu", "PF300", "a sentence, not an expression"),
        ("n §og day", "PF300", "write &&"),
        ("at.§hour > 8", "PF311", "write .getHours()"),
        ("word == §no", "PF310", 'write "no" in quotes'),
        ("all[0] == §hello", "PF310", 'write "hello" in quotes if it is a text'),
    ],
)
def test_in_expressions(expect, guard: str, code: str, hint: str) -> None:
    expect(TEXT.replace("GUARD", guard), (code, hint), only=("PF300", "PF310", "PF311", "PF312"))


@pytest.mark.parametrize(
    ("word", "right"), [("int", "integer"), ("text", "string"), ("datetime", "instant"), ("Bool", "")]
)
def test_types_of_fields(expect, word: str, right: str) -> None:
    text = TEXT.replace("GUARD", "n > 1").replace("type: number", f"type: §{word}")
    if right:
        expect(text, ("PF200", f"write `{right}`"), only=("PF200",))
    else:
        expect(text, ("PF105", "write `bool`"), only=("PF105",))


@pytest.mark.parametrize(
    ("guard", "hints"),
    [
        ("n > §15.000", ["write 15000 for thousands, or 15 if 15 is meant"]),
        ("n == §1.125 || n < §2.500", ["or 1.1250 if 1.125 is meant", "or 2.5 if 2.5 is meant"]),
        ("n > 0.125 || n > 15.0 || n > 1.1250 || n > 1500.125 || word == '15.000'", []),
    ],
)
def test_a_point_that_may_mark_off_thousands_is_doubted_in_a_guard(
    expect, guard: str, hints: list[str]
) -> None:
    expect(TEXT.replace("GUARD", guard), *(("PF212", hint) for hint in hints), only=("PF212",))


def test_a_point_that_may_mark_off_thousands_is_doubted_wherever_an_owner_writes_a_number(expect) -> None:
    """Not where figures are text, and not in quotes."""
    doubt = ("PF212", "for thousands")
    guard = 'decide("d", {"n": n}).x > 1'
    text = TEXT.replace("GUARD", f"'{guard}'").replace("''", "'")
    text = text.replace(
        "n: {type: number}",
        "n: {type: number, minimum: §1.000, default: §2.500}, c: {type: string, default: 15.000}",
    )
    text += """decisions:
  d:
    title: D
    hit: first
    inputs: {n: number}
    rows:
      - {n: §"< 15.000", gives: {x: §2.000}}
      - {n: §"15.000..16", gives: {x: "3.000"}}
      - {gives: {x: 0.125}}
"""
    expect(text, *[doubt] * 5, only=("PF212",))
