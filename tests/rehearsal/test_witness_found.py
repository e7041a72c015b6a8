"""What the witness finds by itself: who acts, on which day, with which message and values, and that a way cannot be gone."""

from procflow.rehearsal.witness import Theatre, Undecided, Witness

from .witnessing import HEAD, WRITTEN, Suspicion, step


def test_four_eyes_need_a_second_person(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: first}}}
  first: {task: {role: agent}, choices: {approve: {to: second}}}
  second: {task: {role: agent, other_than: [approve]}, choices: {approve: {to: done}}}
  done: {final: true}
promises: {once: {says: Approved at most once., at_most: {times: 1, of: 'choice("approve")'}}}
"""
    )
    found = faulty.breaks(
        "once", "open", "choice wish.register", "choice first.approve", last="choice second.approve"
    )
    people = [found.steps[2]["by"], found.steps[3]["refused"]["by"]]
    assert len(set(people)) == 2


def test_somebody_is_away(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, keeper], to: sorted}}}
  sorted:
    always: [{when: 'absent(keeper) && absent(mate(keeper))', to: done}, {to: theirs}]
  theirs: {task: {to: "${keeper}"}, choices: {end: {to: done}}}
  done: {final: true}
promises: {with_somebody: {says: Somebody always has it., before: 'state("done")', must: 'state("theirs")'}}
"""
    )
    found = faulty.breaks("with_somebody", "open", last="choice wish.register")
    assert sum("absent" in each for each in found.steps) == 2


def test_a_date_is_chosen_around_the_limit(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, ends], to: sorted}}}
  sorted:
    always: [{when: 'ends != null && add_time(ends, "14 days") < now', to: old}, {to: fresh}]
  old: {task: {role: agent}, choices: {end: {to: done}}}
  fresh: {final: true}
  done: {final: true}
promises: {fresh_first: {says: Nothing old is done., never: 'state("done")'}}
"""
    )
    faulty.breaks(
        "fresh_first",
        "open",
        step("choice wish.register", taken=("wish.register#1", "sorted!#1")),
        last="choice old.end",
    )


def test_a_new_day_must_come_between_two_attempts(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: trying}}}
  trying:
    task: {role: agent}
    choices:
      failed: [{when: 'count_today("failed") >= 1', refuse: Not twice a day}, {to: self}]
      end: {when: 'count("failed") >= 2', to: done}
  done: {final: true}
promises: {once: {says: One failure is enough., at_most: {times: 1, of: 'choice("failed")'}}}
"""
    )
    found = faulty.breaks(
        "once", "open", "choice wish.register", "choice trying.failed",
        last=step("choice trying.failed", ("day", "", True)),
    )  # fmt: skip
    assert any("wait" in each for each in found.steps)


def test_a_case_that_a_message_opens(faulty):
    faulty.of(
        HEAD.replace(
            "starts: [{by: agent}]",
            'starts: [{message: \'message.channel == "sms" && message.text.matches("^RING [0-9]{4}$")\', set: {kn: "1234"}}]',
        )
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [amount], to: done}}}
  done: {final: true}
promises: {large: {says: Never below 500., never: 'state("done") && amount < 500'}}
"""
    )
    found = faulty.breaks("large", "open", last="choice wish.register")
    assert found.steps[0]["receive"]["text"].startswith("RING ")


def test_a_decision_table_and_a_table_give_the_values(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, amount, carrier], to: sorted}}}
  sorted:
    always: [{when: 'decide("desk", {amount: amount, carrier: carrier}).desk == "loss"', to: lost}, {to: done}]
  lost: {task: {role: lead}, choices: {end: {to: done}}}
  done: {final: true}
decisions:
  desk:
    hit: first
    inputs: {amount: integer, carrier: [PROSAM, FIRST, KAB]}
    rows:
      - {amount: "317..319", carrier: FIRST, gives: {desk: loss}}
      - {gives: {desk: plain}}
promises: {never_lost: {says: Nothing is lost., never: 'state("lost")'}}
"""
    )
    found = faulty.breaks("never_lost", "open", last="choice wish.register")
    assert found.steps[-1]["refused"]["with"]["carrier"] == "FIRST"


def test_a_way_that_cannot_be_gone_is_not_decided_and_says_which_condition_settles_it(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, amount], to: sorted}}}
  sorted:
    always: [{when: 'amount * 2 == 3', to: half}, {to: done}]
  half: {task: {role: agent}, choices: {end: {to: done}}}
  done: {final: true}
