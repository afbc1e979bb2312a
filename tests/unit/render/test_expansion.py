from __future__ import annotations

import re
import time

import pytest

from dpnb.render import EdgeFacts, GraphFacts, NodeFacts, mimebundle
from dpnb.render.collapse import collapse
from dpnb.render.expansion import html_groups

STAGES = ("extract", "clean", "join", "report")


def pipeline(width: int, *, failed: str = "") -> GraphFacts:
    """`width` tasks in each of four stages, each fed by two of the stage before."""
    nodes, edges = [], []
    for level, stage in enumerate(STAGES):
        for index in range(width):
            name = f"{stage}_{index}"
            state = "failed" if name == failed else "succeeded"
            nodes.append(NodeFacts(name=name, level=level, tags=("etl", stage), state=state, badge="0.3 s"))
            for step in (0, 1) if level else ():
                upstream = f"{STAGES[level - 1]}_{(index + step) % width}"
                edges.append(EdgeFacts(upstream=upstream, downstream=name, parameter=f"p{step}"))
    return GraphFacts(nodes=tuple(nodes), edges=tuple(edges), title="Pipeline")


def summaries(html: str) -> list[str]:
    return re.findall(r"<summary[^>]*><strong>(.*?)</strong>", html)


def test_each_group_can_be_opened_those_in_trouble_first() -> None:
    graph = pipeline(10, failed="join_3")
    assert summaries(html_groups(graph, collapse(graph))) == ["join", "extract", "clean", "report"]


def test_small_groups_open_as_pictures_with_their_neighbours() -> None:
    graph = pipeline(10)
    html = html_groups(graph, collapse(graph))
    clean = html[html.index("<strong>clean") : html.index("<strong>join")]
    assert clean.count("<img ") == 1
    tooltips = re.findall(r'<span title="(\w+)', clean)
    assert sorted(tooltips) == sorted(f"{stage}_{i}" for stage in ("extract", "clean", "join") for i in range(10))


def test_many_neighbours_are_shown_by_their_groups() -> None:
    graph = pipeline(40)
    html = html_groups(graph, collapse(graph))
    clean = html[html.index("<strong>clean") : html.index("<strong>join")]
    tooltips = re.findall(r'<span title="(\w+)', clean)
    assert sorted(tooltips) == sorted([*(f"clean_{i}" for i in range(40)), "extract", "join"])


def test_large_groups_open_as_tables_the_urgent_first() -> None:
    graph = pipeline(750, failed="join_700")
    html = html_groups(graph, collapse(graph))
    assert "<img " not in html
    first = re.search(r"<td[^>]*>(\w+)</td>", html)
    assert first
    assert first[1] == "join_700"
    assert "… 550 more" in html


@pytest.mark.parametrize("width", [80, 750, 2_500])
def test_thousands_of_tasks_stay_within_a_megabyte_and_seconds(width: int) -> None:
    graph = pipeline(width)
    started = time.monotonic()
    bundle = mimebundle("Run", [graph])
    assert time.monotonic() - started < 10
    assert len(bundle["text/html"]) < 1_000_000
    assert len(bundle["text/plain"]) < 10_000
    assert len(summaries(bundle["text/html"])) == 4


def test_pictures_stop_where_the_budget_ends() -> None:
    nodes = tuple(
        NodeFacts(name=f"t{i}", group=f"group {i // 40}", level=i // 40, tooltip=(("signature", "x" * 200),))
        for i in range(1_600)
    )
    html = mimebundle("", [GraphFacts(nodes=nodes)])["text/html"]
    assert len(html) < 1_000_000
    assert 1 < html.count("<img ") < 40
    assert html.count("<table ") + html.count("<img ") == 41


def test_a_chain_of_ten_thousand_is_shown() -> None:
    nodes = tuple(NodeFacts(name=f"t{i}", level=i) for i in range(10_000))
    edges = tuple(EdgeFacts(upstream=f"t{i}", downstream=f"t{i + 1}", parameter="x") for i in range(9_999))
    bundle = mimebundle("Chain", [GraphFacts(nodes=nodes, edges=edges)])
    assert len(bundle["text/html"]) < 1_000_000
    assert "levels 0–624" in bundle["text/plain"]
