"""The tutorial's plugin: `hello.say` writes a line to a file. Load it with `--plugins-dir`.

    do: [{hello.say: {to: world, text: Good morning}}]

with `[channels.hello]`, `mode = "real"` and `file = "hello.txt"` in procflow.toml.
"""

from collections.abc import Mapping
from typing import Any

from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound


class HelloChannel:
    name = "hello"
    verified = "live"
    fetches = False  # nobody answers
    settings = ("file",)
    operations: Mapping[str, Mapping[str, Any]] = {
        "say": {
            "type": "object",
            "required": ["to", "text"],
            "additionalProperties": False,
            "properties": {"to": {"type": "string"}, "text": {"type": "string"}},
            "x-manual": {"da": "Skriv til {to}: {text}", "en": "Write to {to}: {text}"},
        }
    }

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.file = settings.get("file", "hello.txt")

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The bytes that go out: made once, and the same for every retry."""
        if any(len(parameters[name].splitlines()) > 1 for name in ("to", "text")):
            raise UsageError(
                "text: must be one line, for the file has a line for each", "take the line break out"
            )
        return f"{key}\t{parameters['to']}: {parameters['text']}\n".encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        """Retries come with the same key: a line that is there already is not written again."""
        try:
            with open(self.file, "ab+") as file:
                file.seek(0)
                if any(line.split(b"\t")[0] == key.encode() for line in file):
                    return Delivery("duplicate", {"file": self.file})
                file.write(wire)
        except OSError as why:
            return Delivery("retry", {}, f"{self.file} cannot be written: {why.strerror}")
        return Delivery("done", {"file": self.file})

    def fetch(self, cursor: str) -> tuple[list[Inbound], str]:
        return [], cursor  # nobody answers

    def health(self) -> str:
        return ""


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [HelloChannel(settings.get("hello", {}))]
