"""The whole way, with a host in a process of its own: Postfix takes, refuses and sends back; Dovecot has new mail."""

import signal
import socket
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from procflow.app import App
from procflow.core.journal import EffectAnswered

ORGANISATION = """organisation: house
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: []
roles: {agent: {en: Agent, da: Medarbejder}, lead: {en: Lead, da: Vagtleder}}
people: {anna: {name: Anna Test, roles: [agent, lead], mail: anna@prosam.example}}
"""
PROCEDURE = """procedure: letter
title: {en: Letter, da: Brev}
owner: lead
subject: email
starts: [{by: agent, ask: [email, receivers]}]
correlate: [email]
data:
  email: {type: email, pii: true}
  receivers: {type: array, items: {type: email}, pii: true}
  said: {type: string, pii: true}
  proof: {type: evidence}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      copies: {do: [{each: "${receivers}", as: one, mail.send: {to: "${one}", subject: "Cancelled ${case.number}", text: Thursday}}]}
      one: {do: [{mail.send: {to: "${email}", bcc: "${receivers}", subject: "Case ${case.number}", text: Hello}}]}
      end: {to: t}
    events:
      message: {set: {said: "${message.text}", proof: "${proof_of(message)}"}}
  t: {final: true}
"""


@pytest.fixture
def desk(tmp_path):
    """desk(settings of mail) -> App, with a host running beside it."""
    hosts, apps = [], []

    def make(settings):
        (tmp_path / "procedures" / "letter").mkdir(parents=True)
        (tmp_path / "procflow.toml").write_text(
            f'store = "sqlite:cases.db"\n[channels.mail]\nmode = "real"\nsender = "main@prosam.example"\ndns = "off"\n{settings}'
        )
        (tmp_path / "procedures" / "organisation.yaml").write_text(ORGANISATION)
        (tmp_path / "procedures" / "letter" / "procedure.yaml").write_text(PROCEDURE)
        app = App(str(tmp_path))
        apps.append(app)
        assert not [problem.as_text() for problem in app.check().diagnostics if problem.is_error]
        hosts.append(
            subprocess.Popen(
                [sys.executable, "-m", "procflow", "run"], cwd=tmp_path, stdout=subprocess.DEVNULL
            )
        )
        return app

    yield make
    for host in hosts:
        host.send_signal(signal.SIGTERM)
        host.wait(60)
    for app in apps:
        app.close()


def until(true, seconds=60.0):
    stop = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < stop, "it did not happen"
        time.sleep(0.02)
    return found


def opened(app, email, receivers=("mette@customers.example",)):
    return app.open("letter", "anna", {"email": email, "receivers": list(receivers)}).case_id


def arrived(folder: Path):
    return [each.read_bytes() for each in folder.glob("new/*")]


def test_a_real_server_takes_the_mail_refuses_one_receiver_and_sends_another_back(desk, postfix):
    app = desk(
        f'host = "127.0.0.1"\nport = {postfix.port}\ninbox = {{kind = "maildir", path = "{postfix.home}"}}\n'
    )
    case = opened(app, "mette@customers.example", ["gone@customers.example", "ghost@bounces.example"])
    assert app.do(case, "one", "anna", {}).accepted

    def answers():
        found = [entry for _, entries in app.engine.journal(case, 0) for entry in entries]
        return [(e.status, e.error.value) for e in found if isinstance(e, EffectAnswered)]

    until(lambda: len(answers()) == 2)
    assert [status for status, _ in answers()] == ["failed", "returned"]
    errors = [error for _, error in answers()]
    assert [item.kind for item in app.engine.load(case).plain.items.values()] == ["failed", "failed"]
    refused, came_back = errors
    assert "gone@customers.example (550 5.1.1" in refused and "is not sent again" in refused
    assert came_back.startswith("ghost@bounces.example 5.3.0")
    (mail,) = [
        each
        for each in arrived(postfix.customers)
        if f"Case {app.engine.load(case).row.number}".encode() in each
    ]
    assert b"gone@" not in mail and b"ghost@" not in mail  # hidden receivers stay hidden


