"""What of the organisation a proof takes as it stands: parameters, mailboxes, roles and who holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from procflow.core.organisation import Organisation

#: Functions that `Standing` answers.
STANDS = frozenset({"param", "mailbox", "role", "members"})


class Standing:
    """A scope without a case."""

    def __init__(self, organisation: Organisation | None) -> None:
        self.organisation = organisation
        self.zone = organisation.zone if organisation is not None else "UTC"
        self.members: Mapping[str, tuple[str, ...]] = organisation.members if organisation is not None else {}

    def name(self, name: str) -> Any:
        raise KeyError(name)

    def call(self, function: str, args: Sequence[Any]) -> Any:
        if self.organisation is None or function not in STANDS:
            raise KeyError(function)
        first = args[0] if args else ""
        word = str(first.get("role") or first.get("id") if isinstance(first, Mapping) else first)
        if function == "param":
            return self.organisation.parameters.get(word)
        if function == "mailbox":
            return self.organisation.mailboxes.get(word)
        if function == "role":
            return {"role": word}
        persons = self.organisation.persons
        return tuple(persons[name] for name in self.members.get(word, ()))
