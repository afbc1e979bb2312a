"""What a task is before it runs: its code, its run parameters, the files that it declares; told as digests.

With the results that it is given, this decides whether a stored result still stands. A digest that is equal means the
same in every process; what cannot be tracked is told, so that nobody has to take it for equal.
"""

from __future__ import annotations

import inspect
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from xxhash import xxh3_128_hexdigest

from dpnb.planner.node import Source
from dpnb.planner.output_form import with_form
from dpnb.registry.asked_form import asked_form
from dpnb.registry.declared_reads import FileState, ReadsState, state_of_reads
from dpnb.registry.fingerprint import Fingerprint, FingerprintSession, Untracked
from dpnb.registry.hints import HintResolver
from dpnb.results.short_text import short_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.planner.node import Node
    from dpnb.registry import TaskMetadata
    from dpnb.registry.fingerprint.imported_state import ImportedState
    from dpnb.results.records import TaskRunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIdentity:
    """What one task is in one plan.

    `code` is a digest of all code that it reaches, None where that is not known, and `source` the id of the text in
    which that code stands. `imported` is what this process has of it in modules, where it has any; it is not stored.
    `arguments` is JSON, ``{parameter: [digest, text]}``, and `reads` the JSON of the declared
    files; both are empty where there are none. `untracked` tells what of all this may change without being seen.
    """

    code: str | None = None
    source: str | None = None
    arguments: str = ""
    reads: str = ""
    untracked: tuple[str, ...] = ()
    imported: ImportedState | None = field(default=None, compare=False, repr=False)

    def with_reads(self, reads: str) -> TaskIdentity:
        """Return the identity with what the declared files hold."""
        return self if reads == self.reads else replace(self, reads=reads)

    def fits(self, record: TaskRunRecord) -> bool:
        """Tell whether a stored result is of the same code, run parameters and files."""
        return (
            self.code is not None
            and self.code == record.code
            and (self.arguments == record.arguments or _digests(self.arguments) == _digests(record.arguments))
            and (self.reads == record.reads or reads_from(self.reads) == reads_from(record.reads))
        )


UNKNOWN = TaskIdentity()
"""Of a task of which nothing is known: it fits nothing that is stored."""


