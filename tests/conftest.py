"""What tests in several rooms use."""

from typing import Any

import pytest

#: What every procedure of a test begins with.
HEAD = """
procedure: {name}
title: {{en: Trial, da: Prøve}}
owner: lead
starts: [{{by: agent}}]
"""


@pytest.fixture
def bench() -> Any:
    """Makes a bench of a procedure's YAML; what it lacks of name, title, owner and starts is put before it."""

    from procflow.rehearsal.bench import Bench

    def make(body: str, *others: str, name: str = "trial", **options: Any) -> Bench:
        options.setdefault("overlook", ("PF252",))  # many a trial has no end
        return Bench(whole(body, name), *others, **options)

    return make


def whole(body: str, name: str = "trial") -> str:
    """A procedure's YAML with its head."""
    lines = [line for line in HEAD.format(name=name).splitlines() if line]
    wanted = [line for line in lines if f"\n{line.split(':')[0]}:" not in f"\n{body}"]
    return "\n".join([*wanted, body])
