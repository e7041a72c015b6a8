"""What a procedure asks of the organisation itself: absences and shifts, registered, refused and answered."""

from procflow.engine.house import do_in_house

HOLIDAY = """
data: {employee: {type: person}, first: {type: date}, last: {type: date}, reason: {type: string}}
initial: wish
states:
  wish:
    task: {role: agent}
    choices:
      notify: {ask: [first, last], set: {employee: "${actor}"}, to: register}
  register:
    invoke: {absence.register: {person: "${employee}", from: "${first}", until: "${last}"}}
    events:
      done: {to: registered}
      failed: {set: {reason: "${result.error}"}, to: by_hand}
  by_hand:
    task: {role: lead}
    choices:
      allow: {do: [{absence.register: {person: "${employee}", from: "${first}", until: "${last}", although_mate_is_away: true}}], to: registered}
  registered:
    task: {role: agent}
    choices:
      cancel: {do: [{absence.end: {person: "${employee}", from: "${first}"}}], to: gone}
      look: {do: [{note.write: {text: "${absent(employee, first, last)} ${absent(mate(employee), first, last)}"}}]}
  gone: {final: true}
"""


def test_a_procedure_registers_a_holiday_and_takes_it_away(bench):
    b = bench(HOLIDAY)
    b.open("ann")
    b.do("notify", "ann", first="2026-07-13", last="2026-07-31")
    assert b.state == "registered"
    (absence,) = b.stage.surroundings.absences
    assert (absence.person, b.local(absence.since), b.local(absence.until)) == (
        "ann", "2026-07-13 00:00", "2026-08-01 00:00",
    )  # fmt: skip
    b.do("look", "bob")
    assert b.texts() == ["yes no"]
    b.do("cancel", "ann")
    assert b.stage.surroundings.absences == ()


def test_two_mates_who_would_be_away_at_once_go_to_the_lead_with_the_reason(bench):
    b = bench(HOLIDAY)
    b.absent("bob", "2026-07-20 08:00", "2026-07-25 08:00")
    b.open("ann")
    b.do("notify", "ann", first="2026-07-13", last="2026-07-20")
    assert b.state == "by_hand"
    assert "Bob Test, the team mate of Ann Test, is away from Monday 20 July 2026" in b.case.data["reason"]
    assert [a.person for a in b.stage.surroundings.absences] == ["bob"]
    b.do("allow", "liz")
    assert [a.person for a in b.stage.surroundings.absences] == ["bob", "ann"]


def test_whether_the_mate_may_be_away_too_can_be_data_of_the_case(bench):
    b = bench(
        HOLIDAY.replace(
            "reason: {type: string}", "reason: {type: string}, decided: {type: boolean, default: false}"
        )
        .replace('"${last}"}}', '"${last}", although_mate_is_away: "${decided}"}}')
        .replace("allow: {do:", "allow: {set: {decided: true}, to: register}\n      never: {do:")
    )
    b.absent("bob", "2026-07-20 08:00", "2026-07-25 08:00")
    b.open("ann")
    b.do("notify", "ann", first="2026-07-13", last="2026-07-20")
    assert b.state == "by_hand"
    b.do("allow", "liz")
    assert b.state == "registered"
    assert [a.person for a in b.stage.surroundings.absences] == ["bob", "ann"]


def test_the_day_after_the_mates_last_day_is_no_overlap(bench):
    b = bench(HOLIDAY)
    b.absent("bob", "2026-07-06 00:00", "2026-07-13 00:00")
    b.open("ann")
    b.do("notify", "ann", first="2026-07-13", last="2026-07-20")
    assert b.state == "registered"


def test_an_absence_that_ends_before_it_begins_is_refused_with_both_days(bench):
    b = bench(HOLIDAY)
    b.open("ann")
    b.do("notify", "ann", first="2026-07-13", last="2026-07-01")
    assert b.state == "by_hand"
    assert "before it begins" in b.case.data["reason"]


def test_what_is_not_awaited_and_refused_becomes_a_task(bench):
    b = bench(HOLIDAY)
    b.open("ann")
    b.do("notify", "ann", first="2026-07-13", last="2026-07-20")
    b.stage.engine.end_absence("x", "ann", b.at("2026-07-13 00:00"), "")
    b.do("cancel", "ann")
    assert b.kinds == ["failed"]


def test_the_organisations_journal_says_who_asked(bench):
    b = bench(HOLIDAY)
    b.open("ann")
    b.do("notify", "bob", first="2026-07-13", last="2026-07-20")
    from procflow.core.record import decode_entries

    entries = [e for row in b.stage.store.journal("organisation") for e in decode_entries(row.entries)]
    assert (entries[-1].person, entries[-1].by) == ("bob", "bob")


