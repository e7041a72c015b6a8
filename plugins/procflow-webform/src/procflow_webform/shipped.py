"""The forms that come with the channel, as they would stand in procflow.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Cancelling an appointment (PRO-13): customers seldom remember whom it is with, and nobody asks why.
CANCELLATION: Mapping[str, Any] = {
    "title": {"da": "Meld afbud til en aftale", "en": "Cancel an appointment"},
    "intro": {
        "da": "Skriv, hvornår aftalen er, og hvordan vi finder dig. Du behøver ikke skrive hvorfor.",
        "en": "Tell us when the appointment is and how we find you. You need not say why.",
    },
    "receipt": {
        "da": "Tak. Vi har fået dit afbud og giver din assurandør besked med det samme.",
        "en": "Thank you. We have received your cancellation and tell your advisor at once.",
    },
    "one_of": ["phone", "email", "kn"],
    "fields": [
        {"name": "name", "required": True, "minLength": 2, "maxLength": 120,
         "label": {"da": "Dit navn", "en": "Your name"}},
        {"name": "phone", "type": "phone", "label": {"da": "Telefon", "en": "Phone"}},
        {"name": "email", "type": "email", "label": {"da": "Mail", "en": "Mail"}},
        {"name": "kn", "pattern": "^[0-9]{4,8}$", "label": {"da": "Kundenummer", "en": "Customer number"},
         "help": {"da": "Hvis du har det ved hånden. Skriv ikke dit CPR-nummer.",
                  "en": "If you have it at hand. Do not write your civil registration number."}},
        {"name": "date", "type": "date", "required": True,
         "label": {"da": "Aftalens dato", "en": "Date of the appointment"}},
        {"name": "time", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "label": {"da": "Klokkeslæt", "en": "Time of day"},
         "help": {"da": "Som 14:30", "en": "Such as 14:30"}},
        {"name": "place", "maxLength": 60, "label": {"da": "By eller postnummer", "en": "Town or postcode"}},
        {"name": "wants_new_time", "type": "boolean",
         "label": {"da": "Jeg vil gerne have en ny tid", "en": "I would like a new time"}},
        {"name": "remark", "long": True, "text": True, "maxLength": 1000,
         "label": {"da": "Besked til assurandøren", "en": "Message to the advisor"}},
    ],
}  # fmt: skip

FORMS: Mapping[str, Mapping[str, Any]] = {"cancellation": CANCELLATION}
