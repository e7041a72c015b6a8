"""Writes pages from templates: the only place that names Jinja2. Everything is escaped; what is missing is an error."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


@lru_cache(maxsize=1)
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("procflow.desk"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip


def drawn(template: str, **values: Any) -> str:
    return _pages().get_template(template).render(**values)
