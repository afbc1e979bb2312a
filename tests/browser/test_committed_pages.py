"""The committed notebooks as pages, opened from the disk in a real browser."""

from __future__ import annotations

import nbformat
import pytest

from dpnb.notebook.page import html_page
from tests.refresh_notebooks import committed

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", committed(), ids=lambda path: path.stem)
def test_a_page_opens_with_all_its_pictures_and_asks_for_nothing(path, browser, tmp_path):
    file = tmp_path / f"{path.stem}.html"
    notebook = nbformat.read(path, as_version=4)
    file.write_text(html_page(notebook, title=path.stem, folder=path.parent), encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert page.evaluate("document.images.length") > 0
    assert page.evaluate("[...document.images].filter(image => !image.naturalWidth).length") == 0
    page.close()
