"""Stored results that cannot be saved, found or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.root import DpnbError, closest

if TYPE_CHECKING:
    from collections.abc import Sequence


class ResultError(DpnbError):
    """A stored result could not be written or read."""


class ResultNotFoundError(ResultError, LookupError):
    """No complete result of these names is stored."""

    def __init__(self, run_id: str, task_name: str, task_result_id: str, *, known: Sequence[str] = ()) -> None:
        near = closest(task_result_id, known) or list(known)[:8]
        there = f"stored of this task are {', '.join(map(repr, near))}." if near else "this task left no result here."
        super().__init__(f"No result {task_result_id!r} of task {task_name!r} in run {run_id!r}.", hint=there)
        self.run_id, self.task_name, self.task_result_id = run_id, task_name, task_result_id


class ConcatenationError(ResultError, ValueError):
    """A stream's chunks do not add up to one value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, hint="iterate over the stream, or take list(stream).")


class ComparisonKeyError(ResultError, LookupError):
    """Two frames were to be compared by a key that does not identify rows of both."""

    def __init__(
        self, name: object, *, wanted: Sequence[object], known: Sequence[object], why: str = "it is not in both frames"
    ) -> None:
        near = closest(str(name), map(str, known)) or [str(one) for one in known[:8]]
        super().__init__(
            f"{name!r} cannot be a key of rows: {why}.",
            hint=f"both frames have {', '.join(map(repr, near))}; an empty list pairs rows by position."
            if near
            else "an empty list pairs rows by position.",
        )
        self.name, self.wanted = name, tuple(wanted)


class CorruptResultError(ResultError):
    """A stored file differs from what was saved; it was not unpickled."""

    def __init__(self, path: str, *, what: str, expected: str, found: str) -> None:
        super().__init__(
            f"The result {path!r} was changed or cut off after it was saved: "
            f"{what} should be {expected}, but is {found}.",
            hint="run its task again, or restore the file from a copy.",
        )
        self.path, self.what, self.expected, self.found = path, what, expected, found


def require_digest(path: str, *, expected: str | None, found: str) -> None:
    """Raise `CorruptResultError` if a stored file is whole, but not the one that is meant; anything is without one."""
    if expected and expected != found:
        raise CorruptResultError(path, what="its digest", expected=expected, found=found)


class UnloadableResultError(ResultError):
    """A stored result is undamaged, but unpickling it raised; the exception is the cause."""

    def __init__(self, path: str, *, type_name: str, cause: BaseException) -> None:
        missing = isinstance(cause, ModuleNotFoundError)
        super().__init__(
            f"The result {path!r} (a {type_name}) cannot be unpickled: {type(cause).__name__}: {cause}",
            hint=f"install or make importable the module {getattr(cause, 'name', None)!r} in this process."
            if missing
            else "the type's own unpickling code raised; see the cause above.",
        )
        self.path, self.type_name = path, type_name


class UntrustedStoreError(ResultError, PermissionError):
    """Unpickling runs code, and this store was not made by this user."""

    def __init__(self, base_path: str, *, why: str) -> None:
        super().__init__(
            f"The store {base_path!r} is not trusted ({why}), so its results are listed and described, "
            "but not unpickled.",
            hint="unpickling can run any code; if you know who wrote this store, call .trust() on its I/O manager "
            "once, or open it with trust=True.",
        )
        self.base_path, self.why = base_path, why


class UnstorableResultError(ResultError, ValueError):
    """A value cannot be pickled; `culprit` is the way to the part that refuses, as far as it could be found."""

    def __init__(self, *, type_name: str, culprit: str, culprit_type: str, reason: str) -> None:
        where = f" because of {culprit} (a {culprit_type})" if culprit != "result" else ""
        super().__init__(
            f"A {type_name} cannot be stored{where}: {reason}",
            hint="return data rather than open connections, locks, generators or modules.",
        )
        self.type_name, self.culprit, self.culprit_type, self.reason = type_name, culprit, culprit_type, reason


class BrowseRequestError(ResultError, ValueError):
    """A page was asked for in a way that makes no sense for its table."""

    def __init__(self, subject: object, *, rule: str, hint: str = "") -> None:
        super().__init__(f"{subject!r} cannot be browsed by: {rule}.", hint=hint)
        self.subject, self.rule = subject, rule


class BrowsingStoppedError(ResultError):
    """Nobody waits any more for what was being looked up."""

    def __init__(self) -> None:
        super().__init__("Looking through the result was stopped.", hint="ask again.")


class StoreUrlError(ResultError, ValueError):
    """A URL names no store of results that can be opened here."""

    def __init__(self, url: str, *, reason: str, hint: str) -> None:
        super().__init__(f"The store {url!r} cannot be opened: {reason}.", hint=hint)
        self.url, self.reason = url, reason
