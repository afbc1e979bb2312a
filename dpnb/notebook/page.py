"""An executed notebook as one HTML file whose own parts are all inside it: styles, its pictures, dpnb's outputs.

What the author's cells themselves name elsewhere stays there: an ``<img>`` with an address in prose or in an output,
the script that a plotting library's output loads. A page asks for that, and for nothing else.

nbconvert's own page loads RequireJS, MathJax and Mermaid from a CDN and stays incomplete without a network. Here the
blocks that load them are left out, so formulas show as the TeX they are written in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

TEMPLATE = """\
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock html_head_js -%}
{%- block jupyter_widgets -%}{%- endblock jupyter_widgets -%}
{%- block html_head_js_mathjax -%}{%- endblock html_head_js_mathjax -%}
{%- block html_head_js_mermaidjs -%}{%- endblock html_head_js_mermaidjs -%}
"""


def make_ready() -> None:
    """Load what writes pages, which takes most of the time that the first of them does."""
    from nbconvert.exporters import HTMLExporter

    HTMLExporter(raw_template=TEMPLATE).template  # noqa: B018 - it is parsed


def html_page(notebook: NotebookNode, *, title: str, folder: Path) -> str:
    """Return `notebook` as HTML; pictures that its prose names are read from `folder`."""
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(raw_template=TEMPLATE, embed_images=True, exclude_anchor_links=True)
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title, "path": str(folder)}})
    return str(page)
