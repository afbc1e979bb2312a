"""What is too large to be looked at is shown group by group.

A thousand cards take an engine a minute and tell the eye nothing. Tasks of one group become one card with counts by
state, and all edges between two groups become one arrow; each group can be opened by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dpnb.render.facts import EdgeFacts, GraphFacts, NodeFacts
from dpnb.render.layers import longest_path_layers
from dpnb.render.palette import count_states, urgency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_NODES = 300
MAX_WEIGHT = 1_000  # nodes + 1.5 × edges
MAX_GROUPS = 40
_BANDS = 16  # groups of neighbouring levels, where nothing else tells the tasks apart
_MAX_SHARE = 0.95  # of all nodes in one group, else nothing is gained


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tasks that share a card in an overview."""

    name: str
    members: tuple[NodeFacts, ...]

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many members are in which state."""
        return count_states(node.state for node in self.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collapsed:
    """An overview, and the groups that its cards stand for. A group of one keeps its own card."""

    overview: GraphFacts
    groups: tuple[Group, ...]

    def card_of(self) -> dict[str, str]:
        """Return the name of each node's card."""
        cards = zip(self.groups, self.overview.nodes, strict=True)
        return {node.name: card.name for group, card in cards for node in group.members}


def is_large(graph: GraphFacts) -> bool:
    """Whether a picture with a card for each node is more than an eye, or an engine, can take."""
    return len(graph.nodes) > MAX_NODES or len(graph.nodes) + 1.5 * len(graph.edges) > MAX_WEIGHT


def collapse(graph: GraphFacts) -> Collapsed:
    """Return the overview of a graph, its nodes collapsed by group, else by tag, else by level."""
    levels = levels_of(graph)
    names = _by_group(graph.nodes) or _by_tag(graph.nodes) or _by_level(levels)
    members: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        members[name].append(index)
    groups = tuple(
        Group(name=name, members=tuple(graph.nodes[index] for index in indices)) for name, indices in members.items()
    )
    places = {name: min(levels[index] for index in indices) for name, indices in members.items()}
    cards = tuple(_card(group, places[group.name]) for group in groups)
    collapsed = Collapsed(overview=GraphFacts(nodes=cards, title=graph.title), groups=groups)
    edges = merged_edges(graph.edges, collapsed.card_of())
    return replace(collapsed, overview=replace(collapsed.overview, edges=edges))


def levels_of(graph: GraphFacts) -> list[int]:
    """Return each node's level: as its facts say, or from the edges where none says anything."""
    if any(node.level for node in graph.nodes):
        return [node.level for node in graph.nodes]
    place = {node.name: index for index, node in enumerate(graph.nodes)}
    known = [edge for edge in graph.edges if edge.upstream in place and edge.downstream in place]
    edges = [(place[edge.upstream], place[edge.downstream]) for edge in known]
    return longest_path_layers(len(graph.nodes), edges)


def _card(group: Group, level: int) -> NodeFacts:
    if len(group.members) == 1:
        return group.members[0]
    states = {node.state for node in group.members}
    return NodeFacts(
        name=f"\0{group.name}",  # no task has such a name
        label=group.name,
        state=min(states, key=urgency) if states != {""} else "",
        kind="group",
        level=level,
        badge=f"{len(group.members):,} tasks",
        stands_for=len(group.members),
        counts=group.counts,
    )


def merged_edges(edges: Sequence[EdgeFacts], card_of: Mapping[str, str]) -> tuple[EdgeFacts, ...]:
    """Return one edge for all of a kind between two cards; those within a card are not shown."""
    merged: dict[tuple[str, str, bool], list[EdgeFacts]] = defaultdict(list)
    for edge in edges:
        tail, head = card_of.get(edge.upstream), card_of.get(edge.downstream)
        if tail is not None and head is not None and tail != head:
            merged[tail, head, edge.parameter is None].append(edge)
    return tuple(
        EdgeFacts(upstream=tail, downstream=head, parameter=same[0].parameter, count=sum(edge.count for edge in same))
        for (tail, head, _), same in merged.items()
    )


def _by_group(nodes: Sequence[NodeFacts]) -> list[str] | None:
    return _sensible([node.group for node in nodes])


def _by_tag(nodes: Sequence[NodeFacts]) -> list[str] | None:
    """Give each node one tag: frequent tags first, each taken only where it shares no node with those taken before."""
    tagged: dict[str, list[int]] = defaultdict(list)
    for index, node in enumerate(nodes):
        for tag in node.tags:
            tagged[tag].append(index)
    names = [""] * len(nodes)
    for tag, indices in sorted(tagged.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(indices) <= _MAX_SHARE * len(nodes) and not any(names[index] for index in indices):
            for index in indices:
                names[index] = tag
    return _sensible(names)


def _sensible(names: list[str]) -> list[str] | None:
    """Return `names` if they tell the nodes apart: all given, few enough, and none that covers nearly everything."""
    sizes = Counter(names)
    if not names or sizes[""] or len(sizes) > MAX_GROUPS or max(sizes.values()) > _MAX_SHARE * len(names):
        return None
    return names


def _by_level(levels: list[int]) -> list[str]:
    """Join neighbouring levels into at most `_BANDS` bands."""
    distinct = sorted(set(levels))
    step = -(-len(distinct) // _BANDS)
    bands = [distinct[start : start + step] for start in range(0, len(distinct), step)]
    names = {level: _band_name(band) for band in bands for level in band}
    return [names[level] for level in levels]


def _band_name(band: Sequence[int]) -> str:
    return f"level {band[0]}" if len(band) == 1 else f"levels {band[0]}–{band[-1]}"
