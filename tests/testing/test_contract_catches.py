"""The contract of channels is tried itself: for each clause a channel that is wrong in just that, made of the template.

A wrong channel is the template's text with one place changed, so that nothing but the fault is wrong.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from procflow.plugins import load_plugins
from procflow.shipped import make_plugin
from procflow.testing.channel_desk import ChannelDesk, place
from procflow.testing.contract_of_channels import clauses
from procflow.testing.finding_peers import peer_of

CHANNEL, SERVICE, PEER = "__init__.py", "service.py", "peer.py"


@dataclass(frozen=True)
class Wrong:
    """In `file` of the template `old` is `new`: the clause that names `clause` must be broken, with `words`."""

    clause: str
    words: str
    file: str
    old: str
    new: str
    more: tuple[tuple[str, str, str], ...] = ()  # further places: file, old, new
    before: tuple[tuple[str, str, str], ...] = ()  # what is added to the template first, without a fault


def after(line: str, *more: str) -> tuple[str, str]:
    """A line, and the line with more below it."""
    return line, "\n".join([line, *more])


#: A channel that hands over under another reference each time, and says of its operation that it answers, so that the
#: house asks again.
_ASK = '            answer = ask(self._settings, "POST", "/messages", wire, {"Idempotency-Key": key})'
_NEW_REFERENCES = (
    '            self.tries = getattr(self, "tries", 0) + 1\n'
    "            again = wire.replace(key.encode(), f\"{key}.{self.tries} {__import__('os').getpid()}\".encode())\n"
    '            answer = ask(self._settings, "POST", "/messages", again)'
)
_ANSWERS = (
    CHANNEL,
    '    "additionalProperties": False,\n',
    '    "additionalProperties": False,\n    "x-result": {"type": "object"},\n',
)
_SENDS_EARLY = (
    "    def prepare(self",
    "    def normalise(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:\n"
    '        ask(self._settings, "POST", "/messages", self.prepare(operation, str(self.now), parameters))\n'
    "        return parameters\n\n    def prepare(self",
)

#: The template with an operation that brings an answer, and with files that go along.
_LOOK = (
    (
        CHANNEL,
        'operations: Mapping[str, Mapping[str, Any]] = {"send": SEND}',
        'operations: Mapping[str, Mapping[str, Any]] = {"send": SEND, "look": {**SEND, "x-result": {"type": "object",\n'
        '        "required": ["where"], "properties": {"where": {"type": "string", "minLength": 1}}}}}',
    ),
    (
        CHANNEL,
        '        """done with the service\'s id; failed for what it refuses; retry for all that may pass."""',
        '        if operation == "look":\n            return self._look()',
    ),
    (
        CHANNEL,
        "    def health(self) -> str:",
        "    def _look(self) -> Delivery:\n        try:\n            answer = ask(self._settings, 'GET', '/where')\n"
        "        except NotReached as why:\n            return Delivery('retry', {}, str(why))\n"
        "        if answer.status != 200 or not answer.content.get('where'):\n"
        "            return Delivery('retry', {}, 'the service did not say where')\n"
        "        where = answer.content['where']\n"
        "        return Delivery('done', {'where': where})\n\n    def health(self) -> str:",
    ),
    (
        PEER,
        "        if body:\n",
        '        if path.startswith("/where"):\n            return 200, {"where": "Ærø"}\n        if body:\n',
    ),
    (
        PEER,
        "    def reached(self)",
        "    def questions(self):\n        from procflow.testing import Question\n\n"
        "        return [Question('look', self.parameters('x'), {'where': 'Ærø'})]\n\n"
        "    def others(self):\n        return {'look': self.parameters('x')}\n\n    def reached(self)",
    ),
)
_FILES = (
    (
        CHANNEL,
        '        "text": {"type": "string", "minLength": 1, "description": "What it says."},\n',
        '        "text": {"type": "string"},\n        "files": {"type": "array", "items": {"type": "object",\n'
        '            "properties": {"name": {"type": "string"}, "content": {"type": "string"}}}},\n',
    ),
    (CHANNEL, '"reference": key}', '"reference": key, "files": list(parameters.get("files") or ())}'),
    (
        PEER,
        "        return [Reached(text, reference) for reference, text in list(self.taken.items())]",
        "        import base64\n\n        files = getattr(self, 'files', {})\n        return [\n"
        "            Reached(text, ref, [(f['name'], base64.b64decode(f['content'])) for f in files.get(ref, ())])\n"
        "            for ref, text in list(self.taken.items())\n        ]\n\n"
        "    def attaching(self, text, files):\n        return {**self.parameters(text), 'files': list(files)}",
    ),
    (
        PEER,
        "            message = json.loads(body)\n",
        "            message = json.loads(body)\n"
        "            self.files = {**getattr(self, 'files', {}), message['reference']: message['files']}\n",
    ),
)

