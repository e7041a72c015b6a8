"""`procflow audit`: the record verified."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session


@click.command()
@COMMON
def command() -> None:
    """Verify every journal, chain, seal and piece of evidence. Ends with 1 when something does not hold."""
    s = session()
    report = s.app.audit()
    result = {"ok": report.ok, "counts": dict(report.counts), "findings": [str(f) for f in report.findings]}

    def text() -> str:
        counts = ", ".join(f"{name} {count}" for name, count in report.counts.items())
        lines = [str(finding) for finding in report.findings]
        return "\n".join([*lines, counts, "The record is whole." if report.ok else "The record does not hold."])

    s.show(result, text)
    if not report.ok:
        raise SystemExit(1)
