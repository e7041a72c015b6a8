"""Every diagnostic code of the checker: how grave it is and what it is about, in one line.

A code is never given a second meaning, and never re-used. `procflow explain CODE` has a page for each.
It knows nothing of how the faults are found. PF000-PF099 are found while reading YAML, PF100-PF199 by
the schema of the document's kind, PF200-PF239 while building what the document says, PF240-PF299 by the
checks over what was built, PF300-PF399 in expressions, PF400-PF419 where states stand inside states,
PF420-PF439 in scenarios, PF440-PF459 in parameters, PF460-PF479 about personal data, PF480-PF499 about clocks
and promises.
"""

from __future__ import annotations

from procflow.errors import Diagnostic

#: code -> (severity, title)
CODES: dict[str, tuple[str, str]] = {
    # reading YAML: budgets and characters
    "PF001": ("error", "the file is too large"),
    "PF002": ("error", "the file is nested too deeply"),
    "PF003": ("error", "the file holds too many values"),
    "PF004": ("error", "a text is too long"),
    "PF005": ("error", "the file is not UTF-8"),
    "PF006": ("error", "a character that must not stand in a document"),
    "PF007": ("error", "a tab"),
    "PF008": ("error", "the file is empty"),
    "PF009": ("error", "the file is not a mapping of keys to values"),
    # reading YAML: what YAML allows and a document does not
    "PF011": ("error", "a key stands twice"),
    "PF012": ("error", "an anchor"),
    "PF013": ("error", "an alias"),
    "PF014": ("error", "a tag"),
    "PF015": ("error", "a merge key"),
    "PF016": ("error", "several documents in one file"),
    "PF017": ("error", "a key that is no word"),
    "PF019": ("error", "a text that YAML split at a comma"),
    # reading YAML: it cannot be read
    "PF020": ("error", "the YAML cannot be read"),
    "PF021": ("error", "a colon in a text without quotes"),
    "PF022": ("error", "a quote or a text that does not end where it should"),
    "PF023": ("error", "a bracket that is not closed, or a comma that is missing"),
    "PF024": ("error", "the indentation does not fit"),
    "PF025": ("error", "a backslash that means nothing"),
    "PF026": ("error", "a text that begins with a sign of YAML"),
    "PF027": ("error", "a key without its colon"),
    # the form of a document
    "PF100": ("error", "an unknown kind of document"),
    "PF101": ("error", "an unknown key"),
    "PF102": ("error", "a key is missing"),
    "PF103": ("error", "the wrong kind of value"),
    "PF104": ("error", "not one of the words that may stand here"),
    "PF105": ("error", "a value that is not written in its form"),
    "PF106": ("error", "too short, too small or too few"),
    "PF107": ("error", "too long, too large or too many"),
    "PF108": ("error", "the same entry twice"),
    "PF110": ("error", "one of several keys must stand, and none does"),
    "PF111": ("error", "keys that exclude each other"),
    "PF112": ("error", "a key that needs another one beside it"),
    "PF120": ("error", "an operation that no channel offers"),
    "PF121": ("error", "an address or a number that is none"),
    # what a document is built of
    "PF200": ("error", "a type that is not known"),
    "PF201": ("error", "a field is asked for that is not declared"),
    "PF202": ("error", "a field is set that is not declared"),
    "PF203": ("error", "a required property that is not declared"),
    "PF204": ("error", "a value that does not fit its field"),
    "PF205": ("error", "a constant that does not fit the type of its field"),
    "PF206": ("error", "a pattern that is not understood"),
    "PF207": ("error", "a format that is not known"),
    "PF208": ("error", "a way to normalise that is not known"),
    "PF209": ("warning", "a field of data with a second schema"),
    "PF210": ("error", "a text that is no time"),
    "PF211": ("error", "a rule of a field that says nothing, or that nothing can keep"),
    "PF212": ("warning", "a point before three figures, where thousands may be meant"),
    "PF213": ("warning", "what is one for a whole choice stands in one alternative of it"),
    "PF215": ("error", "two states with one name"),
    "PF216": ("warning", "a state that is left at once, with something for those who stay"),
    "PF218": ("warning", "an answer of a decision table that one row alone gives, or lacks"),
    "PF219": ("error", "an input that the decision table does not have"),
    "PF220": ("error", "a cell of a decision table that cannot be read"),
    "PF223": ("error", "a type that is built of itself, or named like a built-in one"),
    "PF224": ("error", "a time zone, closed day or opening hours that cannot be read"),
    "PF225": ("error", "a column that the table does not have"),
    "PF226": ("error", "a table without exactly one key column, or a row without its key"),
    "PF227": ("error", "a key that stands twice in one version of a table"),
    "PF228": ("error", "a validity that is no period, or that overlaps another"),
    # the workspace
    "PF229": ("warning", "a column of a table that one row alone leaves out"),
    "PF230": ("error", "settings that cannot be read"),
    "PF231": ("error", "a setting that is not known"),
    "PF232": ("error", "a setting of the wrong kind"),
    "PF233": ("error", "two documents with one name"),
    "PF234": ("warning", "a document that is not named like its folder or file"),
    "PF235": ("error", "a document of another kind than its place asks for"),
    "PF236": ("error", "a file that cannot be found or read"),
    "PF237": ("error", "settings that name a role which the organisation lacks"),
    "PF238": ("warning", "settings of a channel that nothing reads"),
    # names outside expressions
    "PF240": ("error", "a state that is not there"),
    "PF241": ("error", "a choice that is not there"),
    "PF242": ("error", "a role that the organisation does not have"),
    "PF243": ("error", "a person whom the organisation does not have"),
    "PF244": ("error", "a field that data does not have"),
    "PF245": ("error", "a procedure that is not there"),
    "PF246": ("warning", "an event that is raised and never taken"),
    "PF247": ("warning", "an event that nothing raises"),
    "PF248": ("error", "a moment of an event that no state takes"),
    "PF249": ("error", "a field that the other procedure does not have"),
    # the graph
    "PF250": ("error", "a state that no case ever comes to"),
    "PF251": ("error", "a state that nobody can leave"),
    "PF252": ("error", "no end can be reached"),
    "PF253": ("error", "transitions that go in circles without end"),
    "PF254": ("warning", "transitions that can go in circles"),
    "PF255": ("warning", "an alternative behind one without a guard"),
    "PF256": ("warning", "two alternatives that can both hold"),
    "PF257": ("error", "a choice that belongs to nobody"),
    "PF258": ("warning", "an answer is awaited where nothing was asked"),
    "PF259": ("error", "a procedure that opens itself without end"),
    # data and privacy
    "PF260": ("warning", "a field that is neither asked for nor used"),
    "PF261": ("warning", "a field that is used and never filled"),
    "PF262": ("warning", "a field that is set and never used"),
    "PF263": ("error", "a field that one step asks for twice"),
    "PF264": ("error", "a field with the name of something built in"),
    "PF265": ("error", "a default that would have to be computed"),
    "PF266": ("error", "personal data in a field that is not marked as personal"),
    "PF267": ("error", "personal data as the outcome"),
    "PF268": ("error", "an outcome that is not one of some words"),
    "PF269": ("warning", "a case opened without what its starts ask for"),
    # texts and times
    "PF270": ("warning", "a text that misses a language"),
    "PF271": ("warning", "an empty text"),
    "PF272": ("warning", "an instant in a text that may be unset"),
    "PF273": ("error", "a deadline that never starts"),
    "PF274": ("error", "a deadline that can never be met"),
    "PF275": ("error", "a `keep` that keeps nothing"),
    "PF276": ("warning", "a deadline that starts and is met at the same moment"),
    "PF277": ("error", "a warning that would come before its deadline starts"),
    "PF278": ("error", "a length of time that is none"),
    "PF279": ("warning", "a time in `after` that never comes"),
    "PF280": ("warning", "a promise about something that cannot happen"),
    # decision tables
    "PF281": ("error", "a decision table with a gap"),
    "PF282": ("error", "a decision table of which two rows hold at once"),
    "PF283": ("warning", "a row of a decision table that is never reached"),
    "PF284": ("warning", "a decision table that was not looked through to the end"),
    "PF285": ("error", "an input of a decision table that is not given"),
    "PF286": ("error", "an answer of a decision table that would have to be computed"),
    "PF288": ("warning", "rows of a decision table that could be one"),
    "PF289": ("warning", "days between two versions of a table on which none holds"),
    # the organisation
    "PF287": ("warning", "an advisor without a team mate"),
    "PF290": ("warning", "team mates who are not each other's"),
    "PF291": ("warning", "a role that nobody has"),
    "PF292": ("warning", "a person without a role"),
    "PF293": ("error", "a phone number that is none"),
    # scenarios
    "PF294": ("error", "a deadline or a promise that is not there"),
    "PF295": ("error", "a case that the test does not have"),
    "PF296": ("warning", "a file that is not there"),
    "PF297": ("error", "a field that the step does not ask for"),
    "PF298": ("error", "an outcome that no end has"),
    "PF299": ("error", "a table that is not there"),
    # expressions
    "PF300": ("error", "text that is not an expression"),
    "PF301": ("error", "an expression that is too long, too deep, or holds too large a number"),
    "PF310": ("error", "a name that is not known"),
    "PF311": ("error", "a field that is not there"),
    "PF312": ("error", "a function that is not known, or is called in the wrong form"),
    "PF313": ("error", "a wrong number of arguments"),
    "PF314": ("error", "a first argument that must be written out"),
    "PF315": ("error", "a state, choice, role or other id that is not declared"),
    "PF316": ("error", "a word that is not one of the enum's"),
    "PF317": ("error", "an operator on values of the wrong type"),
    "PF318": ("error", "an argument of the wrong type"),
    "PF319": ("error", "a function that has no meaning at this place"),
    "PF320": ("error", "a value that is not yes or no where yes or no is asked"),
    "PF321": ("error", "a value of the wrong type for its place"),
    "PF322": ("error", "a comparison of two things that can never be equal"),
    "PF323": ("warning", "a value that may be unset is compared or reckoned with"),
    "PF324": ("warning", "a condition that always has the same answer"),
    "PF325": ("error", "a written-out value that the function refuses"),
    "PF326": ("error", "an input that the decision or procedure does not have"),
    "PF327": ("warning", "a variable with the name of something declared"),
    "PF328": ("warning", "a value in a text without its `$`"),
    "PF329": ("warning", "a channel by which no message comes"),
    "PF331": ("warning", "a key that no row of a table has"),
    # nested states and regions
    "PF400": ("error", "a way back into a state that has nothing inside"),
    "PF401": ("error", "a state that begins outside itself"),
    "PF402": ("error", "an outcome of an end that does not end the case"),
    "PF403": ("error", "a state that is never done"),
    "PF404": ("warning", "a transition from one region into another"),
    "PF405": ("warning", "two choices of one name for the same people"),
    "PF406": ("warning", "`done` that can mean two things"),
    "PF407": ("warning", "an outcome of a state that is no end"),
    # scenarios: what PF294-PF299 had no room for
    "PF420": ("error", "words expected in a language that the procedure does not speak"),
    # the organisation: what PF287-PF293 had no room for
    "PF440": ("error", "a parameter that procflow reads and cannot use"),
    # personal data: what PF260-PF269 had no room for
    "PF460": ("warning", "a number or an address of people that is not marked as personal"),
    # deadlines and promises: what PF273-PF280 had no room for
    "PF480": ("warning", "a promise that counts what stays true"),
    "PF481": ("warning", "a pause in a state in which the deadline never runs"),
    "PF482": ("warning", "a time at which nothing happens"),
}


def diagnostic(
    path: str, line: int, column: int, code: str, message: str, hint: str = "", about: tuple[str, ...] = ()
) -> Diagnostic:
    """A Diagnostic whose severity is the one of its code; KeyError for a code that is not listed."""
    return Diagnostic(path, line, column, code, CODES[code][0], message, hint, about)
