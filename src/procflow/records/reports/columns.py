"""Columns that several reports have, so that each is called the same wherever it stands."""

from __future__ import annotations

from procflow.records.reports.sheet import Column

CASE = Column("case", {"da": "Sag", "en": "Case"}, "case")
PROCEDURE = Column("procedure", {"da": "Procedure", "en": "Procedure"})
DEADLINE = Column("deadline", {"da": "Frist", "en": "Deadline"})
UNIT = Column("unit", {"da": "Enhed", "en": "Unit"})
DAY = Column("day", {"da": "Dag", "en": "Day"}, "day")
