"""The shapes of what the API gives of the house: its procedures and reports, its address, and what went wrong."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from procflow.api.given import AskedField


class ProcedureLine(Struct, frozen=True):
    name: str
    title: str
    summary: str
    owner: str
    hash: str
    opens: Annotated[bool, Meta(description="Whether a person may open a case of it.")]


class Procedures(Struct, frozen=True):
    procedures: list[ProcedureLine]


class StateLine(Struct, frozen=True):
    name: str
    title: str
    final: bool
    outcome: str | None
    choices: list[str]


class Procedure(ProcedureLine, frozen=True):
    """A procedure in force: what it asks for at the start, its states, deadlines and promises."""

    asks: list[AskedField] = field()
    states: list[StateLine] = field()
    deadlines: list[str] = field()
    files: Annotated[list[str], Meta(description="The fields that take files.")] = field()
    promises: dict[str, str] = field()


class ReportLine(Struct, frozen=True):
    name: str
    title: str
    line: str


class Reports(Struct, frozen=True):
    reports: list[ReportLine]


class Report(Struct, frozen=True):
    report: str
    title: str
    since: date = field(name="from")
    until: date = field(name="to")
    as_of: Any = field()
    zone: str = field()
    final: bool = field()
    empty: bool = field()
    figures: dict[str, Any] = field()
    remarks: list[dict[str, Any]] = field()
    tables: list[dict[str, Any]] = field()


class Root(Struct, frozen=True):
    name: str
    version: str
    openapi: str
    events: str
    timezone: str
    languages: list[str]
    now: datetime


class ProblemField(Struct, frozen=True):
    """One thing that is wrong with what was sent; `pointer` is its place in the body (RFC 6901)."""

    name: str
    code: str
    message: str
    pointer: str | None
    messages: dict[str, str] | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class ProblemGuard(Struct, frozen=True):
    """A guard that decided, as the owner wrote it, with its values part by part."""

    text: str
    line: int
    column: int
    value: dict[str, Any] | None


class Problem(Struct, frozen=True):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    message: str
    messages: dict[str, str]
    hint: str
    fields: list[ProblemField]
    facts: dict[str, Any]
    hints: dict[str, str] | UnsetType = UNSET
    path: str | UnsetType | None = UNSET
    line: int | UnsetType | None = UNSET
    column: int | UnsetType | None = UNSET
    guards: list[ProblemGuard] | UnsetType = UNSET
    missing: list[str] | UnsetType = UNSET
