"""`procflow audit`: the record verified."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session

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
    s.app.allow("audit.read")
    report = s.app.audit()
    w = _WORDS.get(s.language, _WORDS["en"])
    findings = [
        {"place": f.place, "case": f.case or None, "step": f.sequence or None, "words": f.words}
        for f in report.findings
    ]
    result = {"whole": report.is_whole, "counts": dict(report.counts), "findings": findings}

    def text() -> str:
        counts = ", ".join(f"{w.get(name, name)} {count}" for name, count in report.counts.items())
        lines = [str(finding) for finding in report.findings]
        return "\n".join([*lines, counts, w["whole"] if report.is_whole else w["broken"]])

    s.show(result, text, ok=report.is_whole)
    if not report.is_whole:
        raise SystemExit(1)
