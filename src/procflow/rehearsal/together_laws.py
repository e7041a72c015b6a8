"""What must hold between cases, whatever each of them promises alone (the catalogue's INV-41, INV-42 and INV-43).

A law looks at all cases of a small world at once. It holds for the procedures that name its promise: whoever writes
`inv_42:` among the promises of a procedure has its cases looked at together. It must not know how they came about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from procflow.core.case import Case
from procflow.core.procedure import Procedure


class Law(Struct, frozen=True):
    """`broken` gives the ids of the cases that break it together, the newest last; empty: it is kept.

    `fields` are the data that a procedure must have for its cases to be looked at.
    """

    id: str
    promise: str
    fields: frozenset[str]
    broken: Callable[[Sequence[Case], Mapping[str, Procedure], Mapping[str, Any]], tuple[str, ...]]

    def holds_for(self, procedure: Procedure) -> bool:
        named = any(
            p.name == self.promise or p.name.startswith(f"{self.promise}_") for p in procedure.promises
        )
        return named and self.fields <= procedure.fields.keys()


def _customer(case: Case, procedures: Mapping[str, Procedure]) -> Any:
    return case.data.get(procedures[case.procedure].subject or "kn")


def _one_approacher(
    cases: Sequence[Case], procedures: Mapping[str, Procedure], parameters: Mapping[str, Any]
) -> tuple[str, ...]:
    """At most one open case with `active` for a customer."""
    found: dict[Any, list[str]] = {}
    for case in cases:
        customer = _customer(case, procedures)
        if not case.is_closed and case.data.get("active") is True and customer is not None:
            found.setdefault(customer, []).append(case.id)
    return next((tuple(ids) for ids in found.values() if len(ids) > 1), ())


#: What is let through at once whatever is unhandled.
_AT_ONCE = frozenset({"complaint", "opt_out", "correction"})


def _drip_gate(
    cases: Sequence[Case], procedures: Mapping[str, Procedure], parameters: Mapping[str, Any]
) -> tuple[str, ...]:
    """To one receiver about one customer no more is let through unhandled than the window allows."""
    window = int(parameters.get("drip_window") or 1)
    found: dict[Any, list[str]] = {}
    for case in cases:
        exempt = case.data.get("at_once") is True or case.data.get("kind") in _AT_ONCE
        if not case.is_closed and case.data.get("unhandled") is True and not exempt:
            key = (case.data.get("receiver"), case.data.get("intermediary"), _customer(case, procedures))
            found.setdefault(key, []).append(case.id)
    return next((tuple(ids) for ids in found.values() if len(ids) > window), ())


def _fee_xor_commission(
    cases: Sequence[Case], procedures: Mapping[str, Procedure], parameters: Mapping[str, Any]
) -> tuple[str, ...]:
    """A lead costs one fee at most, and nothing has both a fee and a commission."""
    booked: dict[tuple[str, Any], dict[str, list[str]]] = {}
    for case in cases:
        kind = case.data.get("kind")
        if kind in ("lead_fee", "commission"):
            if case.data.get("lead") is not None and case.data.get("contract") is not None:
                return (case.id,)
            for name in ("lead", "contract"):
                about = case.data.get(name)
                if about is not None:
                    booked.setdefault((name, about), {}).setdefault(str(kind), []).append(case.id)
    for kinds in booked.values():
        if len(kinds) > 1 or len(kinds.get("lead_fee", ())) > 1:
            return tuple(case_id for ids in kinds.values() for case_id in ids)
    return ()


LAWS = (
    Law("OneApproacher", "inv_42", frozenset({"active"}), _one_approacher),
    Law("DripGate", "inv_41", frozenset({"unhandled", "receiver"}), _drip_gate),
    Law("FeeXorCommission", "inv_43", frozenset({"kind"}), _fee_xor_commission),
)
