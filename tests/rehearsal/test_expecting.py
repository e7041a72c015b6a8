"""What `expect` looks at, key by key: when it holds, and what it says when it does not."""

import pytest

OPEN = '- open: {by: qaa, with: {kn: 104233, phones: ["+4571999901", "+4571999902"], region: east}}\n'
AGREE = "- do: agree\n  with: {wish: Call me, keeper: qbb}\n"
MAIL = "mail.send: {to: qbb@prosam.example, subject: Kald 104233, text: Call me}"
SMS = 'sms.send: {to: "+457199990%d"}'


def expect(text: str) -> str:
    return f"- expect: {{{text}}}"


@pytest.mark.parametrize(
    "wanted",
    [
        "state: agreed",
        "state: [agreed]",
        "data: {wish: Call me, keeper: qbb, amount: null, agreed: null}",
        f"sent: [{{{MAIL}}}, {{{SMS % 1}}}, {{{SMS % 2}}}]",
        "sent: [mail.send, sms.send, sms.send]",
        "sent: [{mail.send: {to: qbb}}, sms.send, sms.send]",
        "nothing_sent: false",
        "count: {mail.send: 1, sms.send: 2, agree: 1, letter.send: 0}",
        "due: {by_region: 2026-05-18 17:00}",
        "missed: []",
        "promises: {never_broken: idle, called_in_the_end: pending}",
        "outcome: null",
        "tasks: [{state: agreed, role: agent, kind: work}]",
        "tasks: [agreed]",
        "tasks: [agent]",
        "tasks: [{person: qaa}]",
        "tasks: [{person: [qaa, qbb], for: agent}]",
        "notes: []",
        "choices: [done, hand]",
        "choices: [hand, done]",
        "choices: {qbb: [done, hand], qll: []}",
        "log: [CaseOpened, took, deadline_met, EffectRequested]",
        "log: [blev overholdt]",
        "log: [{kind: StateEntered, state: agreed}]",
        "log: [{kind: EffectRequested, parameters: {subject: Kald 104233}}]",
    ],
)
def test_it_holds(passes, wanted):
    passes(OPEN + AGREE + expect(wanted))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("state: waiting", ["state: expected (-), and what was there (+)", "- waiting", "+ agreed"]),
        ("state: [agreed, late]", ["- late"]),
        ("data: {wish: Call you, keeper: qbb}", ["- wish: Call you", "+ wish: Call me"]),
        ("data: {wish: null}", ["- wish: (not set)", "+ wish: Call me"]),
        ("data: {amount: 3}", ["- amount: 3", "+ amount: (not set)"]),
        ("sent: [mail.send, sms.send]", ["  sms.send", "+ sms.send"]),
        ("sent: []", ["- (nothing)", "+ mail.send"]),
        ("sent: [sms.send, sms.send, mail.send]", ["+ mail.send"]),
        (
            "sent: [{mail.send: {subject: Kald}}, sms.send, sms.send]",
            ["- mail.send subject: Kald", "+ mail.send subject: Kald 104233"],
        ),
        ("nothing_sent: true", ["+ mail.send", "+ sms.send"]),
        ("count: {mail.send: 2}", ["- mail.send: 2", "+ mail.send: 1"]),
        ("due: {answer: 2026-05-13 17:00}", ["- answer: 2026-05-13 17:00", "+ answer: met"]),
        ("due: {by_region: 2026-05-18 16:00}", ["+ by_region: 2026-05-18 17:00"]),
        ("due: {by_region: null}", ["- by_region: not running"]),
        ("missed: [answer]", ["- answer", "+ (nothing)"]),
        ("outcome: called", ["- called", "+ (open)"]),
        ("tasks: []", ["+ state: agreed"]),
        ("tasks: [{state: agreed}, {state: agreed}]", ["  state: agreed", "- state: agreed"]),
        ("tasks: [{state: late}]", ["- state: late", "+ state: agreed"]),
        ("tasks: [{person: qll}]", ["+ state: agreed, person: qaa, qbb"]),
        ("notes: [Called]", ["- Called", "+ (nothing)"]),
        ("choices: [done]", ["choices of qaa", "+ hand"]),
        ("choices: {qll: [done]}", ["choices of qll", "- done"]),
        ("log: [StateEntered, CaseOpened]", ["- StateEntered", "CaseOpened"]),
        ("log: [nothing of the kind]", ["- nothing of the kind"]),
    ],
)
def test_it_does_not_hold_and_says_so(fails, wanted, words):
    fails(OPEN + AGREE + expect(wanted), *words, line=4)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("state: agred", "has no state `agred`"),
        ("data: {wihs: Call me}", "has no data `wihs`"),
        ("due: {anser: 2026-05-13}", "has no deadline `anser`"),
        ("act_by: {anser: 2026-05-13}", "has no deadline `anser`"),
        ("missed: [anser]", "has no deadline `anser`"),
        ("choices: {qab: []}", "there is no person `qab`"),
        ("tasks: [{rol: agent}]", "a task has no `rol`"),
    ],
)
def test_a_misspelt_name_is_never_simply_unequal(rehearse, wanted, words):
    try:
        (result,) = rehearse(OPEN + AGREE + expect(wanted))
    except AssertionError as refused:  # the schema or the checker may say it before
        assert wanted.split("{")[-1].split(":")[0].strip("[]} ") in str(refused)
        return
    assert not result.passed and words in result.failure, result.as_text()
    assert "did you mean" in result.failure


