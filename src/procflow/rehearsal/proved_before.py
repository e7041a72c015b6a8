"""What was proved before and is unchanged since: kept in `.procflow/proved.json` of the workspace.

A proof is found again by the hash of all that it hangs on: procflow's own code and its plugins', the settings, the
organisation, types and tables, the procedure, and the procedures that open or signal it or are invoked by it, and
theirs. Where it is only those others that changed, it still holds if it would take the same of them (`proof.taken`).
Only what is wholly proved is kept; a way that was tried in the engine is tried anew. A file that is not there, or
cannot be read or written, is nothing lost. It must not know the command line.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import MsgspecError, convert, to_builtins

from procflow.core.procedure import FORMAT, Procedure
from procflow.definitions.checks.others import openings_by, signals_in
from procflow.definitions.sources import (
    FOLDER,
    SETTINGS,
    document_paths,
    list_on_disk,
    read_on_disk,
    relative,
)
from procflow.errors import NotFound, StorageError
from procflow.proof.composing import Composition
from procflow.proof.proving import Proof
from procflow.proof.standing import Standing
from procflow.proof.taken import Taken, stands
from procflow.proof.verdicts import PROVED, Verdict

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents
    from procflow.plugins import Plugins

_FILE = os.path.join(".procflow", "proved.json")


class ProvedBefore:
    """The proofs kept in one workspace."""

    def __init__(self, folder: str, plugins: Plugins) -> None:
        self.folder, self.plugins = folder, plugins
        self._kept = _read(os.path.join(folder, _FILE))
        #: As they are before anything is read: who adds a file meanwhile adds it to the next proof.
        self._names = [relative(path, folder) for path in list_on_disk(os.path.join(folder, FOLDER))]

    @cached_property
    def code(self) -> str:
        """The hash of what proves."""
        return _code_of(self.plugins)

    def learn(self) -> None:
        """Work out what will be asked for anyway."""
        self.code  # noqa: B018

    def everything(self) -> dict[str, Proof] | None:
        """Every procedure of the workspace with its proof, where not one file is another one since; else None.

        Nothing is parsed for it.
        """
        if self._kept.get("whole") != self._whole(self._on_disk):
            return None
        try:
            return {name: _proof(name, facts) for name, facts in self._kept["proofs"].items()}
        except (KeyError, TypeError, ValueError, MsgspecError):
            return None

    def those_of(self, documents: Documents) -> dict[str, Proof]:
        """The procedures that were proved, and lean on nothing that is another one since."""
        kept, held = self._kept.get("proofs", {}), _Held(documents)
        found = {}
        for name, key in self._keys(documents).items():
            with suppress(KeyError, TypeError, ValueError, MsgspecError):
                facts = kept[name]
                proof = _proof(name, facts)
                if facts["key"] == key.whole or (facts["own"] == key.own and held.still(proof)):
                    found[name] = proof
        return found

    def keep(self, documents: Documents, proofs: Iterable[Proof]) -> None:
        """Keep what is wholly proved, beside what was kept of others and is asked again when it is wanted."""
        keys = self._keys(documents)
        new: dict[str, Mapping[str, Any]] = {
            name: facts
            for name, facts in self._kept.get("proofs", {}).items()
            if name in keys and isinstance(facts, dict) and facts.get("own") == keys[name].own
        }
        for proof in proofs:
            new.pop(proof.procedure, None)
            key = keys.get(proof.procedure)
            if key is not None and _is_clean(proof):
                new[proof.procedure] = {"key": key.whole, "own": key.own, **_facts(proof)}
        sure = {name for name, facts in new.items() if facts.get("key") == keys[name].whole}
        whole = sure == documents.procedures.keys() and not any(p.is_error for p in documents.problems)
        now = self._whole(lambda path: documents.sources.get(path) or self._on_disk(path)) if whole else ""
        self._kept = {"whole": now, "proofs": dict(sorted(new.items()))}
        _write(os.path.join(self.folder, _FILE), self._kept)

    def _whole(self, bytes_of: Callable[[str], bytes | None]) -> str:
        """Of every document's bytes, and the names of all files beside them, for a document may name one. Of what was
        proved they are those that were read then: a file may be another one by now."""
        parts = [self.code, *self._names]
        for path in (SETTINGS, *(path for path, _ in document_paths(self.folder))):
            content = bytes_of(path)
            parts.append(f"{path} is not there" if content is None else _hash([path, content]))
        return _hash(parts)

    def _on_disk(self, path: str) -> bytes | None:
        try:
            return read_on_disk(os.path.join(self.folder, path))
        except (NotFound, StorageError):
            return None

    def _keys(self, documents: Documents) -> dict[str, _Key]:
        """For each good procedure, what its proof hangs on."""
        good = documents.good_procedures
        shared = [SETTINGS] + [p for p, (kind, _) in sorted(documents.named.items()) if kind in _SHARED]
        base = _hash([self.code, *(documents.sources.get(path, b"") for path in shared)])
        leans = leaning(good)
        own = {name: _hash([base, name, documents.sources[p.path]]) for name, p in good.items()}
        return {name: _Key(own[name], _hash(own[other] for other in sorted(leans[name]))) for name in good}


class _Key(NamedTuple):
    """Hashes of what the proof of a procedure hangs on: of what is its own, and with all that it leans on."""

    own: str
    whole: str


class _Held:
    """Of proofs whether they hold although procedures changed that they lean on."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    @cached_property
    def _composition(self) -> Composition:
        documents = self._documents
        return Composition(documents.good_procedures, Standing(documents.organisation, documents.tables))

    def still(self, proof: Proof) -> bool:
        """Whether the proof would take the same of the others now."""
        procedure = self._documents.procedures[proof.procedure]
        return proof.taken is not None and stands(proof.taken, procedure, self._composition)


