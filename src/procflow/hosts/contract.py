"""What every host must guarantee: a suite that a host's own test class inherits (see `procflow.testing`).

    class TestMyHost(HostContract):
        @pytest.fixture
        def house(self): ...

It asks only in the verbs of `House`, with a frozen clock, so that it can run over any host and store.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from procflow.builtin.evidence import judge as judge_evidence
from procflow.builtin.world import FrozenWorld
from procflow.core import journal as j
from procflow.core import snapshot
from procflow.core.case import Case, replay
from procflow.core.decide import Command
from procflow.core.record import decode_entries
from procflow.definitions.from_texts import documents_of
from procflow.definitions.publish import publish
from procflow.engine import Answer, Engine
from procflow.errors import Conflict
from procflow.hosts.contract_between import BetweenCases
from procflow.hosts.intake import Intake
from procflow.hosts.local import LocalHost
from procflow.hosts.outbox import Outbox
from procflow.hosts.recording import ChannelsOf, Killed, RecordingChannel
from procflow.ports import Delivery, Evidence, Keys, Store
from procflow.stored import JournalRow, TaskRow

MORNING = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)  # a Monday, 10:05 in Copenhagen
ORGANISATION = """
organisation: contract
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles: {agent: {en: Agent, da: Medarbejder}, lead: {en: Lead, da: Leder}}
people:
  ann: {name: Ann Test, roles: [agent], mate: bob}
  bob: {name: Bob Test, roles: [agent], mate: ann}
  liz: {name: Liz Test, roles: [lead]}
"""
#: A cadence of two calls a day and a message, over up to four days.
CADENCE = """procedure: cadence
title: {en: Cadence, da: Kadence}
owner: lead
starts: [{by: agent, ask: [kn, email]}]
data:
  kn: {type: string, minLength: 4}
  email: {type: email, pii: true}
  calls: {type: integer, default: 0}
initial: calling
states:
  calling:
    task: {role: agent}
    choices:
      no_answer: {set: {calls: "${calls + 1}"}, to: counting}
      reached: {to: reached}
      remark: {}
      decide: {other_than: [no_answer], to: reached}
  counting:
    always:
      - {when: 'calls < 2', to: calling}
      - {when: 'calls % 2 == 0', to: resting}
      - {to: calling}
  resting:
    entry: [{mail.send: {to: "${email}", subject: "We tried to call you", text: "${kn}"}}]
    task: {role: agent}
    after: {"next open day at 09:00": {to: calling}}
    choices: {reached: {to: reached}}
  reached: {final: true, outcome: reached}
deadlines:
  answer:
    starts: opening
    within: 4 working days
    met: [entering reached]
    warn: {at: 75%, do: [{notify: {role: lead}}]}
    missed: {do: [{notify: {role: lead}}]}
"""


class House(Protocol):
    """One process's front on a host: commands in, cases out, and a clock that the test moves."""

    channel: RecordingChannel

    def publish(self, *procedures: str) -> None: ...
    def open(self, procedure: str, command: Command) -> Answer: ...
    def submit(self, case: str, command: Command) -> Answer: ...
    def read(self, case: str) -> Case: ...
    def stored(self, case: str) -> bytes:
        """The case's state as it is stored."""
        ...

    def journal(self, case: str) -> list[JournalRow]: ...
    def entries(self, case: str) -> list[Any]: ...
    def inbox(self) -> list[TaskRow]: ...
    def advance(self, by: timedelta) -> None:
        """The clock moves on, and the host does everything that is due and can be delivered by then."""
        ...

    def now(self) -> datetime: ...
    def other(self) -> House:
        """Another process's front on the same host; this one may be dead."""
        ...


