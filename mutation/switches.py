"""Every function that can be changed, with a switch: a change becomes the function's own code, and nothing else is slower.

mutmut puts a trampoline before each function, which asks at every call what is active. Here the function stays as it
is; to make a change active its code is exchanged, and to see which test calls what, its code is a wire that is cut by
the first call. Processes that a test starts have mutmut's trampolines, and read from the environment what is active.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

import mutmut.mutation.trampoline as trampoline

_ACTIVE = "MUTANT_UNDER_TEST"


class Switches:
    """The functions by name, each with its changes; whoever makes one stands where mutmut's trampolines would."""

    def __init__(self) -> None:
        self._functions: dict[str, tuple[FunctionType, CodeType, dict[str, Any]]] = {}
        self._cut: set[str] = set()
        os.environ[_ACTIVE] = ""
        trampoline.wrap_in_trampoline = self._placed  # type: ignore[assignment]

    def _placed(
        self, changes: dict[str, Any], is_classmethod: bool = False
    ) -> Callable[[FunctionType], FunctionType]:
        def placed(function: FunctionType) -> FunctionType:
            room = "" if "." not in function.__qualname__ else function.__qualname__.rpartition(".")[0]
            name = f"xǁ{room}ǁ{function.__name__}" if room else f"x_{function.__name__}"
            self._functions[f"{function.__module__}.{name}"] = function, function.__code__, changes
            return function

        return placed

    def turn(self, change: str) -> bool:
        """Make this change the code, here and in the processes that a test starts; -> whether that can be done."""
        os.environ[_ACTIVE] = change
        function, _, changes = self._functions[change.partition("__mutmut_")[0]]
        changed = changes[change.rpartition(".")[2]]
        changed = getattr(changed, "__func__", changed)
        if changed.__code__.co_freevars != function.__code__.co_freevars:
            return False
        function.__code__ = changed.__code__
        function.__defaults__, function.__kwdefaults__ = changed.__defaults__, changed.__kwdefaults__
        return True

    def wire(self) -> None:
        """From now on it is seen which functions are called."""
        for name in self._functions:
            self._wire(name)

    def called(self) -> Iterator[str]:
        """What was called since the last time that this was asked."""
        cut, self._cut = self._cut, set()
        for name in cut:
            self._wire(name)
        return iter(cut)

    def _wire(self, name: str) -> None:
        function, code, _ = self._functions[name]
        sys.modules[function.__module__].__dict__["__first_call"] = self._first_call
        function.__code__ = _WIRE.replace(
            co_consts=tuple(name if const == _NAME else const for const in _WIRE.co_consts),
            co_freevars=code.co_freevars, co_name=code.co_name, co_filename=code.co_filename,
        )  # fmt: skip

    def _first_call(self, name: str) -> FunctionType:
        function, code, _ = self._functions[name]
        function.__code__ = code
        self._cut.add(name)
        return function


_NAME = "the name of the function"


def _wire(*args: Any, **given: Any) -> Any:
    return __first_call("the name of the function")(*args, **given)  # type: ignore[name-defined] # noqa: F821


_WIRE = _wire.__code__
