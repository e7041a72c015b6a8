"""The words of logging in and of one's own account."""

from __future__ import annotations

from collections.abc import Mapping

LOGIN_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "login": "Log in", "name": "Code or mail address", "password": "Password", "go": "Log in",
        "or_at": "or", "at": "Log in with {title}", "out": "You have logged out.", "wanted": "Log in to go on.",
        "account": "My account", "logout": "Log out", "change": "Change password", "old": "Password now",
        "new": "New password", "again": "New password once more", "differ": "the new password stands there twice, and not the same",
        "rule": "15 characters or more. Four or five words that do not belong together are easy to remember.",
        "changed": "The password is changed, and every other login has ended.", "logins": "Where you are logged in",
        "here": "here", "end": "End", "ended": "That login has ended.", "since": "since", "seen": "last used", "from": "from",
        "tokens": "Tokens of programs", "no_tokens": "No program acts for you.", "until": "until", "used": "last used", "never": "never",
        "revoke": "Revoke", "revoked": "That token is revoked.", "all": "everything that you may",
        "no_password": "You log in with {title}; there is no password here.",
    },
    "da": {
        "login": "Log ind", "name": "Kode eller mailadresse", "password": "Adgangskode", "go": "Log ind",
        "or_at": "eller", "at": "Log ind med {title}", "out": "Du er logget ud.", "wanted": "Log ind for at gå videre.",
        "account": "Min konto", "logout": "Log ud", "change": "Skift adgangskode", "old": "Adgangskode nu",
        "new": "Ny adgangskode", "again": "Ny adgangskode igen", "differ": "den nye adgangskode står der to gange, og ikke ens",
        "rule": "15 tegn eller flere. Fire-fem ord, der ikke hører sammen, er lette at huske.",
        "changed": "Adgangskoden er skiftet, og alle andre logins er slut.", "logins": "Her er du logget ind",
        "here": "her", "end": "Afslut", "ended": "Det login er slut.", "since": "siden", "seen": "sidst brugt", "from": "fra",
        "tokens": "Programmers tokens", "no_tokens": "Intet program handler for dig.", "until": "til", "used": "sidst brugt", "never": "aldrig",
        "revoke": "Træk tilbage", "revoked": "Det token er trukket tilbage.", "all": "alt, hvad du må",
        "no_password": "Du logger ind med {title}; her er ingen adgangskode.",
    },
}  # fmt: skip


def login_words(language: str) -> Mapping[str, str]:
    return LOGIN_WORDS.get(language, LOGIN_WORDS["en"])
