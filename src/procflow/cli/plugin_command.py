"""`procflow plugin new` and `procflow plugin test`: for those who write plugins."""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, wrapped
from procflow.errors import NotFound, ProcflowError, UsageError

if TYPE_CHECKING:
    from procflow.plugins import LoadedChannel, Plugins
    from procflow.testing.contract_of_channels import Held


@click.group()
@COMMON
def command() -> None:
    """Write a plugin, and try it.

    \b
    procflow plugin new NAME    a distribution with a channel, its other side, tests and README
    procflow plugin test NAME   the contract of channels, clause by clause
    """


@command.command("new")
@click.argument("name")
@click.option("--dir", "folder", metavar="FOLDER", help="Where; else procflow-NAME in the folder you are in.")
@COMMON
def new(name: str, folder: str | None) -> None:
    """Write a distribution for a channel called NAME, whose tests pass as they are.

    It has the entry point, the channel, its other side for the contract, tests and a README.
    """
    from procflow.shipped import distribution_name, make_plugin

    s = session()
    taken = _taken(name)
    if taken:
        raise UsageError(f"a channel cannot be called {name!r}: {taken}", "give it another name")
    place = folder or distribution_name(name)
    made = make_plugin(name, place)
    lines = "\n".join(f"  {each}" for each in made)
    here = f"python -m pytest {place}" if not os.path.isabs(place) else f"cd {place} && python -m pytest"
    s.show({"folder": place, "made": made}, f"{place}:\n{lines}\nNext: {here}")


def _taken(name: str) -> str:
    """Why nobody may have this name any more; "" when it is free."""
    from procflow.core.outside import OWN

    if name in OWN:
        return "it is a word of the language itself"
    found = installed_plugins().channels.get(name)
    return f"it is a channel already, of {found.plugin}" if found is not None else ""


@dataclass
class _Tried:
    """One channel and what the contract says of it."""

    channel: str
    plugin: str
    version: str
    verified: str
    clauses: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    seconds: float = 0.0

    @property
    def broken(self) -> list[dict[str, Any]]:
        return [clause for clause in self.clauses if not clause["holds"]]

    @property
    def keeps(self) -> bool:
        return not self.problem and not self.broken


@command.command("test")
@click.argument("name", required=False)
@click.option("-v", "--verbose", is_flag=True, help="List the clauses that hold, too.")
@click.option("--clause", metavar="WORDS", default="", help="Ask only the clauses with these words in them.")
@COMMON
def test(name: str | None, verbose: bool, clause: str) -> None:
    """Ask the contract of a channel, of the channels of a plugin, or of every channel that is installed.

    NAME is a channel's or a plugin's. The other side is the one that the plugin brings; what it is (live, recorded or
    a stand-in) is said with the result. Ends with 1 where a clause is broken or nobody can try a channel.
    """
    s = session()
    plugins = installed_plugins()
    wanted = _wanted(plugins, name)
    tried: list[_Tried] = []
    for found in wanted:
        one = _try(found, clause)
        tried.append(one)
        if not s.json:
            click.echo("\n".join(_lines(one, verbose)))
    problems = [] if name else [str(problem) for problem in plugins.problems]
    ok = all(one.keeps for one in tried) and not problems
    if s.json:
        s.show({"channels": [asdict(one) for one in tried], "problems": problems}, "", ok=ok)
    elif problems:
        click.echo("\n".join(problems))
    if not ok:
        raise SystemExit(1)


def installed_plugins() -> Plugins:
    """Everything that `--plugins-dir`, the workspace (where there is one) and the installed distributions bring."""
    from procflow.plugins import load_plugins

    s = session()
    folders = list(s.given.get("plugins_dirs") or ())
    with suppress(ProcflowError):  # no workspace is needed to try a plugin
        folders.append(os.path.join(s.folder, "plugins"))
    return load_plugins(folders, installed=True)


