"""Files over HTTP: kept sealed, found again, and never a way to what lies on the server."""

import hashlib
from typing import Any


def test_a_file_is_kept_under_its_hash_and_comes_back_harmless(api: Any) -> None:
    number, content = api.registered(), api.png(401)
    kept = api(
        "POST", f"/cases/{number}/evidence", content, content_type="application/octet-stream",
        content_disposition="attachment; filename*=UTF-8''m%C3%A6tte%20%3Cb%3E.png",
    )  # fmt: skip
    file = kept.body["file"]
    assert kept.status == 201 and file["type"] == "image/png" and file["width"] == 401
    assert file["hash"] == hashlib.sha256(content).hexdigest() and file["name"].startswith("mætte")
    place = kept.headers["location"].removeprefix("/api")
    back = api("GET", place)
    assert back.body == content and back.headers["content-type"] == "image/png"
    assert "sandbox" in back.headers["content-security-policy"]
    assert back.headers["x-content-type-options"] == "nosniff"
    forged = {**file, "type": "image/jpeg", "size": 1, "slot": 999, "name": "x.jpg"}
    judged = api.post(
        f"/cases/{number}/choices/file_screenshot", {"with": {"screenshot": forged, "name_is_visible": True}}
    )
    assert judged["data"]["proof"]["file"]["type"] == "image/png", "what it is, is found out from its bytes"
    listed = api.get(f"/cases/{number}/evidence")["files"]
    assert [one["hash"] for one in listed] == [file["hash"]]


def test_nobody_reaches_a_file_of_the_server_or_of_another_case(api: Any) -> None:
    one, other = api.registered(), api.registered()
    secret = api("POST", f"/cases/{one}/evidence", api.png(302), content_type="image/png").body["file"]
    path = str(api.folder / "procflow.toml")
    for value in (path, "../procflow.toml", {"hash": secret["hash"]}, secret, {"hash": "../x"}, {"name": "x"}, 7, None,
                  {"name": "x", "content": "no base64!"}, [secret]):  # fmt: skip
        refused = api(
            "POST", f"/cases/{other}/choices/file_screenshot",
            {"with": {"screenshot": value, "name_is_visible": True}},
        )  # fmt: skip
        assert refused.status == 422 and refused.body["code"] == "input", value
        assert {f["pointer"] for f in refused.body["fields"]} == {"/with/screenshot"}, value
    assert api("GET", f"/cases/{other}/evidence/{secret['hash']}").status == 404
    for name in ("0" * 64, "..%2f..%2fprocflow.toml", "x"):
        assert api("GET", f"/cases/{other}/evidence/{name}").status == 404
    never = api("GET", f"/cases/{other}/evidence/{'0' * 64}").body
    assert never["detail"] == "there is no such file in this case", "nothing is lost: no backup is needed"
    assert api.get(f"/cases/{other}/evidence")["files"] == []


def test_a_message_by_hand_goes_to_its_case_and_comes_once(api: Any) -> None:
    number = api.registered()
    files = [{"name": "mette.png", "content": api.png_text()}]
    body = {
        "channel": "sms",
        "from": "+4571999901",
        "text": "Ja tak",
        "files": files,
        "case": str(number),
        "id": "sms-1",
    }
    taken = api("POST", "/messages", body)
    assert taken.status == 200 and taken.body["number"] == number and taken.body["message"]
    assert api.post("/messages", body)["again"] is True
    lost = api(
        "POST",
        "/messages",
        {"channel": "sms", "from": "+4571999999", "text": "hvem?"},
        idempotency_key="lost-message-1",
    )
    assert lost.status == 202 and lost.body["case"] is None
    assert api.post(
        "/messages",
        {"channel": "sms", "from": "+4571999999", "text": "hvem?"},
        idempotency_key="lost-message-1",
    )["again"]
    assert lost.body["message"] in [m["id"] for m in api.get("/messages?limit=200")["messages"]]
    news = api("POST", "/messages", {"channel": "mail", "from": "news@shop.example", "text": "Tilbud"})
    aside = api.post(f"/messages/{news.body['message'][:10]}/no_case", {"because": "advertising"})
    assert (aside["state"], aside["reason"]) == ("ignored", "advertising")
    assert news.body["message"] not in [m["id"] for m in api.get("/messages?limit=200")["messages"]]
    assert api("POST", f"/messages/{news.body['message']}/no_case", {"because": "answered"}).status == 422
    given = api.post(f"/messages/{lost.body['message'][:10]}/give", {"case": str(number)})
    assert given["number"] == number
    future = api(
        "POST",
        "/messages",
        {"channel": "sms", "from": "+45", "text": "x", "received": "2031-01-01T10:00:00Z"},
    )
    assert future.status == 422 and "future" in future.body["message"]
    mail = b"From: mette@example.com\r\nTo: main@prosam.example\r\nSubject: Hej\r\nMessage-ID: <1@example.com>\r\n\r\nHej\r\n"
    assert api("POST", "/mails", mail, content_type="message/rfc822").status in (200, 202)
    assert api.post("/mails", mail, content_type="message/rfc822")["again"] is True
