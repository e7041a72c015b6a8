"""What effects' deliveries answer, and when."""

OPEN = '- open: {by: qaa, with: {kn: 104233, phones: ["+4571999901"], region: east}}\n'
AGREE = "- do: agree\n  with: {wish: Call}\n"


def test_deliveries_succeed_unless_said_otherwise(passes):
    result = passes(OPEN + AGREE + "- expect: {state: agreed}")
    assert any("mail.send was done" in line for line in result.journal)


def test_a_failure_right_after_the_step_becomes_a_task(passes):
    passes(
        OPEN
        + AGREE
        + "- fail: {mail.send: no such box}\n- expect: {tasks: [{kind: failed, role: lead, about: no such box}]}"
    )


def test_an_expect_in_between_does_not_decide(passes):
    passes(
        OPEN + AGREE + "- expect: {state: agreed}\n- fail: {mail.send: no such box}\n"
        "- expect: {tasks: [{kind: failed}]}"
    )


def test_a_delivery_may_fail_after_a_while(passes):
    passes(OPEN + AGREE + "- wait: 2 hours\n- fail: {mail.send: bounced}\n- expect: {log: [failed, bounced]}")


def test_only_the_oldest_fails(passes):
    passes(
        '- open: {by: qaa, with: {kn: 104233, phones: ["+4571999901", "+4571999902"], region: east}}\n'
        + AGREE
        + "- fail: {sms.send: first}\n"
        + "- do: done\n"
        + "- expect: {outcome: called, tasks: [{kind: failed, about: first}], log: ['sms.send failed: first', sms.send was done]}"
    )


def test_a_failure_of_what_was_never_asked_for_fails(fails):
    fails(OPEN + "- fail: {mail.send: gone}", "no mail.send waits for its delivery", "nothing waits", line=2)


def test_a_failure_after_somebody_acted_comes_too_late(fails):
    fails(OPEN + AGREE + "- do: done\n- fail: {mail.send: gone}", "no mail.send waits", line=5)


def test_a_lookup_waits_for_its_answer(passes):
    passes(
        OPEN
        + "- do: look_up\n- expect: {state: looking_up, sent: [{vehicle_register.lookup: {plate: AB12345}}]}\n"
        "- deliver: {vehicle_register.lookup: {make: VW}}\n"
        "- expect: {state: waiting, data: {make: VW}}"
    )


def test_a_lookup_that_never_answers_runs_into_its_time(passes):
    passes(
        OPEN
        + "- do: look_up\n- wait: 59 minutes\n- expect: {state: looking_up}\n- wait: 1 minute\n- expect: {state: waiting, data: {make: null}}"
    )


def test_a_lookup_that_fails_gives_its_reason(passes):
    passes(
        OPEN
        + "- do: look_up\n- fail: {vehicle_register.lookup: the register is down}\n- expect: {data: {make: the register is down}}"
    )


def test_a_late_answer_is_dropped(passes):
    result = passes(
        OPEN + "- do: look_up\n- wait: 1 hour\n- deliver: {vehicle_register.lookup: {make: VW}}\n"
        "- expect: {state: waiting, data: {make: null}}"
    )
    assert any("late answer of vehicle_register.lookup was dropped" in line for line in result.journal)


def test_what_is_invoked_and_has_no_result_succeeds_like_any_other(passes):
    passes(OPEN + "- do: call_elsewhere\n- expect: {state: waiting}")


def test_what_is_invoked_can_fail_all_the_same(passes):
    passes(
        OPEN
        + "- do: call_elsewhere\n- expect: {state: texting}\n- fail: {sms.send: gone}\n- expect: {state: late}"
    )


def test_deliver_without_a_result_succeeds_now(passes):
    passes(
        OPEN
        + "- do: call_elsewhere\n- expect: {state: texting}\n- deliver: sms.send\n- expect: {state: waiting}"
    )


def test_what_a_failure_does_not_name_has_arrived_after_it(passes):
    passes(
        '- open: {by: qaa, with: {kn: 104233, phones: ["+4571999901", "+4571999902"], region: east}}\n' + AGREE
        + "- fail: {sms.send: first}\n- expect: {log: ['sms.send failed: first', sms.send was done]}"
    )  # fmt: skip


def test_two_failures_one_after_the_other(passes):
    passes(
        '- open: {by: qaa, with: {kn: 104233, phones: ["+4571999901", "+4571999902"], region: east}}\n' + AGREE
        + "- fail: {sms.send: first}\n- expect: {state: agreed}\n- fail: {sms.send: second}\n"
        + "- expect: {tasks: [{about: first}, {about: second}]}"
    )  # fmt: skip


def test_an_event_that_breaks_a_promise_is_refused_and_stays_with_the_case(rehearse, workspace) -> None:
    place = workspace / "procedures" / "errand" / "procedure.yaml"
    place.write_text(
        """
procedure: errand
title: An errand
owner: lead
starts: [{by: lead}]
data: {make: {type: string}}
initial: todo
states:
  todo: {task: {role: lead}, events: {cancelled: {to: looking}, run: {to: broken}}}
  looking:
    invoke: {vehicle_register.lookup: {plate: AB12345, purpose: A vehicle policy}}
    events: {done: {set: {make: "${result.carrier}"}, to: broken}, failed: {to: broken}}
  broken: {final: true}
promises: {kept: {says: An errand is never broken., never: 'state("broken")'}}
""",
        "utf-8",
    )
    head = "scenarios: errand\nclock: 2026-05-11 10:05\ntests:\n  It:\n    - open: {by: qll}\n"
    good = (
        head
        + """
    - refused: {signal: run, because: never broken}
    - expect: {state: todo, tasks: [{kind: stuck, about: never broken}], promises: {kept: idle}}
    - signal: cancelled
    - expect: {state: looking}
    - refused: {deliver: {vehicle_register.lookup: {status: found, carrier: KAB}}, because: promise}
    - expect: {state: looking, tasks: [{kind: stuck, about: never broken}]}
"""
    )
    (result,) = rehearse(good, name="errand")
    assert result.passed, result.as_text()
    failed = (
        head
        + "    - signal: cancelled\n    - refused: {fail: {vehicle_register.lookup: nobody}, because: never broken}\n"
    )
    (result,) = rehearse(failed, name="errand")
    assert result.passed, result.as_text()
    (result,) = rehearse(head + "    - refused: {signal: cancelled, because: promise}\n", name="errand")
    assert not result.passed
    assert "the event “cancelled” was to be refused, and was accepted" in result.as_text()
