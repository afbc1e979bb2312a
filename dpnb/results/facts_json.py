"""Facts of a result as compact JSON: in a result's footer and in the ledger."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dpnb.results.records import ColumnFacts, ResultFacts, restore

if TYPE_CHECKING:
    from collections.abc import Iterable

_OF_SCALARS = {"type", "text"}
_SHORT_CHARACTERS = 200
_quote = json.encoder.encode_basestring


def facts_to_json(facts: ResultFacts) -> str:
    """Write `facts`; what is unknown or empty is left out."""
    has_more = facts.columns or facts.preview or facts.index or facts.labels or facts.format
    if facts.rows is None and facts.shape is None and not has_more:  # a scalar, as quickly as possible
        return f'{{"type":{_quote(facts.type)},"text":{_quote(facts.text)}}}'
    return json.dumps(_as_dict(facts), ensure_ascii=False, separators=(",", ":"))


def _as_dict(facts: ResultFacts) -> dict[str, Any]:
    known = {
        "type": facts.type,
        "rows": facts.rows,
        "shape": facts.shape,
        "columns": [[column.name, column.dtype, column.nulls] for column in facts.columns],
        "preview": facts.preview,
        "text": facts.text,
        "index": [[level.name, level.dtype, level.nulls] for level in facts.index],
        "labels": facts.labels,
        "format": facts.format,
    }
    return {name: value for name, value in known.items() if value is not None and value not in ((), [], "")}


def facts_from_json(text: str) -> ResultFacts:
    """Read what `facts_to_json` wrote; short texts come again and again, with every run that takes results over."""
    return _known_facts(text) if len(text) <= _SHORT_CHARACTERS else facts_from_dict(json.loads(text))


@lru_cache(maxsize=4096)
def _known_facts(text: str) -> ResultFacts:
    return facts_from_dict(json.loads(text))


def facts_from_dict(known: dict[str, Any]) -> ResultFacts:
    """Read facts from parsed JSON."""
    if known.keys() == _OF_SCALARS:
        return restore(ResultFacts, (known["type"], None, None, (), (), known["text"], (), (), ""))
    shape = known.get("shape")
    return ResultFacts(
        type=known.get("type", ""),
        rows=known.get("rows"),
        shape=None if shape is None else tuple(shape),
        columns=_columns(known.get("columns", ())),
        preview=tuple(map(tuple, known.get("preview", ()))),
        text=known.get("text", ""),
        index=_columns(known.get("index", ())),
        labels=tuple(known.get("labels", ())),
        format=known.get("format", ""),
    )


def _columns(parts: Iterable[tuple[str, str, int | None]]) -> tuple[ColumnFacts, ...]:
    return tuple(ColumnFacts(name=name, dtype=dtype, nulls=nulls) for name, dtype, nulls in parts)
