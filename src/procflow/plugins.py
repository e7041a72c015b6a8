"""Finds, loads and checks plugins. One `Plugins` for each application; nothing here is kept for the process.

A plugin that raises when it is imported, misspells a hook, registers a name twice or answers nonsense is an
entry in `problems` that names it; the others go on. It must not know what channels and functions do.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from procflow import hookspecs
from procflow.core.nearest import did_you_mean
from procflow.errors import PluginError
from procflow.hookspecs import HOOKS, PROJECT
from procflow.plugin_checks import (
    MODES,
    NAMED,
    WITHOUT_SETTINGS,
    channel_problem,
    kind_of,
    named_problem,
    not_imported,
    one_line,
    stands_twice,
    unfit,
    verdicts,
)
from procflow.plugin_finding import in_folder, installed_ones, shipped_folder
from procflow.plugin_guard import LOADING, TooLong, guarded, pure, without
from procflow.plugin_source import PluginSource
from procflow.plugin_trace import print_answer, print_call
from procflow.ports import Channel

if TYPE_CHECKING:
    from procflow.definitions.workspace import Installed

#: Hooks whose functions run in our own process, in a step.
_PURE = ("register_functions", "register_evidence_checks", "register_calendars", "register_assignment_rules")


@dataclass(frozen=True, slots=True)
class LoadedChannel:
    """A channel and the plugin that brought it."""

    channel: Channel
    plugin: str
    where: str
    version: str
    source: PluginSource

    @property
    def modes(self) -> tuple[str, ...]:
        return tuple(getattr(self.channel, "modes", MODES))

    @property
    def settings(self) -> tuple[str, ...] | None:
        """The names of the settings that it reads, those in a table of their own with a dot; None where it says none."""
        named = getattr(self.channel, "settings", None)
        return tuple(named) if isinstance(named, tuple | list) else None


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    source: PluginSource
    plugin: Any
    hooks: tuple[str, ...]


@dataclass
class Plugins:
    """The plugins of one application, loaded; `problems` says what is wrong with those that are left out."""

    settings: Mapping[str, Mapping[str, Any]]
    trace: bool = False
    loaded: dict[str, LoadedPlugin] = field(default_factory=dict)
    channels: dict[str, LoadedChannel] = field(default_factory=dict)
    problems: list[PluginError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._answers: dict[str, dict[str, Any]] = {}
        self._owners: dict[str, dict[str, str]] = {}
        if self.trace:
            self._manager.add_hookcall_monitoring(print_call, print_answer)

    # what they add

    def operations(self) -> dict[str, Mapping[str, Any]]:
        """ "mail.send" -> the JSON Schema of its parameters, for every channel; sorted."""
        return {
            f"{name}.{operation}": schema
            for name, found in sorted(self.channels.items())
            for operation, schema in sorted(found.channel.operations.items())
        }

    def results(self) -> dict[str, Mapping[str, Any]]:
        """ "vehicle_register.lookup" -> the JSON Schema of its result, for operations that answer later."""
        return {
            name: schema["x-result"] for name, schema in self.operations().items() if "x-result" in schema
        }

    def functions(self) -> dict[str, Callable[..., Any]]:
        return self._named("register_functions")

    def evidence_checks(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        return self._named("register_evidence_checks")

    def calendars(self) -> dict[str, Callable[[int], Mapping[str, str]]]:
        return self._named("register_calendars")

    def assignment_rules(self) -> dict[str, Callable[..., str | None]]:
        return self._named("register_assignment_rules")

    def brought(self) -> Installed:
        """What all of them bring to documents, as `read_workspace` and `Begun` take it."""
        return {
            "operations": self.operations(), "functions": self.functions(),
            "evidence_channels": tuple(self.evidence_checks()), "rules": self.assignment_rules(),
            "calendars": self.calendars(),
            "settings": {name: found.settings for name, found in self.channels.items()},
        }  # fmt: skip

    def stores(self) -> dict[str, Callable[..., Any]]:
        return self._named("register_stores")

    def pages(self) -> dict[str, Callable[..., Any]]:
        return self._named("register_pages")

    def exporters(self) -> dict[str, Callable[..., Any]]:
        return self._named("register_exporters")

    def commands(self) -> dict[str, Any]:
        """name -> click command."""
        if "register_commands" not in self._answers:
            taken: dict[str, tuple[str, Any]] = {}
            for plugin, answer in self._ask("register_commands"):
                if not isinstance(answer, list) or not all(getattr(item, "name", None) for item in answer):
                    self._blame(plugin, "answered register_commands with no list of commands")
                    continue
                self._merge("register_commands", plugin, [(item.name, item) for item in answer], taken)
            self._answers["register_commands"] = {name: item for name, (_, item) in taken.items()}
        return self._answers["register_commands"]

    def case_stepped(self, case_id: str, number: int, sequence: int, command: str) -> None:
        """Tell every observer; what one raises is kept in `problems` and hurts nobody."""
        for _ in self._ask(
            "case_stepped", case_id=case_id, number=number, sequence=sequence, command=command
        ):
            pass

    def listing(self) -> list[dict[str, Any]]:
        """Every plugin with where it comes from and what it registers, every hook asked; for `procflow plugins`."""
        for hook in NAMED:
            self._named(hook)
        return [
            {
                "name": name,
                "version": found.source.version,
                "kind": found.source.kind,
                "where": found.source.where,
                "hooks": list(found.hooks),
                "channels": [
                    {
                        "name": channel,
                        "operations": sorted(each.channel.operations),
                        "verified": each.channel.verified,
                        "modes": list(each.modes),
                    }
                    for channel, each in sorted(self.channels.items())
                    if each.plugin == name
                ],
                "brings": {
                    hook.removeprefix("register_"): found_there
                    for hook, owners in self._owners.items()
                    if (found_there := sorted(word for word, owner in owners.items() if owner == name))
                },
            }
            for name, found in sorted(self.loaded.items())
        ]

    # loading

    def add(self, source: PluginSource) -> None:
        """Load one plugin; what is wrong with it goes to `problems`. One whose name is loaded is passed by."""
        twice = stands_twice((each.source for each in self.loaded.values()), source)
        if twice is not None:
            if twice:
                self._blame(source.name, *twice)
            return
        try:
            with guarded(LOADING) as seen:
                plugin = source.load()
        except PluginError as why:
            self.problems.append(why)
            return
        except TooLong:
            hangs = f"hangs when it is imported from {source.where}: it had {LOADING:g} seconds"
            self._blame(source.name, hangs)
            return
        except (Exception, SystemExit) as why:
            self._blame(source.name, *not_imported(source, why))
            return
        for words in seen.words("when it is imported"):
            self._blame(source.name, words)
        self.register(source, plugin)

    def register(self, source: PluginSource, plugin: Any) -> None:
        """Check the hooks of a loaded plugin, then take what it registers."""
        hooks = self._hooks_of(source.name, plugin)
        if hooks is None:
            return
        try:
            self._manager.register(plugin, name=source.name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as why:
            if self._manager.has_plugin(source.name):
                self._manager.unregister(name=source.name)
            self._blame(source.name, *unfit(plugin, why))
            return
        self.loaded[source.name] = LoadedPlugin(source, plugin, tuple(sorted(hooks)))
        if "register_channels" in hooks:
            self._take_channels(source)

    def _hooks_of(self, name: str, plugin: Any) -> set[str] | None:
        hooks: set[str] = set()
        for attribute, value in inspect.getmembers(plugin):
            marked = getattr(value, f"{PROJECT}_impl", None)
            if attribute in HOOKS and marked is None and inspect.isfunction(value):
                self._blame(name, f"has {attribute} without a mark", "put @hookimpl above it")
                return None
            if not isinstance(marked, Mapping):
                continue
            hook = str(marked.get("specname") or attribute)
            if hook not in HOOKS:
                self._blame(name, f"marks {hook} as a hook, but there is no hook of that name",
                            did_you_mean(hook, HOOKS), hook=hook)  # fmt: skip
                return None
            hooks.add(hook)
        if not hooks:
            self._blame(name, "has no hook", "mark at least one function with @hookimpl")
            return None
        return hooks

    def _take_channels(self, source: PluginSource) -> None:
        for _, answer in self._ask("register_channels", source.name, settings=self.settings):
            if not isinstance(answer, list | tuple):
                self._drop(source.name, f"answered register_channels with {kind_of(answer)}, not a list")
                return
            names: set[str] = set()
            for channel in answer:
                wrong = channel_problem(channel)
                if not wrong and channel.name in names:
                    wrong = f"registers the channel {channel.name} twice"
                if wrong:
                    self._drop(source.name, wrong)
                    return
                names.add(channel.name)
            for channel in answer:
                if channel.name in self.channels:
                    other = self.channels[channel.name].plugin
                    self._blame(source.name, f"registers the channel {channel.name}, which {other} already has",
                                "load only one of them", channel=channel.name, other=other)  # fmt: skip
                    continue
                self.channels[channel.name] = LoadedChannel(
                    channel, source.name, source.where, source.version, source
                )

    def _drop(self, name: str, what: str) -> None:
        self._blame(name, what)
        self._manager.unregister(name=name)
        self.loaded.pop(name, None)

    def _blame(self, plugin: str, what: str, hint: str = "", **facts: str) -> None:
        """Once for each fault, and without the secrets of the settings."""
        secrets = [
            secret for table in self.settings.values() for secret in getattr(table, "secrets", tuple)()
        ]
        said = without(f"the plugin {plugin} {what}", secrets)[0]
        if said not in {problem.message for problem in self.problems}:
            self.problems.append(PluginError(said, hint, {"plugin": plugin, **facts}))

    # asking

    def _ask(self, hook: str, only: str = "", **given: Any) -> Iterator[tuple[str, Any]]:
        """(plugin, answer) of each plugin that has the hook; each is asked alone, so that one cannot hurt the rest."""
        having = [each.plugin for each in self._caller(hook).get_hookimpls()]
        everyone = self._manager.list_name_plugin() if having else []
        for name, plugin in everyone:
            if plugin is None or not any(each is plugin for each in having):
                continue
            if only and name != only:
                continue
            others = [each for other, each in everyone if other != name and each is not None]
            try:
                with guarded(LOADING) as seen:
                    answers = self._manager.subset_hook_caller(hook, others)(**given)
            except TooLong:
                self._blame(name, f"hangs in {hook}: it had {LOADING:g} seconds", hook=hook)
                continue
            except (Exception, SystemExit) as why:
                hint = WITHOUT_SETTINGS if hook == "register_channels" else ""
                self._blame(name, f"raised {type(why).__name__} in {hook}: {one_line(why)}", hint, hook=hook)
                continue
            for words in seen.words(f"in {hook}"):
                self._blame(name, words, hook=hook)
            if not answers and hook != "case_stepped":
                answers = [None]  # pluggy leaves it out: whoever forgot to return something is told
            for answer in answers:
                yield name, answer

    def _caller(self, hook: str) -> pluggy.HookCaller:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return caller

    def _named(self, hook: str) -> dict[str, Any]:
        """name -> callable of all plugins, asked for once."""
        if hook not in self._answers:
            taken: dict[str, tuple[str, Any]] = {}
            for plugin, answer in self._ask(hook):
                wrong = named_problem(hook, answer)
                if wrong:
                    self._blame(plugin, wrong, hook=hook)
                    continue
                self._merge(
                    hook, plugin, [(n, self._kept(hook, plugin, n, v)) for n, v in answer.items()], taken
                )
            self._answers[hook] = {name: item for name, (_, item) in taken.items()}
            self._owners[hook] = {name: plugin for name, (plugin, _) in taken.items()}
        return self._answers[hook]

    def _kept(self, hook: str, plugin: str, name: str, function: Any) -> Any:
        """A pure function that a plugin registers, kept from hanging and printing; our own as they are."""
        if hook not in _PURE or self.loaded[plugin].source.where == PROJECT:
            return function

        def told(words: str) -> None:
            self._blame(plugin, f"{words} ({name} of {hook})", hook=hook)

        def failed(what: str) -> PluginError:
            self._blame(plugin, f"{what} in {name} of {hook}", hook=hook)
            return PluginError(f"the plugin {plugin} {what} in {name}", "", {"plugin": plugin, "hook": hook})

        kept = pure(function, told, failed)
        return verdicts(kept, failed) if hook == "register_evidence_checks" else kept

    def _merge(
        self, hook: str, plugin: str, items: Iterable[tuple[str, Any]], taken: dict[str, tuple[str, Any]]
    ) -> None:
        for name, item in items:
            if name in taken:
                other = taken[name][0]
                self._blame(
                    plugin, f"registers {name} in {hook}, which {other} already has", hook=hook, other=other
                )
            else:
                taken[name] = (plugin, item)


def load_plugins(
    folders: Sequence[str | Path] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    installed: bool = False,
    shipped: bool = True,
    trace: bool | None = None,
    own: Sequence[Any] = (),
) -> Plugins:
    """Load procflow's own plugins and those found in `folders`; earlier ones win over later ones of the same name.

    `installed` also asks the entry points of the group `procflow` (slow: never on the path of a step).
    `shipped` also takes the channels that come with procflow. A folder that is not there is passed by.
    `own` are modules of procflow above this one, which add to our own hooks.
    `trace` prints each hook call to standard error; by default where PROCFLOW_TRACE_HOOKS=1.
    """
    if trace is None:
        trace = os.environ.get("PROCFLOW_TRACE_HOOKS", "") not in ("", "0")
    plugins = Plugins(settings or {}, trace)
    from procflow.builtin import registrations

    for module in (registrations, *own):
        name = "procflow" if module is registrations else f"procflow {module.__name__.split('.')[-1]}"
        plugins.register(PluginSource(name, "shipped", "procflow", module.__name__), module)
    for folder in folders:
        for source in in_folder(Path(folder), plugins.problems):
            plugins.add(source)
    if installed:
        for source in installed_ones():
            plugins.add(source)
    if shipped:
        for source in in_folder(shipped_folder(), plugins.problems, single_files=False, kind="shipped"):
            plugins.add(source)
    return plugins
