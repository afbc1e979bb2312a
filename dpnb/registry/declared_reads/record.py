"""The state of declared files as a record, and as text that is stored with a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.digests import digest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file that a pattern has found.

    Only `path`, `digest` and `problem` tell it from others: a file that was touched is what it was. `path` is relative
    to the working directory where it lies below it, with ``/`` between its parts. `problem` says why there is no
    digest. `is_settled` tells that the file had been left alone for a while when it was read, so that its size and
    times alone show whether it has changed since.
    """

    path: str
    digest: str = ""
    problem: str = ""
    size_bytes: int = field(default=0, compare=False)
    mtime_ns: int = field(default=0, compare=False)
    ctime_ns: int = field(default=0, compare=False)
    is_settled: bool = field(default=False, compare=False)

    def has_times_of(self, other: FileState) -> bool:
        """Tell whether nothing seems to have written to the file between these two looks at it."""
        return (self.size_bytes, self.mtime_ns, self.ctime_ns) == (other.size_bytes, other.mtime_ns, other.ctime_ns)


@dataclass(frozen=True, slots=True)
class ReadsState:
    """What declared files hold: for each pattern, sorted, the files that it finds, sorted by path.

    States are equal if their digests are: same patterns, same paths, same contents.

    Examples
    --------
    >>> state = ReadsState.of({"data/*.csv": [FileState(path="data/a.csv", digest="8a1f")]})
    >>> ReadsState.from_json(state.to_json()) == state
    True
    """

    digest: str = ""
    files: Mapping[str, tuple[FileState, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, found: Mapping[str, list[FileState]]) -> ReadsState:
        """Put the files of each pattern in their order."""
        files = {pattern: tuple(sorted(found[pattern], key=lambda file: file.path)) for pattern in sorted(found)}
        if not files:
            return cls()
        content = [[pattern, [[f.path, f.digest, f.problem] for f in held]] for pattern, held in files.items()]
        return cls(digest=digest(content), files=files)

    def to_json(self) -> str:
        """Return the state as compact JSON of ASCII characters; the empty text where no file was declared."""
        if not self.files:
            return ""
        files = {pattern: [_written(file) for file in held] for pattern, held in self.files.items()}
        return json.dumps({"digest": self.digest, "files": files}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> ReadsState:
        """Read what `to_json` wrote. Raises ``ValueError`` if it is something else."""
        if not text:
            return cls()
        try:
            files = json.loads(text)["files"].items()
            return cls.of({pattern: [_read(*facts) for facts in held] for pattern, held in files})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no state of files: {text[:80]!r}") from error


def _written(file: FileState) -> list[str | list[int]]:
    times = [file.size_bytes, file.mtime_ns, file.ctime_ns, int(file.is_settled)]
    return [file.path, file.digest, times, *([file.problem] if file.problem else [])]


def _read(path: str, digest: str, times: list[int], problem: str = "") -> FileState:
    size_bytes, mtime_ns, ctime_ns, settled = times
    return FileState(
        path=path,
        digest=digest,
        problem=problem,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        ctime_ns=ctime_ns,
        is_settled=bool(settled),
    )
