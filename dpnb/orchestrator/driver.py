"""Carries out what the resolver decides.

::

    executor ──AttemptBegun, Said, Over──▶ inbox ──▶ driver ──event──▶ resolver
    run.cancel() ─────────────────────────▶  │        │  ◀──commands──┘
    timers (retries) ─────────────────────▶  ┘        ├──▶ executor session: start, cancel, recall
                                                      └──▶ journal ──▶ ledger

Whoever brings a message handles it (see `Inbox`), so that an outcome that arrives in the pool's thread becomes the next
task's start without a change of threads. The run's own thread begins it, wakes for retries, and ends it.
"""

from __future__ import annotations

import threading
from bdb import BdbQuit
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

from dpnb.orchestrator.assembly import StoredOutput, TaskAssembler, inputs_digest
from dpnb.orchestrator.collector import patient_collector
from dpnb.orchestrator.commands import (
    AskDelay,
    AttemptEnded,
    CancelAttempt,
    CancelRequested,
    CapacityChanged,
    Command,
    Event,
    FinishRun,
    FirstChunkStored,
    RecallAttempt,
    RetryDue,
    ScheduleRetry,
    SettleTask,
    StartAttempt,
    VoidAttempt,
)
from dpnb.orchestrator.declared_files import DeclaredFiles
from dpnb.orchestrator.delay_rules import DelayRules
from dpnb.orchestrator.delivery import live_edges
from dpnb.orchestrator.edits_meanwhile import EditsMeanwhile
from dpnb.orchestrator.executable import ChunkStored, ProgressMade, TaskResult
from dpnb.orchestrator.guarantees import missing_of
from dpnb.orchestrator.inbox import Inbox
from dpnb.orchestrator.module_states import ModuleStates
from dpnb.orchestrator.outcomes import attempt_ended, stillborn, unbegun, void_result, with_last_word
from dpnb.orchestrator.pace import Pace
from dpnb.orchestrator.paced_progress import PacedProgress
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid, ExecutorLost
from dpnb.orchestrator.relay import Relay
from dpnb.orchestrator.resolver import TaskDependencyResolver
from dpnb.orchestrator.run_notes import RunNotes, now_us
from dpnb.orchestrator.stand_ins import StandIns
from dpnb.orchestrator.stream_messages import ChunksAsked, ChunksTaken, StreamLetGo
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.orchestrator.timers import Timers
from dpnb.orchestrator.track import order_digest
from dpnb.results.crash_points import reach
from dpnb.results.records import RunRecord, RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.orchestrator.functions import Functions
    from dpnb.orchestrator.ports import Executor
    from dpnb.orchestrator.resumption import Earlier
    from dpnb.orchestrator.track import TaskTrack
    from dpnb.planner import Node
    from dpnb.results.leases import Tenure


type _Message = AttemptBegun | AttemptOver | AttemptSaid | ExecutorLost | Callable[[], object]


