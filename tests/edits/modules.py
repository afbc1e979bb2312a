"""Edits of files: of the project's modules, with and without a reload, and of data that tasks declare."""

from __future__ import annotations

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

SOURCES = (
    Edit(
        name="constant that a module takes from another",
        cells=("import tools_0", OUT),
        files={
            "tools_0.py": "from steps_0 import STEP\ndef clean(x): return x + STEP\n",
            "steps_0.py": "STEP = 1\n",
        },
        edited_files={"steps_0.py": "STEP = 2\n"},
        edits={},
        gives=(4, 5),
        why="module `steps_0` was edited on disk",
        late=RUNS,
        in_order=True,
    ),
    Edit(
        name="constant that a module lets another compute",
        cells=("import tools_0", OUT),
        files={
            "tools_0.py": "import steps_0\nSTEP = steps_0.first() + 0\ndef clean(x): return x + STEP\n",
            "steps_0.py": "def first(): return 1\ndef second(): return 1\n",
        },
        edited_files={"steps_0.py": "def first(): return 2\ndef second(): return 1\n"},
        edits={},
        gives=(4, 5),
        why="module `steps_0` was edited on disk",
        late=RUNS,
        in_order=True,
    ),
    Edit(
        name="another function of the module that computes a constant of a module",
        cells=("import tools_0", OUT),
        files={
            "tools_0.py": "import steps_0\nSTEP = steps_0.first() + 0\ndef clean(x): return x + STEP\n",
            "steps_0.py": "def first(): return 1\ndef second(): return 1\n",
        },
        edited_files={"steps_0.py": "def first(): return 1\ndef second(): return 2\n"},
        edits={},
        gives=(4, 4),
        ran=frozenset(),
        in_order=True,
    ),
)

PACKAGES = (
    Edit(
        name="module of a package",
        cells=("import parts_0.inner", "@task\ndef out_0(): return parts_0.inner.clean(3)"),
        files={"parts_0/__init__.py": "", "parts_0/inner.py": CLEAN},
        edited_files={"parts_0/inner.py": CLEANER},
        edits={},
        gives=(4, 5),
        why="module `parts_0.inner` was edited on disk",
        late=RUNS,
        in_order=True,
    ),
    Edit(
        name="function that a package hands on",
        cells=("import parts_0", "@task\ndef out_0(): return parts_0.clean(3)"),
        files={"parts_0/__init__.py": "from parts_0.inner import clean\n", "parts_0/inner.py": CLEAN},
        edited_files={"parts_0/inner.py": CLEANER},
        edits={},
        gives=(4, 5),
        why="module `parts_0.inner` was edited on disk",
        late=RUNS,
        in_order=True,
    ),
    Edit(
        name="what a package hands on",
        cells=("import parts_0", "@task\ndef out_0(): return parts_0.clean(3)"),
        files={
            "parts_0/__init__.py": "from parts_0.inner import clean\n",
            "parts_0/inner.py": f"{CLEAN}def cleaner(x): return x + 2\n",
        },
        edited_files={"parts_0/__init__.py": "from parts_0.inner import cleaner as clean\n"},
        edits={},
        gives=(4, 5),
        why="module `parts_0` was edited on disk",
        late=RUNS,
        in_order=True,
    ),
    Edit(
        name="relative import within a package",
        cells=("from parts_0 import outer", "@task\ndef out_0(): return outer.middle(3)"),
        files={
            "parts_0/__init__.py": "",
            "parts_0/outer.py": "from .inner import clean\ndef middle(x): return clean(x)\n",
            "parts_0/inner.py": CLEAN,
        },
        edited_files={"parts_0/inner.py": CLEANER},
        edits={},
        gives=(4, 5),
        why="module `parts_0.inner` was edited on disk",
        late=RUNS,
        in_order=True,
    ),
)

DATA = (
    data("declared file", "1", "22", ran=RUNS, why="data_0.csv"),
    data("declared file of the same size", "1", "2", ran=RUNS, why="data_0.csv"),
    data("declared file that is only touched", "1", "1", ran=frozenset()),
    data("file of a declared pattern", "1", "22", ran=RUNS, reads="data_0*", why="data_0.csv"),
)

ROWS = (*MODULES, *AUTORELOADED, *SOURCES, *PACKAGES, *DATA)
