"""Proofs of procedures written as text, over the bench's organisation; and the corpus, read once in a process."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpus import Case

from procflow.app import check_given
from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of, name_in
from procflow.definitions.workspace import Documents
from procflow.proof.proving import Proof, prove_all
from procflow.rehearsal.bench import ORGANISATION

_READ: dict[str, Documents] = {}


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Documents]:
    """Reads and checks a case of the corpus in a workspace of its own; it takes ten times as long as to prove it."""

    def of(case: Case) -> Documents:
        if case.name not in _READ:
            desk = case.workspace(tmp_path_factory.mktemp("corpus") / case.name)
            _READ[case.name] = check_given((str(desk),), ())
        return _READ[case.name]

    return of


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
