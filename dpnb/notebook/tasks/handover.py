"""What a worker and a notebook's kernel leave for each other, in a folder that only they know of."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.pool.by_value import dumps_by_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.executable import ExceptionFacts
    from dpnb.orchestrator.worker.stored_input import StoredInput
    from dpnb.results import IOManager, ResultRecord

VARIABLE = "DPNB_NOTEBOOK_TASK"
"""The environment variable that names the folder to the kernel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What the kernel is to know: which attempt it belongs to, where its inputs lie, and where its result goes.

    `inputs` are addresses by task, or values themselves where a task is called outside of a run.
    """

    run_id: str
    task: str
    result_id: str
    store: IOManager
    inputs: Mapping[str, StoredInput | Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a cell has raised; the frames' places name cells by their execution counts: ``In[3]``."""

    told: tuple[ExceptionFacts, ...]
    types: tuple[str, ...] = field(default=())


class Handover:
    """The folder: the worker writes the errand, the kernel the record of its result, or its last failure."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_this_kernel(cls) -> Handover | None:
        """Return the folder that this process was told of; None where it executes no notebook as a task."""
        named = os.environ.get(VARIABLE)
        return cls(Path(named)) if named else None

    def give(self, errand: Errand) -> None:
        """Tell the kernel what it is there for."""
        self._write("errand", errand)

    @property
    def errand(self) -> Errand:
        """What the kernel is there for."""
        errand: Errand = self._read("errand")
        return errand

    def give_back(self, record: ResultRecord) -> None:
        """Say what the notebook has stored; a later one counts in place of an earlier one."""
        self._write("record", record)

    @property
    def record(self) -> ResultRecord | None:
        """What the notebook has stored."""
        record: ResultRecord | None = self._read("record")
        return record

    def note(self, failure: Failure) -> None:
        """Say what a cell has raised."""
        self._write("failure", failure)

    @property
    def failure(self) -> Failure | None:
        """What a cell has raised last."""
        failure: Failure | None = self._read("failure")
        return failure

    def _write(self, name: str, value: object) -> None:
        draft = self.folder / f".{name}"
        draft.write_bytes(dumps_by_value(value))
        draft.replace(self.folder / name)

    def _read(self, name: str) -> Any:
        try:
            return pickle.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None
