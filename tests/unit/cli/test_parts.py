from __future__ import annotations

import pytest

from dpnb.cli.console import out
from dpnb.cli.parts import print_parts
from dpnb.render import GraphFacts, Heading, NodeFacts, Note, Preformatted, TableFacts


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out.cache_clear()
    yield
    out.cache_clear()


def test_parts_are_written_below_each_other(capsys):
    table = TableFacts(
        columns=("과제", "change", "rows"),
        rows=(("[red]항공편[/red]", "changed", "336,776"), ("weather", "same", "26,115"), ("planes", "same", "3")),
        caption="Results",
        states=1,
        limit=2,
        total=9,
    )
    print_parts(
        [
            Heading(text="Code"),
            Note(text="[bold]as it is", level="warning"),
            Preformatted(text="-a\n+[b]", caption="x"),
            GraphFacts(nodes=(NodeFacts(name="drawn elsewhere"),)),
            table,
        ]
    )
    said = capsys.readouterr().out
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    assert lines[:6] == ["Code", "⚠ Warning: [bold]as it is", "x", "-a", "+[b]", "Results"]
    assert any(line.split() == ["[red]항공편[/red]", "≠", "changed", "336,776"] for line in lines)
    assert lines[-1] == "… 7 more"
    assert "drawn elsewhere" not in said


def test_text_gives_way_before_figures_and_states(capsys):
    row = ("task", "only in b", "1,234,567 → 7,654,321", "a long explanation of what differs " * 4)
    print_parts([TableFacts(columns=("task", "change", "rows", "difference"), rows=(row,), states=1, align="llrl")])
    said = capsys.readouterr().out
    assert "+ only in b" in said
    assert "1,234,567 → 7,654,321" in said
