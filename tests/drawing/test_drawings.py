"""A procedure drawn: what stands in each drawing, and that none can hurt the page that shows it."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from procflow.drawing.graph import Graph, Way, graph_of
from procflow.drawing.mermaid import mermaid
from procflow.drawing.svg import svg
from procflow.drawing.terminal import terminal

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def graph(documents: Any) -> Any:
    """Makes the graph of a procedure; `way` marks what a case has done."""

    def make(name: str = "policy_change", language: str = "en", way: Way | None = None) -> Graph:
        return graph_of(documents.procedures[name], language, documents.organisation.roles, way)

    return make


@pytest.fixture
def way(documents: Any) -> Way:
    """A case that came to the policy department by a screenshot."""
    wanted = {("wish", "register"), ("awaiting_evidence", "file_screenshot")}
    procedure = documents.procedures["policy_change"]
    taken = [
        t.id for t in procedure.transitions() if (t.source, t.name) in wanted or t.to == "at_policy_dept"
    ]
    assert len(taken) == 3
    return Way(7, {"wish", "awaiting_evidence", "route", "at_policy_dept"}, taken, {"at_policy_dept"})


def test_the_graph_has_every_state_and_every_way_but_refusals(documents: Any, graph: Any) -> None:
    procedure = documents.procedures["policy_change"]
    found = graph()
    assert [node.name for node in found.nodes] == [state.name for state in procedure.states]
    assert len(found.edges) == sum(t.refuse is None for t in procedure.transitions())
    register = next(edge for edge in found.edges if edge.name == "register")
    assert (register.source, register.target, register.label) == (
        "wish",
        "awaiting_evidence",
        "Register the wish",
    )


def test_words_follow_the_language(graph: Any) -> None:
    english, danish = graph(), graph(language="da")
    assert (english.title, danish.title) == ("Change of a policy", "Ændring af police")
    assert english.deadlines[0].time == "within 5 working days"
    assert danish.deadlines[0].time == "inden 5 arbejdsdage"
    assert next(n for n in danish.nodes if n.name == "wish").who == "Kundeservice"
    ends = graph("ends", "en")
    assert {edge.label for edge in ends.edges} >= {"after 3 days", "Answer is missed", "note", "again"}
    assert ends.opened_by == "Service agent, a message"


def test_the_last_alternative_without_a_guard_is_else(graph: Any) -> None:
    route = [edge for edge in graph().edges if edge.source == "route"]
    assert [edge.guard for edge in route] == [
        'carrier == "PROSAM"',
        'carrier == "FIRST"',
        'carrier == "KAB"',
        "else",
    ]


def test_deadlines_stand_where_they_start(graph: Any) -> None:
    nodes = {node.name: node for node in graph().nodes}
    assert nodes["at_policy_dept"].deadlines == ("carrier_acts",)
    assert nodes["wish"].deadlines == ()
    assert {n.name: n.deadlines for n in graph("ends").nodes}["state"] == ("slow",)


def test_the_terminal_shows_every_state_with_what_leads_away(graph: Any) -> None:
    drawn = terminal(graph())
    lines = drawn.splitlines()
    assert lines[0] == "policy_change - Change of a policy"
    at = lines.index("  ○ wish  [Service agent]")
    assert re.fullmatch(r"  │    register “Register the wish” ─+ ↓ awaiting_evidence", lines[at + 1])
    assert any(re.fullmatch(r"  │    carrier_found ─+ ↑ route", line) for line in lines)
    assert any("[else]" in line and line.endswith("↻ stays") for line in lines)
    assert "  ■ confirmed  = changed" in lines
    assert any(
        line.startswith("  ◷ carrier_acts: The change is made, within 5 working days") for line in lines
    )
    assert max(map(len, lines)) <= 96


def test_the_terminal_marks_the_way_and_the_place(graph: Any, way: Way) -> None:
    lines = terminal(graph(way=way), bold=lambda text: f"**{text}**").splitlines()
    assert any(line.startswith("  ▶ **at_policy_dept**") and "the case is here" in line for line in lines)
    assert any(line.startswith("  ✓ **wish**") for line in lines)
    assert sum("✓ " in line and line.startswith("**  ") for line in lines) == 3


def test_mermaid_names_every_state_and_way_with_words_that_mean_nothing_to_it(graph: Any) -> None:
    drawn = mermaid(graph("ends"))
    assert drawn.startswith("stateDiagram-v2\n")
    assert '    state "state (Service agent)" as s_state' in drawn
    assert "    [*] --> s_state : Service agent, a message" in drawn
    assert "    s_end --> [*] : ended" in drawn
    assert "    s_state --> s_end : after 3 days" in drawn
    assert "amount #60; 5 #38;#38; amount #62; 1" in drawn
    words = drawn.split("\n", 3)[3]
    assert "<" not in words and "&" not in words
    assert all(line.count('"') in (0, 2) for line in words.splitlines())
    assert "classDef" not in drawn


def test_mermaid_marks_the_way_and_the_place(graph: Any, way: Way) -> None:
    drawn = mermaid(graph(way=way))
    assert "    class at_policy_dept here" in drawn
    assert "    class wish,awaiting_evidence,route seen" in drawn
    assert "    wish --> awaiting_evidence : Register the wish ✓" in drawn


@pytest.mark.parametrize("name", ["policy_change", "ends"])
def test_the_svg_is_well_formed_and_needs_no_trust(graph: Any, name: str) -> None:
    drawn = svg(graph(name))
    root = ElementTree.fromstring(drawn)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in ("script", "style", "foreignObject", "image", "a", "use")
        assert not [key for key in element.attrib if key == "style" or key.startswith("on") or "href" in key]
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
    ids = re.findall(r'\sid="([^"]*)"', drawn)
    assert len(ids) == len(set(ids))
    assert all(one in ids for one in re.findall(r"url\(#([^)]*)\)", drawn))


def test_the_svg_has_a_title_for_each_state_and_words_for_those_who_hear_it(graph: Any, way: Way) -> None:
    root = ElementTree.fromstring(svg(graph(way=way)))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "Change of a policy"
    assert root.find(f"{SVG}desc").text.startswith("the case is here: at policy dept")
    groups = {g.get("id"): g for g in root.iter(f"{SVG}g") if "state" in (g.get("class") or "").split()}
    assert len(groups) == 10
    here = groups["policy_change-7-at_policy_dept"]
    assert "here" in here.get("class").split()
    assert here.find(f"{SVG}title").text == "at_policy_dept · at policy dept · Policy department"
    assert "the case is here" in [text.text for text in here.iter(f"{SVG}text")]
    taken = [p for p in root.iter(f"{SVG}path") if "taken" in (p.get("class") or "")]
    assert len(taken) == 3


def test_text_in_the_svg_stays_inside_its_box(graph: Any) -> None:
    from procflow.drawing.svg import text_width

    root = ElementTree.fromstring(svg(graph(language="da")))
    for group in root.iter(f"{SVG}g"):
        if "state" not in (group.get("class") or "").split():
            continue
        box = group.find(f"{SVG}rect")
        for text in group.iter(f"{SVG}text"):
            assert text_width(text.text, float(text.get("font-size"))) <= float(box.get("width"))


def test_the_same_graph_gives_the_same_bytes(graph: Any, way: Way) -> None:
    for draw in (svg, mermaid, terminal):
        assert draw(graph(way=way)) == draw(graph(way=way))


# states inside others


def test_the_terminal_puts_inner_states_behind_a_rail_of_their_own(graph: Any) -> None:
    way = Way(
        3, {"reported", "handling", "pictures", "asking", "money", "reckoning"}, (), {"asking", "reckoning"}
    )
    lines = terminal(graph("damage", way=way)).splitlines()
    depth = {
        name: line.index(name)
        for line in lines
        for name in NAMES
        if re.match(rf"[│ ]*[▶▣═■✓○] {name}\b", line)
    }
    assert depth["handling"] < depth["pictures"] < depth["asking"] < depth["first_look"]
    assert depth["pictures"] == depth["money"]
    assert any("handling  The damage is handled" in line and "(at the same time)" in line for line in lines)
    assert sum("▶ " in line for line in lines) == 2
    assert any(line.rstrip().endswith("↶ handling.last") for line in lines)


NAMES = ("handling", "pictures", "asking", "judged", "first_look", "money", "reckoning", "waiting")


def test_mermaid_has_a_block_for_each_outer_state_and_divides_regions(graph: Any) -> None:
    text = mermaid(graph("damage"))
    assert text.count("{") == text.count("}") == 4
    assert re.search(
        r'state "The damage is handled \(Duty lead\)" as handling \{\n +state "Pictures" as pictures \{', text
    )
    assert text.count("--\n") == 1
    block = text.split("as judged {")[1].split("}")[0]
    assert "[*] --> first_look" in block and "first_look --> second_look : looked" in block
    assert "    asking --> s_over : hopeless" in text.split("as waiting")[1]  # it leads out of every block


def test_the_svg_puts_inner_boxes_inside_outer_ones_and_beside_each_other(graph: Any) -> None:
    root = ElementTree.fromstring(svg(graph("damage")))
    boxes = {}
    for group in root.iter(f"{SVG}g"):
        if "state" in (group.get("class") or "").split():
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            x, y, w, h = (float(rect.get(key, "0")) for key in ("x", "y", "width", "height"))
            boxes[str(group.get("id")).removeprefix("damage-")] = (x, y, x + w, y + h)
    for inner, outer in (
        ("pictures", "handling"), ("money", "handling"), ("asking", "pictures"), ("judged", "pictures"),
        ("first_look", "judged"), ("reckoning", "money"),
    ):  # fmt: skip
        (a, b, c, d), (x, y, z, w) = boxes[inner], boxes[outer]
        assert x < a and y < b and c < z and d < w, (inner, outer)
    assert boxes["pictures"][2] < boxes["money"][0]
    assert "asking: hopeless" in svg(graph("damage"))  # a way out of a box says where it begins


def test_a_cases_places_are_marked_in_every_region(graph: Any) -> None:
    way = Way(3, {"reported", "handling", "asking", "reckoning"}, (), {"asking", "reckoning"})
    found = svg(graph("damage", way=way))
    assert len(re.findall(r'class="state[^"]* here', found)) == 2
    assert len(re.findall(r'class="state[^"]* seen', found)) == 2  # outer ones are no place of their own
