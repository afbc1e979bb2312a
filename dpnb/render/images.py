"""Pictures within HTML, in the form that notebooks leave standing.

An ``<img>`` with a data URI survives where inline SVG is stripped to its bare labels, but it shows no tooltips. So
transparent spans with a ``title`` lie over the cards, placed in per cent of the picture; where a sanitizer takes their
style they have no size, and only the tooltips are missing.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from dpnb.render.markup import escape

if TYPE_CHECKING:
    from dpnb.render.drawing import Drawing
    from dpnb.render.layout import Box, Layout

SMALLEST_SCALE = 0.6  # below it, one scrolls sideways rather than squints


def image(drawing: Drawing, title: str) -> str:
    """Return a picture as ``<img>`` with tooltips over its cards, and a text that tells what it shows."""
    data = base64.b64encode(drawing.svg.encode()).decode()
    layout = drawing.layout
    alt = escape(f"{title or 'DAG'}: {drawing.summary}")
    size = f"width: {layout.width:.0f}px; max-width: 100%; min-width: {layout.width * SMALLEST_SCALE:.0f}px"
    spans = (_span(box, layout, tooltip) for box, tooltip in zip(layout.boxes, drawing.tooltips, strict=True))
    return (
        f'<div style="overflow-x: auto; margin: 4px 0"><div style="position: relative; {size}">'
        f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" width="{layout.width:.0f}" '
        f'height="{layout.height:.0f}" style="display: block; width: 100%; height: auto; margin: 0">'
        f"{''.join(spans)}</div></div>"
    )


def _span(box: Box, layout: Layout, tooltip: str) -> str:
    left, top = (box.x - box.width / 2) / layout.width, (box.y - box.height / 2) / layout.height
    width, height = box.width / layout.width, box.height / layout.height
    return (
        f'<span title="{escape(tooltip)}" style="position: absolute; left: {left:.2%}; top: {top:.2%}; '
        f'width: {width:.2%}; height: {height:.2%}"></span>'
    )
