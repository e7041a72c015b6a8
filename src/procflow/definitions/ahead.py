"""Procedures that are built on another core, while the rest of a workspace is held against its schemas and built here.

What they are built with is taken from the files before anything is known to be good in them; where it proves to be
something else, what was built counts for nothing. It must not know how another core is had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procflow.core.procedure import Field, Procedure
from procflow.definitions.build import build_procedure
from procflow.definitions.documents import build_types, spoken_and_zone
from procflow.definitions.nodes import YMap
from procflow.definitions.workspace import Beside
from procflow.errors import Diagnostic

#: Of all that procedures say, the part that is built elsewhere: here the organisation is built too.
_SHARE = 0.8
#: Bytes of procedures below which another core costs more than it saves.
_ENOUGH = 100_000

_Built = tuple[Procedure | None, list[Diagnostic]]


class Ahead:
    """The last procedures of a workspace, built by `beside` from when this is made."""

    def __init__(
        self,
        trees: Mapping[str, YMap],
        kinds: Mapping[str, str],
        sources: Mapping[str, bytes],
        beside: Beside,
    ) -> None:
        self._trees = dict(trees)
        self._others = {
            kind: [p for p in sorted(trees) if kinds[p] == kind] for kind in ("organisation", "types")
        }
        self._share = _last_of([p for p in sorted(trees) if kinds[p] == "procedure"], sources)
        self._coming: Callable[[], Any] | None = beside(self._build) if self._share else None
        self._with: tuple[dict[str, Field], tuple[str, ...], str] | None = None
        self._built: dict[str, _Built] = {}

    def built(
        self, path: str, types: Mapping[str, Field], languages: Sequence[str], zone: str
    ) -> _Built | None:
        """What `build_procedure` makes of it; None where that was not done, or with something else."""
        if path not in self._share:
            return None
        if self._coming is not None:
            found: tuple[Any, dict[str, _Built]] | None = self._coming()
            self._with, self._built = found if found is not None else (None, {})
            self._coming = None
        return self._built.get(path) if self._with == (types, tuple(languages), zone) else None

    def _build(self) -> tuple[tuple[dict[str, Field], tuple[str, ...], str], dict[str, _Built]]:
        organisation = self._trees[self._others["organisation"][0]]
        languages, zone = spoken_and_zone(organisation)
        types: dict[str, Field] = {}
        for path in self._others["types"]:
            types.update(build_types(self._trees[path], path, languages, zone)[0] or {})
        built = {p: build_procedure(self._trees[p], p, types, languages, zone) for p in self._share}
        return (types, languages, zone), built


def _last_of(paths: Sequence[str], sources: Mapping[str, bytes]) -> frozenset[str]:
    """The last of the procedures, with so much of the text as another core is given."""
    whole = sum(len(sources[path]) for path in paths)
    found: list[str] = []
    left = whole * _SHARE if whole >= _ENOUGH else 0.0
    for path in reversed(paths):
        left -= len(sources[path])
        if left < 0:
            break
        found.append(path)
    return frozenset(found)
