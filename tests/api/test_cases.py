"""Cases over HTTP: opened, taken further, looked at; once however often, and by whoever was not overtaken."""

from threading import Thread
from typing import Any

from procflow.stores.gate import Gate


def test_a_case_goes_its_way_by_the_same_rules_as_at_the_terminal(api: Any) -> None:
    opened = api("POST", "/cases", {"procedure": "policy_change"}, accept_language="da")
    number = opened.body["number"]
    assert opened.status == 201 and opened.headers["location"] == f"/api/cases/{number}"
    assert opened.headers["content-language"] == "da" and opened.body["title"] == "Ændring af police"
    assert opened.body["opened"] == "2026-05-11T08:05:00+00:00"

    wrong = api("POST", f"/cases/{number}/choices/register", {"with": {"kn": "x", "phones": ["1"]}})
    assert wrong.status == 422 and wrong.headers["content-type"] == "application/problem+json"
    problem = wrong.body
    assert (problem["code"], problem["status"]) == ("input", 422)
    told = {field["pointer"]: field["code"] for field in problem["fields"]}
    assert told["/with/kn"] == "pattern" or told["/with/kn"]
    assert "/with/phones/0" in told and {"first_name", "change"} <= set(problem["missing"])
    assert "mangler" in problem["messages"]["da"] and "is missing" in problem["messages"]["en"]
    assert problem["hint"] and problem["line"] and problem["path"].endswith("procedure.yaml")
    assert api.get(f"/cases/{number}")["sequence"] == 1, "nothing was changed"

    after = api.post(f"/cases/{number}/choices/register", {"with": api.register})
    assert after["state"] == ["awaiting_evidence"] and after["step"] == {"sequence": 2, "repeated": False}

    late = api("POST", f"/cases/{number}/choices/register", {"with": api.register})
    assert late.status == 409 and late.body["code"] == "not_offered" and "withdraw" in late.body["hint"]
    unknown = api("POST", f"/cases/{number}/choices/registre", {"with": api.register})
    assert unknown.status == 404 and "register" in unknown.body["hint"]

    file = {"name": "mette.png", "content": api.png_text()}
    judged = api.post(
        f"/cases/{number}/choices/file_screenshot", {"with": {"screenshot": file, "name_is_visible": True}}
    )
    assert judged["state"] == ["at_policy_dept"]
    promise = next(clock for clock in judged["deadlines"] if clock["promise"])
    assert promise["due"] == "2026-05-19T15:00:00+00:00" and promise["lines"]

    refused = api("POST", f"/cases/{number}/choices/executed", {"with": {"reference": "A1"}})
    assert refused.status == 403 and refused.body["code"] == "not_allowed"
    assert "Policeafdelingen" in refused.body["messages"]["da"]


def test_a_refusal_says_which_guard_with_which_values_at_which_line(api: Any) -> None:
    number = api.registered()
    file = {"name": "small.png", "content": api.png_text(3)}
    refused = api(
        "POST", f"/cases/{number}/choices/file_screenshot", {"with": {"screenshot": file, "name_is_visible": True}}
    )  # fmt: skip
    assert refused.status == 422 and refused.body["code"] == "guard"
    (guard,) = refused.body["guards"]
    assert guard["text"] == 'evidence("messenger", input.screenshot).accepted' and guard["line"] > 40
    assert guard["value"]["value"] is False and guard["value"]["parts"]


def test_the_same_key_again_gives_the_same_answer_and_changes_nothing(api: Any) -> None:
    key = "c0ffee00-0000-4000-8000-000000000001"
    first = api("POST", "/cases", {"procedure": "errand", "with": {"kn": "104233"}}, idempotency_key=key)
    number = first.body["number"]
    again = api(
        "POST", "/cases", {"with": {"kn": "104233"}, "procedure": "errand"}, idempotency_key=f'"{key}"'
    )
    assert (again.status, again.body["number"], again.body["step"]["repeated"]) == (201, number, True)

    other = api("POST", "/cases", {"procedure": "errand", "with": {"kn": "104234"}}, idempotency_key=key)
    assert other.status == 422 and other.body["facts"]["reason"] == "another_request"
    assert other.body["messages"]["da"] == f"forespørgslen {key} er lavet før, til noget andet"
    note = api("POST", f"/cases/{number}/notes", {"text": "She rang about it"}, idempotency_key=key)
    assert note.status == 422 and note.body["facts"]["reason"] == "another_request"

    for _ in range(3):
        taken = api(
            "POST", f"/cases/{number}/notes", {"text": "She rang about it"}, idempotency_key="note-0001-abc"
        )
        assert (taken.status, taken.body["sequence"]) == (201, 2)
    assert [note["text"] for note in api.get(f"/cases/{number}/notes")["notes"]] == ["She rang about it"]
    for bad in ("-short", "with space in it", "a/b/c/d/e/f/g", "x" * 101, "11112222/5/after:wish"):
        assert (
            api("POST", f"/cases/{number}/notes", {"text": "never written"}, idempotency_key=bad).status
            == 400
        ), bad