def test_everything_that_differs_is_told_at_once(fails):
    result = fails(OPEN + AGREE + expect("state: late, missed: [answer], outcome: called"), "3 things")
    assert all(
        about in result.failure for about in ("state: expected", "missed: expected", "outcome: expected")
    )


def test_the_line_is_that_of_the_key(fails):
    fails(
        OPEN + "- expect:\n    state: waiting\n    data:\n      region: east\n      kn: 999999\n",
        "kn: 999999",
        line=6,
    )


def test_sent_counts_from_the_last_expect(passes):
    passes(
        OPEN
        + AGREE
        + expect("sent: [mail.send, sms.send, sms.send]")
        + "\n"
        + expect("nothing_sent: true")
        + "\n"
        "- wait: 2 days\n" + expect("sent: [{mail.send: {subject: Late, to: main@prosam.example}}]")
    )


def test_each_case_has_its_own_last_expect(passes):
    passes(
        OPEN + "- do: call_elsewhere\n- wait: 1 day\n" + expect("state: waiting, sent: [{start: {procedure: errand}}]") + "\n"
        + expect("sent: [{mail.send: {subject: Errand}}], case: errand")
    )  # fmt: skip


def test_what_a_case_started_is_listed_with_what_it_was_given(passes, fails):
    passes(
        OPEN
        + "- do: call_elsewhere\n"
        + expect("sent: [{start: {procedure: errand, with: {about: 104233}}}]")
    )
    fails(OPEN + "- do: call_elsewhere\n" + expect("nothing_sent: true"), "+ start", line=3)


def test_notices_and_notes_may_be_listed_and_need_not_be(passes, fails):
    remind = OPEN + "- do: remind\n"
    passes(remind + expect("sent: [sms.send]"))
    passes(remind + expect("sent: [sms.send, {notify: {role: lead, text: Reminded}}]"))
    passes(remind + expect("count: {notify: 1}"))
    fails(
        remind + expect("sent: [sms.send, {notify: {role: agent}}]"),
        "- notify role: agent",
        "+ notify role: lead",
        line=3,
    )


def test_numbers_and_instants_compare_by_value(passes):
    passes(
        OPEN + "- do: agree\n  with: {wish: Call, amount: 250.00, agreed_at: 2026-05-12T07:30:00Z}\n"
        + expect("data: {amount: 250, agreed_at: 2026-05-12 09:30}") + "\n"
        + expect("count: {mail.send: 2}")
    )  # fmt: skip