def _wanted(plugins: Plugins, name: str | None) -> list[LoadedChannel]:
    """Raises the problem of the plugin that is asked for, and NotFound."""
    from procflow.shipped import distribution_name

    every = [found for _, found in sorted(plugins.channels.items())]
    if name is None:
        return every
    wanted = [found for found in every if name in (found.channel.name, found.plugin)]
    if wanted:
        return wanted
    for problem in plugins.problems:
        if {name, distribution_name(name)} & {problem.facts.get("plugin"), problem.facts.get("channel")}:
            raise problem
    if name in plugins.loaded:
        raise UsageError(
            f"the plugin {name} brings no channel, and the contract is one of channels",
            "`procflow plugins` says what it brings; scenarios of a procedure that uses it try that",
        )
    from procflow.core.nearest import did_you_mean

    known = sorted({*plugins.channels, *(found.plugin for found in every)})
    hint = did_you_mean(name, known)
    if plugins.problems and not hint:
        first = plugins.problems[0]
        hint = f"perhaps it is in what could not be loaded: {first.message}" + (
            f"; {first.hint}" if first.hint else ""
        )
    raise NotFound(f"there is no channel or plugin {name}", hint)


def _try(found: LoadedChannel, clause: str) -> _Tried:
    from procflow.testing.contract_of_channels import ask_all, ask_pushed, told
    from procflow.testing.finding_peers import sides_of

    channel = found.channel
    one = _Tried(channel.name, found.plugin, found.version, channel.verified)
    began = time.monotonic()
    warnings.simplefilter("ignore")  # the other side's own chatter says nothing of the channel
    logging.disable(logging.WARNING)
    side: type = object
    try:
        peers, pushers = sides_of(found)
        if hasattr(channel, "web") and not pushers:
            one.left_out["what is pushed through the web door"] = (
                f"no class of Pusher with channel = {channel.name!r} stands beside its Peer"
            )
        for side in peers:
            peer = side()
            peer.plugins_dir = peer.plugins_dir or _folder(found)
            one.left_out |= dict(peer.cannot)
            asked = ask_all(peer, "real" in found.modes, clause)
            one.clauses += [_shown(held, side.__name__) for held in asked]
        for side in pushers:
            pusher = side()
            pusher.plugins_dir = pusher.plugins_dir or _folder(found)
            one.clauses += [_shown(held, side.__name__) for held in ask_pushed(pusher, clause)]
        if not one.clauses:
            one.problem = f"no clause has the words {clause!r}; `-v` without --clause lists them"
    except ProcflowError as why:
        one.problem = f"{why.message}: {why.hint}" if why.hint else why.message
    except Exception as why:  # the author's side may raise anything where it is made, started or ended
        one.problem = f"its other side {side.__name__} does not start or end: {told(why, side)}"
    one.seconds = round(time.monotonic() - began, 1)
    return one


def _folder(found: LoadedChannel) -> str:
    """The `--plugins-dir` by which the desk of the contract finds this very plugin; "" where it finds it anyway."""
    if found.source.kind in ("installed", "shipped"):
        return ""
    return os.path.dirname(found.where) if found.source.file else found.where


def _shown(held: Held, against: str) -> dict[str, Any]:
    return {"clause": held.clause, "against": against, "holds": held.holds, "why": held.why or None}


def _lines(one: _Tried, verbose: bool) -> Iterator[str]:
    about = f"{one.channel} ({one.plugin} {one.version}".rstrip() + f"), verified {one.verified}"
    if one.problem:
        yield bold(f"{about}: not tried")
        yield from wrapped(one.problem, "    ")
        return
    held = len(one.clauses) - len(one.broken)
    several = len({clause["against"] for clause in one.clauses}) > 1
    yield bold(f"{about}: {held} of {len(one.clauses)} clauses hold ({one.seconds:g} s)")
    for clause in one.clauses:
        words = f"{clause['clause']}" + (f" ({clause['against']})" if several else "")
        if not clause["holds"]:
            yield from wrapped(f"✗ {words}", "  ", "    ")
            yield from wrapped(str(clause["why"]), "      ")
        elif verbose:
            yield from wrapped(f"✓ {words}", "  ", "    ")
    for fault, why in one.left_out.items():
        yield from wrapped(f"· {fault} was not tried: {why}", "  ", "    ")
    if one.verified == "stand-in":
        yield from wrapped(
            "· only against a stand-in: how the other side itself behaves is not known", "  ", "    "
        )