WRONG = {
    # sending
    "sends twice": Wrong(
        "a text reaches the outside once", "2 times", CHANNEL,
        *after('            answer = ask(self._settings, "POST", "/messages", wire, {"Idempotency-Key": key})',
               '            ask(self._settings, "POST", "/messages", wire.replace(key.encode(), key.encode() + b"b"))')),
    "loses and says done": Wrong(
        "a text reaches the outside once", "never reached", CHANNEL,
        *after('        """done with the service\'s id; failed for what it refuses; retry for all that may pass."""',
               '        return Delivery("done", {"id": "1"})')),
    "cuts long texts": Wrong(
        "a long text arrives whole", "nr ", CHANNEL,
        'text = str(parameters["text"])', 'text = str(parameters["text"])[:50_000]'),
    "cuts unicode": Wrong(
        "every letter of every script arrives or", "but there came", CHANNEL,
        'text = str(parameters["text"])', 'text = str(parameters["text"]).encode("latin-1", "replace").decode("latin-1")'),
    "composes letters": Wrong(
        "every letter of every script arrives or", "but there came", CHANNEL,
        'text = str(parameters["text"])', 'text = __import__("unicodedata").normalize("NFC", str(parameters["text"]))'),
    "refuses without words": Wrong(
        "a long text arrives whole", "without words", CHANNEL,
        'raise UsageError(f"text: has {len(text)} letters; at most {LONGEST} are taken", "make it shorter")',
        'raise UsageError("no")'),
    "ends a text at a line end": Wrong(
        "a control character neither adds nor ends", "came as", CHANNEL,
        'text = str(parameters["text"])', 'text = str(parameters["text"]).split("\\r\\n")[0]'),
    "one message for each line": Wrong(
        "a control character neither adds nor ends", "messages of one", PEER,
        '            self.taken.setdefault(message["reference"], message["text"])',
        '            for n, line in enumerate(message["text"].split("\\r\\n")):\n'
        '                self.taken.setdefault(f"{message[\'reference\']}{n or \'\'}", line)'),
    "one reference for all": Wrong(
        "two texts under two keys", "1 came", CHANNEL, '"reference": key}', '"reference": "r"}'),
    "mixes up what it does at once": Wrong(
        "many at once arrive each once", "", CHANNEL,
        '        message = {"to": parameters["to"], "text": text, "reference": key}\n',
        '        self.text = text\n        __import__("time").sleep(0.01)\n'
        '        message = {"to": parameters["to"], "text": self.text, "reference": key}\n',
        ((CHANNEL, "    fetch_every = 10.0\n", "    fetch_every = 10.0\n    at_once = 8\n"),)),
    "sends when it prepares": Wrong(
        "preparing reaches nobody", "", CHANNEL,
        *after('        text = str(parameters["text"])', '        not_reached(self._settings)')),
    "forgets what waits when another goes first": Wrong(
        "of two the later may go first", "", CHANNEL,
        'return Delivery("retry", {}, said, answer.retry_after)', 'return Delivery("done", {}, said, answer.retry_after)'),
    "another reference for each try": Wrong("an answer that gets lost", "come as several", CHANNEL, _ASK, _NEW_REFERENCES),
    "sends a key that it has sent again": Wrong(
        "the same key delivered twice", "sent again", CHANNEL, _ASK, _NEW_REFERENCES, (_ANSWERS,)),
    "sends again after a death": Wrong(
        "a host that dies after", "2 times", CHANNEL, _ASK, _NEW_REFERENCES, (_ANSWERS,)),
    # trouble
    "swallows time-outs": Wrong(
        "who answers nothing is given up", "the channel says 'done'", CHANNEL,
        'return Delivery("retry", {}, str(why))', 'return Delivery("done", {"id": "?"})'),
    "lets Python's own error out": Wrong(
        "who is not there is asked again", "no word for a person", CHANNEL,
        'return Delivery("retry", {}, str(why))', "raise SystemExit(3)"),
    "waits for ever": Wrong(
        "who answers nothing is given up", "did not cope", SERVICE, 'float(settings.get("timeout") or TIMEOUT))', "600.0)"),
    "has no patience": Wrong(
        "who answers late is waited for", "retry", SERVICE, 'float(settings.get("timeout") or TIMEOUT))', "0.1)"),
    "gives up the busy": Wrong(
        "who is busy is asked again", "'failed'", CHANNEL,
        "if answer.status in PASSING or not 400 <= answer.status < 500:", "if answer.status in PASSING:"),
    "gives up who is away": Wrong(
        "who is not there is asked again", "'failed'", CHANNEL,
        'return Delivery("retry", {}, str(why))', 'return Delivery("failed", {}, str(why))'),
    "raises": Wrong(
        "who is not there is asked again", "says nothing", CHANNEL,
        '            return Delivery("retry", {}, str(why))', '            return Delivery("retry")'),
    "asks for ever who refuses": Wrong(
        "who refuses is not asked again", "waiting", CHANNEL,
        'return Delivery("failed", {}, said)', 'return Delivery("retry", {}, said)'),
    "fails without words": Wrong(
        "who refuses is not asked again", "no reason", CHANNEL,
        'return Delivery("failed", {}, said)', 'return Delivery("failed", {})'),
    "asks again at once": Wrong(
        "tries come ever more seldom", "do not grow", CHANNEL,
        'return Delivery("retry", {}, said, answer.retry_after)', 'return Delivery("retry", {}, said, 1.0)'),
    "says done for half an answer": Wrong(
        "half an answer", "'done'", CHANNEL,
        'return Delivery("retry", {}, "the service gave no id: it is asked again under the same key")',
        'return Delivery("done", {"id": "?"})'),
    "takes nonsense for a yes": Wrong(
        "nonsense is no answer", "'done'", CHANNEL,
        'return Delivery("retry", {}, str(why))', 'return Delivery("done", {"id": "?"})'),
    "says done for a doubled answer that it never sent": Wrong(
        "an answer said twice", "nothing reached", CHANNEL,
        *after('        """done with the service\'s id; failed for what it refuses; retry for all that may pass."""',
               '        return Delivery("done", {"id": "1"})')),
    "never gets over a fault": Wrong(
        "after every trouble the next text", "after", CHANNEL,
        '            return Delivery("retry", {}, str(why))',
        '            self._settings = {"url": "http://127.0.0.1:9"}\n            return Delivery("retry", {}, str(why))'),
    "is always well": Wrong(
        "health says in words", "all is well", CHANNEL, "return not_reached(self._settings)", 'return ""'),
    "is never well": Wrong(
        "health says in words", "all is well", CHANNEL, "return not_reached(self._settings)", 'return "it is Monday"'),
    # answers and files
    "answers something else": Wrong(
        "every operation that brings an answer", "the answer is", CHANNEL,
        "        where = answer.content['where']\n", "        where = 'Fyn'\n", before=_LOOK),
    "answers what its schema does not allow": Wrong(
        "every operation that brings an answer", "does not allow", CHANNEL,
        "        where = answer.content['where']\n", "        where = 17\n", before=_LOOK),
    "has no question for its answer": Wrong(
        "every operation that brings an answer", "asks none; the operations with x-result are `look`", PEER,
        "        return [Question('look', self.parameters('x'), {'where': 'Ærø'})]", "        return []", before=_LOOK),
    "answers once only": Wrong(
        "what was asked can be asked again", "answers", CHANNEL,
        "        return Delivery('done', {'where': where})\n",
        "        asked = __import__('pathlib').Path('asked')\n"
        "        where = 'I said so' if asked.exists() else where\n        asked.touch()\n"
        "        return Delivery('done', {'where': where})\n", before=_LOOK),
    "makes an answer up": Wrong(
        "without an answer nothing is made up", "no answer came", CHANNEL,
        "            return Delivery('retry', {}, str(why))\n",
        "            return Delivery('done', {'where': 'unknown'})\n", before=_LOOK),
    "drops files": Wrong(
        "files arrive with their names", "there came []", CHANNEL, 'list(parameters.get("files") or ())', "[]", before=_FILES),
    "renames files": Wrong(
        "files arrive with their names", "there came", CHANNEL, 'list(parameters.get("files") or ())',
        '[{**f, "name": f["name"].encode("ascii", "ignore").decode()} for f in parameters.get("files") or ()]', before=_FILES),
    "changes line ends in files": Wrong(
        "files arrive with their names", "there came", PEER, "base64.b64decode(f['content'])",
        "base64.b64decode(f['content']).replace(b'\\r\\n', b'\\n')", before=_FILES),
    "takes files and nobody tries it": Wrong(
        "files arrive with their names", "`send` takes files", PEER,
        "        return {**self.parameters(text), 'files': list(files)}", "        return None", before=_FILES),
    # messages in
    "takes everything again after a restart": Wrong(
        "a letter stays taken", "2 times", CHANNEL,
        'return [self._message(each) for each in found], str(answer.content.get("cursor") or cursor)',
        'process = __import__("os").getpid()\n'
        '        return [self._message({**each, "id": f"{each[\'id\']} {process}"}) for each in found], ""'),
    "forgets its place and names letters by when it looked": Wrong(
        "a lost or strange cursor", "times", CHANNEL,
        'external_id=str(given["id"]),', 'external_id=f"{given[\'id\']} {self.now}",'),
    "takes away what it fetched": Wrong(
        "fetched and not yet stored comes again", "never taken", PEER,
        'return 200, {"messages": portion, "cursor": str(start + len(portion))}',
        'self.letters = self.letters[len(portion):]\n        return 200, {"messages": portion, "cursor": "0"}'),
    "keeps its own place": Wrong(
        "fetched and not yet stored comes again", "never taken", CHANNEL,
        '        after = f"?{urlencode({\'after\': cursor})}" if cursor else ""',
        '        place = __import__("pathlib").Path("place")\n'
        '        cursor = place.read_text() if place.exists() else ""\n'
        '        after = f"?{urlencode({\'after\': cursor})}" if cursor else ""\n'
        '        place.write_text(str(ask(self._settings, "GET", f"/messages{after}").content.get("cursor")))'),
    "names letters anew at each look": Wrong(
        "stored before its place was kept", "2 times", CHANNEL,
        'external_id=str(given["id"]),', 'external_id=f"{given[\'id\']} {self.now}",'),
    "chokes on a strange cursor": Wrong(
        "a lost or strange cursor", "never taken", CHANNEL,
        '        after = f"?{urlencode({\'after\': cursor})}" if cursor else ""',
        '        after = f"?{urlencode({\'after\': int(cursor)})}" if cursor else ""'),
    "tells a doubled letter twice": Wrong(
        "told twice is one", "times", PEER,
        'self.letters.append({"id": letter.id,', 'self.letters.append({"id": f"{letter.id} {len(self.letters)}",'),
    "passes old letters by": Wrong(
        "out of order", "never taken", CHANNEL,
        "        return [self._message(each) for each in found], ",
        '        self.newest = getattr(self, "newest", "")\n'
        '        found = [each for each in found if each["at"] >= self.newest]\n'
        '        self.newest = max([self.newest, *(each["at"] for each in found)])\n'
        "        return [self._message(each) for each in found], "),
    "takes a portion only": Wrong(
        "many letters after a weekend", "never taken", CHANNEL,
        "[self._message(each) for each in found]", "[self._message(each) for each in found[:40]]"),
    "reads letters badly": Wrong(
        "every letter of every script and a long", "read", CHANNEL,
        'text=str(given["text"]),', 'text=str(given["text"]).encode("latin-1", "replace").decode("latin-1"),'),
    "reads the beginning of a letter": Wrong(
        "every letter of every script and a long", "read", CHANNEL,
        'text=str(given["text"]),', 'text=str(given["text"])[:10_000],'),
    "keeps no bytes": Wrong(
        "a letter is taken once and whole", "", CHANNEL,
        'received=datetime.fromisoformat(str(given["at"])).astimezone(UTC),', "received=self.now,"),
    "does not say who wrote": Wrong(
        "a letter is taken once and whole", "nobody is said", CHANNEL, 'sender=str(given["from"]),', 'sender="",'),
    "is silent about the line": Wrong(
        "trouble on the line", "nobody is told", CHANNEL,
        "raise PluginError(str(why)) from why", "return [], cursor"),
    "skips what it could not read": Wrong(
        "trouble on the line", "never taken", CHANNEL,
        '        try:\n            answer = ask(self._settings, "GET", f"/messages{after}")\n'
        "        except NotReached as why:\n            raise",
        '        if getattr(self, "lost", False) and cursor:\n'
        '            self.lost, after = False, f"?after={int(cursor) + 1}"\n'
        '        try:\n            answer = ask(self._settings, "GET", f"/messages{after}")\n'
        "        except NotReached as why:\n            self.lost = True\n            raise"),
    # honesty
    "says its secret": Wrong(
        "secrets show nowhere whatever", "took it out", CHANNEL,
        'return Delivery("retry", {}, str(why))', 'return Delivery("retry", {}, f"{why} with {self._settings[\'token\']}")'),
    "says its secret as HTTP's Basic sends it": Wrong(
        "secrets show nowhere whatever", "took it out", CHANNEL,
        'return Delivery("retry", {}, str(why))',
        'basic = __import__("base64").b64encode(f"user:{self._settings[\'token\']}:".encode()).decode()\n'
        '            return Delivery("retry", {}, f"{why} to Basic {basic}")'),
    "says its secret when it is unwell": Wrong(
        "secrets show nowhere whatever", "took it out", SERVICE,
        'return f"the service at {where.netloc} cannot be reached: {_said(why)}"',
        'return f"{settings} cannot be reached: {_said(why)}"'),
    "prints its secret": Wrong(
        "secrets show nowhere whatever", "took it out", CHANNEL,
        *after('        """done with the service\'s id; failed for what it refuses; retry for all that may pass."""',
               '        print("token", self._settings["token"])')),
    "writes its secret to a file": Wrong(
        "secrets show nowhere whatever", "shows", CHANNEL,
        *after('        """done with the service\'s id; failed for what it refuses; retry for all that may pass."""',
               '        open("debug.log", "a").write(str(dict(self._settings)))')),
    "has its secret in the settings": Wrong(
        "secrets show nowhere whatever", "does not refer", PEER, '"token": "${env:PIGEON_TOKEN}"', '"token": _TOKEN'),
    "prints": Wrong(
        "a channel prints nothing", "printed", CHANNEL,
        *after('        """done with the service\'s id; failed for what it refuses; retry for all that may pass."""',
               '        print("on its way")')),
    "prints half a line to the error output": Wrong(
        "a channel prints nothing", "printed", CHANNEL,
        *after('        """done with the service\'s id; failed for what it refuses; retry for all that may pass."""',
               '        __import__("sys").stderr.write(wire.decode())')),
    "says that it is live": Wrong(
        "it is verified as it says", "live", CHANNEL, 'verified = "stand-in"', 'verified = "live"'),
    "does not load without settings": Wrong(
        "loads without settings", "", CHANNEL, 'PigeonChannel(settings.get("pigeon", {}))',
        'PigeonChannel(settings["pigeon"] if settings["pigeon"]["url"] else {})'),
    "does not say what is missing": Wrong(
        "loads without settings", "health says", CHANNEL,
        "return f\"procflow.toml: channels.pigeon: {' and '.join(missing)} missing\"", 'return "something is missing"'),
    "passes misspelt parameters by": Wrong(
        "wrong parameters are refused", "misspelt", CHANNEL, '    "additionalProperties": False,\n', ""),
    "requires nothing": Wrong(
        "wrong parameters are refused", "required", CHANNEL, '    "required": ["to", "text"],\n', ""),
    "leaves out what the lines can do": Wrong(
        "what cannot be tried has its reason", "may be left out", PEER,
        *after('    kind = "stand-in"', '    cannot = {"silent": "nobody here is ever silent"}')),
    "leaves out without a reason": Wrong(
        "what cannot be tried has its reason", "why", PEER, *after('    kind = "stand-in"', '    cannot = {"busy": "no"}')),
    "writes what it was told to a file": Wrong(
        "a secret that the other side repeats", "shows", CHANNEL,
        *after('        said = f"the service answered {answer.status}: {answer.words}"',
               '        open("debug.log", "a").write(said)')),
    # by hand
    "sends what is to be a file": Wrong("into a file there is one", "all the same", CHANNEL, *_SENDS_EARLY),
    "says the same in both languages": Wrong(
        "by hand a person reads", "both languages", CHANNEL, '"da": "Send med pigeon til {to}:', '"da": "Send by pigeon to {to}:'),
    "does not say what to send": Wrong(
        "by hand a person reads", "do not say", CHANNEL, '"en": "Send by pigeon to {to}:\\n{text}"', '"en": "Send it to {to}"'),
}  # fmt: skip


