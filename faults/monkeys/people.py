"""What people do at a desk, one thing after the other, as the dice fall: choices above all, and what is around them."""

from __future__ import annotations

import shutil
import zlib
from datetime import timedelta
from typing import Any

from faults.monkeys.comparing import same_journals
from faults.monkeys.desk import Desk
from faults.monkeys.grammar import PEOPLE

# fmt: off
_GIVEN: dict[str, list[str]] = {
    "plain_text": ["aax ja hej", "Bil", "abc def"], "string": ["abc", "x"], "integer": ["0", "3", "7", "51"], "number": ["1.5", "2,25", "0"],
    "boolean": ["yes", "no", "ja"], "tick": ["yes", "yes", "no"], "date": ["2026-05-12", "2026-05-29", "12-05-2026", "2026-06-05"],
    "instant": ["2026-05-12 10:00", "2026-05-29 23:30", "2026-10-25 02:30"], "duration": ["2 days", "30 minutes"], "person": [*PEOPLE],
    "email": ["mette@example.com"], "phone": ["+4571999901"], "role": ["agent", "lead"], "object": ['{"q": 4, "w": "e"}', '{"q": 1}'],
}
_LISTS = {"phone": ["+4571999901", "+4571999901,+4571999902"], "person": ["qaa", "qaa,qbb"]}
_TEXTS = ["hej", "ja tak", "JA", "bil 104233", "", "Nej tak\n\n> svar ja\n> eller nej", "> ja"]
# fmt: on
#: Refusals of a choice that was offered and asks for nothing: none of them may be.
_NEVER = ("not_offered", "not_allowed", "guard", "absent", "claimed", "four_eyes", "offered")