class LocalHouse:
    """The local host over a store; `again` opens the same store as another process would."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        evidence: Evidence,
        world: FrozenWorld,
        channel: RecordingChannel | None = None,
        again: Callable[[], Store] | None = None,
        holder: str = "house-1",
    ) -> None:
        self.store, self.keys, self.evidence, self.world = store, keys, evidence, world
        self.channel = channel or RecordingChannel()
        self._again, self._holder = again, holder
        self.engine = Engine(store, keys, world, judge_evidence)
        self.outbox = Outbox(self.engine, lambda: ChannelsOf([self.channel]), evidence, holder)
        self.intake = Intake(self.engine, evidence)
        self.host = LocalHost(self.engine, self.outbox, self.intake)

    def publish(self, *procedures: str) -> None:
        documents = documents_of(*procedures, organisation=ORGANISATION)
        published = publish(documents, self.store, self.now())
        self.engine.publish_surroundings(self.world.new_id(), published.organisation, published.tables)
        self.engine.declare_lookups(self.world.new_id())

    def open(self, procedure: str, command: Command) -> Answer:
        return self.engine.open(procedure, command)

    def submit(self, case: str, command: Command) -> Answer:
        return self.engine.submit(case, command)

    def read(self, case: str) -> Case:
        return self.engine.load(case).plain

    def stored(self, case: str) -> bytes:
        return self.engine.load(case).row.snapshot

    def journal(self, case: str) -> list[JournalRow]:
        return list(self.store.journal(case))

    def entries(self, case: str) -> list[Any]:
        return [entry for _, step in self.engine.journal(case) for entry in step]

    def inbox(self) -> list[TaskRow]:
        return self.store.tasks()

    def advance(self, by: timedelta) -> None:
        self.world.advance(by)
        self.host.until_idle()

    def now(self) -> datetime:
        return self.world.now()

    def other(self) -> LocalHouse:
        store = self._again() if self._again is not None else self.store
        return LocalHouse(
            store, self.keys, self.evidence, self.world, self.channel, self._again, f"{self._holder}+"
        )


class HostContract(BetweenCases):
    """Inherit it, and give a fixture `house` whose store is empty and whose clock says `MORNING`."""

    def opened(self, house: House, id: str = "open-1") -> str:
        house.publish(CADENCE)
        given = {"kn": "104233", "email": "mette@customer.example"}
        answer = house.open("cadence", Command(id, "open", "cadence", "ann", given))
        assert answer.refusal is None, answer.refusal
        return answer.case_id

    def choose(self, house: House, case: str, choice: str, id: str, by: str = "ann", **given: Any) -> Answer:
        return house.submit(case, Command(id, "choice", choice, by, given))

    def folds(self, house: House, case: str) -> None:
        """The journal is gapless, and folding it gives what is stored, byte for byte."""
        rows = house.journal(case)
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
        folded = replay(case, ((row.sequence, decode_entries(row.entries)) for row in rows))
        assert snapshot.to_bytes(folded) == house.stored(case)

    # commands

    def test_the_same_command_id_gives_the_same_answer_and_one_entry(self, house: House) -> None:
        case = self.opened(house)
        assert self.opened(house) == case
        first = self.choose(house, case, "no_answer", "c-1")
        again = self.choose(house.other(), case, "no_answer", "c-1")
        assert (first.sequence, first.accepted) == (again.sequence, again.accepted) == (2, True)
        assert again.repeated and house.read(case).data["calls"] == 1
        assert len(house.journal(case)) == 2

    def test_a_refusal_writes_nothing_to_the_case(self, house: House) -> None:
        case = self.opened(house)
        before = house.stored(case), house.journal(case)
        refused = self.choose(house, case, "no_answer", "c-1", by="liz")
        assert refused.refusal is not None and refused.refusal.code == "not_allowed"
        refused = self.choose(house, case, "nothing", "c-2")
        assert refused.refusal is not None and refused.refusal.code == "unknown_choice"
        assert (house.stored(case), house.journal(case)) == before
        assert self.choose(house, case, "no_answer", "c-1").accepted  # a refused id is not used up

    def test_concurrent_commands_on_one_case_give_a_gapless_sequence(self, house: House) -> None:
        case = self.opened(house)
        fronts = [house.other() for _ in range(4)]

        def work(n: int) -> int:
            done = 0
            for k in range(10):
                for _ in range(100):
                    with suppress(Conflict):  # told, never lost: the caller decides again
                        done += self.choose(fronts[n], case, "remark", f"c-{n}-{k}").accepted
                        break
            return done

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(work, range(4))) == 40
        assert house.other().read(case).counts["remark"] == 40
        self.folds(house.other(), case)

    def test_concurrent_openings_all_get_a_case_and_a_number_of_their_own(self, house: House) -> None:
        house.publish(CADENCE)
        fronts = [house.other() for _ in range(4)]
        given = {"kn": "104233", "email": "mette@customer.example"}

        def work(n: int) -> list[int]:
            return [
                fronts[n].open("cadence", Command(f"o-{n}-{k}", "open", "cadence", "ann", given)).number
                for k in range(6)
            ]

        with ThreadPoolExecutor(4) as pool:
            numbers = [number for some in pool.map(work, range(4)) for number in some]
        assert sorted(numbers) == list(range(1, 25))

    def test_four_eyes_hold_for_the_state_that_is_committed(self, house: House) -> None:
        case = self.opened(house)
        other = house.other()
        assert other.read(case).sequence == 1
        self.choose(house, case, "no_answer", "c-1", by="bob")
        refused = self.choose(other, case, "decide", "c-2", by="bob")  # decided on what it has not read yet
        assert refused.refusal is not None and refused.refusal.code == "four_eyes"

    # the record

    def test_folding_the_journal_gives_the_stored_state_byte_for_byte(self, house: House) -> None:
        case = self.opened(house)
        self.folds(house, case)
        for n in range(4):
            self.choose(house, case, "no_answer", f"c-{n}")
            self.folds(house, case)
            house.advance(timedelta(hours=23))
            self.folds(house, case)
        self.choose(house, case, "reached", "c-9")
        self.folds(house, case)
        assert house.other().read(case) == house.read(case)

    def test_an_edited_file_leaves_running_cases_alone(self, house: House) -> None:
        case = self.opened(house)
        house.publish(CADENCE.replace("4 working days", "1 working days").replace("no_answer:", "nobody:")
                      .replace("[no_answer]", "[nobody]"))  # fmt: skip
        assert self.choose(house.other(), case, "no_answer", "c-1").accepted
        other = house.open(
            "cadence", Command("o-2", "open", "cadence", "ann", {"kn": "1042", "email": "a@customer.example"})
        )
        refused = self.choose(house, other.case_id, "no_answer", "c-2")
        assert refused.refusal is not None and refused.refusal.code == "unknown_choice"
        assert self.choose(house, other.case_id, "nobody", "c-3").accepted

    def test_the_inbox_equals_the_fold(self, house: House) -> None:
        cases = [self.opened(house)]
        for n in range(2, 5):
            given = {"kn": f"10423{n}", "email": "mette@customer.example"}
            cases.append(house.open("cadence", Command(f"o-{n}", "open", "cadence", "ann", given)).case_id)
        self.choose(house, cases[0], "no_answer", "c-1")
        self.choose(house, cases[1], "reached", "c-2")
        house.advance(timedelta(days=9))  # every deadline is missed, and the lead is told
        shown: dict[str, set[tuple[Any, ...]]] = {}
        for row in house.inbox():
            shown.setdefault(row.case_id, set()).add((row.task, row.kind, row.roles, row.people, row.since))
        for case in cases:
            folded = house.other().read(case)
            wanted = {(s, "work", t.roles, t.people, t.since) for s, t in folded.tasks.items()}
            wanted |= {(k, i.kind, i.roles, i.people, i.since) for k, i in folded.items.items()}
            assert shown.get(case, set()) == wanted
        assert cases[1] not in shown

    # time

    def test_the_cadence_takes_its_steps_over_four_days(self, house: House) -> None:
        case = self.opened(house)
        for day in range(4):
            self.choose(house, case, "no_answer", f"a-{day}")
            house.advance(timedelta(hours=2))
            self.choose(house, case, "no_answer", f"b-{day}")
            assert house.read(case).active == ("resting",)
            house.advance(timedelta(hours={2: 46, 3: 70}.get(day, 22)))  # a holiday, and a weekend
            assert house.read(case).active == ("calling",), day
        assert len(house.channel.taken) == 4
        times = [row.at for row in house.journal(case) if row.command_id.endswith("resting@1")]
        assert [f"{at:%a %H:%M}" for at in times] == ["Tue 07:00", "Wed 07:00", "Fri 07:00", "Mon 07:00"]
        self.folds(house, case)

    def test_a_deadline_that_was_met_does_nothing_when_it_comes(self, house: House) -> None:
        case = self.opened(house)
        self.choose(house, case, "reached", "c-1")
        before = house.journal(case)
        house.advance(timedelta(days=30))
        stale = house.submit(case, Command("t-1", "time", "missed:answer"))
        assert not stale.accepted and stale.refusal is not None and stale.refusal.code == "not_due"
        assert house.journal(case) == before

    def test_a_deadline_is_missed_once_however_many_hosts_look(self, house: House) -> None:
        case = self.opened(house)
        other = house.other()
        house.advance(timedelta(days=30))
        other.advance(timedelta(0))
        assert sum(isinstance(entry, j.DeadlineMissed) for entry in house.entries(case)) == 1
        missed = next(row for row in house.journal(case) if row.command_id.endswith("missed:answer"))
        assert missed.at < missed.ran_at == house.now()

    # effects

    def resting(self, house: House) -> str:
        case = self.opened(house)
        self.choose(house, case, "no_answer", "c-1")
        self.choose(house, case, "no_answer", "c-2")
        return case

    def test_an_effect_that_fails_twice_keeps_its_key_and_its_bytes(self, house: House) -> None:
        case = self.resting(house)
        house.channel.script.extend(
            [Delivery("retry", {}, "the line is busy"), Delivery("retry", {}, "again")]
        )
        for _ in range(3):
            house.advance(timedelta(minutes=2))
        tries = house.channel.tries
        assert len(tries) == 3 and len(set(tries)) == 1
        assert tries[0][1] == f"{case}/3/1" and len(house.channel.prepared) == 1
        answers = [entry for entry in house.entries(case) if isinstance(entry, j.EffectAnswered)]
        assert [answer.status for answer in answers] == ["done"]

    def test_a_channel_that_raises_costs_a_try_and_no_more(self, house: House) -> None:
        case = self.resting(house)
        house.channel.script.append(ValueError("mette@customer.example is no address"))
        house.advance(timedelta(minutes=1))
        assert house.read(case).waiting
        house.advance(timedelta(minutes=5))
        assert not house.read(case).waiting and len(set(house.channel.tries)) == 1

    def test_an_effect_that_fails_for_good_becomes_a_task_of_the_owner(self, house: House) -> None:
        case = self.resting(house)
        house.channel.script.append(Delivery("failed", {}, "no such box"))
        house.advance(timedelta(minutes=1))
        (item,) = house.read(case).items.values()
        assert (item.kind, item.roles) == ("failed", ("lead",))
        house.advance(timedelta(hours=2))
        assert len(house.channel.tries) == 1

    def test_a_kill_between_the_channels_yes_and_our_record_gives_the_same_key_again(
        self, house: House
    ) -> None:
        case = self.resting(house)
        house.channel.script.append(RecordingChannel.KILL_AFTER)
        killed = False
        try:
            house.advance(timedelta(seconds=1))
        except Killed:
            killed = True
        assert killed and house.read(case).waiting
        alive = house.other()
        alive.advance(timedelta(minutes=5))
        assert len(house.channel.tries) == 2 and len(set(house.channel.tries)) == 1
        assert len(house.channel.taken) == 1 and not alive.read(case).waiting
        answers = [entry for entry in alive.entries(case) if isinstance(entry, j.EffectAnswered)]
        assert [answer.status for answer in answers] == ["done"]

    def test_two_hosts_deliver_an_effect_once(self, house: House) -> None:
        self.resting(house)
        other = house.other()
        house.advance(timedelta(seconds=1))
        other.advance(timedelta(minutes=10))
        assert len(house.channel.tries) == 1
