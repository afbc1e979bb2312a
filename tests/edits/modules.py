"""Edits of files: of the project's modules, with and without a reload, and of data that tasks declare."""

from __future__ import annotations

from collections.abc import Mapping

from tests.edits.edit import Edit

CLEAN, CLEANER = "def clean(x): return x + 1\n", "def clean(x): return x + 2\n"
OUT = "@task\ndef out_0(): return tools_0.clean(3)"
RELOADED = "import importlib, tools_0\nimportlib.reload(tools_0)"
ON_DISK = "module `tools_0` was edited on disk since it was imported"
RUNS = frozenset({"out_0"})


def unloaded(name: str, before: str, after: str, *cells: str, why: str = ON_DISK) -> Edit:
    """Return the row of a module that is edited on disk only: workers run the new code, and after a restart all do.

    So the kernel's own fingerprint is one of a mixture, which nothing equals after the restart.
    """
    return Edit(
        name=name,
        cells=cells or ("import tools_0", OUT),
        files={"tools_0.py": before},
        edited_files={"tools_0.py": after},
        edits={},
        gives=(4, 5),
        why=why,
        late=RUNS,
        in_order=True,
    )


def reloaded(name: str, before: str, after: str, *, why: str, out: str = OUT) -> Edit:
    """Return the row of a module that is edited and reloaded."""
    return Edit(
        name=name,
        cells=(RELOADED, out),
        files={"tools_0.py": before},
        edited_files={"tools_0.py": after},
        edits={0: None},
        gives=(4, 5),
        why=why,
        in_order=True,
    )


def unreached(name: str, before: str, after: str, *cells: str) -> Edit:
    """Return the row of an edit of a module that the task does not reach."""
    return Edit(
        name=name,
        cells=cells or ("import tools_0", OUT),
        files={"tools_0.py": before},
        edited_files={"tools_0.py": after},
        edits={},
        gives=(4, 4),
        ran=frozenset(),
        in_order=True,
    )


def behind(name: str, tools: str, steps: str, edited: str, *, gives: tuple[int, int] = (4, 5)) -> Edit:
    """Return the row of an edit of the module ``steps_0``, which the task's own module, ``tools_0``, imports."""
    is_reached = gives[0] != gives[1]
    return Edit(
        name=name,
        cells=("import tools_0", OUT),
        files={"tools_0.py": tools, "steps_0.py": steps},
        edited_files={"steps_0.py": edited},
        edits={},
        gives=gives,
        ran=RUNS if is_reached else frozenset(),
        why="module `steps_0` was edited on disk" if is_reached else "fresh since run",
        late=RUNS if is_reached else frozenset(),
        in_order=True,
    )


def packed(name: str, out: str, files: Mapping[str, str], edited: Mapping[str, str], *, cell: str, why: str) -> Edit:
    """Return the row of an edit in the package ``parts_0``, which `cell` imports, and of which the task gives `out`."""
    return Edit(
        name=name,
        cells=(cell, f"@task\ndef out_0(): return {out}"),
        files={f"parts_0/{file}": text for file, text in files.items()},
        edited_files={f"parts_0/{file}": text for file, text in edited.items()},
        edits={},
        gives=(4, 5),
        why=f"module `{why}` was edited on disk",
        late=RUNS,
        in_order=True,
    )


def data(name: str, text: str, edited: str, *, ran: frozenset[str], reads: str = "data_0.csv", why: str = "") -> Edit:
    """Return the row of a task that tells how long the file ``data_0.csv`` is."""
    return Edit(
        name=name,
        cells=(f"@task(reads={reads!r})\ndef out_0(): return len(open('data_0.csv').read())",),
        files={"data_0.csv": text},
        edited_files={"data_0.csv": edited},
        edits={},
        gives=(len(text), len(edited)),
        ran=ran,
        why=why or "fresh since run",
    )