promises: {never_half: {says: Nothing is half., never: 'state("half")'}}
"""
    )
    found = faulty.look(
        "never_half", "open", last=step("choice wish.register", taken=("wish.register#1", "sorted!#1"))
    )
    assert isinstance(found, Undecided)
    assert found.condition == "amount * 2 == 3"
    assert found.at[0] > 0


def test_a_sound_procedure_has_no_witness_whatever_way_is_suspected(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, phone, change], to: waiting}}}
  waiting:
    task: {role: agent}
    events: {message: [{when: 'proof_of(message).accepted', set: {proof: "${proof_of(message)}"}, to: proved}]}
    choices: {stop: {to: stopped}}
  proved: {task: {role: agent}, choices: {execute: {to: done}}}
  stopped: {final: true}
  done: {final: true}
"""
        + WRITTEN
    )
    found = faulty.look("written", "open", "choice wish.register", "message", last="choice proved.execute")
    assert isinstance(found, Undecided)
    assert "holds" in found.why


def test_it_is_said_that_a_start_that_asks_for_nothing_takes_any_data(faulty):
    states = "\n  wish: {task: {role: agent}, choices: {register: {to: done}}}\n  done: {final: true}\n"
    faulty.of(HEAD + states + "promises: {small: {never: 'state(\"done\") && amount == 7'}}\n")
    found = faulty.breaks("small", "open", last="choice wish.register")
    assert found.steps[0]["open"]["with"] == {"amount": 7}
    assert any("The start asks for nothing" in line for line in found.stories["en"])


def test_what_need_not_be_asked_for_is_not_answered_either(faulty):
    """The way asks outside, which nothing of the promise needs: it is left out, and so is its answer."""
    faulty.of(
        HEAD
        + """
  wish:
    task: {role: agent}
    choices: {ask: {to: asking}}
  asking:
    task: {role: agent}
    invoke: {mail.send: {to: ann@bench.example, subject: A change, text: Look at it.}}
    events: {done: {set: {amount: 1}}}
    choices: {end: {to: done}}
  done: {final: true}
promises: {soon: {says: It is done in two days., after: 'state("wish")', eventually: closed(), within: 2 days}}
"""
    )
    found = faulty.breaks("soon", "open", "choice wish.ask", "promise soon")
    assert not any({"do", "deliver"} & each.keys() for each in found.steps)


def test_what_a_list_holds_is_one_of_the_words_that_it_is_compared_with(faulty):
    faulty.of(
        HEAD.replace("data:\n", "data:\n  told: {type: array, items: {type: string}}\n")
        + """
  wish: {task: {role: agent}, choices: {end: {to: done}}}
  done: {final: true}
promises: {new: {says: Nobody was told of it., never: 'state("done") && told.exists(x, x == carrier)'}}
"""
    )
    found = faulty.breaks("new", step("open", ("data", "carrier", "PROSAM")), last=step("choice wish.end"))
    assert found.steps[0]["open"]["with"] == {"carrier": "PROSAM", "told": ["PROSAM"]}


def test_what_the_prover_chose_to_be_set_is_entered_though_it_may_be_left_out(faulty):
    """A timer that hangs on data runs only where these are given, as one of several fields that may be."""
    faulty.of(
        HEAD.replace("data:\n", "data:\n  gap: {type: duration}\n")
        + """
  wish:
    task: {role: agent}
    choices: {end: {to: done}}
    after: {"${gap}": [{when: 'amount > 3', to: late}, {do: [{note.write: {text: It stays.}}]}]}
  late: {task: {role: agent}, choices: {end: {when: 'carrier == "FIRST" && phone != null', to: done}}}
  done: {final: true}
promises: {gone: {says: It ends before., never: 'state("late")'}}
"""
    )
    theatre = Theatre(faulty.documents, budget=8)
    way = step("open", ("condition", "gap == null", False), ("data", "answered", "set"))
    last = step(f"{faulty.after('wish')}", ("condition", "amount <= 3", False), taken=("wish@1#1",))
    found = theatre.realise(faulty.name, Suspicion("gone", (way,), last))
    assert isinstance(found, Witness), found
    assert found.steps[0]["open"]["with"].keys() == {"gap", "amount"}


def test_what_is_answered_at_the_end_may_be_refused_too(faulty):
    """The time is up before the answer that is waited for, and then the answer would break the same promise."""
    faulty.of(
        HEAD
        + """
  wish:
    task: {role: agent}
    invoke: {mail.send: {to: ann@bench.example, subject: A change, text: Look at it.}}
    events: {done: {set: {amount: 1}}}
    choices: {end: {to: done}}
  done: {final: true}
deadlines: {answer: {title: It is answered, starts: [entering wish], within: 1 days, met: [entering done]}}
promises: {none: {says: Nothing is late., never: missed("answer")}}
"""
    )
    found = faulty.breaks("none", "open", last="missed answer")
    assert found.steps[-1] == {"refused": {"deliver": "mail.send"}}
