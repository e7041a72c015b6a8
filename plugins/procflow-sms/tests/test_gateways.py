"""One suite over every gateway: what it is asked, what its answers mean, and what it reports later."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import procflow_sms.gateways
import pytest
from procflow_sms.peer import GATEWAYS

from procflow.plugins import load_plugins
from procflow.ports import WebRequest

NOW = datetime(2026, 3, 3, 11, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef/7/2"
TOKEN = "tok-kanin-7f3a"
BACK = "https://desk.example.com/in/sms"


@pytest.fixture(params=GATEWAYS, ids=[each.gateway for each in GATEWAYS])
def gateway(request, tmp_path):
    made = request.param()
    made.start(tmp_path)
    yield made
    made.stop()


def sms(gateway, **more):
    settings = {**gateway.settings(lambda port: port), "token": TOKEN, **more}
    made = load_plugins(settings={"sms": settings}).channels["sms"].channel
    made.now = NOW
    return made


def send(channel, **more):
    wire = channel.prepare("send", KEY, {"to": "+4571999901", "text": "Hej Mette", **more})
    assert TOKEN.encode() not in wire
    return channel.deliver("send", KEY, wire)


@pytest.mark.parametrize(
    "text", ["Blåbærgrød på Ærø", "Hej 🙂", "x" * 400, "<b>&amp;]]> \"q\" 'a'", "to\nlinjer"]
)
def test_a_text_arrives_as_it_was_written(gateway, text):
    done = send(sms(gateway), text=text)
    assert done.status == "done" and done.result["id"], done
    ((found),) = gateway.taken.values()
    assert (found["text"], found["to"]) == (text, "4571999901")


def test_the_same_effect_twice_has_one_identity(gateway):
    channel = sms(gateway)
    assert [send(channel).status, send(channel).status] == ["done", "done"] and len(gateway.taken) == 1


def test_a_wrong_token_a_busy_gateway_and_a_refusal(gateway):
    assert send(sms(gateway, token="another-token")).status == "retry"
    gateway.behave("busy")
    assert send(sms(gateway)).status == "retry"
    gateway.behave("refuses", "blocked number")
    done = send(sms(gateway))
    assert done.status == "failed" and "blocked number" in done.error


def test_a_number_that_the_gateway_cannot_use_is_not_said_to_be_sent(gateway):
    if gateway.gateway.startswith("gatewayapi"):
        return  # it answers 4xx, see above
    done = send(sms(gateway), to="+4571990000")
    assert done.status == "failed" and "refused" in done.error


def test_an_answer_that_is_none_is_not_sent_again(gateway):
    for odd in ({}, b"", b"<html>", {"ids": []}, {"results": [{}]}, b"<reply/>", b"<!DOCTYPE x><reply/>"):
        gateway.accepts = lambda to, id, odd=odd: odd
        done = send(sms(gateway))
        assert done.status == "failed" and "gave no id" in done.error, odd


def test_where_to_report_is_told_with_the_key_and_our_token(gateway):
    send(sms(gateway, callback_url=BACK, callback_token="hemmelig-7"))
    (found,) = gateway.taken.values()
    if gateway.gateway == "gatewayapi_single":
        assert found["callback"] == ""  # it reports where its own settings say, with the reference
        return
    told = urlsplit(found["callback"])
    assert f"{told.scheme}://{told.netloc}{told.path}" == f"{BACK}/status"
    assert dict(parse_qsl(told.query)) == {"token": "hemmelig-7", "ref": KEY}


# what is pushed

REPORTS = {
    "gatewayapi": [({"id": 1000, "msisdn": 4571999901, "time": 1772535605, "status": "DELIVERED", "userref": KEY}, "yes"),
                   ({"id": 1000, "status": "UNDELIVERED", "error": "absent", "userref": KEY}, "no")],
    "gatewayapi_single": [({"event": "message.status.sms", "data": {"msg_id": "01J", "recipient": 4571999901,
                                                                    "reference": KEY, "status": "delivered"}}, "yes")],
    "inmobile": [({"messageId": "m-1", "deliveryInfo": {"stateDescription": "x", "state": "delivered"}}, "yes"),
                 ({"messageId": "m-1", "status": "-1"}, "no")],
    "inmobile_xml": [({"messageid": "x-1", "statuscode": "2", "msisdn": "4571999901"}, "yes")],
    "cpsms": [({"status": "1", "receiver": "4571999901"}, "yes"), ({"status": "8"}, "no"), ({"status": "2"}, "no"),
              ({"status": "4"}, "unknown"), ({"status": "buffered"}, "unknown")],
}  # fmt: skip


def pushed(
    gateway,
    path,
    content,
    method="POST",
    query=(),
    secret="hemmelig-7",
    address="192.0.2.1",
    now=None,
    **settings,
):
    """What a gateway of that name sends, signed or with the token as it does."""
    body = json.dumps(content).encode()
    own = gateway.gateway.startswith("gatewayapi")
    headers = {"content-type": "application/json"}
    asked = dict(query)
    if own:
        headers["signature"] = "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        settings = {"callback_secret": "hemmelig-7", **settings}
    else:
        asked = {"token": secret, "ref": KEY, **asked}
        settings = {"callback_token": "hemmelig-7", **settings}
    if method == "GET":
        asked, body = {**asked, **content}, b""
    channel = sms(gateway, **settings)
    channel.now = now or NOW
    return channel.web(WebRequest(method, path, urlencode(asked), headers, body, address))


def test_a_report_is_a_receipt_of_the_effect(gateway):
    for content, arrived in REPORTS[gateway.gateway]:
        reply = pushed(gateway, "status", content)
        assert reply.status == 200, reply
        ((message),) = reply.messages
        form = "bounce" if arrived == "no" else "receipt"  # what did not arrive is told to the letter's owner
        assert (message.form, message.thread, message.fields["arrived"]) == (form, [KEY], arrived)
        if arrived == "no":
            assert message.fields["recipient"] == message.sender
        assert b"hemmelig" not in message.raw
        again = pushed(gateway, "status", content)
        assert again.messages[0].external_id == message.external_id  # told twice is one


def test_an_answer_of_a_customer_comes_in(gateway):
    content = {
        "id": "77",
        "msisdn": "4571999901",
        "receiver": 4571999900,
        "message": "JA på Ærø",
        "senttime": 1772535605,
    }
    ((message),) = pushed(gateway, "inbound", content).messages
    assert (message.sender, message.to, message.text) == ("+4571999901", "+4571999900", "JA på Ærø")
    assert (
        message.received == datetime(2026, 3, 3, 11, 0, 5, tzinfo=UTC)
        and message.facts["alphanumeric"] is False
    )
    bare = {"msisdn": "71 99 99 01", "message": "JA"}  # neither an id nor a time
    ids = [
        pushed(gateway, "inbound", bare, now=NOW + timedelta(minutes=after)).messages[0].external_id
        for after in (0, 1, 120)
    ]
    assert ids[0] == ids[1] != ids[2]  # told twice is one, and a yes of another day is another yes
    assert pushed(gateway, "inbound", bare).messages[0].sender == "+4571999901"
    name = pushed(gateway, "inbound", {**content, "msisdn": "METTE"}).messages[0]
    assert name.facts["alphanumeric"] is True


@pytest.mark.parametrize(
    "gateway",
    [each for each in GATEWAYS if not each.gateway.startswith("gatewayapi")],  # which signs a body
    indirect=True,
    ids=lambda each: each.gateway,
)
def test_letters_of_an_address_are_read_as_the_gateway_writes_them(gateway):
    for encoding in ("utf-8", "cp1252"):
        query = urlencode(
            {"token": "hemmelig-7", "from": "4571999901", "message": "JA på Ærø", "id": "9"},
            encoding=encoding,
        )
        channel = sms(gateway, callback_token="hemmelig-7")
        channel.now = NOW
        for request in (
            WebRequest("GET", "inbound", query, {}, b"", "192.0.2.1"),
            WebRequest("POST", "inbound", "token=hemmelig-7", {"content-type": "application/x-www-form-urlencoded"}, query.encode(), "192.0.2.1"),
        ):  # fmt: skip
            (message,) = channel.web(request).messages
            assert message.text == "JA på Ærø"
        bare = WebRequest("POST", "inbound", "token=hemmelig-7", {"content-type": "application/x-www-form-urlencoded"}, "from=4571999901&text=JA på Ærø".encode(encoding), "192.0.2.1")  # fmt: skip
        assert channel.web(bare).messages[0].text == "JA på Ærø"
        said = '{"id": 8, "from": "4571999901", "message": "JA på Ærø"}'.encode(encoding)
        as_json = WebRequest("POST", "inbound", "token=hemmelig-7", {"content-type": "application/json"}, said, "192.0.2.1")  # fmt: skip
        assert channel.web(as_json).messages[0].text == "JA på Ærø"
        many = WebRequest("GET", "inbound", query + "&a=1" * 200, {}, b"", "192.0.2.1")
        assert channel.web(many).status == 401  # the token is not looked for


def test_one_that_makes_no_sense_is_kept_and_holds_up_none_of_the_others(gateway):
    good = {"id": "77", "msisdn": "4571999901", "message": "JA", "senttime": 1772535605000}
    reply = pushed(gateway, "inbound", [{"id": "78"}, good, "x"])
    assert reply.status == 200
    assert [message.text for message in reply.messages] == ["", "JA", ""]
    assert [bool(message.facts.get("unreadable")) for message in reply.messages] == [True, False, True]
    assert reply.messages[1].received == datetime(2026, 3, 3, 11, 0, 5, tzinfo=UTC)  # in milliseconds
    assert pushed(gateway, "inbound", [{"id": "78"}]).status == 400


def test_what_is_not_from_the_gateway_is_not_read(gateway):
    content = REPORTS[gateway.gateway][0][0]
    assert pushed(gateway, "status", content, secret="gættet").status == 401
    assert pushed(gateway, "status", content, callback_secret="", callback_token="").status == 401
    listed = {"callback_addresses": ["198.51.100.0/24"]}
    away = pushed(gateway, "status", content, **listed)
    assert away.status == 401 and "not listed" in away.reason
    assert pushed(gateway, "status", content, address="198.51.100.9", **listed).status == 200
    assert pushed(gateway, "nowhere", content).status == 404
    assert pushed(gateway, "status", {"hm": 1}, query={"ref": ""}).status == 400
    assert pushed(gateway, "inbound", [1, 2]).status == 400


def test_reports_that_come_as_an_address_or_a_form(gateway):
    if gateway.gateway.startswith("gatewayapi"):
        return  # it posts JSON
    code = "1" if gateway.gateway == "cpsms" else "2"  # a number is another word with each gateway
    reply = pushed(gateway, "status", {"statuscode": code, "messageid": "x-1"}, method="GET")
    assert reply.messages[0].fields["arrived"] == "yes" and reply.messages[0].thread == [KEY]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "utf-7"])
def test_an_answer_with_a_document_type_expands_nothing_in_any_encoding(encoding):
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE reply [<!ENTITY a "made-up">]>'
        "<reply><recipient id='&a;'/></reply>"
    )
    verdict = procflow_sms.gateways.GATEWAYS["inmobile_xml"].verdict
    assert verdict(text.encode(encoding)) == ("", "")
    plain = "<?xml version='1.0' encoding='utf-8'?><reply><recipient id='æ-7'/></reply>"
    assert verdict(plain.encode()) == ("æ-7", "")
