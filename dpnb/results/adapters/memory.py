"""Results in this process's memory, for tests and for runs that need no disk."""

from __future__ import annotations

import io
import pickle
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128_hexdigest

from dpnb.errors import ResultNotFoundError, UnloadableResultError, require_digest
from dpnb.results.disk_usage import FileId, FoundFile, RunFiles
from dpnb.results.facts import facts_of
from dpnb.results.formats.checked_writing import serialized
from dpnb.results.formats.registry import PICKLE, serializer_for, serializer_of
from dpnb.results.layout import RESULT_SUFFIX, Layout
from dpnb.results.mapped_pickle.pickler import make_pickler
from dpnb.results.mapped_pickle.unstorable import storable
from dpnb.results.records import ResultRecord
from dpnb.results.result_ids import attempt_and_chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.mapped_pickle.footer import Form

type _Names = tuple[str, str, str]
type _Stored = tuple[bytes, ResultRecord, Form | None]


class _Bytes(io.BytesIO):
    @staticmethod
    def announce(_buffer: pickle.PickleBuffer) -> bool:
        return True


def _pickled(value: Any) -> bytes:
    file = _Bytes()
    with storable(value):
        make_pickler(value, file).dump(value)
    return file.getvalue()


class InMemoryIOManager:
    """Keeps pickled results in a dictionary.

    Two instances share nothing; a copy in another process starts with what
    was there.

    Examples
    --------
    >>> io_manager = InMemoryIOManager()
    >>> _ = io_manager.save(run_id="run_1", task_name="extract", task_result_id="result_001", value=[1, 2])
    >>> io_manager.load(run_id="run_1", task_name="extract", task_result_id="result_001")
    [1, 2]
    """

    def __init__(self) -> None:
        self._stored: dict[_Names, _Stored] = {}

    @property
    def location(self) -> str:
        """Nowhere but in this process."""
        return "memory"

    def save(self, run_id: str, task_name: str, task_result_id: str, value: Any) -> Path:
        """Store `value` and return where it would lie below a folder. Raises `UnstorableResultError`."""
        return Path(self.write(run_id, task_name, task_result_id, value).path)

    def write(
        self, run_id: str, task_name: str, task_result_id: str, value: Any, file_format: str = ""
    ) -> ResultRecord:
        """Store `value` like `save`, or in another format than a pickle, and return all that is known of it."""
        form: Form | None = None
        if file_format in ("", PICKLE):
            data = _pickled(value)
        else:
            serializer, key = serializer_for(file_format, value)
            form = (file_format, serializer.suffix, key)
            data = serialized(serializer, value)
        attempt, chunk = attempt_and_chunk(task_result_id)
        record = ResultRecord(
            run_id=run_id,
            task=task_name,
            result_id=task_result_id,
            path=Layout.relative_result(run_id, task_name, task_result_id, RESULT_SUFFIX if form is None else form[1]),
            size_bytes=len(data),
            digest=xxh3_128_hexdigest(data),
            facts=facts_of(value) if form is None else replace(facts_of(value), format=file_format),
            attempt=attempt,
            chunk=chunk,
            saved_us=time.time_ns() // 1000,
        )
        self._stored[run_id, task_name, task_result_id] = data, record, form
        return record

    def link(self, result: ResultRecord, run_id: str) -> ResultRecord:
        """Make a stored result one of another run too. Raises like `load`."""
        self.verify(result.run_id, result.task, result.result_id, result.digest)
        data, _, form = self._find(result.run_id, result.task, result.result_id)
        path = Layout.relative_result(run_id, result.task, result.result_id, RESULT_SUFFIX if form is None else form[1])
        linked = result._replace(run_id=run_id, path=path)
        self._stored[run_id, result.task, result.result_id] = data, linked, form
        return linked

    def load(self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None) -> Any:
        """Return a new copy of the stored value, if it is the one of `digest` where that is known.

        Raises `ResultNotFoundError`, `CorruptResultError`, `UnloadableResultError`.
        """
        self.verify(run_id, task_name, task_result_id, digest)
        data, record, form = self._find(run_id, task_name, task_result_id)
        try:
            return pickle.loads(data) if form is None else serializer_of(form[0], form[2]).read(io.BytesIO(data))
        except (Exception, SystemExit) as error:
            raise UnloadableResultError(record.path, type_name=record.facts.type, cause=error) from error

    def verify(
        self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None, *, sealed: bool = False
    ) -> None:
        """Raise `CorruptResultError` unless every byte is as it was saved, and of `digest` where that is known."""
        del sealed
        data, record, _ = self._find(run_id, task_name, task_result_id)
        require_digest(record.path, expected=record.digest, found=xxh3_128_hexdigest(data))
        require_digest(record.path, expected=digest, found=record.digest)

    def set_aside(self, run_id: str, task_name: str, task_result_id: str) -> str | None:
        """Forget a result; return its id, None where there is none."""
        return None if self._stored.pop((run_id, task_name, task_result_id), None) is None else task_result_id

    def remove(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Delete one result; tell whether there was one."""
        return self._stored.pop((run_id, task_name, task_result_id), None) is not None

    def tidy(self, run_id: str | None = None, task_name: str | None = None) -> list[str]:
        """Do nothing: a dictionary holds nothing half written."""
        del run_id, task_name
        return []

    def describe(self, run_id: str, task_name: str, task_result_id: str) -> ResultRecord:
        """Return what is known of a stored value without unpickling it."""
        return self._find(run_id, task_name, task_result_id)[1]

    def exists(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Tell whether a result of these names is stored."""
        return (run_id, task_name, task_result_id) in self._stored

    def list_results(self, run_id: str, task_name: str | None = None) -> list[str]:
        """Return result ids, sorted; those of every task where `task_name` is None."""
        return sorted(result_id for _, result_id in self._of(run_id, task_name))

    def list_tasks(self, run_id: str) -> list[str]:
        """Return the tasks that left a result in a run, sorted."""
        return sorted({task for run, task, _ in list(self._stored) if run == run_id})

    def list_runs(self) -> list[str]:
        """Return the ids of the runs that left a result, sorted."""
        return sorted({run_id for run_id, _, _ in list(self._stored)})

    def run_files(self, run_id: str) -> RunFiles:
        """Return what a run holds: one pickle a result."""
        found = {names: data for names, (data, *_) in list(self._stored.items()) if names[0] == run_id}
        files: dict[FileId, FoundFile] = {
            (f"{task}/{result_id}", 0): FoundFile(size_bytes=len(data), disk_bytes=len(data), links=1)
            for (_, task, result_id), data in found.items()
        }
        return RunFiles(run_id=run_id, files=files, names=dict.fromkeys(files, 1))

    def clear_run(self, run_id: str) -> int:
        """Delete a run's results and return how many they were; 0 for an unknown run."""
        doomed = [names for names in list(self._stored) if names[0] == run_id]
        for names in doomed:
            self._stored.pop(names, None)
        return len(doomed)

    def _find(self, run_id: str, task: str, result_id: str) -> _Stored:
        found = self._stored.get((run_id, task, result_id))
        if found is None:
            raise ResultNotFoundError(run_id, task, result_id, known=self.list_results(run_id, task))
        return found

    def _of(self, run_id: str, task: str | None) -> Iterator[tuple[str, str]]:
        for run, name, result_id in list(self._stored):
            if run == run_id and task in (None, name):
                yield name, result_id