SWAP = """
data: {employee: {type: person}, colleague: {type: person}, day: {type: date}, back: {type: date}, agreed: {type: person}, reason: {type: string}}
initial: wish
states:
  wish:
    task: {role: agent}
    choices: {ask: {ask: [day, colleague], optional: [back], set: {employee: "${actor}"}, to: asked}}
  asked:
    task: {to: "${colleague}"}
    choices:
      agree: {when: 'back != null || shift(colleague, day) == null', set: {agreed: "${actor}"}, to: swap}
      refuse: {to: ended}
  swap:
    invoke:
      roster.swap: {day: "${day}", giver: "${employee}", taker: "${colleague}", confirmed_by: ["${employee}", "${agreed}"], in_return: "${back}"}
    events: {done: {to: swapped}, failed: {set: {reason: "${result.error}"}, to: ended}}
  swapped: {task: {role: agent}, choices: {look: {do: [{note.write: {text: "${on_duty(day)}: ${shift(colleague, day)}"}}]}}}
  ended: {final: true}
"""


def planned(bench, *shifts):
    b = bench(SWAP)
    for day, name, person in shifts:
        assert do_in_house(
            b.stage.engine,
            "roster.assign",
            f"{day} {name}",
            {"day": day, "shift": name, "person": person},
            "liz",
        ).accepted
    return b


def roster(b):
    return [(str(s.day), s.name, s.person) for s in b.stage.surroundings.shifts]


def test_a_swap_needs_both_and_leaves_every_shift_with_one_holder(bench):
    b = planned(bench, ("2026-05-21", "early", "ann"), ("2026-05-22", "early", "bob"))
    b.open("ann")
    b.do("ask", "ann", day="2026-05-21", colleague="bob")
    b.do("agree", "bob")
    assert b.state == "swapped"
    assert roster(b) == [("2026-05-21", "early", "bob"), ("2026-05-22", "early", "bob")]
    b.do("look", "ann")
    assert b.texts() == ["Bob Test: early"]


def test_a_shift_goes_back_in_return(bench):
    b = planned(bench, ("2026-05-21", "early", "ann"), ("2026-05-22", "late", "bob"))
    b.open("ann")
    b.do("ask", "ann", day="2026-05-21", colleague="bob", back="2026-05-22")
    b.do("agree", "bob")
    assert roster(b) == [("2026-05-21", "early", "bob"), ("2026-05-22", "late", "ann")]


def test_two_people_swap_their_shifts_of_one_day(bench):
    b = planned(bench, ("2026-05-21", "early", "ann"), ("2026-05-21", "late", "bob"))
    b.open("ann")
    b.do("ask", "ann", day="2026-05-21", colleague="bob", back="2026-05-21")
    b.do("agree", "bob")
    assert roster(b) == [("2026-05-21", "early", "bob"), ("2026-05-21", "late", "ann")]


def swapped(b, confirmed=("ann", "bob"), **more):
    given = {"day": "2026-05-21", "giver": "ann", "taker": "bob", "confirmed_by": confirmed, **more}
    return do_in_house(b.stage.engine, "roster.swap", "s", given, "liz")


def test_a_swap_is_refused_with_its_whole_reason_and_changes_nothing(bench):
    b = planned(bench, ("2026-05-21", "early", "ann"), ("2026-05-21", "late", "bob"))
    before = roster(b)
    for answer, code, words in [
        (swapped(b, ("ann",)), "not_confirmed", "Bob Test must confirm"),
        (swapped(b), "has_shift", "Bob Test has the shift “late”"),
        (swapped(b, day="2026-05-25"), "no_shift", "Ann Test has no shift on Monday 25 May 2026"),
        (swapped(b, taker="ann"), "same_person", "cannot swap"),
        (swapped(b, taker="nobody"), "unknown_person", "nobody"),
        (swapped(b, day="some day"), "not_given", "“day”"),
        (swapped(b, confirmed=()), "not_given", "“confirmed_by”"),
        (swapped(b, in_return="2026-05-26"), "no_shift", "Bob Test has no shift"),
    ]:
        assert not answer.accepted
        assert answer.refusal.code == code
        assert words in answer.refusal.words("en")
        assert answer.refusal.words("da") != answer.refusal.words("en")
    assert roster(b) == before


def test_a_shift_changes_hands_and_is_taken_off_but_nobody_has_two_on_one_day(bench):
    b = planned(bench, ("2026-05-21", "early", "ann"))
    engine = b.stage.engine
    day = b.stage.surroundings.shifts[0].day
    assert engine.assign_shift("1", day, "early", "bob", "liz").accepted
    assert engine.assign_shift("1", day, "early", "bob", "liz").repeated
    assert engine.assign_shift("2", day, "late", "bob", "liz").refusal.code == "has_shift"
    assert roster(b) == [("2026-05-21", "early", "bob")]
    assert engine.assign_shift("3", day, "early", "", "liz").accepted
    assert engine.assign_shift("4", day, "early", "", "liz").refusal.code == "no_such_shift"
    assert roster(b) == []


def test_shifts_that_are_long_over_leave_the_roster(bench):
    b = planned(bench, ("2026-05-21", "early", "ann"))
    b.wait("120 days")
    b.stage.engine.assign_shift("1", b.stage.now.date(), "early", "bob", "liz")
    assert [person for _, _, person in roster(b)] == ["bob"]