#: What the house sees to, so that no channel can break it.
HOUSE_S_OWN = (
    "by hand it is a person's task and nothing goes out",
    "a secret that is not set is said by its name and costs a retry",
    "switched off nothing goes out and the case is told so",
)


def desk_of(folder: Path, name: str, wrong: Wrong | None) -> ChannelDesk:
    """A desk for a channel of this name, made of the template with one fault."""
    sources = folder / f"procflow-{name}"
    make_plugin(name, str(sources))
    if wrong is not None:
        for place_, *texts in (*wrong.before, (wrong.file, wrong.old, wrong.new), *wrong.more):
            file = sources / "src" / f"procflow_{name}" / place_
            text = file.read_text(encoding="utf-8")
            old, new = (
                each.replace("PIGEON", name.upper())
                .replace("Pigeon", name.capitalize())
                .replace("pigeon", name)
                for each in texts
            )
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {place_}"
            file.write_text(text.replace(old, new), encoding="utf-8")
    found = load_plugins([sources], {name: {"url": "x"}}, shipped=False).channels[name]
    peer = peer_of(found)()
    peer.plugins_dir = str(sources)
    return ChannelDesk(peer, folder)


@pytest.fixture
def folder(tmp_path_factory):
    import tempfile

    with tempfile.TemporaryDirectory(prefix="wrong-", dir=place()) as made:
        yield Path(made)


