"""What an object hands to Jupyter: one dictionary of mimes that shows wherever a notebook is opened.

JupyterLab and nbconvert take ``text/html`` first, so it holds everything, the picture included;
``image/svg+xml`` serves those who want the picture alone, ``text/plain`` terminals and plain readers of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.render.collapse import collapse, is_large
from dpnb.render.drawing import draw_whole
from dpnb.render.expansion import html_groups
from dpnb.render.facts import GraphFacts, Heading, Note, Preformatted, TableFacts
from dpnb.render.images import image
from dpnb.render.plaintext import text_note, text_table
from dpnb.render.tables import html_heading, html_note, html_preformatted, html_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render.facts import Part


def mimebundle(title: str, parts: Sequence[Part]) -> dict[str, str]:
    """Return ``text/html``, ``text/plain`` and, where there is a DAG, ``image/svg+xml``.

    Parameters
    ----------
    title:
        A line above everything; may be empty.
    parts:
        What to show, from top to bottom. A DAG that is too large is shown by groups, each of which can be opened.

    Examples
    --------
    >>> bundle = mimebundle("Tasks", [TableFacts(columns=("task", "state"), rows=(("load", "succeeded"),), states=1)])
    >>> sorted(bundle)
    ['text/html', 'text/plain']
    >>> print(bundle["text/plain"])
    Tasks
    <BLANKLINE>
    task  state
    ────  ───────────
    load  ✓ succeeded
    """
    shown = [_show(part) for part in parts]
    head = html_heading(Heading(text=title)) if title else ""
    bundle = {
        "text/html": f"<div>{head}{''.join(html for html, _, _ in shown)}</div>",
        "text/plain": "\n\n".join(text for text in (title, *(text for _, text, _ in shown)) if text),
    }
    pictures = [svg for _, _, svg in shown if svg]
    return bundle | ({"image/svg+xml": pictures[0]} if pictures else {})


def _show(part: Part) -> tuple[str, str, str]:
    """Return a part as HTML, as text and, if it is a DAG, as SVG."""
    match part:
        case GraphFacts():
            return _show_graph(part)
        case TableFacts():
            return html_table(part), text_table(part), ""
        case Note():
            return html_note(part), text_note(part), ""
        case Heading():
            return html_heading(part), part.text, ""
        case Preformatted():
            return html_preformatted(part), f"{part.caption}\n{part.text}".lstrip("\n"), ""


def _show_graph(graph: GraphFacts) -> tuple[str, str, str]:
    if not graph.nodes:
        note = Note(text="no tasks")
        return html_note(note), text_note(note), ""
    collapsed = collapse(graph) if is_large(graph) else None
    drawing = draw_whole(collapsed.overview if collapsed else graph)
    groups = html_groups(graph, collapsed) if collapsed else ""
    return image(drawing, graph.title) + groups, drawing.text, drawing.svg