def test_fourteen_copies_and_a_thousand_leave_once_each(desk, postfix):
    app = desk(f'host = "127.0.0.1"\nport = {postfix.port}\n')
    people = [f"advisor{n}@prosam.example" for n in range(14)]
    case = opened(app, "mette@customers.example", people)
    app.do(case, "copies", "anna", {})
    until(lambda: {row.state for row in app.store.effects(case)} == {"done"})
    subject = f"Cancelled {app.engine.load(case).row.number}".encode()
    until(lambda: len([each for each in arrived(postfix.home) if subject in each]) >= 14)
    ours = [each for each in arrived(postfix.home) if subject in each]
    to = sorted(line for each in ours for line in each.splitlines() if line.startswith(b"To:"))
    assert to == sorted(f"To: {each}".encode() for each in people)
    many = opened(app, "mette@customers.example", [f"advisor{n}@prosam.example" for n in range(300)])
    app.do(many, "one", "anna", {})
    assert until(lambda: app.store.effects(many)[-1].state == "done")
    hello = f"Case {app.engine.load(many).row.number}".encode()
    until(lambda: len([each for each in arrived(postfix.home) if hello in each]) == 300)


def test_a_reply_to_an_imap_folder_reaches_its_case_and_an_automatic_one_does_not(desk, dovecot):
    dovecot.do("create", "Whole")
    app = desk(
        f"""host = "127.0.0.1"
port = 9
inbox = {{kind = "imap", host = "127.0.0.1", port = {dovecot.port}, tls = "none", user = "desk", password = "imap-kanin-9d2b", folder = "Whole", every = 600}}
"""
    )
    case = opened(app, "mette@customers.example")
    app.do(case, "one", "anna", {})
    (effect,) = app.store.effects(case)
    ours = f"<{effect.key.replace('/', '.')}@prosam.example>"

    def write(text, **headers):
        message = EmailMessage()
        fields = {"From": "Mette Holm <mette@customers.example>", "In-Reply-To": ours, **headers}
        for name, value in fields.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        dovecot.put(message.as_bytes().replace(b"\n", b"\r\n"), "Whole")

    def data(name):
        return app.engine.load(case).plain.data.get(name)

    write("Jeg er på ferie: JA", Message_ID="<auto@customers.example>", Auto_Submitted="auto-replied")
    write("Fjern glas", Message_ID="<one@customers.example>")
    # the folder is asked every ten minutes: only IDLE brings them now
    until(lambda: data("said") == "Fjern glas")
    first = data("proof")
    assert first["verdict"] == "accepted" and first["hash"] == first["file"]["hash"]
    kept = app.evidence.get(first["file"]["hash"], key_slot=first["file"]["slot"])
    assert b"Fjern glas" in kept and b"<one@customers.example>" in kept
    write("Og spejlet", Message_ID="<two@customers.example>")
    until(lambda: data("said") == "Og spejlet")
    taken = [app.intake.content(row) for row in app.store.messages("taken")]
    assert sorted(each["form"] for each in taken) == ["message", "message", "out_of_office"]


def test_a_mailbox_that_does_not_answer_holds_up_no_letter(desk, postfix):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        app = desk(
            f"""host = "127.0.0.1"
port = {postfix.port}
timeout = 25
inbox = {{kind = "imap", host = "127.0.0.1", port = {silent.getsockname()[1]}, tls = "none", user = "desk", password = "x"}}
"""
        )
        silent.settimeout(60)
        line, _ = silent.accept()  # the host asks, and gets no answer
        case = opened(app, "mette@customers.example")
        for _ in range(3):
            app.do(case, "one", "anna", {})
            until(lambda: {row.state for row in app.store.effects(case)} == {"done"})
        line.setblocking(False)
        with pytest.raises(BlockingIOError):
            line.recv(1)  # it still waits
        line.close()
