"""Results in a place away from this machine, whatever it is made of; `dpnb.results.remote` draws how they travel."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import CorruptResultError, ResultNotFoundError, require_digest
from dpnb.results.adapters.mirror import Mirror
from dpnb.results.crash_points import reach
from dpnb.results.disk_usage import FileId, FoundFile, RunFiles
from dpnb.results.facts_json import facts_from_dict
from dpnb.results.formats.registry import add_serializers, own_serializers
from dpnb.results.layout import COMPANIONS, DAMAGED, RESULT_SUFFIX, Layout
from dpnb.results.linking import link_companions
from dpnb.results.records import ResultRecord
from dpnb.results.remote.arrival import Arrival
from dpnb.results.remote.keys import Keys
from dpnb.results.remote.paging import is_worth_paging, open_paged
from dpnb.results.remote.remote_trust import RemoteTrust
from dpnb.results.remote.tails import Tail, read_facts, read_tail
from dpnb.results.result_ids import attempt_and_chunk
from dpnb.results.segments import encode_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.remote.objects import Objects
    from dpnb.results.remote.paging import PagedValue

type _Names = tuple[str, str, str]  # run, task, result id

CACHE_BYTES = 10 << 30
"""How much a store keeps on this machine where nothing else is said."""


class RemoteIOManager:
    """Keeps results as objects, and files of those that were written or read lately on this machine.

    Parameters
    ----------
    objects
        Where they are kept.
    trust
        Load results whoever made the store. Unpickling runs code: say so only of stores whose makers you trust.
    cache
        The folder for files of this machine; below ``$DPNB_CACHE_HOME``, ``$XDG_CACHE_HOME/dpnb`` or ``~/.cache/dpnb``
        where it is None.
    cache_bytes
        How much of them is kept.
    """

    def __init__(
        self, objects: Objects, *, trust: bool = False, cache: Path | str | None = None, cache_bytes: int = CACHE_BYTES
    ) -> None:
        folder = cache_home() if cache is None else Path(cache).expanduser().absolute()
        self.companions: Path | None = None
        """The folder of this machine where executed notebooks lie beside results; a workspace names its own."""
        self._objects = objects
        self._is_trusted = trust
        self._cache, self._cache_bytes = cache, cache_bytes
        self._keys = Keys(objects)
        self._trust = RemoteTrust(objects, granted=trust)
        self._mirror = Mirror(folder / encode_segment(objects.location), cache_bytes)
        self._arrival = Arrival(objects)

    def __getstate__(self) -> dict[str, Any]:
        given = {"trust": self._is_trusted, "cache": self._cache, "cache_bytes": self._cache_bytes}
        return {"objects": self._objects, "given": given, "companions": self.companions, "own": own_serializers()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        RemoteIOManager.__init__(self, state["objects"], **state["given"])
        self.companions = state["companions"]
        add_serializers(state["own"])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.location!r})"

    @property
    def location(self) -> str:
        """Where results lie, as text that holds no secret."""
        return self._objects.location

    def save(self, run_id: str, task_name: str, task_result_id: str, value: Any) -> str:
        """Store `value` and return where it lies. Raises `UnstorableResultError`, `StoreUnavailableError`."""
        return f"{self.location}/{self.write(run_id, task_name, task_result_id, value).path}"

    def write(
        self, run_id: str, task_name: str, task_result_id: str, value: Any, file_format: str = ""
    ) -> ResultRecord:
        """Store `value` like `save`, or in another format than a pickle, and return all that is known of it."""
        names = (run_id, task_name, task_result_id)
        with self._mirror.draft() as draft:
            record = draft.write(*names, value, file_format)
            file = draft.base_path / record.path
            self._trust.claim()
            self._keys.note_names(run_id, task_name, task_result_id)
            reach("upload.begin")
            self._objects.upload(str(file), record.path)
            reach("upload.done")
            if record.facts.format:  # what is known of it makes it a result, and comes last
                facts = self._keys.facts(*names)
                self._objects.put(facts, (draft.base_path / facts).read_bytes())
                self._objects.delete(self._keys.result(*names))
                self._mirror.drop(self._keys.result(*names))
                self._mirror.take(draft.base_path / facts, run_id, task_name)
            self._mirror.take(file, run_id, task_name)
        self._mirror.make_room(spared=self._mirror.file(record.path))
        return record

    def link(self, result: ResultRecord, run_id: str) -> ResultRecord:
        """Make a stored result one of another run too: a copy that the store makes itself.

        It is one of its own, so that each of the two stays when the other goes. Of the bytes only the end is read.
        """
        self._trust.require()
        tail = self._tail(result.run_id, result.task, result.result_id)
        require_digest(tail.key, expected=result.digest, found=tail.footer.digest)
        target = self._keys.result(run_id, result.task, result.result_id, tail.footer.suffix)
        if target != tail.key:
            self._keys.note_names(run_id, result.task, result.result_id)
            try:
                for key, copy in self._pairs(tail, result, run_id):
                    self._objects.copy(key, copy)
                    self._mirror.link(key, copy)
            except FileNotFoundError:
                raise self._missing(result.run_id, result.task, result.result_id) from None
            self._link_companions(result, run_id)
        return result._replace(run_id=run_id, path=target)

    def _link_companions(self, result: ResultRecord, run_id: str) -> None:
        """Give the notebook that made a result, if one did, a name in the other run too."""
        if self.companions is None:
            return
        layout = Layout(str(self.companions))
        file = layout.result_file(result.run_id, result.task, result.result_id)
        if any(os.path.lexists(file.removesuffix(RESULT_SUFFIX) + suffix) for suffix in COMPANIONS):
            folder = layout.make_task_folder(run_id, result.task)
            link_companions(file, layout.result_in(folder, result.result_id), COMPANIONS)

    def load(self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None) -> Any:
        """Return the stored value, if it is the one of `digest` where that is known.

        Raises `ResultNotFoundError`, `CorruptResultError`, `UntrustedStoreError`, `UnloadableResultError`.
        """
        self._trust.require()
        self._fetch((run_id, task_name, task_result_id), digest)
        return self._mirror.files.load(run_id, task_name, task_result_id, digest)

    def load_paged(self, result: ResultRecord) -> PagedValue | None:
        """Return a large table whose data come as they are touched; None where it is small, no table, or here."""
        names = (result.run_id, result.task, result.result_id)
        if self._arrival.kept(self._mirror.folder, self._keys.result(*names), self._keys.facts(*names)) is not None:
            return None
        self._trust.require()
        tail = self._tail(*names)
        require_digest(tail.key, expected=result.digest, found=tail.footer.digest)
        return open_paged(self._objects, tail) if is_worth_paging(tail) else None

    def describe(self, run_id: str, task_name: str, task_result_id: str) -> ResultRecord:
        """Return what is known of a stored value; only its end is read."""
        return self._record((run_id, task_name, task_result_id), self._tail(run_id, task_name, task_result_id))

    def verify(
        self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None, *, sealed: bool = False
    ) -> None:
        """Raise `CorruptResultError` unless every byte is as it was saved, and of `digest` where that is known.

        With `sealed` only the object's size and its end are looked at; otherwise all of it is read.
        """
        tail = self._tail(run_id, task_name, task_result_id)
        if not sealed:
            with self._mirror.draft() as draft:
                self._arrival.bring(tail, draft.base_path)
        require_digest(tail.key, expected=digest, found=tail.footer.digest)

    def set_aside(self, run_id: str, task_name: str, task_result_id: str) -> str | None:
        """Give a result another key, under which nothing finds it; return that one's end, None where there is none."""
        tail_key, facts = self._stored_key(run_id, task_name, task_result_id)
        key = tail_key or self._keys.result(run_id, task_name, task_result_id)
        if self._objects.size(key) is None:
            return None
        aside, number = f"{key}{DAMAGED}", 1
        while self._objects.size(aside) is not None:
            number += 1
            aside = f"{key}{DAMAGED}-{number}"
        self._objects.copy(key, aside)
        for one in (*facts, key):
            self._objects.delete(one)
            self._mirror.drop(one)
        return aside.rpartition("/")[2]

    def remove(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Delete one result; tell whether there was one."""
        key, facts = self._stored_key(run_id, task_name, task_result_id)
        was_there = False
        for one in (*facts, key, self._keys.result(run_id, task_name, task_result_id)):
            if one:
                self._mirror.drop(one)
                was_there = self._objects.delete(one) or was_there
        if encode_segment(task_result_id) != task_result_id:
            self._objects.delete(self._keys.forget_result(run_id, task_name, task_result_id))
        return was_there

    def tidy(self, run_id: str | None = None, task_name: str | None = None) -> list[str]:
        """Remove what uploads that were cut off left of a run, or of one task; return what it was."""
        self._mirror.tidy()
        return self._objects.tidy("" if run_id is None else self._keys.folder(run_id, task_name))

    def exists(self, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Tell whether a complete result of these names is stored."""
        try:
            self._tail(run_id, task_name, task_result_id)
        except (ResultNotFoundError, CorruptResultError):
            return False
        return True

    def list_results(self, run_id: str, task_name: str | None = None) -> list[str]:
        """Return result ids, sorted; those of every task where `task_name` is None."""
        found = self._objects.below(self._keys.folder(run_id, task_name))
        return sorted(result.result_id for result in self._keys.results(found))

    def list_tasks(self, run_id: str) -> list[str]:
        """Return the tasks that left a result in a run, sorted."""
        found = self._objects.below(self._keys.folder(run_id))
        return sorted({result.task for result in self._keys.results(found)})

    def list_runs(self) -> list[str]:
        """Return the ids of the runs that left a result, sorted."""
        return sorted({result.run_id for result in self._keys.results(self._objects.below(""))})

    def run_files(self, run_id: str) -> RunFiles:
        """Return what lies in a run: every object is one of its own."""
        found = self._objects.below(self._keys.folder(run_id))
        files: dict[FileId, FoundFile] = {
            (key, 0): FoundFile(size_bytes=size, disk_bytes=size, links=1) for key, size in found.items()
        }
        return RunFiles(run_id=run_id, files=files, names=dict.fromkeys(files, 1))

    def clear_run(self, run_id: str) -> int:
        """Delete a run's objects and return how many results they were."""
        count = len(self.list_results(run_id))
        self._objects.clear(self._keys.folder(run_id))
        self._keys.forget(run_id)
        self._mirror.clear(run_id)
        return count

    def trust(self) -> None:
        """Trust this store, whoever made it, from now on and in every process of this user on this machine."""
        self._trust.grant()

    def _fetch(self, names: _Names, digest: str | None) -> None:
        """See to it that the mirror has the files that the store has."""
        kept = self._arrival.kept(self._mirror.folder, self._keys.result(*names), self._keys.facts(*names))
        if kept is not None and digest == kept.footer.digest and self._objects.size(kept.key) == kept.size:
            self._mirror.used(self._mirror.file(kept.key))
            return
        tail = self._tail(*names)
        file = self._mirror.file(tail.key)
        if kept is None or (kept.footer, kept.key) != (tail.footer, tail.key):
            self._mirror.note(*names)
            self._mirror.drop(self._keys.result(*names))
            self._bring(names, tail)
            self._mirror.added(file)
            self._mirror.make_room(spared=file)
        self._mirror.used(file)

    def _bring(self, names: _Names, tail: Tail) -> None:
        try:
            self._arrival.bring(tail, self._mirror.folder)
        except (CorruptResultError, FileNotFoundError):
            again = self._tail(*names)
            if again.footer == tail.footer:
                raise
            self._arrival.bring(again, self._mirror.folder)  # it was replaced while it came

    def _tail(self, run_id: str, task: str, result_id: str) -> Tail:
        names = (run_id, task, result_id)
        tail = read_tail(self._objects, self._keys.result(*names))
        if tail is None:
            tail = read_facts(self._objects, self._keys.facts(*names), lambda suffix: self._keys.result(*names, suffix))
        if tail is None:
            raise self._missing(*names)
        return tail

    def _pairs(self, tail: Tail, result: ResultRecord, run_id: str) -> Iterator[tuple[str, str]]:
        """Yield the keys of a result's objects, each with that of its copy in another run; the last makes it one."""
        yield tail.key, self._keys.result(run_id, result.task, result.result_id, tail.footer.suffix)
        if tail.footer.form is not None:
            yield (
                self._keys.facts(result.run_id, result.task, result.result_id),
                self._keys.facts(run_id, result.task, result.result_id),
            )

    def _stored_key(self, run_id: str, task: str, result_id: str) -> tuple[str, tuple[str, ...]]:
        """Return the key of a result that is no pickle, with that of what is known of it; nothing for a pickle."""
        facts = self._keys.facts(run_id, task, result_id)
        names = (run_id, task, result_id)
        with suppress(CorruptResultError):
            tail = read_facts(self._objects, facts, lambda suffix: self._keys.result(*names, suffix))
            return ("", ()) if tail is None else (tail.key, (facts,))
        return "", (facts,)

    def _missing(self, run_id: str, task: str, result_id: str) -> ResultNotFoundError:
        return ResultNotFoundError(run_id, task, result_id, known=self.list_results(run_id, task))

    def _record(self, names: tuple[str, str, str], tail: Tail) -> ResultRecord:
        attempt, chunk = attempt_and_chunk(names[2])
        return ResultRecord(
            run_id=names[0],
            task=names[1],
            result_id=names[2],
            path=tail.key,
            size_bytes=tail.size,
            digest=tail.footer.digest,
            facts=facts_from_dict(tail.footer.facts),
            attempt=attempt,
            chunk=chunk,
            saved_us=tail.footer.saved_us,
        )


def cache_home() -> Path:
    """Return the folder for what may be deleted at any time."""
    if folder := os.environ.get("DPNB_CACHE_HOME"):
        return Path(folder)
    if folder := os.environ.get("XDG_CACHE_HOME"):
        return Path(folder) / "dpnb"
    return Path("~/.cache/dpnb").expanduser()
