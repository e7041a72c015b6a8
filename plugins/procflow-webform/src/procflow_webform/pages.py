"""How a form looks: plain HTML that works without scripts, by keyboard, on a phone and read aloud.

It must not know what is sent or why something is wrong.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from .forms import Form, FormField

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --paper: #f6f7f9; --card: #fff; --line: #c5ccd6; --go: #14539a;
  --wrong: #a3161f; --quiet: #55606e }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --paper: #14181e; --card: #1d232b; --line: #465162;
  --go: #8ab8f0; --wrong: #ff9a9f; --quiet: #a4afbd } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem }
form, .card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.25rem; margin-top: 1.25rem }
label { display: block; font-weight: 600; margin-top: 1.1rem }
label .tick { font-weight: 400 }
.help, .mark { color: var(--quiet); font-weight: 400; font-size: .95rem }
.wrong { color: var(--wrong); font-weight: 600; margin: .2rem 0 0 }
input, textarea, select { display: block; width: 100%; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--quiet); border-radius: .35rem; padding: .5rem .6rem; margin-top: .25rem }
input[type=checkbox] { display: inline-block; width: 1.2rem; height: 1.2rem; vertical-align: -.2rem; margin: 0 .5rem 0 0 }
[aria-invalid=true] { border-color: var(--wrong); border-width: 2px }
button { font: inherit; font-weight: 600; margin-top: 1.5rem; padding: .6rem 1.6rem; border: 0; border-radius: .35rem;
  background: var(--go); color: var(--card); cursor: pointer }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px }
.trap { position: absolute; left: -99rem }
.top { border-left: .3rem solid var(--wrong); padding-left: .8rem }
.number { font-variant-numeric: tabular-nums; font-weight: 600 }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: The only style that a browser takes here is the one above.
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "vary": "accept-language",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "send": {"da": "Send", "en": "Send"},
    "needed": {"da": "skal udfyldes", "en": "required"},
    "wrong": {"da": "Det er ikke sendt endnu.", "en": "It has not been sent yet."},
    "number": {"da": "Dit nummer er", "en": "Your number is"},
    "trap": {"da": "Lad feltet være tomt", "en": "Leave this empty"},
    "choose": {"da": "Vælg", "en": "Choose"},
}
_INPUTS = {"email": ("email", "email"), "phone": ("tel", "tel"), "date": ("date", "off"), "string": ("text", "off"), "plain_text": ("text", "off"),
           "integer": ("text", "off"), "number": ("text", "off")}  # fmt: skip


def form_page(
    form: Form, language: str, given: Mapping[str, str], wrong: Mapping[str, str], mark: str
) -> bytes:
    """The form with what was typed, what is wrong beside each field, and the first of those in focus."""
    first = next((each.ask.name for each in form.fields if each.ask.name in wrong), "")
    parts = [f"<h1>{escape(form.title[language])}</h1>"]
    if wrong:
        said = f"{_WORDS['wrong'][language]} {wrong.get('', '')}".strip()
        parts.append(f'<p class="wrong top" role="alert">{escape(said)}</p>')
    if form.intro[language]:
        parts.append(f"<p>{escape(form.intro[language])}</p>")
    parts.append(
        f'<form method="post" action="{escape(form.name)}?language={language}" accept-charset="utf-8">'
    )
    parts += [_field(each, language, given, wrong, each.ask.name == first) for each in form.fields]
    parts.append(
        f'<div class="trap" aria-hidden="true"><label for="homepage">{_WORDS["trap"][language]}</label>'
        '<input id="homepage" name="homepage" tabindex="-1" autocomplete="off"></div>'
        f'<input type="hidden" name="mark" value="{escape(mark)}">'
        f'<button type="submit">{_WORDS["send"][language]}</button></form>'
    )
    return _whole(form.title[language], "".join(parts), language)


def receipt_page(form: Form, number: str, language: str) -> bytes:
    """What somebody reads whose message is stored."""
    shown = f'<p>{_WORDS["number"][language]} <span class="number">{escape(number)}</span>.</p>'
    body = f'<h1>{escape(form.title[language])}</h1><div class="card"><p>{escape(form.receipt[language])}</p>{shown}</div>'
    return _whole(form.title[language], body, language)


def said_page(words: str, language: str) -> bytes:
    return _whole(words, f"<h1>{escape(words)}</h1>", language)


def _field(
    each: FormField, language: str, given: Mapping[str, str], wrong: Mapping[str, str], focus: bool
) -> str:
    name, kind = each.ask.name, each.ask.field.type
    value, said = given.get(name, ""), wrong.get(name, "")
    about = [f"{name}-{part}" for part, words in (("help", each.help[language]), ("wrong", said)) if words]
    attributes = f'id="{name}" name="{name}"'
    attributes += f' aria-describedby="{" ".join(about)}"' if about else ""
    attributes += ' aria-invalid="true"' if said else ""
    attributes += " autofocus" if focus else ""
    attributes += ' aria-required="true"' if not each.ask.optional else ""
    after = (
        f'<p class="help" id="{name}-help">{escape(each.help[language])}</p>' if each.help[language] else ""
    )
    after += f'<p class="wrong" id="{name}-wrong">{escape(said)}</p>' if said else ""
    label = escape(each.label[language])
    if kind == "boolean":
        ticked = " checked" if value else ""
        return f'<label class="tick"><input type="checkbox" value="true" {attributes}{ticked}>{label}</label>{after}'
    needed = f' <span class="mark">({_WORDS["needed"][language]})</span>' if not each.ask.optional else ""
    head = f'<label for="{name}">{label}{needed}</label>'
    choices = each.ask.field.schema.get("enum")
    if choices:
        options = "".join(
            f"<option{' selected' if str(one) == value else ''}>{escape(str(one))}</option>"
            for one in choices
        )
        return f'{head}<select {attributes}><option value="">{_WORDS["choose"][language]}</option>{options}</select>{after}'
    if each.long:
        return f'{head}<textarea rows="4" {attributes}>\n{escape(value)}</textarea>{after}'
    shape, fill = _INPUTS[kind]
    fill = "name" if name == "name" else fill
    return f'{head}<input type="{shape}" autocomplete="{fill}" value="{escape(value)}" {attributes}>{after}'


def _whole(title: str, body: str, language: str) -> bytes:
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return page.encode()
