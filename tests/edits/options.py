"""Edits of what ``@task`` is told beside the function."""

from __future__ import annotations

from tests.edits.edit import Edit

OUT = frozenset({"out_0"})


def option(name: str, before: str, after: str, *, ran: bool = False, again: bool = False, why: str = "") -> Edit:
    """Return the row of options that are given to ``@task``."""
    return Edit(
        name=name,
        cells=(f"@task({before})\ndef out_0(): return [1]",),
        edits={0: f"@task({after})\ndef out_0(): return [1]"},
        gives=([1], [1]),
        ran=OUT if ran or again else frozenset(),
        again=OUT if again else frozenset(),
        why=why or "fresh since run",
    )


INDIFFERENT = (
    option("tags", "tags=['a']", "tags=['b']"),
    option("description", "", "description='It says more.'"),
    option("number of retries", "", "max_retries=3"),
    option("time between retries", "", "max_retries=1, retry_delay=5"),
    option("causes of retries", "max_retries=1", "max_retries=1, retry_on='ValueError'"),
    option("time limit", "", "timeout=60"),
    option("memory limit", "", "memory_limit='1GB'"),
    option("processors", "", "cpus=1"),
    option("concurrency group", "", "concurrency_group='db_0:1'"),
    option("fail_safe", "", "fail_safe=True"),
    option("no options at all", "tags=['a']", ""),
    option("expiry that has not come", "", "expires_after=3600"),
    option("dependencies that are none", "", "dependencies=[]"),
)

THAT_MATTER = (
    option("version", "version='1'", "version='2'", ran=True, why="version changed"),
    option("version where there was none", "", "version='1'", ran=True, why="version changed"),
    option("files that it declares from now on", "", "reads='*.none_0'", ran=True, why="none_0"),
    option("cache that is never used", "", "cache='never'", again=True, why='it runs each time: cache="never"'),
    option("expiry that has come", "", "expires_after=1e-6", again=True, why="its result is older than"),
)

UNTRACKED = (
    Edit(
        name="text run as code",
        cells=("@task\ndef out_0(): return eval('1 + 3')",),
        edits={0: "@task\ndef out_0(): return eval('2 + 3')"},
        gives=(4, 5),
        again=OUT,
        is_untracked=True,
        why="text run as code",
    ),
    Edit(
        name="text run as code, not edited",
        cells=("@task\ndef out_0(): return eval('1 + 3')",),
        edits={0: None},
        gives=(4, 4),
        again=OUT,
        is_untracked=True,
        why="text run as code",
    ),
    Edit(
        name="module that is imported by a name made up at run time",
        cells=("import importlib", "@task\ndef out_0(): return importlib.import_module('ma' + 'th').floor(4.5)"),
        edits={1: "@task\ndef out_0(): return importlib.import_module('ma' + 'th').ceil(4.5)"},
        gives=(4, 5),
        again=OUT,
        is_untracked=True,
        why="any module at all",
    ),
    Edit(
        name="global that is looked up by the function's own namespace",
        cells=("LIMIT_0 = 4", "def clean_0(): return 4", "@task\ndef out_0(): return 'LIMIT_0' in clean_0.__globals__"),
        edits={0: "LIMIT_0 = 5"},
        gives=(False, False),
        again=OUT,
        is_untracked=True,
        why="any name at all",
    ),
    Edit(
        name="text run as code by a helper, with a version that stands for it",
        cells=("def clean_0(x): return eval('x + 1')", "@task(version='1')\ndef out_0(): return clean_0(3)"),
        edits={0: None, 1: None},
        gives=(4, 4),
        ran=frozenset(),
    ),
    Edit(
        name="version that stands for text run as code",
        cells=("@task(version='1')\ndef out_0(): return eval('1 + 3')",),
        edits={0: "@task(version='2')\ndef out_0(): return eval('1 + 3')"},
        gives=(4, 4),
        why="version changed",
    ),
)

ROWS = (*INDIFFERENT, *THAT_MATTER, *UNTRACKED)
