"""A way that a prover suspects becomes a scenario which the real `procflow test` runs and which shows the break.

The procedures here are faulty on purpose, and the ways are written by hand: what happens, in which order, and no
values. What is entered, who acts, which message comes and how far the clock jumps is for the witness to find.
"""

import shutil
from pathlib import Path

import pytest
from msgspec import Struct
from ready import started

from procflow.definitions.from_texts import documents_of
from procflow.rehearsal.bench import ORGANISATION
from procflow.rehearsal.witness import Theatre, Undecided, Witness

PLUGINS = Path(__file__).parents[2] / "plugins"


class Move(Struct, frozen=True):
    kind: str
    name: str
    state: str = ""


class Step(Struct, frozen=True):
    move: Move
    chosen: tuple = ()
    taken: tuple = ()


class Suspicion(Struct, frozen=True):
    promise: str
    way: tuple
    last: object = None
    forever: bool = False
    round: tuple = ()


def step(text: str, *chosen, taken=()) -> Step:
    """`choice wish.register`, `message`, `event renewed`, `after check`, `missed answer`, `done looking`, …"""
    kind, _, name = text.partition(" ")
    state, _, choice = name.rpartition(".")
    if kind == "choice":
        return Step(Move(kind, choice, state), chosen, taken)
    if kind in ("done", "failed"):
        return Step(Move(kind, name, name), chosen, taken)
    return Step(Move(kind, name or ("0" if kind == "open" else kind)), chosen, taken)


class Faulty:
    """A workspace of faulty procedures, and the real command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, *procedures: str, organisation: str = ORGANISATION, tables=()) -> "Faulty":
        self.documents = documents_of(
            *procedures, organisation=organisation, tables=tables, overlook=("PF204",)
        )
        self.name = next(iter(self.documents.procedures))
        for plugin in ("procflow-vehicle-register", "procflow-sms"):
            shutil.copytree(PLUGINS / plugin, self.folder / "plugins" / plugin)
        for text in procedures:
            name = text.split("procedure:", 1)[1].split()[0]
            place = self.folder / "procedures" / name
            place.mkdir(parents=True)
            (place / "procedure.yaml").write_text(text, "utf-8")
        (self.folder / "procedures" / "organisation.yaml").write_text(organisation, "utf-8")
        (self.folder / "procflow.toml").write_text('store = "memory:"\nlanguage = "en"\n', "utf-8")
        return self

    @property
    def procedure(self):
        return self.documents.procedures[self.name]

    def after(self, state: str) -> str:
        return f"after {self.procedure.state[state].after[0].id}"

    def look(self, promise: str, *way: Step, last: Step | None = None, forever: bool = False):
        steps = tuple(step(each) if isinstance(each, str) else each for each in way)
        final = step(last) if isinstance(last, str) else last
        return Theatre(self.documents).realise(self.name, Suspicion(promise, steps, final, forever))

    def breaks(self, promise: str, *way, last=None, forever=False) -> Witness:
        """The witness, once the real command line has run its scenario and it went as written."""
        found = self.look(promise, *way, last=last, forever=forever)
        assert isinstance(found, Witness), found
        place = self.folder / "procedures" / self.name
        (place / "scenarios.yaml").write_text(found.document, "utf-8")
        for name, content in found.files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(content)
        ran = started(["test", f"procedures/{self.name}"], self.folder)
        assert ran.returncode == 0, ran.stdout + ran.stderr + found.document
        assert "1 passed" in ran.stdout
        assert promise in found.document
        return found


@pytest.fixture
def faulty(tmp_path: Path) -> Faulty:
    return Faulty(tmp_path)


HEAD = """
procedure: change
title: A change
owner: lead
subject: kn
starts: [{by: agent}]
correlate: [kn, phone, email]
data:
  kn: {type: string, pattern: "^[0-9]{4,10}$"}
  phone: {type: phone, pii: true}
  email: {type: email, pii: true}
  amount: {type: integer, minimum: 0}
  carrier: {enum: [PROSAM, FIRST, KAB]}
  change: {type: string, minLength: 10, pii: true}
  proof: {type: evidence, covers: [change]}
  ends: {type: date}
  keeper: {type: person}
  answered: {type: string}
