"""A case's deadlines in words: the one date to promise to the customer, and how each of the others stands."""

from __future__ import annotations

from typing import Any

from procflow.core.clock_words import clocks_of, shown_clocks
from procflow.core.scope import StepScope

BODY = """
data: {day: {type: date}}
subject: day
initial: s
states:
  s:
    task: {role: agent%s}
    choices: {meet: {}, never: {}, rest: {to: r}, set: {ask: [day]}, end: {to: e}}
  r: {task: {role: agent}, choices: {back: {to: s}}}
  e: {final: true}
deadlines:
  quiet: {starts: opening, within: 1 hours, met: choice never}
  answered: {title: {en: An answer., da: Et svar.}, starts: opening, within: 2 working days, met: choice meet}
  paid: {title: {en: The payment, da: Betalingen}, starts: opening, within: 3 working days, pause_in: [r], met: choice never}
  looked: {title: {en: A look, da: Et kig}, starts: opening, within: 30 hours, met: choice never}
  dated: {title: {en: A date, da: En dato}, starts: opening, until: "${day}", met: choice never}
  later: {title: {en: Later, da: Senere}, starts: choice rest, within: 1 days, met: choice never}
"""


def lines(b: Any, language: str = "en") -> dict[str, tuple[str, ...]]:
    return {clock.name: clock.lines for clock in shown(b, language)}


def shown(b: Any, language: str = "en") -> Any:
    scope = StepScope(b.procedure, b.case, b.stage.surroundings, b.stage.now)
    return shown_clocks(b.procedure, b.case, scope, language)


def opened(bench: Any, say: str = "", body: str = BODY) -> Any:
    b = bench(body % say, overlook=("PF252", "PF321", "PF246", "PF247", "PF255", "PF256"))
    b.open("ann")
    return b


def test_the_first_that_runs_and_has_a_title_is_promised_and_the_others_are_told(bench: Any) -> None:
    b = opened(bench)
    assert lines(b) == {
        "quiet": ("quiet: running, due Monday 11 May 2026 at 11:05",),
        "answered": ("Tell the customer: An answer no later than Wednesday 13 May 2026 at 17:00.",),
        "paid": ("The payment: running, due Friday 15 May 2026 at 17:00",),
        "looked": ("A look: running, due Tuesday 12 May 2026 at 16:05",),
        "dated": ("A date: waits for data",),
    }
    assert lines(b, "da")["answered"] == (
        "Sig til kunden: Et svar senest onsdag den 13. maj 2026 kl. 17.00.",
    )
    assert lines(b, "da")["looked"] == ("Et kig: løber, frist tirsdag den 12. maj 2026 kl. 16.05",)
    assert lines(b, "da")["dated"] == ("En dato: venter på data",)
    assert lines(b, "nl")["dated"] == ("A date: waits for data",), "in English where there are no words"
    told = {clock.name: (clock.title, clock.state, clock.promise, clock.due is None) for clock in shown(b)}
    assert told["answered"] == ("An answer.", "running", True, False)
    assert told["dated"] == ("A date", "running", False, True) and told["quiet"] == (
        "",
        "running",
        False,
        False,
    )


def test_what_became_of_each_and_which_is_promised_next(bench: Any) -> None:
    b = opened(bench)
    b.do("meet", "ann")
    assert lines(b)["answered"] == ("An answer: met, due Wednesday 13 May 2026 at 17:00",)
    assert lines(b)["paid"] == ("Tell the customer: The payment no later than Friday 15 May 2026 at 17:00.",)
    b.do("rest", "ann")
    assert lines(b)["paid"] == ("The payment: the clock stands still",)
    assert lines(b, "da")["paid"] == ("Betalingen: uret står stille",)
    assert lines(b)["looked"][0].startswith("Tell the customer: A look no later than")
    assert ("paid", "paused", None) in clocks_of(b.procedure, b.case)
    assert [name for name, _, _ in clocks_of(b.procedure, b.case)][-1] == "later"
    b.wait("2 hours")
    assert lines(b)["quiet"] == ("quiet: missed, due Monday 11 May 2026 at 11:05",)
    b.do("back", "ann")
    b.do("end", "ann")
    assert lines(b)["looked"] == ("A look: ended, due Tuesday 12 May 2026 at 16:05",)


def test_a_due_instant_outside_the_opening_hours_is_told_with_the_last_one_to_act(bench: Any) -> None:
    b = bench(
        (BODY % "").replace("within: 30 hours", "within: 9 hours").replace("subject: day\n", ""),
        overlook=("PF252", "PF321", "PF246", "PF247", "PF255", "PF256"),
    )
    b.open("ann")
    assert lines(b)["looked"] == (
        "A look: running, due Monday 11 May 2026 at 19:05", "Act by Monday 11 May 2026 at 17:00.",
    )  # fmt: skip
    assert lines(b, "da")["looked"][1] == "Gør det inden mandag den 11. maj 2026 kl. 17.00."
    assert lines(b)["answered"] == ("An answer: running, due Wednesday 13 May 2026 at 17:00",), (
        "there is no customer"
    )


def test_where_the_owner_s_words_are_on_the_screen_nothing_is_promised_beside_them(bench: Any) -> None:
    b = opened(
        bench, ", say: {en: We write soon., da: Vi skriver snart.}", BODY.replace("subject: day\n", "")
    )
    assert not any(clock.promise for clock in shown(b))
    b.do("rest", "ann")
    assert [clock.name for clock in shown(b) if clock.promise] == ["answered"], (
        "what is said makes somebody a customer"
    )
    b = bench(
        BODY.replace("subject: day", "correlate: [day]") % "",
        overlook=("PF252", "PF321", "PF246", "PF247", "PF255", "PF256"),
    )
    b.open("ann")
    assert [clock.name for clock in shown(b) if clock.promise] == ["answered"]
