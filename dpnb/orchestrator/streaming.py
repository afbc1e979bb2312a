"""Which tasks run beside the producer of a stream that they read, and what becomes of them when it breaks off.

::

              first chunk              succeeded
    producer ─────────────▶ flowing ─────────────▶ settled ──▶ what its consumers gave counts
                              │  ▲
     failed, timed out, void  │  │  first chunk of the next attempt
                              ▼  │
                           stopped ──▶ the attempts of its consumers are void

A *live* edge leads from a producer to a consumer that takes its chunks as they come. Once a producer flows, such an
edge no longer holds the consumer back; all other edges do. So a consumer starts when all that it waits for is settled
or flows. From that follows what keeps a pool of any size from a deadlock: **whoever runs reads only streams whose
producer is running, or has ended.** Nobody who occupies a worker ever waits for someone who needs one: when an attempt
of a producer fails, the attempts that read it, and those that read them, are ended at once, which frees their workers.

- A void attempt does not count, neither as a success nor as one of the task's retries, whatever it had come to. The
  task waits again, for the next attempt of its producer or, where there is none, for the rules on a missing upstream.
- A consumer that has succeeded, or safely failed, before its producer has ended is *held*: it occupies no worker, and
  is settled with the last of its producers, so that whatever comes after it comes after them. It may feed others.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from dpnb.orchestrator.dependencies import Dependencies
    from dpnb.orchestrator.task_facts import TaskFacts
    from dpnb.results.records import TaskState


class LiveStreams:
    """The live edges of a run. Tasks are positions; all costs are per edge and attempt, and none without such edges.

    Parameters
    ----------
    tasks
        Facts of the tasks.
    dependencies
        What each of them waits for.
    done
        The tasks that are not waited for.
    running
        The tasks of which an attempt runs.

    Attributes
    ----------
    exist
        Whether the run has live edges; without any, nothing here needs to be asked.
    """

    def __init__(
        self,
        tasks: Sequence[TaskFacts],
        dependencies: Dependencies,
        *,
        done: Container[str],
        running: Container[int],
    ) -> None:
        self.void: dict[int, str] = {}  # running attempts that do not count, and why
        self._dependencies = dependencies
        self._running = running
        self._consumers: dict[int, set[int]] = {}  # by producer; of tasks that are not settled
        self._producers: dict[int, set[int]] = {}  # by consumer; of tasks that are not settled
        self._flowing: set[int] = set()
        self._held: dict[int, tuple[TaskState, str]] = {}
        self._voided: Counter[int] = Counter()
        for consumer, facts in enumerate(tasks):
            for name in facts.live if facts.name not in done else ():
                if name in dependencies.positions and name not in done:
                    producer = dependencies.positions[name]
                    self._consumers.setdefault(producer, set()).add(consumer)
                    self._producers.setdefault(consumer, set()).add(producer)
        self.exist = bool(self._consumers)

    def concern(self, task: int) -> bool:
        """Whether the task, not settled yet, is at either end of a live edge whose other end is not either."""
        return task in self._consumers or task in self._producers

    def counted(self, task: int, attempts: int) -> int:
        """Return how many of the task's attempts count."""
        return attempts - self._voided[task] if self._voided else attempts

    def begin(self, producer: int) -> list[int]:
        """Let the producer flow; return the consumers that this held back last."""
        if producer in self._flowing or producer in self.void or producer not in self._consumers:
            return []
        self._flowing.add(producer)
        return self._dependencies.unblock(sorted(self._consumers[producer]))

    def hold(self, task: int, state: TaskState, reason: str) -> bool:
        """Hold the task that ended so, if a stream that it has read has not ended; False if all have."""
        if not self._producers.get(task):
            return False
        self._held[task] = state, reason
        return True

    def stop(self, producer: int, why: str) -> tuple[list[int], list[int]]:
        """Let the producer flow no longer; return which tasks' attempts are void with it, and who is not ready now."""
        void: list[int] = []
        unready: list[int] = []
        stopped = [producer]
        for one in stopped:  # grows
            if one not in self._flowing:
                continue
            self._flowing.remove(one)
            for consumer in sorted(self._consumers[one]):
                if consumer in self._running or consumer in self._held:
                    if consumer not in self.void:
                        self._make_void(consumer, why)
                        void.append(consumer)
                        stopped.append(consumer)
                elif self._dependencies.is_free(consumer):
                    unready.append(consumer)
                self._dependencies.block(consumer)
        return void, unready

    def _make_void(self, task: int, why: str) -> None:
        self._voided[task] += 1
        if self._held.pop(task, None) is None:
            self.void[task] = why
            self._dependencies.block(task)  # until the attempt has ended

    def end_void(self, task: int) -> list[int]:
        """Take note that a void attempt has ended; return its task if nothing else holds it back."""
        del self.void[task]
        return self._dependencies.unblock([task])

    def release(self, task: int) -> list[int]:
        """Take the settled task off those that others wait for; return the ones that waited for it last."""
        followers = self._dependencies.downstream[task]
        if task in self._flowing:
            followers = [one for one in followers if one not in self._consumers[task]]
        return self._dependencies.unblock(followers)

    def leave(self, task: int) -> list[tuple[int, tuple[TaskState, str]]]:
        """Forget the settled task; return those that were held by it last, and what they were held with."""
        for producer in self._producers.pop(task, ()):
            self._consumers[producer].discard(task)
        self._flowing.discard(task)
        lifted: list[tuple[int, tuple[TaskState, str]]] = []
        for consumer in sorted(self._consumers.pop(task, ())):
            self._producers[consumer].discard(task)
            if not self._producers[consumer]:
                del self._producers[consumer]
                if consumer in self._held:
                    lifted.append((consumer, self._held.pop(consumer)))
        return lifted

    def leave_early(self, task: int) -> bool:
        """Let a task that is going to be skipped wait for its producers' ends; False if they have ended."""
        producers = self._producers.pop(task, set())
        for producer in producers:
            self._consumers[producer].discard(task)
            self._dependencies.block(task)
        return bool(producers)
