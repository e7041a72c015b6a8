"""Values and YAML as one line of text, for the differences of a failed expectation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from procflow.core.journal import Personal
from procflow.core.organisation import Organisation
from procflow.core.values import plain
from procflow.definitions.building import is_null
from procflow.errors import EvaluationError


def node_text(node: Any) -> str:
    """YAML as it would stand on one line."""
    if isinstance(node, dict):
        return ", ".join(f"{key}: {node_text(item)}" for key, item in node.items())
    if isinstance(node, list):
        return "[" + ", ".join(node_text(item) for item in node) + "]"
    return "(not set)" if is_null(node) else str(node).rstrip("\n")


def node_texts(node: Any) -> dict[str, str]:
    """What is looked at of an effect, key by key."""
    if node is None:
        return {}
    return (
        {str(key): node_text(item) for key, item in node.items()}
        if isinstance(node, dict)
        else {"": node_text(node)}
    )


def shown(value: Any, organisation: Organisation) -> str:
    """A value of the language; instants in the organisation's zone, files by name."""
    if isinstance(value, Personal):
        value = value.value
    if value is None or value == ():
        return "(not set)"
    if isinstance(value, datetime):
        return f"{value.astimezone(ZoneInfo(organisation.zone)):%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    if isinstance(value, Mapping):
        if "hash" in value and value.get("name"):
            return str(value["name"])
        facts = {key: item for key, item in value.items() if item not in (None, ())}
        return ", ".join(f"{key}: {shown(item, organisation)}" for key, item in facts.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(item, organisation) for item in value) + "]"
    try:
        return plain(value)
    except EvaluationError:
        return str(value)


def effect_line(operation: str, facts: Mapping[str, str]) -> str:
    words = ", ".join(f"{key}: {text}" if key else text for key, text in facts.items())
    return f"{operation}{' ' if words else ''}{words}"
