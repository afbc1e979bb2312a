"""Whose code it is: the user's own counts by its content, installed packages by version, the standard library not.

The user's own is ``__main__`` and every module whose file lies neither in a ``site-packages`` folder nor in the
standard library: so do editable installs. dpnb itself counts as little as the standard library.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGE_FOLDERS = {"site-packages", "dist-packages"}
_OURS = str(Path(__file__).parents[2])


class Owner(Enum):
    """Who answers for a piece of code."""

    USER = "user"
    INSTALLED = "installed"
    STANDARD = "standard"


class Ownership:
    """Tells owners of files, modules and classes apart, and remembers.

    Parameters
    ----------
    project_roots
        Folders whose code is the user's even inside of a ``site-packages`` folder or the standard library.
    """

    def __init__(self, project_roots: Iterable[str | os.PathLike[str]] = ()) -> None:
        self._roots = tuple(_as_folder(os.path.realpath(root)) for root in project_roots)
        self._files: dict[str, Owner] = {}
        self._modules: dict[str, Owner] = {}

    def of_module(self, name: str | None) -> Owner:
        """Return the owner of a module by its name; one that is not loaded belongs to the user."""
        if not name or name == "__main__":
            return Owner.USER
        known = self._modules.get(name)
        if known is None:
            known = self._of_module(name)
            if name in sys.modules:
                self._modules[name] = known
        return known

    def owns(self, func: Any) -> bool:
        """Tell whether a function is the user's, and stays so whatever is imported meanwhile."""
        is_settled = func.__code__.co_filename[:1] != "<" or self.is_settled(func.__module__)
        return is_settled and self.of_function(func) is Owner.USER

    def is_settled(self, name: Any) -> bool:
        """Tell whether a module's owner stays what it is now, whatever is imported meanwhile."""
        if type(name) is not str:
            return False
        self.of_module(name)
        return name in ("", "__main__") or name in self._modules

    def of_function(self, func: Any) -> Owner:
        """Return the owner of a Python function: that of its file, or of its module if it was generated."""
        filename = func.__code__.co_filename
        if filename[:1] == "<":
            return self.of_module(func.__module__)
        known = self._files.get(filename)
        if known is None:
            known = self._files[filename] = self.of_file(filename)
        return known

    def _of_module(self, name: str) -> Owner:
        top = name.partition(".")[0]
        module = sys.modules.get(name) or sys.modules.get(top)
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            return self.of_file(file)
        if top in sys.stdlib_module_names or top in sys.builtin_module_names:
            return Owner.STANDARD
        folders = [str(folder) for folder in getattr(module, "__path__", ())]  # a namespace package
        return self.of_file(os.path.join(folders[0], "__init__.py")) if folders else Owner.USER  # noqa: PTH118

    def of_file(self, filename: str) -> Owner:
        """Return the owner of a file, or of a package's folder."""
        path = os.path.realpath(filename)
        for root in self._roots:
            if path.startswith(root) and _PACKAGE_FOLDERS.isdisjoint(Path(path[len(root) :]).parts):
                return Owner.USER
        if path.startswith(_as_folder(_OURS)):
            return Owner.STANDARD
        if not _PACKAGE_FOLDERS.isdisjoint(Path(path).parts):
            return Owner.INSTALLED
        return Owner.STANDARD if path.startswith(_standard_folders()) else Owner.USER


@cache
def ownership(project_roots: tuple[str, ...] = ()) -> Ownership:
    """Return the one `Ownership` of these roots, which has seen most files before."""
    return Ownership(project_roots)


def package_version(top: str) -> str:
    """Return the installed distributions of a top-level package, with their versions, as text.

    Examples
    --------
    >>> package_version("numpy")  # doctest: +ELLIPSIS
    'numpy ...'
    """
    known = _installed.get(top)
    if known is None or not all(map(os.path.lexists, known.records)):
        known = _installed[top] = _look_up(top)
    return known.text


class _Installed(NamedTuple):
    """What is installed of a package, and the folders that record it: an installer puts others in their place."""

    text: str
    records: tuple[str, ...]


_installed: dict[str, _Installed] = {}


def _look_up(top: str) -> _Installed:
    """Find a package's distributions as they are now: workers import it as it is, whatever this process has loaded."""
    from importlib import metadata

    try:
        found = {top: metadata.distribution(top)}
    except (metadata.PackageNotFoundError, ValueError):
        names = sorted(set(metadata.packages_distributions().get(top, ())))
        found = {name: metadata.distribution(name) for name in names}
    if found:
        records = tuple(str(one._path) for one in found.values() if hasattr(one, "_path"))  # noqa: SLF001 - no other way
        return _Installed(", ".join(f"{name} {one.version}" for name, one in found.items()), records)
    version = getattr(sys.modules.get(top), "__version__", None)
    return _Installed(f"{top} {version if isinstance(version, str) else 'of unknown version'}", ())


@cache
def _standard_folders() -> tuple[str, ...]:
    named = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")} | {str(Path(os.__file__).parent)}
    return tuple(_as_folder(os.path.realpath(folder)) for folder in named if folder)


def _as_folder(path: str) -> str:
    return path if path.endswith(os.sep) else path + os.sep
