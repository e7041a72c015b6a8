"""`procflow audit`: the record verified."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session
from procflow.core.regex import regex
from procflow.errors import UsageError
from procflow.views.audit import audit_view, finding_in_words

_A_HASH = regex("[0-9a-f]{64}")
_WORDS = {
    "en": {
        "whole": "The record is whole.",
        "broken": "The record does not hold.",
        "seal": "The last seal is {seal}. Keep it elsewhere: `procflow audit --seal` proves by it that nothing up to it was written anew.",
    },
    "da": {
        "whole": "Journalen er hel.",
        "broken": "Journalen holder ikke.",
        "seal": "Det sidste segl er {seal}. Gem det et andet sted: `procflow audit --seal` beviser med det, at intet indtil det er skrevet om.",
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
@click.option(
    "--seal",
    metavar="HASH",
    default="",
    help="The last seal of an earlier audit, kept elsewhere; it must be in the record.",
)
@click.option(
    "--verifier",
    is_flag=True,
    help="Print a program of some hundred lines that proves the chains of a store by itself, for an outsider to read and run.",
)
@COMMON
def command(seal: str, verifier: bool) -> None:
    """Verify every journal, chain, seal and piece of evidence, and what the store keeps beside them. Ends with 1 when
    something does not hold."""
    if verifier:
        _print_verifier()
        return
    if seal and not _A_HASH.fullmatch(seal):
        raise UsageError(
            "--seal is not the hash of a seal", "give the 64 letters and digits that an earlier audit told"
        )
    s = session()
    if s.there:
        view = s.there.get("/audit", {"seal": seal} if seal else None)
    else:
        s.app.allow("audit.read")
        view = audit_view(s.app.audit(seal))
    w = s.words(_WORDS)

    def text() -> str:
        counts = ", ".join(f"{w.get(name, name)} {count}" for name, count in view["counts"].items())
        lines = [finding_in_words(finding) for finding in view["findings"]]
        last = [w["seal"].format(seal=view["seal"])] if view["whole"] and view["seal"] else []
        return "\n".join([*lines, counts, w["whole"] if view["whole"] else w["broken"], *last])

    s.show(view, text, ok=view["whole"])
    if not view["whole"]:
        raise SystemExit(1)


def _print_verifier() -> None:
    """It shares no code with procflow, so nothing of a workspace is needed for it."""
    from importlib.resources import files

    text = files("procflow.records").joinpath("verifier.py").read_text(encoding="utf-8")
    session().show({"verifier": text}, text.removesuffix("\n"))
