"""What a seal holds: the heads of the cases that changed, as lines of text that anybody can read and check."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from procflow.errors import StorageError

#: The access log's place among the heads, in place of a case's id.
ACCESS_LOG = "access-log"


class Heads(Struct, frozen=True):
    """`at` in microseconds of UTC; `upto` is the last journal row that was looked at; (case, sequence, head)."""

    at: int
    upto: int
    heads: tuple[tuple[str, int, bytes], ...]


def write_heads(at: int, upto: int, heads: Iterable[tuple[str, int, bytes]]) -> bytes:
    lines = [f"{at} {upto}"]
    lines += [f"{case_id} {sequence} {head.hex()}" for case_id, sequence, head in heads]
    return "\n".join(lines).encode()


def read_heads(content: bytes) -> Heads:
    """Raises StorageError when the content is not what `write_heads` gives."""
    try:
        first, *lines = content.decode().split("\n")
        at, upto = first.split(" ")
        heads = []
        for line in lines:
            case_id, sequence, head = line.split(" ")
            heads.append((case_id, int(sequence), bytes.fromhex(head)))
        return Heads(int(at), int(upto), tuple(heads))
    except ValueError as why:
        raise StorageError(f"a seal's content is damaged: {why}", hint="run: procflow audit") from why
