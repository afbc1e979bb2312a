"""Results as files in formats that others read: the value alone in one file, what is known of it in another beside it.

::

    {base}/{run}/{task}/{result}.parquet     the value, as any program for Parquet writes it
    {base}/{run}/{task}/.{result}.facts      its size and digest, names, facts, format: the footer that a pickle has

The second file is written last, so that a result is there whole or not at all. Where a result is saved again, the two
may be of different times for a moment; whoever reads in it sees that the digest is another, and looks again.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Concatenate, Protocol

from xxhash import xxh3_128

from dpnb.errors import (
    CorruptResultError,
    DpnbError,
    ResultNotFoundError,
    UnloadableResultError,
    require_digest,
)
from dpnb.results.atomic_file import AtomicFile
from dpnb.results.facts import facts_of
from dpnb.results.facts_json import facts_from_dict, facts_to_json
from dpnb.results.formats.checked_writing import write_checked
from dpnb.results.formats.registry import serializer_for, serializer_of
from dpnb.results.layout import RESULT_SUFFIX
from dpnb.results.linking import link_file
from dpnb.results.mapped_pickle.footer import Footer, decode_facts_file, decode_trailing, encode_footer
from dpnb.results.mapped_pickle.writer import write_whole
from dpnb.results.records import ResultRecord
from dpnb.results.result_ids import attempt_and_chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.results.atomic_file import Durability
    from dpnb.results.layout import Layout
    from dpnb.results.mapped_pickle.footer import Form
    from dpnb.results.records import ResultFacts
    from dpnb.results.trust import Trust

type _Names = tuple[str, str, str]  # run, task, result id

_PIECE_BYTES = 1 << 20
_TRIES = 20
_PAUSE_S = 0.005  # between two looks at a result that is being replaced
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class NotPickledError(Exception):
    """A result is there, in another format than was looked for."""


class _HasFormatted(Protocol):
    _formatted: FormattedFiles


def or_formatted[S: _HasFormatted, **P, T](
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """Leave what is no pickle to the method of the same name of a store's `FormattedFiles`."""

    @functools.wraps(method)
    def call(store: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(store, *args, **kwargs)
        except NotPickledError:
            other: Callable[P, T] = getattr(store._formatted, method.__name__)  # noqa: SLF001 - its own
            return other(*args, **kwargs)

    return call


class FormattedFiles:
    """The results of a store of files that are no pickles; methods are those of `IOManager`."""

    def __init__(self, layout: Layout, durability: Durability, trust: Trust) -> None:
        self._layout = layout
        self._durability: Durability = durability
        self._trust = trust

    def write(self, names: _Names, value: Any, file_format: str) -> ResultRecord:
        """Store a value in a format.

        Raises
        ------
        UnknownFormatError, FormatError
            There is no such format for it, or its library cannot write it.
        LossyFormatError
            What would come back is something else.
        """
        serializer, key = serializer_for(file_format, value)
        folder = self._layout.make_task_folder(*names[:2])
        self._layout.note_result_name(folder, names[2])
        with AtomicFile(folder, self._durability) as file:
            with open(file.fd, "w+b", closefd=False) as written:
                write_checked(serializer, value, written)
            facts = replace(facts_of(value), format=file_format)
            footer = _footer(names, facts, (file_format, serializer.suffix, key), file.fd)
            earlier = self._footer(*names)
            target = self._layout.result_in(folder, names[2], footer.suffix)
            file.commit(target, modified_ns=footer.sealed_ns)
        self._commit(names, folder, footer)
        self._forget_others(names, folder, footer.suffix, earlier)
        return self._record(names, footer, facts)

    def has(self, run_id: str, task: str, result_id: str) -> bool:
        """Tell whether there is a result that is no pickle."""
        return os.path.lexists(self._layout.facts_file(run_id, task, result_id))

    def load(self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None) -> Any:
        """Return the stored value. What dpnb's own serializers read runs no code, and needs no trust."""
        names = (run_id, task_name, task_result_id)
        with self._checked(names, digest=digest, sealed=True) as (footer, file, owner):
            name, _, kind = footer.form or ("", "", "")
            serializer = serializer_of(name, kind)
            if serializer.is_own:
                self._trust.require(owner)
            try:
                return serializer.read(file)
            except (DpnbError, MemoryError):
                raise
            except (Exception, SystemExit) as error:
                kind = footer.facts.get("type", "value")
                raise UnloadableResultError(self._path(names, footer), type_name=kind, cause=error) from error

    def describe(self, run_id: str, task_name: str, task_result_id: str) -> ResultRecord:
        """Return what is known of a stored value."""
        names = (run_id, task_name, task_result_id)
        footer = self._require_footer(names)
        try:
            found = os.lstat(self._path(names, footer)).st_size
        except FileNotFoundError:
            raise self._missing(names) from None
        _require_size(self._path(names, footer), footer, found)
        return self._record(names, footer, facts_from_dict(footer.facts))

    def verify(
        self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None, *, sealed: bool = False
    ) -> None:
        """Raise `CorruptResultError` unless every byte is as it was saved."""
        with self._checked((run_id, task_name, task_result_id), digest=digest, sealed=sealed):
            pass

    def read_bytes(self, run_id: str, task_name: str, task_result_id: str) -> bytes:
        """Return a result's file with what is known of it behind, as `write_bytes` takes it."""
        names = (run_id, task_name, task_result_id)
        with self._checked(names, digest=None, sealed=True) as (footer, file, _):
            return file.read() + encode_footer(footer._replace(facts=json.dumps(footer.facts, ensure_ascii=False)))

    def write_bytes(self, names: _Names, data: memoryview) -> bool:
        """Store what `read_bytes` gave; does nothing, and tells so, where the bytes are those of a pickle."""
        footer = decode_trailing(data, path=self._layout.result_file(*names))
        if footer.form is None:
            return False
        folder = self._layout.make_task_folder(*names[:2])
        self._layout.note_result_name(folder, names[2])
        with AtomicFile(folder, self._durability) as file:
            write_whole(file.fd, data[: footer.size])
            file.commit(self._layout.result_in(folder, names[2], footer.suffix), modified_ns=None)
        self._commit(names, folder, footer._replace(facts=json.dumps(footer.facts, ensure_ascii=False)))
        return True

    def exists(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Tell whether a complete result of these names is stored."""
        try:
            self.describe(run_id, task_name, task_result_id)
        except (ResultNotFoundError, CorruptResultError):
            return False
        return True

    def link(self, result: ResultRecord, run_id: str) -> ResultRecord:
        """Make a stored result one of another run too."""
        names, target = (result.run_id, result.task, result.result_id), (run_id, result.task, result.result_id)
        with self._checked(names, digest=result.digest, sealed=True) as (footer, _, _owner):
            if target != names:
                folder = self._layout.make_task_folder(run_id, result.task)
                self._layout.note_result_name(folder, result.result_id)
                path = self._layout.result_in(folder, result.result_id, footer.suffix)
                earlier = self._footer(*target)
                link_file(self._path(names, footer), path, modified_ns=footer.sealed_ns, durability=self._durability)
                facts = self._layout.facts_file(*target)
                link_file(self._layout.facts_file(*names), facts, modified_ns=time.time_ns(), durability="process")
                self._forget_others(target, folder, footer.suffix, earlier)
        return result._replace(run_id=run_id, path=self._layout.relative_result(*target, footer.suffix))

    def remove(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Delete one result; tell whether there was one."""
        names = (run_id, task_name, task_result_id)
        footer = self._footer(*names)
        if footer is None:
            return False
        for path in (self._layout.facts_file(*names), self._path(names, footer)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)  # noqa: PTH108
        return True

    def set_aside(self, run_id: str, task_name: str, task_result_id: str) -> str | None:
        """Move a result out of the way; return its new name, None where there is none."""
        names = (run_id, task_name, task_result_id)
        footer = self._footer(*names)
        if footer is None:
            return None
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._layout.facts_file(*names))  # noqa: PTH108
        return self._layout.set_aside(*names, footer.suffix)

    def _commit(self, names: _Names, folder: str, footer: Footer) -> None:
        with AtomicFile(folder, self._durability) as facts:
            os.write(facts.fd, encode_footer(footer))
            facts.commit(self._layout.facts_file(*names), modified_ns=None)

    def _forget_others(self, names: _Names, folder: str, suffix: str, earlier: Footer | None) -> None:
        """Remove what was stored under the same names in another format."""
        others = {RESULT_SUFFIX, *(() if earlier is None else (earlier.suffix,))} - {suffix}
        for other in others:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._layout.result_in(folder, names[2], other))  # noqa: PTH108

    @contextlib.contextmanager
    def _checked(self, names: _Names, *, digest: str | None, sealed: bool) -> Iterator[tuple[Footer, BinaryIO, int]]:
        """Lend a result's open file, which is what the facts beside it say, with the owner of the file."""
        for attempt in range(_TRIES):
            footer = self._require_footer(names)
            path = self._path(names, footer)
            try:
                file = open(os.open(path, _READ), "rb")  # noqa: PTH123, SIM115 - it is closed below
            except FileNotFoundError:
                if attempt == _TRIES - 1 or self._footer(*names) == footer:
                    raise self._missing(names) from None
                continue
            with file:
                try:
                    found = os.fstat(file.fileno())
                    _require_size(path, footer, found.st_size)
                    if not (sealed and found.st_mtime_ns == footer.sealed_ns):
                        require_digest(path, expected=footer.digest, found=_digest(file.fileno()))
                except CorruptResultError:
                    if attempt == _TRIES - 1 or (self._footer(*names) == footer and attempt > 1):
                        raise
                    time.sleep(_PAUSE_S)
                    continue
                require_digest(path, expected=digest, found=footer.digest)
                yield footer, file, found.st_uid
                return

    def _footer(self, run_id: str, task: str, result_id: str) -> Footer | None:
        path = self._layout.facts_file(run_id, task, result_id)
        try:
            if not self._layout.holds(run_id, task):
                return None
            with open(os.open(path, _READ), "rb") as file:  # noqa: PTH123
                data = file.read()
        except OSError:
            return None
        return decode_facts_file(data, path=path)

    def _require_footer(self, names: _Names) -> Footer:
        footer = self._footer(*names)
        if footer is None:
            raise self._missing(names)
        return footer

    def _missing(self, names: _Names) -> ResultNotFoundError:
        known = sorted(set(self._layout.results(*names[:2])) - {names[2]})
        return ResultNotFoundError(*names, known=known)

    def _path(self, names: _Names, footer: Footer) -> str:
        return self._layout.result_file(*names, footer.suffix)

    def _record(self, names: _Names, footer: Footer, facts: ResultFacts) -> ResultRecord:
        attempt, chunk = attempt_and_chunk(names[2])
        return ResultRecord(
            run_id=names[0],
            task=names[1],
            result_id=names[2],
            path=self._layout.relative_result(*names, footer.suffix),
            size_bytes=footer.size,
            digest=footer.digest,
            facts=facts,
            attempt=attempt,
            chunk=chunk,
            saved_us=footer.saved_us,
        )


def _footer(names: _Names, facts: ResultFacts, form: Form, fd: int) -> Footer:
    digest = _digest(fd)
    return Footer(
        size=os.fstat(fd).st_size,
        opcodes_digest=digest,
        digest=digest,
        saved_us=time.time_ns() // 1000,
        names=names,
        facts=facts_to_json(facts),
        form=form,
    )


def _digest(fd: int) -> str:
    os.lseek(fd, 0, os.SEEK_SET)
    digest = xxh3_128()
    while piece := os.read(fd, _PIECE_BYTES):
        digest.update(piece)
    os.lseek(fd, 0, os.SEEK_SET)
    return digest.hexdigest()


def _require_size(path: str, footer: Footer, found: int) -> None:
    if found != footer.size:
        raise CorruptResultError(path, what="its size", expected=f"{footer.size:,} bytes", found=f"{found:,} bytes")
