"""What one shipped procedure asks of the open cases of others, at the real command line."""

import json
import shutil
from pathlib import Path

import pytest
from ready import started

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(tmp_path):
    """Runs procflow in a copy of the shipped procedures; answers what it wrote and its exit code."""
    shutil.copytree(ROOT / "procedures", tmp_path / "procedures")
    (tmp_path / "procflow.toml").write_text('store = "sqlite:cases.db"\nlanguage = "en"\n')

    def run(person, *args):
        done = started(["--as", person, "--json", *args], tmp_path)
        return json.loads(done.stdout or done.stderr), done.returncode

    return run


def test_a_customer_is_handed_over_only_when_no_open_case_stands_in_the_leavers_name(desk) -> None:
    def do(person, *args):
        told, code = desk(person, *args)
        assert code == 0, told
        return told

    renewal = ["kn=108090", "customer=Nordkran ApS", "contract=K-41200", "ends=2059-11-30"]
    do("kam_1", "open", "contract_renewal", *_with(*renewal, "contact_person=kam_1"))
    handover = ["kn=108090", "leaver=kam_1", "successor=kam_2", "last_day=2059-03-31"]
    do("lead_1", "open", "account_handover", *_with(*handover))
    do("kam_1", "do", "2", "plans", *_with("note=The plan is in the report"))
    agreement = ["kn=108090", "agreed=Send the overview", "responsible=kam_1", "due_at=2059-01-01 10:00"]
    do("qaa", "open", "agreement", *_with(*agreement))
    told, code = desk("kam_1", "do", "2", "promises", *_with("note=All are passed on"))
    assert code != 0 and "still has open promises" in json.dumps(told)
    do("kam_1", "do", "3", "pass_on", *_with("responsible=kam_2", "note=Vibeke sends it"))
    do("kam_1", "do", "2", "promises", *_with("note=All are passed on"))
    do("kam_1", "do", "2", "files")
    do("kam_2", "do", "2", "tell_customer", *_with("note=We went there together"))
    told, code = desk("kam_2", "do", "2", "accept_account", *_with("nothing_left=true"))
    assert code != 0 and "still has open cases with the customer" in json.dumps(told)
    do("kam_1", "do", "1", "new_contact_person", *_with("contact_person=kam_2", "note=I leave in March"))
    do("kam_2", "do", "2", "accept_account", *_with("nothing_left=true"))


def test_the_review_of_an_adjuster_is_shown_to_no_account_manager(desk) -> None:
    review = ["claim=SK-1207", "adjuster=adjuster_1", "why=complaint"]
    told, code = desk("claims_lead_1", "open", "claim_review", *_with(*review))
    assert code == 0, told
    assert desk("adjuster_2", "case", "1")[1] == 0
    told, code = desk("kam_1", "case", "1")
    assert code == 5 and "SK-1207" not in json.dumps(told)


def _with(*entered):
    return [part for each in entered for part in ("--with", each)]
