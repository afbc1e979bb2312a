"""Under which keys a remote store keeps what: the paths of `dpnb.results.layout`, with ``/`` everywhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from dpnb.results.layout import FACTS_SUFFIX, NAME_FILE, RESULT_SUFFIX, result_segment
from dpnb.results.segments import encode_segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dpnb.results.remote.objects import Objects

_DEPTH = 3  # run, task, file


class FoundResult(NamedTuple):
    """A result that a listing has shown."""

    run_id: str
    task: str
    result_id: str


class Keys:
    """Names to keys and back. True names that a segment does not tell are objects too, each written and read once."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._noted: set[str] = set()
        self._known: dict[str, str | None] = {}
        self._lock = threading.Lock()

    @staticmethod
    def folder(run_id: str, task: str | None = None) -> str:
        """Return the prefix of a run, or of a task in it."""
        return encode_segment(run_id) if task is None else f"{encode_segment(run_id)}/{encode_segment(task)}"

    def result(self, run_id: str, task: str, result_id: str, suffix: str = RESULT_SUFFIX) -> str:
        """Return the key of a result."""
        return f"{self.folder(run_id, task)}/{encode_segment(result_id)}{suffix}"

    def facts(self, run_id: str, task: str, result_id: str) -> str:
        """Return the key of what is known of a result that is no pickle."""
        return f"{self.folder(run_id, task)}/.{encode_segment(result_id)}{FACTS_SUFFIX}"

    def note_names(self, run_id: str, task: str, result_id: str) -> None:
        """Keep the true names where the segments cannot tell them."""
        run, folder = self.folder(run_id), self.folder(run_id, task)
        segment = encode_segment(result_id)
        for name, key, is_plain in (
            (run_id, f"{run}/{NAME_FILE}", run == run_id),
            (task, f"{folder}/{NAME_FILE}", encode_segment(task) == task),
            (result_id, f"{folder}/.{segment}{NAME_FILE}", segment == result_id),
        ):
            if not is_plain and key not in self._noted:
                self._objects.put(key, name.encode("utf-8", "surrogatepass"))
                self._noted.add(key)

    def forget(self, run_id: str) -> None:
        """Take it that a run's objects may have been deleted."""
        prefix = f"{self.folder(run_id)}/"
        with self._lock:
            self._noted = {key for key in self._noted if not key.startswith(prefix)}

    def forget_result(self, run_id: str, task: str, result_id: str) -> str:
        """Take it that a result's name is not kept any more; return the key of that."""
        key = f"{self.folder(run_id, task)}/.{encode_segment(result_id)}{NAME_FILE}"
        self._noted.discard(key)
        return key

    def results(self, found: Iterable[str]) -> Iterator[FoundResult]:
        """Yield the results among keys, each once, with their true names."""
        seen: set[FoundResult] = set()
        for key in found:
            result = self._result_of(key)
            if result is not None and result not in seen:
                seen.add(result)
                yield result

    def _result_of(self, key: str) -> FoundResult | None:
        parts = key.split("/")
        if len(parts) != _DEPTH:
            return None
        run, task, file = parts
        segment = result_segment(file)
        if segment is None:
            return None
        names = (
            self._name(run, f"{run}/{NAME_FILE}"),
            self._name(task, f"{run}/{task}/{NAME_FILE}"),
            self._name(segment, f"{run}/{task}/.{segment}{NAME_FILE}"),
        )
        known = [name for name in names if name is not None]
        return FoundResult(*known) if len(known) == _DEPTH else None

    def _name(self, segment: str, key: str) -> str | None:
        """Return the name that a segment stands for; None where it was lost, or is not this segment's."""
        if encode_segment(segment) == segment:
            return segment
        if segment not in self._known:
            try:
                size = self._objects.size(key)
                data = b"" if size is None else self._objects.read(key, 0, size)
                name = data.decode("utf-8", "surrogatepass")
            except (FileNotFoundError, UnicodeDecodeError):
                return None
            if encode_segment(name) != segment:
                return None
            self._known[segment] = name
        return self._known[segment]
