"""What is entered never stands in clear text: not in the store's bytes, not in the access log, not in refusals."""

from datetime import timedelta
from pathlib import Path

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.core.decide import Command
from procflow.hosts.contract import MORNING
from procflow.ports import Delivery, Inbound
from procflow.stores.evidence import FolderEvidence
from procflow.stores.keys import KeyFile
from procflow.stores.sqlite import SqliteStore
from procflow.testing import LocalHouse

CANARY = "Kanariefugl"
PROCEDURE = """procedure: secret
title: {en: Secret, da: Hemmelig}
owner: lead
starts:
  - {by: agent, ask: [name, email, kn]}
  - {message: 'message.text.contains("open")', set: {name: "${message.text}", email: "${message.from}"}}
correlate: [email]
data:
  name: {type: string, pii: true}
  email: {type: email, pii: true}
  kn: {type: string, pii: true}
  amount: {type: integer}
initial: s
states:
  s:
    task: {role: agent}
    invoke: {mail.lookup: {who: "${name}"}}
    events:
      done: {do: [{note.write: {text: "${result.found}"}}]}
      message:
        - {when: 'message.text.contains("yes")', do: [{note.write: {text: "${message.text}"}}]}
    choices:
      write:
        ask: {words: {type: string}}
        do: [{mail.send: {to: "${email}", subject: "${name}", text: "${input.words}"}}, {notify: {role: lead, text: "${input.words}"}}]
      guarded:
        - {when: 'input.answer == "yes" && name != input.other', ask: {answer: {type: string}, other: {type: string}}, to: end}
      number: {ask: {number: {type: integer, maximum: 10}}, set: {amount: "${input.number}"}}
      broken: {ask: {words: {type: string}}, when: 'int(input.words) > 3', to: end}
      end: {note: required, to: end}
  end: {final: true}
"""


@pytest.fixture
def house(tmp_path: Path):
    world = FrozenWorld(MORNING)
    keys = KeyFile.create(str(tmp_path / "keys"), world)
    store = SqliteStore(str(tmp_path / "cases.db"), create=True)
    house = LocalHouse(store, keys, FolderEvidence(str(tmp_path / "evidence"), keys), world)
    house.channel.operations = {"send": {}, "lookup": {}}
    house.publish(PROCEDURE)
    yield house
    store.close()


def opened(house: LocalHouse) -> str:
    given = {"name": f"{CANARY} Open", "email": f"{CANARY}.mail@customer.example", "kn": f"{CANARY}KN"}
    answer = house.open("secret", Command("o-1", "open", "secret", "ann", given))
    assert answer.refusal is None
    return answer.case_id


def take(house: LocalHouse, case: str, choice: str, by: str = "ann", **given):
    take.n = getattr(take, "n", 0) + 1
    return house.submit(case, Command(f"t-{take.n}", "choice", choice, by, given))


def no_canary(tmp_path: Path) -> None:
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            for spelling in (CANARY, CANARY.lower(), CANARY.upper()):
                for encoding in ("utf-8", "utf-16-le"):
                    at = content.find(spelling.encode(encoding))
                    assert at < 0, (path.name, content[max(0, at - 300) : at + 60])


def test_nothing_personal_stands_in_the_bytes_of_the_store(house, tmp_path):
    case = opened(house)
    house.channel.script.append(Delivery("done", {"found": f"{CANARY} found"}))
    assert take(house, case, "write", words=f"{CANARY} words").accepted
    house.channel.script.append(Delivery("retry", {}, f"550 no box {CANARY}.mail@customer.example"))
    house.advance(timedelta(0))
    house.channel.script.append(Delivery("failed", {}, f"550 no box {CANARY}.mail@customer.example"))
    house.advance(timedelta(minutes=1))
    for n, text in enumerate((f"{CANARY} yes", f"{CANARY} what")):
        house.intake.take(
            Inbound("t", str(n), "mail", f"{CANARY}.mail@customer.example", "", house.now(), subject=CANARY, text=text,
                    files=[(f"{CANARY}.txt", f"{CANARY} file".encode())])
        )  # fmt: skip
    house.intake.take(
        Inbound("t", "3", "mail", f"{CANARY}@x.example", "", house.now(), text=f"open {CANARY}")
    )
    house.intake.take(
        Inbound("t", "4", "mail", f"{CANARY}@y.example", "", house.now(), text=f"lost {CANARY}")
    )
    house.advance(timedelta(minutes=1))
    assert take(house, case, "end", note=f"{CANARY} said thank you and goodbye").accepted
    assert CANARY in str(house.entries(case))  # it is there, for those who have the key
    assert [row.reason for row in house.store.messages("unmatched")] == ["no case fits"]
    assert len(house.store.cases()) == 2
    no_canary(tmp_path)


def test_what_was_refused_is_nowhere_and_the_access_log_keeps_who_when_what_and_the_code(house, tmp_path):
    case = opened(house)
    before = house.stored(case)
    refusals = [
        take(house, case, "write", "liz", words=CANARY),
        take(house, case, "guarded", answer=CANARY, other=CANARY),
        take(house, case, "number", number=f"{CANARY}"),
        take(house, case, "broken", words=CANARY),
        take(house, case, "end", note=CANARY[:3]),
        house.open("secret", Command("o-2", "open", "secret", "ann", {"name": CANARY, "email": CANARY})),
        house.open("secret", Command("o-3", "open", "secret", "liz", {"name": CANARY})),
    ]
    for refused in refusals:
        refusal = refused.refusal
        assert refusal is not None
        for language in ("en", "da"):
            told = f"{refusal.words(language)} {refusal.hint(language)} {refusal.as_json(language)}"
            assert CANARY not in told.replace(f"“{CANARY}”", ""), refusal.code
        assert CANARY not in repr(dict(refusal.facts)), refusal.code
    codes = [fields["code"] for _, _, _, fields in house.store.access_log()]
    assert codes == [refused.refusal.code for refused in refusals]
    assert codes == ["not_allowed", "guard", "input", "evaluation", "input", "input", "not_allowed"]
    assert house.stored(case) == before
    no_canary(tmp_path)
