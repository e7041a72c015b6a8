"""What everybody takes for a password: words, names, runs of keys. Because a password has fifteen signs or more, the long
ones of any list of the commonest are these, one behind the other, doubled, or with a year: what is made of nothing else
is refused, which is more than such a list holds.
"""

from __future__ import annotations

import re

#: Signs that stand for letters, as everybody writes them.
STANDS_FOR = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "|": "l"}
)

_WORDS = """
password passwort motdepasse contrasena adgangskode kodeord hemmelig hemmelighed secret login welcome velkommen letmein lukmigind
admin administrator root user bruger guest gaest test tester testing demo default changeme skiftmig temporary midlertidig
master superman batman spiderman starwars pokemon naruto minecraft fortnite roblox google facebook youtube samsung iphone
apple microsoft windows office computer internet laptop server database system network
iloveyou jegelskerdig elsker loveyou love lover lovely baby babygirl sweetheart skat skatter honey princess prinsesse angel engel
monkey dragon tiger shadow mustang eagle falcon panda kitten killer hunter ranger soldier ninja pirate wizard knight phoenix
football fodbold soccer baseball basketball hockey liverpool arsenal chelsea barcelona realmadrid manchester united brondby
copenhagen kobenhavn koebenhavn denmark danmark aarhus odense aalborg london paris berlin sweden sverige norway norge
sunshine solskin summer sommer winter vinter spring foraar forar autumn efteraar efterar flower blomst butterfly sommerfugl
monday mandag tuesday tirsdag wednesday onsdag thursday torsdag friday fredag saturday lordag sunday sondag
january januar february februar march marts april maj june juni july juli august september october oktober november december
charlie michael jordan thomas daniel jessica ashley amanda andrew joshua matthew jennifer michelle nicole hannah anders peter
jens niels lars soren morten henrik martin mette hanne anne louise sofie emma freja william oliver noah lucas magnus
freedom frihed whatever nothing ingenting something noget forever altid money penge lucky heldig happy glad smile cookie chocolate
chokolade cheese banana orange pepper ginger coffee kaffe buster maggie bailey harley jasper rocky bella max
trustno access enter hello hej goodbye farvel abcdef abcdefg abcdefgh abcdefghijklmnop asdfghjkl qwertyuiop zxcvbnm azerty qwerty
asdfgh asdf zxcvbn zxcv qwert qwer
"""
COMMON = tuple(sorted(set(_WORDS.split()), key=len, reverse=True))
#: Keys beside or below each other, digits and letters in order, one sign again and again.
ROWS = re.compile(
    r"(.)\1{2,}|1qaz2wsx|2wsx3edc|3edc4rfv|4rfv5tgb|1qaz|2wsx|3edc|4rfv|5tgb|6yhn|7ujm|q1w2e3r4t5y6|q1w2e3r4t5|q1w2e3r4|"
    r"0?123456789?0?|0?12345|098765432?1?|987654321?|abc123|123abc|qazwsxedc|qazwsx|(?:19|20)\d\d"
)