MODULES = (
    unloaded("function of a module", CLEAN, CLEANER),
    unloaded(
        "function imported from a module", CLEAN, CLEANER, "from tools_0 import clean", OUT.replace("tools_0.", "")
    ),
    unloaded(
        "function imported under another name",
        CLEAN,
        CLEANER,
        "from tools_0 import clean as clean_0",
        "@task\ndef out_0(): return clean_0(3)",
    ),
    unloaded(
        "function imported within the task",
        CLEAN,
        CLEANER,
        "@task\ndef out_0():\n    from tools_0 import clean\n    return clean(3)",
    ),
    unloaded(
        "module under another name", CLEAN, CLEANER, "import tools_0 as t_0", "@task\ndef out_0(): return t_0.clean(3)"
    ),
    unloaded(
        "module that a helper uses",
        CLEAN,
        CLEANER,
        "import tools_0",
        "def middle_0(x): return tools_0.clean(x)",
        "@task\ndef out_0(): return middle_0(3)",
    ),
    unloaded(
        "helper within a module",
        "def inner(x): return x + 1\ndef clean(x): return inner(x)\n",
        "def inner(x): return x + 2\ndef clean(x): return inner(x)\n",
    ),
    unloaded(
        "constant within a module",
        "STEP = 1\ndef clean(x): return x + STEP\n",
        "STEP = 2\ndef clean(x): return x + STEP\n",
    ),
    unloaded(
        "constant of a module", "STEP = 4\n", "STEP = 5\n", "import tools_0", "@task\ndef out_0(): return tools_0.STEP"
    ),
    unloaded(
        "class of a module",
        "class Cleaner:\n x = 4\n",
        "class Cleaner:\n x = 5\n",
        "import tools_0",
        "@task\ndef out_0(): return tools_0.Cleaner.x",
    ),
    reloaded("function of a module that is reloaded", CLEAN, CLEANER, why="module tools_0: function `clean` changed"),
    reloaded(
        "helper within a module that is reloaded",
        "def inner(x): return x + 1\ndef clean(x): return inner(x)\n",
        "def inner(x): return x + 2\ndef clean(x): return inner(x)\n",
        why="module tools_0: function `inner` changed",
    ),
    reloaded(
        "constant within a module that is reloaded",
        "STEP = 1\ndef clean(x): return x + STEP\n",
        "STEP = 2\ndef clean(x): return x + STEP\n",
        why="module tools_0: constant `STEP` changed",
    ),
    reloaded(
        "method within a module that is reloaded",
        "class Cleaner:\n def clean(self): return 4\n",
        "class Cleaner:\n def clean(self): return 5\n",
        why="module tools_0: method `Cleaner.clean` changed",
        out="@task\ndef out_0(): return tools_0.Cleaner().clean()",
    ),
    unreached("comments and docstrings of a module", CLEAN, f"# so\n{CLEAN}    # more\n"),
    unreached("another function of a module", CLEAN, f"{CLEAN}def other(): return 1\n"),
    unreached("another constant of a module", f"OTHER = 1\n{CLEAN}", f"OTHER = 2\n{CLEAN}"),
    unreached("lines above a function of a module", CLEAN, f"import math\n\n\n\n{CLEAN}"),
    unreached("what a module does as a script", CLEAN, f"{CLEAN}if __name__ == '__main__':\n    print(clean(1))\n"),
)

AUTORELOADED = (
    Edit(
        name="function of a module that autoreload changes in place",
        cells=("%load_ext autoreload\n%autoreload 1\n%aimport tools_0", OUT),
        files={"tools_0.py": CLEAN},
        edited_files={"tools_0.py": CLEANER},
        edits={},
        gives=(4, 5),
        why="module tools_0: function `clean` changed",
        in_order=True,
    ),
)

COMPUTED = "import steps_0\nSTEP = steps_0.first() + 0\ndef clean(x): return x + STEP\n"
STEPS = "def first(): return 1\ndef second(): return 1\n"

SOURCES = (
    behind(
        "constant that a module takes from another",
        "from steps_0 import STEP\ndef clean(x): return x + STEP\n",
        "STEP = 1\n",
        "STEP = 2\n",
    ),
    behind(
        "constant that a module lets another compute",
        COMPUTED,
        STEPS,
        STEPS.replace("first(): return 1", "first(): return 2"),
    ),
    behind(
        "another function of the module that computes a constant of a module",
        COMPUTED,
        STEPS,
        STEPS.replace("second(): return 1", "second(): return 2"),
        gives=(4, 4),
    ),
)

PACKAGES = (
    packed(
        "module of a package",
        "parts_0.inner.clean(3)",
        {"__init__.py": "", "inner.py": CLEAN},
        {"inner.py": CLEANER},
        cell="import parts_0.inner",
        why="parts_0.inner",
    ),
    packed(
        "function that a package hands on",
        "parts_0.clean(3)",
        {"__init__.py": "from parts_0.inner import clean\n", "inner.py": CLEAN},
        {"inner.py": CLEANER},
        cell="import parts_0",
        why="parts_0.inner",
    ),
    packed(
        "what a package hands on",
        "parts_0.clean(3)",
        {
            "__init__.py": "from parts_0.inner import clean\n",
            "inner.py": f"{CLEAN}def cleaner(x): return x + 2\n",
        },
        {"__init__.py": "from parts_0.inner import cleaner as clean\n"},
        cell="import parts_0",
        why="parts_0",
    ),
    packed(
        "relative import within a package",
        "outer.middle(3)",
        {
            "__init__.py": "",
            "outer.py": "from .inner import clean\ndef middle(x): return clean(x)\n",
            "inner.py": CLEAN,
        },
        {"inner.py": CLEANER},
        cell="from parts_0 import outer",
        why="parts_0.inner",
    ),
)

DATA = (
    data("declared file", "1", "22", ran=RUNS, why="data_0.csv"),
    data("declared file of the same size", "1", "2", ran=RUNS, why="data_0.csv"),
    data("declared file that is only touched", "1", "1", ran=frozenset()),
    data("file of a declared pattern", "1", "22", ran=RUNS, reads="data_0*", why="data_0.csv"),
)

ROWS = (*MODULES, *AUTORELOADED, *SOURCES, *PACKAGES, *DATA)
