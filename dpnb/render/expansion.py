"""The groups of a collapsed DAG, each to be opened below the overview: a picture, or a table where that is too large.

The whole stays within a budget of size, because a notebook is a file that is saved, mailed and compared. Groups in
trouble come first, so that they get what there is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.render.collapse import merged_edges
from dpnb.render.drawing import draw_whole
from dpnb.render.facts import GraphFacts, TableFacts
from dpnb.render.images import image
from dpnb.render.markup import escape
from dpnb.render.palette import tell_counts, urgency
from dpnb.render.tables import html_table
from dpnb.render.text import one_line, shorten_to_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.render.collapse import Collapsed, Group
    from dpnb.render.facts import EdgeFacts

PICTURE_BUDGET = 450_000  # characters of HTML for all pictures together
ROW_BUDGET = 800  # rows for all tables together
_MAX_CARDS = 48  # of the group itself, in one picture
_MAX_EDGES = 200
_MAX_NEIGHBOURS = 48
_MAX_UPSTREAM = 3


def html_groups(graph: GraphFacts, collapsed: Collapsed) -> str:
    """Return a ``<details>`` for each group of more than one, those in trouble first."""
    several = [group for group in collapsed.groups if len(group.members) > 1]
    several.sort(key=lambda group: min(urgency(node.state) for node in group.members))
    touching = _edges_by_group(graph, several)
    rows = max(ROW_BUDGET // max(len(several), 1), 8)
    budget, shown = PICTURE_BUDGET, []
    for group in several:
        part = _neighbourhood(group, graph, collapsed, touching[group.name])
        picture = image(draw_whole(part, engines=()), group.name) if part else ""
        if len(picture) > budget:
            picture = ""
        budget -= len(picture)
        shown.append(_details(group, picture or html_table(_table(group, touching[group.name], rows))))
    return "".join(shown)


def _edges_by_group(graph: GraphFacts, groups: list[Group]) -> Mapping[str, list[EdgeFacts]]:
    """Return the edges that begin or end in each group."""
    group_of = {node.name: group.name for group in groups for node in group.members}
    touching: dict[str, list[EdgeFacts]] = defaultdict(list)
    for edge in graph.edges:
        for name in {group_of.get(edge.upstream), group_of.get(edge.downstream)} - {None}:
            touching[str(name)].append(edge)
    return touching


def _neighbourhood(group: Group, graph: GraphFacts, collapsed: Collapsed, edges: list[EdgeFacts]) -> GraphFacts | None:
    """Return a group with its direct neighbours, or ``None`` where that is too large for a picture.

    Where the neighbours are many, they are shown by their groups' cards.
    """
    members = {node.name for node in group.members}
    if len(members) > _MAX_CARDS or len(edges) > _MAX_EDGES:
        return None
    around = {name for edge in edges for name in (edge.upstream, edge.downstream)} - members
    if len(around) <= _MAX_NEIGHBOURS:
        nodes = (node for node in graph.nodes if node.name in members or node.name in around)
        shown = tuple(node if node.name in members else replace(node, kind="neighbour") for node in nodes)
        return GraphFacts(nodes=shown, edges=tuple(edges), title=group.name)
    card_of = collapsed.card_of() | {name: name for name in members}
    cards = {card_of[name] for name in around if name in card_of}
    outside = tuple(card for card in collapsed.overview.nodes if card.name in cards)
    return GraphFacts(nodes=(*group.members, *outside), edges=merged_edges(edges, card_of), title=group.name)


def _table(group: Group, edges: list[EdgeFacts], rows: int) -> TableFacts:
    """Return the members as rows, the most urgent states first."""
    upstream: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        upstream[edge.downstream].append(edge.upstream)
    ordered = sorted(group.members, key=lambda node: urgency(node.state))[:rows]
    return TableFacts(
        columns=("task", "state", "", "upstream"),
        rows=tuple(
            (shorten_to_cells(one_line(node.text), 60), node.state, node.badge, _some(upstream[node.name]))
            for node in ordered
        ),
        states=1,
        align="llll",
        limit=rows,
        total=len(group.members),
    )


def _some(names: list[str]) -> str:
    shown = ", ".join(shorten_to_cells(one_line(name), 40) for name in names[:_MAX_UPSTREAM])
    return f"{shown} … {len(names) - _MAX_UPSTREAM} more" if len(names) > _MAX_UPSTREAM else shown


def _details(group: Group, content: str) -> str:
    told = tell_counts(group.counts)
    count = f"{len(group.members):,} tasks" + (f": {told}" if told else "")
    return (
        f'<details style="margin: 4px 0"><summary style="cursor: pointer"><strong>{escape(group.name)}</strong> · '
        f"{escape(count)}</summary>{content}</details>"
    )