initial: wish
states:
"""
WRITTEN = "promises: {written: {says: Never without writing., never: 'state(\"done\") && !proof.accepted'}}\n"


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


CALLER = """
procedure: desk
title: The desk
owner: lead
subject: kn
starts: [{by: agent}]
data:
  kn: {type: string, pattern: "^[0-9]{4,10}$"}
  amount: {type: integer, minimum: 0}
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      large: {ask: [kn, amount], when: 'amount >= LIMIT', to: handed_on}
      small: {ask: [kn, amount], when: 'amount < 40', to: done}
  handed_on: {entry: [{start: {procedure: change, with: {kn: "${kn}", amount: "${amount}"}}}], always: [{to: done}]}
  done: {final: true}
"""
OPENED = (
    HEAD.replace("starts: [{by: agent}]\n", "")
    + """
  wish: {task: {role: agent}, choices: {register: {to: done}}}
  done: {final: true}
promises: {large: {says: Only large ones come here., always: 'amount != null && amount >= 200'}}
"""
)


def test_a_case_that_another_one_opens_is_opened_by_it(faulty):
    faulty.of(OPENED, CALLER.replace("LIMIT", "150"))
    found = faulty.breaks("large", last=Step(Move("open", "by:desk", "0")))
    assert found.steps[0]["open"]["procedure"] == "desk"
    assert 150 <= found.steps[1]["with"]["amount"] < 200
    assert found.steps[-1] == {"expect": {"case": "desk", "log": ["Only large ones come here."]}}


def test_what_no_other_case_gives_is_no_witness(faulty):
    faulty.of(OPENED, CALLER.replace("LIMIT", "200"))
    assert isinstance(faulty.look("large", last=Step(Move("open", "by:desk", "0"))), Undecided)


def test_a_promise_that_a_late_deadline_keeps_is_not_called_open(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: waiting}}}
  waiting: {task: {role: agent}, choices: {end: {to: done}}, after: {90 days: {to: done}}}
  done: {final: true}
promises: {settles: {after: 'state("waiting")', eventually: 'closed()'}}
"""
    )
    assert isinstance(faulty.look("settles", "open", "choice wish.register", forever=True), Undecided)


def test_a_case_that_goes_round_by_itself_for_ever_is_called_open(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: one}}}
  one: {task: {role: agent}, after: {1 day: {to: two}}}
  two: {task: {role: agent}, choices: {end: {to: done}}, after: {1 day: {to: one}}}
  done: {final: true}
promises: {settles: {after: 'state("one")', eventually: 'closed()'}}
"""
    )
    found = faulty.breaks("settles", "open", "choice wish.register", forever=True)
    assert found.steps[-1]["expect"]["promises"] == {"settles": "pending"}


class Round(Struct, frozen=True):
    promise: str
    way: tuple
    round: tuple
    last: object = None
    forever: bool = True


def test_people_who_send_a_case_to_and_fro_for_ever(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: with_kc}}}
  with_kc: {task: {role: agent}, choices: {send_back: {to: with_advisor}, end: {to: done}}}
  with_advisor: {task: {role: advisor}, choices: {send_on: {to: with_kc}}}
  done: {final: true}
deadlines: {answer: {starts: [entering with_kc], within: 2 days, met: [leaving with_kc], again: true, missed: {do: [{notify: {role: lead}}]}}}
promises: {settles: {says: It is settled or the lead is told., after: 'state("with_kc")', eventually: 'closed() || missed("answer")'}}
"""
    )
    way = (step("open"), step("choice wish.register"))
    again = (step("choice with_kc.send_back"), step("choice with_advisor.send_on"))
    found = Theatre(faulty.documents).realise("change", Round("settles", way, again))
    assert isinstance(found, Witness), found
    assert [each.get("do") for each in found.steps] == [None, "register", "send_back", "send_on", None]
    assert found.steps[-1]["expect"] == {"promises": {"settles": "pending"}, "state": "with_kc"}
    assert any("again and again" in line for line in found.stories["en"])


def test_a_round_that_keeps_the_promise_is_no_witness(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: with_kc}}}
  with_kc: {task: {role: agent}, choices: {send_back: {to: with_advisor}, end: {to: done}}}
  with_advisor: {task: {role: advisor}, choices: {send_on: {to: with_kc}}}
  done: {final: true}
