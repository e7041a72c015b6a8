"""Messages from a real IMAP server: by UID, across UIDVALIDITY, at once by IDLE, and over lines that break."""

import json
import re
import socketserver
import threading
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from procflow_mail.looking import inbox_trouble

from procflow.errors import PluginError
from procflow.plugins import load_plugins

AT = datetime(2026, 5, 11, 8, 20, tzinfo=UTC)


@pytest.fixture
def folder(dovecot, request):
    """A folder of the test's own."""
    name = f"Desk{abs(hash(request.node.name))}"
    dovecot.do("create", name)
    return name


@pytest.fixture
def of_imap(dovecot, folder):
    made = []

    def make(ring=None, **more):
        inbox = {"kind": "imap", "host": "127.0.0.1", "port": dovecot.port, "tls": "none", "user": "desk",
                 "password": "imap-kanin-9d2b", "folder": folder, **more}  # fmt: skip
        settings = {"sender": "main@prosam.example", "dns": "off", "inbox": inbox}
        channel = load_plugins(settings={"mail": settings}).channels["mail"].channel
        channel.ring = ring
        made.append(channel)
        return channel

    yield make
    for channel in made:
        if channel._mailbox is not None:
            channel._mailbox.close()


def put(dovecot, folder, number, **headers):
    message = EmailMessage()
    fields = {"From": "Mette Holm <mette@example.com>", "To": "main@prosam.example", "Subject": "Min police æøå",
              "Message-ID": f"<{number}@example.com>", **headers}  # fmt: skip
    for name, value in fields.items():
        message[name] = value
    message.set_content("Fjern glasdækning på P-20011")
    raw = message.as_bytes().replace(b"\n", b"\r\n")
    dovecot.put(raw, folder, AT)
    return raw


def ids(messages):
    return [message.external_id.split()[0] for message in messages]


def test_it_gives_bytes_as_received_and_the_server_s_instant_and_marks_nothing(dovecot, folder, of_imap):
    raw = put(dovecot, folder, 5)
    (found,), cursor = of_imap().fetch("")
    assert found.raw == raw and found.received == AT
    assert found.subject == "Min police æøå" and found.text == "Fjern glasdækning på P-20011"
    assert json.loads(cursor)["uid"] == 1
    session = dovecot.session()
    session.select(folder, readonly=True)
    assert session.search(None, "UNSEEN")[1] == [b"1"]
    session.logout()


def test_it_takes_nothing_twice_and_only_what_is_new_over_one_connection(dovecot, folder, of_imap):
    put(dovecot, folder, 5)
    there = of_imap()
    _, cursor = there.fetch("")
    server = there._mailbox._server
    assert there.fetch(cursor) == ([], cursor)
    put(dovecot, folder, 6, Subject="Ny")
    (found,), after = there.fetch(cursor)
    assert found.subject == "Ny" and json.loads(after)["uid"] == 2
    assert there._mailbox._server is server


def test_many_come_in_portions_and_what_was_deleted_meanwhile_is_passed_by(dovecot, folder, of_imap):
    session = dovecot.session()
    for number in range(120):
        session.append(folder, "", None, f"Message-ID: <{number}@example.com>\r\n\r\nx\r\n".encode())
    session.select(folder)
    session.store("11", "+FLAGS", "\\Deleted")
    session.expunge()
    session.logout()
    there, seen, cursor = of_imap(), [], ""
    while True:
        messages, cursor = there.fetch(cursor)
        if not messages:
            break
        assert len(messages) <= 50
        seen += ids(messages)
    assert seen == [f"<{number}@example.com>" for number in range(120) if number != 10]


def test_a_new_uidvalidity_reads_the_folder_again_under_the_same_ids(dovecot, folder, of_imap):
    raw = put(dovecot, folder, 5)
    there = of_imap()
    (before,), cursor = there.fetch("")
    dovecot.do("delete", folder)
    dovecot.do("create", folder)
    dovecot.put(b"Subject: new\r\n\r\nx\r\n", folder)
    dovecot.put(raw, folder)
    (new, after), later = there.fetch(cursor)
    assert new.subject == "new" and after.external_id == before.external_id  # so the host passes it by
    assert json.loads(later)["uidvalidity"] != json.loads(cursor)["uidvalidity"]


