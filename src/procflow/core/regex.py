"""Regular expressions that are compiled when they are first used: nothing happens at import."""

from __future__ import annotations

import re
from typing import Any, cast


class _Later:
    """Stands for the compiled pattern; each method of it that was asked for once is kept."""

    def __init__(self, text: str, flags: int) -> None:
        self._written = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._written), name)
        setattr(self, name, found)
        return found


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern of `text`, for the top of a module; what is wrong in it shows at its first use."""
    return cast("re.Pattern[str]", _Later(text, flags))
