"""One run's use of a Dask cluster."""

from __future__ import annotations

import pickle
import secrets
import sys
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import batched, count
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from dpnb.errors import CallTimedOutError, WorkerDiedError
from dpnb.orchestrator.adapters.on_dask import orders
from dpnb.orchestrator.adapters.on_dask.host import attend, attend_several, end_run, stop_attempt, tell_attempt
from dpnb.orchestrator.adapters.on_dask.kept import KeptResults
from dpnb.orchestrator.adapters.on_dask.needs import Needs
from dpnb.orchestrator.adapters.on_dask.orders import KEY_PREFIX, Household, Order
from dpnb.orchestrator.adapters.on_dask.plugin import CountedOnce
from dpnb.orchestrator.adapters.on_dask.probe import StorageProbe
from dpnb.orchestrator.outcomes import failed_outside, result_without_worker
from dpnb.orchestrator.parcels import pack_task, unpack_result
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid, ExecutorLost
from dpnb.orchestrator.stopwatch import Stopwatch
from dpnb.orchestrator.transport import Packed, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.orchestrator.adapters.on_dask.executor import DaskExecutor
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask, TaskResult
    from dpnb.orchestrator.ports import Report

_LOOK_S = 0.2
_AT_ONCE = True
_IDLE_S = 30.0  # after which a worker ends the processes of a run that gives it nothing to do
_PATIENCE_S = 10.0
"""How long a worker may take to do what it was asked to before it counts as hung, and its attempt as ended."""

_SUBMIT = ""  # a word to the watcher that attempts were started
_MOST_TOGETHER = 8  # attempts in one call of Dask's
_PLENTY = 4  # attempts that a worker has, for each that it can run

_MOST_LOSSES = 3
"""So often an attempt that no worker has begun with may be lost before it counts as failed."""

"""A function of more bytes goes to each worker once, not with each attempt."""


@dataclass(slots=True, eq=False)
class _Attempt:
    """An attempt that the cluster was given."""

    task: ExecutableTask
    function: Packed
    key: str
    timeout: float | None
    future: Any | None = None
    worker: str = ""  # where it has begun
    watch: Stopwatch = field(default_factory=Stopwatch)
    is_alone: bool = True  # in its call of Dask's
    has_printed: bool = False
    give_up_at: float | None = None


