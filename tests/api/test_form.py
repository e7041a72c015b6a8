"""The form of requests and answers: what is asked wrongly is told whole, and nothing is a fault of the server."""

import http.client
import json
from typing import Any

import pytest


def test_every_problem_of_a_body_is_told_at_once_with_its_pointer(api: Any) -> None:
    wrong = api("POST", "/cases", {"procedur": "errand", "with": ["x"], "a/b~c": 1})
    assert wrong.status == 422
    assert {(f["pointer"], f["code"]) for f in wrong.body["fields"]} == {
        ("/procedur", "unknown"), ("/procedure", "missing"), ("/with", "wrong_type"), ("/a~1b~0c", "unknown"),
    }  # fmt: skip
    assert "did you mean procedure?" in wrong.body["message"]
    inside = api("POST", "/messages", {"channel": "sms", "from": "x", "files": [{"name": "a", "content": 3}]})
    assert [f["pointer"] for f in inside.body["fields"]] == ["/files/0/content"]
    assert api("POST", "/cases/1/notes", {"text": ""}).status == 422
    number = api.opened()
    short = api("POST", f"/cases/{number}/notes", {"text": "short"})
    assert [f["pointer"] for f in short.body["fields"]] == ["/text"]
    aside = api("POST", f"/cases/{number}/suspend", {"until": "2 hours", "reason": "No"})
    assert [f["pointer"] for f in aside.body["fields"]] == ["/reason"]

    twice = b'{"procedure": "errand", "with": {"kn": "104233", "kn": "104234"}, "procedure": "errand"}'
    told = api("POST", "/cases", twice, content_type="application/json")
    assert told.status == 422
    assert [(f["name"], f["pointer"], f["code"]) for f in told.body["fields"]] == [
        ("procedure", "/procedure", "twice"), ("kn", "/with/kn", "twice"),
    ]  # fmt: skip
    in_a_list = (
        b'{"channel": "sms", "from": "x", "files": [{"name": "a", "content": "", "a/b": 1, "a/b": 2}]}'
    )
    told = api("POST", "/messages", in_a_list, content_type="application/json")
    assert "/files/0/a~1b" in [f["pointer"] for f in told.body["fields"]]


def test_what_is_no_json_is_told_with_line_and_column(api: Any) -> None:
    for sent, line, column in (
        (b'{"procedure": "errand",\n  "with": }', 2, 11),
        ('{"procedure": "æøå",}'.encode(), 1, 21),
        (b'{"procedure": "\xff"}', 1, 16),
        (b"", 1, 1),
        (b"{", 1, 2),
    ):
        told = api("POST", "/cases", sent, content_type="application/json")
        assert told.status == 400 and told.headers["content-type"] == "application/problem+json", sent
        assert (told.body["facts"]["line"], told.body["facts"]["column"]) == (line, column), sent
    for sent in (b"[]", b"3", b'"x"', b"null"):
        assert api("POST", "/cases", sent, content_type="application/json").status == 422
    deep = b'{"procedure": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert api("POST", "/cases", deep, content_type="application/json").status == 413
    brackets = {"procedure": "errand", "with": {"kn": "[" * 500}}
    assert api("POST", "/cases", brackets).status == 422, "brackets in a text nest nothing"