@pytest.mark.parametrize("fault", WRONG)
def test_a_channel_that(fault, folder, monkeypatch):
    wrong = WRONG[fault]
    if fault == "waits for ever":
        monkeypatch.setattr("procflow.testing.channel_desk.PATIENT", (30, 4))
    (ask,) = [ask for sentence, ask in clauses(real=True) if wrong.clause in sentence]
    desk = desk_of(folder, f"wrong{os.getpid()}n{list(WRONG).index(fault)}", wrong)
    try:
        with pytest.raises(Exception) as broken:
            ask(desk)
        assert wrong.words in str(broken.value), str(broken.value)
        assert not isinstance(broken.value, KeyError | AttributeError), broken.value
    finally:
        desk.close()


@pytest.mark.parametrize("added", [_LOOK, _FILES], ids=["an answer", "files"])
def test_the_template_with_more_in_it_keeps_the_clauses_about_that(added, folder):
    """So that what is found above is the fault and not what was added."""
    first, *rest = added
    sound = Wrong("", "", *first, more=tuple(rest))
    desk = desk_of(folder, f"sound{os.getpid()}n{len(added)}{added[0][2][-1] == '}'}".lower(), sound)
    try:
        for sentence, ask in clauses(real=True):
            if any(words in sentence for words in ("answer", "asked again", "files", "by hand")):
                ask(desk)
    finally:
        desk.close()


