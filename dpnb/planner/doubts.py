"""What is written of code that is not, or not for certain, what workers would run of it: it equals no plan's code.

A worker may have imported a module after its file was edited, while the run went on; an inline executor runs what the
process imported earlier, whatever the file says by now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.registry.fingerprint import Fingerprint

_EDITED = ":edited "
_AS_IMPORTED = ":as imported"


def doubted(identity: TaskIdentity, modules: Iterable[str]) -> TaskIdentity:
    """Return the identity of a task whose worker has imported these modules from files that were edited meanwhile.

    Examples
    --------
    >>> from dpnb.planner.task_identity import TaskIdentity
    >>> doubted(TaskIdentity(code="7c9e"), ["etl"]).code
    '7c9e:edited etl'
    """
    return replace(identity, code=f"{identity.code}{_EDITED}{', '.join(sorted(modules))}")


def run_in_process(identity: TaskIdentity, fingerprint: Fingerprint | None) -> TaskIdentity:
    """Return the identity of a task that is going to run in this process, as its modules were imported here."""
    if identity.code is None or fingerprint is None or not fingerprint.outdated:
        return identity
    return replace(identity, code=f"{identity.code}{_AS_IMPORTED}")


def without_doubt(code: str) -> str:
    """Return what is certain of code that a run has recorded: what the kernel had of it."""
    return code.partition(_EDITED)[0].removesuffix(_AS_IMPORTED)


def doubt_text(code: str, run: str) -> str:
    """Say what is not certain of code that a run has recorded; empty where nothing is."""
    before, _, modules = code.partition(_EDITED)
    if modules:
        names = ", ".join(f"`{name}`" for name in modules.split(", "))
        kind, was = ("modules", "were") if ", " in modules else ("module", "was")
        return f"{kind} {names} {was} edited while {run} went on, which may have run either"
    if before.endswith(_AS_IMPORTED):
        return f"in {run} it ran within the kernel, with a module as it was imported, not as its file was edited since"
    return ""