def test_an_etag_keeps_anybody_from_being_overwritten(api: Any) -> None:
    number = api.opened()
    seen = api("GET", f"/cases/{number}")
    etag = seen.headers["etag"]
    assert etag.startswith('"1-')
    assert api("GET", f"/cases/{number}", if_none_match=etag).status == 304
    assert api("GET", f"/cases/{number}", if_none_match=f'"9-0", {etag}').status == 304
    assert api("GET", f"/cases/{number}", if_none_match=etag, accept_language="da").status == 200

    api.post(f"/cases/{number}/notes", {"text": "Somebody was faster"}, if_match=etag)
    assert api("GET", f"/cases/{number}", if_none_match=etag).status == 200
    late = api("POST", f"/cases/{number}/choices/register", {"with": api.register}, if_match=etag)
    assert late.status == 412 and "Anna Test" in late.body["message"]
    assert late.body["facts"] == {
        "reason": "faster", "by": "qaa", "name": "Anna Test", "what": "note", "at": "2026-05-11T08:05:00+00:00",
        "sequence": 2,
    }  # fmt: skip
    for never in ('"1"', '"77"', '"x"', "2", '"1", "3"', '"0"', '"-1"', '"²"'):
        assert api("POST", f"/cases/{number}/choices/not_wanted", {}, if_match=never).status == 412, never
    never = api("POST", f"/cases/{number}/choices/not_wanted", {}, if_match="abc", accept_language="da")
    assert never.body["facts"] == {"reason": "no_such_step", "sequence": 2}, "nobody was faster"
    assert never.body["message"].startswith(f"sag {number} har ikke været ved det trin")
    told = api("POST", f"/cases/{number}/choices/not_wanted", {}, if_match='"1"', accept_language="da").body
    assert "er kommet videre: Anna Test" in told["message"] and "har" not in told["messages"]["en"]
    assert told["hint"].startswith("se på den med") and "hints" not in told["facts"]
    for now in ('"2"', 'W/"2"', '"1", "2"', '"77-0", W/"2-5"', "*"):  # of several, any
        note = api(
            "POST",
            f"/cases/{number}/notes",
            {"text": "And now she rang"},
            if_match=now.replace("2", str(api.get(f"/cases/{number}")["sequence"])),
        )
        assert note.status == 201, now
    assert api.get(f"/cases/{number}")["state"] == ["wish"]


def test_pages_of_cases_stay_whole_while_cases_are_opened_and_closed(api: Any) -> None:
    mine = [api.opened("errand", kn=f"8800{n:02}") for n in range(7)]
    found, path = [], "/cases?procedure=errand&open=true&limit=3"
    while path:
        page = api("GET", path)
        found += [case["number"] for case in page.body["cases"]]
        if len(found) == 3:  # what was on the first page closes, and one more is opened
            api.opened("errand", kn="889999")
            api.post(f"/cases/{found[0]}/choices/pass_on", {})
        link = page.headers.get("link", "")
        assert bool(link) == bool(page.body["next"])
        path = link[link.index("/api") + 4 : link.index(">")] if link else ""
    assert [n for n in found if n in mine] == mine and len(found) == len(set(found))

    newest = api.get("/cases?order=newest&limit=2")["cases"]
    assert newest[0]["number"] > newest[1]["number"] >= mine[-1]
    with_number = api.get("/cases?identity=880003")["cases"]
    assert [case["number"] for case in with_number] == [mine[3]]
    assert api.get("/cases?identity=880003&open=false")["cases"] == []
    assert {case["state"][0] for case in api.get("/cases?state=wish&limit=200")["cases"]} <= {"wish"}


