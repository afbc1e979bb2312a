"""Edits of decorators, and of what they wrap."""

from __future__ import annotations

from tests.edits.edit import Edit
from tests.edits.functions import HELPER, OUT, through

ROWS = (
    through(
        "helper called by a decorator",
        "import functools\ndef twice_0(f):\n    @functools.wraps(f)\n    def g(): return clean_0(f())\n    return g",
        "@task\n@twice_0\ndef out_0(): return 3",
        in_order=True,
    ),
    Edit(
        name="decorator with wraps",
        cells=(
            "import functools\ndef more_0(f):\n    @functools.wraps(f)\n    def g(): return f() + 1\n    return g",
            "@task\n@more_0\ndef out_0(): return 3",
        ),
        edits={
            0: "import functools\ndef more_0(f):\n    @functools.wraps(f)\n    def g(): return f() + 2\n    return g",
            1: None,
        },
        gives=(4, 5),
        why="changed in cell",
        in_order=True,
    ),
    Edit(
        name="decorator of a helper, without wraps",
        cells=(
            "def more_0(f):\n    def g(x): return f(x) + 1\n    return g",
            "@more_0\ndef clean_0(x): return x",
            OUT,
        ),
        edits={0: "def more_0(f):\n    def g(x): return f(x) + 2\n    return g", 1: None},
        gives=(4, 5),
        why=HELPER,
        in_order=True,
    ),
    Edit(
        name="argument of a decorator",
        cells=(
            """
import functools
def more_0(n):
    def deco(f):
        @functools.wraps(f)
        def g(): return f() + n
        return g
    return deco
""",
            "@task\n@more_0(1)\ndef out_0(): return 3",
        ),
        edits={1: "@task\n@more_0(2)\ndef out_0(): return 3"},
        gives=(4, 5),
        why="changed in cell",
        in_order=True,
    ),
    Edit(
        name="function below a decorator",
        cells=(
            "import functools\ndef more_0(f):\n    @functools.wraps(f)\n    def g(): return f() + 1\n    return g",
            "@task\n@more_0\ndef out_0(): return 3",
        ),
        edits={1: "@task\n@more_0\ndef out_0(): return 4"},
        gives=(4, 5),
        why="changed in cell",
        in_order=True,
    ),
)
