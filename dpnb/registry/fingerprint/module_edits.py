"""Which edits of the files of imported modules matter to a function."""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.module_files import EditedModule, module_files
from dpnb.registry.fingerprint.module_names import ModuleNames, differing_names
from dpnb.registry.fingerprint.record import OutdatedModule, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dpnb.registry.fingerprint.owners import Ownership

_LONGEST_TEXT = 20_000  # characters of a part's text


class ModuleEdits:
    """The edits that one session has found; it looks at each module's file once."""

    def __init__(self, owners: Ownership) -> None:
        self._owners = owners
        self._edited: dict[str, EditedModule | None] = {}
        self._sources: dict[tuple[str, str], set[tuple[str, str]]] = {}
        module_files.look_around(owners)

    def reached(
        self, names: Mapping[str, set[str]], lost: Iterable[str]
    ) -> tuple[tuple[OutdatedModule, ...], dict[str, Part]]:
        """Return the modules in which an edit has reached any of the names, and what their files say now, as parts.

        `lost` names modules whose files do not hold what was imported of them, whatever else is known.
        """
        names = self._with_sources(names)
        edited = [self._look_at(name, is_lost=name in lost) for name in sorted(names)]
        outdated, parts = [], {}
        for edit in edited:
            found = None if edit is None else _on_disk(edit, names[edit.name])
            if edit is not None and found is not None:
                differing, part = found
                outdated.append(OutdatedModule(name=edit.name, file=edit.file, names=tuple(differing)))
                parts[f"module {edit.name}: edit on disk"] = part
        return tuple(outdated), parts

    def _with_sources(self, names: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
        """Add the names of other modules that constants were made from: workers make them anew from their files."""
        if not names or not self._any_edited:
            return names
        found = {module: set(of_module) for module, of_module in names.items()}
        waiting = [(module, name) for module, of_module in found.items() for name in of_module]
        while waiting:
            for module, name in self._sources_of(*waiting.pop()):
                of_module = found.setdefault(module, set())
                if name not in of_module:
                    of_module.add(name)
                    waiting.append((module, name))
        return found

    @functools.cached_property
    def _any_edited(self) -> bool:
        return any(self._look_at(name, is_lost=False) for name in module_files.names())

    def _sources_of(self, module: str, name: str) -> set[tuple[str, str]]:
        if (module, name) not in self._sources:
            self._sources[module, name] = {*_sources(module, name, self._owners)}
        return self._sources[module, name]

    def _look_at(self, name: str, *, is_lost: bool) -> EditedModule | None:
        if name not in self._edited:
            self._edited[name] = module_files.edited(name, self._owners)
        found = self._edited[name]
        return module_files.lost(name) if found is None and is_lost else found


def _on_disk(edit: EditedModule, names: Iterable[str]) -> tuple[list[str], Part] | None:
    """Return which of the names, or of what lies behind them, the file says otherwise, and how; None if it does not."""
    if edit.before is None:
        return [], Part(digest=text_digest(edit.after), text=edit.after[:_LONGEST_TEXT], place=edit.file)
    try:
        before, after = _parsed(edit.before), _parsed(edit.after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it is being edited
        return _on_disk(edit._replace(before=None), names)
    differing = differing_names(before, after, names)
    if not differing:
        return None
    forms = {name: after.form(name) for name in differing}
    text = "\n".join(after.shown(name) for name in differing)
    return differing, Part(digest=text_digest(json.dumps(forms)), text=text[:_LONGEST_TEXT], place=edit.file)


def _sources(module: str, name: str, owners: Ownership) -> Iterator[tuple[str, str]]:
    """Yield the names of other modules that a name of a module was made from when that was imported."""
    text = module_files.imported_text(module, owners)
    if text is None:
        return
    package = str(vars(sys.modules[module]).get("__package__") or "")
    with suppress(ImportError, SyntaxError, ValueError, RecursionError, MemoryError):  # dots beyond the top
        for taken in _parsed(text).taken_for(name):
            other = importlib.util.resolve_name(taken.module, package)
            inner = f"{other}.{taken.name}" if taken.name else other
            if taken.name and other in sys.modules:
                yield other, taken.name
            if inner in sys.modules:
                yield from ((inner, attribute) for attribute in taken.attributes)


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> ModuleNames:
    return ModuleNames(text)
