"""`procflow restore COPY [INTO]`: a workspace brought back from a copy, and proved."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session
from procflow.cli.style import wrapped
from procflow.core.counted import count_in
from procflow.errors import UsageError

_WORDS = {
    "en": {
        "back": "Brought back to {folder}, as it was on {at}.", "good": "The copy of {at} can be relied on.",
        "whole": "The record is whole: {cases:case}, {steps:step}, {files:file}.", "broken": "The record does not hold.",
        "waiting": "Waiting there to go out: {channels}. What went out after the copy was made goes out again when a host starts. With mode = \"manual\" for a channel in procflow.toml it becomes an item for the owner instead.",
    },
    "da": {
        "back": "Lagt tilbage i {folder}, som det var {at}.", "good": "Kopien fra {at} kan bruges.",
        "whole": "Journalen er hel: {cases:case}, {steps:step}, {files:file}.", "broken": "Journalen holder ikke.",
        "waiting": "Der venter på at gå ud: {channels}. Hvad der gik ud, efter kopien blev lavet, går ud igen, når en vært startes. Med mode = \"manual\" for en kanal i procflow.toml bliver det i stedet et punkt hos ejeren.",
    },
}  # fmt: skip


@click.command()
@click.argument("copy", type=click.Path())
@click.argument("into", required=False, default="", type=click.Path())
@click.option("--keys", default="", metavar="FILE", help="Where the keys are, if they were kept apart.")
@click.option("--check", is_flag=True, help="Only prove that the copy can be brought back; nothing is kept.")
@COMMON
def command(copy: str, into: str, keys: str, check: bool) -> None:
    """Bring a workspace back from COPY to the new or empty folder INTO, compare every byte, and verify the record.

    Nothing is ever written over. Ends with 1 when something does not hold.
    """
    from procflow.app.copies import bring_back, prove

    if check == bool(into):
        raise UsageError(
            "either name a folder to bring it back to, or --check", "procflow restore COPY FOLDER"
        )
    s = session()
    copied, report, waiting = prove(copy, keys) if check else bring_back(copy, into, keys)
    w = s.words(_WORDS)
    findings = [str(finding) for finding in report.findings]

    def text() -> str:
        told = w["good" if check and report.is_whole else "back"].format(folder=into or copy, at=copied.at)
        counts = {name: count_in(s.language, number) for name, number in report.counts.items()}
        proved = w["whole"].format(**counts) if report.is_whole else w["broken"]
        channels = ", ".join(f"{channel} {count}" for channel, count in waiting.items())
        again = wrapped(w["waiting"].format(channels=channels), "", "    ") if waiting and not check else ()
        return "\n".join([told, *findings, proved, *again])

    result = {
        "folder": into or None, "at": copied.at, "whole": report.is_whole, "counts": dict(report.counts),
        "findings": findings, "waiting": dict(waiting),
    }  # fmt: skip
    s.show(result, text, ok=report.is_whole)
    if not report.is_whole:
        raise SystemExit(1)
