"""What is written of code that is not, or not for certain, what workers would run of it: it equals no plan's code.

A worker may have imported a module after its file was edited, while the run went on; an inline executor runs what the
process imported earlier, whatever the file says by now. And this process may have changed what it has imported: its
identity tells of ``config.SETTINGS`` as it was set here, which workers, who import the file, do not have. What they
give is then no result of that code, here or anywhere; what an inline executor gives with the same setting is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.registry.fingerprint import Fingerprint

_EDITED = ":edited "
_CHANGED = ":changed "
_AS_IMPORTED = ":as imported"
_SEPARATOR = ", "


def doubted(identity: TaskIdentity, modules: Iterable[str]) -> TaskIdentity:
    """Return the identity of a task whose worker has imported these modules from files that were edited meanwhile.

    Examples
    --------
    >>> from dpnb.planner.task_identity import TaskIdentity
    >>> doubted(TaskIdentity(code="7c9e"), ["etl"]).code
    '7c9e:edited etl'
    """
    return replace(identity, code=f"{identity.code}{_EDITED}{_SEPARATOR.join(sorted(modules))}")


def changed_here(identity: TaskIdentity, names: Iterable[str]) -> TaskIdentity:
    """Return the identity of a task whose worker has imported these names as something else than this process has.

    Examples
    --------
    >>> from dpnb.planner.task_identity import TaskIdentity
    >>> changed_here(TaskIdentity(code="7c9e"), ["config.SETTINGS"]).code
    '7c9e:changed config.SETTINGS'
    """
    return replace(identity, code=f"{identity.code}{_CHANGED}{_SEPARATOR.join(sorted(names))}")


def is_doubted(identity: TaskIdentity) -> bool:
    """Tell whether it is known already that an identity is not that of what has run."""
    return identity.code is not None and without_doubt(identity.code) != identity.code


def run_in_process(identity: TaskIdentity, fingerprint: Fingerprint | None) -> TaskIdentity:
    """Return the identity of a task that is going to run in this process, as its modules were imported here."""
    if identity.code is None or fingerprint is None or not fingerprint.outdated:
        return identity
    return replace(identity, code=f"{identity.code}{_AS_IMPORTED}")


def without_doubt(code: str) -> str:
    """Return what is certain of code that a run has recorded: what the kernel had of it."""
    return code.partition(_EDITED)[0].partition(_CHANGED)[0].removesuffix(_AS_IMPORTED)


def doubt_text(code: str, run: str) -> str:
    """Say what is not certain of code that a run has recorded; empty where nothing is."""
    _, _, modules = code.partition(_EDITED)
    if modules:
        kind, was = ("modules", "were") if _SEPARATOR in modules else ("module", "was")
        return f"{kind} {_quoted(modules)} {was} edited while {run} went on, which may have run either"
    _, _, changed = code.partition(_CHANGED)
    if changed:
        was, it = ("were", "them from their files") if _SEPARATOR in changed else ("was", "it from its file")
        return f"{_quoted(changed)} {was} changed in the process that started {run}, whose workers imported {it}"
    if code.endswith(_AS_IMPORTED):
        return f"in {run} it ran within the kernel, with a module as it was imported, not as its file was edited since"
    return ""


def _quoted(names: str) -> str:
    return _SEPARATOR.join(f"`{name}`" for name in names.split(_SEPARATOR))