def test_the_inbox_goes_on_behind_its_last_task_whatever_happens_to_that(api: Any) -> None:
    mine = [api.opened("errand", kn=f"7700{n:02}") for n in range(5)]
    whole = [task["number"] for task in api.get("/inbox?limit=200")["tasks"]]
    assert set(mine) <= set(whole)
    some = whole.index(mine[2]) + 1  # whatever else waits in this house, the last one of the page is work
    first = api.get(f"/inbox?limit={some}")
    seen = [task["number"] for task in first["tasks"]]
    assert seen == whole[:some] and first["more"] and first["next"]
    last = first["tasks"][-1]
    api.post(
        f"/cases/{last['number']}/suspend", {"until": "2 hours", "reason": "It waits", "task": last["task"]}
    )
    rest, cursor = [], first["next"]
    while cursor:
        page = api.get(f"/inbox?limit=2&cursor={cursor}")
        rest += [task["number"] for task in page["tasks"]]
        cursor = page["next"]
    assert seen + rest == whole
    assert last["number"] not in [task["number"] for task in api.get("/inbox?limit=200")["tasks"]]
    back = api.post(f"/cases/{last['number']}/resume", {})
    assert back["number"] == last["number"]


def test_work_is_taken_given_back_and_handed_on(api: Any) -> None:
    number = api.opened()
    taken = api("POST", f"/cases/{number}/claim", {})
    assert taken.status == 200 and taken.headers["etag"] == '"2"'
    assert api.post(f"/cases/{number}/give-back", {}) == {"number": number, "sequence": 3}
    assert api.post(f"/cases/{number}/assign", {"person": "qll"})["person"] == "qll"
    who = api.get(f"/cases/{number}/tasks")["tasks"]
    assert [move["what"] for move in who[0]["moves"]] == ["claimed", "given_back", "given"]
    late = api("POST", f"/cases/{number}/give-back", {})
    assert late.status == 409 and late.body["code"] == "claimed" and "Lis Test" in late.body["message"]
    past = api(
        "POST", f"/cases/{api.opened()}/suspend", {"until": "2026-05-11T10:00:00+02:00", "reason": "Not now"}
    )
    assert past.status == 422 and past.body["code"] == "too_soon"
    until = api.post(
        f"/cases/{api.opened()}/suspend", {"until": "2026-05-11T14:00:00+02:00", "reason": "Later"}
    )
    assert until["until"] == "2026-05-11T12:00:00+00:00"


def test_what_is_typed_is_kept_for_who_typed_it_and_goes_with_the_choice(api: Any) -> None:
    number = api.opened()
    place = f"/cases/{number}/drafts/register"
    assert api.get(place) == {"choice": "register", "with": {}}
    api("PUT", place, {"with": {"kn": "104233", "change": "æøå"}})
    assert api.get(place)["with"] == {"kn": "104233", "change": "æøå"}
    assert api("DELETE", place).status == 204
    assert api.get(place)["with"] == {}
    api("PUT", place, {"with": {"kn": "104233"}})
    api.post(f"/cases/{number}/choices/register", {"with": api.register})
    assert api("GET", place).status == 404, "the choice is there no longer"
    assert api("GET", f"/cases/{number}/drafts/nothing").status == 404


def test_what_belongs_to_a_case_is_told(api: Any) -> None:
    number = api.registered()
    assert [s["sequence"] for s in api.get(f"/cases/{number}/journal")["steps"]] == [1, 2]
    first = api("GET", f"/cases/{number}/journal?limit=1")
    assert first.headers["link"] == f'</api/cases/{number}/journal?limit=1&after=1>; rel="next"'
    assert "Anna Test opened case" in first.body["steps"][0]["words"][0]
    assert api.get(f"/cases/{number}/promises")["promises"][0]["says"].startswith("A policy is never changed")
    assert api.get(f"/cases/{number}/effects") == {"number": number, "effects": []}
    assert api.get(f"/cases/{number}/deadlines") == {"number": number, "deadlines": []}
    assert [choice["name"] for choice in api.get(f"/cases/{number}/choices")["choices"]] == [
        "file_screenshot",
        "withdraw",
    ]
    why = api.get(f"/cases/{number}/why?choice=file_screenshot")["choices"]
    assert why[0]["alternatives"][0]["guard"]["text"].startswith("evidence(")
    picture = api("GET", f"/cases/{number}/picture")
    assert picture.headers["content-type"].startswith("image/svg+xml") and b"<svg" in picture.body
    assert api.get(f"/cases/{number}/audit") == {"number": number, "whole": True, "steps": 2, "findings": []}
    assert api("GET", "/cases/99999").status == 404 and api("GET", "/cases/organisation").status == 404


