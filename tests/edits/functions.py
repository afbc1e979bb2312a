"""Edits of functions: of the task itself, and of helpers, however it reaches them."""

from __future__ import annotations

from tests.edits.edit import Edit

CLEAN, CLEANER = "def clean_0(x): return x + 1", "def clean_0(x): return x + 2"
OUT = "@task\ndef out_0(): return clean_0(3)"
HELPER = "helper `clean_0` changed"


def through(name: str, *cells: str, rerun: tuple[int, ...] = (), in_order: bool = False) -> Edit:
    """Return the row of a helper that is reached through the other cells, of which those in `rerun` are executed again.

    The helper is the first cell.
    """
    edits = {0: CLEANER, **dict.fromkeys(rerun)}
    return Edit(
        name=name, cells=(CLEAN, *cells), edits=edits, gives=(4, 5), why=HELPER, in_order=in_order or bool(rerun)
    )


def itself(name: str, before: str, after: str, gives: tuple[object, object] = (1, 2)) -> Edit:
    """Return the row of a task that is edited."""
    return Edit(name=name, cells=(before,), edits={0: after}, gives=gives, why="task `out_0` changed")


def helper(name: str, before: str, after: str, gives: tuple[object, object], why: str = HELPER) -> Edit:
    """Return the row of a helper `clean_0`, the first cell, that a task calls with 3."""
    return Edit(name=name, cells=(before, OUT), edits={0: after}, gives=gives, why=why)


THE_TASK = (
    itself("body of the task", "@task\ndef out_0(): return 1", "@task\ndef out_0(): return 2"),
    itself(
        "default argument of the task", "@task\ndef out_0(step=1): return step", "@task\ndef out_0(step=2): return step"
    ),
    itself(
        "keyword-only default of the task",
        "@task\ndef out_0(*, step=1): return step",
        "@task\ndef out_0(*, step=2): return step",
    ),
    itself(
        "order of statements",
        "@task\ndef out_0():\n x = 1\n x = 2\n return x",
        "@task\ndef out_0():\n x = 2\n x = 1\n return x",
        (2, 1),
    ),
    itself("operator", "@task\ndef out_0(): return 2 + 3", "@task\ndef out_0(): return 2 * 3", (5, 6)),
    itself("int to float", "@task\ndef out_0(): return 1", "@task\ndef out_0(): return 1.0", (1, 1.0)),
    itself(
        "text in Korean", "@task\ndef out_0(): return '서울'", "@task\ndef out_0(): return '부산'", ("서울", "부산")
    ),
    itself(
        "nested function",
        "@task\ndef out_0():\n    def inner(x): return x + 1\n    return inner(3)",
        "@task\ndef out_0():\n    def inner(x): return x + 2\n    return inner(3)",
        (4, 5),
    ),
    itself(
        "condition of a comprehension",
        "@task\ndef out_0(): return [x for x in range(4) if x > 1]",
        "@task\ndef out_0(): return [x for x in range(4) if x > 2]",
        ([2, 3], [3]),
    ),
    itself(
        "name of a local variable",
        "@task\ndef out_0():\n    row = 1\n    return row",
        "@task\ndef out_0():\n    line = 1\n    return line",
        (1, 1),
    ),
    itself("async task", "@task\nasync def out_0(): return 1", "@task\nasync def out_0(): return 2"),
    itself("generator task", "@task\ndef out_0(): yield from [1]", "@task\ndef out_0(): yield from [2]", ([1], [2])),
)

