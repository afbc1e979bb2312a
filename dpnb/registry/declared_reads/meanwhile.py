"""What a task has read that may have been written to while it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.registry.declared_reads.record import FileState, ReadsState
from dpnb.registry.declared_reads.state import state_of_reads

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROBLEM = "written to while the task ran"


def reads_meanwhile(patterns: Iterable[str], before: str) -> str:
    """Return what a task that has just ended has read: what its files held `before`, where they hold it still.

    Of others it is not known what it has read, nor of those that could not be looked at then. Files that nothing has
    written to are not read again.
    """
    then = ReadsState.from_json(before)
    now = state_of_reads(patterns, known=then)
    return before if now == then else _doubted(then, now).to_json()


def _doubted(then: ReadsState, now: ReadsState) -> ReadsState:
    """Put a problem in the place of each file that differs.

    Examples
    --------
    >>> one, two = (ReadsState.of({"*": [FileState(path="a", digest=digest)]}) for digest in "12")
    >>> _doubted(one, two).files["*"][0].problem
    'written to while the task ran'
    """
    return ReadsState.of(
        {
            pattern: _files(then.files.get(pattern, ()), now.files.get(pattern, ()))
            for pattern in then.files.keys() | now.files.keys()
        }
    )


def _files(then: tuple[FileState, ...], now: tuple[FileState, ...]) -> list[FileState]:
    before, after = ({file.path: file for file in files} for files in (then, now))
    return [_file(path, before.get(path), after.get(path)) for path in before.keys() | after.keys()]


def _file(path: str, then: FileState | None, now: FileState | None) -> FileState:
    is_known = then is not None and (then.problem or then == now)
    return then if then is not None and is_known else FileState(path=path, problem=_PROBLEM)