promises: {answered: {says: It is answered., after: 'state("with_kc")', eventually: 'state("with_advisor") || closed()'}}
"""
    )
    way = (step("open"), step("choice wish.register"))
    again = (step("choice with_kc.send_back"), step("choice with_advisor.send_on"))
    assert isinstance(Theatre(faulty.documents).realise("change", Round("answered", way, again)), Undecided)


def test_a_round_during_which_a_clock_goes_on_comes_to_an_end_by_itself(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: with_kc}}}
  with_kc: {task: {role: agent}, choices: {send_back: {to: with_advisor}, end: {to: done}}}
  with_advisor: {task: {role: advisor}, choices: {send_on: {to: with_kc}}}
  done: {final: true}
deadlines: {answer: {starts: opening, within: 2 days, met: [choice end], missed: {do: [{notify: {role: lead}}]}}}
promises: {settles: {says: It is settled or the lead is told., after: 'state("with_kc")', eventually: 'closed() || missed("answer")'}}
"""
    )
    way = (step("open"), step("choice wish.register"))
    again = (step("choice with_kc.send_back"), step("choice with_advisor.send_on"))
    assert isinstance(Theatre(faulty.documents).realise("change", Round("settles", way, again)), Undecided)


def test_a_case_that_opens_by_itself_every_open_day(faulty):
    faulty.of(
        HEAD.replace("starts: [{by: agent}]", 'starts: [{every: "open day at 08:00"}]')
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [amount], to: done}}}
  done: {final: true}
promises: {large: {says: Never below 500., never: 'state("done") && amount < 500'}}
"""
    )
    found = faulty.breaks("large", "open", last="choice wish.register")
    assert found.steps[0] == {"wait": "until 2026-05-12 08:00"}


def test_a_case_that_an_event_of_another_one_opens(faulty):
    faulty.of(
        HEAD.replace("starts: [{by: agent}]", "starts: [{event: large_one, ask: [kn], optional: [amount]}]")
        + """
  wish: {task: {role: agent}, choices: {register: {to: done}}}
  done: {final: true}
promises: {large: {says: Never below 200., never: 'state("done") && amount < 200'}}
""",
        CALLER.replace("LIMIT", "150").replace(
            'start: {procedure: change, with: {kn: "${kn}", amount: "${amount}"}}',
            'signal: {name: large_one, to: {procedure: change, where: {kn: "${kn}", amount: "${amount}"}}}',
        ),
    )
    found = faulty.look("large", "open", last="choice wish.register")
    assert isinstance(found, Witness), found
    assert found.steps[0]["open"]["procedure"] == "desk"


def test_a_state_is_gone_back_to_where_it_was_left(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: work}}}
  work:
    initial: first
    states:
      first: {task: {role: agent}, choices: {on: {to: second}}}
      second: {task: {role: agent}, choices: {ready: {ask: [amount], to: filed}}}
    choices: {pause: {by: agent, to: paused}}
  paused: {task: {role: agent}, choices: {resume_it: {to: work.last}}}
  filed: {final: true}
promises: {enough: {says: Nothing is filed for less than ten., never: 'state("filed") && amount < 10'}}
"""
    )
    found = faulty.breaks(
        "enough", "open", "choice wish.register", "choice first.on", "choice work.pause", "choice paused.resume_it",
        last="choice second.ready",
    )  # fmt: skip
    assert found.steps[-1]["refused"]["with"]["amount"] < 10


SLOW = """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: sending}}}
  sending:
    invoke: {sms.send: {to: "+4571999901", text: Hello}}
    events: {done: {to: told}, failed: {to: untold}, soon: {to: late}}
  told: {final: true}
  untold: {final: true}
  late: {task: {role: lead}, choices: {end: {to: told}}}
deadlines: {soon: {starts: entering sending, within: 10 minutes, met: [leaving sending]}}
"""


def test_a_delivery_that_takes_longer_than_a_deadline(faulty):
    faulty.of(HEAD + SLOW + "promises: {told: {says: Nobody waits ten minutes., never: 'state(\"late\")'}}\n")
    found = faulty.breaks("told", "open", "choice wish.register", last="missed soon")
    assert {"wait": "until 2026-05-11 10:15"} in found.steps
    assert {"deliver": "sms.send"} in found.steps


def test_a_delivery_that_takes_longer_than_a_promise_allows(faulty):
    faulty.of(
        HEAD
        + SLOW.replace("events: {done", "after: {1 hour: {to: late}}\n    events: {done").replace(
            ", soon: {to: late}", ", soon: {}"
        )
        + "promises: {told: {says: Told in 20 minutes., after: 'state(\"sending\")', eventually: 'closed()', within: 20 minutes}}\n"
    )
    found = faulty.breaks("told", "open", "choice wish.register", "missed soon", "promise told")
    assert found.steps[-2]["expect"]["promises"] == {"told": "broken"}
    assert found.steps[-1] == {"deliver": "sms.send"}
