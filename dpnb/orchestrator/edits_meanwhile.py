"""Whether workers have imported other files than those by which a run's tasks were told apart from earlier ones.

::

    run begins: times of the modules' files ─┐
                                             ├─ another: is the task the same with the file as it is now? ─ no ─▶ doubt
    worker imports: times of what it reads ──┘                                                             └ yes ─▶ fine

The kernel stays usable while a run goes on, and so does the editor beside it. A task that imports a module after that
was edited runs the edited code, while its fingerprint is of the code before. What it has come to is right for nobody
who looks for that fingerprint, nor is it known what else it would be right for.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dpnb.planner.doubts import doubted, run_in_process
from dpnb.planner.task_identity import TaskIdentifier
from dpnb.registry.fingerprint.module_files import module_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.orchestrator.assembly import StoredOutput
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ImportedFile
    from dpnb.planner import Node
    from dpnb.planner.task_identity import TaskIdentity

type FilesOfModules = Mapping[str, tuple[str, tuple[int, int]]]
"""By file: the module's name, when it was changed last, its size."""


class Looked(NamedTuple):
    """What the tasks of a run are as it begins, and what the files of the modules are by which that was told."""

    identities: dict[str, TaskIdentity]
    modules: FilesOfModules


def look_at_tasks(nodes: Mapping[str, Node], identifier: TaskIdentifier, *, is_inline: bool) -> Looked:
    """Look at the tasks of a run, whose modules are imported thereby; `is_inline` where they run in this process.

    A file that is edited meanwhile counts as edited: of each, the earliest look stands.
    """
    before = module_files.on_disk()
    found = {name: identifier.identify(node) for name, node in nodes.items()}
    if is_inline:
        known = identifier.fingerprints
        found = {name: run_in_process(one, known.get(one.source or "")) for name, one in found.items()}
    module_files.look_around()
    return Looked(found, {**module_files.on_disk(), **before})


class EditsMeanwhile:
    """Compares what workers tell with what the files were when the run began."""

    def __init__(self, context: ExecutionContext) -> None:
        self._nodes = context.execution_plan.dag.nodes
        self._params = context.params
        self._files = _by_real_path(context.modules)
        self._others: dict[Sequence[ImportedFile], list[ImportedFile]] = {}

    def identity(
        self,
        task: str,
        identity: TaskIdentity,
        imported: Sequence[ImportedFile],
        results: Mapping[str, StoredOutput],
    ) -> TaskIdentity:
        """Return what a task was, given what its worker had imported by its end; `results` hold what it was given.

        Values that name code of modules bring it along: an edit reaches the task through them, whatever its own code.
        """
        others = self._other_than_then(imported) if imported and self._files else []
        if not others or identity.code is None:
            return identity
        given = (results[name] for name in self._nodes[task].upstream if name in results)
        if not any(one.names_code for one in given) and self._is_same_now(task, identity, others):
            return identity
        return doubted(identity, {self._files[_real(file)][0] for file, *_ in others})

    def _other_than_then(self, imported: Sequence[ImportedFile]) -> list[ImportedFile]:
        if imported not in self._others:  # a worker tells the same again and again
            self._others[imported] = [one for one in imported if self._is_other(one)]
        return self._others[imported]

    def _is_other(self, imported: ImportedFile) -> bool:
        file, *times = imported
        then = self._files.get(_real(file))
        return then is not None and list(then[1]) != times

    def _is_same_now(self, task: str, identity: TaskIdentity, others: Sequence[ImportedFile]) -> bool:
        """Tell whether the edit does not reach the task: it is the same now, and the files are what was imported."""
        now = _by_real_path(module_files.on_disk())
        if any(now.get(_real(file), ("", None))[1] != tuple(times) for file, *times in others):
            return False
        same = TaskIdentifier(self._params).identify(self._nodes[task])
        return (same.code, same.arguments) == (identity.code, identity.arguments)


def _by_real_path(files: FilesOfModules) -> FilesOfModules:
    return {_real(file): found for file, found in files.items()}


@lru_cache(maxsize=4096)
def _real(file: str) -> str:
    return os.path.realpath(file)
