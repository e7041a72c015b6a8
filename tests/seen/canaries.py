"""A house in which everything goes wrong that can, with people and secrets in every place that holds words.

Whoever finds one of these words in what an operator sees has found a leak.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from ready import started
from serving import Served

#: What customers and people at the desk are called, write and type; and what only programs may know.
PEOPLE = ("Kanariefuglsang", "71999942", "71 99 99 42", "kanarie@private.example", "Fuglevej 17", "hemmelig kvidren", "DK55443")  # fmt: skip
SECRETS = ("pip-secret-4711", "wire-token-8822", "Kodeord Kanarie 99")
NAME, PHONE, TYPED_PHONE, MAIL, ADDRESS, WORDS, PLATE = PEOPLE
SECRET, WIRE, PASSWORD = SECRETS

#: The traces that two requests were part of before they came.
OPENED, WRITTEN = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"

ORGANISATION = """
organisation: small
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-sun: "00:00-23:59"}}
roles:
  agent: {da: Kundeservice, en: Service agent}
  lead: {da: Vagtleder, en: Duty lead}
people:
  anna: {name: Anna Test, roles: [agent, lead], mail: anna@small.example}
"""
PROCEDURE = """
procedure: letter
title: {da: Brev, en: Letter}
owner: lead
starts: [{by: agent, ask: [name, phone, email]}, {message: 'message.channel == "mail"'}]
correlate: [phone, email]
data:
  name: {type: string, pii: true, label: {da: Navn, en: Name}}
  phone: {type: phone, pii: true, label: {da: Telefon, en: Phone}}
  email: {type: email, pii: true, label: {da: Mail, en: Mail}}
  words: {type: string, pii: true, label: {da: Ord, en: Words}}
  days: {type: integer, label: {da: Dage, en: Days}}
initial: waiting
states:
  waiting:
    title: {da: Venter, en: Waits}
    task: {role: agent}
    events: {message: {}}
    after:
      1 hour: {to: late}
    choices:
      write:
        label: {da: Skriv, en: Write}
        ask: [words]
        optional: [days]
        do:
          - mail.send: {to: "${email}", subject: {da: "Til ${name}", en: "To ${name}"}, text: "${words}"}
          - sms.send: {to: "${phone}", text: "${words}"}
          - loud.shout: {text: "${words}"}
  late:
    task: {role: agent}
    choices: {over: {label: {da: Slut, en: Over}, to: done}}
  done: {final: true, outcome: done}
deadlines:
  call:
    title: {da: Vi ringer, en: We call}
    starts: [opening]
    within: 2 hours
    met: [choice write]
"""
#: A plugin that says out loud whatever it hears, in every way that a plugin can.
PLUGIN = '''
import logging, sys, threading, warnings
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery, WebReply


class Loud:
    name, verified = "loud", "stand-in"
    operations = {"shout": {"type": "object", "properties": {"text": {"type": "string"}}}}

    def __init__(self, settings):
        self.settings = settings

    def prepare(self, operation, key, parameters):
        print("prepared", parameters, self.settings["key"])
        return str(parameters).encode()

    def deliver(self, operation, key, wire):
        print("delivered", wire, file=sys.stderr)
        raise ValueError(f"{wire!r} with {self.settings['key']}")

    def fetch(self, cursor):
        raise RuntimeError("KANARIE", self.settings["key"], "hemmelig kvidren 71999942")

    def health(self):
        return f"not well: {self.settings['key']}"

    def web(self, request):
        if request.path == "no":
            return WebReply(403, b"no", reason="wrong secret")
        raise ValueError(f"{request.body!r} {self.settings['key']}")


@hookimpl
def register_channels(settings):
    return [Loud(settings.get("loud", {}))]


@hookimpl
def case_stepped(case_id, number, sequence, command):
    raise ValueError("hemmelig kvidren")


def crash(request):
    words = "Kanariefuglsang 71999942 pip-secret-4711"

    def boom():
        raise ValueError(words)

    thread = threading.Thread(target=boom)
    thread.start()
    thread.join()
    logging.getLogger("loud").error("it broke for %s", words)
    try:
        boom()
    except ValueError:
        logging.getLogger("loud").exception("it broke for %s", words)
    warnings.warn(words)
    raise KeyError(words)


def broken(request):
    """From here on the house itself is broken, with a customer's name in its fault."""
    def language(self):
        raise ValueError("Kanariefuglsang 71999942 pip-secret-4711")

    type(request.app).language = property(language)
    return request.markup("<p>broken</p>")


@hookimpl
def register_pages():
    return {"crash": crash, "broken": broken}
