"""The contract of pushed messages is tried itself: for each clause a channel that is wrong in just that."""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from procflow.ports import WebRequest
from procflow.testing import PushedContract, Pusher
from procflow.testing.clauses_pushed import Pushed, PushedDesk

RIGHT = """
import hashlib, hmac, json
from procflow.errors import PluginError
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery, Inbound, WebReply

class Shop:
    name, verified, operations, now = "NAME", "stand-in", {}, None
    seen = 0
    def __init__(self, settings):
        self.settings = settings
    def prepare(self, operation, key, parameters): return b""
    def deliver(self, operation, key, wire): return Delivery("done")
    def fetch(self, cursor): return [], cursor
    def health(self): return ""
    def web(self, request):
        if request.method != "POST" or request.path != "in":
            return WebReply(404)
        secret = self.settings["secret"]
        right = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, request.headers.get("x-hand", "").encode("ascii", "replace").decode()):
            return WebReply(401, b"not signed", reason="wrong signature")
        content = json.loads(request.body)
        message = Inbound("NAME", content["id"], "NAME", "shop", "", self.now, text=content["text"], raw=request.body)
        return WebReply(200, b"ok", messages=[message])

@hookimpl
def register_channels(settings):
    return [Shop(settings.get("NAME", {}))]
"""
#: What is wrong -> (the clause that must be broken, its words, what stands there, what stands there instead).
WRONG = {
    "acknowledges and keeps nothing": (
        "what_is_acknowledged", "not stored", "messages=[message])", "messages=[])"),
    "cuts": ("what_is_acknowledged", "written was", 'text=content["text"]', 'text=content["text"][:12]'),
    "keeps nobody's name": ("what_is_acknowledged", "nobody is said", '"NAME", "shop"', '"NAME", ""'),
    "answers with nothing that is an answer": (
        "what_is_acknowledged", "answered 503: the plugin", "WebReply(200, b\"ok\", messages=[message])", "(200, b\"ok\")"),
    "cannot say when it came": (
        "every_letter", "`received` is not an instant with a zone", '"shop", "", self.now', '"shop", "", self.now.replace(tzinfo=None)'),
    "refuses a copy": (
        "what_is_pushed_again", "for ever", '        content = json', (
            "        self.seen += 1\n"
            '        if self.seen > 1:\n            return WebReply(409, b"known")\n        content = json')),
    "takes copies": (
        "what_is_pushed_again", "times", '        content = json',
        "        self.seen += 1\n        import os; own = f'{os.getpid()} {self.seen}'\n        content = json", ),
    "names what comes by the clock": (
        "what_is_pushed_again", "times", 'Inbound("NAME", content["id"]', 'Inbound("NAME", str(self.now)'),
    "remembers on its own what it has not seen stored": (
        "what_cannot_be_stored", "not stored", "        message = Inbound(",
        "        with open('seen', 'a+') as seen:\n            seen.seek(0)\n            known = content['id'] in seen.read()\n"
        "            seen.write(content['id'])\n        if known:\n            return WebReply(200)\n"
        "        message = Inbound("),
    "believes everybody": ("what_somebody_else", "is answered 200", "if not hmac", "if False and not hmac"),
    "keeps still about forgers": ("what_somebody_else", "nobody in the house", ', reason="wrong signature"', ""),
    "knows ASCII only": (
        "every_letter", "written was", 'text=content["text"]',
        'text=content["text"].encode("ascii", "ignore").decode()'),
    "breaks at nonsense": ("nonsense", "breaks the channel", 'if request.method != "POST" or request.path != "in":',
                           "if request.method != 'POST':\n            raise ValueError(request.method)\n        if False:"),
    "tells the house its secret": (
        "secrets_show", "took it out", 'reason="wrong signature"', "reason=f'signed with {secret}?'"),
    "tells its secret": ("secrets_show", "value of", 'b"not signed"', "self.settings['secret'].encode()"),
}  # fmt: skip
#: No channel can break it: the house looks its secrets up before it is asked.
HOUSE_S_OWN = {"test_without_its_secret_it_takes_nothing"}
_SECRET = "butik-hemmelighed-5"


class Shop(Pusher):
    environment = {"PUSHED_SECRET": _SECRET}  # noqa: RUF012

    def __init__(self, name: str, folder: str) -> None:
        self.channel, self.plugins_dir = name, folder

    def settings(self):
        return {"secret": "${env:PUSHED_SECRET}"}

    def push(self, ask, id, text, now):
        body = json.dumps({"id": id, "text": text}, ensure_ascii=False).encode()
        hand = hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return WebRequest("POST", "in", "", {"x-hand": hand}, body, "192.0.2.1")

    def forge(self, request):
        return structs.replace(request, headers={"x-hand": "0" * 64})


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PushedDesk]:
    """A desk of the right channel, or of one with one place changed."""
    old, new = getattr(request, "param", ("", ""))
    name = f"shop{os.getpid()}n{abs(hash((old, new))) % 10**8}"
    text = RIGHT.replace(old, new) if old else RIGHT
    assert not old or text != RIGHT, f"{old!r} is not there"
    if "own =" in new:
        text = text.replace('content["id"]', 'content["id"] + own')
    text = text.replace("NAME", name)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "desk").mkdir()
    desk = PushedDesk(Shop(name, str(tmp_path / "plugins")), tmp_path / "desk")
    yield desk
    desk.close()


def clause(name: str):
    (found,) = [n for n in vars(Pushed) if n.startswith(f"test_{name}")]
    return getattr(PushedContract(), found)


@pytest.mark.parametrize(
    ("made", "name", "words"),
    [((old, new), name, words) for name, words, old, new in WRONG.values()],
    ids=list(WRONG), indirect=["made"],
)  # fmt: skip
def test_a_channel_that(made, name, words):
    with pytest.raises(AssertionError) as broken:
        clause(name)(made)
    assert words in str(broken.value), str(broken.value)


def test_every_clause_is_broken_by_some_channel_that_is_wrong():
    asked = {n for n in vars(Pushed) if n.startswith("test_")}
    assert {
        n for n in asked if not any(n.startswith(f"test_{each[0]}") for each in WRONG.values())
    } == HOUSE_S_OWN


class TestRight(PushedContract):
    """The channel from which the wrong ones are made keeps the contract, once it also catches nonsense."""

    class pusher(Shop):  # noqa: N801
        def __init__(self) -> None:
            import tempfile

            name = f"right{os.getpid()}"
            self._folder = tempfile.TemporaryDirectory()
            text = RIGHT.replace("NAME", name).replace(
                "        content = json.loads(request.body)\n",
                "        try:\n            content = dict(json.loads(request.body))\n"
                "        except (ValueError, RecursionError):\n            return WebReply(400)\n",
            )
            (Path(self._folder.name) / f"{name}.py").write_text(text, encoding="utf-8")
            super().__init__(name, self._folder.name)
