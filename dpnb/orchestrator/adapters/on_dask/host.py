"""What runs in a Dask worker: a pool of worker processes for each run, and the calls that wait for its attempts."""

from __future__ import annotations

import pickle
import shutil
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import get_worker

from dpnb.errors import DpnbError
from dpnb.orchestrator.adapters.on_dask.orders import (
    APART,
    BEGUN,
    HANDED_BACK,
    LOG,
    OVER,
    SAID,
    UNBEGUN,
    Household,
    Order,
)
from dpnb.orchestrator.adapters.pooled import PoolSession
from dpnb.orchestrator.parcels import pack_result, unpack_task
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid, ExecutorLost
from dpnb.results import FilesystemIOManager

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.results import IOManager, ResultRecord

    type Word = tuple[str, Any]
    type Files = dict[str, bytes]

_SILENCE_S = 0.1
"""How long words of an attempt that goes on may be gathered before they are said."""

_PATIENCE_S = 0.2
"""How long an attempt may take that others wait behind in the same call."""

_MOST_WAITING_BYTES = 64 * 1024
"""So much of what an attempt prints is said at once, however short the silence."""


def attend_several(orders: Sequence[Order]) -> None:
    """Have short attempts run here, one after the other, whose results go to the storage that is shared.

    Once one of them turns out not to be short, those that have not begun are handed back, for workers that are free.
    """
    worker = get_worker()
    for place, order in enumerate(orders):
        host = _host(order, worker)
        if host is None:
            _say(worker, pickle.loads(order.household.blob).topic, order.key, [(APART, None)])
        elif not host.attend_shortly(order):
            for left in orders[place + 1 :]:
                _say(worker, host.topic, left.key, [(HANDED_BACK, None)])
            host.attend_on(order)
            return


def attend(order: Order, *given: Mapping[str, Mapping[str, bytes]]) -> Files | None:
    """Have an attempt run here, and wait for its end; return the files of its results where Dask is to keep them.

    Each of `given` holds files by result id, by task.
    """
    worker = get_worker()
    host = _host(order, worker)
    if host is None:
        _say(worker, pickle.loads(order.household.blob).topic, order.key, [(APART, None)])
        return None
    for files in given:
        host.take(files)
    return host.attend(order)


def stop_attempt(key: str, at_once: bool) -> bool:  # noqa: FBT001 - called by position, through Dask
    """Stop an attempt; tell whether it runs here. One that comes later does not begin."""
    with _lock:
        hosts = list(_hosts.values())
        _unwanted[key] = None
        while len(_unwanted) > _MOST_REMEMBERED:
            _unwanted.pop(next(iter(_unwanted)))
    return any(host.stop(key, at_once=at_once) for host in hosts)


def tell_attempt(key: str, content: bytes) -> None:
    """Send something to an attempt that runs here."""
    with _lock:
        hosts = list(_hosts.values())
    for host in hosts:
        host.tell(key, pickle.loads(content))


def end_run(token: str) -> None:
    """Let go of all that this worker holds for a run."""
    with _lock:
        host = _hosts.pop(token, None)
    if host is not None:
        host.close()


def answer_probe(store: bytes, probe: tuple[str, str, str], answer: str) -> bool:
    """Tell whether the value that the notebook has stored is found here, and store an answer for it to find."""
    run_id, task, result_id = probe
    try:
        shared: IOManager = pickle.loads(store)
        if shared.load(run_id=run_id, task_name=task, task_result_id=result_id) != result_id:
            return False
        shared.write(run_id=run_id, task_name=task, task_result_id=answer, value=answer)
    except (DpnbError, OSError):
        return False
    return True


_lock = threading.RLock()
_hosts: dict[str, Host] = {}  # by the run's token
_unwanted: dict[str, None] = {}  # the latest attempts that were stopped
_MOST_REMEMBERED = 10_000


