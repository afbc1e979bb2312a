"""How a stream shows itself: a row per chunk, from what was noted when it was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.results.previews import preview_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dpnb.results.records import ResultRecord

_MOST_ROWS = 20
_COLUMNS = ("chunk", "type", "rows", "size", "preview")


def stream_mimebundle(
    title: str, result_ids: Sequence[str], describe: Callable[[str], ResultRecord] | None
) -> dict[str, str]:
    """Return HTML and text with the first chunks; only the title where nothing describes them."""
    from dpnb.render import Note, TableFacts, mimebundle

    if describe is None or not result_ids:
        return mimebundle(title, ())
    try:
        rows = tuple(_row(result_id, describe(result_id)) for result_id in result_ids[:_MOST_ROWS])
    except Exception as error:  # noqa: BLE001  # a display tells what is wrong, it never fails
        return mimebundle(title, (Note(text=f"Not readable: {error}", level="warning"),))
    return mimebundle(title, (TableFacts(columns=_COLUMNS, rows=rows, align="llrrl", total=len(result_ids)),))


def _row(result_id: str, record: ResultRecord) -> tuple[str, ...]:
    from dpnb.render.quantities import size

    facts = record.facts
    rows = "" if facts.rows is None else f"{facts.rows:,}"
    return result_id, facts.type, rows, size(record.size_bytes), preview_of(facts)
