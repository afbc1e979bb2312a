"""Whether the files of imported modules are still what was imported.

A kernel keeps a module as it was when it was imported; a worker imports it from its file as it is now. So the text of
each of the user's modules is kept as soon as a task is described or a plan is made, and compared once the file has
other times. That a file had been edited before then is told by Python's own cache of compiled modules, which keeps the
time and size of what was imported. A module that is reloaded gets another ``__spec__``, and is looked at anew; what
``%autoreload`` changes within a module is told by what it keeps of the module's text.
"""

from __future__ import annotations

import marshal
import os
import sys
import sysconfig
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, decode_source
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.registry.fingerprint.notebook_cells import reloaded_text
from dpnb.registry.fingerprint.owners import Owner, ownership

if TYPE_CHECKING:
    from dpnb.registry.fingerprint.owners import Ownership

type Times = tuple[int, int]  # of the last change, in nanoseconds; size

_HEADER_BYTES = 16  # of a .pyc file: magic number, flags, time, size (PEP 552)
_LARGEST_BYTES = 4 * 2**20  # of a module's file
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_FOREIGN = (sysconfig.get_path("stdlib") + os.sep, str(Path(__file__).parents[2]) + os.sep)


class EditedModule(NamedTuple):
    """A module whose file is not what was imported; `before` is None where what was imported is not known."""

    name: str
    file: str
    before: str | None
    after: str


class _Sighting(NamedTuple):
    spec: Any
    file: str
    times: Times
    text: str | None
    is_watched: bool = False  # by ``%autoreload``, since a time when it knew this text too


class ModuleFiles:
    """The texts of the user's modules as they were imported."""

    def __init__(self) -> None:
        self._sightings: dict[str, _Sighting] = {}
        self._seen: set[str] = set()
        self._count = 0

    def look_around(self, owners: Ownership | None = None) -> None:
        """Look at the files of all modules of the user's that have been imported since the last time."""
        if len(sys.modules) == self._count:
            return
        self._count = len(sys.modules)
        for name, module in list(sys.modules.items()):
            if name not in self._seen:
                self._seen.add(name)
                if name in self._sightings:  # before this, and its file may have been edited since
                    continue
                file = module.__dict__.get("__file__") if type(module) is ModuleType else None
                if isinstance(file, str) and file[-3:] == ".py" and not is_foreign(file):
                    self._look_at(name, module, owners or ownership())

    def edited(self, name: str, owners: Ownership) -> EditedModule | None:
        """Return what has become of a module's file since it was imported; None if nothing."""
        sighting = self._sighting(name, owners)
        if sighting is None:
            return None
        if not sighting.is_watched and sighting.text == reloaded_text(name, sighting.file):
            sighting = self._sightings[name] = sighting._replace(is_watched=True)
        times = file_times(sighting.file)
        if times == sighting.times and sighting.text is not None:
            return None
        after = _text(sighting.file) or ""
        is_reloaded = sighting.is_watched and after == reloaded_text(name, sighting.file)
        if times is not None and (after == sighting.text or is_reloaded):
            self._sightings[name] = sighting._replace(times=times, text=after)
            return None
        return EditedModule(name, sighting.file, sighting.text, after)

    def names(self) -> list[str]:
        """Return the modules that have been looked at."""
        return list(self._sightings)

    def on_disk(self) -> dict[str, tuple[str, Times]]:
        """Return the modules that have been looked at, by their files, with the times that these have now."""
        found = {one.file: (name, file_times(one.file)) for name, one in list(self._sightings.items())}
        return {file: (name, times) for file, (name, times) in found.items() if times is not None}

    def imported_text(self, name: str, owners: Ownership) -> str | None:
        """Return what a module was imported from, as far as that is known."""
        sighting = self._sighting(name, owners)
        return None if sighting is None else sighting.text

    def lost(self, name: str) -> EditedModule | None:
        """Return what a module's file says now that does not hold what was imported; None for other loaders' modules.

        Those of other loaders, as pytest's, make other code of a text than Python does.
        """
        sighting = self._sightings.get(name)
        if sighting is None or type(sighting.spec.loader) is not SourceFileLoader:
            return None
        self._sightings[name] = sighting._replace(text=None)  # it was not what was imported
        return EditedModule(name, sighting.file, None, _text(sighting.file) or "")

    def _sighting(self, name: str, owners: Ownership) -> _Sighting | None:
        module = sys.modules.get(name)
        sighting = self._sightings.get(name)
        if sighting is None or sighting.text is None or sighting.spec is not getattr(module, "__spec__", None):
            return self._look_at(name, module, owners)
        return sighting

    def _look_at(self, name: str, module: Any, owners: Ownership) -> _Sighting | None:
        spec, file = getattr(module, "__spec__", None), getattr(module, "__file__", None)
        if not isinstance(getattr(spec, "loader", None), SourceFileLoader) or not isinstance(file, str):
            return None
        times = file_times(file)
        if times is None or times[1] > _LARGEST_BYTES or owners.of_module(name) is not Owner.USER:
            return None
        text = _text(file)
        imported = text if text is not None and _is_as_imported(spec, file, times, text) else None
        sighting = self._sightings[name] = _Sighting(spec, file, times, imported)
        return sighting


module_files = ModuleFiles()
"""Of this process."""


def is_foreign(file: str) -> bool:
    """Tell most files apart that are not the user's, quickly."""
    return file.startswith(_FOREIGN) or any(folder in file for folder in _PACKAGES)


def file_times(file: str) -> Times | None:
    """Return when a file was changed last, in nanoseconds, and its size; None where there is none."""
    try:
        found = os.stat(file)  # noqa: PTH116 - called for each module in each plan
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _text(file: str) -> str | None:
    try:
        return decode_source(Path(file).read_bytes())
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError):
        return None


def _is_as_imported(spec: Any, file: str, times: Times, text: str) -> bool:
    """Tell whether a file is what its module was imported from, as far as Python's cache tells."""
    if type(spec.loader) is not SourceFileLoader or sys.dont_write_bytecode or not spec.cached:
        return True  # what is there, if anything, may be left from earlier
    try:
        compiled = Path(spec.cached).read_bytes()
        modified, size = (int.from_bytes(compiled[start : start + 4], "little") for start in (8, 12))
        if not os.access(spec.cached, os.W_OK) or compiled[:4] != MAGIC_NUMBER or any(compiled[4:8]):
            return True
        imported: CodeType = marshal.loads(compiled[_HEADER_BYTES:])  # noqa: S302 - of this user's own cache
    except (OSError, ValueError, EOFError, TypeError):
        return True
    if (modified, size) == (times[0] // 10**9 & 0xFFFFFFFF, times[1] & 0xFFFFFFFF):
        return True
    try:
        return imported == compile(text, file, "exec", dont_inherit=True)  # it was only touched
    except (SyntaxError, ValueError):
        return False
