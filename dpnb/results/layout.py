"""Where a store keeps what, and how names become folders and files.

::

    {base}/store.json                                who made this store (`dpnb.results.trust`)
    {base}/{run}/{task}/{result}.pkl                 one result
    {base}/{run}/{task}/{result}.parquet  .json  …   one that its task wanted in another format, and
    {base}/{run}/{task}/.{result}.facts              what is known of it: it is complete when this is there
    {base}/{run}/{task}/{result}.ipynb  .html        the notebook that made a result, as it was executed
    {base}/{run}/{task}/attempt_1.log                what an attempt printed
    {base}/{run}/.name   {base}/{run}/{task}/.name   the true name, where the folder's differs from it
    {base}/{run}/{task}/.{result}.name               likewise for a result
    {base}/{run}/{task}/{result}.pkl.damaged         a result that was not what had been saved, set aside
    {base}/{run}/{task}/.{…}.tmp                     being written, or left by a process that died
    {base}/.{…}.tmp                                  a run that is being deleted, or half of one, left likewise

Every path below the base is made of encoded segments, and no folder in it may be a symbolic link: a link planted in a
store would lead reads and writes out of it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

from dpnb.results.atomic_file import sync_folder, temporary_path
from dpnb.results.crash_points import reach
from dpnb.results.segments import encode_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.atomic_file import Durability

RESULT_SUFFIX = ".pkl"
COMPANIONS = (".ipynb", ".html")
"""What lies beside a result under its name, and goes with it where it is linked into another run."""
NAME_FILE = ".name"
FACTS_SUFFIX = ".facts"
DAMAGED = ".damaged"


class Layout:
    """The paths of a store, as text: making `pathlib.Path` objects would be a good part of a small result's cost."""

    def __init__(self, base: str, durability: Durability = "process") -> None:
        self.base = base
        self._synced = durability == "power"
        self._made: set[str] = set()

    def run_folder(self, run_id: str) -> str:
        """Return a run's folder."""
        return f"{self.base}{os.sep}{encode_segment(run_id)}"

    def task_folder(self, run_id: str, task: str) -> str:
        """Return the folder of a task in a run."""
        return f"{self.base}{os.sep}{encode_segment(run_id)}{os.sep}{encode_segment(task)}"

    def result_file(self, run_id: str, task: str, result_id: str, suffix: str = RESULT_SUFFIX) -> str:
        """Return the file of a result."""
        return self.result_in(self.task_folder(run_id, task), result_id, suffix)

    def facts_file(self, run_id: str, task: str, result_id: str) -> str:
        """Return the file that tells of a result that is no pickle."""
        return f"{self.task_folder(run_id, task)}{os.sep}.{encode_segment(result_id)}{FACTS_SUFFIX}"

    @staticmethod
    def result_in(folder: str, result_id: str, suffix: str = RESULT_SUFFIX) -> str:
        """Return the file of a result in its task's folder."""
        return f"{folder}{os.sep}{encode_segment(result_id)}{suffix}"

    @staticmethod
    def relative_result(run_id: str, task: str, result_id: str, suffix: str = RESULT_SUFFIX) -> str:
        """Return a result's path below the base, with ``/`` on every system."""
        return f"{encode_segment(run_id)}/{encode_segment(task)}/{encode_segment(result_id)}{suffix}"

    def make_task_folder(self, run_id: str, task: str) -> str:
        """Make the folder of a task in a run, its parents and name files; return it."""
        run_folder = f"{self.base}{os.sep}{encode_segment(run_id)}"
        folder = f"{run_folder}{os.sep}{encode_segment(task)}"
        if folder not in self._made:
            if run_folder not in self._made:
                os.makedirs(self.base, exist_ok=True)  # noqa: PTH103  # see the class's docstring
                self._make_folder(run_folder, run_id)
                self._made.add(run_folder)
            try:
                self._make_folder(folder, task)
            except FileNotFoundError:  # the run was cleared since
                self._made.discard(run_folder)
                return self.make_task_folder(run_id, task)
            self._made.add(folder)
        return folder

    def _make_folder(self, path: str, name: str) -> None:
        try:
            os.mkdir(path)  # noqa: PTH102
        except FileExistsError:
            if not _is_folder(path):
                raise _no_folder(path) from None
        if encode_segment(name) != name and not os.path.lexists(name_file := f"{path}{os.sep}{NAME_FILE}"):
            _write_name(name_file, name)
        if self._synced:
            sync_folder(os.path.dirname(path))  # noqa: PTH120

    def forget(self, folder: str) -> None:
        """Take it that a task's folder, and its run's, may have been deleted."""
        self._made -= {folder, os.path.dirname(folder)}  # noqa: PTH120

    def remove_run(self, run_id: str) -> None:
        """Delete a run's folder and all that lies in it; does nothing where there is none."""
        folder = self.run_folder(run_id)
        if not _is_folder(folder):
            return
        doomed = temporary_path(self.base)
        while os.path.lexists(doomed):  # left by a process of the same id
            doomed = temporary_path(self.base)
        os.utime(folder)  # so that nobody takes it for what a dead process of this one's id has left
        os.rename(folder, doomed)  # noqa: PTH104  # gone at once for every reader
        reach("delete.hidden")
        shutil.rmtree(doomed)
        self._made = {made for made in self._made if made != folder and not made.startswith(folder + os.sep)}

    def holds(self, run_id: str, task: str) -> bool:
        """Tell whether the folder of a task in a run is there, reached without a symbolic link."""
        return _is_folder(self.run_folder(run_id)) and _is_folder(self.task_folder(run_id, task))

    def holds_run(self, run_id: str) -> bool:
        """Tell whether a run's folder is there, and no symbolic link."""
        return _is_folder(self.run_folder(run_id))

    def note_result_name(self, folder: str, result_id: str) -> None:
        """Keep a result's true name beside it where its file cannot tell it."""
        segment = encode_segment(result_id)
        if segment != result_id:
            _write_name(f"{folder}{os.sep}.{segment}{NAME_FILE}", result_id)

    def set_aside(self, run_id: str, task: str, result_id: str, suffix: str = RESULT_SUFFIX) -> str | None:
        """Move a result's file out of the way, in its folder; return the new name, None where there is no file."""
        file = self.result_file(run_id, task, result_id, suffix)
        aside, number = f"{file}{DAMAGED}", 1
        while os.path.lexists(aside):
            number += 1
            aside = f"{file}{DAMAGED}-{number}"
        try:
            os.rename(file, aside)  # noqa: PTH104
        except FileNotFoundError:
            return None
        return os.path.basename(aside)  # noqa: PTH119

    def remove(self, run_id: str, task: str, result_id: str) -> bool:
        """Delete a result's file, and the file with its true name; tell whether there was one."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.task_folder(run_id, task)}{os.sep}.{encode_segment(result_id)}{NAME_FILE}")  # noqa: PTH108
        try:
            os.unlink(self.result_file(run_id, task, result_id))  # noqa: PTH108
        except FileNotFoundError:
            return False
        return True

    def runs(self) -> Iterator[str]:
        """Yield the names of the runs that have a folder."""
        yield from _named_folders(self.base)

    def tasks(self, run_id: str) -> Iterator[str]:
        """Yield the names of the tasks that have a folder in a run."""
        folder = self.run_folder(run_id)
        if _is_folder(folder):
            yield from _named_folders(folder)

    def results(self, run_id: str, task: str) -> Iterator[str]:
        """Yield the ids of the results that a task left in a run, each once."""
        if not self.holds(run_id, task):
            return
        folder, seen = self.task_folder(run_id, task), set[str]()
        for entry in _entries(folder):
            segment = result_segment(entry.name)
            if segment is not None and segment not in seen and entry.is_file(follow_symlinks=False):
                seen.add(segment)
                name = _read_name(f"{folder}{os.sep}.{segment}{NAME_FILE}", segment)
                if name is not None:
                    yield name


def result_segment(file: str) -> str | None:
    """Return the segment of the result that a file is, or tells of; None for any other file.

    Examples
    --------
    >>> result_segment("result_001.pkl"), result_segment(".result_002.facts"), result_segment("result_002.parquet")
    ('result_001', 'result_002', None)
    """
    if file[0] == ".":
        return file[1 : -len(FACTS_SUFFIX)] if file.endswith(FACTS_SUFFIX) else None
    return file[: -len(RESULT_SUFFIX)] if file.endswith(RESULT_SUFFIX) else None


def _no_folder(path: str) -> NotADirectoryError:
    return NotADirectoryError(errno.ENOTDIR, "a store's folder may not be a file or a symbolic link", path)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _named_folders(folder: str) -> Iterator[str]:
    for entry in _entries(folder):
        if entry.name[0] != "." and entry.is_dir(follow_symlinks=False):
            name = _read_name(f"{entry.path}{os.sep}{NAME_FILE}", entry.name)
            if name is not None:
                yield name


def _write_name(path: str, name: str) -> None:
    temporary = temporary_path(os.path.dirname(path))  # noqa: PTH120
    try:
        with open(temporary, "wb") as file:  # noqa: PTH123
            file.write(name.encode("utf-8", "surrogatepass"))
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def _read_name(path: str, segment: str) -> str | None:
    """Return the name that `segment` stands for; None where it was lost, or is not this segment's."""
    if encode_segment(segment) == segment:
        return segment
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(fd, "rb") as file:  # noqa: PTH123
            name = file.read().decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError):
        return None
    return name if encode_segment(name) == segment else None
