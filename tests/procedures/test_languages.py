"""A procedure may speak more languages than the organisation: then it speaks them in every text, and people read them."""

from pathlib import Path

from ready import started

from procflow.definitions.nodes import YList, YMap, YText

ROOT = Path(__file__).parents[2]


def _texts(node, languages):
    """The mappings below a node that say something in the organisation's languages."""
    if isinstance(node, YMap):
        if languages <= set(node) and all(isinstance(text, YText) for text in node.values()):
            yield node
        for item in node.values():
            yield from _texts(item, languages)
    elif isinstance(node, YList):
        for item in node:
            yield from _texts(item, languages)


def test_a_procedure_that_has_a_title_in_a_language_has_every_text_in_it(shipped):
    spoken = set(shipped.organisation.languages)
    wrong, extra = [], set()
    for path, tree in shipped.trees.items():
        if "procedure" in tree and isinstance(tree.get("title"), YMap):
            languages = set(map(str, tree["title"]))
            extra |= languages - spoken
            wrong += [
                f"{path}:{node.line}: {dict(node)}"
                for node in _texts(tree, spoken)
                if not languages <= set(map(str, node))
            ]
    assert wrong == []
    assert {"nb", "nl"} <= extra


def test_whoever_reads_norwegian_gets_the_norwegian_words():
    told = started(["--lang", "nb", "show", "contract_renewal"], ROOT).stdout
    assert "Fornyelse av en kontrakt" in told
    assert "Venter på påminnelsen" in told


def test_whoever_reads_dutch_gets_the_dutch_words():
    told = started(["--lang", "nl", "show", "lead"], ROOT).stdout
    assert "Lead voor een intermediair" in told
    assert "Wordt opgevolgd" in told
