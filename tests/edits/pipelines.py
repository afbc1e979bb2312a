"""Edits in pipelines of several tasks: who runs, and who is given the same as before."""

from __future__ import annotations

from typing import Any

from tests.edits.edit import Edit

HELPER = "helper `clean_0` changed"
CLEAN, CLEANER = "def clean_0(x): return x + 1", "def clean_0(x): return x + 2"
FIRST = "@task\ndef first_0(): return clean_0(3)"
DIAMOND = (
    "@task\ndef first_0(): return 3",
    "@task\ndef left_0(first_0): return first_0 + 1",
    "@task\ndef right_0(first_0): return first_0 * 10",
    "@task\ndef out_0(left_0, right_0): return left_0 + right_0",
)


def ran(*tasks: str) -> frozenset[str]:
    return frozenset(f"{task}_0" for task in tasks)


def diamond(name: str, at: int, cell: str, gives: tuple[int, int], why: str, *tasks: str) -> Edit:
    return Edit(name=f"{name} of a diamond", cells=DIAMOND, edits={at: cell}, gives=gives, why=why, ran=ran(*tasks))


SHARED = (
    Edit(
        name="helper of two tasks",
        cells=(CLEAN, "@task\ndef twin_0(): return clean_0(1)", "@task\ndef out_0(): return clean_0(3)"),
        edits={0: CLEANER},
        gives=(4, 5),
        ran=ran("twin", "out"),
        why=HELPER,
    ),
    Edit(
        name="helper of one of two tasks",
        cells=(CLEAN, "@task\ndef twin_0(): return 1", "@task\ndef out_0(): return clean_0(3)"),
        edits={0: CLEANER},
        gives=(4, 5),
        why=HELPER,
    ),
    Edit(
        name="helper of the other of two tasks",
        cells=(CLEAN, "@task\ndef twin_0(): return clean_0(1)", "@task\ndef out_0(): return 3"),
        edits={0: CLEANER},
        gives=(3, 3),
        ran=ran("twin"),
        why=HELPER,
    ),
    Edit(
        name="helper of the last of a chain",
        cells=(CLEAN, "@task\ndef first_0(): return 3", "@task\ndef out_0(first_0): return clean_0(first_0)"),
        edits={0: CLEANER},
        gives=(4, 5),
        why=HELPER,
    ),
)

DOWNSTREAM = (
    Edit(
        name="helper of an upstream task",
        cells=(CLEAN, FIRST, "@task\ndef out_0(first_0): return first_0 * 10"),
        edits={0: CLEANER},
        gives=(40, 50),
        ran=ran("first", "out"),
        why=HELPER,
    ),
    Edit(
        name="upstream task that comes out the same",
        cells=("@task\ndef first_0(): return 2 + 2", "@task\ndef out_0(first_0): return first_0 * 10"),
        edits={0: "@task\ndef first_0(): return 2 * 2"},
        gives=(40, 40),
        ran=ran("first"),
        why="task `first_0` changed",
    ),
    Edit(
        name="helper of an upstream task that comes out the same",
        cells=(CLEAN, "@task\ndef first_0(): return clean_0(3) > 0", "@task\ndef out_0(first_0): return first_0"),
        edits={0: CLEANER},
        gives=(True, True),
        ran=ran("first"),
        why=HELPER,
    ),
    Edit(
        name="upstream frame that comes out the same",
        cells=(
            "import pandas as pd",
            "@task\ndef first_0(): return pd.DataFrame({'a': [1, 2]})",
            "@task\ndef out_0(first_0): return int(first_0.a.sum())",
        ),
        edits={1: "@task\ndef first_0(): return pd.DataFrame({'a': [0, 1]}) + 1"},
        gives=(3, 3),
        ran=ran("first"),
        why="task `first_0` changed",
    ),
    Edit(
        name="chain that comes out the same in its middle",
        cells=(
            "@task\ndef first_0(): return 3",
            "@task\ndef middle_0(first_0): return first_0 > 0",
            "@task\ndef late_0(middle_0): return not middle_0",
            "@task\ndef out_0(late_0): return not late_0",
        ),
        edits={0: "@task\ndef first_0(): return 4"},
        gives=(True, True),
        ran=ran("first", "middle"),
        why="task `first_0` changed",
    ),
    diamond(
        "top", 0, "@task\ndef first_0(): return 4", (34, 45), "task `first_0` changed", "first", "left", "right", "out"
    ),
    diamond(
        "one side",
        1,
        "@task\ndef left_0(first_0): return first_0 + 2",
        (34, 35),
        "task `left_0` changed",
        "left",
        "out",
    ),
    diamond(
        "one side, which comes out the same,",
        1,
        "@task\ndef left_0(first_0): return 1 + first_0",
        (34, 34),
        "task `left_0` changed",
        "left",
    ),
    diamond(
        "bottom",
        3,
        "@task\ndef out_0(left_0, right_0): return left_0 - right_0",
        (34, -26),
        "task `out_0` changed",
        "out",
    ),
)

