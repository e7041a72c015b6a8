"""Both customer files that come with the plugin keep what any later real one must keep; exports are checked row by row."""

import hashlib
import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from procflow_crm.contract import CUSTOMERS, NOW, POLICIES, CustomerFileContract, lay
from procflow_crm.embedded import Embedded
from procflow_crm.exports import read
from procflow_crm.folder import Folder
from procflow_crm.port import plain_phone

from procflow.errors import PluginError


class Exported(CustomerFileContract):
    def exports(self, folder):
        return folder / "exports" if (folder / "exports").exists() else lay(folder / "exports")

    def change_policy(self, folder):
        lay(folder / "exports", policies=POLICIES.replace("PROSAM bil", "PROSAM bil plus"))


class TestEmbedded(Exported):
    def open(self, folder):
        return Embedded(str(folder / "customers.db"), str(self.exports(folder)))


class TestFolder(Exported):
    def open(self, folder):
        return Folder(str(self.exports(folder)))


@pytest.mark.parametrize("table", ["notes", "documents", "changes", "confirmations"])
def test_the_file_itself_lets_nobody_change_or_take_away_what_was_written(tmp_path, table):
    TestEmbedded().test_what_was_changed_and_not_confirmed_stands_in_a_list_until_it_is(tmp_path)
    there = Embedded(str(tmp_path / "customers.db"))
    there.add_note("n", "104233", "x", NOW)
    there.close()
    with sqlite3.connect(tmp_path / "customers.db") as file:
        for what in (f"update {table} set at = ''", f"delete from {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                file.execute(what)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["104233", "105002", "999"]), st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1), st.integers(0, 5)), max_size=12))  # fmt: skip
def test_whatever_is_written_both_files_tell_the_same(tmp_path_factory, writes):
    folder = tmp_path_factory.mktemp("both")
    both = TestEmbedded().open(folder), TestFolder().open(folder)
    said = []
    for there in both:
        answers = []
        for n, (kn, text, key) in enumerate(writes):
            try:
                answers.append(there.add_note(str(key), kn, text, NOW.replace(second=n)).again)
            except Exception as why:
                answers.append(type(why).__name__)
        said.append((answers, [(each["at"], each["text"]) for each in there.notes("104233")]))
        there.close()
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("customers", "policies", "words"),
    [
        (CUSTOMERS + "10?,A,B,,\n", POLICIES, "customers.csv line 5: kn"),
        (CUSTOMERS + "7,A,,,\n", POLICIES, "customers.csv line 5: `last_name` is missing"),
        (CUSTOMERS + "7,A,B\n", POLICIES, "customers.csv line 5: has 3 cells, and there are 5 columns"),
        (CUSTOMERS + "104233,A,B,,\n", POLICIES, "customers.csv line 5: the customer 104233 stands there twice"),
        (CUSTOMERS + '7,"A\nB",C,,\n8,A,B,call me,\n', POLICIES, r"customers.csv line 7: phones\[1\]"),
        (CUSTOMERS, POLICIES + "P-1,104233,x,y,perhaps,,\n", "policies.csv line 4: active"),
        (CUSTOMERS, POLICIES + "P-1,7,x,y,yes,,\n", "policies.csv line 4: the policy P-1 is of 7, and there is no such"),
        (CUSTOMERS, POLICIES.replace("tariff", "tarif"), "policies.csv line 1: there is no column 'tarif', the column tariff"),
        (CUSTOMERS.encode() + "8,Åse,B,,\n".encode("latin-1"), POLICIES, "customers.csv line 5: is not UTF-8"),
        (CUSTOMERS + '7,A,"B\n', POLICIES, "customers.csv line"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_nothing_of_the_export_is_taken(tmp_path, customers, policies, words):
    there = Embedded(str(tmp_path / "customers.db"), str(lay(tmp_path / "exports")))
    assert there.customers("kn", "105002")
    lay(tmp_path / "exports", customers, policies)
    with pytest.raises(PluginError, match=words):
        there.refresh()
    assert there._file.execute("select count(*) from customers").fetchone() == (3,)
    there.close()


def test_semicolons_a_mark_in_front_and_json_are_read_alike(tmp_path):
    first = read(str(lay(tmp_path / "a")))
    semicolons = "\ufeff" + CUSTOMERS.replace('"Ib, den ældre"', "Ib den ældre").replace(",", ";").replace(
        "\n", "\r\n"
    )
    second = read(str(lay(tmp_path / "b", semicolons.replace("Ib den", "Ib, den"))))
    (tmp_path / "b" / "customers.csv").unlink()
    rows = [
        {k: list(v) if isinstance(v, tuple) else v for k, v in vars(c).items() if v}
        for c in first.customers.values()
    ]
    (tmp_path / "b" / "customers.json").write_text(json.dumps(rows))
    third = read(str(tmp_path / "b"))
    assert first.customers == second.customers == third.customers
    (tmp_path / "b" / "customers.csv").write_text(CUSTOMERS)
    with pytest.raises(PluginError, match="both stand there"):
        read(str(tmp_path / "b"))


def test_an_export_that_is_not_the_one_of_its_manifest_is_refused(tmp_path):
    folder = lay(tmp_path / "a")
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("customers.csv", "policies.csv")}  # fmt: skip
    manifest = {"made_at": "2026-03-24T06:00:00+01:00", "sha256": hashes}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert read(str(folder)).at.isoformat() == "2026-03-24T05:00:00+00:00"
    lay(folder, CUSTOMERS + "7,A,B,,\n")
    with pytest.raises(PluginError, match=r"customers.csv is not the file that manifest.json names"):
        read(str(folder))


@pytest.mark.parametrize(
    "written", ["+45 71 99 99 01", "004571999901", "71999901", "4571999901", "(+45) 71-99-99-01"]
)
def test_a_phone_number_is_one_number_however_it_is_written(written):
    assert plain_phone(written.replace("(+45)", "+45")) == "4571999901"