def test_what_many_ask_in_the_same_moment_is_answered_to_each_as_if_it_had_come_alone(api: Any) -> None:
    first, *others = [api.opened() for _ in range(7)]
    told: dict[str, list[Any]] = {}

    def ask(what: str, number: int, given: dict[str, Any], key: str) -> None:
        path = f"/cases/{number}/choices/register"
        told.setdefault(what, []).append(api("POST", path, {"with": given}, idempotency_key=key))

    given = api.register
    asked = [("own", number, given, f"their-own-{number}") for number in others[:4]]
    asked += [("rivals", first, {**given, "first_name": name}, f"as-rivals-{name}") for name in ("Ane", "Bo")]
    asked += [("twice", others[4], given, "twice-the-same") for _ in range(2)]
    asked += [("wrong", others[5], {**given, "kn": "x"}, "wrong-input")]
    gate = Gate(str(api.folder / "cases.db.lock"))
    gate.acquire()  # so that all of them have to wait, and go on together
    threads = [Thread(target=ask, args=each) for each in asked]
    for thread in threads:
        thread.start()
    gate.release()
    for thread in threads:
        thread.join(60)
    gate.close()

    assert [one.status for one in told["own"]] == [200] * 4
    assert sorted(one.status for one in told["rivals"]) == [200, 409], told["rivals"]
    assert [one.status for one in told["twice"]] == [200, 200]
    assert sorted(one.body["step"]["repeated"] for one in told["twice"]) == [False, True]
    assert [one.status for one in told["wrong"]] == [422]
    assert [api.get(f"/cases/{number}")["sequence"] for number in (first, *others)] == [2, 2, 2, 2, 2, 2, 1]
    assert api.run("audit").returncode == 0


def test_a_customer_is_found_however_the_number_is_written_and_an_empty_filter_is_no_filter(api: Any) -> None:
    number = api.registered()
    for written in ("71 99 99 01", "71999901", "%2B4571999901", "0045 71999901", "104 233"):
        cases = api.get(f"/cases?order=newest&identity={written.replace(' ', '%20')}")["cases"]
        assert number in [case["number"] for case in cases], written
    for name in ("identity", "procedure", "state"):
        told = api("GET", f"/cases?{name}=")
        assert told.status == 400 and told.body["fields"][0]["parameter"] == name


def test_cases_of_a_procedure_that_there_never_was_are_told_and_not_an_empty_page(api: Any) -> None:
    api.opened()
    told = api("GET", "/cases?procedure=erand")
    assert told.status == 404 and "errand" in told.body["hint"]
    closed = api.get("/cases?procedure=errand&open=false&state=settling")
    assert closed["cases"] == [], "a name that there is filters, and nothing more"


def test_a_message_that_is_sent_again_is_told_where_it_is(api: Any) -> None:
    number = api.registered()
    said = {"channel": "sms", "from": "+4571999901", "text": "I thought it over", "id": "gateway-17"}
    first = api.post("/messages", said)
    assert first["number"] == number
    again = api("POST", "/messages", said).body
    assert (again["again"], again["case"], again["state"]) == (True, number, "taken")
    assert again["message"] == first["message"]
    stranger = {**said, "from": "+4571999909", "id": "gateway-18"}
    waits = api("POST", "/messages", stranger)
    again = api("POST", "/messages", stranger).body
    assert (waits.status, again["message"], again["case"]) == (202, waits.body["message"], None)
    assert again["state"] == "unmatched"


def test_bodies_as_programs_of_strangers_write_them_are_read_or_told_what_to_write(api: Any) -> None:
    marked = (
        b'\xef\xbb\xbf{"procedure": "errand", "with": {"kn": "104233"}}'  # as .NET and PowerShell write it
    )
    opened = api("POST", "/cases", marked, content_type="application/json")
    assert opened.status == 201
    flat = api("POST", f"/cases/{opened.body['number']}/choices/settle", {"reference": "x"})
    assert flat.status == 422 and "data stand under `with`" in flat.body["message"]
    assert "data står under `with`" in flat.body["messages"]["da"]
    lost = api("POST", "/messages", {"channel": "sms", "from": "+4571999999", "text": "hvem?"}).body[
        "message"
    ]
    word = api("POST", f"/messages/{lost}/no_case", {"because": "spam"})
    assert word.status == 422
    assert "because is one of advertising, automatic, answered, elsewhere" in word.body["message"]
