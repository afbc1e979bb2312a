from __future__ import annotations

import base64
import re

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dpnb.notebook.page import html_page

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def page_of(*cells, folder):
    return html_page(new_notebook(cells=list(cells)), title="항공편", folder=folder)


def test_page_asks_for_nothing_from_elsewhere(tmp_path):
    svg = '<img src="data:image/svg+xml;base64,PHN2Zy8+">'
    shown = new_code_cell("plan", outputs=[new_output("display_data", data={"text/html": svg})])
    page = page_of(new_markdown_cell("# Title\n\n$x^2$ and [a link](https://example.org)"), shown, folder=tmp_path)
    assert "data:image/svg+xml;base64,PHN2Zy8+" in page
    assert not re.search(r"<script[^>]+src=|<link[^>]+href=|@import|url\(\s*['\"]?https?:", page)
    assert re.findall(r"<img[^>]+?src=['\"]?(\w+:)", page) == ["data:"]
    assert "require.min.js" not in page
    assert "mathjax" not in page.lower()


def test_pictures_of_the_prose_are_put_inside(tmp_path):
    (tmp_path / "dot.png").write_bytes(PNG)
    page = page_of(new_markdown_cell("![a dot](dot.png)"), folder=tmp_path)
    assert base64.b64encode(PNG).decode() in page


def test_page_has_the_notebooks_name_and_its_code(tmp_path):
    page = page_of(new_code_cell("answer = 42"), folder=tmp_path)
    assert "<title>항공편</title>" in page
    assert re.search(r"answer.*?=.*?42", page)
