"""The forms of procflow.toml as fields with types: those of the language, checked by the same code as a step's.

A form that the settings only name is the one that ships here. It must not know HTTP or HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from procflow.core.field_formats import NO_PERSONAL_NUMBER
from procflow.core.fields import TYPES, FieldContext, FieldProblem, check_input
from procflow.core.nearest import did_you_mean
from procflow.core.procedure import Ask, Field

from .shipped import FORMS

LANGUAGES = ("da", "en")
#: Types that a person can fill in on a page.
KNOWN = tuple(
    name for name in TYPES if name in {"string", "integer", "number", "boolean", "date", "email", "phone"}
)
#: Words of JSON Schema that a field may carry.
_KEYWORDS = ("enum", "minLength", "maxLength", "minimum", "maximum", "pattern", "format")
_OWN = ("name", "type", "label", "help", "required", "long", "text")
#: Letters in one line, and in a long text, where the form says nothing else.
LINE, LONG = 200, 4000

Words = Mapping[str, str]


class FormField(Struct, frozen=True):
    """`long`: more lines than one; `text`: it is the message's text, not one of its fields."""

    ask: Ask
    label: Words
    help: Words
    long: bool
    text: bool


class Form(Struct, frozen=True):
    """`one_of`: at least one of these fields must be given."""

    name: str
    title: Words
    intro: Words
    receipt: Words
    fields: tuple[FormField, ...]
    one_of: tuple[str, ...] = ()

    def check(self, given: Mapping[str, str], language: str) -> dict[str, str]:
        """Field name (or "" for the whole form) -> what is wrong, in words; empty when it can be sent."""
        asks = [each.ask for each in self.fields]
        context = FieldContext(zone="UTC", languages=(language,))
        _, problems = check_input(asks, given, context)
        said: dict[str, str] = {}
        for problem in problems:
            if problem.name not in said:
                said[problem.name] = _without_name(problem, language)
        if self.one_of and not any(given.get(name, "").strip() for name in self.one_of):
            labels = [each.label[language] for each in self.fields if each.ask.name in self.one_of]
            lead = {"da": "Skriv mindst ét af dem", "en": "Give at least one of them"}[language]
            said.setdefault(self.one_of[0], f"{lead}: {', '.join(labels)}.")
        return said


def _without_name(problem: FieldProblem, language: str) -> str:
    """The label stands beside it on the page."""
    words = problem.words(language).partition(": ")[2]
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


def forms_of(settings: Mapping[str, Any]) -> tuple[str, dict[str, Form]]:
    """(the first thing that is wrong, the forms that can be shown)."""
    table = settings.get("forms")
    where = "procflow.toml: channels.webform.forms"
    if isinstance(table, list):
        table = {str(name): {} for name in table}
    if not isinstance(table, Mapping) or not table:
        return f'{where}: no form: write forms = ["cancellation"]', {}
    forms: dict[str, Form] = {}
    first = ""
    for name, given in table.items():
        shipped = FORMS.get(str(name))
        if not given and shipped is None:
            problem: str | Form = (
                f"there is no form {name!r} here: {did_you_mean(str(name), FORMS) or 'give its fields'}"
            )
        elif not isinstance(given, Mapping):
            problem = f"{name} is no table"
        else:
            problem = _form(str(name), {**(shipped or {}), **given})
        if isinstance(problem, Form):
            forms[str(name)] = problem
        else:
            first = first or f"{where}: {problem}"
    return first, forms


def _form(name: str, given: Mapping[str, Any]) -> Form | str:
    fields: list[FormField] = []
    for each in given.get("fields") or ():
        made = _field(each)
        if isinstance(made, str):
            return f"{name}: {made}"
        if made.ask.name in [known.ask.name for known in fields]:
            return f"{name}: the field {made.ask.name} stands twice"
        fields.append(made)
    if not fields:
        return f"{name} has no fields"
    one_of = tuple(map(str, given.get("one_of") or ()))
    for wanted in one_of:
        if wanted not in [each.ask.name for each in fields]:
            return f"{name}: one_of names {wanted}, which is no field"
    title = _words(given.get("title")) or dict.fromkeys(LANGUAGES, name)
    thanks = {"da": "Tak. Vi har fået det.", "en": "Thank you. We have received it."}
    intro, receipt = _words(given.get("intro")), _words(given.get("receipt")) or thanks
    return Form(name, title, intro or dict.fromkeys(LANGUAGES, ""), receipt, tuple(fields), one_of)


def _field(given: Any) -> FormField | str:
    if not isinstance(given, Mapping) or not str(given.get("name") or "").isidentifier():
        return "a field without a name"
    name, kind = str(given["name"]), str(given.get("type") or "string")
    if kind not in KNOWN:
        return f"{name}: there is no type {kind!r}: {did_you_mean(kind, KNOWN)}"
    unknown = [key for key in given if key not in (*_OWN, *_KEYWORDS)]
    if unknown:
        return (
            f"{name}: {unknown[0]!r} is no word of a field: {did_you_mean(unknown[0], (*_OWN, *_KEYWORDS))}"
        )
    long = bool(given.get("long"))
    schema = {key: given[key] for key in _KEYWORDS if key in given}
    if kind == "string" and "enum" not in schema:
        schema.setdefault("maxLength", LONG if long else LINE)
    if kind == "string" and not {"enum", "format"} & set(schema):
        schema["format"] = (
            NO_PERSONAL_NUMBER  # nobody is to write a CPR or card number into a form of a website
        )
    field = Field(name, "plain_text" if long else kind, schema)
    label = _words(given.get("label")) or dict.fromkeys(LANGUAGES, name)
    further = _words(given.get("help")) or dict.fromkeys(LANGUAGES, "")
    ask = Ask(field, True, not given.get("required"))
    return FormField(ask, label, further, long, bool(given.get("text")))


def _words(given: Any) -> Words | None:
    """In both languages; a missing one is the other's."""
    if isinstance(given, str):
        return dict.fromkeys(LANGUAGES, given)
    if not isinstance(given, Mapping) or not given:
        return None
    first = str(next(iter(given.values())))
    return {language: str(given.get(language) or first) for language in LANGUAGES}
