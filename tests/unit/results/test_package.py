from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dpnb.results

ROOT = Path(__file__).parents[3]


def test_every_public_name_is_there_and_listed():
    for name in dpnb.results.__all__:
        assert getattr(dpnb.results, name) is not None
    assert set(dpnb.results.__all__) <= set(dir(dpnb.results))


def test_unknown_names_are_an_attribute_error():
    assert not hasattr(dpnb.results, "Nonsense")


def loaded_after(code: str) -> set[str]:
    heavy = "[name for name in ('pandas', 'numpy', 'sqlalchemy', 'cloudpickle', 'pyarrow') if name in sys.modules]"
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*{heavy})"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(told.stdout.split())


def test_importing_the_package_is_light():
    assert loaded_after("import dpnb.results") == set()


def test_saving_and_loading_a_plain_value_imports_no_library(tmp_path):
    names = "('r', 't', 'x')"
    code = (
        "from dpnb.results import FilesystemIOManager, FileAttemptLogs, Stream; "
        f"store = FilesystemIOManager({str(tmp_path)!r}); store.save(*{names}, 7); "
        f"assert store.load(*{names}) == 7; store.describe(*{names})"
    )
    assert loaded_after(code) == set()
