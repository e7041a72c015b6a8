"""A way that a prover suspects becomes a scenario which the real `procflow test` runs and which shows the break.

The procedures here are faulty on purpose, and the ways are written by hand: what happens, in which order, and no
values. What is entered, who acts, which message comes and how far the clock jumps is for the witness to find.
"""

from .witnessing import HEAD, WRITTEN, step


def test_a_choice_with_the_values_on_which_two_guards_turn(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, amount, carrier], to: sorted}}}
  sorted:
    always:
      - {when: 'carrier == "KAB" && amount >= 250', to: large}
      - {to: done}
  large: {task: {role: lead}, choices: {skip: {when: 'amount < 252', to: done}}}
  done: {final: true}
promises: {never_kab: {says: KAB never goes through., never: 'state("done") && carrier == "KAB"'}}
"""
    )
    found = faulty.breaks(
        "never_kab",
        "open",
        step("choice wish.register", taken=("wish.register#1", "sorted!#1")),
        last="choice large.skip",
    )
    assert "KAB" in found.document
    assert found.steps[-1]["refused"]["do"] == "skip"
    assert found.steps[-1]["refused"]["by"] == "liz"
    assert 250 <= found.steps[1]["with"]["amount"] < 252


def test_a_message_that_proves_and_an_edit_after_it_that_voids_the_proof(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, phone, change], to: waiting}}}
  waiting:
    task: {role: agent}
    events: {message: [{when: 'proof_of(message).accepted', set: {proof: "${proof_of(message)}"}, to: proved}]}
  proved:
    task: {role: agent}
    choices: {edit: {ask: [change]}, execute: {to: done}}
  done: {final: true}
"""
        + WRITTEN
    )
    found = faulty.breaks(
        "written",
        "open",
        "choice wish.register",
        "message",
        "choice proved.edit",
        last="choice proved.execute",
    )
    assert found.steps[1]["with"]["change"] != found.steps[3]["with"]["change"]
    assert found.steps[2]["receive"]["from"] == found.steps[1]["with"]["phone"]


def test_a_screenshot_is_made_and_lies_beside_the_scenario(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, change], to: waiting}}}
  waiting:
    task: {role: agent}
    choices:
      file:
        ask: {screenshot: {type: file, accept: [image/png]}, name_is_visible: {type: tick}}
        when: "evidence('messenger', input.screenshot).verdict == 'second_check'"
        to: seen
  seen: {task: {role: lead}, choices: {take_it: {to: done}}}
  done: {final: true}
"""
        + WRITTEN
    )
    found = faulty.breaks(
        "written", "open", "choice wish.register", "choice waiting.file", last="choice seen.take_it"
    )
    (content,) = found.files.values()
    assert content.startswith(b"\x89PNG")


def test_an_alarm_when_the_time_of_a_promise_is_up(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: waiting}}}
  waiting: {task: {role: agent}, after: {3 days: {to: late}}}
  late: {task: {role: lead}, choices: {end: {to: done}}}
  done: {final: true}
promises: {soon: {says: Answered within two working days., after: 'state("waiting")', eventually: 'state("late")', within: 2 working days}}
"""
    )
    found = faulty.breaks("soon", "open", "choice wish.register", "promise soon")
    assert found.steps[-1] == {"expect": {"promises": {"soon": "broken"}, "state": "waiting"}}
    assert found.steps[-2] == {"wait": "until 2026-05-13 17:01"}
    assert any("Answered within two working days." in line for line in found.stories["en"])
    assert any("onsdag" in line.lower() for line in found.stories["da"])


def test_a_promise_that_nothing_keeps_any_more(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: waiting}}}
  waiting: {task: {role: agent}, choices: {end: {to: done}}}
  done: {final: true}
promises: {settles: {after: 'state("waiting")', eventually: 'closed()'}}
"""
    )
    found = faulty.breaks("settles", "open", "choice wish.register", forever=True)
    assert found.steps[-1]["expect"]["promises"] == {"settles": "pending"}
    assert found.steps[-2] == {"wait": "until 2026-06-10 10:05"}


def test_regions_side_by_side_and_states_inside_states(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: work}}}
  work:
    parallel:
      money:
        initial: unpaid
        states: {unpaid: {task: {role: agent}, choices: {pay: {ask: [amount], to: paid}}}, paid: {final: true}}
      paper:
        initial: unsigned
        states:
          unsigned: {task: {role: agent}, choices: {sign: {to: signed}}}
          signed: {task: {role: agent}, choices: {archive: {when: 'state("paid")', to: filed}}}
          filed: {final: true}
    events: {done: {to: done}}
    choices: {stop: {by: lead, to: done}}
  done: {final: true}
promises: {paid_enough: {says: Nothing is filed for less than ten., never: 'state("filed") && amount < 10'}}
"""
    )
    found = faulty.breaks(
        "paid_enough",
        "open",
        "choice wish.register",
        "choice unsigned.sign",
        "choice unpaid.pay",
        last="choice signed.archive",
    )
    assert found.steps[3]["with"]["amount"] < 10


