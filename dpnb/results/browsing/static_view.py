"""What of a result can be seen without a kernel: its first rows, from what was recorded. Nothing is unpickled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.render import Preformatted, TableFacts, mimebundle

if TYPE_CHECKING:
    from dpnb.results.browsing.sources import Source
    from dpnb.results.records import ResultFacts

_MOST_COLUMNS = 12


def static_view(source: Source) -> dict[str, str]:
    """Return the mimes of a source: a heading and the first rows, or a short text."""
    facts = source.facts
    title = " · ".join(part for part in (source.title, _size(facts)) if part)
    if facts.columns and facts.rows is not None:
        return mimebundle(title, (_rows(facts),))
    return mimebundle(title, (Preformatted(text=facts.text),) if facts.text else ())


def _size(facts: ResultFacts) -> str:
    if facts.rows is None:
        return facts.type
    rows = f"{facts.rows:,} row{'' if facts.rows == 1 else 's'}"
    count = len(facts.columns)
    return f"{facts.type} · {rows}" + (f" × {count:,} column{'' if count == 1 else 's'}" if count else "")


def _rows(facts: ResultFacts) -> TableFacts:
    shown = facts.columns[:_MOST_COLUMNS]
    more = len(facts.columns) - len(shown)
    labels = facts.labels or tuple(map(str, range(len(facts.preview))))
    types = ("", *(column.dtype for column in shown), *(["…"] if more else []))
    rows = [
        (label, *row[:_MOST_COLUMNS], *(["…"] if more else []))
        for label, row in zip(labels, facts.preview, strict=False)
    ]
    columns = ("", *(column.name for column in shown), *([f"{more:,} more columns"] if more else []))
    return TableFacts(columns=columns, rows=(types, *rows), total=(facts.rows or 0) + 1)