def test_methods_kinds_and_queries_that_there_are_not_are_refused(api: Any) -> None:
    no_way = api("PATCH", "/cases/1")
    assert no_way.status == 405 and no_way.headers["allow"] == "GET, HEAD, OPTIONS"
    assert api("DELETE", "/cases").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    asked = api("OPTIONS", "/cases/1/drafts/register")
    assert asked.status == 204 and asked.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert api("OPTIONS", "/nothing").status == 404
    nothing = api("GET", "/nothing/at/all")
    assert nothing.status == 404 and nothing.body["code"] == "not-found"

    for accept, status in (
        ("text/html", 406), ("application/json;q=0", 406), ("text/html, */*;q=0", 406), ("application/json", 200),
        ("*/*", 200), ("application/*;q=0.1", 200), ("text/html, application/xml;q=0.9, */*;q=0.8", 200),
    ):  # fmt: skip
        assert api("GET", "/procedures", accept=accept).status == status, accept
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        assert api("POST", "/cases", b"procedure=errand", content_type=kind).status == 415, kind
    assert (
        api(
            "POST",
            "/cases",
            b'{"procedure": "errand", "with": {"kn": "104233"}}',
            content_type="application/json; charset=utf-8",
        ).status
        == 201
    )

    unknown = api("GET", "/inbox?limt=3&limit=900&everything=perhaps")
    assert unknown.status == 400
    assert {(f["parameter"], f["code"]) for f in unknown.body["fields"]} == {
        ("limt", "unknown"), ("limit", "wrong_type"), ("everything", "wrong_type"),
    }  # fmt: skip
    assert api("GET", "/cases?limit=1&limit=2").status == 400, "one of them would be left out in silence"
    assert api("GET", "/cases?cursor=nonsense").status == 422
    assert api("GET", "/procedures?x=1").status == 400


def test_a_head_is_a_get_without_its_body(api: Any) -> None:
    number = api.opened()
    got, head = api("GET", f"/cases/{number}"), api("HEAD", f"/cases/{number}")
    assert head.status == 200 and head.body == b"" and head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == got.headers["content-length"]


def test_names_and_texts_of_every_kind_go_through_unharmed(api: Any) -> None:
    number = api.opened("errand", kn="104233")
    for text in ("æøå ÆØÅ", "<script>alert(1)</script>", "🙂", "x" * 5000, 'quote " and \\ back'):
        written = f"She said: {text}."
        api.post(f"/cases/{number}/notes", {"text": written})
        assert api.get(f"/cases/{number}/notes")["notes"][-1]["text"] == written
    for text in ("\x00", "\ud800 x"):
        raw = json.dumps({"text": f"a{text}b"}).encode()
        assert api("POST", f"/cases/{number}/notes", raw, content_type="application/json").status in (
            400,
            422,
        )


def test_the_organisation_and_its_procedures_are_told(api: Any) -> None:
    me = api.get("/me", accept_language="da")
    assert (me["person"], me["language"]) == ("qaa", "da") and "case.step" in me["may"]
    here = api.get("/organisation")
    assert here["timezone"] == "Europe/Copenhagen" and here["now"] == "2026-05-11T08:05:00+00:00"
    assert [person["id"] for person in api.get("/people")["people"]] == ["qaa", "qbb", "qpp", "qff", "qll"]
    assert "mail" not in api.get("/people/qaa") and api("GET", "/people/nobody").status == 404
    procedure = api.get("/procedures/errand")
    assert procedure["asks"][0]["name"] == "kn" and procedure["states"][0]["choices"]
    for language, begins in (("da", "Hvad en kunde"), ("en", "Whatever a customer")):
        assert api.get("/procedures/errand", accept_language=language)["summary"].startswith(begins)
        (line,) = [
            p for p in api.get("/procedures", accept_language=language)["procedures"] if p["name"] == "errand"
        ]
        assert line["summary"].startswith(begins)
        opening = api.served.get("/open/errand", accept_language=language)[2].decode()
        assert (
            begins in opening
            and begins in api.served.get("/procedures", accept_language=language)[2].decode()
        )
    text = api("GET", "/procedures/errand/text")
    assert text.body.startswith(b"procedure: errand") and "yaml" in text.headers["content-type"]
    assert b"<svg" in api("GET", "/procedures/errand/picture").body
    assert api("GET", "/procedures/erand").status == 404
    assert api.get("/reports")["reports"]
    refused = api("GET", "/reports/cases")
    assert refused.status == 403 and "Duty lead" in refused.body["hint"]


