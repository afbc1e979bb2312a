"""Public names of a package that load their modules when they are first used.

So `import dpnb` stays light, and a worker process loads no more than it needs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_exports(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return what a package takes for its `__getattr__` and `__dir__`.

    Parameters
    ----------
    package
        The package's `__name__`.
    homes
        The public names by the module that defines them, which is named from within the package.

    Examples
    --------
    >>> find, names = lazy_exports("dpnb", {"registry": ["task", "TaskRegistry"]})
    >>> find("task").__module__
    'dpnb.registry.decorator'
    >>> "TaskRegistry" in names()
    True
    """
    home_of = {name: f"{package}.{home}" for home, names in homes.items() for name in names}

    def find(name: str) -> Any:
        module = sys.modules[package]
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=module)
        value = getattr(import_module(home_of[name]), name)
        setattr(module, name, value)  # from now on it is found without us
        return value

    return find, lambda: sorted({*vars(sys.modules[package]), *home_of})