TWO = ("@task\ndef one_0(): return 4", "@task\ndef two_0(): return 5")
WIRING = (
    Edit(
        name="parameter that takes another task's result",
        cells=(*TWO, "@task(inputs={'x': 'one_0'})\ndef out_0(x): return x"),
        edits={2: "@task(inputs={'x': 'two_0'})\ndef out_0(x): return x"},
        gives=(4, 5),
        why="it is given other results",
    ),
    Edit(
        name="parameter that takes another task's result, which is the same",
        cells=(TWO[0], "@task\ndef two_0(): return 2 + 2", "@task(inputs={'x': 'one_0'})\ndef out_0(x): return x"),
        edits={2: "@task(inputs={'x': 'two_0'})\ndef out_0(x): return x"},
        gives=(4, 4),
        ran=frozenset(),
    ),
    Edit(
        name="two parameters that change places",
        cells=(*TWO, "@task(inputs={'x': 'one_0', 'y': 'two_0'})\ndef out_0(x, y): return x - y"),
        edits={2: "@task(inputs={'x': 'two_0', 'y': 'one_0'})\ndef out_0(x, y): return x - y"},
        gives=(-1, 1),
        why="it is given other results",
    ),
    Edit(
        name="name of a parameter",
        cells=(TWO[0], "@task(inputs={'x': 'one_0'})\ndef out_0(x): return x"),
        edits={1: "@task(inputs={'y': 'one_0'})\ndef out_0(y): return y"},
        gives=(4, 4),
        why="task `out_0` changed",
    ),
    Edit(
        name="new parameter that takes a result",
        cells=(*TWO, "@task\ndef out_0(one_0): return one_0"),
        edits={2: "@task\ndef out_0(one_0, two_0): return one_0 + two_0"},
        gives=(4, 9),
        why="task `out_0` changed",
    ),
    Edit(
        name="task that takes the place of a default",
        cells=("@task\ndef rate_0(): return 5", "@task(dependencies=[])\ndef out_0(rate_0=4): return rate_0"),
        edits={1: "@task\ndef out_0(rate_0=4): return rate_0"},
        gives=(4, 5),
        why="it is given other results",
    ),
    Edit(
        name="task that comes before, by order only",
        cells=(TWO[0], "@task(dependencies=[])\ndef out_0(): return 5"),
        edits={1: "@task(dependencies=['one_0'])\ndef out_0(): return 5"},
        gives=(5, 5),
        why="it comes after other tasks",
    ),
    Edit(
        name="helper of a task that comes before, by order only",
        cells=(CLEAN, FIRST, "@task(dependencies=['first_0'])\ndef out_0(): return 5"),
        edits={0: CLEANER},
        gives=(5, 5),
        ran=ran("first", "out"),
        why=HELPER,
    ),
    Edit(
        name="new name of an upstream task",
        cells=("@task(name='one_0')\ndef make_0(): return 4", "@task(inputs={'x': 'one_0'})\ndef out_0(x): return x"),
        edits={
            0: "@task(name='two_0')\ndef make_0(): return 4",
            1: "@task(inputs={'x': 'two_0'})\ndef out_0(x): return x",
        },
        gives=(4, 4),
        ran=ran("two"),
        why="nothing is stored of it",
    ),
)

