"""Edits after which nothing runs: how code is written, and what no task reaches."""

from __future__ import annotations

from tests.edits.edit import Edit

CLEAN = "def clean_0(x): return x + 1"
OUT = "@task\ndef out_0(): return clean_0(3)"


def unchanged(name: str, *after: str, before: tuple[str, ...] = (CLEAN, OUT), in_order: bool = False) -> Edit:
    """Return the row of cells that become others in which nothing is computed differently."""
    edits = {at: cell for at, cell in enumerate(after) if at >= len(before) or before[at] != cell}
    return Edit(name=name, cells=before, edits=edits, gives=(4, 4), ran=frozenset(), in_order=in_order)


WRITTEN = (
    unchanged("comments", "# First.\ndef clean_0(x): return x + 1  # more", f"# Out.\n{OUT}"),
    unchanged(
        "docstrings",
        "def clean_0(x):\n    'Add one.'\n    return x + 1",
        "@task\ndef out_0():\n    'Do it.'\n    return clean_0(3)",
    ),
    unchanged(
        "formatting",
        "def clean_0(\n    x,\n):\n    return (x\n        +   1)",
        "@task\ndef out_0():\n\n    return clean_0( 3 )",
    ),
    unchanged("type hints of a helper", "def clean_0(x: int) -> int: return x + 1"),
    unchanged("type hints of the task", CLEAN, "@task\ndef out_0() -> int: return clean_0(3)"),
    unchanged(
        "type hint of a local variable",
        "def clean_0(x):\n    y: int = x + 1\n    return y",
        before=("def clean_0(x):\n    y = x + 1\n    return y", OUT),
    ),
    unchanged("numbers written in another way", "def clean_0(x): return x + 0x1"),
    unchanged("quotes", 'def clean_0(x): return x + len("a")', before=("def clean_0(x): return x + len('a')", OUT)),
    unchanged("parentheses", "def clean_0(x): return (x) + (1)"),
    unchanged("pass and dots", "def clean_0(x):\n    pass\n    ...\n    return x + 1"),
    unchanged(
        "None that is returned anyhow",
        "def clean_0(x):\n    if x: return\n    return x",
        before=("def clean_0(x):\n    if x: return None\n    return x", "@task\ndef out_0(): return clean_0(3) or 4"),
    ),
    unchanged(
        "semicolons",
        "def clean_0(x):\n    y = x; return y + 1",
        before=("def clean_0(x):\n    y = x\n    return y + 1", OUT),
    ),
    unchanged(
        "lambda on several lines", "clean_0 = lambda x: (\n    x\n    + 1\n)", before=("clean_0 = lambda x: x + 1", OUT)
    ),
    unchanged(
        "docstring and comments of a class",
        "class Cleaner_0:\n '''It cleans.'''\n x = 4  # so",
        before=("class Cleaner_0:\n x = 4", "@task\ndef out_0(): return Cleaner_0.x"),
    ),
    unchanged(
        "order of methods",
        "class Cleaner_0:\n def b(self): return 1\n def a(self): return 4",
        before=(
            "class Cleaner_0:\n def a(self): return 4\n def b(self): return 1",
            "@task\ndef out_0(): return Cleaner_0().a()",
        ),
    ),
    unchanged("call of the decorator", CLEAN, OUT.replace("@task", "@task()")),
    unchanged("magic of the cell", f"%%time\n{CLEAN}", f"%%time\n{OUT}"),
    unchanged("future annotations", f"from __future__ import annotations\n{CLEAN}", OUT),
)

EXECUTED = (
    Edit(name="cells executed again", cells=(CLEAN, OUT), edits={0: None, 1: None}, gives=(4, 4), ran=frozenset()),
    Edit(
        name="cells executed in another order",
        cells=(CLEAN, OUT),
        edits={1: None, 0: None},
        gives=(4, 4),
        ran=frozenset(),
    ),
    unchanged("helper that moves to another cell", "", OUT, CLEAN),
    unchanged("helper that moves into the task's cell", "", f"{CLEAN}\n{OUT}"),
    unchanged("helper defined twice", f"{CLEAN}\n{CLEAN}"),
    unchanged("helper defined by an if", f"if True:\n    {CLEAN}"),
    unchanged("edit that is taken back", CLEAN, OUT, f"def clean_0(x): return 0\n{CLEAN}", in_order=True),
    unchanged(
        "object made anew",
        "class Cleaner_0: x = 4",
        "CLEANER_0 = Cleaner_0()",
        "@task\ndef out_0(): return CLEANER_0.x",
        before=("class Cleaner_0: x = 4", "CLEANER_0 = Cleaner_0()", "@task\ndef out_0(): return CLEANER_0.x"),
        in_order=True,
    ),
)

UNREACHED = (
    unchanged(
        "helper that nobody uses", CLEAN, OUT, "def other_0(): return 2", before=(CLEAN, OUT, "def other_0(): return 1")
    ),
    unchanged("constant that nobody uses", CLEAN, OUT, "OTHER_0 = 2", before=(CLEAN, OUT, "OTHER_0 = 1")),
    unchanged("new import", f"import math\n{CLEAN}"),
    unchanged(
        "global that a local variable hides",
        "x_0 = 2",
        "@task\ndef out_0():\n    x_0 = 4\n    return x_0",
        before=("x_0 = 1", "@task\ndef out_0():\n    x_0 = 4\n    return x_0"),
    ),
    unchanged(
        "global called like an attribute",
        "real_0 = 2",
        "class N_0: real_0 = 4",
        "@task\ndef out_0(): return N_0.real_0",
        before=("real_0 = 1", "class N_0: real_0 = 4", "@task\ndef out_0(): return N_0.real_0"),
    ),
    unchanged(
        "helper named in a docstring only",
        "def other_0(): return 2",
        "@task\ndef out_0():\n    'Like `other_0`.'\n    return 4",
        before=("def other_0(): return 1", "@task\ndef out_0():\n    'Like `other_0`.'\n    return 4"),
    ),
)

ROWS = (*WRITTEN, *EXECUTED, *UNREACHED)
