from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from dpnb.render.drawing import draw, draw_whole
from dpnb.render.facts import EdgeFacts, GraphFacts, NodeFacts
from dpnb.render.palette import STATES

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"&'",
    "a-b",
    "]]>",
    "한글 태스크",
    "\x00\x1b\ud800\ufffe",
    "",
    "n0",
    "x" * 5_000,
]


def parsed(graph: GraphFacts) -> ET.Element:
    return ET.fromstring(draw(graph, engines=()).svg)


def by_id(root: ET.Element, name: str) -> ET.Element:
    found = [element for element in root.iter() if element.get("id") == name]
    assert len(found) == 1
    return found[0]


def texts(element: ET.Element, kind: str) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text") if text.get("class") == kind]


def tooltip(element: ET.Element) -> str:
    return element.findtext(f"{SVG}title") or ""


PAIR = GraphFacts(
    title="Flights",
    nodes=(
        NodeFacts(name="load", state="succeeded", badge="1.2 s", tooltip=(("type", "DataFrame"), ("rows", "12"))),
        NodeFacts(name="clean", state="timed_out", kind="generator", level=1),
        NodeFacts(name="notify", level=1),
    ),
    edges=(
        EdgeFacts(upstream="load", downstream="clean", parameter="raw"),
        EdgeFacts(upstream="load", downstream="notify"),
        EdgeFacts(upstream="load", downstream="nowhere", parameter="x"),
    ),
)


def test_nodes_and_edges_have_our_ids_and_classes() -> None:
    root = parsed(PAIR)
    assert by_id(root, "n0").get("class") == "node state-succeeded"
    assert by_id(root, "n1").get("class") == "node state-timed-out kind-stream"
    assert by_id(root, "n2").get("class") == "node"
    assert by_id(root, "e0").get("class") == "edge data"
    assert by_id(root, "e1").get("class") == "edge control"


def test_control_flow_is_dashed_and_data_is_not() -> None:
    root = parsed(PAIR)
    dashes = [[path.get("stroke-dasharray") for path in by_id(root, f"e{index}")] for index in (0, 1)]
    assert not any(dashes[0])
    assert any(dashes[1])


def test_edges_to_unknown_nodes_are_left_out() -> None:
    assert not [element for element in parsed(PAIR).iter() if element.get("id") == "e2"]


def test_cards_tell_state_by_icon_and_word() -> None:
    root = parsed(PAIR)
    assert texts(by_id(root, "n1"), "detail") == ["timed out"]
    assert [use.get("href") for use in by_id(root, "n1").iter(f"{SVG}use")] == ["#i-timed-out"]
    assert by_id(root, "i-timed-out") is not None


def test_tooltips_tell_type_rows_and_what_an_edge_carries() -> None:
    root = parsed(PAIR)
    assert tooltip(by_id(root, "n0")) == "load\nstate: succeeded\ntype: DataFrame\nrows: 12"
    assert tooltip(by_id(root, "n1")) == "clean\nstate: timed out\nkind: stream"
    assert tooltip(by_id(root, "e0")) == "load → clean: as raw"
    assert tooltip(by_id(root, "e1")) == "load → notify: order only"


def test_picture_says_in_words_what_it_shows() -> None:
    root = parsed(PAIR)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Flights: 3 tasks: 1 succeeded, 1 timed out"
    assert root.findtext(f"{SVG}title") == "Flights"
    assert root.findtext(f"{SVG}desc") == "3 tasks: 1 succeeded, 1 timed out"


def test_several_parameters_between_two_tasks_share_an_arrow() -> None:
    edges = tuple(EdgeFacts(upstream="a", downstream="b", parameter=name) for name in ("left", "right"))
    root = parsed(GraphFacts(nodes=(NodeFacts(name="a"), NodeFacts(name="b")), edges=edges))
    assert tooltip(by_id(root, "e0")) == "a → b: as left, right"
    assert not [element for element in root.iter() if element.get("id") == "e1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_gives_sound_xml_and_never_an_id(name: str) -> None:
    nodes = (NodeFacts(name=name, state=name, kind=name, badge=name, tooltip=((name, name),)), NodeFacts(name="b"))
    graph = GraphFacts(nodes=nodes, edges=(EdgeFacts(upstream=name, downstream="b", parameter=name),), title=name)
    root = parsed(graph)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert all(re.fullmatch(r"[ne]\d+|i-[a-z0-9-]*", str(found)) for found in ids)
    assert not list(root.iter(f"{SVG}script"))


def test_long_names_are_shortened_on_the_card_and_whole_in_the_tooltip() -> None:
    name = "flights_" + "with_weather_" * 20
    node = by_id(parsed(GraphFacts(nodes=(NodeFacts(name=name),))), "n0")
    assert "…" in "".join(texts(node, "name"))
    assert tooltip(node) == name


def test_names_of_two_lines_are_shown_whole() -> None:
    node = by_id(parsed(GraphFacts(nodes=(NodeFacts(name="flights_with_weather_by_day"),))), "n0")
    assert "".join(texts(node, "name")) == "flights_with_weather_by_day"
    assert len(texts(node, "name")) == 2


def test_pictures_hold_no_script_style_sheet_or_outside_reference() -> None:
    nodes = tuple(NodeFacts(name=state, state=state) for state in STATES)
    svg = draw(GraphFacts(nodes=nodes), engines=()).svg
    assert "<style" not in svg
    assert "<script" not in svg
    assert re.findall(r'(?:href|src|url)[=(]"?(?!#)[^"\s]+', svg.replace("xmlns=", "")) == []


def test_every_card_lies_within_the_picture() -> None:
    nodes = tuple(NodeFacts(name=f"task {index}", level=index % 4) for index in range(30))
    edges = tuple(EdgeFacts(upstream=f"task {i}", downstream=f"task {i + 1}") for i in range(0, 29, 2))
    layout = draw_whole(GraphFacts(nodes=nodes, edges=edges), engines=()).layout
    for box in layout.boxes:
        assert 0 <= box.x - box.width / 2 < box.x + box.width / 2 <= layout.width
        assert 0 <= box.y - box.height / 2 < box.y + box.height / 2 <= layout.height


def test_empty_graph_is_drawn_as_nothing() -> None:
    root = parsed(GraphFacts(nodes=()))
    assert not [element for element in root.iter() if (element.get("class") or "").startswith("node ")]


def test_cycles_and_loops_are_drawn_too() -> None:
    pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")]
    edges = tuple(EdgeFacts(upstream=tail, downstream=head) for tail, head in pairs)
    root = parsed(GraphFacts(nodes=tuple(NodeFacts(name=name) for name in "abc"), edges=edges))
    assert all(by_id(root, f"e{index}") is not None for index in range(4))