class DaskSession:
    """A run on a cluster. What comes from there is handled in one thread of its own."""

    def __init__(self, executor: DaskExecutor, context: ExecutionContext, report: Report) -> None:
        self._client = executor.client
        self._context = context
        self._report = report
        self._token = secrets.token_hex(8)
        self._topic = f"dpnb-{self._token}"
        self._probe = StorageProbe(context.io_manager, context.run_id)
        self.is_kept = not (
            self._probe.is_shared_with(self._client) if executor.share_storage is None else executor.share_storage
        )
        self._needs = Needs(annotations=executor.annotations, offered=_offered(self._client))
        nodes = context.execution_plan.dag.nodes
        self._needs.warn_of_what_nobody_offers(node.task for node in nodes.values())
        self._options = {name: self._needs.of(node.task) for name, node in nodes.items()}
        self._kept = KeptResults(self._client, context.run_id, context.io_manager)
        self._household = pack(
            Household(
                token=self._token,
                run_id=context.run_id,
                topic=self._topic,
                store=context.io_manager,
                probe=self._probe.names,
                sys_path=tuple(str(Path(folder).absolute()) for folder in sys.path),
                idle_s=_IDLE_S,
            )
        )
        self._numbers = count()
        self._capacity = executor.capacity
        self._started: SimpleQueue[_Attempt] = SimpleQueue()  # not submitted yet
        self._attempts: dict[str, _Attempt] = {}  # by key
        self._keys: dict[str, str] = {}  # by task
        self._losses: dict[tuple[str, int], int] = {}
        self._is_lost = False
        with suppress(Exception):  # a scheduler that takes no plugins may run again what it loses, which is noticed
            self._client.register_plugin(CountedOnce())
        self._words: SimpleQueue[dict[str, Any] | str | None] = SimpleQueue()
        self._errands = ThreadPoolExecutor(1, thread_name_prefix="dpnb-dask-errands")
        self._client.subscribe_topic(self._topic, lambda event: self._words.put(event[1]))
        self._watcher = Thread(target=self._watch, name="dpnb-dask", daemon=True)
        self._watcher.start()

    def start(self, task: ExecutableTask, function: Packed, *, timeout: float | None) -> None:
        """Submit an attempt."""
        key = f"{KEY_PREFIX}{task.task_name}-{self._token}{next(self._numbers):016x}"  # Dask's own pages show its name
        attempt = _Attempt(task, function, key, timeout)
        self._attempts[key] = attempt
        self._keys[task.task_name] = key
        self._started.put(attempt)
        self._words.put(_SUBMIT)

    def _may_gather(self) -> bool:
        """Tell whether the cluster has enough to do that what was started can wait for more, to go together."""
        waiting = self._started.qsize()
        return waiting < _MOST_TOGETHER and len(self._attempts) - waiting > _PLENTY * self._capacity

    def _submit_started(self) -> None:
        """Give the cluster what was started: by itself, or, where more came at once than can run, several in a call.

        That is so while attempts are short; then Dask's cost of a call, some milliseconds, is most of theirs.
        """
        started: list[_Attempt] = []
        with suppress(Empty):
            while True:
                started.append(self._started.get_nowait())
        alone = [one for one in started if self.is_kept or one.task.is_live or self._options[one.task.task_name]]
        together = [one for one in started if one not in alone]
        size = min(max(1, len(together) // self._capacity), _MOST_TOGETHER)
        for attempts in (*([one] for one in alone), *batched(together, size)):
            try:
                self._submit(attempts)
            except Exception as error:  # noqa: BLE001 - these attempts' failure and nobody else's
                for attempt in attempts:
                    self._end(attempt, failed_outside(attempt.task, attempt.watch, error))

    def _submit(self, attempts: Sequence[_Attempt]) -> None:
        first = attempts[0]
        packed = [
            Order(one.key, self._household, one.function, pack_task(one.task), one.timeout, self.is_kept)
            for one in attempts
        ]
        more = {"key": first.key, "pure": False, "retries": 0, **self._options[first.task.task_name]}
        if len(packed) > 1:
            future = self._client.submit(attend_several, packed, **more)
        else:
            given = self._given(first.task) if self.is_kept else ()
            future = self._client.submit(attend, packed[0], *given, **more)
        for attempt in attempts:
            attempt.future, attempt.is_alone = future, len(packed) == 1

    def _given(self, task: ExecutableTask) -> list[dict[str, Any]]:
        """Return what Dask brings to the attempt: the files of its inputs, by task."""
        return [{given.task_name: self._kept.giving(given.task_name, given.result_ids)} for given in task.inputs]

    def cancel(self, task_name: str, *, at_once: bool) -> None:
        """Stop the attempt of this task, wherever it is."""
        attempt = self._find(task_name)
        if attempt is not None:
            attempt.give_up_at = time.monotonic() + _PATIENCE_S
            self._run_errand(self._stop, attempt, at_once)

    def recall(self, task_name: str) -> None:
        """Take the attempt of this task back unless it has begun."""
        attempt = self._find(task_name)
        if attempt is not None and not attempt.worker:
            self._run_errand(self._take_back, attempt)

    def tell(self, task_name: str, content: object) -> None:
        """Send something to the attempt of this task, where it runs."""
        attempt = self._find(task_name)
        if attempt is not None and attempt.worker:
            packed = pickle.dumps(content, protocol=5)
            self._run_errand(partial(self._client.run, tell_attempt, attempt.key, packed, workers=[attempt.worker]))

    def close(self) -> None:
        """Let go of the cluster: its workers end the processes that they have for this run."""
        self._words.put(None)
        self._watcher.join()
        if not self._is_lost:
            with suppress(Exception):
                left = [attempt.future for attempt in self._attempts.values() if attempt.future is not None]
                self._client.cancel(left, force=True)
                self._client.unsubscribe_topic(self._topic)
                self._errands.submit(self._client.run, end_run, self._token, on_error="ignore").result(_PATIENCE_S)
        self._errands.shutdown(wait=False, cancel_futures=True)
        self._probe.close()

    # Errands to workers, in a thread that may wait for them

    def _run_errand(self, errand: Any, *args: Any) -> None:
        def run() -> None:
            with suppress(Exception):  # a worker that leaves meanwhile is heard of otherwise
                errand(*args)

        with suppress(RuntimeError):  # the run has just ended
            self._errands.submit(run)

    def _stop(self, attempt: _Attempt, at_once: bool) -> None:  # noqa: FBT001 - an errand's
        workers = [attempt.worker] if attempt.worker else None
        told = self._client.run(stop_attempt, attempt.key, at_once, workers=workers, on_error="ignore")
        if not any(answer is True for answer in told.values()):
            self._take_back(attempt)

    def _take_back(self, attempt: _Attempt) -> None:
        if attempt.future is not None and attempt.future.status == "pending" and not attempt.worker:
            told = self._client.run(stop_attempt, attempt.key, False, on_error="ignore")  # noqa: FBT003 - not at once
            if not any(answer is True for answer in told.values()):
                if attempt.is_alone:
                    self._client.cancel([attempt.future], force=True)
                self._words.put(attempt.key)

    # What comes from the cluster, in the watcher's thread

    def _watch(self) -> None:
        looked = time.monotonic()
        while True:
            with suppress(Empty):
                word = self._words.get(timeout=_LOOK_S)
                if word is None:
                    return
                self._take(word)
            if not self._started.empty() and self._words.empty() and not self._may_gather():
                self._submit_started()
            if (now := time.monotonic()) - looked >= _LOOK_S:
                looked = now
                for attempt in list(self._attempts.values()):
                    if not self._is_lost:
                        self._look_at(attempt, now)

    def _take(self, word: dict[str, Any] | str) -> None:
        if word == _SUBMIT:
            return
        if isinstance(word, str):
            if (attempt := self._attempts.get(word)) is not None:
                self._end(attempt, result_without_worker(attempt.task, attempt.watch, CancelledError()))
            return
        if (attempt := self._attempts.get(word["key"])) is not None:
            for kind, content in word["words"]:
                self._hear(attempt, word["worker"], kind, content)

    def _hear(self, attempt: _Attempt, worker: str, kind: str, content: Any) -> None:
        task = attempt.task
        match kind:
            case orders.BEGUN:
                if attempt.worker not in ("", worker):
                    self._run_errand(self._stop, attempt, _AT_ONCE)
                    self._died(attempt)
                    return
                attempt.worker, attempt.watch = worker, Stopwatch()
                self._report(AttemptBegun(task=task.task_name, attempt=task.attempt))
            case orders.LOG:
                attempt.has_printed = True
                with suppress(OSError):  # as in the pool: a full disk costs the words
                    self._context.logs.append(
                        run_id=task.run_id, task_name=task.task_name, attempt=task.attempt, data=content
                    )
            case orders.SAID:
                said = AttemptSaid(task=task.task_name, attempt=task.attempt, content=pickle.loads(content))
                self._report(said)
            case orders.OVER:
                self._over(attempt, unpack_result(pickle.loads(content)))
            case orders.UNBEGUN:
                self._end(attempt, result_without_worker(task, attempt.watch, CancelledError()))
            case orders.APART | orders.HANDED_BACK:
                self.is_kept = self.is_kept or kind == orders.APART
                self._submit_again(attempt)

    def _over(self, attempt: _Attempt, result: TaskResult) -> None:
        if self.is_kept and attempt.future is not None and result.results:
            self._kept.add(attempt.task.task_name, attempt.future)
        self._end(attempt, result)

    def _look_at(self, attempt: _Attempt, now: float) -> None:
        """See to an attempt of which there may be no word any more."""
        status = "pending" if attempt.future is None else attempt.future.status
        if status == "error":
            self._failed(attempt)
        elif status in ("cancelled", "lost") and attempt.give_up_at is None:
            self._vanished(attempt)
        elif attempt.give_up_at is not None and now >= attempt.give_up_at:
            self._end(attempt, result_without_worker(attempt.task, attempt.watch, CancelledError()))
        elif (
            attempt.worker and attempt.timeout is not None and attempt.watch.duration_s > attempt.timeout + _PATIENCE_S
        ):
            self._run_errand(self._stop, attempt, _AT_ONCE)
            error = CallTimedOutError(attempt.timeout, killed=False)
            self._end(attempt, result_without_worker(attempt.task, attempt.watch, error))

    def _failed(self, attempt: _Attempt) -> None:
        from distributed import KilledWorker

        error = attempt.future.exception() if attempt.future is not None else None
        if isinstance(error, KilledWorker):
            attempt.worker = attempt.worker and str(error.last_worker.address)
            self._died(attempt)
        else:
            self._end(
                attempt, failed_outside(attempt.task, attempt.watch, error or RuntimeError("it is not known why"))
            )

    def _died(self, attempt: _Attempt) -> None:
        """End an attempt whose worker has left: it has failed if it had begun, else it starts anew elsewhere."""
        name = (attempt.task.task_name, attempt.task.attempt)
        self._losses[name] = self._losses.get(name, 0) + 1
        if not attempt.worker and self._losses[name] < _MOST_LOSSES:
            self._submit_again(attempt)
            return
        where = f" {attempt.worker}" if attempt.worker else ""
        error = WorkerDiedError(f"or the Dask cluster lost it{where}")
        self._end(attempt, result_without_worker(attempt.task, attempt.watch, error))

    def _submit_again(self, attempt: _Attempt) -> None:
        """Give the cluster an attempt once more that has not begun."""
        self._forget(attempt)
        self.start(attempt.task, attempt.function, timeout=attempt.timeout)

    def _vanished(self, attempt: _Attempt) -> None:
        if self._client.status == "running":
            self._died(attempt)
            return
        self._is_lost = True
        self._report(ExecutorLost(reason="the Dask scheduler was lost; resume() goes on with the run"))

    def _end(self, attempt: _Attempt, result: TaskResult) -> None:
        task = attempt.task
        if attempt.has_printed:
            self._context.logs.close(run_id=task.run_id, task_name=task.task_name, attempt=task.attempt)
        self._forget(attempt)
        self._report(AttemptOver(result=result))

    def _forget(self, attempt: _Attempt) -> None:
        self._attempts.pop(attempt.key, None)
        if self._keys.get(attempt.task.task_name) == attempt.key:
            del self._keys[attempt.task.task_name]

    def _find(self, task_name: str) -> _Attempt | None:
        return self._attempts.get(self._keys.get(task_name, ""))


def _offered(client: Any) -> frozenset[str]:
    """Return the names of the resources that workers of the cluster declare."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return frozenset(name for worker in workers for name in worker.get("resources", {}))