HELPERS = (
    through("helper", OUT),
    through("helper of a helper", "def middle_0(x): return clean_0(x)", "@task\ndef out_0(): return middle_0(3)"),
    through(
        "helper of a helper of a helper",
        "def inner_0(x): return clean_0(x)",
        "def middle_0(x): return inner_0(x)",
        "@task\ndef out_0(): return middle_0(3)",
    ),
    through(
        "helper in a dict",
        "BY_NAME_0 = {'plus': clean_0}",
        "@task\ndef out_0(): return BY_NAME_0['plus'](3)",
        rerun=(1,),
    ),
    through(
        "helper in a dict that is gone through",
        "BY_NAME_0 = {'plus': clean_0}",
        "@task\ndef out_0():\n    for name, step in BY_NAME_0.items(): return step(3)",
        rerun=(1,),
    ),
    through("helper in a list", "STEPS_0 = [len, clean_0]", "@task\ndef out_0(): return STEPS_0[-1](3)", rerun=(1,)),
    through(
        "helper in a tuple in a dict",
        "STEPS_0 = {'a': (1, [clean_0])}",
        "@task\ndef out_0(): return STEPS_0['a'][1][0](3)",
        rerun=(1,),
    ),
    through("helper as a default argument", "@task\ndef out_0(*, step=clean_0): return step(3)", rerun=(1,)),
    through(
        "helper as a default argument of a helper",
        "def middle_0(x, step=clean_0): return step(x)",
        "@task\ndef out_0(): return middle_0(3)",
        rerun=(1,),
    ),
    through(
        "helper in a partial",
        "import functools\nstep_0 = functools.partial(clean_0, 3)",
        "@task\ndef out_0(): return step_0()",
        rerun=(1,),
    ),
    through("helper called by a lambda", "step_0 = lambda: clean_0(3)", "@task\ndef out_0(): return step_0()"),
    through("helper handed to map", "@task\ndef out_0(): return max(map(clean_0, [3]))"),
    through("helper in a comprehension", "@task\ndef out_0(): return [clean_0(x) for x in [3]][0]"),
    through("helper in a generator expression", "@task\ndef out_0(): return sum(clean_0(x) for x in [3])"),
    through(
        "helper in a nested function", "@task\ndef out_0():\n    def inner(): return clean_0(3)\n    return inner()"
    ),
    through(
        "helper in a closure",
        "def make_0(step):\n    def made(): return step(3)\n    return made\nmade_0 = make_0(clean_0)",
        "@task\ndef out_0(): return made_0()",
        rerun=(1,),
    ),
    through("helper under another name", "alias_0 = clean_0", "@task\ndef out_0(): return alias_0(3)", rerun=(1,)),
    through(
        "helper used in a condition", "@task\ndef out_0():\n    if clean_0(3) > 4: return clean_0(3)\n    return 4"
    ),
    through(
        "helper in an except clause",
        "@task\ndef out_0():\n    try: raise ValueError\n    except ValueError: return clean_0(3)",
    ),
    through(
        "helper under with",
        "import contextlib",
        "@task\ndef out_0():\n    with contextlib.nullcontext(): return clean_0(3)",
    ),
    through("helper in an f-string", "@task\ndef out_0(): return int(f'{clean_0(3)}')"),
    through(
        "helper of an async helper",
        "async def middle_0(x): return clean_0(x)",
        "@task\nasync def out_0(): return await middle_0(3)",
    ),
    helper("lambda", "clean_0 = lambda x: x + 1", "clean_0 = lambda x: x + 2", (4, 5)),
    helper(
        "one of two lambdas on a line",
        "clean_0, other_0 = lambda x: x + 1, lambda x: 0",
        "clean_0, other_0 = lambda x: x + 2, lambda x: 0",
        (4, 5),
    ),
    helper(
        "default argument of a helper",
        "def clean_0(x, step=1): return x + step",
        "def clean_0(x, step=2): return x + step",
        (4, 5),
    ),
    helper(
        "keyword-only default of a helper",
        "def clean_0(x, *, step=1): return x + step",
        "def clean_0(x, *, step=2): return x + step",
        (4, 5),
    ),
    helper(
        "closure's value",
        "def make_0(step): return lambda x: x + step\nclean_0 = make_0(1)",
        "def make_0(step): return lambda x: x + step\nclean_0 = make_0(2)",
        (4, 5),
    ),
    helper(
        "argument of a partial",
        "import functools, operator\nclean_0 = functools.partial(operator.add, 1)",
        "import functools, operator\nclean_0 = functools.partial(operator.add, 2)",
        (4, 5),
        "constant `clean_0` changed",
    ),
    helper(
        "recursion",
        "def clean_0(x): return 0 if x < 1 else clean_0(x - 1) + 1",
        "def clean_0(x): return 0 if x < 1 else clean_0(x - 1) + 2",
        (3, 6),
    ),
    helper(
        "generator helper",
        "def rows_0(x): yield x + 1\ndef clean_0(x): return list(rows_0(x))",
        "def rows_0(x): yield x + 2\ndef clean_0(x): return list(rows_0(x))",
        ([4], [5]),
        "helper `rows_0` changed",
    ),
    helper(
        "attribute of a function",
        "def clean_0(x): return x + clean_0.step\nclean_0.step = 1",
        "def clean_0(x): return x + clean_0.step\nclean_0.step = 2",
        (4, 5),
    ),
    helper(
        "function of the standard library",
        "from math import floor as clean_0",
        "from math import ceil as clean_0",
        (3, 3),
        "constant `clean_0` changed",
    ),
    Edit(
        name="mutual recursion",
        cells=(
            "def even_0(n): return n == 0 or odd_0(n - 1)",
            "def odd_0(n): return n != 0 and even_0(n - 1)",
            "@task\ndef out_0(): return even_0(3)",
        ),
        edits={1: "def odd_0(n): return n != 0 and not even_0(n - 1)"},
        gives=(False, True),
        why="helper `odd_0` changed",
    ),
    Edit(
        name="call of a helper that is defined only later",
        cells=("@task\ndef out_0(): return 4",),
        edits={0: "@task\ndef out_0(): return later_0(3)", 1: "def later_0(x): return x + 2"},
        gives=(4, 5),
        why="helper `later_0` added",
    ),
    Edit(
        name="helper that becomes a constant",
        cells=("def clean_0(): return 4", "@task\ndef out_0(): return clean_0() if callable(clean_0) else clean_0"),
        edits={0: "clean_0 = 5"},
        gives=(4, 5),
        why="constant `clean_0` added",
    ),
    Edit(
        name="type hints of a helper, which the task reads",
        cells=("def clean_0(x: int): return x", "@task\ndef out_0(): return clean_0.__annotations__['x'].__name__"),
        edits={0: "def clean_0(x: str): return x"},
        gives=("int", "str"),
        why="task `out_0` changed",
    ),
    Edit(
        name="type hints of a helper, which another helper reads of what it is given",
        cells=(
            "def clean_0(x: int): return x",
            "import typing\ndef hints_0(func): return typing.get_type_hints(func)",
            "@task\ndef out_0(): return hints_0(clean_0)['x'].__name__",
        ),
        edits={0: "def clean_0(x: str): return x"},
        gives=("int", "str"),
        why="helper `clean_0` changed",
    ),
    Edit(
        name="helper that a dict still holds as it was",
        cells=(CLEAN, "BY_NAME_0 = {'plus': clean_0}", "@task\ndef out_0(): return BY_NAME_0['plus'](3)"),
        edits={0: CLEANER},
        gives=(4, 4, 5),
        ran=frozenset(),
        late=frozenset({"out_0"}),
        in_order=True,
    ),
)

ROWS = (*THE_TASK, *HELPERS)
