"""The words of logging in and of one's own account."""

from __future__ import annotations

from collections.abc import Mapping

LOGIN_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "login": "Log in", "name": "Staff code or mail address", "password": "Password", "go": "Log in",
        "or_at": "or", "at": "Log in with {title}", "out": "You have logged out.", "wanted": "Log in to go on.",
        "account": "My account", "logout": "Log out", "change": "Change password", "old": "Password now",
        "new": "New password", "again": "New password once more", "differ": "the new password stands there twice, and not the same",
        "rule": "15 characters or more. Four or five words that do not belong together are easy to remember.",
        "changed": "The password is changed, and every other login has ended.", "logins": "Where you are logged in",
        "here": "here", "end": "End", "ended": "That login has ended.", "since": "since", "seen": "last used", "from": "from",
        "tokens": "Tokens of programs", "no_tokens": "No program acts for you.", "until": "until", "used": "last used", "never": "never",
        "revoke": "Revoke", "revoked": "That token is revoked.", "all": "everything that you may",
        "nobody": "Nobody logs in here: the desk is for whoever reaches this machine. With `procflow user add` people have passwords, and this page shows their logins and tokens.",
        "no_password": "You log in with {title}; there is no password here.",
        "code_title": "One more step", "code_guide": "Type the six figures that your app shows now. Without the phone, a recovery code.",
        "code": "Code", "go_on": "Go on", "start_over": "Begin again",
        "second": "Login with a code", "second_why": "Besides the password a code from an app on your phone is asked for. Who has your password then does not get in.",
        "second_begin": "Set up an app", "second_guide": "Let your app for codes read this picture, or add an account for {house} with the key below. Then type the code that it shows.", "second_code": "The code by which an app adds an account for {house}",
        "second_key": "Key", "second_link": "Open in an app on this device", "second_confirm": "This is the code", "second_since": "Since {since} a code is asked for. Recovery codes left: {left}.",
        "second_few": "Make new ones before they are used up.", "second_renew": "New recovery codes", "second_end": "Ask for no code any more",
        "second_is_on": "a code is asked for already", "second_is_off": "no code is asked for",
        "second_on": "From now on a code is asked for, and every other login has ended.", "second_off": "No code is asked for any more.", "second_codes": "These are your new recovery codes; the old ones are worth nothing.",
        "codes_title": "Recovery codes", "codes_guide": "Each lets you in once without the phone. They are shown this once: write them down and keep them apart from it.",
    },
    "da": {
        "login": "Log ind", "name": "Medarbejderkode eller mailadresse", "password": "Adgangskode", "go": "Log ind",
        "or_at": "eller", "at": "Log ind med {title}", "out": "Du er logget ud.", "wanted": "Log ind for at gå videre.",
        "account": "Min konto", "logout": "Log ud", "change": "Skift adgangskode", "old": "Adgangskode nu",
        "new": "Ny adgangskode", "again": "Ny adgangskode igen", "differ": "den nye adgangskode står der to gange, og ikke ens",
        "rule": "15 tegn eller flere. Fire-fem ord, der ikke hører sammen, er lette at huske.",
        "changed": "Adgangskoden er skiftet, og alle andre logins er slut.", "logins": "Her er du logget ind",
        "here": "her", "end": "Afslut", "ended": "Det login er slut.", "since": "siden", "seen": "sidst brugt", "from": "fra",
        "tokens": "Programmers tokens", "no_tokens": "Intet program handler for dig.", "until": "til", "used": "sidst brugt", "never": "aldrig",
        "revoke": "Træk tilbage", "revoked": "Det token er trukket tilbage.", "all": "alt, hvad du må",
        "nobody": "Her logger ingen ind: skranken er for den, der når denne maskine. Med `procflow user add` får folk adgangskoder, og siden viser deres logins og tokens.",
        "no_password": "Du logger ind med {title}; her er ingen adgangskode.",
        "code_title": "Et skridt til", "code_guide": "Tast de seks cifre, som din app viser nu. Uden telefonen: en gendannelseskode.",
        "code": "Kode", "go_on": "Gå videre", "start_over": "Begynd igen",
        "second": "Login med kode", "second_why": "Ud over adgangskoden spørges der om en kode fra en app på din telefon. Den, der kender din adgangskode, kommer så ikke ind.",
        "second_begin": "Sæt en app op", "second_guide": "Lad din kode-app læse billedet, eller opret en konto til {house} med nøglen nedenfor. Tast så den kode, den viser.", "second_code": "Koden, som en app opretter en konto til {house} med",
        "second_key": "Nøgle", "second_link": "Åbn i en app på denne enhed", "second_confirm": "Det er koden", "second_since": "Siden {since} spørges der om en kode. Gendannelseskoder tilbage: {left}.",
        "second_few": "Lav nye, før de er brugt op.", "second_renew": "Nye gendannelseskoder", "second_end": "Spørg ikke om kode mere",
        "second_is_on": "der spørges om en kode allerede", "second_is_off": "der spørges ikke om en kode",
        "second_on": "Fra nu af spørges der om en kode, og alle andre logins er slut.", "second_off": "Der spørges ikke om kode mere.", "second_codes": "Det er dine nye gendannelseskoder; de gamle gælder ikke mere.",
        "codes_title": "Gendannelseskoder", "codes_guide": "Hver lukker dig ind én gang uden telefonen. De vises kun denne gang: skriv dem ned, og gem dem et andet sted end den.",
    },
}  # fmt: skip


def login_words(language: str) -> Mapping[str, str]:
    return LOGIN_WORDS.get(language, LOGIN_WORDS["en"])