def test_evidence_that_no_longer_counts_is_not_accepted(passes):
    passes(
        OPEN + '- receive: {channel: sms, from: "+4571999901", text: Fjern glas}\n'
        + expect("data: {proof: {accepted: true}}") + "\n"
        "- do: agree\n  with: {wish: Something else}\n"
        + expect("data: {proof: {accepted: false, verdict: rejected}}")
    )  # fmt: skip


def test_the_outcome_of_a_closed_case(passes, fails):
    passes(OPEN + AGREE + "- do: done\n" + expect("outcome: called, state: closed, tasks: [], choices: []"))
    fails(OPEN + AGREE + "- do: done\n" + expect("outcome: null"), "- (open)", "+ called", line=5)


def test_choices_of_open_items_are_listed_only_where_they_are_meant(passes):
    read = OPEN + '- receive: {channel: sms, form: bounce, from: "+4571999901", text: Gone}\n'
    own = "agree, attach, look_up, call_elsewhere, remind, break_word, spin"
    passes(read + expect(f"choices: [{own}]"))
    passes(read + expect(f"choices: [{own}, read]"))


def test_a_broad_entry_does_not_take_the_task_of_a_narrow_one(passes):
    passes(
        OPEN + AGREE + "- fail: {sms.send: gone}\n"
        + expect("tasks: [{for: [agent]}, {kind: failed}]") + "\n"
        + expect("tasks: [{claimed_by: null}, {state: agreed}]")
    )  # fmt: skip


def test_a_notice_can_be_expected_and_is_no_work(passes):
    remind = OPEN + "- do: remind\n"
    passes(remind + expect("tasks: [{kind: notice, role: lead, about: Reminded}], choices: {qll: [read]}"))
    passes(remind + AGREE + "- do: done\n" + expect("tasks: [], choices: {qll: []}"))


ERRAND = (
    "- open: {procedure: errand, by: qll, as: trip}\n"  # on a Monday; the third day after it is a holiday
)


@pytest.mark.parametrize(
    "wanted",
    ["{run: 2026-05-13 17:00}", "{run: 2026-05-13}", "{run: 2026-05-13T15:00:00Z}"],
)
def test_the_last_open_instant_before_a_deadline_can_be_expected(passes, wanted):
    passes(ERRAND + f"- expect: {{case: trip, due: {{run: 2026-05-14 10:05}}, act_by: {wanted}}}")


def test_another_act_by_is_told_with_the_one_there_is(fails):
    fails(
        ERRAND + "- expect: {case: trip, act_by: {run: 2026-05-14 10:05}}",
        "- run: 2026-05-14 10:05", "+ run: 2026-05-13 17:00", line=2,
    )  # fmt: skip
    fails(ERRAND + "- expect: {case: trip, act_by: {run: null}}", "- run: nobody is there before it is due")
    fails(
        ERRAND + "- do: finish\n  case: trip\n- expect: {case: trip, act_by: {run: 2026-05-13}}", "+ run: met"
    )


def test_a_deadline_in_closed_hours_has_no_act_by(passes):
    passes(
        "- wait: until 2026-05-15 18:00\n" + ERRAND
        + "- expect: {case: trip, due: {run: 2026-05-18 18:00}, act_by: {run: 2026-05-18 17:00}}\n"
        "- change: {organisation: {calendar: {closed: [2026-05-18]}}}\n"
        "- open: {procedure: errand, by: qll}\n- expect: {case: errand, act_by: {run: null}}"
    )  # fmt: skip


def test_a_promise_that_stands_otherwise_is_told_and_so_is_one_that_is_not_there(fails) -> None:
    opened = OPEN + AGREE
    fails(
        opened + expect("promises: {called_in_the_end: kept}"),
        "called_in_the_end: kept",
        "called_in_the_end: pending",
    )
    fails(opened + expect("promises: {called_in_the_endd: kept}"), "no promise", "called_in_the_end")