def test_an_invoked_operation_answers_or_fails(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: looking}}}
  looking:
    invoke: {vehicle_register.lookup: {plate: AB12345, purpose: A vehicle policy}}
    events:
      done: [{when: 'result.carrier == "KAB"', set: {answered: "${result.carrier}"}, to: known}, {to: unknown}]
      failed: {to: unknown}
  known: {task: {role: agent}, choices: {go: {to: done}}}
  unknown: {task: {role: agent}, choices: {again: {to: looking}, go: {to: done}}}
  done: {final: true}
promises:
  never_kab2: {says: KAB is never done., never: 'state("done") && answered == "KAB"'}
  known_first: {says: Looked up first., before: 'state("done")', must: 'state("known")'}
"""
    )
    found = faulty.breaks(
        "never_kab2", "open", "choice wish.register", "failed looking", "choice unknown.again",
        step("done looking", taken=("looking~done#1",)), last="choice known.go",
    )  # fmt: skip
    kinds = [next(iter(each)) for each in found.steps]
    assert kinds == ["open", "do", "deliver", "refused"], "what is not needed is left out"
    assert found.steps[2]["deliver"] == {"vehicle_register.lookup": {"carrier": "KAB"}}


def test_a_failure_of_what_was_invoked(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: telling}}}
  telling:
    invoke: {sms.send: {to: "+4571999901", text: Hello}}
    events: {done: {to: told}, failed: {to: done}}
  told: {final: true}
  done: {final: true}
promises: {told: {says: Nothing is done untold., before: 'state("done")', must: 'state("told")'}}
"""
    )
    found = faulty.breaks("told", "open", "choice wish.register", last="failed telling")
    assert "fail" in found.steps[-1]["refused"]


def test_a_procedure_that_was_invoked_is_brought_to_the_end_that_matters(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: calling}}}
  calling:
    invoke: {procedure: ring, with: {kn: "${kn}"}}
    events:
      done: [{when: 'result.outcome == "given_up"', to: done}, {to: reached}]
  reached: {task: {role: agent}, choices: {end: {to: done}}}
  done: {final: true}
promises: {reached_first: {says: Reached before it is done., before: 'state("done")', must: 'state("reached")'}}
""",
        """
procedure: ring
title: Ring
owner: lead
subject: kn
data: {kn: {type: string}, tries: {type: integer, default: 0}}
initial: trying
states:
  trying:
    task: {role: advisor}
    choices:
      talked: {to: talked}
      no_answer: {set: {tries: "${tries + 1}"}, to: counting}
  counting: {always: [{when: 'tries >= 3', to: given_up}, {to: trying}]}
  talked: {final: true, outcome: talked}
  given_up: {final: true, outcome: given_up}
""",
    )
    found = faulty.breaks(
        "reached_first",
        "open",
        "choice wish.register",
        last=step("done calling", ("outcome", "ring", "given_up")),
    )
    assert [each.get("do") for each in found.steps].count("no_answer") == 3


def test_an_event_that_is_refused_because_of_the_promise(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, amount], to: waiting}}}
  waiting: {task: {role: agent}, events: {renewed: {to: done}}}
  done: {final: true}
promises: {large: {says: Never below 500., never: 'state("done") && amount < 500'}}
"""
    )
    found = faulty.breaks("large", "open", "choice wish.register", last="event renewed")
    assert found.steps[-1] == {"refused": {"signal": "renewed", "because": "Never below 500."}}


def test_what_time_does_is_refused_and_lies_with_the_owner(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, carrier], to: waiting}}}
  waiting: {task: {role: agent}, events: {answer: {to: done}}}
  done: {final: true}
deadlines: {answer: {starts: entering waiting, within: 4 working days, met: [choice never]}}
promises: {not_first: {says: FIRST never by itself., never: 'state("done") && carrier == "FIRST"'}}
""".replace("met: [choice never]", "met: [leaving waiting]")
    )
    found = faulty.breaks("not_first", "open", "choice wish.register", last="missed answer")
    assert found.steps[-1]["expect"]["tasks"] == [{"kind": "stuck", "about": "FIRST never by itself."}]
    assert found.steps[-2] == {"wait": "until 2026-05-18 17:00"}