def test_absences_shifts_and_mates_are_commands_too(api: Any) -> None:
    body = {"person": "qbb", "from": "2026-06-01T08:00:00+02:00", "until": "2026-06-05"}
    away = api("POST", "/absences", body, idempotency_key="absence-0001")
    assert away.status == 201 and away.body["until"] == "2026-06-05T22:00:00+00:00"
    again = api("POST", "/absences", body, idempotency_key="absence-0001")
    assert again.body["sequence"] == away.body["sequence"]
    other = api("POST", "/absences", {**body, "until": "2026-06-06"}, idempotency_key="absence-0001")
    assert other.status == 422 and other.body["facts"]["reason"] == "another_request"
    assert api("POST", "/absences", {**body, "until": "2026-06-07"}).status == 409, "it would overlap"
    assert [row["person"] for row in api.get("/absences?person=qbb")["absences"]] == ["qbb"]
    assert api("POST", "/absences", {"person": "qff", "until": "tomorrow or so"}).status == 422
    assert api("POST", "/absences", {"person": "qll"}).status == 403, "the lead's own"
    assert api("PUT", "/roster/2026-06-08/early", {"person": "qbb"}).status == 403
    assert api("PUT", "/roster/never/early", {"person": "qaa"}).status == 404
    shifts = api.get("/roster?from=2026-06-01")["shifts"]
    assert [row for row in shifts if row["day"] == "2026-06-08"] == []
    assert api.get("/mates")["pairs"] == [{"one": "qaa", "other": "qbb"}]
    assert api("POST", "/mates", {"one": "qaa", "other": "qff", "confirmed": ["qaa"]}).status == 409
    assert api.get("/people/qbb/hand-back")["person"] == "qbb"
    assert api.get("/queues")["queues"]