def test_it_can_begin_with_what_comes_from_now_on(dovecot, folder, of_imap):
    put(dovecot, folder, 5)
    there = of_imap(start="now")
    messages, cursor = there.fetch("")
    assert messages == []
    put(dovecot, folder, 6)
    assert ids(there.fetch(cursor)[0]) == ["<6@example.com>"]


def test_what_does_not_let_us_in_is_said_in_words_and_without_the_password(dovecot, of_imap):
    with pytest.raises(PluginError, match="could not be read") as failed:
        of_imap(password="wrong-hare-77").fetch("")
    assert "wrong-hare-77" not in failed.value.message
    with pytest.raises(PluginError, match="cannot be opened"):
        of_imap(folder="Elsewhere").fetch("")
    with pytest.raises(PluginError, match="in clear"):
        of_imap(host="mail.example.com").fetch("")
    with pytest.raises(PluginError, match="tls is 'tsl'"):
        of_imap(tls="tsl").fetch("")


@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_the_line_is_encrypted_and_a_certificate_that_nobody_vouches_for_is_not_trusted(
    dovecot, folder, of_imap, tls
):
    put(dovecot, folder, 5)
    port = dovecot.tls_port if tls == "ssl" else dovecot.port
    trusted = of_imap(tls=tls, host="localhost", port=port, ca_file=str(dovecot.pem))
    assert ids(trusted.fetch("")[0]) == ["<5@example.com>"]
    with pytest.raises(PluginError, match=r"(?i)certificate"):
        of_imap(tls=tls, host="localhost", port=port).fetch("")


def test_a_line_that_broke_between_two_looks_is_made_anew_and_nothing_is_lost(dovecot, folder, of_imap):
    put(dovecot, folder, 5)
    there = of_imap()
    _, cursor = there.fetch("")
    dovecot.hang_up()
    put(dovecot, folder, 6)
    assert ids(there.fetch(cursor)[0]) == ["<6@example.com>"]


def test_a_folder_with_danish_letters_is_found(dovecot, of_imap):
    dovecot.do("create", '"K&APg-rer &- r&APg-dgr&APg-d"')
    dovecot.put(b"Subject: x\r\n\r\nx\r\n", '"K&APg-rer &- r&APg-dgr&APg-d"')
    (found,), _ = of_imap(folder="Kører & rødgrød").fetch("")
    assert found.subject == "x"


class Ring:
    """Counts; `wait()` is over when it rang once more."""

    def __init__(self):
        self.rung = threading.Semaphore(0)

    def __call__(self):
        self.rung.release()

    def wait(self):
        assert self.rung.acquire(timeout=60), "it did not ring"


def test_new_mail_rings_at_once_and_the_line_is_waited_on_again_after_it_broke(dovecot, folder, of_imap):
    ring = Ring()
    there = of_imap(ring)
    messages, cursor = there.fetch("")
    assert messages == []
    ring.wait()  # it waits from now on
    for number in (5, 6):
        put(dovecot, folder, number)
        ring.wait()
        until(lambda number=number: ids(there.fetch(cursor)[0])[-1:] == [f"<{number}@example.com>"], ring)
    time.sleep(0)
    dovecot.hang_up()
    ring.wait()  # it waits again
    put(dovecot, folder, 7)
    ring.wait()
    until(lambda: ids(there.fetch(cursor)[0])[-1:] == ["<7@example.com>"], ring)


def until(true, ring):
    """It rings for what came before it waited too, so that one ring may bring nothing."""
    while not true():
        ring.wait()


def test_where_waiting_is_switched_off_nothing_waits(dovecot, of_imap):
    there = of_imap(Ring(), idle=False)
    there.fetch("")
    assert there._mailbox._waiting is None


