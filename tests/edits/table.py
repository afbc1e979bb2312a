"""All rows of the table of edits, each with a number of its own."""

from __future__ import annotations

from tests.edits import classes, constants, decorators, functions

_ROWS = (*functions.ROWS, *decorators.ROWS, *constants.ROWS, *classes.ROWS)

ROWS = [row.numbered(number) for number, row in enumerate(_ROWS, start=1)]