def test_a_problem_says_in_which_language_it_is_told(api: Any) -> None:
    wrong = api("GET", "/reports/cases?from=2026-03-01&format=nosuch", accept_language="da")
    assert wrong.status == 404 and set(wrong.body["messages"]) == {"en", "da"}
    assert wrong.headers["content-language"] == "da" and wrong.body["message"] == wrong.body["messages"]["da"]
    there = api("GET", "/cases/999", accept_language="da")
    assert there.body["message"] == "der er ingen sag 999" and there.headers["content-language"] == "da"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "danish"),
    [
        ("POST", "/cases", {"procedur": "errand"}, 422, "'procedur' kendes ikke; mente du procedure?"),
        ("POST", "/cases", {"procedure": 7}, 422, "procedure: skal være en tekst, og dette er et helt tal"),
        ("POST", "/cases", {"procedure": ""}, 422, "procedure: må ikke være tom"),
        ("POST", "/cases", {}, 422, "procedure mangler"),
        ("POST", "/cases", [], 422, "indholdet er et JSON-objekt"),
        ("POST", "/cases", b'{"procedure": "errand", "procedure": "errand"}', 422, "'procedure' er angivet to gange"),
        ("POST", "/cases", b'{"procedure"', 400, "indholdet er ikke JSON"),
        ("POST", "/cases", b"", 400, "der er intet indhold"),
        ("POST", "/cases", b"[" * 99, 413, "højst 64 lag dybt"),
        ("GET", "/cases?limit=0", None, 400, "forespørgslen passer ikke: limit: skal være et helt tal på mindst 1"),
        ("GET", "/cases?limit=201", None, 400, "limit: skal være et helt tal på højst 200"),
        ("GET", "/cases?limit=ti", None, 400, "limit: skal være et helt tal"),
        ("GET", "/cases?open=ja", None, 400, "open: skal være true eller false"),
        ("GET", "/audit?seal=abc", None, 400, "seal: skal være 64 af 0-9 og a-f, eller intet"),
        ("POST", "/cases", {"procedure": "errand", "with": []}, 422, "with: skal være et objekt {…}, og dette er en liste […]"),
        ("POST", "/messages", {"channel": "sms", "from": "x", "files": [{"name": "a", "content": "?"}]}, 422, "dette er ikke base64"),
        ("GET", "/cases?limit=1&limit=2", None, 400, "'limit' er angivet to gange"),
        ("GET", "/cases?nosuch=1", None, 400, "'nosuch' kendes ikke"),
        ("POST", "/absences", {"person": "nobody", "until": "2026-06-05"}, 422, "ingen her hedder 'nobody'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_form_of_a_request_is_told_in_the_language_asked_for(
    api: Any, method: str, path: str, body: Any, status: int, danish: str
) -> None:
    """It came in English only, whatever was asked for."""
    more = {"content_type": "application/json"} if isinstance(body, bytes) else {}
    for headers in ({"accept_language": "da-DK,da;q=0.9,en;q=0.5"}, {"cookie": "lang=da"}):
        told = api(method, path, body, **headers, **more)
        assert told.status == status, told
        assert danish in told.body["message"] and told.headers["content-language"] == "da"
        assert (
            set(told.body["messages"]) == {"en", "da"} and told.body["messages"]["en"] != told.body["message"]
        )
        for one in told.body["fields"]:
            assert one["message"] == one["messages"]["da"]
    english = api(method, path, body, accept_language="en", **more)
    assert (
        english.body["message"] == told.body["messages"]["en"] and english.headers["content-language"] == "en"
    )


@pytest.mark.parametrize(
    ("sent", "english", "danish"),
    [
        (b"{", "it ends too early", "det slutter for tidligt"),
        (b'{"procedure": "errand",}', "a comma stands before the }", "der står et komma før }"),
        (b"{'procedure': 'errand'}", 'a name stands in "…"', 'et navn står i "…"'),
        (b'{"procedure": NaN}', "this character cannot stand here", "dette tegn kan ikke stå her"),
        (b'{"procedure": "a\\ud800"}', "half a letter", "et halvt bogstav"),
        (b'{"procedure": "a\\ud800 and more of it"}', "half a letter", "et halvt bogstav"),
        (b'{"procedure": "errand"} {}', "something stands behind it", "der står noget efter det"),
        ('{"procedure": "Ærø"}'.encode("latin-1"), "this is not UTF-8", "dette er ikke UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_text_that_is_no_json_is_told_in_plain_words_of_both_languages(
    api: Any, sent: bytes, english: str, danish: str
) -> None:
    told = api("POST", "/cases", sent, content_type="application/json")
    assert told.status == 400 and english in told.body["messages"]["en"], told
    assert danish in told.body["messages"]["da"] and told.body["hint"]


def test_a_query_with_a_word_that_there_is_not_is_told_the_words_and_every_query_what_to_do(api: Any) -> None:
    told = api("GET", "/cases?order=backwards").body
    assert "order is one of oldest, newest" in told["messages"]["en"]
    assert "order er et af oldest, newest" in told["messages"]["da"]
    assert told["hint"]
    picture = api("GET", "/procedures/errand/picture?format=png").body
    assert "format is one of svg, mermaid, terminal" in picture["messages"]["en"]


def test_a_way_that_a_path_does_not_know_is_told_with_those_that_it_knows(api: Any) -> None:
    told = api("DELETE", "/cases").body
    assert "GET, HEAD, OPTIONS, POST" in told["hint"]


def test_a_body_that_is_packed_is_not_taken_for_broken_json(api: Any) -> None:
    import gzip

    sent = gzip.compress(b'{"procedure": "errand"}')
    told = api("POST", "/cases", sent, content_type="application/json", content_encoding="gzip")
    assert told.status == 415 and "Content-Encoding" in told.body["hint"]
    as_it_is = api(
        "POST", "/cases", {"procedure": "errand", "with": {"kn": "1"}}, content_encoding="identity"
    )
    assert as_it_is.status == 422


def test_a_message_that_says_nothing_is_refused(api: Any) -> None:
    before = api.get("/messages")["messages"]
    told = api("POST", "/messages", {"channel": "sms", "from": "+4571999901"}, accept_language="da")
    assert told.status == 422 and told.body["message"] == "denne besked siger ingenting"
    assert api.get("/messages")["messages"] == before


@pytest.mark.parametrize(
    ("path", "status", "word", "english", "danish"),
    [
        ("/cases?state=awaiting_evidense", 404, "state", "there is no state 'awaiting_evidense'", "der er ingen tilstand"),
        ("/cases?state=wish&procedure=errand", 404, "state", "there is no state 'wish'", "der er ingen tilstand"),
        ("/cases?cursor=nonsense", 422, "cursor", "this cursor is none of ours", "ikke en af vores"),
        ("/inbox?cursor=nonsense", 422, "cursor", "this cursor is none of ours", "ikke en af vores"),
        ("/absences?person=nobody", 404, None, "nobody here is called 'nobody'", "ingen her hedder 'nobody'"),
        ("/roster?person=nobody", 404, None, "nobody here is called 'nobody'", "ingen her hedder 'nobody'"),
        ("/roster?from=2026-13-01", 422, "from", "'2026-13-01' is no day", "er ingen dag"),
        ("/roster?from=2026-06-02&until=2026-06-01", 422, None, "before they begin", "før de begynder"),
        ("/reports/cases?from=31.11.2026", 422, "from", "`from` is no day", "er ingen dag"),
        ("/reports/cases?format=pdf", 404, "format", "no form 'pdf'", "ingen form 'pdf'"),
        ("/reports/cases?options=zip=1", 422, "options", "no option 'zip'", "ikke valget 'zip'"),
    ],
)  # fmt: skip
def test_a_query_for_what_there_is_not_is_told_with_its_word(
    api: Any, path: str, status: int, word: str | None, english: str, danish: str
) -> None:
    """A slip of the pen was answered with a list without anything, or without the word that was wrong."""
    told = api("GET", path, accept_language="da")
    assert told.status == status, told
    assert english in told.body["messages"]["en"] and danish in told.body["message"]
    assert told.body["hint"], told.body
    assert [one.get("parameter") for one in told.body["fields"]] == ([word] if word else [])


def test_a_state_and_a_person_that_there_are_give_a_list(api: Any) -> None:
    api.opened()
    for path in (
        "/cases?state=stopped",
        "/cases?state=stopped&procedure=policy_change",
        "/absences?person=QAA",
    ):
        assert api("GET", path).status == 200, path
    assert api.get("/roster?person=qaa") == {"shifts": []}


def test_two_keys_of_one_request_are_refused(api: Any) -> None:
    """The first won in silence."""
    number = str(api.opened())
    sent = b'{"text": "She calls about the case again."}'
    connection = http.client.HTTPConnection("127.0.0.1", api.served.port, timeout=30)
    connection.putrequest("POST", f"/api/cases/{number}/notes")
    for name, value in (
        ("Idempotency-Key", "first-key"), ("Idempotency-Key", "second-key"), ("Content-Type", "application/json"),
        ("Content-Length", str(len(sent))),
    ):  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders(sent)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 400 and "two keys" in told["messages"]["en"], told
    assert api.get(f"/cases/{number}/notes")["notes"] == []


@pytest.mark.parametrize(
    ("path", "body", "says", "not_"),
    [
        ("/cases/99999", None, "`GET /api/inbox?everything=true`", "procflow"),
        ("/cases/1/assign", {"person": "nobody"}, "Give the code of a person", "--as"),
        ("/cases/1/take-back", {}, "`GET /api/cases/{case}`", "procflow"),
    ],
)
def test_hints_name_routes_to_a_program_and_commands_to_a_terminal(
    api: Any, path: str, body: Any, says: str, not_: str
) -> None:
    """They told a program what to type in a terminal."""
    api.opened()
    method = "GET" if body is None else "POST"
    hint = api(method, path, body, accept_language="en").body["hint"]
    assert says in hint and not_ not in hint, hint
    assert not_ in api(method, path, body, accept_language="en", user_agent="procflow").body["hint"]
