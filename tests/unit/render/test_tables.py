from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dpnb.render.facts import Heading, Note, Preformatted, TableFacts
from dpnb.render.tables import html_heading, html_note, html_preformatted, html_table


class Reader(HTMLParser):
    """What a sanitizer leaves at least: the cells' text, row by row; and which tags and attributes there were."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.styles: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.styles.append(dict(attrs).get("style") or "")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


TABLE = TableFacts(
    columns=("task", "state", "rows"),
    rows=(("load", "succeeded", "336,776"), ("정리", "timed_out", ""), ("show", "", "–")),
    states=1,
)


def test_cells_can_be_read_without_any_style() -> None:
    assert Reader(html_table(TABLE)).rows == [
        ["task", "state", "rows"],
        ["load", "✓\xa0succeeded", "336,776"],
        ["정리", "⏱\xa0timed out", ""],
        ["show", "", "–"],
    ]


def test_columns_of_numbers_stand_right() -> None:
    aligns = [style.partition("text-align: ")[2].partition(";")[0] for style in Reader(html_table(TABLE)).styles]
    assert aligns == ["left", "left", "right"] * 4


def test_alignment_can_be_asked_for() -> None:
    table = TableFacts(columns=("a", "b"), rows=(("1", "x"),), align="lc")
    assert "text-align: center" in html_table(table)
    assert "text-align: right" not in html_table(table)


def test_tables_use_neither_script_nor_style_sheet_nor_class() -> None:
    reader = Reader(html_table(TABLE) + html_note(Note(text="x")) + html_preformatted(Preformatted(text="x")))
    assert reader.tags <= {"table", "thead", "tbody", "tr", "th", "td", "span", "p", "pre", "strong", "br"}
    assert reader.attributes <= {"style", "colspan"}


@pytest.mark.parametrize("text", ["<script>x</script>", '"><img src=x onerror=y>', "a & b", "\x00\ud800"])
def test_whatever_a_cell_holds_is_text(text: str) -> None:
    table = TableFacts(columns=(text, text), rows=((text, text),), states=1, caption=text)
    parts = [html_table(table), html_note(Note(text=text)), html_heading(Heading(text=text))]
    html = "".join([*parts, html_preformatted(Preformatted(text=text, caption=text))])
    assert {"script", "img"}.isdisjoint(Reader(html).tags)
    assert html.encode()


def test_long_tables_end_with_how_many_more_there_are() -> None:
    table = TableFacts(columns=("n",), rows=tuple((str(i),) for i in range(5_000)), limit=20)
    rows = Reader(html_table(table)).rows
    assert len(rows) == 22
    assert rows[-1] == ["… 4,980 more"]


def test_rows_that_were_not_handed_over_are_counted_too() -> None:
    table = TableFacts(columns=("n",), rows=(("0",),), total=1_000)
    assert Reader(html_table(table)).rows[-1] == ["… 999 more"]


def test_long_cells_are_cut_and_lines_kept() -> None:
    html = html_table(TableFacts(columns=("n",), rows=(("a\nb" + "x" * 1_000,),)))
    assert "a<br>b" in html
    assert len(html) < 1_500


def test_notes_tell_their_level_in_a_word() -> None:
    assert "<strong>Warning:</strong> mind" in html_note(Note(text="mind", level="warning"))
    assert "mind" in html_note(Note(text="mind", level="no such level"))


def test_preformatted_text_keeps_its_lines() -> None:
    assert "a\n  b &lt;" in html_preformatted(Preformatted(text="a\n  b <"))


def test_a_table_that_is_searched_holds_the_rows_that_are_not_shown_too() -> None:
    facts = TableFacts(columns=("task",), rows=tuple((f"t{n}",) for n in range(5)), limit=2, is_searchable=True)
    html = html_table(facts)
    assert html.count("<tr hidden") == 3
    assert ">t4<" in html
    assert "… 3 more" in html
    assert "hidden" not in html_table(replace(facts, is_searchable=False))