def test_a_channel_that_never_ends_is_told_after_its_first_call_and_asked_no_further(folder, monkeypatch):
    monkeypatch.setattr("procflow.testing.channel_desk.PATIENT", (0.2, 0.3))
    head = "    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:"
    waits = ((CHANNEL, "import hashlib\n", "import hashlib\nimport threading\n"),)
    wrong = Wrong("", "", CHANNEL, head, f"{head}\n        threading.Event().wait(600)", more=waits)
    desk = desk_of(folder, f"hangs{os.getpid()}", wrong)
    try:
        with pytest.raises(AssertionError, match="the other side was there and well, and yet"):
            desk.until_answered(desk.send(desk.text()))
        with pytest.raises(AssertionError, match="not asked any more"):
            desk.letter()
    finally:
        desk.close()


def test_every_clause_is_broken_by_some_channel_that_is_wrong():
    sentences = [sentence for sentence, _ in clauses(real=True)]
    broken = {sentence for sentence in sentences if any(each.clause in sentence for each in WRONG.values())}
    assert {sentence for sentence in sentences if sentence not in broken} == set(HOUSE_S_OWN)


BY_HAND = """
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery
from procflow.testing import Peer


class Pigeon:
    name = "NAME"
    verified = "stand-in"
    modes = ("manual", "file", "off")
    operations = {"send": {
        "type": "object", "required": ["text"], "additionalProperties": False,
        "properties": {"text": {"type": "string"}},
        "x-manual": {"da": "Send {text}.", "en": "Send this: {text}."},
    }}

    def prepare(self, operation, key, parameters): return b""
    def deliver(self, operation, key, wire): return Delivery("manual")
    def fetch(self, cursor): return [], cursor
    def health(self): return ""


@hookimpl
def register_channels(): return [Pigeon()]


class Nobody(Peer):
    channel = "NAME"
    def settings(self, through): return {}
    def parameters(self, text): return {"text": text}
    def reached(self): return []
    def behave(self, how, words=""): pass
"""