def _host(order: Order, worker: Any) -> Host | None:
    """Return what runs the attempts of that run here; None where its results are meant for a store not seen here."""
    with _lock:
        home: Household | None = _households.get(order.household.digest)
        if home is None:
            home = _households[order.household.digest] = pickle.loads(order.household.blob)
        host = _hosts.get(home.token)
        if host is None or host.is_kept is not order.is_kept:
            if not order.is_kept and not _sees(home):
                return None
            if host is not None:
                host.close()
            host = _hosts[home.token] = Host(home, worker, is_kept=order.is_kept)
        host.touch()
        return host


_households: dict[bytes, Household] = {}


def _sees(home: Household) -> bool:
    run_id, task, result_id = home.probe
    try:
        return home.store is not None and bool(
            home.store.load(run_id=run_id, task_name=task, task_result_id=result_id) == result_id
        )
    except (DpnbError, OSError):
        return False


def _say(worker: Any, topic: str, key: str, words: list[Word]) -> None:
    worker.log_event(topic, {"key": key, "worker": worker.address, "words": words})


@dataclass(slots=True, eq=False)
class _Attended:
    """An attempt that runs here."""

    key: str
    task: ExecutableTask
    words: list[Word] = field(default_factory=list)
    size_bytes: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    records: tuple[ResultRecord, ...] = ()


class _EventLogs:
    """Where the pool's session writes what attempts print: it goes to the notebook, which keeps it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def append(self, run_id: str, task_name: str, attempt: int, data: bytes) -> None:
        del run_id, attempt
        self._host.add(task_name, (LOG, bytes(data)), size_bytes=len(data))

    def read(self, run_id: str, task_name: str, attempt: int) -> str:
        del run_id, task_name, attempt
        return ""

    def close(self, run_id: str, task_name: str, attempt: int) -> None:
        """Do nothing: the notebook closes its log as the attempt is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a pool's session knows of its run."""

    run_id: str
    io_manager: IOManager
    logs: _EventLogs


