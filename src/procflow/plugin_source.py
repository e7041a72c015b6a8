"""Where one plugin's code comes from, and how it is loaded: the same in the application and in the plugin's
own process. It must not know hooks.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from procflow.errors import PluginError


class PluginSource(Struct, frozen=True):
    """A plugin before it is loaded. `where` is for people; `kind` is file, folder, installed or shipped."""

    name: str
    kind: str
    where: str
    module: str
    file: str = ""  # the module's file, where it is not found by name
    search: str = ""  # the folder to find `module` in; "" for one that is installed
    attribute: str = ""  # of the module, where the entry point names one
    version: str = ""

    def load(self) -> Any:
        """The module (or the object that the entry point names). Raises whatever the plugin's code raises."""
        module = self._from_file() if self.file else self._by_name()
        found: Any = module
        for part in self.attribute.split(".") if self.attribute else ():
            found = getattr(found, part)
        return found

    def _from_file(self) -> ModuleType:
        loaded = sys.modules.get(self.module)
        if loaded is not None:
            return loaded
        spec = importlib.util.spec_from_file_location(self.module, self.file)
        if spec is None or spec.loader is None:
            raise PluginError(f"{self.file} is not a Python file", facts={"plugin": self.name})
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.module] = module  # dataclasses and pickling look themselves up here
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[self.module]
            raise
        return module

    def _by_name(self) -> ModuleType:
        if not self.search:
            return importlib.import_module(self.module)
        importlib.invalidate_caches()
        sys.path.insert(0, self.search)  # before a copy of it that is installed
        try:
            module = importlib.import_module(self.module)
        finally:
            sys.path.remove(self.search)
            if self.search not in sys.path:
                sys.path.append(self.search)  # for what it imports later; at the end it hides nothing
        origin = str(getattr(module, "__file__", "") or "")
        if not origin.startswith(self.search.rstrip("/") + "/"):
            raise PluginError(
                f"the plugin {self.name} in {self.where} has a module {self.module}, but that name is already "
                f"loaded from {origin or 'elsewhere'}",
                hint="give one of them another name, or load only one of them",
                facts={"plugin": self.name},
            )
        return module

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, str]) -> PluginSource:
        return cls(**fields)


def folded(name: str) -> str:
    """Names of distributions are equal whatever they write between the words."""
    return re.sub(r"[-_.]+", "-", name).lower()
