"""All rows of the table of edits, each with a number of its own."""

from __future__ import annotations

from tests.edits import classes, constants, decorators, functions, module_state, modules, options, pipelines, unchanged

_ROOMS = (functions, decorators, classes, constants, modules, module_state, pipelines, options, unchanged)

ROWS = [row.numbered(number) for number, row in enumerate((row for room in _ROOMS for row in room.ROWS), start=1)]
