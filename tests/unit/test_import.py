from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["IPython", "alembic", "beartype", "ipywidgets", "nbclient", "numpy", "pandas", "sqlalchemy"]


def modules_after(code: str) -> set[str]:
    listing = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import dpnb",
        "from dpnb import task, get_registry",
        "from dpnb import task\n@task\ndef answer() -> int: return 42",
    ],
)
def test_defining_tasks_loads_nothing_heavy(code):
    assert modules_after(code).isdisjoint(HEAVY)


def test_every_public_name_is_there():
    import dpnb

    assert {name for name in dpnb.__all__ if getattr(dpnb, name, None) is None} == set()
    assert set(dpnb.__all__) <= set(dir(dpnb))


def test_unknown_name_is_an_attribute_error():
    import dpnb

    with pytest.raises(AttributeError, match="no attribute 'tsak'"):
        dpnb.tsak  # noqa: B018