class RunDriver:
    """Drives one run to its end. `finished` is set when all is committed and nothing of the run is left running."""

    def __init__(
        self,
        context: ExecutionContext,
        functions: Functions,
        executor: Executor,
        tenure: Tenure,
        record: RunRecord,
        earlier: Earlier | None = None,
    ) -> None:
        self.finished = threading.Event()
        self.crash: BaseException | None = None
        self.is_interrupted = False
        self.errors: dict[str, BaseException] = {}  # the exceptions themselves, where the executor shares our process
        self.progress: dict[str, ProgressMade] = {}
        self._context = context
        self._functions = functions
        self._executor = executor
        self._delay_rules = DelayRules(
            lambda known: self._inbox.put(partial(self._resolve, known)), is_inline=executor.is_inline
        )
        self._files = DeclaredFiles(
            lambda command, reads: self._inbox.put(partial(self._files_seen, command, reads)),
            context.precedents,
            is_inline=executor.is_inline,
        )
        self._edits = EditsMeanwhile(context)
        self._states = ModuleStates(context.run_id, is_inline=executor.is_inline)
        self._inbox: Inbox[_Message] = Inbox(self._handle)
        self._session = executor.open(context, self._inbox.put)  # its workers start while the rest is made
        with ExitStack() as undo:
            undo.callback(self._session.close)
            nodes = context.execution_plan.dag.nodes
            kept = earlier.kept if earlier is not None else {}
            is_beside = executor.capacity > 1 and executor.guarantees.live_streams  # else what has ended is read
            live = live_edges(nodes) if is_beside else {}
            self._live = {name: live[name] for name in live if name not in kept}
            self._relay = Relay(self._live, self._tell, self._call_later)
            self._assembler = TaskAssembler(context, functions, self._relay)
            self._resolver = self._make_resolver(earlier.done if earlier is not None else None)
            self._notes = RunNotes(
                context, tenure, record, earlier, lambda: self._inbox.put(self._notes.raise_if_failed)
            )
            self._stand_ins = StandIns(context, earlier, self._notes) if earlier is not None else None
            undo.pop_all()
        self._given: dict[str, ExecutableTask] = {}  # the attempts of those that may read open streams
        self._provisional: dict[str, TaskResult] = {}  # succeeded, but a stream that it read has not ended
        self._void: dict[str, str] = {}  # the running attempts that do not count, and why
        self._looking: set[str] = set()  # tasks whose files are being looked at, so that their attempts are to start
        self._tracks = self._notes.tracks
        self._paced_progress = PacedProgress(self._notes.progress, self._call_later)
        self._results: dict[str, StoredOutput] = dict(earlier.results) if earlier is not None else {}
        self._timers = Timers()
        self._changed = threading.Condition()  # guards the timers and the finish
        self._is_cancelled = self._cancel_at_once = False
        self._finish: FinishRun | None = None
        self._when_finished: list[Callable[[], object]] = []
        self._pace = Pace(executor.short_s)

    def _make_resolver(self, done: Mapping[str, TaskState] | None) -> TaskDependencyResolver:
        plan = self._context.execution_plan
        tasks = [TaskFacts.of(plan.dag.nodes[name], plan.groups) for name in plan.execution_order]
        return TaskDependencyResolver(
            [facts._replace(live=self._live[facts.name]) if facts.name in self._live else facts for facts in tasks],
            capacity=self._executor.capacity,
            durations=self._context.durations,
            done=done,
        )

    # For other threads

    @property
    def context(self) -> ExecutionContext:
        """What is the same for all of the run's tasks."""
        return self._context

    def cancel(self, *, at_once: bool = False) -> None:
        """Ask for the run's end: gently the first time, at once the second time or where that is wanted."""
        self._inbox.put(partial(self._end_early, at_once=at_once))

    def call_when_finished(self, action: Callable[[], object]) -> None:
        """Have `action` called once the run has finished, at once if it has; it must be quick and must not raise."""
        self._when_finished.append(action)
        if self.finished.is_set():
            self._call_back()

    def flush(self) -> None:
        """Wait until what has happened so far can be read from the ledger."""
        if not self.finished.is_set():
            self._notes.flush()

    # The run's own thread

    def run(self) -> None:
        """Begin the run, wait for its end, and close it."""
        with patient_collector:
            try:
                self._inbox.put(self._begin)
                while (due := self._wait_for_due()) is not None:
                    for action in due:
                        action()
            finally:
                self._close()

    def _wait_for_due(self) -> list[Callable[[], object]] | None:
        """Return the actions whose time has come; None once the run is over."""
        with self._changed:
            if self._finish is None:
                self._changed.wait(self._timers.wait_s())
            return self._timers.take_due() if self._finish is None else None

    # Messages, one at a time, in any thread

    def _handle(self, message: _Message) -> None:
        if self._finish is not None:
            return
        try:
            self._notes.raise_if_failed()
            self._take(message)
        except KeyboardInterrupt:
            self._interrupt()
        except BaseException as error:  # noqa: BLE001 - a fault outside of the tasks ends the run as well
            self.crash = error
            self._end(FinishRun(status=RunStatus.FAILED, reason=f"the run could not go on: {error!r}"))

    def _end(self, finish: FinishRun) -> None:
        with self._changed:
            self._finish = finish
            self._changed.notify_all()

    def _interrupt(self) -> None:
        self.is_interrupted = True
        self.cancel()

    def _take(self, message: _Message) -> None:
        match message:
            case AttemptOver(result=result) if result.state is TaskState.CANCELLED and self._never_began(result):
                self._attempt_returned(result)
            case AttemptOver(result=result, error=error):
                self._look_after(result, error)
            case AttemptBegun(task=task, attempt=attempt) | AttemptSaid(task=task, attempt=attempt):
                if self._is_current(task, attempt):
                    self._heard(task, message)
            case ExecutorLost(reason=reason):
                self._end(FinishRun(status=RunStatus.INTERRUPTED, reason=reason))
            case _:
                message()

    def _begin(self) -> None:
        if missing := missing_of(self._executor, self._context.execution_plan):
            self._notes.placed(self._executor.name, missing)
        self._carry_out(self._resolver.start())

    def _end_early(self, *, at_once: bool) -> None:
        self._cancel_at_once = at_once or self._is_cancelled
        self._is_cancelled = True
        self._resolve(CancelRequested())
        if self._cancel_at_once:
            self._stop_running()

    def _is_current(self, task: str, attempt: int) -> bool:
        track = self._tracks[task]
        return track.is_open and track.attempts == attempt

    def _look_after(self, result: TaskResult, error: BaseException | None) -> None:
        """Look at the files that a task has read once more before its result counts."""
        task, track = self._context.execution_plan.dag.nodes[result.task_name].task, self._tracks[result.task_name]
        if not task.reads or result.state is not TaskState.SUCCEEDED:
            self._attempt_over(result, error)
        elif self._is_current(result.task_name, result.attempt):
            over = partial(self._files_seen_after, result, error)
            self._files.ask_again(task, track.identity.reads, lambda reads: self._inbox.put(partial(over, reads)))

    def _files_seen_after(self, result: TaskResult, error: BaseException | None, reads: str) -> None:
        if self._is_current(result.task_name, result.attempt):
            track = self._tracks[result.task_name]
            track.identity = track.identity.with_reads(reads)
            self._attempt_over(result, error)

    def _attempt_over(self, result: TaskResult, error: BaseException | None) -> None:
        if not self._is_current(result.task_name, result.attempt):
            return  # of a timed-out or repeated attempt
        reach("run.outcome")
        if isinstance(error, (KeyboardInterrupt, BdbQuit)):  # of whoever watches the run, not of the task
            self._resolve(CancelRequested())
            result = result._replace(state=TaskState.CANCELLED)
            self.is_interrupted = isinstance(error, KeyboardInterrupt)
        if result.task_name in self._void:
            result = void_result(result, self._void[result.task_name])
        result = with_last_word(result, self.progress.get(result.task_name))
        track = self._tracks[result.task_name]
        self._notes.ended(track, result)
        if self._pace.note(result.duration_s):
            self._adapt_to_pace()
        if result.state is TaskState.SUCCEEDED:
            stored = self._results[result.task_name] = StoredOutput.of(result.results)
            track.output = stored.digest
            seen = self._edits.identity(result.task_name, track.identity, result.imported, self._results)
            track.identity = self._states.identity(result.task_name, seen, result.differing)
        elif result.worker_pid is None:  # it ended with its process, which may have been writing
            self._tidy(result.task_name)
        if result.state is TaskState.SUCCEEDED and result.task_name in self._live:
            self._provisional[result.task_name] = result
        else:
            self._notes.outcome(result)
        if self._live:
            self._leave_streams(result)
        if error is not None:
            self.errors[result.task_name] = error
        self.progress.pop(result.task_name, None)
        self._paced_progress.end(result.task_name)
        self._resolve(self._ended(result))

    def _never_began(self, result: TaskResult) -> bool:
        track = self._tracks[result.task_name]
        is_current = self._is_current(result.task_name, result.attempt)
        return is_current and not track.has_begun and result.task_name not in self._void

    def _attempt_returned(self, result: TaskResult) -> None:
        self._tracks[result.task_name].take_back()
        if self._live:
            self._leave_streams(result)
        self._resolve(self._ended(result)._replace(has_begun=False))

    def _leave_streams(self, result: TaskResult) -> None:
        self._relay.end(result.task_name, has_result=result.state is TaskState.SUCCEEDED)
        if self._void.pop(result.task_name, None) is not None:
            self._wait_again(result.task_name)

    def _adapt_to_pace(self) -> None:
        ahead = self._executor.lookahead if self._pace.is_short else 0
        self._resolve(CapacityChanged(capacity=self._executor.capacity, ahead=ahead))

    def _ended(self, result: TaskResult) -> AttemptEnded:
        task = self._context.execution_plan.dag.nodes[result.task_name].task
        return attempt_ended(result, task, before=self._tracks[result.task_name].before)

    def _heard(self, task: str, message: AttemptBegun | AttemptSaid) -> None:
        track = self._tracks[task]
        match message:
            case AttemptBegun():
                track.begin(now_us())
                self._notes.task(track)
                self._notes.began(track)
            case AttemptSaid(content=ChunkStored(record=record)):
                self._notes.chunk(record)
                if self._relay.stored(task, record.result_id):
                    first = FirstChunkStored(task=task, attempt=track.attempts - track.before)
                    self._resolve(first)
            case AttemptSaid(content=ProgressMade() as made):
                self.progress[task] = made
                self._paced_progress.hear(task, made)
            case AttemptSaid(content=ChunksTaken() | ChunksAsked() | StreamLetGo() as said):
                self._relay.hear(task, said)

    # Commands

    def _resolve(self, event: Event) -> None:
        self._carry_out(self._resolver.handle(event))

    def _carry_out(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case StartAttempt(task=task):
                    self._prepare(command, self._context.execution_plan.dag.nodes[task])
                case SettleTask(task=task, state=state, reason=reason):
                    if task in self._provisional:
                        self._confirm(self._tracks[task], self._provisional.pop(task))
                    self._notes.settle(self._tracks[task], state, reason)
                case AskDelay() | ScheduleRetry():
                    self._wait_to_retry(command)
                case CancelAttempt(task=task):
                    self._session.cancel(task, at_once=self._cancel_at_once)
                case RecallAttempt(task=task):
                    self._session.recall(task)
                case VoidAttempt(task=task, attempt=attempt, reason=reason):
                    self._make_void(self._tracks[task], attempt, reason)
                case FinishRun():
                    self._end(command)

    def _wait_to_retry(self, command: AskDelay | ScheduleRetry) -> None:
        track = self._tracks[command.task]
        track.state = TaskState.RETRYING
        if isinstance(command, AskDelay):
            self._notes.waits(track)
            self._delay_rules.ask(command)
        else:
            self._notes.waits(track, command.delay_s)
            self._call_later(command.delay_s, partial(self._resolve, RetryDue(task=command.task)))

    def _prepare(self, command: StartAttempt, node: Node) -> None:
        if node.task.reads:
            self._looking.add(command.task)
            self._files.ask(command, node.task)
        else:
            self._start(command)

    def _files_seen(self, command: StartAttempt, reads: str) -> None:
        """Start an attempt whose files have been looked at, unless its stream or the run has broken off meanwhile."""
        track = self._tracks[command.task]
        track.identity = track.identity.with_reads(reads)
        is_void = command.task not in self._looking
        self._looking.discard(command.task)
        if self._resolver.status is RunStatus.RUNNING and not is_void:
            self._start(command)
        else:
            self._resolve(unbegun(command))

    def _start(self, command: StartAttempt) -> None:
        track = self._tracks[command.task]
        stand_in = self._stand_ins.take(command, self._results) if self._stand_ins is not None else None
        if stand_in is not None:
            state, self._results[command.task] = stand_in
            stands = AttemptEnded(task=command.task, attempt=command.attempt, state=state)
            self._inbox.put(partial(self._resolve, stands))
            return
        if track.before:
            command = command._replace(attempt=command.attempt + track.before)
        track.open(command.attempt)
        reach("run.start")
        try:
            if command.task not in self._functions:
                self._notes.identify(track, *self._functions.pack(command.task))
            elif self._functions.is_inline:
                self._notes.identify(track, *self._functions.look_at(command.task))
            expected = self._states.expected(track.identity)
            task = self._assembler.assemble(command, self._results, imported=expected)
            node = self._context.execution_plan.dag.nodes[command.task]
            track.inputs = inputs_digest(task)
            track.after = order_digest(node, self._tracks)
            if self._live:
                self._relay.begin(task)
                if command.task in self._live:
                    self._given[command.task] = task
            self._session.start(task, self._functions[command.task], timeout=node.task.timeout)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this attempt's failure and nobody else's
            self._inbox.put(AttemptOver(result=stillborn(self._context.run_id, command, error)))

    def _confirm(self, track: TaskTrack, result: TaskResult) -> None:
        """Let an outcome count, all streams that went into it having ended."""
        track.inputs = inputs_digest(self._given[track.task], self._results)
        self._notes.outcome(result)

    def _make_void(self, track: TaskTrack, attempt: int, reason: str) -> None:
        """End an attempt whose stream broke off; one that has ended already only loses what it came to."""
        self._relay.void(track.task)
        self._looking.discard(track.task)
        self._results.pop(track.task, None)
        if track.is_open and track.attempts == attempt + track.before:
            self._void[track.task] = reason
            self._session.cancel(track.task, at_once=self._cancel_at_once)
            return
        if track.task in self._provisional:
            self._notes.outcome(void_result(self._provisional.pop(track.task), reason))
        self._wait_again(track.task)

    def _wait_again(self, task: str) -> None:
        self._tracks[task].wait_again()
        self._notes.waits(self._tracks[task])

    def _call_later(self, delay_s: float, action: Callable[[], object]) -> None:
        with self._changed:
            self._timers.after(delay_s, partial(self._inbox.put, action))
            self._changed.notify_all()

    def _tell(self, task: str, content: object) -> None:
        self._session.tell(task, content)

    def _stop_running(self) -> None:
        for track in self._tracks.values():
            if track.is_open:
                self._session.cancel(track.task, at_once=True)

    # The end

    def _close(self) -> None:
        finish = self._finish or FinishRun(status=RunStatus.FAILED)
        reach("run.finish")
        self._notes.hurry()
        try:
            if self.crash is not None:
                self._stop_running()
            self._session.close()
            if self._context.lease > 1:  # workers of an earlier owner have ended by now too
                self._tidy()
                self._notes.remove_strays()
        except Exception as error:  # noqa: BLE001 - whoever waits for the run must not wait for ever
            self.crash = self.crash or error
        reach("run.closed")
        ledgers = self._notes.close(finish)
        self.crash = self.crash or ledgers
        self._states.warn()
        self.finished.set()
        self._call_back()

    def _call_back(self) -> None:
        """Call who waits for the end, each once, whichever threads come here."""
        while True:
            try:
                action = self._when_finished.pop()
            except IndexError:
                return
            action()

    def _tidy(self, task: str | None = None) -> None:
        with suppress(OSError):
            self._context.io_manager.tidy(run_id=self._context.run_id, task_name=task)
