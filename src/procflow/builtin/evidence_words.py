"""The reasons of evidence verdicts, in Danish and English (PRO-20). Words only, no rule."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, tuple[str, str]] = {
    "screenshot_with_name": (
        "Skærmprintet viser kundens navn, bekræftet af den, der har set det.",
        "The screenshot shows the customer's name, attested by whoever looked at it.",
    ),
    "number_on_file": (
        "SMS'en kom fra et nummer, som vi kendte i forvejen.",
        "The SMS came from a number that was on file before it arrived.",
    ),
    "address_on_file": (
        "Mailen kom fra en adresse, som vi kender.",
        "The mail came from an address that is on file.",
    ),
    "yes_to_summary": (
        "Kunden svarede ja til netop den tekst, vi har sendt.",
        "The customer said yes to exactly the text that we sent.",
    ),
    "channel_not_listed": (
        "{channel} er ikke et skriftligt bevis: kun SMS, mail eller skærmprint fra Messenger gælder.",
        "{channel} is not written evidence: only SMS, mail or a Messenger screenshot counts.",
    ),
    "not_an_answer": (
        "Det er ikke kundens egen besked, men {form}.",
        "This is not the customer's own message but {form}.",
    ),
    "no_screenshot": (
        "Der er intet skærmprint: vedhæft et billede (PNG eller JPEG).",
        "There is no screenshot: attach an image (PNG or JPEG).",
    ),
    "not_an_image": (
        "Filen er {type}, ikke et billede i PNG eller JPEG.",
        "The file is {type}, not an image in PNG or JPEG.",
    ),
    "image_too_small": (
        "Billedet er kun {width} punkter bredt; mindst {least} skal der til, for at det kan læses.",
        "The image is only {width} pixels wide; it takes at least {least} to be readable.",
    ),
    "image_not_measured": (
        "Billedets bredde kendes ikke; en anden skal se på det.",
        "The width of the image is not known; a second person must look at it.",
    ),
    "name_not_attested": (
        "Det er ikke bekræftet, at kundens navn ses på skærmprintet.",
        "Nobody attested that the customer's name is visible on the screenshot.",
    ),
    "name_not_on_file": (
        "Kundens navn kendes ikke i sagen; en anden skal sammenligne.",
        "The case does not know the customer's name; a second person must compare.",
    ),
    "other_name": (
        "Skærmprintet viser et andet navn end kundens.",
        "The screenshot shows another name than the customer's.",
    ),
    "name_spelled_differently": (
        "Navnet på skærmprintet er stavet anderledes; en anden skal bekræfte.",
        "The name on the screenshot is spelled differently; a second person must confirm.",
    ),
    "sender_alphanumeric": (
        "Afsenderen er et navn, ikke et nummer; det beviser ikke, hvem der skrev.",
        "The sender is a name, not a number; that does not prove who wrote.",
    ),
    "sender_masked": (
        "Afsenderens nummer er skjult.",
        "The sender's number is withheld.",
    ),
    "number_not_on_file": (
        "Nummeret kendte vi ikke, før SMS'en kom.",
        "The number was not on file before the SMS arrived.",
    ),
    "sms_screenshot": (
        "Et skærmprint af en SMS skal ses af en anden; lad helst kunden skrive til os.",
        "A screenshot of an SMS needs a second person; better have the customer write to us.",
    ),
    "no_text": (
        "Beskeden siger ikke, hvad der skal ændres: den er tom.",
        "The message does not say what shall change: it is empty.",
    ),
    "yes_without_summary": (
        "Et ja gælder kun som svar på en tekst, vi har sendt; her er ingen.",
        "A yes counts only as the answer to a text that we sent; there is none.",
    ),
    "summary_changed": (
        "Teksten er ændret, siden vi sendte den; kunden skal sige ja igen.",
        "The text was changed after it was sent; the customer must say yes again.",
    ),
    "yes_before_summary": (
        "Svaret kom, før vi sendte teksten.",
        "The answer came before the text was sent.",
    ),
    "answer_unclear": (
        "Det er hverken et klart ja eller et klart ønske; en anden skal læse, hvad kunden mener.",
        "This is neither a clear yes nor a clear wish; a second person must read what the customer means.",
    ),
    "wish_not_named": (
        "Beskeden nævner ikke det, der er registreret; en anden skal læse, om det er kundens ønske.",
        "The message does not name what was registered; a second person must read whether it is the customer's wish.",
    ),
    "only_a_subject": (
        "Der står kun noget i emnet; en anden skal læse, om det er kundens ønske.",
        "Only the subject says anything; a second person must read whether it is the customer's wish.",
    ),
    "mailing_list": (
        "Mailen er sendt til mange eller gennem en mailingliste; en anden skal læse den.",
        "The mail was sent to many, or by way of a mailing list; a second person must read it.",
    ),
    "only_a_file": (
        "Beskeden har ingen tekst, kun noget vedhæftet; en anden skal se, om det er kundens ønske.",
        "The message has no text, only something attached; a second person must see whether it is the customer's wish.",
    ),
    "said_no": (
        "Kunden svarede nej.",
        "The customer said no.",
    ),
    "forwarded": (
        "Beskeden er videresendt, ikke kundens egen.",
        "The message is forwarded, not the customer's own.",
    ),
    "forwarded_with_original": (
        "Kunden har videresendt en mail, og den oprindelige er vedhæftet; en anden skal læse den.",
        "The customer forwarded a mail, and the original is attached; a second person must read it.",
    ),
    "authentication_failed": (
        "Mailens ægthed kunne ikke bekræftes ({checks}); en anden skal kontrollere.",
        "The mail's authenticity could not be confirmed ({checks}); a second person must check.",
    ),
    "authentication_unknown": (
        "Ingen har bekræftet, at mailen kommer fra den adresse, der står på den; en anden skal kontrollere.",
        "Nothing shows that the mail comes from the address that stands on it; a second person must check.",
    ),
    "not_readable": (
        "En del af mailen kunne ikke læses; en anden skal se på den.",
        "A part of the mail could not be read; a second person must look at it.",
    ),
    "address_lookalike": (
        "Adressen ligner kundens, men er en anden: ring til kunden på det nummer, vi kender, og giv compliance besked.",
        "The address looks like the customer's and is another: call the customer on the number on file, and tell compliance.",
    ),
    "name_only": (
        "Kun navnet er kundens; adressen kender vi ikke. Ring til kunden på det nummer, vi kender.",
        "Only the name is the customer's; the address is not on file. Call the customer on the number on file.",
    ),
    "display_name_only": (
        "Adressen står kun i afsenderens navn; mailen kom fra en anden adresse.",
        "The address stands only in the sender's display name; the mail came from another address.",
    ),
    "several_senders": (
        "Mailen har flere afsendere; en anden skal kontrollere.",
        "The mail has several senders; a second person must check.",
    ),
    "address_not_on_file": (
        "Mailen kom fra en adresse, som vi ikke kender.",
        "The mail came from an address that is not on file.",
    ),
    "mail_as_file": (
        "En mail skal komme til os selv; en gemt fil viser ikke, hvor den kom fra.",
        "A mail must reach us itself; a saved file does not show where it came from.",
    ),
}

FORMS: Mapping[str, tuple[str, str]] = {
    "bounce": ("en fejlmelding om levering", "a delivery failure"),
    "out_of_office": ("et autosvar", "an automatic reply"),
    "receipt": ("en kvittering", "a receipt"),
}


def form_in_words(form: str, language: str) -> str:
    """What a message is that nobody wrote; "" for one that somebody did."""
    return FORMS[form][0 if language == "da" else 1] if form in FORMS else ""
