"""The Danish vehicle register: who insures a vehicle. The answer comes later (`invoke`).

Modes manual, file and off only: automated use needs an agreement that nobody has made. It must not know cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
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
        },
    },
    "x-manual": {
        "da": "Slå {plate} op i Motorregistret (formål: {purpose}), og skriv, hvad der står.",
        "en": "Look {plate} up in the vehicle register (purpose: {purpose}), and write down what it says.",
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
    verified = "stand-in"  # never spoken to
    modes = ("manual", "file", "off")

    def normalise(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The plate as the register writes it, in every mode."""
        return {**parameters, "plate": normal_plate(str(parameters["plate"]))}

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return json.dumps(parameters, ensure_ascii=False, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        return Delivery("manual", {}, "the vehicle register is worked by hand")

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor

    def health(self) -> str:
        return ""


@hookimpl
def register_channels() -> list[Channel]:
    return [VehicleRegisterChannel()]
