"""Edits of what a task reads from outside of itself that is no code: constants of all kinds."""

from __future__ import annotations

from tests.edits.edit import Edit


def constant(
    name: str, before: str, after: str, gives: tuple[str, str], *, imports: str = "", show: str = "repr(LIMIT_0)"
) -> Edit:
    """Return the row of a constant that a task shows as text."""
    first = f"{imports}\n" if imports else ""
    return Edit(
        name=name,
        cells=(f"{first}LIMIT_0 = {before}", f"@task\ndef out_0(): return {show}"),
        edits={0: f"{first}LIMIT_0 = {after}"},
        gives=gives,
        why="constant `LIMIT_0` changed",
    )


def same(name: str, before: str, after: str, *, imports: str = "") -> Edit:
    """Return the row of a constant that is written in another way."""
    row = constant(name, before, after, ("False", "False"), imports=imports, show="str(LIMIT_0 is None)")
    return Edit(name=row.name, cells=row.cells, edits=row.edits, gives=row.gives, ran=frozenset())


KINDS = (
    constant("int", "1", "2", ("1", "2")),
    constant("bool", "True", "False", ("True", "False")),
    constant("None to 0", "None", "0", ("None", "0")),
    constant("1 to True", "1", "True", ("1", "True")),
    constant("1 to 1.0", "1", "1.0", ("1", "1.0")),
    constant("0.0 to -0.0", "0.0", "-0.0", ("0.0", "-0.0")),
    constant("last digit of a float", "0.1 + 0.2", "0.3", ("0.30000000000000004", "0.3")),
    constant("text", "'a'", "'b'", ("'a'", "'b'")),
    constant("text in 한글", "'항공편'", "'항공사'", ("'항공편'", "'항공사'")),
    constant("text to bytes", "'a'", "b'a'", ("'a'", "b'a'")),
    constant("composed to decomposed text", "'\u00e9'", "'e\u0301'", ("'\u00e9'", "'e\u0301'")),
    constant("tuple", "(1, 2)", "(2, 1)", ("(1, 2)", "(2, 1)")),
    constant("tuple to list", "(1, 2)", "[1, 2]", ("(1, 2)", "[1, 2]")),
    constant("list", "[1, 2]", "[1, 3]", ("[1, 2]", "[1, 3]")),
    constant("long list", "list(range(50))", "[*range(49), 0]", ("49", "0"), show="str(LIMIT_0[-1])"),
    constant("value in a dict", "{'a': 1}", "{'a': 2}", ("{'a': 1}", "{'a': 2}")),
    constant("key of a dict", "{'a': 1}", "{'b': 1}", ("{'a': 1}", "{'b': 1}")),
    constant(
        "order of a dict",
        "{'a': 1, 'b': 2}",
        "{'b': 2, 'a': 1}",
        ("['a', 'b']", "['b', 'a']"),
        show="str(list(LIMIT_0))",
    ),
    constant("set", "{1, 2}", "{1, 3}", ("[1, 2]", "[1, 3]"), show="str(sorted(LIMIT_0))"),
    constant(
        "frozenset",
        "frozenset('ab')",
        "frozenset('ac')",
        ("['a', 'b']", "['a', 'c']"),
        show="str(sorted(LIMIT_0))",
    ),
    constant(
        "deep in containers",
        "{'a': [({'b': {1}},)]}",
        "{'a': [({'b': {2}},)]}",
        ("{'a': [({'b': {1}},)]}", "{'a': [({'b': {2}},)]}"),
    ),
    constant(
        "numpy array",
        "np.arange(3)",
        "np.array([0, 1, 3])",
        ("array([0, 1, 2])", "array([0, 1, 3])"),
        imports="import numpy as np",
    ),
    constant(
        "dtype of a numpy array",
        "np.ones(2)",
        "np.ones(2, int)",
        ("array([1., 1.])", "array([1, 1])"),
        imports="import numpy as np",
    ),
    constant(
        "value in a DataFrame",
        "pd.DataFrame({'a': [1, 2]})",
        "pd.DataFrame({'a': [1, 3]})",
        ("3", "4"),
        imports="import pandas as pd",
        show="str(LIMIT_0.a.sum())",
    ),
    constant(
        "column of a DataFrame",
        "pd.DataFrame({'a': [1]})",
        "pd.DataFrame({'b': [1]})",
        ("a", "b"),
        imports="import pandas as pd",
        show="LIMIT_0.columns[0]",
    ),
    constant(
        "index of a Series",
        "pd.Series([1, 2])",
        "pd.Series([1, 2], index=[1, 0])",
        ("1", "2"),
        imports="import pandas as pd",
        show="str(LIMIT_0[0])",
    ),
    constant(
        "regular expression",
        "re.compile('a+')",
        "re.compile('a*')",
        ("re.compile('a+')", "re.compile('a*')"),
        imports="import re",
    ),
    constant(
        "flag of a regular expression",
        "re.compile('a')",
        "re.compile('a', re.I)",
        ("re.compile('a')", "re.compile('a', re.IGNORECASE)"),
        imports="import re",
    ),
    constant("path", "Path('a')", "Path('b')", ("a", "b"), imports="from pathlib import Path", show="str(LIMIT_0)"),
    constant(
        "moment",
        "datetime(2013, 1, 1)",
        "datetime(2013, 1, 2)",
        ("2013-01-01 00:00:00", "2013-01-02 00:00:00"),
        imports="from datetime import datetime",
        show="str(LIMIT_0)",
    ),
    constant(
        "time zone of a moment",
        "datetime(2013, 1, 1)",
        "datetime(2013, 1, 1, tzinfo=UTC)",
        ("2013-01-01 00:00:00", "2013-01-01 00:00:00+00:00"),
        imports="from datetime import UTC, datetime",
        show="str(LIMIT_0)",
    ),
    constant(
        "Decimal",
        "Decimal('1.0')",
        "Decimal('1.00')",
        ("1.0", "1.00"),
        imports="from decimal import Decimal",
        show="str(LIMIT_0)",
    ),
    constant(
        "Fraction",
        "Fraction(1, 2)",
        "Fraction(1, 3)",
        ("1/2", "1/3"),
        imports="from fractions import Fraction",
        show="str(LIMIT_0)",
    ),
    constant("range", "range(3)", "range(4)", ("range(0, 3)", "range(0, 4)")),
    constant(
        "defaultdict's factory",
        "defaultdict(int)",
        "defaultdict(list)",
        ("0", "[]"),
        imports="from collections import defaultdict",
        show="str(LIMIT_0['a'])",
    ),
    constant("type", "int", "float", ("int", "float"), show="LIMIT_0.__name__"),
    constant(
        "namespace",
        "SimpleNamespace(a=1)",
        "SimpleNamespace(a=2)",
        ("namespace(a=1)", "namespace(a=2)"),
        imports="from types import SimpleNamespace",
    ),
)

