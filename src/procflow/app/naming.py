"""People as whoever asks for something names them: a slip of the pen is not taken for a list without anything."""

from __future__ import annotations

from procflow.core.nearest import did_you_mean
from procflow.core.organisation import Organisation
from procflow.errors import NotFound, words_in_both


def named_person(organisation: Organisation, said: str) -> str:
    """The id of somebody named by their code, in any case of letters. Raises NotFound."""
    found = organisation.person_id(said)
    if found is None:
        near, danish = (did_you_mean(said, organisation.people, language) for language in ("en", "da"))
        shown = said[:40]
        raise NotFound(
            *words_in_both(
                f"nobody here is called {shown!r}", f"ingen her hedder {shown!r}",
                near or "give the code of a person of the organisation",
                danish or "angiv koden for en person i organisationen", reason="person",
            )
        )  # fmt: skip
    return found