class TaskIdentifier:
    """Identifies the tasks of one plan, as their functions and parameters are now.

    Parameters
    ----------
    params
        The plan's run parameters.

    Attributes
    ----------
    sources
        The texts that the identities name, by their ids.
    fingerprints
        What they were read from, by the same ids.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.sources: dict[str, str] = {}
        self.fingerprints: dict[str, Fingerprint] = {}
        self._params = params
        self._session = FingerprintSession()
        self._hints = HintResolver()
        self._source_ids: dict[int, str] = {}  # by fingerprint, each of which the session keeps
        self._arguments: dict[str, _Argument] = {}
        self._alike: dict[tuple[int, str | None, bool, str], TaskIdentity] = {}

    def identify(self, node: Node) -> TaskIdentity:
        """Return what a task is now."""
        given = {**self._given(node), **self._asked(node)} if node.bindings else {}
        if given:
            return self._identity(node.task, given)
        kind = id(node.task.func), node.task.version, node.task.stream_output, node.task.format
        if kind not in self._alike:  # many tasks may share a function
            self._alike[kind] = self._identity(node.task, {})
        return self._alike[kind]

    def _identity(self, task: TaskMetadata, given: Mapping[str, _Argument]) -> TaskIdentity:
        fingerprint = self._fingerprint(task)
        untracked = () if fingerprint.is_trusted else tuple(map(str, fingerprint.untracked))
        if given:  # a version stands for code alone
            untracked += tuple(text for argument in given.values() for text in argument.untracked)
        return TaskIdentity(
            code=_code(fingerprint, task),
            source=self._source_id(fingerprint),
            arguments=_to_json(given) if given else "",
            untracked=untracked,
            imported=fingerprint.imported,
        )

    def _fingerprint(self, task: TaskMetadata) -> Fingerprint:
        try:
            return self._session.fingerprint(task.func, version=task.version)
        except Exception as error:  # noqa: BLE001 - users' objects may raise whatever they like when they are looked at
            what = f"it cannot be looked at: {type(error).__name__}: {error}"
            return Fingerprint(digest="", parts={}, untracked=(Untracked(path=f"`{task.name}`", what=what),))

    def _source_id(self, fingerprint: Fingerprint) -> str:
        source_id = self._source_ids.get(id(fingerprint))
        if source_id is None:
            source_id, text = _source(_Same(fingerprint))
            self._source_ids[id(fingerprint)] = source_id
            self.sources[source_id] = text
            self.fingerprints[source_id] = fingerprint
        return source_id

    def _given(self, node: Node) -> dict[str, _Argument]:
        """Return the run parameters that a task takes, but for those that say what its own defaults say.

        Its defaults are part of its code.
        """
        if not self._params:
            return {}
        taking = (one.parameter for one in node.bindings if one.source in _TAKES_PARAMS)
        names = [name for name in taking if name in self._params]
        given = {name: self._argument(name) for name in sorted(names)}
        defaults = _defaults(node.task) if given else {}
        return {name: one for name, one in given.items() if not self._is_equal(one, defaults.get(name, _NO_DEFAULT))}

    def _asked(self, node: Node) -> dict[str, _Argument]:
        """Return what a task is given because its annotations ask for it, which do not count as code."""
        asked = {}
        hints = self._hints.resolve(node.task).parameters
        for one in node.bindings:
            form = asked_form(hints.get(one.parameter)) if one.task is not None else ""
            if form or one.source is Source.CONTEXT:
                text = f"as {'a list' if form == 'list' else f'an {form}'}" if form else "the attempt's context"
                asked[one.parameter] = _Argument(f"asked: {text}", text, ())
        return asked

    def _is_equal(self, argument: _Argument, default: Any) -> bool:
        return default is not _NO_DEFAULT and argument.digest == self._read("", default).digest != ""

    def _argument(self, name: str) -> _Argument:
        if name not in self._arguments:
            self._arguments[name] = self._read(name, self._params[name])
        return self._arguments[name]

    def _read(self, name: str, value: Any) -> _Argument:
        try:
            found = self._session.fingerprint(value)
        except Exception as error:  # noqa: BLE001 - as above
            what = f"parameter `{name}` cannot be looked at: {type(error).__name__}: {error}"
            return _Argument("", short_repr(value), (what,))
        untracked = tuple(f"parameter `{name}`: {one.what}" for one in found.untracked)
        return _Argument(found.digest, short_repr(value), untracked)


_NO_DEFAULT = inspect.Parameter.empty


def _defaults(task: TaskMetadata) -> dict[str, Any]:
    return {name: one.default for name, one in inspect.signature(task.func).parameters.items()}


class _Same:
    """A fingerprint that equals only itself: equal ones may have other texts."""

    __slots__ = ("fingerprint",)

    def __init__(self, fingerprint: Fingerprint) -> None:
        self.fingerprint = fingerprint

    def __hash__(self) -> int:
        return id(self.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.fingerprint is other.fingerprint


@lru_cache(maxsize=16_384)
def _source(same: _Same) -> tuple[str, str]:
    """Return a fingerprint as text, with the id of that; sessions hand on fingerprints of what has not changed."""
    text = same.fingerprint.to_json()
    return xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass")), text


_TAKES_PARAMS = (Source.PARAM, Source.DEFAULT)


class _Argument(NamedTuple):
    digest: str
    text: str
    untracked: tuple[str, ...]


def reads_of(task: TaskMetadata, stored: Iterable[TaskRunRecord] = ()) -> str:
    """Return what the files hold now that a task declares, as `TaskIdentity.reads`; empty where it declares none.

    Files that nothing has written to since the newest of its stored results are not read again.
    """
    if not task.reads:
        return ""
    newest = next(iter(stored), None)
    return state_of_reads(task.reads, known=reads_from(newest.reads) if newest is not None else None).to_json()


def reads_that_failed(task: TaskMetadata, error: Exception) -> str:
    """Return what is told of the files that a task declares where looking at them has raised."""
    problem = f"not to be looked at ({type(error).__name__})"
    return ReadsState.of({pattern: [FileState(path=pattern, problem=problem)] for pattern in task.reads}).to_json()


def reads_from(text: str) -> ReadsState | None:
    """Return the state of files that was stored as this text; None where it is something else."""
    with suppress(ValueError):
        return ReadsState.from_json(text)
    return None


def _code(fingerprint: Fingerprint, task: TaskMetadata) -> str | None:
    if not fingerprint.digest:
        return None
    return with_form(fingerprint.digest, in_chunks=task.stream_output, file_format=task.format)


def _to_json(given: Mapping[str, _Argument]) -> str:
    return json.dumps({name: one[:2] for name, one in given.items()}, separators=(",", ":"), ensure_ascii=False)


def _digests(arguments: str) -> dict[str, str]:
    """Return the arguments' digests; of what a damaged ledger holds in their place, that itself."""
    if not arguments:
        return {}
    with suppress(ValueError, TypeError, AttributeError):
        return {parameter: digest for parameter, (digest, _) in json.loads(arguments).items()}
    return {"": arguments}
