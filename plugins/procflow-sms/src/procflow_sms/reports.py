"""What a delivery report says of an SMS: whether it arrived, and so what it is. It must not know how reports come.

A text that did not arrive is a delivery failure (`bounce`) of its letter, so that its owner is told; every other report
is a `receipt`.
"""

from __future__ import annotations

_ARRIVED = {"delivered", "deliveredtohandset", "delivrd"}
_LOST = {
    "undelivered", "failed", "expired", "rejected", "undeliverable", "undeliv", "rejectd", "deleted", "abandoned", "error",
}  # fmt: skip
#: A number is another word with each gateway; one that is not known here says nothing.
_NUMBERS = {
    "cpsms": {"1": "yes", "2": "no", "8": "no"},
    "inmobile": {"2": "yes", "-1": "no", "-2": "no"},
    "inmobile_xml": {"2": "yes", "-1": "no", "-2": "no"},
}


def arrived(status: str, gateway: str = "") -> str:
    """yes, no or unknown."""
    word = status.lower().replace("_", "").replace(" ", "")
    known = "yes" if word in _ARRIVED else "no" if word in _LOST else "unknown"
    return _NUMBERS.get(gateway, {}).get(word, known)


def told(status: str, id: str, number: str, error: str = "", gateway: str = "") -> tuple[str, dict[str, str]]:
    """(form, fields) of the message that a report becomes; `number` is whom the text was for."""
    came = arrived(status, gateway)
    fields = {"status": status[:100], "message_id": id[:100], "arrived": came, "error": error[:200]}
    if came != "no":
        return "receipt", fields
    return "bounce", {**fields, "recipient": number, "diagnostic": error[:200]}
