"""Results as files below one folder."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import CorruptResultError, ResultNotFoundError, UnloadableResultError, require_digest
from dpnb.results.aside import Aside
from dpnb.results.atomic_file import AtomicFile, Durability
from dpnb.results.crash_points import reach
from dpnb.results.disk_usage import files_of
from dpnb.results.facts import facts_of, is_large
from dpnb.results.facts_json import facts_from_dict, facts_to_json
from dpnb.results.formats.registry import PICKLE, add_serializers, own_serializers
from dpnb.results.formatted_files import FormattedFiles, NotPickledError, or_formatted
from dpnb.results.kept_elsewhere import bring
from dpnb.results.layout import COMPANIONS, Layout
from dpnb.results.leftovers import remove_leftovers
from dpnb.results.linking import link_companions, link_file, told_from
from dpnb.results.mapped_pickle import (
    Footer,
    PickleWriter,
    encode_footer,
    holds_plain,
    load_pickle,
    read_footer,
    verify_pickle,
)
from dpnb.results.mapped_pickle.pickler import is_small_scalar, make_pickler
from dpnb.results.mapped_pickle.unstorable import storable
from dpnb.results.mapped_pickle.writer import contents_of, write_whole
from dpnb.results.records import ResultRecord
from dpnb.results.result_ids import attempt_and_chunk
from dpnb.results.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.disk_usage import RunFiles
    from dpnb.results.mapped_pickle import PickleContents
    from dpnb.results.records import ResultFacts

type _Names = tuple[str, str, str]  # run, task, result id

_READ = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"):  # non-blocking: somebody may have planted a FIFO
    _READ |= getattr(os, _flag, 0)


class FilesystemIOManager:
    """Keeps results as files: ``{base_path}/{run_id}/{task_name}/{task_result_id}.pkl``.

    A file is a plain pickle that `pickle.load` reads anywhere; `load` maps its large buffers into memory instead of
    copying them. Saving is atomic. Durability ``"process"`` survives the death of any process, ``"power"`` also a
    power failure.

    Parameters
    ----------
    base_path
        The store's folder; made when first written to.
    durability
        ``"process"`` or ``"power"``.
    trust
        Load results whoever made the store. Unpickling runs code: say so only of stores whose makers you trust.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> io_manager = FilesystemIOManager(mkdtemp())
    >>> path = io_manager.save(run_id="run_1", task_name="extract", task_result_id="result_001", value=[1, 2])
    >>> path.name, io_manager.load(run_id="run_1", task_name="extract", task_result_id="result_001")
    ('result_001.pkl', [1, 2])
    """

    def __init__(self, base_path: Path | str, durability: Durability = "process", *, trust: bool = False) -> None:
        self.base_path = Path(base_path).absolute()
        self._durability: Durability = durability
        self._layout = Layout(str(self.base_path), durability)
        self._trust = Trust(str(self.base_path), granted=trust)
        self._formatted = FormattedFiles(self._layout, durability, self._trust)

    def __getstate__(self) -> dict[str, Any]:
        """Take the user's own serializers along."""
        return {**self.__dict__, "own_serializers": own_serializers()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        add_serializers(state.pop("own_serializers"))
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"FilesystemIOManager({str(self.base_path)!r})"

    @property
    def location(self) -> str:
        """The store's folder."""
        return str(self.base_path)

    def save(self, run_id: str, task_name: str, task_result_id: str, value: Any) -> Path:
        """Store `value` and return where it lies. Raises `UnstorableResultError`, `OSError`."""
        self.write(run_id, task_name, task_result_id, value)
        return Path(self._layout.result_file(run_id, task_name, task_result_id))

    def write(
        self, run_id: str, task_name: str, task_result_id: str, value: Any, file_format: str = ""
    ) -> ResultRecord:
        """Store `value` like `save`, or in another format than a pickle, and return all that is known of it."""
        names = (run_id, task_name, task_result_id)
        if file_format not in ("", PICKLE):
            return self._write_formatted(names, value, file_format)
        with self._new_file(*names) as file:
            is_small = is_small_scalar(value)  # and read whole each time, so that it needs no seal
            footer, size, facts = (_store_small if is_small else _store)(file.fd, names, value)
            target = self._layout.result_in(file.folder, task_result_id)
            file.commit(target, modified_ns=None if is_small else footer.sealed_ns)
        return self._record(names, footer, size, facts)

    def _write_formatted(self, names: _Names, value: Any, file_format: str) -> ResultRecord:
        self._layout.make_task_folder(*names[:2])
        self._trust.claim()
        return self._formatted.write(names, value, file_format)

    @or_formatted
    def link(self, result: ResultRecord, run_id: str) -> ResultRecord:
        """Make a stored result one of another run too: a hard link, or a copy where there can be none.

        A large file is read only if it has been written to since it was saved. Raises like `load`.
        """
        with self._opened(result.run_id, result.task, result.result_id) as (fd, path, found):
            self._trust.require(found.st_uid)
            sealed_ns = result.saved_us * 1000
            is_sealed = (found.st_size, found.st_mtime_ns) == (result.size_bytes, sealed_ns)
            if not is_sealed and not holds_plain(fd, found.st_size, result.digest):
                require_digest(path, expected=result.digest, found=verify_pickle(fd, path=path).digest)
            target = self._new_name(run_id, result.task, result.result_id)
            if target != path:  # whose only name would be taken away
                link_file(path, target, modified_ns=sealed_ns, durability=self._durability)
                link_companions(path, target, COMPANIONS)
        reach("link.linked")
        relative = self._layout.relative_result(run_id, result.task, result.result_id)
        return result._replace(run_id=run_id, path=relative)

    @or_formatted
    def load(self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None) -> Any:
        """Return the stored value, if it is the one of `digest` where that is known.

        Raises `ResultNotFoundError`, `CorruptResultError`, `UntrustedStoreError`, `UnloadableResultError`.
        """
        with self._opened(run_id, task_name, task_result_id) as (fd, path, found):
            self._trust.require(found.st_uid)
            footer, opcodes, payloads = load_pickle(fd, path=path)
        require_digest(path, expected=digest, found=footer.digest)
        try:
            return told_from(path, pickle.loads(opcodes, buffers=payloads))
        except MemoryError:
            raise
        except (Exception, SystemExit) as error:
            raise UnloadableResultError(path, type_name=footer.facts.get("type", "value"), cause=error) from error

    @or_formatted
    def read_bytes(self, run_id: str, task_name: str, task_result_id: str) -> bytes:
        """Return a result's file as it is, for another store to take. Raises like `load`."""
        with self._opened(run_id, task_name, task_result_id) as (fd, _, _), open(fd, "rb", closefd=False) as file:
            return file.read()

    def write_bytes(self, run_id: str, task_name: str, task_result_id: str, data: bytes | memoryview) -> None:
        """Store a result's file as another store has it. What is wrong with it is found when it is loaded."""
        if self._formatted.write_bytes((run_id, task_name, task_result_id), memoryview(data)):
            return
        with self._new_file(run_id, task_name, task_result_id) as file:
            write_whole(file.fd, memoryview(data))
            file.commit(self._layout.result_in(file.folder, task_result_id), modified_ns=None)

    @or_formatted
    def describe(self, run_id: str, task_name: str, task_result_id: str) -> ResultRecord:
        """Return what is known of a stored value without unpickling it; works on untrusted stores too."""
        with self._opened(run_id, task_name, task_result_id) as (fd, path, found):
            footer = read_footer(fd, path=path)
        return self._record((run_id, task_name, task_result_id), footer, found.st_size, facts_from_dict(footer.facts))

    @or_formatted
    def verify(
        self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None, *, sealed: bool = False
    ) -> None:
        """Raise `CorruptResultError` unless every byte is as it was saved, and of `digest` where that is known.

        With `sealed` large buffers are only read where the file was written to since it was finished, as `load` does.
        """
        with self._opened(run_id, task_name, task_result_id) as (fd, path, _):
            footer = load_pickle(fd, path=path)[0] if sealed else verify_pickle(fd, path=path)
        require_digest(path, expected=digest, found=footer.digest)

    def set_aside(self, run_id: str, task_name: str, task_result_id: str) -> str | None:
        """Move a result out of the way, within its folder; return its new name, None where there is none."""
        if not self._layout.holds(run_id, task_name):
            return None
        aside = self._layout.set_aside(run_id, task_name, task_result_id)
        return aside or self._formatted.set_aside(run_id, task_name, task_result_id)

    def remove(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Delete one result; tell whether there was one."""
        if not self._layout.holds(run_id, task_name):
            return False
        was_formatted = self._formatted.remove(run_id, task_name, task_result_id)
        return self._layout.remove(run_id, task_name, task_result_id) or was_formatted

    def remove_task(self, run_id: str, task_name: str) -> None:
        """Remove a task's folder in a run, if nothing is in it."""
        with contextlib.suppress(OSError):
            folder = self._layout.task_folder(run_id, task_name)
            Path(folder, ".name").unlink(missing_ok=True)
            self._layout.forget(folder)
            os.rmdir(folder)  # noqa: PTH106

    def tidy(self, run_id: str | None = None, task_name: str | None = None) -> list[str]:
        """Remove what processes that died while they wrote left of a run, or of one task; return what it was.

        Without a run it is what is left of deletions, and of the store's own making.
        """
        if run_id is None:
            return remove_leftovers(str(self.base_path), depth=0)
        if task_name is not None:
            held = self._layout.holds(run_id, task_name)
            return remove_leftovers(self._layout.task_folder(run_id, task_name), depth=0) if held else []
        return remove_leftovers(self._layout.run_folder(run_id), depth=1) if self._layout.holds_run(run_id) else []

    @or_formatted
    def exists(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Tell whether a complete result of these names is stored."""
        try:
            with self._opened(run_id, task_name, task_result_id) as (fd, path, _):
                read_footer(fd, path=path)
        except (ResultNotFoundError, CorruptResultError):
            return False
        return True

    def list_results(self, run_id: str, task_name: str | None = None) -> list[str]:
        """Return result ids, sorted; those of every task where `task_name` is None."""
        tasks = self._layout.tasks(run_id) if task_name is None else [task_name]
        return sorted(result_id for task in tasks for result_id in self._layout.results(run_id, task))

    def list_tasks(self, run_id: str) -> list[str]:
        """Return the tasks that left a result in a run, sorted."""
        return sorted(task for task in self._layout.tasks(run_id) if self._has_results(run_id, task))

    def list_runs(self) -> list[str]:
        """Return the ids of the runs that left a result, sorted."""
        tasks = self._layout.tasks
        return sorted(run for run in self._layout.runs() if any(self._has_results(run, task) for task in tasks(run)))

    def run_files(self, run_id: str) -> RunFiles:
        """Return the files of a run, logs and notebooks included."""
        return files_of(run_id, self._layout.run_folder(run_id))

    def clear_run(self, run_id: str) -> int:
        """Delete a run's folder, logs and notebooks included; return how many results it held."""
        count = len(self.list_results(run_id))
        self._layout.remove_run(run_id)
        return count

    def vouch(self) -> None:
        """Find out whether this store may be loaded, for copies of this instance in processes with another home.

        A new store is made this user's own before any of those writes to it.
        """
        self.base_path.mkdir(parents=True, exist_ok=True)
        self._trust.settle()

    def trust(self) -> None:
        """Sign this store as trusted by this user, whoever made it, from now on and for every process."""
        self._trust.grant()

    def _has_results(self, run_id: str, task: str) -> bool:
        return any(True for _ in self._layout.results(run_id, task))

    def _new_name(self, run_id: str, task: str, result_id: str) -> str:
        folder = self._layout.make_task_folder(run_id, task)
        self._layout.note_result_name(folder, result_id)
        return self._layout.result_in(folder, result_id)

    def _new_file(self, run_id: str, task: str, result_id: str) -> AtomicFile:
        folder = self._layout.make_task_folder(run_id, task)
        self._trust.claim()
        try:
            self._layout.note_result_name(folder, result_id)
            return AtomicFile(folder, self._durability)
        except FileNotFoundError:  # the run was cleared since its folder was made
            self._layout.forget(folder)
            return self._new_file(run_id, task, result_id)

    @contextlib.contextmanager
    def _opened(self, run_id: str, task: str, result_id: str) -> Iterator[tuple[int, str, os.stat_result]]:
        """Lend a result's file with its path, and what the system tells of it as it is opened."""
        path = self._layout.result_file(run_id, task, result_id)
        try:
            fd, status = self._open_kept(path, (run_id, task, result_id))
        except OSError as error:
            if _names_no_file(error):
                if self._formatted.has(run_id, task, result_id):
                    raise NotPickledError from None
                raise ResultNotFoundError(run_id, task, result_id, known=self.list_results(run_id, task)) from None
            raise
        try:
            yield fd, path, status
        finally:
            os.close(fd)

    def _open_kept(self, path: str, names: _Names) -> tuple[int, os.stat_result]:
        """Open a result's file, which may have to be brought from where it was made."""
        try:
            if not self._layout.holds(*names[:2]):
                raise FileNotFoundError(path)
            return _open_file(path)
        except OSError as error:
            if _names_no_file(error) and bring(str(self.base_path), names):
                return _open_file(path)
            raise

    def _record(self, names: tuple[str, str, str], footer: Footer, size: int, facts: ResultFacts) -> ResultRecord:
        attempt, chunk = attempt_and_chunk(names[2])
        return ResultRecord(
            run_id=names[0],
            task=names[1],
            result_id=names[2],
            path=self._layout.relative_result(*names),
            size_bytes=size,
            digest=footer.digest,
            facts=facts,
            attempt=attempt,
            chunk=chunk,
            saved_us=footer.saved_us,
        )


def _store(fd: int, names: _Names, value: Any) -> tuple[Footer, int, ResultFacts]:
    """Write a value and what is known of it; return that, and the file's size."""
    with Aside() as aside:
        found = aside.submit(facts_of, value) if is_large(value) else None
        writer = PickleWriter(fd, aside)
        with storable(value, unless=lambda: writer.failed):
            make_pickler(value, writer).dump(value)
        facts = found.result() if found else facts_of(value)
        footer = _footer(writer.contents(), names, facts)
        return footer, writer.finish(encode_footer(footer)), facts


def _store_small(fd: int, names: _Names, value: Any) -> tuple[Footer, int, ResultFacts]:
    """Do the same, in a third of the time, for a value that any pickler stores in the same few bytes."""
    pickled = pickle.dumps(value, protocol=5)
    facts = facts_of(value)
    footer = _footer(contents_of(pickled), names, facts)
    data = pickled + encode_footer(footer)
    write_whole(fd, memoryview(data))
    return footer, len(data), facts


def _footer(contents: PickleContents, names: _Names, facts: ResultFacts) -> Footer:
    return Footer(
        size=contents.size,
        opcodes_digest=contents.opcodes_digest,
        digest=contents.digest,
        buffers=contents.buffers,
        saved_us=time.time_ns() // 1000,
        names=names,
        facts=facts_to_json(facts),
    )


def _open_file(path: str) -> tuple[int, os.stat_result]:
    fd = os.open(path, _READ)
    status = os.fstat(fd)
    if stat.S_ISREG(status.st_mode):
        return fd, status
    os.close(fd)
    raise FileNotFoundError(path)


def _names_no_file(error: OSError) -> bool:
    return isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError) or error.errno == errno.ELOOP