def test_a_look_at_the_mailbox_says_what_is_wrong_and_what_will_be(dovecot, folder, of_imap):
    put(dovecot, folder, 5)
    now = datetime(2026, 5, 11, tzinfo=UTC)

    def look(now=now, **more):
        return inbox_trouble(of_imap(**more)._settings, now)

    assert look() == ""
    refused = look(password="wrong-hare-77")
    assert "does not accept the login" in refused and "`password`" in refused and "hare" not in refused
    assert "`folder`" in look(folder="Elsewhere")
    assert "could not be reached" in look(port=1)
    over_tls = {"tls": "ssl", "host": "localhost", "port": dovecot.tls_port, "ca_file": str(dovecot.pem)}
    assert look(**over_tls) == ""
    soon = look(now=datetime(2119, 12, 1, tzinfo=UTC), **over_tls)
    assert soon.startswith(
        "soon: the certificate of the mailbox's server localhost ends on 2119-12-08; whoever runs it"
    )
    assert "ertificate" in look(tls="ssl", host="localhost", port=dovecot.tls_port)  # nobody vouches for it
    session = dovecot.session()
    session.select(folder, readonly=True)
    assert session.search(None, "UNSEEN")[1] == [b"1"], "a look reads nothing"
    session.logout()
    assert "is no Maildir" in inbox_trouble({"inbox": {"kind": "maildir", "path": "/nowhere"}}, now)
    assert "no kind 'pop3'" in inbox_trouble({"inbox": {"kind": "pop3"}}, now)


class Refusing(socketserver.ThreadingTCPServer):
    """An IMAP server that does not give some of its mails, as one whose own store is damaged."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self):
        self.mails = {uid: f"From: m@example.com\r\nMessage-ID: <{uid}@example.com>\r\n\r\nHej\r\n".encode() for uid in range(1, 6)}  # fmt: skip
        self.refused = {}  # uid -> what it says
        super().__init__(("127.0.0.1", 0), Spoken)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class Spoken(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, command, *words = line.decode().split()
            answer = "OK done"
            if command == "CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif command == "EXAMINE":
                self.wfile.write(b"* 5 EXISTS\r\n* OK [UIDVALIDITY 7] it\r\n")
            elif words[:1] == ["SEARCH"]:
                since = int(re.search(r"UID (\d+):", line.decode())[1])
                found = [uid for uid in self.server.mails if uid >= since]
                self.wfile.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
            elif words[:1] == ["FETCH"]:
                uid = int(words[1])
                answer = self.server.refused.get(uid, answer)
                if answer == "OK done" and uid in self.server.mails:
                    raw = self.server.mails[uid]
                    about = f'* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)} INTERNALDATE "11-May-2026 08:20:00 +0000" BODY[]<0> {{{len(raw)}}}'  # fmt: skip
                    self.wfile.write(about.encode() + b"\r\n" + raw + b")\r\n")
            self.wfile.write(f"{tag} {answer}\r\n".encode())


@pytest.fixture
def refusing():
    server = Refusing()
    yield server
    server.shutdown()
    server.server_close()


def looks(channel, wanted):
    """What each of so many looks brings: ids, or the words of why not."""
    told, cursor = [], ""
    for _ in range(wanted):
        try:
            messages, cursor = channel.fetch(cursor)
            told.append(
                [message.external_id.split()[0].strip("<>").partition("@")[0] for message in messages]
            )
        except PluginError as why:
            told.append(why.message)
    return told, messages


@pytest.mark.parametrize("said", ["NO [SERVERBUG] internal error", "BAD that cannot be read"])
def test_a_mail_that_the_server_does_not_give_holds_up_no_other_and_a_person_hears_of_it(
    refusing, of_imap, said
):
    """Not one mail came in for as long as it lay there, not even those before it."""
    refusing.refused[3] = said
    channel = of_imap(port=refusing.server_address[1], idle=False)
    (first, second, third, fourth), last = looks(channel, 4)
    assert first == ["1", "2"]
    words_of_it = said.partition(" ")[2]
    assert words_of_it in second and words_of_it in third
    assert fourth == ["imap", "4", "5"]
    (words,) = last[0].facts["unreadable"]
    assert words_of_it in words and words.endswith(f"look into the folder {channel._mailbox._folder}")


def test_a_server_that_gives_no_mail_at_all_for_a_while_is_asked_again_and_nothing_is_passed_by(
    refusing, of_imap
):
    refusing.refused = dict.fromkeys(range(1, 6), "NO [UNAVAILABLE] later")
    channel = of_imap(port=refusing.server_address[1], idle=False)
    for _ in range(6):
        with pytest.raises(PluginError, match="UNAVAILABLE"):
            channel.fetch("")
    refusing.refused.clear()
    messages, _ = channel.fetch("")
    assert ids(messages) == [f"<{uid}@example.com>" for uid in range(1, 6)]