def test_a_channel_that_is_only_worked_by_hand_must_not_look_as_if_it_were_spoken_to(folder):
    """Each fault breaks its clause, and without one all clauses hold."""
    faults = {
        "": ("", ""),
        "it has no mode real": ('modes = ("manual", "file", "off")', 'modes = ("real", "manual")'),
        "it says that it was only tried": ('verified = "stand-in"', 'verified = "recorded"'),
        "wrong parameters are refused": (' "additionalProperties": False,', ""),
        "by hand a person reads": ('"da": "Send {text}."', '"da": "Send."'),
    }
    for number, (clause, (old, new)) in enumerate(faults.items()):
        name = f"hand{os.getpid()}n{number}"
        place_ = folder / name
        place_.mkdir()
        (place_ / f"{name}.py").write_text(
            BY_HAND.replace("NAME", name).replace(old, new) if old else BY_HAND.replace("NAME", name)
        )
        plugins = load_plugins([place_], shipped=False)
        peer = next(v for k, v in vars(plugins.loaded[name].plugin).items() if k == "Nobody")()
        peer.plugins_dir = str(place_)
        desk = ChannelDesk(peer, folder / f"{name}-desk")
        try:
            broken = []
            for sentence, ask in clauses(real=False):
                try:
                    ask(desk)
                except AssertionError:
                    broken.append(sentence)
        finally:
            desk.close()
        assert [clause in sentence for sentence in broken] == ([True] if clause else []), (clause, broken)
