"""`mail.send` against a real SMTP server on loopback."""

import asyncio
import base64
import email
import socket
import threading
from datetime import UTC, datetime
from email import policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from procflow.errors import PluginError, UsageError
from procflow.plugins import load_plugins
from procflow.testing.free_port import free_port

KEY = "0123456789abcdef0123456789abcdef/7/2"
NOW = datetime(2026, 5, 11, 8, 20, tzinfo=UTC)


class Peer:
    """What the server answers, by receiver or by phase; and what it took."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.taken: list[tuple[list[str], bytes]] = []
        self.mail_from = ""
        self.connections = 0
        self.most = 10_000  # receivers of one mail
        self.ends_after: int | None = None  # mails after which the line breaks
        self.ends_in_text = False
        self.together: threading.Barrier | None = None
        self.lines: list[object] = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        self.lines.append((asyncio.get_running_loop(), server.transport))
        session.host_name = hostname
        return responses

    def hang_up(self):
        """Every line is closed, and that is over when this returns."""
        for loop, transport in self.lines:

            async def close(transport=transport):
                transport.abort()
                await asyncio.sleep(0)

            asyncio.run_coroutine_threadsafe(close(), loop).result(20)
        self.lines.clear()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        if len(envelope.rcpt_tos) >= self.most:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append((list(envelope.rcpt_tos), envelope.original_content))
        self.mail_from = envelope.mail_from
        if self.together is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.together.wait, 20)
        if self.ends_in_text or len(self.taken) == self.ends_after:
            if self.ends_in_text:
                server.transport.abort()
            else:
                asyncio.get_running_loop().call_later(0, server.transport.close)
        return "250 taken"


@pytest.fixture
def peer():
    handler = Peer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.port = controller.port
    yield handler
    controller.stop()


@pytest.fixture
def channel(peer):
    return mail(host="127.0.0.1", port=peer.port, sender="Kundeservice <main@prosam.example>")


def mail(**settings):
    made = load_plugins(settings={"mail": settings}).channels["mail"].channel
    made.now = NOW
    return made


def parameters(**more):
    return {"to": "mette@example.com", "subject": "Din police", "text": "Ændringen er udført.", **more}


def read(wire):
    return email.message_from_bytes(wire, policy=policy.default)


def send(channel, **more):
    return channel.deliver("send", KEY, channel.prepare("send", KEY, parameters(**more)))


def test_a_mail_arrives_with_its_headers_its_text_and_its_key(channel, peer):
    delivery = send(
        channel, subject="Ændring af police æøå", cc=["b@example.com"], reply_to="svar@prosam.example"
    )
    assert delivery.status == "done"
    ((receivers, raw),) = peer.taken
    message = read(raw)
    assert receivers == ["mette@example.com", "b@example.com"] and peer.mail_from == "main@prosam.example"
    assert message["From"] == "Kundeservice <main@prosam.example>"
    assert message["Subject"] == "Ændring af police æøå"
    assert message["Reply-To"] == "svar@prosam.example"
    assert message["Message-ID"] == "<0123456789abcdef0123456789abcdef.7.2@prosam.example>"
    assert message["X-Procflow-Key"] == KEY
    assert message["Date"].datetime == NOW
    assert message.get_content().strip() == "Ændringen er udført."
    assert delivery.result == {"id": message["Message-ID"], "accepted": receivers}
    assert raw.isascii()


def test_a_retry_is_the_same_mail_to_the_byte(channel, peer):
    wire = channel.prepare("send", KEY, parameters())
    channel.deliver("send", KEY, wire)
    channel.deliver("send", KEY, wire)
    assert peer.taken[0] == peer.taken[1]


def test_a_bcc_gets_the_mail_and_stands_in_no_header(channel, peer):
    assert send(channel, bcc=[f"hidden{n}@example.com" for n in range(12)]).status == "done"
    ((receivers, raw),) = peer.taken
    assert receivers[1:] == [f"hidden{n}@example.com" for n in range(12)]
    assert b"hidden" not in raw and b"bcc" not in raw.lower()
    assert read(raw).get_content().strip() == "Ændringen er udført."


def test_attachments_keep_their_names_and_their_bytes(channel, peer):
    content = bytes(range(256)) * 50
    files = [
        {"hash": "h", "name": "skærmprint æøå.png", "type": "image/png", "size": 9,
         "content": base64.b64encode(content).decode()},
        {"name": "../../etc/passwd", "type": "text/plain", "content": base64.b64encode("blå\n".encode()).decode()},
        {"name": "mail.eml", "type": "message/rfc822", "content": base64.b64encode(b"Subject: x\n\ny").decode()},
    ]  # fmt: skip
    assert send(channel, attach=files).status == "done"
    attached = list(read(peer.taken[0][1]).iter_attachments())
    assert [part.get_filename() for part in attached] == ["skærmprint æøå.png", "passwd", "mail.eml"]
    assert attached[0].get_content() == content
    assert attached[1].get_payload(decode=True) == "blå\n".encode()
    assert attached[2].get_payload(decode=True) == b"Subject: x\n\ny"


def test_several_receivers_come_as_a_list_or_with_commas_and_each_once(channel, peer):
    send(
        channel,
        to='"Holm, Mette" <mette@example.com>, bo@example.com',
        cc="BO@example.com; METTE@EXAMPLE.COM",
    )
    assert peer.taken[0][0] == ["mette@example.com", "bo@example.com", "BO@example.com", "METTE@EXAMPLE.COM"]
    assert [a.display_name for a in read(peer.taken[0][1])["To"].addresses] == ["Holm, Mette", ""]


def test_a_danish_domain_is_written_as_servers_know_it(channel, peer):
    assert send(channel, to="mette@blåbær.example").status == "done"
    assert peer.taken[0][0] == ["mette@xn--blbr-roah.example"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"subject": "Hej\r\nBcc: evil@example.com"}, "subject: must be one line"),
        ({"subject": "Hej\n"}, "subject: must be one line"),
        ({"to": "mette@example.com\nBcc: evil@example.com"}, "to: must be one line"),
        ({"to": ["mette@example.com", "a\r\nb@example.com"]}, "to: must be one line"),
        ({"sender": "x\n@example.com"}, "sender: must be one line"),
        ({"to": "mette"}, "'mette' is not a mail address"),
        ({"to": "mette@"}, "is not a mail address"),
        ({"to": "a b@example.com"}, "is not a mail address"),
        ({"to": [" "]}, "names nobody"),
        ({"attach": [{"name": "a.pdf"}]}, "a.pdf has no content"),
        ({"attach": [{"name": "a.pdf", "content": "%%%"}]}, "is not base64"),
        ({"text": "a\0b"}, "value 0"),
    ],
)
def test_what_no_mail_can_be_is_refused_in_words(channel, more, words):
    with pytest.raises(UsageError, match=words.replace("(", r"\(")):
        channel.prepare("send", KEY, parameters(**more))


def test_a_sender_that_is_not_configured_is_tried_again_later():
    with pytest.raises(PluginError, match="sender is missing"):
        mail(host="x").prepare("send", KEY, parameters())


def test_a_receiver_refused_for_good_fails(channel, peer):
    peer.answers["mette@example.com"] = "550 no such person"
    delivery = send(channel)
    assert delivery.status == "failed" and "mette@example.com (550 no such person)" in delivery.error
    assert peer.taken == []


def test_one_refused_receiver_is_named_and_the_others_have_their_mail(channel, peer):
    peer.answers["bo@example.com"] = "550 no such person"
    delivery = send(channel, to=["mette@example.com", "bo@example.com", "ib@example.com"])
    assert delivery.status == "failed"
    assert "bo@example.com (550" in delivery.error and "not sent again" in delivery.error
    assert delivery.result["accepted"] == ["mette@example.com", "ib@example.com"]
    assert delivery.result["refused"] == ["bo@example.com"]
    assert [receivers for receivers, _ in peer.taken] == [["mette@example.com", "ib@example.com"]]


def test_who_is_refused_for_now_gets_the_mail_later_and_the_others_get_it_once(channel, peer):
    peer.answers |= {"bo@example.com": "451 come back", "ib@example.com": "550 no such person"}
    to = ["mette@example.com", "bo@example.com", "ib@example.com", "ann@example.com"]
    wire = channel.prepare("send", KEY, parameters(to=to))
    first = channel.deliver("send", KEY, wire)
    assert first.status == "retry" and "bo@example.com (451 come back)" in first.error
    assert "do not get it again" in first.error
    assert [receivers for receivers, _ in peer.taken] == [["mette@example.com", "ann@example.com"]]
    again = channel.deliver("send", KEY, first.left)
    assert again.status == "retry" and len(peer.taken) == 1
    del peer.answers["bo@example.com"]
    last = channel.deliver("send", KEY, again.left)
    assert peer.taken[1] == (["bo@example.com"], peer.taken[0][1])  # the same mail to the byte
    assert last.status == "failed" and "ib@example.com (550 no such person)" in last.error
    assert last.result["accepted"] == ["mette@example.com", "ann@example.com", "bo@example.com"]
    assert last.result["refused"] == ["ib@example.com"] and "is not sent again" in last.error


def test_a_thousand_hidden_receivers_each_get_it_once_a_hundred_at_a_time(channel, peer):
    hidden = [f"advisor{n}@example.com" for n in range(1000)]
    assert send(channel, bcc=hidden).status == "done"
    assert [len(receivers) for receivers, _ in peer.taken] == [100] * 10 + [1]
    assert [each for receivers, _ in peer.taken for each in receivers] == ["mette@example.com", *hidden]
    assert {raw for _, raw in peer.taken} == {peer.taken[0][1]}


def test_a_server_that_takes_only_five_receivers_at_a_time_is_asked_again(channel, peer):
    peer.most = 5
    assert send(channel, bcc=[f"hidden{n}@example.com" for n in range(11)]).status == "done"
    assert [len(receivers) for receivers, _ in peer.taken] == [5, 5, 2]


def test_when_the_line_breaks_between_two_hundreds_the_first_hundred_do_not_get_it_again(channel, peer):
    hidden = [f"advisor{n}@example.com" for n in range(150)]
    peer.ends_after = 1
    first = send(channel, to=hidden[0], bcc=hidden[1:])
    assert first.status == "retry" and len(peer.taken) == 1
    peer.ends_after = None
    assert channel.deliver("send", KEY, first.left).status == "done"
    assert [each for receivers, _ in peer.taken for each in receivers] == hidden


def test_one_connection_carries_many_mails_and_a_new_one_is_made_when_the_server_let_go(channel, peer):
    for _ in range(3):
        assert send(channel).status == "done"
    assert peer.connections == 1
    peer.hang_up()
    again = send(channel)
    assert (again.status, again.error) == ("done", "")
    assert (peer.connections, len(peer.taken)) == (2, 4)
    peer.answers["MAIL"] = "421 too many mails on this line"
    refused = send(channel)
    assert refused.status == "retry" and "421" in refused.error and len(peer.taken) == 4


def test_mails_at_the_same_time_have_connections_of_their_own(channel, peer):
    peer.together = threading.Barrier(4)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(send(channel).status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["done"] * 4 and peer.connections == 4


def test_a_line_that_breaks_while_the_text_is_under_way_is_no_second_mail_at_once(channel, peer):
    peer.ends_in_text = True
    assert send(channel).status == "retry"  # nobody knows whether it was taken: the host tries again, later
    assert len(peer.taken) == 1


@pytest.mark.parametrize(
    ("phase", "answer", "status"),
    [
        ("DATA", "554 spam", "failed"),
        ("DATA", "451 later", "retry"),
        ("MAIL", "550 not you", "failed"),
        ("MAIL", "452 full", "retry"),
    ],
)
def test_the_server_s_word_decides_between_failed_and_retry(channel, peer, phase, answer, status):
    peer.answers[phase] = answer
    delivery = send(channel)
    assert delivery.status == status and answer in delivery.error


def test_a_server_that_is_not_there_is_a_retry():
    channel = mail(host="127.0.0.1", port=free_port(), sender="a@prosam.example")
    delivery = send(channel)
    assert delivery.status == "retry" and "could not be reached" in delivery.error
    assert "could not be reached" in channel.health()


def test_an_answer_that_no_standard_knows_means_what_its_first_digit_says(channel, peer):
    """The server had the mail, and got it thirty times."""
    peer.answers["DATA"] = "200 taken"
    assert send(channel).status == "done"


@pytest.mark.parametrize("said", ["421 4.3.2 too busy", "554 No SMTP service here", "521 takes no mail"])
def test_a_server_that_greets_with_a_no_is_told_in_its_own_words(said):
    """Doctor said of it `could not be reached: (421, b'too busy')`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet():
            for _ in range(2):
                line, _ = listener.accept()
                with line:
                    line.sendall(f"{said}\r\n".encode())

        thread = threading.Thread(target=greet)
        thread.start()
        port = listener.getsockname()[1]
        channel = mail(host="127.0.0.1", port=port, sender="a@prosam.example")
        words = f"the mail server 127.0.0.1:{port} does not want us: {said}"
        assert channel.health() == words
        delivery = send(channel)
        assert (delivery.status, delivery.error) == ("retry", words)
        thread.join()


