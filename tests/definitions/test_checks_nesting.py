"""States inside states and regions: where they begin, how they end, what leads between them, and what is reached."""

from __future__ import annotations

import pytest

HEAD = """\
procedure: p
title: A procedure
starts: [{by: agent}]
initial: first
states:
  first: {task: {role: agent}, choices: {go: {to: outer}}}
"""
END = "  last: {final: true}\n"


def nested(inside: str, events: str = "events: {done: {to: last}}", more: str = "") -> str:
    return f"{HEAD}  outer:\n    {more}initial: one\n    states:\n{inside}    {events}\n{END}"


def regions(left: str, right: str, events: str = "events: {done: {to: last}}") -> str:
    return (
        f"{HEAD}  outer:\n    parallel:\n      left:\n        initial: l1\n        states:\n{left}"
        f"      right:\n        initial: r1\n        states:\n{right}    {events}\n{END}"
    )


ONE = "      one: {task: {role: agent}, choices: {next: {to: two}}}\n"
TWO = "      two: {final: true}\n"
LEFT = "          l1: {task: {role: agent}, choices: {left: {to: l2}}}\n          l2: {final: true}\n"
RIGHT = "          r1: {task: {role: agent}, choices: {right: {to: r2}}}\n          r2: {final: true}\n"


def test_good_nesting_is_quiet(expect) -> None:
    expect(nested(ONE + TWO))
    expect(regions(LEFT, RIGHT))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # back
        (nested(ONE + TWO).replace("{go: {to: outer}}", "{go: {to: outer}, again: {to: §first.last}}"), ("PF400", "write `to: first`")),
        (nested(ONE + TWO).replace("{go: {to: outer}}", "{go: {to: outer}, again: {to: outer.last}}"), None),
        (nested(ONE + TWO).replace("{go: {to: outer}}", "{go: {to: outer}, again: {to: §outr.last}}"), ("PF240", "outer")),
        # beginning
        (nested(ONE + TWO).replace("initial: one", "initial: §last"), ("PF401", "`one`, `two`")),
        (nested(ONE + TWO).replace("initial: one", "initial: §onee"), ("PF240", "one")),
        (regions(LEFT, RIGHT).replace("initial: l1", "initial: §r1"), ("PF401", "`l1`, `l2`")),
        # ends
        (nested(ONE + "      two: {final: true, §outcome: sold}\n"), ("PF402", "events: done:")),
        (nested(ONE.replace("to: two", "to: last"), "events: {§done: {to: last}}"), ("PF403", "final: true")),
        (regions(LEFT, RIGHT.replace("to: r2", "do: []").replace("          r2: {final: true}\n", ""), "events: {§done: {to: last}, stop: {to: last}}\n    choices: {stop: {by: agent, do: [{raise: stop}]}}"), ("PF403", "`right`")),
        (nested(ONE + TWO, "events: {§failed: {to: last}, done: {to: last}}"), ("PF258", "`failed`")),
        (nested(ONE + TWO, "invoke: {mail.send: {to: a@b.example, subject: x, text: y}}\n    events: {§done: {to: last}}"), ("PF406", "inside it")),
        # between regions
        (regions(LEFT.replace("{left: {to: l2}}", "{left: {to: l2}, over: {to: §r2}}"), RIGHT), ("PF404", "begin anew")),
        (regions(LEFT, RIGHT.replace("right: {", "§left: {")), ("PF405", "l1.left")),
        (regions(LEFT, RIGHT.replace("right: {", "left: {by: lead, ")), None),
        (regions(LEFT, RIGHT, "events: {done: {to: last}}\n    choices: {right: {by: agent, to: last}}").replace("choices: {right: {to: r2}}", "choices: {§right: {to: r2}}"), ("PF405", "hides")),
        # reached, left, of nobody
        (nested(ONE + "      lone: {task: {role: agent}, choices: {x: {to: two}}}\n".replace("lone", "§lone") + TWO), ("PF250", "lone")),
        (nested(ONE + TWO, "events: {done: {to: last}}\n    choices: {all: {to: last}}"), None),
        (nested("      one: {always: [{to: two}]}\n" + TWO, "events: {done: {to: last}}\n    choices: {§all: {to: last}}"), ("PF257", "none of those inside")),
        (nested("      §one: {help: x}\n", "entry: []").replace("{go: {to: outer}}", "{go: {to: outer}, skip: {to: last}}"), ("PF251", "if `outer` ends here")),
        (nested("      one: {help: x}\n", "choices: {all: {by: agent, to: last}}"), None),
        # circles
        (nested("      one: {always: [§{to: two}]}\n      two: {always: [{to: one}]}\n", "choices: {all: {by: agent, to: last}}"), ("PF253", "one -> two -> one")),
        (nested("      one: {always: [{to: last}]}\n", "always: [{to: one}]"), None),
    ],
)  # fmt: skip
def test_each_mistake_of_nesting_is_told_at_the_wrong_word(
    expect, text: str, told: tuple[str, str] | None
) -> None:
    codes = ("PF240", "PF250", "PF251", "PF252", "PF253", "PF257", "PF258", *(f"PF40{n}" for n in range(10)))
    expect(text, *([told] if told else []), only=codes)