SAME = (
    same("text with other quotes", "'a'", '"a"'),
    same("number written in another way", "1000", "1_000"),
    same("set written in another order", "{'a', 'b', 'c'}", "{'c', 'a', 'b'}"),
    same("list from a comprehension", "[0, 1, 2]", "[x for x in range(3)]"),
    same(
        "equal DataFrame made anew",
        "pd.DataFrame({'a': [1, 2]})",
        "pd.DataFrame([[1], [2]], columns=['a'])",
        imports="import pandas as pd",
    ),
)

WAYS = (
    Edit(
        name="constant of a helper",
        cells=("LIMIT_0 = 1", "def clean_0(x): return x + LIMIT_0", "@task\ndef out_0(): return clean_0(3)"),
        edits={0: "LIMIT_0 = 2"},
        gives=(4, 5),
        why="constant `LIMIT_0` changed",
    ),
    Edit(
        name="constant that is computed from another",
        cells=("BASE_0 = 1", "LIMIT_0 = BASE_0 * 10", "@task\ndef out_0(): return LIMIT_0"),
        edits={0: "BASE_0 = 2", 1: None},
        gives=(10, 20),
        why="constant `LIMIT_0` changed",
        in_order=True,
    ),
    Edit(
        name="constant that another was computed from, which was not executed again",
        cells=("BASE_0 = 1", "LIMIT_0 = BASE_0 * 10", "@task\ndef out_0(): return LIMIT_0"),
        edits={0: "BASE_0 = 2"},
        gives=(10, 10, 20),
        ran=frozenset(),
        late=frozenset({"out_0"}),
        in_order=True,
    ),
    Edit(
        name="list that another cell adds to",
        cells=("LIMITS_0 = [1]", "@task\ndef out_0(): return LIMITS_0"),
        edits={2: "LIMITS_0.append(2)"},
        gives=([1], [1, 2]),
        why="constant `LIMITS_0` changed",
        in_order=True,
    ),
    Edit(
        name="dict that another cell adds to",
        cells=("OPTIONS_0 = {}", "@task\ndef out_0(): return OPTIONS_0"),
        edits={2: "OPTIONS_0['a'] = 1"},
        gives=({}, {"a": 1}),
        why="constant `OPTIONS_0` changed",
        in_order=True,
    ),
    Edit(
        name="DataFrame that another cell changes in place",
        cells=(
            "import pandas as pd\nFARES_0 = pd.DataFrame({'a': [1, 2]})",
            "@task\ndef out_0(): return int(FARES_0.a.sum())",
        ),
        edits={2: "FARES_0.loc[0, 'a'] = 5"},
        gives=(3, 7),
        why="constant `FARES_0` changed",
        in_order=True,
    ),
    Edit(
        name="one key of a dict that the task does not take",
        cells=("OPTIONS_0 = {'a': 1, 'b': 2}", "@task\ndef out_0(): return OPTIONS_0['a']"),
        edits={0: "OPTIONS_0 = {'a': 1, 'b': 3}"},
        gives=(1, 1),
        ran=frozenset(),
    ),
    Edit(
        name="list that stood in two places, and now two lists",
        cells=(
            "TABLE_0 = [[0] * 2] * 2",
            "@task\ndef out_0():\n    TABLE_0[0][0] += 1\n    return TABLE_0",
        ),
        edits={0: "TABLE_0 = [[0] * 2 for _ in range(2)]"},
        gives=([[1, 0], [1, 0]], [[1, 0], [0, 0]]),
        why="constant `TABLE_0` changed",
    ),
    Edit(
        name="list with two names, and now two lists",
        cells=("ONE_0 = []\nTWO_0 = ONE_0", "@task\ndef out_0():\n    ONE_0.append(1)\n    return TWO_0"),
        edits={0: "ONE_0 = []\nTWO_0 = []"},
        gives=([1], []),
        why="what its names stand for changed",
    ),
    Edit(
        name="constant that a query names",
        cells=(
            "import pandas as pd\nLIMIT_0 = 1",
            "@task\ndef out_0(): return len(pd.DataFrame({'a': [1, 2]}).query('a > @LIMIT_0'))",
        ),
        edits={0: "import pandas as pd\nLIMIT_0 = 0"},
        gives=(1, 2),
        why="constant `LIMIT_0` changed",
    ),
    Edit(
        name="constant that a query names, the query being a constant",
        cells=(
            "import pandas as pd\nQUERY_0 = 'a > @LIMIT_0'\nLIMIT_0 = 1",
            "@task\ndef out_0(): return len(pd.DataFrame({'a': [1, 2]}).query(QUERY_0))",
        ),
        edits={2: "LIMIT_0 = 0"},
        gives=(1, 2),
        why="constant `LIMIT_0` changed",
        in_order=True,
    ),
    Edit(
        name="constant that was not there",
        cells=(
            "LIMIT_0 = 0; del LIMIT_0",
            "@task\ndef out_0():\n    try: return LIMIT_0\n    except NameError: return 0",
        ),
        edits={0: "LIMIT_0 = 1"},
        gives=(0, 1),
        why="constant `LIMIT_0` added",
    ),
)

ROWS = (*KINDS, *SAME, *WAYS)
