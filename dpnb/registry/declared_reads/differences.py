"""What has changed between two states of declared files, as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.render.quantities import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.registry.declared_reads.record import FileState, ReadsState


def changes_between(earlier: ReadsState, later: ReadsState) -> tuple[str, ...]:
    """Return a line for each file that differs, then one for each pattern that is new or is declared no more.

    Examples
    --------
    >>> from dpnb.registry.declared_reads import FileState, ReadsState
    >>> one = ReadsState.of({"*.csv": [FileState(path="a.csv", digest="1", size_bytes=2_100_000)]})
    >>> two = ReadsState.of({"*.csv": [FileState(path="a.csv", digest="2", size_bytes=2_300_000)]})
    >>> changes_between(one, two)
    ('`a.csv` changed (2.1 MB → 2.3 MB)',)
    """
    if earlier == later:
        return ()
    return (*_changed_files(earlier, later), *_changed_patterns(earlier, later))


def _changed_files(earlier: ReadsState, later: ReadsState) -> Iterator[str]:
    before, after = _by_path(earlier), _by_path(later)
    for path in sorted(before.keys() | after.keys()):
        one, other = before.get(path), after.get(path)
        if one is None and other is not None:
            yield f"`{path}` added ({_shown(other)})"
        elif one is not None and other is None:
            yield f"`{path}` removed ({_shown(one)})"
        elif one is not None and other is not None and one != other:
            yield f"`{path}` changed ({_step(one, other)})"


def _step(one: FileState, other: FileState) -> str:
    before, after = _shown(one), _shown(other)
    return f"{before} → {after}" if before != after else f"{after} as before, other content"


def _shown(file: FileState) -> str:
    return file.problem or size(file.size_bytes)


def _changed_patterns(earlier: ReadsState, later: ReadsState) -> Iterator[str]:
    for pattern in sorted(later.files.keys() - earlier.files.keys()):
        yield f"reads `{pattern}` now"
    for pattern in sorted(earlier.files.keys() - later.files.keys()):
        yield f"reads `{pattern}` no more"


def _by_path(state: ReadsState) -> dict[str, FileState]:
    return {file.path: file for files in state.files.values() for file in files}