_SHARED = frozenset({"organisation", "types", "tables"})


def leaning(procedures: Mapping[str, Procedure]) -> dict[str, frozenset[str]]:
    """For each procedure those that its proof hangs on, itself included."""
    beside: dict[str, set[str]] = {name: {name} for name in procedures}
    for name, procedure in procedures.items():
        for opened, _ in openings_by(procedure):
            if opened in beside:
                beside[opened].add(name)
        for signalled, _, _ in signals_in(procedure):
            if signalled in beside:
                beside[signalled].add(name)
        for state in procedure.states:
            if state.invoke is not None and state.invoke.procedure in beside:
                beside[name].add(state.invoke.procedure)
    found = {}
    for name in procedures:
        seen, todo = {name}, [name]
        while todo:
            new = beside[todo.pop()] - seen
            seen |= new
            todo += new
        found[name] = frozenset(seen)
    return found


def _is_clean(proof: Proof) -> bool:
    return not proof.findings and not proof.left and all(v.verdict == PROVED for v in proof.verdicts)


def _facts(proof: Proof) -> dict[str, Any]:
    promises = [[v.promise, *v.at, v.states] for v in proof.verdicts]
    # the engine was asked, which runs the others too
    taken = None if proof.suspected else to_builtins(proof.taken)
    return {
        "path": proof.path, "promises": promises, "assumptions": list(proof.assumptions),
        "states": proof.states, "steps": proof.steps, "taken": taken,
    }  # fmt: skip


def _proof(name: str, facts: Mapping[str, Any]) -> Proof:
    verdicts = tuple(
        Verdict(str(promise), PROVED, (int(line), int(column)), states=int(states))
        for promise, line, column, states in facts["promises"]
    )
    assumptions = tuple(map(str, facts["assumptions"]))
    return Proof(
        name, str(facts["path"]), verdicts, (), assumptions, int(facts["states"]), int(facts["steps"]), False,
        taken=convert(facts["taken"], Taken | None),
    )  # fmt: skip


def _code_of(plugins: Plugins) -> str:
    """Of procflow's code, and of the plugins' with all that they bring."""
    parts = [f"format {FORMAT}", *_sources(Path(__file__).resolve().parents[1])]
    for name, loaded in sorted(plugins.loaded.items()):
        source = loaded.source
        module = getattr(loaded.plugin, "__file__", None) or source.file
        parts.append(f"{name} {source.version} {source.module}")
        if module:
            place = Path(module)
            parts += _sources(place.parent) if place.name == "__init__.py" else [_hash([place.read_bytes()])]
    parts.append(json.dumps(plugins.operations(), sort_keys=True, default=dict))
    return _hash(parts)


def _sources(folder: Path) -> list[str]:
    """Each Python file of a package, with its hash."""
    return [
        _hash([str(path.relative_to(folder)), path.read_bytes()]) for path in sorted(folder.rglob("*.py"))
    ]


def _hash(parts: Iterable[str | bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        whole.update(len(content).to_bytes(8, "big") + content)
    return whole.hexdigest()


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            kept = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) and isinstance(kept.get("proofs"), dict) else {}


def _write(path: str, kept: Mapping[str, Any]) -> None:
    """Whole, or not at all; that it cannot be written costs time and nothing else."""
    beside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(kept, file, ensure_ascii=False, separators=(",", ":"))
        os.replace(beside, path)
    except OSError:
        return
