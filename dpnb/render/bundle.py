"""What an object hands to Jupyter: one dictionary of mimes that shows wherever a notebook is opened.

JupyterLab, nbconvert and GitHub all take ``text/html`` first, so the picture lies in it as an ``<img>`` with a data URI:
that is what untrusted notebooks leave standing, where inline SVG is stripped to its bare labels.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, assert_never

from dpnb.render.drawing import draw
from dpnb.render.facts import GraphFacts, Heading, Note, Preformatted, TableFacts
from dpnb.render.palette import NOTES
from dpnb.render.plaintext import text_table
from dpnb.render.svg import escape
from dpnb.render.tables import html_heading, html_note, html_preformatted, html_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render.drawing import Drawing
    from dpnb.render.facts import Part


def mimebundle(title: str, parts: Sequence[Part]) -> dict[str, str]:
    """Return ``text/html``, ``text/plain`` and, where there is a DAG, ``image/svg+xml``.

    Parameters
    ----------
    title:
        A line above everything, and the name of the picture; may be empty.
    parts:
        What to show, from top to bottom.

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
    drawings = {index: draw(part) for index, part in enumerate(parts) if isinstance(part, GraphFacts)}
    head = html_heading(Heading(text=title)) if title else ""
    shown = (_html(part, drawings.get(index)) for index, part in enumerate(parts))
    texts = (_text(part, drawings.get(index)) for index, part in enumerate(parts))
    bundle = {
        "text/html": f"<div>{head}{''.join(shown)}</div>",
        "text/plain": "\n\n".join(text for text in (title, *texts) if text),
    }
    if drawings:
        bundle["image/svg+xml"] = next(iter(drawings.values())).svg
    return bundle


def _html(part: Part, drawing: Drawing | None) -> str:
    match part:
        case GraphFacts():
            return image(drawing, part.title) if drawing else ""
        case TableFacts():
            return html_table(part)
        case Note():
            return html_note(part)
        case Heading():
            return html_heading(part)
        case Preformatted():
            return html_preformatted(part)
        case _:
            assert_never(part)


def _text(part: Part, drawing: Drawing | None) -> str:
    match part:
        case GraphFacts():
            return drawing.text if drawing else ""
        case TableFacts():
            return text_table(part)
        case Note():
            look = NOTES.get(part.level, NOTES["info"])
            return " ".join(word for word in (look.glyph, look.word, part.text) if word)
        case Heading():
            return part.text
        case Preformatted():
            return f"{part.caption}\n{part.text}" if part.caption else part.text
        case _:
            assert_never(part)


def image(drawing: Drawing, title: str) -> str:
    """Return a picture as ``<img>``, with a text that tells what it shows."""
    data = base64.b64encode(drawing.svg.encode()).decode()
    alt = escape(f"{title or 'Task graph'}: {drawing.summary}")
    width, height = drawing.layout.width, drawing.layout.height
    return (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" width="{width:.0f}" height="{height:.0f}" '
        'style="max-width: 100%; height: auto">'
    )
