"""What can be asked of the customer file and of the policy change system: the JSON Schema of each operation.

`x-manual` is what a person reads who does it by hand: the block to copy stands alone, then what to type back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FILE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "hash": {"type": "string"},
        "name": {"type": "string"},
        "type": {"type": "string"},
        "size": {"type": "integer"},
        "content": {"type": "string", "description": "base64; the host puts it in"},
    },
}
_KN = {"type": "string", "minLength": 1, "description": "The customer's number."}
_TEXT = {"type": "string", "minLength": 1}
#: A list, or what a person wrote down who looked it up by hand.
_LIST = {"type": ["array", "string", "null"]}
_SOURCE = {
    "at": {"type": ["string", "null"], "description": "How old what is said here is."},
    "stale": {
        "type": ["boolean", "null"],
        "description": "true: older than the settings allow. Look it up anew.",
    },
}


def _operation(
    title: str, properties: Mapping[str, Any], required: list[str], da: str, en: str, **more: Any
) -> dict[str, Any]:
    return {
        "type": "object", "title": title, "additionalProperties": False, "required": required,
        "properties": properties, "x-manual": {"da": da, "en": en}, **more,
    }  # fmt: skip


def _result(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


UPLOAD = _operation(
    "Put documents into the customer file",
    {
        "kn": _KN,
        "files": {"type": "array", "minItems": 1, "items": _FILE, "description": "Files of the case."},
        "title": {**_TEXT, "description": "What the documents are called there."},
        "text": {"type": "string", "description": "A remark."},
    },
    ["kn", "files", "title"],
    "Åbn kunden i IBA, vælg Dokumenter, og læg {files} op.\n\nKundenummer: {kn}\nTitel: {title}\nBemærkning: {text}\n",
    "Open the customer in IBA, choose Documents, and upload {files}.\n\n"
    "Customer number: {kn}\nTitle: {title}\nRemark: {text}\n",
)
FIND = _operation(
    "Find a customer",
    {
        "kn": {**_KN, "description": "By number; or by one of the others."},
        "name": {**_TEXT, "description": "Parts of the name, in any order."},
        "phone": {**_TEXT, "description": "A phone number, however it is written."},
        "plate": {**_TEXT, "description": "The number plate of an insured vehicle."},
    },
    [],
    "Find kunden i IBA.\n\nSøg efter: {kn}{name}{phone}{plate}\n\nPasser flere, så skriv “several”; passer ingen, “unknown”.",
    "Find the customer in IBA.\n\nSearch for: {kn}{name}{phone}{plate}\n\nIf several fit, write “several”; if nobody does, “unknown”.",
    anyOf=[{"required": [name]} for name in ("kn", "name", "phone", "plate")],
    **{
        "x-result": _result(
            {
                "status": {"enum": ["found", "several", "unknown"]},
                "kn": {
                    "type": ["string", "null"],
                    "description": "The number, where exactly one was found.",
                },
                "name": {"type": ["string", "null"]},
                "customers": {**_LIST, "description": "Those who fit, at most 20: kn, name, phones, email."},
                **_SOURCE,
            },
            "status",
        )
    },
)
POLICIES = _operation(
    "See a customer's policies",
    {"kn": _KN, "number": {**_TEXT, "description": "Only the policy with this number."}},
    ["kn"],
    "Åbn kunden i IBA, vælg Policer, og se efter.\n\nKundenummer: {kn}\nPolice: {number}\n",
    "Open the customer in IBA, choose Policies, and look.\n\nCustomer number: {kn}\nPolicy: {number}\n",
    **{
        "x-result": _result(
            {
                "status": {"enum": ["found", "several", "none"]},
                "number": {
                    "type": ["string", "null"],
                    "description": "Of the one policy that fits; so the next.",
                },
                "tariff": {"type": ["string", "null"]},
                "carrier": {"type": ["string", "null"]},
                "active": {"type": ["boolean", "null"]},
                "code": {"type": ["string", "null"]},
                "seen": {
                    "type": ["string", "null"],
                    "description": "How it stood: for `seen` of propose_change.",
                },
                "policies": {**_LIST, "description": "All that fit, with the same names."},
                **_SOURCE,
            },
            "status",
        )
    },
)
ADD_NOTE = _operation(
    "Write a note into the customer file",
    {"kn": _KN, "text": {**_TEXT, "description": "The note; it can never be changed."}},
    ["kn", "text"],
    "Åbn kunden i IBA, vælg Noter, og skriv en ny note. Kundenummer: {kn}\n\n{text}\n\nSkriv notens nummer herunder.",
    "Open the customer in IBA, choose Notes, and write a new note. Customer number: {kn}\n\n{text}\n\n"
    "Write the number of the note below.",
    **{"x-result": _result({"note": {**_TEXT, "description": "The number of the note."}}, "note")},
)
NOTES = _operation(
    "Read the notes of a customer",
    {"kn": _KN},
    ["kn"],
    "Åbn kunden i IBA, vælg Noter, og læs dem. Kundenummer: {kn}",
    "Open the customer in IBA, choose Notes, and read them. Customer number: {kn}",
    **{
        "x-result": _result(
            {
                "count": {"type": "integer", "minimum": 0},
                "last": {"type": ["string", "null"], "description": "The newest note."},
                "notes": {**_LIST, "description": "note, at and text of each, the oldest first."},
            },
            "count",
        )
    },
)
DOCUMENTS = _operation(
    "See which documents are in the customer file",
    {"kn": _KN},
    ["kn"],
    "Åbn kunden i IBA, vælg Dokumenter, og se efter. Kundenummer: {kn}",
    "Open the customer in IBA, choose Documents, and look. Customer number: {kn}",
    **{
        "x-result": _result(
            {
                "count": {"type": "integer", "minimum": 0},
                "documents": {**_LIST, "description": "document, at, title, name, hash of each."},
            },
            "count",
        )
    },
)
PROPOSE = _operation(
    "Change a policy in the policy change system",
    {
        "kn": _KN,
        "number": {**_TEXT, "description": "The policy."},
        "reference": {**_TEXT, "description": "Ours, used once: the same again is the same change."},
        "change": {**_TEXT, "description": "What is to be changed."},
        "from": {"type": "string", "format": "date", "description": "The day on which it takes effect."},
        "seen": {**_TEXT, "description": "How the policy stood when it was decided: `seen` of policies."},
    },
    ["kn", "number", "reference", "change"],
    "Se først i MIA, om {reference} allerede er der. Er den ikke, så lav ændringen:\n\n"
    "Kundenummer: {kn}\nPolice: {number}\nFra: {from}\nVores reference: {reference}\n\n{change}\n\n"
    "Tag et skærmprint af kvitteringen, og skriv MIA's nummer herunder.",
    "First look in MIA whether {reference} is there already. If it is not, make the change:\n\n"
    "Customer number: {kn}\nPolicy: {number}\nFrom: {from}\nOur reference: {reference}\n\n{change}\n\n"
    "Take a screenshot of the receipt, and write MIA's number below.",
    **{
        "x-result": _result(
            {
                "change": {**_TEXT, "description": "The number that the system gave it."},
                "status": {"enum": ["changed", "confirmed", None]},
            },
            "change",
        )
    },
)
CONFIRM = _operation(
    "Confirm that a policy was changed, with the screenshot",
    {
        "reference": {**_TEXT, "description": "The reference of propose_change."},
        "files": {"type": "array", "minItems": 1, "items": _FILE, "description": "The screenshot."},
        "text": {"type": "string", "description": "A remark."},
    },
    ["reference", "files"],
    "Find {reference} i MIA, læg {files} ved, og afslut ændringen.\n\nBemærkning: {text}\n",
    "Find {reference} in MIA, attach {files}, and close the change.\n\nRemark: {text}\n",
)
OPEN_CHANGES = _operation(
    "List the changes that nobody has confirmed",
    {"older_than_days": {"type": "integer", "minimum": 0, "description": "Only those that are older."}},
    [],
    "Find de ændringer i MIA, som ikke er afsluttet (ældre end {older_than_days} dage), og sammenlign dem med sagerne her.",
    "Find the changes in MIA that are not closed (older than {older_than_days} days), and compare them with the cases here.",
    **{
        "x-result": _result(
            {
                "count": {"type": "integer", "minimum": 0},
                "changes": {**_LIST, "description": "change, reference, kn, number, at of each, the oldest first."},
            },
            "count",
        )
    },
)  # fmt: skip

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "find_customer": FIND, "policies": POLICIES, "add_note": ADD_NOTE, "notes": NOTES, "upload": UPLOAD,
    "documents": DOCUMENTS, "propose_change": PROPOSE, "confirm_change": CONFIRM, "open_changes": OPEN_CHANGES,
}  # fmt: skip
