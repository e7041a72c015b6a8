"""The page docs/reference/channels.md: every channel that comes with procflow, against what its contract was asked, and what
is assumed of its other side and not verified: `python -m procflow.testing.channels_page` in the folder of the sources.

Nothing is asked for it. A test holds the page against what the plugins say of themselves, and each line of its table
against a class in the plugin's own tests, which asks the clauses; so the page cannot claim more than was tried.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from procflow.plugins import LoadedChannel, load_plugins
from procflow.testing.clauses_pushed import Pusher
from procflow.testing.contract_of_channels import clauses, clauses_pushed
from procflow.testing.finding_peers import sides_of
from procflow.testing.peer import Peer

_TOP = """\
# The channels and what they were tried against

Made by `python -m procflow.testing.channels_page`; do not edit.

Each line is one other side, and so many clauses of [the contract of channels](channel-contract.md) that are asked against
it by the tests of the plugin; all of them hold, or the build fails. `procflow plugin test --plugins-dir plugins` asks them
here and now.

*Verified* says how much that means: `live`, the other side itself was there; `recorded`, what it once said; `stand-in`, our
own idea of it, so that how it behaves in truth is not known. What a channel does, and its settings, is told by its README,
below.

| channel | operations | modes | messages in | verified | against | clauses | cannot happen there |
|---|---|---|---|---|---|---|---|
"""
_ASSUMED = re.compile(r"Assumed, not verified:(.*?)(?=\n\n(?!-)|\Z)", re.DOTALL)


def channels(plugins: Path) -> list[LoadedChannel]:
    """What the sources bring. Raises PluginError for what does not load."""
    loaded = load_plugins([str(plugins)], installed=False, shipped=False)
    if loaded.problems:
        raise loaded.problems[0]
    return [found for _, found in sorted(loaded.channels.items())]


def page(plugins: Path) -> str:
    """The whole page, in Markdown."""
    found = channels(plugins)
    rows = "".join(_row(channel, side) for channel in found for side in sides(channel))
    sections = [
        f"### {channel.channel.name}\n\n{_read_on(channel, plugins)}{_about(channel, plugins)}\n"
        for channel in found
    ]
    return f"{_TOP}{rows}\n## Their settings, and what is assumed and not verified\n\n" + "\n".join(sections)


def _read_on(channel: LoadedChannel, plugins: Path) -> str:
    if not (plugins / channel.plugin / "README.md").is_file():
        return ""
    return f"[What it does, and its settings](../../plugins/{channel.plugin}/README.md). Assumed of its other side:\n\n"


def sides(channel: LoadedChannel) -> list[type[Peer] | type[Pusher]]:
    peers, pushers = sides_of(channel)
    return [*peers, *pushers]


def _row(channel: LoadedChannel, side: type[Peer] | type[Pusher]) -> str:
    one = channel.channel
    real = "real" in channel.modes
    if issubclass(side, Peer):
        asked, ways, cannot = len(clauses(real)), ["fetched"] if side.receives else [], ", ".join(side.cannot)
    else:
        asked, ways, cannot = len(clauses_pushed()), [], ""
    if hasattr(one, "web"):
        ways.append("web door")
    about = " ".join((side.__doc__ or "").partition("\n\n")[0].split()).rstrip(".")
    cells = (
        f"`{one.name}`", ", ".join(f"`{name}`" for name in sorted(one.operations)) or "none", ", ".join(channel.modes),
        ", ".join(ways) or "none", one.verified, f"{side.__name__}: {about}" if about else side.__name__, str(asked), cannot,
    )  # fmt: skip
    return "|" + "".join(f" {cell.replace('|', '/')} |" if cell else " |" for cell in cells) + "\n"


def _about(channel: LoadedChannel, plugins: Path) -> str:
    """What the README of a distribution says under "Assumed, not verified"; of one file there is nothing to assume."""
    readme = plugins / channel.plugin / "README.md"
    if not readme.is_file():
        return "Nothing: a file of this machine is the other side."
    said = _ASSUMED.search(readme.read_text(encoding="utf-8"))
    if said is None:
        raise LookupError(f"{readme} does not say what is “Assumed, not verified:”")
    text = said[1].strip()
    if text.startswith("-"):
        points = [" ".join(point.split()) for point in re.split(r"(?m)^- ", text) if point.strip()]
    else:
        points = [" ".join(point.split()) for point in " ".join(text.split()).split("; ")]
    points = [point.rstrip(".;") for point in points]
    return "\n".join(
        textwrap.fill(point, 116, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
        for point in points
    )


if __name__ == "__main__":
    print(page(Path("plugins")), end="")
