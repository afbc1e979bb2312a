"""What was recorded of a result that is not to be loaded, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dpnb.errors import DpnbError
    from dpnb.results.records import ResultFacts


def preview_answer(facts: ResultFacts, error: DpnbError) -> dict[str, Any]:
    """Return the stored first rows, or the short text, and why there is no more to see."""
    shown = len(facts.preview[0]) if facts.preview else len(facts.columns)
    return {
        "shows": "preview",
        "type": facts.type,
        "rows": facts.rows,
        "columns": [
            {"name": column.name, "dtype": column.dtype, "missing": column.nulls} for column in facts.columns[:shown]
        ],
        "more_columns": len(facts.columns) - shown,
        "labels": list(facts.labels),
        "cells": [list(row) for row in facts.preview],
        "text": facts.text,
        "note": str(error),
    }
