"""`procflow audit`: the record verified."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session
from procflow.views.audit import audit_view, finding_in_words

_WORDS = {
    "en": {"whole": "The record is whole.", "broken": "The record does not hold."},
    "da": {
        "whole": "Journalen er hel.",
        "broken": "Journalen holder ikke.",
        "cases": "sager",
        "steps": "trin",
        "entries": "poster",
        "accesses": "adgange",
        "seals": "segl",
        "files": "filer",
        "erased": "slettet",
    },
}


@click.command()
@COMMON
def command() -> None:
    """Verify every journal, chain, seal and piece of evidence. Ends with 1 when something does not hold."""
    s = session()
    if s.there:
        view = s.there.get("/audit")
    else:
        s.app.allow("audit.read")
        view = audit_view(s.app.audit())
    w = _WORDS.get(s.language, _WORDS["en"])

    def text() -> str:
        counts = ", ".join(f"{w.get(name, name)} {count}" for name, count in view["counts"].items())
        lines = [finding_in_words(finding) for finding in view["findings"]]
        return "\n".join([*lines, counts, w["whole"] if view["whole"] else w["broken"]])

    s.show(view, text, ok=view["whole"])
    if not view["whole"]:
        raise SystemExit(1)
