from __future__ import annotations

import base64
import re
import time

import pytest

from dpnb.render import EdgeFacts, GraphFacts, Heading, NodeFacts, Note, Part, Preformatted, TableFacts, mimebundle

GRAPH = GraphFacts(
    title="Flights",
    nodes=(NodeFacts(name="load", state="succeeded"), NodeFacts(name="show", state="failed", level=1)),
    edges=(EdgeFacts(upstream="load", downstream="show", parameter="load"),),
)
TABLE = TableFacts(columns=("task",), rows=(("load",),))


def test_a_graph_is_shown_as_html_svg_and_text() -> None:
    bundle = mimebundle("Run", [GRAPH])
    assert sorted(bundle) == ["image/svg+xml", "text/html", "text/plain"]
    assert bundle["text/plain"].startswith("Run\n\n0  ✓ load  succeeded")


def test_the_picture_in_the_html_is_an_img_that_holds_the_same_svg() -> None:
    bundle = mimebundle("Run", [GRAPH])
    data = re.search(r'<img src="data:image/svg\+xml;base64,([^"]+)"', bundle["text/html"])
    assert data
    assert base64.b64decode(data[1]).decode() == bundle["image/svg+xml"]
    assert "<svg" not in bundle["text/html"]


def test_the_picture_has_a_text_that_tells_what_it_shows() -> None:
    assert 'alt="Flights: 2 tasks: 1 succeeded, 1 failed"' in mimebundle("", [GRAPH])["text/html"]


def test_tooltips_lie_over_the_cards_in_per_cent_of_the_picture() -> None:
    spans = re.findall(
        r'<span title="(\w+)[^"]*" style="position: absolute; left: ([\d.]+)%; top: ([\d.]+)%; '
        r'width: ([\d.]+)%; height: ([\d.]+)%"></span>',
        mimebundle("", [GRAPH])["text/html"],
    )
    assert [span[0] for span in spans] == ["load", "show"]
    for _, left, top, width, height in spans:
        assert 0 < float(left) < float(left) + float(width) < 100
        assert 0 < float(top) < float(top) + float(height) < 100


def test_without_a_graph_there_is_no_picture() -> None:
    assert sorted(mimebundle("Tasks", [TABLE])) == ["text/html", "text/plain"]


def test_parts_come_in_the_order_in_which_they_are_given() -> None:
    parts: list[Part] = [
        Note(text="first"),
        TABLE,
        Heading(text="third"),
        GRAPH,
        Preformatted(text="fifth", caption="Log"),
    ]
    bundle = mimebundle("Title", parts)
    for mime, signs in {
        "text/html": ["Title", "first", "<table", "third", "<img", "Log", "fifth"],
        "text/plain": ["Title", "first", "task\n", "third", "✓ load", "Log\nfifth"],
    }.items():
        places = [bundle[mime].index(sign) for sign in signs]
        assert places == sorted(places)


def test_an_empty_graph_says_so() -> None:
    bundle = mimebundle("Plan", [GraphFacts(nodes=())])
    assert "no tasks" in bundle["text/plain"]
    assert "image/svg+xml" not in bundle


def test_html_holds_no_script_no_style_sheet_and_no_outside_address() -> None:
    html = mimebundle("<b>Run</b>", [GRAPH, TABLE, Note(text="x", level="error")])["text/html"]
    assert not re.search(r"<(script|style|link|iframe|svg|object)\b", html)
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r"https?://", html)


@pytest.mark.parametrize("count", [1, 12, 60])
def test_small_pictures_are_drawn_at_once(count: int) -> None:
    nodes = tuple(NodeFacts(name=f"t{i}", level=i // 4, state="succeeded") for i in range(count))
    edges = tuple(EdgeFacts(upstream=f"t{i - 4}", downstream=f"t{i}", parameter="x") for i in range(4, count))
    mimebundle("", [GRAPH])  # finds the engine
    started = time.monotonic()
    mimebundle("", [GraphFacts(nodes=nodes, edges=edges)])
    assert time.monotonic() - started < 2  # 0.03 s; this machine may be busy
