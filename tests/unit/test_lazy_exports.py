"""What a package exports lazily is there for people, `import *`, type checkers and pickle alike."""

from __future__ import annotations

import ast
import pickle
import traceback
from collections.abc import Iterator
from importlib import import_module
from inspect import isclass, isfunction
from pathlib import Path

import pytest

import dpnb

ROOT = Path(dpnb.__file__).parent
DOORS = [path for path in sorted(ROOT.rglob("__init__.py")) if "lazy_exports(" in path.read_text(encoding="utf-8")]
PACKAGES = [".".join(path.parent.relative_to(ROOT.parent).parts) for path in DOORS]


def seen_by_type_checkers(door: Path) -> Iterator[tuple[str, str]]:
    """Return the names that a package imports under `TYPE_CHECKING`, and the modules they come from."""
    for block in ast.parse(door.read_text(encoding="utf-8")).body:
        if isinstance(block, ast.If):
            for line in ast.walk(block):
                if isinstance(line, ast.ImportFrom):
                    yield from ((alias.name, line.module or "") for alias in line.names)


def test_the_packages_are_found():
    assert {"dpnb", "dpnb.orchestrator", "dpnb.results", "dpnb.registry.fingerprint"} <= set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_star_imports_all_that_the_package_lists(package):
    into: dict[str, object] = {}
    exec(f"from {package} import *", into)
    module = import_module(package)
    assert set(module.__all__) <= set(into)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("door", DOORS, ids=PACKAGES)
def test_type_checkers_and_python_see_the_same(door):
    package = import_module(PACKAGES[DOORS.index(door)])
    names = dict(seen_by_type_checkers(door))
    assert set(names) <= set(package.__all__)
    for name, home in names.items():
        assert getattr(package, name) is getattr(import_module(home), name)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_exported_can_be_pickled(package):
    module = import_module(package)
    values = [getattr(module, name) for name in module.__all__]
    for value in values:
        if isclass(value) or isfunction(value):
            assert pickle.loads(pickle.dumps(value)) is value


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_an_attribute_error_that_names_the_nearest(package):
    module = import_module(package)
    known = module.__all__[0]
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute '{known}s'") as caught:
        getattr(module, f"{known}s")
    assert f"Did you mean: '{known}'" in "".join(traceback.format_exception(caught.value))
