"""What every system behind the port must keep: a suite that the test class of an adapter inherits.

    class TestIba(CustomerFileContract):
        def open(self, folder): ...     # the system; the customers and policies of `CUSTOMERS` and `POLICIES` are in it
        def change_policy(self, folder): ...   # somebody else changes the tariff of P-20011

`open` may be called several times for one folder: several people work at once. It must not know which system it asks.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .port import CustomerFile, Document, Refused

CUSTOMERS = (
    "kn,first_name,last_name,phones,email\n"
    "104233,Mette,Holm,+45 71 99 99 01|71999902,mette@example.com\n"
    "105002,Åse,Ærøskøbing,+4571999903,\n"
    '105003,"Ib, den ældre",Holm,,ib@example.com\n'
)
POLICIES = (
    "number,kn,tariff,carrier,active,code,plate\n"
    "P-20011,104233,PROSAM bil,KAB,yes,K7,AB 12 345\n"
    "P-20012,104233,PROSAM hus,PROSAM,no,,\n"
)
NOW = datetime(2026, 3, 24, 8, 0, tzinfo=UTC)
CHANGE = {"kn": "104233", "number": "P-20011", "reference": "sag 7", "change": "Ny adresse på Ærø"}
PICTURE = Document.of({"name": "kvittering æøå.png", "content": "iVBORw=="})
TEXTS = ("Blåbærgrød på Ærø, Åse", "e\u0301 and \u00e9", "two\r\nlines\n", "'; drop table notes; --", "🙂 中文", "  spaces  ", "x" * 10_000)  # fmt: skip


def lay(folder: Path, customers: str | bytes = CUSTOMERS, policies: str | bytes = POLICIES) -> Path:
    """Exports in a folder, as another program would lay them there; those that were there are exchanged."""
    folder.mkdir(exist_ok=True)
    for name, text in (("customers.csv", customers), ("policies.csv", policies)):
        (folder / "new").write_bytes(text.encode() if isinstance(text, str) else text)
        (folder / "new").replace(folder / name)
    return folder


def refused(act: Callable[[], Any]) -> str:
    """The words in which it is refused. Fails where it is not."""
    try:
        act()
    except Refused as why:
        return str(why)
    raise AssertionError("it was not refused")


class CustomerFileContract:
    def open(self, folder: Path) -> CustomerFile:
        raise NotImplementedError

    def change_policy(self, folder: Path) -> None:
        raise NotImplementedError

    def test_a_customer_is_found_by_number_name_phone_and_plate(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        asked = (
            ("kn", " 104233 "), ("name", "holm mette"), ("name", "METTE"), ("phone", "71 99 99 02"), ("phone", "004571999901"),
            ("plate", "ab12345"),
        )  # fmt: skip
        for by, value in asked:
            assert [each.kn for each in there.customers(by, value)] == ["104233"], (by, value)
        assert [each.name for each in there.customers("name", "a\u030ase ÆRØ")] == ["Åse Ærøskøbing"]
        assert [each.kn for each in there.customers("name", "Holm")] == ["104233", "105003"]
        for by, value in (("kn", "999"), ("name", "nobody"), ("phone", "71999999"), ("plate", "XX1")):
            assert list(there.customers(by, value)) == []
        there.close()

    def test_a_note_is_there_to_the_letter_and_its_number_comes_back(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        ids = [there.add_note(f"k/{n}", "104233", text, NOW).id for n, text in enumerate(TEXTS)]
        there.close()
        there = self.open(tmp_path)
        found = {each["note"]: each["text"] for each in there.notes("104233")}
        assert found == dict(zip(ids, TEXTS, strict=True)) and list(there.notes("105002")) == []
        there.close()

    def test_the_same_key_writes_once_and_for_something_else_not_at_all(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        first = there.add_note("k", "104233", "En gang", NOW)
        again = there.add_note("k", "104233", "En gang", NOW + timedelta(hours=1))
        assert (first.id, first.again, again.again) == (again.id, False, True)
        assert refused(lambda: there.add_note("k", "104233", "Noget andet", NOW))
        assert refused(lambda: there.add_note("k", "105002", "En gang", NOW))
        assert [(each["text"], each["at"]) for each in there.notes("104233")] == [
            ("En gang", NOW.isoformat())
        ]
        put = there.upload("d", "104233", "Bevis", "", [PICTURE], NOW)
        assert there.upload("d", "104233", "Bevis", "", [PICTURE], NOW).id == put.id
        assert [each["name"] for each in there.documents("104233")] == [PICTURE.name]
        there.close()

    def test_notes_are_only_added_and_keep_their_order(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        seen: list[dict[str, str]] = []
        for n in range(6):
            there.add_note(f"k/{n}", "104233", f"nr {n}", NOW + timedelta(seconds=n))
            now = [dict(each) for each in there.notes("104233")]
            assert now[:-1] == seen and now[-1]["text"] == f"nr {n}"
            seen = now
        there.close()

    def test_people_who_write_at_once_lose_nothing(self, tmp_path: Path) -> None:
        self.open(tmp_path).close()

        def write(who: int) -> None:
            there = self.open(tmp_path)
            for n in range(5):
                there.add_note(f"{who}/{n}", "104233", f"{who}/{n}", NOW)
                there.add_note(f"both/{n}", "104233", f"both/{n}", NOW)
            there.close()

        with ThreadPoolExecutor(4) as people:
            list(people.map(write, range(4)))
        there = self.open(tmp_path)
        wanted = {f"{who}/{n}" for who in (0, 1, 2, 3, "both") for n in range(5)}
        assert sorted(each["text"] for each in there.notes("104233")) == sorted(wanted)
        there.close()

    def test_nothing_is_written_for_a_customer_whom_nobody_knows(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        acts: tuple[Callable[[], Any], ...] = (
            lambda: there.add_note("k", "999", "x", NOW), lambda: there.notes("999"), lambda: there.policies("999"),
            lambda: there.documents("999"), lambda: there.upload("k", "999", "x", "", [PICTURE], NOW),
            lambda: there.propose_change("k", {**CHANGE, "kn": "999"}, NOW),
        )  # fmt: skip
        for act in acts:
            assert "999" in refused(act)
        assert there.add_note("k", "104233", "nu", NOW).again is False
        there.close()

    def test_policies_say_tariff_carrier_code_and_whether_they_are_active(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        found = [(p.number, p.tariff, p.carrier, p.active, p.code) for p in there.policies("104233")]
        assert found == [
            ("P-20011", "PROSAM bil", "KAB", True, "K7"),
            ("P-20012", "PROSAM hus", "PROSAM", False, ""),
        ]
        assert list(there.policies("105002")) == []
        there.close()

    def test_a_change_by_one_reference_is_made_once_whoever_asks(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        first = there.propose_change("k/1", CHANGE, NOW)
        again = there.propose_change("k/2", CHANGE, NOW)
        assert (first.id, first.again, again.again) == (again.id, False, True)
        assert "sag 7" in refused(
            lambda: there.propose_change("k/3", {**CHANGE, "change": "Noget andet"}, NOW)
        )
        assert "P-404" in refused(
            lambda: there.propose_change("k/4", {**CHANGE, "reference": "r", "number": "P-404"}, NOW)
        )
        assert [each["reference"] for each in there.open_changes()] == ["sag 7"]
        there.close()

    def test_what_was_changed_and_not_confirmed_stands_in_a_list_until_it_is(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        assert "never proposed" in refused(lambda: there.confirm_change("c", "sag 7", "", [PICTURE], NOW))
        change = there.propose_change("k/1", CHANGE, NOW)
        there.propose_change("k/2", {**CHANGE, "reference": "sag 8"}, NOW + timedelta(seconds=1))
        there.close()
        there = self.open(tmp_path)
        assert next((each["reference"], each["at"]) for each in there.open_changes()) == (
            "sag 7",
            NOW.isoformat(),
        )
        assert there.confirm_change("c", "sag 7", "set", [PICTURE], NOW).id == change.id
        assert there.confirm_change("c", "sag 7", "set", [PICTURE], NOW).again
        assert [each["reference"] for each in there.open_changes()] == ["sag 8"]
        assert there.propose_change("k/9", CHANGE, NOW).facts["status"] == "confirmed"
        assert [each["hash"] for each in there.documents("104233")] == [PICTURE.hash]
        other = Document.of({"name": "x.png", "content": "eA=="})
        assert refused(lambda: there.confirm_change("c/2", "sag 7", "", [other], NOW))
        there.close()

    def test_who_decided_on_what_is_no_longer_so_is_refused(self, tmp_path: Path) -> None:
        there = self.open(tmp_path)
        seen = there.policies("104233")[0].seen
        self.change_policy(tmp_path)
        assert there.policies("104233")[0].seen != seen, "what is read is not what is there now"
        assert "anew" in refused(lambda: there.propose_change("k", {**CHANGE, "seen": seen}, NOW))
        assert list(there.open_changes()) == []
        now = there.policies("104233")[0].seen
        assert not there.propose_change("k", {**CHANGE, "seen": now}, NOW).again
        there.close()