'''


def settings(smtp: int, folder: Path, more: str) -> str:
    return (
        f'store = "sqlite:cases.db"\nlanguage = "en"\n{more}'
        f'[channels.mail]\nmode = "real"\nhost = "127.0.0.1"\nport = {smtp}\ntls = "none"\n'
        f'sender = "Desk <desk@small.example>"\ninbox = {{kind = "maildir", path = "{folder / "box"}"}}\n'
        '[channels.sms]\nmode = "real"\nurl = "http://127.0.0.1:9/rest"\ntoken = "${env:WIRE_TOKEN}"\nsender = "4571999900"\n'
        '[channels.loud]\nmode = "real"\nkey = "${env:LOUD_KEY}"\n[web]\nlisten = "127.0.0.1:0"\n'
        '[access]\n"user.manage" = ["lead"]\n"token.manage" = ["lead"]\n'
    )


def until(test: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """What `test` gives once that is true; looked at ever and again."""
    end = time.monotonic() + seconds
    while not (found := test()):
        assert time.monotonic() < end, f"it never came to it: {what}"
        time.sleep(0.02)
    return found


class CanaryHouse:
    """The workspace, served by a real process with its host."""

    number: int
    door: int
    pages: list[bytes]

    def __init__(self, folder: Path, smtp: int, more: str = "", *options: str) -> None:
        self.folder = folder
        self.env = {"LOUD_KEY": SECRET, "WIRE_TOKEN": WIRE}
        (folder / "procedures" / "letter").mkdir(parents=True)
        (folder / "plugins").mkdir()
        for part in ("new", "cur", "tmp"):
            (folder / "box" / part).mkdir(parents=True)
        (folder / "procflow.toml").write_text(settings(smtp, folder, more))
        (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION.lstrip())
        (folder / "procedures" / "letter" / "procedure.yaml").write_text(PROCEDURE.lstrip())
        (folder / "plugins" / "loud.py").write_text(PLUGIN)
        self.call("check", rc=0)
        self.call("user", "add", "anna", typed=PASSWORD + "\n", rc=0)
        said = self.call("token", "add", "anna", "--everything", "--name", "canary", "--json", rc=0)
        self.token = str(json.loads(said.stdout)["result"]["token"])
        self.served = Served(folder, *options, person="anna", env=self.env)

    def call(self, *args: str, rc: int | None = None, typed: str = "") -> Any:
        done = started(args, self.folder, {**os.environ, **self.env, "PROCFLOW_AS": "anna"}, typed)
        assert rc in (None, done.returncode), done.stdout + done.stderr
        return done

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = None if body is None else json.dumps(body).encode()
        status, _, answer = self.served.ask(
            method, f"/api/{path}", sent, content_type="application/json", authorization=f"Bearer {self.token}", **headers
        )  # fmt: skip
        return status, json.loads(answer) if answer else None

    def page(self, path: str) -> bytes:
        """What whoever shows the token is shown, where something is wrong."""
        status, _, body = self.served.get(path, authorization=f"Bearer {self.token}")
        assert status >= 400, (path, status)
        return body

    def ask_door(self, path: str, body: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.door, timeout=30)
        connection.request("POST", path, body.encode())
        status = connection.getresponse().status
        connection.close()
        return status

    def until_ready(self, status: int) -> None:
        until(lambda: self.served.get("/health/ready")[0] == status, f"health {status}")

    def lay(self, id: str, text: str) -> None:
        """Lay a customer's mail into the Maildir."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"] = f"{NAME} <{MAIL}>", "desk@small.example"
        mail["Subject"], mail["Message-ID"] = f"{NAME}, {ADDRESS}", f"<{id}@private.example>"
        mail.set_content(text)
        file = self.folder / "box" / "tmp" / id
        file.write_bytes(mail.as_bytes())
        file.rename(self.folder / "box" / "new" / id)

    def events(self, name: str, **fields: Any) -> list[dict[str, Any]]:
        return [one for one in self.served.log() if one["event"] == name and fields.items() <= one.items()]

    def told(self, name: str, **fields: Any) -> list[dict[str, Any]]:
        """The events of that name with these fields, once there are any."""
        found: list[dict[str, Any]] = until(lambda: self.events(name, **fields), f"{name} {fields}")
        return found


def found_in(content: bytes, words: tuple[str, ...]) -> Iterator[str]:
    """Those words that stand somewhere in these bytes, however they are written."""
    plain = content.lower()
    for word in words:
        ways = {
            word,
            word.replace(" ", ""),
            word.replace(" ", "%20"),
            word.replace(" ", "+"),
            json.dumps(word)[1:-1],
        }
        if any(way.lower().encode(code) in plain for way in ways for code in ("utf-8", "utf-16-le")):
            yield word