def _picture() -> bytes:
    """A grey picture, wide enough to count as a screenshot."""
    wide, high = 400, 20

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = wide.to_bytes(4) + high.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress(bytes((wide + 1) * high))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class People:
    def __init__(self, desk: Desk) -> None:
        self.desk, self.dice, self.known = desk, desk.dice, 0
        self.refused_promises: set[tuple[str, str]] = set()
        self.picture = desk.folder.parent / "seen.png"
        self.picture.write_bytes(_picture())

    def do_something(self) -> None:
        acts = [self.choose, self.write_to_us, self.wait, self.open, self.be_absent, self.signal, self.look, self.work, self.change, self.bring_back]  # fmt: skip
        act = self.open if not self.known else self.dice.choices(acts, [44, 10, 13, 7, 4, 4, 6, 10, 1, 1])[0]
        act()

    @property
    def somebody(self) -> str:
        return self.dice.choice(PEOPLE)

    @property
    def a_case(self) -> str:
        return str(self.dice.randint(max(1, self.known - 5), self.known))

    def open(self) -> None:
        given = ["--with", f"kn={self.dice.choice(['104233', '104234'])}"] if self.dice.random() < 0.6 else []
        self.desk.ask("open", self.dice.choice(self.desk.names), *given, by=self.somebody)
        self.known = self.desk.cases()

    def choose(self) -> None:
        """A choice of a case; one that is not offered is tried too."""
        case = self.a_case
        for who in self.dice.sample(PEOPLE, 3):  # until somebody is offered something
            seen = self.desk.ask("case", case, by=who)
            choices = seen["result"]["choices"] if seen.get("ok") else []
            offered = [each for each in choices if each["available"]]
            if offered:
                break
        tried = offered if offered and self.dice.random() < 0.85 else choices
        if not tried:
            return
        ours = [each for each in tried if not each["name"].startswith(("go_", "out_"))]
        choice = self.dice.choice(ours if ours and self.dice.random() < 0.7 else tried)
        self._why(case, who, choice)
        given = []
        for ask in choice["asks"]:
            if not ask["optional"] or self.dice.random() < 0.5:
                given += ["--with", f"{ask['name']}={self._value(ask)}"]
        answer = self.desk.ask("do", case, choice["name"], *given, by=who)
        taken, code = answer.get("ok"), (answer.get("refusal") or {}).get("code", "")
        self.desk.counts["taken" if taken else "refused"] += 1
        if taken and not choice["available"]:
            self.desk.wrong(f"{who} took {choice['name']} of case {case}, which was not offered")
        refused = not taken and choice["available"] and not choice["asks"] and code in _NEVER
        if refused and self._still_offered(case, who, choice["name"]):
            self.desk.wrong(f"{who} was offered {choice['name']} of case {case}, and refused: {answer}")
        if code == "promise":
            self.refused_promises.add((seen["result"]["procedure"], answer["refusal"]["message"]))

    def _still_offered(self, case: str, who: str, name: str) -> bool:
        """Whether it is offered also after what was due in the case has happened first."""
        seen = self.desk.ask("case", case, by=who)
        return any(each["name"] == name and each["available"] for each in seen["result"]["choices"]) if seen.get("ok") else False  # fmt: skip

    def _why(self, case: str, who: str, choice: dict[str, Any]) -> None:
        if self.dice.random() < 0.2:
            told = self.desk.ask("why", case, choice["name"], by=who)
            ways = told["result"]["choices"] if told.get("ok") else []
            if ways and any(each["available"] for each in ways) != choice["available"]:
                self.desk.wrong(f"`case` and `why` differ for {who} on {choice['name']} of case {case}")

    def _value(self, ask: dict[str, Any]) -> str:
        if ask["options"]:
            return str(self.dice.choice(ask["options"]))
        if ask["name"] == "kn":
            return self.dice.choice(["104233", "1234"])
        if ask["type"] in ("file", "evidence"):
            return str(self.picture)
        if ask["type"] == "array":
            return self.dice.choice(_LISTS.get(str(ask.get("of")), ["a", "a,b", "b,104233"]))
        return self.dice.choice(_GIVEN.get(ask["type"], ["x"]))

    def write_to_us(self) -> None:
        """A message, with a file or as a form, for whatever case it fits or for one that is named."""
        sender = self.dice.choice(["mette@example.com", "+4571999901", "x@example.com"])
        words = ["--channel", self.dice.choice(["mail", "sms", "messenger", "form"]), "--from", sender, "--subject", "S 104233", "--text", self.dice.choice(_TEXTS)]  # fmt: skip
        words += ["--file", str(self.picture)] if self.dice.random() < 0.3 else []
        words += ["--field", "x=1", "--field", "kn=104233"] if self.dice.random() < 0.2 else []
        words += ["--case", self.a_case] if self.dice.random() < 0.4 else []
        self.desk.ask("receive", *words, by=self.somebody)
        self.known = self.desk.cases()

    def wait(self) -> None:
        self.desk.pass_time(self.dice.choice([0, 0.5, 1, 3, 8, 24, 30, 72, 24 * 20]))
        self.desk.run()
        self.known = self.desk.cases()

    def be_absent(self) -> None:
        until = (self.desk.now + timedelta(days=2)).date().isoformat()
        how = ["--back"] if self.dice.random() < 0.4 else ["--until", until]
        self.desk.ask("absent", self.somebody, *how, by="qll")

    def signal(self) -> None:
        self.desk.ask("signal", self.a_case, self.dice.choice(["ev0", "ev1"]), by="qll")

    def look(self) -> None:
        case = self.a_case
        ways = [["why", case], ["log", case], ["inbox"], ["inbox", "--all"], ["show", "--case", case], ["who", case], ["queues"], ["doctor"], ["handback"], ["roster"], ["report", "cases"]]  # fmt: skip
        self.desk.ask(*self.dice.choice(ways), by=self.somebody)

    def work(self) -> None:
        """What is done with work itself, and beside it."""
        case, soon = self.a_case, (self.desk.now + timedelta(hours=20)).strftime("%Y-%m-%d %H:%M")
        ways = [
            ["note", case, "Talt med kunden"], ["assign", case, self.somebody], ["claim", case], ["giveback", case], ["resume", case],
            ["handover", case, self.somebody, "--note", "Pas godt på"], ["handover", case, "--back"], ["attach", case, str(self.picture)],
            ["suspend", case, "--until", soon, "--reason", "Venter"], ["do", case, "take_over"], ["do", case, "confirm", "--with", "reference=R1"],
        ]  # fmt: skip
        self.desk.ask(*self.dice.choice(ways), by=self.somebody)

    def change(self) -> None:
        self.desk.another_version()

    def bring_back(self) -> None:
        """The workspace is copied and brought back, and work goes on with what came back."""
        folder = self.desk.folder
        copy, back = folder.parent / "copy", folder.parent / "back"
        if not (self.desk.ask("backup", str(copy), by="qll").get("ok") and self.desk.ask("restore", str(copy), str(back)).get("ok")):  # fmt: skip
            self.desk.wrong("a copy was not made or not brought back")
            return
        shutil.copy(folder / "clock", back / "clock")
        same_journals(self.desk, folder, back)
        shutil.rmtree(folder)
        shutil.rmtree(copy)
        back.rename(folder)
        self.desk.counts["brought back"] += 1
