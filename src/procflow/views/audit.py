"""Whether the record holds, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from procflow.stored import ORGANISATION

if TYPE_CHECKING:
    from procflow.records.audit import AuditReport


def audit_view(report: AuditReport) -> dict[str, Any]:
    findings = [
        {
            "place": "the organisation's journal" if f.case_id == ORGANISATION else f.place,
            "case": f.case or None, "step": f.sequence or None, "words": f.words,
        }
        for f in report.findings
    ]  # fmt: skip
    return {
        "whole": report.is_whole,
        "counts": dict(report.counts),
        "findings": findings,
        "seal": report.last_seal,
    }


def finding_in_words(finding: Mapping[str, Any]) -> str:
    """One of its findings on one line."""
    where = f"case {finding['case']}" if finding["case"] else finding["place"]
    return f"{where}{f', step {step}' if (step := finding['step']) else ''}: {finding['words']}"