STREAMS = (
    Edit(
        name="chunks of a stream",
        cells=(
            "@task(stream_output=True)\ndef chunks_0(): yield from [1, 2]",
            "@task\ndef out_0(chunks_0): return list(chunks_0)",
        ),
        edits={0: "@task(stream_output=True)\ndef chunks_0(): yield from [1, 3]"},
        gives=([1, 2], [1, 3]),
        ran=ran("chunks", "out"),
        why="task `chunks_0` changed",
    ),
    Edit(
        name="stream that comes out the same",
        cells=(
            "@task(stream_output=True)\ndef chunks_0(): yield from [1, 2]",
            "@task\ndef out_0(chunks_0): return list(chunks_0)",
        ),
        edits={0: "@task(stream_output=True)\ndef chunks_0():\n    yield 1\n    yield 2"},
        gives=([1, 2], [1, 2]),
        ran=ran("chunks"),
        why="task `chunks_0` changed",
    ),
    Edit(
        name="annotation that lets a task take a stream chunk by chunk",
        cells=(
            "from collections.abc import Iterator",
            "@task(stream_output=True)\ndef chunks_0(): yield from [1, 2]",
            "@task\ndef out_0(chunks_0: list[int]): return isinstance(chunks_0, list)",
        ),
        edits={2: "@task\ndef out_0(chunks_0: Iterator[int]): return isinstance(chunks_0, list)"},
        gives=(True, False),
        why="parameter `chunks_0`: as a list → as an iterator",
        in_order=True,
    ),
)

FAILED = (
    Edit(
        name="task that failed",
        cells=("@task(fail_safe=True)\ndef out_0(): raise ValueError('not yet')",),
        edits={0: "@task(fail_safe=True)\ndef out_0(): return 5"},
        gives=(None, 5),
        why="it failed in run",
    ),
    Edit(
        name="helper of a task that failed",
        cells=(
            "def clean_0(x): raise ValueError('not yet')",
            "@task\ndef first_0(): return 3",
            "@task(fail_safe=True)\ndef out_0(first_0): return clean_0(first_0)",
        ),
        edits={0: CLEANER},
        gives=(None, 5),
        why="it failed in run",
    ),
    Edit(
        name="helper of a task that had a result beside one that failed",
        cells=(
            CLEAN,
            FIRST,
            "@task(fail_safe=True)\ndef out_0(first_0):\n    raise ValueError('not yet')",
        ),
        edits={0: CLEANER, 2: "@task(fail_safe=True)\ndef out_0(first_0): return first_0"},
        gives=(None, 5),
        ran=ran("first", "out"),
        why="stale: ",
    ),
)


def given(name: str, before: Any, after: Any) -> Edit:
    """Return the row of a run parameter."""
    return Edit(
        name=name,
        cells=("@task\ndef out_0(year_0=2013): return year_0", "@task\ndef twin_0(): return 1"),
        edits={},
        params={"year_0": before},
        edited_params={"year_0": after},
        gives=(before, after),
        why="parameter `year_0`",
    )


PARAMS = (
    given("run parameter", 2013, 2014),
    given("run parameter from 1 to 1.0", 1, 1.0),
    given("run parameter that is a list", [1, 2], [2, 1]),
    Edit(
        name="run parameter of an upstream task",
        cells=(
            "@task\ndef first_0(year_0): return year_0 % 4",
            "@task\ndef out_0(first_0): return first_0",
            "@task\ndef twin_0(): return 1",
        ),
        edits={},
        params={"year_0": 2013},
        edited_params={"year_0": 2014},
        gives=(1, 2),
        ran=ran("first", "out"),
        why="parameter `year_0`: 2013 → 2014",
    ),
    Edit(
        name="run parameter that makes no difference downstream",
        cells=("@task\ndef first_0(year_0): return year_0 > 2000", "@task\ndef out_0(first_0): return first_0"),
        edits={},
        params={"year_0": 2013},
        edited_params={"year_0": 2014},
        gives=(True, True),
        ran=ran("first"),
        why="parameter `year_0`: 2013 → 2014",
    ),
)

ROWS = (*SHARED, *DOWNSTREAM, *WIRING, *STREAMS, *FAILED, *PARAMS)