class Host:
    """The pool of one run in one Dask worker, as many processes as that has threads."""

    def __init__(self, home: Household, worker: Any, *, is_kept: bool) -> None:
        self.is_kept = is_kept
        self.topic = home.topic
        self._home = home
        self._worker = worker
        self._folder = Path(worker.local_directory, f"dpnb-{home.token}")
        for folder in home.sys_path:
            if folder not in sys.path and Path(folder).exists():
                sys.path.append(folder)
        self.store: IOManager = home.store if not is_kept and home.store is not None else self._local_store()
        self._attended: dict[str, _Attended] = {}
        self._changed = threading.Condition()
        self._used = time.monotonic()
        self._is_closed = False
        threads = worker.state.nthreads
        facts = _Facts(run_id=home.run_id, io_manager=self.store, logs=_EventLogs(self))
        self._session = PoolSession(facts, ProcessPool(threads, options=PoolOptions()), self._heard)
        threading.Thread(target=self._speak, name="dpnb-host", daemon=True).start()

    def _local_store(self) -> FilesystemIOManager:
        store = FilesystemIOManager(self._folder, trust=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        return store

    def touch(self) -> None:
        """Take note that it is used."""
        self._used = time.monotonic()

    def take(self, files: Mapping[str, Mapping[str, bytes]]) -> None:
        """Put results that came by Dask where attempts load them from."""
        if isinstance(self.store, FilesystemIOManager):
            for task, results in files.items():
                for result_id, data in results.items():
                    names = {"run_id": self._home.run_id, "task_name": task, "task_result_id": result_id}
                    if not self.store.exists(**names):
                        self.store.write_bytes(**names, data=data)

    def attend(self, order: Order) -> Files | None:
        """Run an attempt and wait for its end."""
        attended = self._begin(order)
        if attended is None:
            return None
        attended.over.wait()
        self.touch()
        return self._files(attended) if order.is_kept else None

    def attend_shortly(self, order: Order) -> bool:
        """Run an attempt and wait a moment for its end; tell whether it has come."""
        attended = self._begin(order)
        return attended is None or attended.over.wait(_PATIENCE_S)

    def attend_on(self, order: Order) -> None:
        """Wait for the end of an attempt that runs."""
        if (attended := self._find(order.key)) is not None:
            attended.over.wait()
        self.touch()

    def _begin(self, order: Order) -> _Attended | None:
        """Have the pool run an attempt; None where it was stopped before."""
        task = unpack_task(order.parcel)
        attended = _Attended(order.key, task)
        with self._changed:  # who stops it either does so before this, or finds it running
            if order.key in _unwanted:
                _say(self._worker, self.topic, order.key, [(UNBEGUN, None)])
                return None
            self._attended[task.task_name] = attended
            self._session.start(task, order.function, timeout=order.timeout)
        return attended

    def stop(self, key: str, *, at_once: bool) -> bool:
        """Stop an attempt; tell whether it runs."""
        attended = self._find(key)
        if attended is not None:
            self._session.cancel(attended.task.task_name, at_once=at_once)
        return attended is not None

    def tell(self, key: str, content: object) -> None:
        """Send something to an attempt, if it runs."""
        if (attended := self._find(key)) is not None:
            self._session.tell(attended.task.task_name, content)

    def close(self) -> None:
        """End the pool, in a thread of its own: nobody waits for it."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        threading.Thread(target=self._end, name="dpnb-host-end", daemon=True).start()

    def _end(self) -> None:
        with self._changed:
            running = list(self._attended.values())
        for attended in running:
            self._session.cancel(attended.task.task_name, at_once=True)
        self._session.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _find(self, key: str) -> _Attended | None:
        with self._changed:
            return next((one for one in self._attended.values() if one.key == key), None)

    def _files(self, attended: _Attended) -> Files:
        store = self.store
        assert isinstance(store, FilesystemIOManager)  # noqa: S101 - made here
        task = attended.task
        return {
            record.result_id: store.read_bytes(task.run_id, task.task_name, record.result_id)
            for record in attended.records
        }

    # What attempts say, in the pool's threads

    def _heard(self, report: AttemptBegun | AttemptSaid | AttemptOver | ExecutorLost) -> None:
        match report:
            case AttemptBegun(task=task):
                self.add(task, (BEGUN, None))
            case AttemptSaid(task=task, content=content):
                self.add(task, (SAID, pickle.dumps(content, protocol=5)))
            case AttemptOver(result=result):
                with self._changed:
                    attended = self._attended.pop(result.task_name)
                attended.records = result.results
                attended.words.append((OVER, pickle.dumps(pack_result(result), protocol=5)))
                self._flush(attended)
                attended.over.set()
            case _:
                pass

    def add(self, task: str, word: Word, *, size_bytes: int = 0) -> None:
        """Keep a word until it is said."""
        with self._changed:
            attended = self._attended.get(task)
            if attended is None:
                return
            attended.words.append(word)
            attended.size_bytes += size_bytes
            self._changed.notify_all()
        if attended.size_bytes >= _MOST_WAITING_BYTES:
            self._flush(attended)

    def _flush(self, attended: _Attended) -> None:
        with self._changed:
            words, attended.words, attended.size_bytes = attended.words, [], 0
            if words:
                _say(self._worker, self.topic, attended.key, words)

    def _speak(self) -> None:
        """Say what was gathered, and end once nobody has used this for long."""
        while not self._is_closed:
            with self._changed:
                self._changed.wait_for(self._has_words, timeout=self._home.idle_s)
            time.sleep(_SILENCE_S)
            with self._changed:
                attended = list(self._attended.values())
            for one in attended:
                with suppress(Exception):  # the worker is about to leave the cluster
                    self._flush(one)
            if not attended and time.monotonic() - self._used > self._home.idle_s:
                end_run(self._home.token)

    def _has_words(self) -> bool:
        return self._is_closed or any(one.words for one in self._attended.values())
