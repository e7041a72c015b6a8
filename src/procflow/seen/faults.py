"""An exception as an operator may read it: its class and place, and never its words, which quote what people wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.errors import ProcflowError

_MOST = 5


def taken_apart(fault: BaseException) -> Mapping[str, Any]:
    """error (class), code (of our own errors), place (file:line:function) and causes (classes), without values."""
    causes: list[str] = []
    cause = fault.__cause__ or fault.__context__
    while cause is not None and len(causes) < _MOST:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return {
        "error": type(fault).__name__,
        "code": fault.code if isinstance(fault, ProcflowError) else "",
        "place": place_of(fault),
        "causes": tuple(causes),
    }


def place_of(fault: BaseException) -> str:
    """`procflow/engine/submit.py:120:submit`: the innermost place in our own code, else the innermost; "" without any."""
    found = ours = ""
    frame = fault.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        found = f"{short(code.co_filename)}:{frame.tb_lineno}:{code.co_name}"
        if found.startswith("procflow"):
            ours = found
        frame = frame.tb_next
    return (ours or found).replace("<", "[").replace(">", "]")


def short(path: str) -> str:
    """A file's path without where this machine keeps it."""
    for root in ("/site-packages/", "/src/", "/plugins/"):
        if root in path:
            return path.rpartition(root)[2]
    return path.rpartition("/")[2]
