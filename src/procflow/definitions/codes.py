"""Every diagnostic code of the checker: how grave it is and what it is about, in one line.

A code is never given a second meaning, and never re-used. `procflow explain CODE` has a page for each.
It knows nothing of how the faults are found. PF000-PF099 are found while reading YAML, PF100-PF199 by
the schema of the document's kind, PF200-PF239 while building what the document says.
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
    "PF215": ("error", "two states with one name"),
    "PF219": ("error", "an input that the decision table does not have"),
    "PF220": ("error", "a cell of a decision table that cannot be read"),
    "PF223": ("error", "a type that is built of itself, or named like a built-in one"),
    "PF224": ("error", "a time zone, closed day or opening hours that cannot be read"),
    "PF225": ("error", "a column that the table does not have"),
    "PF226": ("error", "a table without exactly one key column, or a row without its key"),
    "PF227": ("error", "a key that stands twice in one version of a table"),
    "PF228": ("error", "a validity that is no period, or that overlaps another"),
    # the workspace
    "PF230": ("error", "settings that cannot be read"),
    "PF231": ("error", "a setting that is not known"),
    "PF232": ("error", "a setting of the wrong kind"),
    "PF233": ("error", "two documents with one name"),
    "PF234": ("warning", "a document that is not named like its folder or file"),
    "PF235": ("error", "a document of another kind than its place asks for"),
    "PF236": ("error", "a file that cannot be found or read"),
    "PF239": ("error", "a part of the language that this version cannot run"),
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
}


def diagnostic(path: str, line: int, column: int, code: str, message: str, hint: str = "") -> Diagnostic:
    """A Diagnostic whose severity is the one of its code; KeyError for a code that is not listed."""
    return Diagnostic(path, line, column, code, CODES[code][0], message, hint)
