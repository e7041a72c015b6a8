"""What the numbered scenarios say of the record itself: looked for at the real command line, in every row of the store.

A row is read as it lies in the file, and once more with everything in it that is sealed opened: what was refused
must be in neither, and what was allowed shows that the test would find it.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from ready import started

from procflow.app import App
from procflow.core import snapshot
from procflow.core.journal import EffectRequested, Personal, Sealed
from procflow.core.record import decode, decode_entries
from procflow.core.record_reading import MAGIC
from procflow.errors import NotFound, StorageError

ROOT = Path(__file__).parents[2]
SETTINGS = """store = "sqlite:cases.db"
clock = "clock.txt"
language = "en"
[channels]
mail = {mode = "file"}
sms = {mode = "file"}
relatel = {mode = "manual"}
"""
#: With a dash, and as one that its check digit gives away without it, an example number that is nobody's.
CPR = ("010190-1234", "0707614285", "070761 4285")
CARD = ("4571 0000 0000 0001", "4571000000000001", "4571-0000-0000-0001")
#: How the columns are read in which something may be sealed, and those that hold nothing but hashes and documents.
READ = {
    "journal.entries": decode_entries, "cases.snapshot": lambda data: decode(data) if data[:1] == MAGIC else snapshot.from_bytes(data), "effects.parameters": decode,
    "effects.wire": decode, "inbound.content": decode, "drafts.content": decode, "seals.content": bytes,
    "kept.value": bytes,
}  # fmt: skip
NOTHING_TO_OPEN = {"hash", "head", "previous", "sha256", "compiled", "answer", "fingerprint"}


class Desk:
    """The shipped procedures in a workspace of their own, and the command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "procedures").symlink_to(ROOT / "procedures")
        (folder / "procflow.toml").write_text(SETTINGS)
        self.at("2026-03-03T10:12:00+01:00")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PROCFLOW")}

    def at(self, instant: str) -> None:
        (self.folder / "clock.txt").write_text(instant)

    def run(self, person: str, *args: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return started(args, self.folder, {**self.environment, "PROCFLOW_AS": person}, typed)

    def ok(self, person: str, *args: str) -> Any:
        done = self.run(person, *args, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)["result"]

    def open(self, person: str, procedure: str, **given: str) -> str:
        return str(self.ok(person, "open", procedure, *_with(given))["number"])

    def do(self, person: str, case: str, choice: str, **given: str) -> Any:
        return self.ok(person, "do", case, choice, *_with(given))

    def refused(self, person: str, case: str, choice: str, *more: str, **given: str) -> str:
        """What is said about it."""
        done = self.run(person, "do", case, choice, *_with(given), *more)
        assert done.returncode in (1, 5), done.stdout + done.stderr
        return done.stdout + done.stderr

    def host(self) -> None:
        done = self.run("qaa", "run", "--once")
        assert done.returncode == 0, done.stdout + done.stderr

    def denials(self, case: str) -> list[tuple[str, str, str]]:
        """(person, choice, code) of each command about a case that was refused, as the access log has it."""
        with App(str(self.folder)) as app:
            id = app.engine.load(case).row.id
            rows = [row for *_, row in app.store.access_log()]
        return [
            (r["person"], r["choice"], r["code"])
            for r in rows
            if r["case_id"] == id and r["what"] == "choice"
        ]

    def asked_for(self, case: str | int, operation: str) -> list[Mapping[str, Any]]:
        """The parameters of every such effect that a case asked for."""
        with App(str(self.folder)) as app:
            entries = [entry for _, step in app.engine.journal(case) for entry in step]
        asked = [e for e in entries if isinstance(e, EffectRequested) and e.operation == operation]
        return [e.parameters.value if isinstance(e.parameters, Personal) else e.parameters for e in asked]

    def as_it_lies(self) -> Iterator[bytes]:
        """Every file of the workspace that procflow wrote."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.name not in ("procflow.toml", "clock.txt"):
                yield path.read_bytes()

    def opened(self) -> dict[str, list[bytes]]:
        """table.column -> what stands there in plain, with the evidence as a table of its own."""
        found: dict[str, list[bytes]] = {}
        database = sqlite3.connect(f"file:{self.folder / 'cases.db'}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        with App(str(self.folder)) as app:
            cases = {row["number"]: row for row in database.execute("SELECT * FROM cases")}
            slots = {row["key_slot"] for row in cases.values()}
            names = [
                row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for name in names:
                for row in map(dict, database.execute(f"SELECT * FROM {name}")):
                    owner = cases.get(row.get("number"))
                    id = owner["case_id"] if owner is not None else row.get("case_id") or row.get("id") or ""
                    if name == "inbound":
                        id = row["id"]
                    slot = owner["key_slot"] if owner is not None else row.get("key_slot", 0)
                    slots.add(slot)

                    def open(sealed: Sealed, id: str = id, slot: int = slot) -> bytes:
                        return app.engine.unseal_bytes(id, slot, sealed)

                    for column, value in row.items():
                        place = f"{name}.{column}"
                        if isinstance(value, bytes) and column not in NOTHING_TO_OPEN:
                            value = READ[place](value)  # a new column must be read here too
                        found.setdefault(place, []).extend(_plain(value, open))
            for hash in app.evidence.hashes():
                for slot in slots:
                    try:
                        found.setdefault("evidence", []).append(app.evidence.get(hash, key_slot=slot))
                    except NotFound:
                        continue
        database.close()
        return found


def _plain(value: Any, open: Any) -> Iterator[bytes]:
    """A value that was read, and everything inside it, with what is sealed opened."""
    if isinstance(value, Sealed):
        content = open(value)
        yield content
        with suppress(StorageError):  # the bytes of a letter are no value of the record
            yield from _plain(decode(content), open)
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _plain(getattr(value, name), open)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _plain(key, open)
            yield from _plain(item, open)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _plain(item, open)
    elif value is not None:
        yield str(value).encode()


def _with(given: Mapping[str, str]) -> list[str]:
    return [part for name, value in given.items() for part in ("--with", f"{name}={value}")]


def columns_with(opened: Mapping[str, list[bytes]], words: str) -> set[str]:
    return {column for column, values in opened.items() if any(words.encode() in value for value in values)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: Any) -> Desk:
    return Desk(tmp_path_factory.mktemp("kept"))


def nowhere(desk: Desk, *spellings: str) -> None:
    lying, opened = list(desk.as_it_lies()), desk.opened()
    for spelling in spellings:
        assert not [content[:80] for content in lying if spelling.encode() in content], spelling
        assert columns_with(opened, spelling) == set(), spelling


def test_s05_a_personal_number_in_a_message_is_kept_nowhere_and_that_it_was_tried_is(desk: Desk) -> None:
    case = desk.open("agent_1", "call_in")
    who = {"kn": "104233", "first_name": "Mette", "last_name": "Holm"}
    desk.do("agent_1", case, "identify", **who, method="mitid", phones="+4571999901")
    desk.do("agent_1", case, "contact_wanted")
    message = {"best_time": "any", "phones": "+4571999901", "number_confirmed": "true", "code": "QAA"}
    for reason in (f"Her CPR is {CPR[0]} she says", f"Her CPR is {CPR[1]} she says"):
        desk.refused("agent_1", case, "save_message", reason=reason, **message)
    desk.do("agent_1", case, "save_message", reason="Wants to talk about her car", **message)
    for text in (
        "104233 Mette Holm vil klage over skade på bilen", f"104233 Mette Holm {CPR[0]}", CPR[0], CPR[1],
        f"104233 {CPR[2]}",
    ):  # fmt: skip
        told = desk.refused(
            "agent_1", case, "send_message", *(("--json",) if text == CPR[0] else ()), text=text
        )
        assert not [spelling for spelling in (*CPR, "vil klage") if spelling in told]
    guided = desk.run("agent_1", "step", case, typed=f"send_message\n104233 Mette Holm {CPR[0]}\n")
    assert "does not have the right form" in guided.stdout
    nowhere(desk, *CPR, "vil klage")
    denials = desk.denials(case)
    assert denials.count(("agent_1", "save_message", "input")) == 2
    assert {(person, code) for person, choice, code in denials if choice == "send_message"} == {
        ("agent_1", "input"), ("agent_1", "refused"),
    }  # fmt: skip
    allowed = columns_with(desk.opened(), "Wants to talk about her car")
    assert {"journal.entries", "cases.snapshot"} <= allowed
    assert not [content for content in desk.as_it_lies() if b"talk about her car" in content]


def test_s66_a_card_number_or_a_personal_number_to_finance_is_kept_nowhere(desk: Desk) -> None:
    case = desk.open(
        "agent_1", "payment_problem", kn="104233", first_name="Mette", last_name="Holm", product="other",
        customer_says="PROSAM",
    )  # fmt: skip
    desk.do("agent_1", case, "found", carrier="KAB", policy_active="false", source="documents")
    for number in (*CARD[:2], *CPR[:2]):
        told = desk.refused("agent_1", case, "send_to_economy", problem=f"Paid twice with {number} in March")
        assert number not in told
    told = desk.run("agent_1", "open", "payment_problem", *_with({"kn": CPR[0], "first_name": "Mette"}))
    assert told.returncode == 1 and CPR[0] not in told.stdout + told.stderr
    nowhere(desk, *CARD, *CPR)
    assert desk.denials(case) == [("agent_1", "send_to_economy", "input")] * 4
    desk.do("agent_1", case, "send_to_economy", problem="The customer has paid twice for March")
    desk.host()
    allowed = columns_with(desk.opened(), "has paid twice for March")
    assert {"journal.entries", "cases.snapshot", "effects.parameters"} <= allowed


def test_s44_who_may_not_answer_about_a_claim_is_refused_and_the_attempt_is_in_the_log(desk: Desk) -> None:
    told = desk.ok(
        "agent_1", "receive", "--channel", "mail", "--from", "mette.holm@example.com", "--to", "main@prosam.example",
        "--subject", "Påkørt i dag", "--text", "Er min skade på bilen dækket?",
    )  # fmt: skip
    case = str(told["number"])
    for person in ("qaa", "manager_1"):
        words = "Only the claims department may say anything"
        assert words in desk.refused(person, case, "write_to_customer", text="Det dækker vi da helt sikkert")
        desk.refused(person, case, "answer", text="Det dækker vi da helt sikkert")
    tried = [("write_to_customer", "refused"), ("answer", "not_allowed")]
    assert desk.denials(case) == [("qaa", *one) for one in tried] + [("manager_1", *one) for one in tried]
    nowhere(desk, "dækker vi da")
    desk.host()
    assert [letter["to"] for letter in desk.asked_for(case, "mail.send")] == ["claims@prosam.example"]


def test_s54_the_evidence_of_a_yes_is_what_was_sent_and_what_came_back_byte_for_byte(desk: Desk) -> None:
    desk.at("2026-03-03T12:00:00+01:00")
    case = desk.open("agent_1", "policy_change")
    desk.do(
        "agent_1", case, "register", kn="106555", first_name="Ib", last_name="Lund", phones="+4571999906",
        carrier="PROSAM", caseworker="qdd", change="Add roadside help from 1 June",
    )  # fmt: skip
    desk.do("agent_1", case, "send_summary")
    desk.host()
    asked = "Du ønsker: Add roadside help from 1 June - Svar JA, hvis det er rigtigt. Venlig hilsen PROSAM"
    letters = [
        path.read_text(encoding="utf-8")
        for path in (desk.folder / "outbox").rglob("*")
        if "sms" in str(path) and path.is_file()
    ]
    assert [asked in letter for letter in letters] == [True], letters
    desk.at("2026-03-03T12:04:00+01:00")
    answered = "Ja  tak\nHilsen Ib på Ærø, Åby"
    desk.ok("agent_1", "receive", "--channel", "sms", "--from", "+4571999906", "--text", answered)
    with App(str(desk.folder)) as app:
        loaded = app.engine.load(case)
        proof = loaded.plain.data["proof"]
        sent = loaded.plain.data["summary"]
        kept = app.evidence.get(proof["hash"], key_slot=proof["file"]["slot"])
    assert desk.ok("qaa", "audit")["whole"] is True
    assert loaded.plain.active == ("at_policy_dept",)
    assert (proof["accepted"], proof["channel"], proof["covers"]) == (True, "sms", ("change",))
    assert kept == answered.encode()
    assert proof["hash"] == hashlib.sha256(kept).hexdigest()
    assert sent["text"] == "Add roadside help from 1 June" == loaded.plain.data["change"]
    assert sent["sent"] < proof["received"]


def test_s54_a_screenshot_is_kept_byte_for_byte_under_the_hash_of_what_was_handed_in(desk: Desk) -> None:
    picture = ROOT / "procedures" / "policies" / "policy_change" / "fixtures" / "mette.png"
    case = desk.open("agent_1", "policy_change")
    desk.do(
        "agent_1", case, "register", kn="104233", first_name="Mette", last_name="Holm", phones="+4571999901",
        carrier="KAB", caseworker="qaa", change="Remove the glass cover on P-20011",
    )  # fmt: skip
    desk.do("agent_1", case, "file_screenshot", screenshot=str(picture), name_is_visible="true")
    desk.host()
    with App(str(desk.folder)) as app:
        loaded = app.engine.load(case)
        proof = loaded.plain.data["proof"]
        kept = app.evidence.get(proof["hash"], key_slot=proof["file"]["slot"])
    assert loaded.plain.active == ("in_mia",)
    assert kept == picture.read_bytes()
    assert proof["hash"] == proof["file"]["hash"] == hashlib.sha256(picture.read_bytes()).hexdigest()


def test_s38_s40_the_form_of_the_website_is_taken_once_and_a_wrong_one_says_what_is_wrong(desk: Desk) -> None:
    desk.at("2026-03-03T12:10:00+01:00")

    def sent(id: str, **fields: str) -> Any:
        given = [part for name, value in fields.items() for part in ("--field", f"{name}={value}")]
        form = (
            "receive",
            "--channel",
            "form",
            "--from",
            "website",
            "--field",
            "form=cancellation",
            "--id",
            id,
        )
        return desk.ok("qaa", *form, *given)

    whole = {"name": "Sara Bro", "phone": "71 99 99 07", "date": "2026-03-05", "kn": "", "time": ""}
    first = sent("F-1", **whole)
    assert first["state"] == ["with_sales"]
    again = sent("F-1", **whole)
    assert (again["again"], again["case"], again["state"]) == (True, first["number"], "taken")
    second = sent("F-2", **whole)
    assert second["number"] == first["number"]
    advisors = len(desk.ok("qaa", "case", str(first["number"]))["data"]["receivers"])
    copies = [letter["to"] for letter in desk.asked_for(first["number"], "mail.send")]
    assert len(copies) == len(set(copies)) == advisors == 4
    for n, (wrong, field) in enumerate(
        (({"date": "2026-02-30"}, "appointment_date"), ({"phone": "12"}, "phone"), ({"kn": CPR[0]}, "kn"))
    ):
        told = sent(f"F-{10 + n}", **{**whole, "phone": "71999908", **wrong})
        assert told["case"] is None and field in told["reason"], told
        assert CPR[0] not in json.dumps(told)
    waiting = desk.ok("qaa", "inbox", "--all")["messages"]
    assert len([m for m in waiting if m["source"] == "by hand: form"]) == 3