def test_a_region_that_never_ends_is_told_once_and_not_all_that_never_comes_after_it(check) -> None:
    right = "          r1: {task: {role: agent}, choices: {stay: {to: r1b}}}\n          r1b: {task: {role: agent}, choices: {back: {to: r1}}}\n"
    assert sorted(p.code for p in check(regions(LEFT, right))) == ["PF403"]


def test_what_another_region_can_empty_is_not_surely_set(check) -> None:
    """`word` is asked for on the way in; the other region empties it while this one waits."""
    data = "data: {word: {type: string}}\n"
    text = regions(
        LEFT.replace("{left: {to: l2}}", "{left: {when: 'word.size() > 3', to: l2}}"), RIGHT
    ).replace("{go: {to: outer}}", "{go: {ask: [word], to: outer}}")
    quiet = text.replace("initial: first", data + "initial: first", 1)
    assert [p.code for p in check(quiet) if p.code == "PF323"] == []
    told = quiet.replace("{right: {to: r2}}", "{right: {set: {word: null}, to: r2}}")
    assert [p.code for p in check(told) if p.code == "PF323"] == ["PF323"]


def test_a_way_back_into_a_state_with_nothing_inside_is_told_once(expect) -> None:
    """It leads somewhere, so that what stands there is not told as a state that cannot be left."""
    text = (
        nested(ONE + TWO)
        .replace("to: last}}", "to: waits}}")
        .replace("{go: {to: outer}}", "{go: {to: outer}, end: {to: last}}")
    )
    expect(
        text + "  waits: {task: {role: agent}, choices: {on: {to: §first.last}}}\n",
        ("PF400", "write `to: first`"),
    )


def test_a_way_back_goes_only_to_what_can_have_been_left(check) -> None:
    """`three` is left by what closes the case, and moves on by itself: neither comes back into `two` or `three`."""
    data = "data: {n: {type: integer}}\n"
    inside = (
        "      one: {task: {role: agent}, choices: {rest: {to: pause}, count: {ask: [n], to: two}}}\n"
        "      two: {task: {role: agent}, choices: {next: {to: three}}}\n"
        "      three: {always: [{when: 'n > 3', to: last}, {to: two}]}\n"
    )
    quiet = nested(inside, "choices: {stop: {by: lead, to: last}}").replace(
        "initial: first", data + "initial: first", 1
    )
    quiet += "  pause: {task: {role: agent}, choices: {back: {to: outer.last}}}\n"
    assert [p.as_text() for p in check(quiet)] == []
    told = (
        quiet.replace("{next: {to: three}}", "{next: {to: three}, wait: {to: pause}}")
        .replace(
            "      two: {",
            "      four: {task: {role: agent}, choices: {rest2: {to: pause}, on: {to: three}}}\n      two: {",
        )
        .replace("{rest: {to: pause}", "{skip: {to: four}, rest: {to: pause}")
    )
    assert [p.code for p in check(told) if p.code == "PF323"] == ["PF323"]


def test_a_deadline_of_one_region_may_be_met_by_another(check) -> None:
    text = regions(LEFT, RIGHT)
    assert check(text + "deadlines: {d: {starts: entering l1, within: 2 days, met: choice right}}\n") == ()
    found = check(text + "deadlines: {d: {starts: entering last, within: 2 days, met: choice right}}\n")
    assert [p.code for p in found] == ["PF274"]


def test_a_wrong_name_anywhere_among_regions_is_only_told(check) -> None:
    for word in ("l1", "l2", "r2", "outer", "left", "last"):
        text = regions(LEFT, RIGHT)
        head, _, tail = text.partition(f"to: {word}")
        if tail:
            assert "PF240" in {p.code for p in check(f"{head}to: nowhere_{word}{tail}")}


@pytest.mark.parametrize("name", ["left", "l1", "l2"])
def test_of_two_states_with_one_name_each_is_told_where_it_stands(check, name) -> None:
    """Of the inner one was told at 0:0 that it is never done, and a region could not begin in its own state."""
    text = regions(LEFT, RIGHT)
    for end in (":", "}", "\n"):
        text = text.replace(f" {name}{end}", f" outer{end}")
    found = [(p.line, p.column, p.code) for p in check(text)]
    assert all(line and column for line, column, _ in found), found
    assert [code for *_, code in found].count("PF215") == 1
    assert [code for *_, code in found].count("PF403") <= 1 and "PF401" not in [code for *_, code in found]


def test_a_deadline_that_ends_with_done_of_several_states_is_told(expect) -> None:
    text = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
initial: both
states:
  both:
    parallel:
      left:
        initial: l1
        states: {l1: {task: {role: agent}, choices: {left_over: {to: l2}}}, l2: {final: true}}
        events: {done: {do: [{notify: {role: lead}}]}}
      right:
        initial: r1
        states: {r1: {task: {role: agent}, choices: {right_over: {to: r2}}}, r2: {final: true}}
    events: {done: {to: last}}
  last: {final: true}
deadlines:
  in_time: {title: In time, starts: opening, within: 2 days, met: [event §done], missed: {do: [{notify: {role: lead}}]}}
"""
    expect(text, ("PF406", "`both`, `left`"))
    expect(text.replace("event §done", "entering last"))
    expect(
        text.replace("event §done", "event done").replace(
            "        events: {done: {do: [{notify: {role: lead}}]}}\n", ""
        )
    )
