"""Which edits of the files of imported modules matter to a function."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.module_files import EditedModule, module_files
from dpnb.registry.fingerprint.module_names import ModuleNames, differing_names
from dpnb.registry.fingerprint.record import OutdatedModule, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.registry.fingerprint.owners import Ownership

_LONGEST_TEXT = 20_000  # characters of a part's text


class ModuleEdits:
    """The edits that one session has found; it looks at each module's file once."""

    def __init__(self, owners: Ownership) -> None:
        self._owners = owners
        self._edited: dict[str, EditedModule | None] = {}
        module_files.look_around(owners)

    def reached(
        self, names: Mapping[str, set[str]], lost: Iterable[str]
    ) -> tuple[tuple[OutdatedModule, ...], dict[str, Part]]:
        """Return the modules in which an edit has reached any of the names, and what their files say now, as parts.

        `lost` names modules whose files do not hold what was imported of them, whatever else is known.
        """
        edited = [self._look_at(name, is_lost=name in lost) for name in sorted(names)]
        outdated, parts = [], {}
        for edit in edited:
            part = None if edit is None else _on_disk(edit, names[edit.name])
            if edit is not None and part is not None:
                outdated.append(OutdatedModule(name=edit.name, file=edit.file))
                parts[f"module {edit.name}: edit on disk"] = part
        return tuple(outdated), parts

    def _look_at(self, name: str, *, is_lost: bool) -> EditedModule | None:
        if name not in self._edited:
            self._edited[name] = module_files.edited(name, self._owners)
        found = self._edited[name]
        return module_files.lost(name) if found is None and is_lost else found


def _on_disk(edit: EditedModule, names: Iterable[str]) -> Part | None:
    if edit.before is None:
        return Part(digest=text_digest(edit.after), text=edit.after[:_LONGEST_TEXT], place=edit.file)
    try:
        before, after = _parsed(edit.before), _parsed(edit.after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it is being edited
        return _on_disk(edit._replace(before=None), names)
    differing = differing_names(before, after, names)
    if not differing:
        return None
    forms = {name: after.form(name) for name in differing}
    text = "\n".join(after.shown(name) for name in differing)
    return Part(digest=text_digest(json.dumps(forms)), text=text[:_LONGEST_TEXT], place=edit.file)


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> ModuleNames:
    return ModuleNames(text)
