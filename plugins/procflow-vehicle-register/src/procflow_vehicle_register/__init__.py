"""The Danish vehicle register: who insures a vehicle. The answer comes later (`invoke`).

Automated use needs an agreement that nobody has made, so a person looks; mode real answers from a file of recorded
answers. It must not know cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

#: Two to seven letters and digits: ordinary and personal plates.
PLATE = re.compile(r"[A-ZÆØÅ0-9]{2,7}")

LOOKUP: Mapping[str, Any] = {
    "type": "object",
    "title": "Look a vehicle up",
    "required": ["plate", "purpose"],
    "additionalProperties": False,
    "properties": {
        "plate": {
            "type": "string",
            "pattern": r"^[\s.-]*([A-Za-zÆØÅæøå0-9][\s.-]*){2,7}$",
            "description": "The number plate, as it is written: ab 12 345.",
        },
        "purpose": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "pattern": "\\S",
            "description": "Why it is looked up; kept with the case.",
        },
    },
    "x-result": {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"enum": ["found", "unknown", "deregistered", "unavailable"]},
            "carrier": {
                "type": ["string", "null"],
                "description": "Who insures it; empty where it is not shown.",
            },
            "at": {"type": ["string", "null"], "description": "When it was looked up."},
            "stale": {"type": ["boolean", "null"], "description": "true: that is too long ago. Look anew."},
            "source": {
                "type": ["string", "null"],
                "description": "register, made up, or by whom it was seen.",
            },
        },
    },
    "x-manual": {
        "da": "Slå {plate} op i Motorregistret (formål: {purpose}), og skriv, hvad der står.\n"
        "Åbn Køretøjsdetaljer, vælg Vis køretøj, og indsæt:\n\n{plate}\n\n"
        "Står køretøjet der ikke, så skriv “unknown”; er det afmeldt, “deregistered”; er registret lukket, “unavailable”; "
        "ellers “found”. Står der intet selskab, så lad det være tomt, og gæt ikke.",
        "en": "Look {plate} up in the vehicle register (purpose: {purpose}), and write down what it says.\n"
        "Open Køretøjsdetaljer, choose Vis køretøj, and paste:\n\n{plate}\n\n"
        "If the vehicle is not there, write “unknown”; if it is deregistered, “deregistered”; if the register is closed, "
        "“unavailable”; else “found”. If no carrier is shown, leave it empty and do not guess.",
    },
}


def normal_plate(written: str) -> str:
    """`ab 12 345` -> `AB12345`. Raises UsageError for what is no plate."""
    plate = re.sub(r"[\s.\-]", "", written).upper()
    if not PLATE.fullmatch(plate):
        raise UsageError(f"plate: {written!r} is not a number plate", "write 2 to 7 letters and digits")
    return plate


class VehicleRegisterChannel:
    """See `ports.Channel`."""

    name = "vehicle_register"
    operations: Mapping[str, Mapping[str, Any]] = {"lookup": LOOKUP}
    settings = ("recorded", "origin", "max_age_days", "purposes", "log")
    fetches = False

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None
        # recorded only where real answers of the register are played; it was never spoken to
        recorded = settings.get("origin") == "register" and settings.get("recorded")
        self.verified = "recorded" if recorded and settings.get("mode") == "real" else "stand-in"

    def normalise(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The plate as the register writes it, in every mode. Raises UsageError for a purpose that is not allowed."""
        purposes, purpose = self._settings.get("purposes"), str(parameters["purpose"]).strip()
        if isinstance(purposes, list) and not any(purpose.startswith(str(each)) for each in purposes):
            allowed = ", ".join(map(str, purposes))
            raise UsageError(f"purpose: {purpose[:80]!r} begins with none of the allowed ones: {allowed}")
        return {**parameters, "plate": normal_plate(str(parameters["plate"]))}

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return json.dumps(parameters, ensure_ascii=False, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        from .recorded import look_up

        assert self.now is not None  # the house sets it before each call
        return look_up(self._settings, key, json.loads(wire), self.now)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor

    def health(self) -> str:
        from .recorded import health

        return health(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [VehicleRegisterChannel(settings.get("vehicle_register", {}))]