def test_a_connection_that_breaks_in_the_middle_is_a_retry():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def hang_up():
            connection, _ = listener.accept()
            connection.sendall(b"220 hello\r\n")
            connection.recv(100)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        channel = mail(host="127.0.0.1", port=listener.getsockname()[1], sender="a@prosam.example")
        assert send(channel).status == "retry"
        thread.join()


class Login(Controller):
    def factory(self):
        def check(server, session, envelope, mechanism, data):
            return AuthResult(success=data.login == b"desk" and data.password == b"right", handled=False)

        return SMTP(self.handler, authenticator=check, auth_required=True, auth_require_tls=False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("password", "status"), [("right", "done"), ("wrong", "retry")])
def test_a_login_is_made_and_a_wrong_one_is_a_retry_because_it_can_be_mended(password, status):
    handler = Peer()
    controller = Login(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        settings = {"host": "127.0.0.1", "port": controller.port, "sender": "a@prosam.example"}
        channel = mail(**settings, user="desk", password=password)
        delivery = send(channel)
        assert delivery.status == status
        assert ("does not accept the login" in delivery.error) == (status == "retry")
        assert (channel.health() == "") == (status == "done")
    finally:
        controller.stop()


def test_a_password_does_not_go_to_another_machine_in_clear(monkeypatch):
    import smtplib

    from procflow.errors import PluginError

    class Never(smtplib.SMTP):
        def __init__(self, *_, **__):
            self.helo_resp = b"x"

        def login(self, *_):
            raise AssertionError("the password went out")

        def quit(self):
            raise smtplib.SMTPServerDisconnected

        def close(self):
            pass

    monkeypatch.setattr(smtplib, "SMTP", Never)
    channel = mail(host="mail.example.com", tls="none", user="desk", password="p", sender="a@prosam.example")
    with pytest.raises(PluginError, match="in clear"):
        send(channel)


def test_tls_is_used_and_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate):
    import ssl

    pem, private = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    for tls in ("starttls", "ssl"):
        handler = Peer()

        class Secure(Controller):
            def factory(self):
                return SMTP(self.handler, tls_context=context, require_starttls=True)

        kind = Secure if tls == "starttls" else Controller
        more = {"ssl_context": context} if tls == "ssl" else {}
        controller = kind(
            handler, hostname="127.0.0.1", port=free_port(), server_hostname="localhost", **more
        )
        controller.start()
        try:
            settings = {
                "host": "localhost",
                "port": controller.port,
                "tls": tls,
                "sender": "a@prosam.example",
            }
            assert send(mail(**settings, ca_file=str(pem))).status == "done"
            untrusted = send(mail(**settings))
            assert untrusted.status == "retry" and "certificate" in untrusted.error.lower()
            assert len(handler.taken) == 1
        finally:
            controller.stop()
