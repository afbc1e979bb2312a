"""What cells change in modules of the project, whose files stay as they are: workers import those."""

from __future__ import annotations

from tests.edits.edit import Edit

RUNS = frozenset({"out_0"})


def set_here(name: str, module: str, out: str, cell: str, *, why: str) -> Edit:
    """Return the row of a cell that changes something in the module ``tools_0``, of which the task gives `out`.

    The task gives what the file leads to, and that is never taken for what the cell has asked for.
    """
    return Edit(
        name=name,
        cells=("import tools_0", f"@task\ndef out_0(): return {out}"),
        files={"tools_0.py": module},
        edits={2: cell},
        gives=(4, 4),
        why=f"module tools_0: {why}",
        again=RUNS,
        in_order=True,
    )


def filled(name: str, module: str) -> Edit:
    """Return the row of a function that keeps what it has made in its module, and is called in a worker only."""
    return Edit(
        name=name,
        cells=("import tools_0", "@task\ndef out_0(): return tools_0.made(2)"),
        files={"tools_0.py": module},
        edits={1: None},
        gives=(4, 4),
        ran=frozenset(),
        in_order=True,
    )


ROWS = (
    set_here(
        "entry of a module's dictionary that a cell sets",
        "LIMITS = {'위': 4}\n",
        "tools_0.LIMITS['위']",
        "tools_0.LIMITS['위'] = 5",
        why="constant `LIMITS['위']` changed",
    ),
    set_here(
        "number of a module that a cell sets",
        "LIMIT = 4\n",
        "tools_0.LIMIT",
        "tools_0.LIMIT = 5",
        why="constant `LIMIT` changed",
    ),
    set_here(
        "list of a module that a cell adds to",
        "ROWS = [1, 2, 3, 4]\ndef count(): return len(ROWS)\n",
        "tools_0.count()",
        "tools_0.ROWS.append(5)",
        why="constant `ROWS` changed",
    ),
    set_here(
        "attribute of a module's class that a cell sets",
        "class Limits:\n top = 4\n",
        "tools_0.Limits.top",
        "tools_0.Limits.top = 5",
        why="class `Limits` changed",
    ),
    set_here(
        "attribute of a module's object that a cell sets",
        "from types import SimpleNamespace\nLIMITS = SimpleNamespace(top=4)\n",
        "tools_0.LIMITS.top",
        "tools_0.LIMITS.top = 5",
        why="constant `LIMITS.top` changed",
    ),
    set_here(
        "function of a module in whose place a cell puts another",
        "def clean(): return 4\n",
        "tools_0.clean()",
        "tools_0.clean = lambda: 5",
        why="function `clean` removed",
    ),
    set_here(
        "registry of a module that a cell fills",
        "ALL = {}\ndef register(f):\n    ALL[f.__name__] = f\n    return f\n",
        "4 + len(tools_0.ALL)",
        "@tools_0.register\ndef mine_0(): return 1",
        why="constant `ALL` changed",
    ),
    filled(
        "memo of a module that tasks fill",
        "MEMO = {}\ndef made(x):\n    if x not in MEMO:\n        MEMO[x] = 2 * x\n    return MEMO[x]\n",
    ),
    filled(
        "value of a module that is made when it is first asked for",
        "_factor = None\ndef made(x):\n    global _factor\n    if _factor is None:\n        _factor = 2\n"
        "    return x * _factor\n",
    ),
    filled(
        "function of a module that is cached", "import functools\n@functools.cache\ndef made(x):\n    return 2 * x\n"
    ),
)
