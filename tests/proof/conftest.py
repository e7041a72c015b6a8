"""Proofs of procedures written as text, over the bench's organisation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of, name_in
from procflow.proof.proving import Proof, prove_all
from procflow.rehearsal.bench import ORGANISATION


def _proof_of(text: str, *others: str, organisation: str = ORGANISATION, budget: int = 20_000) -> Proof:
    overlook = [code for code in CODES if "PF246" <= code < "PF300"]
    documents = documents_of(text, *others, organisation=organisation, overlook=overlook)
    (proof,) = prove_all(documents.procedures, documents.organisation, [name_in(text)], budget)
    return proof


@pytest.fixture
def proof_of() -> Callable[..., Proof]:
    """The proof of the first procedure among the others. What the checker says about its sense is not looked at."""
    return _proof_of


@pytest.fixture
def verdicts() -> Callable[..., dict[str, str]]:
    """promise -> verdict."""
    return lambda *texts, **more: {v.promise: v.verdict for v in _proof_of(*texts, **more).verdicts}


@pytest.fixture
def found() -> Callable[..., set[tuple[str, str]]]:
    """(kind, what) of everything that was found unasked."""
    return lambda *texts, **more: {(f.kind, f.what) for f in _proof_of(*texts, **more).findings}
