"""The tutorial's plugin: `hello.say` writes a line to a file. Load it with `--plugins-dir`.

    do: [{hello.say: {to: world, text: Good morning}}]

with `[channels.hello]`, `mode = "real"` and `file = "hello.txt"` in procflow.toml.
"""

from procflow.hookspecs import hookimpl
from procflow.ports import Delivery


class HelloChannel:
    name = "hello"
    verified = "live"
    operations = {  # noqa: RUF012
        "say": {
            "type": "object",
            "required": ["to", "text"],
            "additionalProperties": False,
            "properties": {"to": {"type": "string"}, "text": {"type": "string"}},
        }
    }

    def __init__(self, settings):
        self.file = settings.get("file", "hello.txt")

    def prepare(self, operation, key, parameters):
        """The bytes that go out: made once, and the same for every retry."""
        words = " ".join(parameters["text"].split())
        return f"{key}\t{parameters['to']}: {words}\n".encode()

    def deliver(self, operation, key, wire):
        """Retries come with the same key: a line that is there already is not written again."""
        with open(self.file, "ab+") as file:
            file.seek(0)
            if any(line.split(b"\t")[0] == key.encode() for line in file):
                return Delivery("duplicate", {"file": self.file})
            file.write(wire)
        return Delivery("done", {"file": self.file})

    def fetch(self, cursor):
        return [], cursor  # nobody answers

    def health(self):
        return ""


@hookimpl
def register_channels(settings):
    return [HelloChannel(settings.get("hello", {}))]
