"""Word between a run and its attempts in processes that nobody has a channel to, through files in one folder.

::

    {folder}/{number}.said      what an attempt says: frames of four bytes' length and a pickle, appended
    {folder}/{number}.stop      the attempt is asked to stop; what it comes to is not wanted any more

Wherever results can be stored so that the notebook reads them, such a folder can be seen too. An attempt whose folder
is gone takes that for being asked to stop: the run has ended, and so nothing that outlives it stores anything.
"""

from __future__ import annotations

import os
import pickle
import shutil
import struct
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = ".spool-"
_LENGTH = struct.Struct(">I")
_LOOK_S = 0.1  # between two looks at whether an attempt is to stop


class SpoolEnd:
    """An attempt's end of it; for several threads of one process.

    Parameters
    ----------
    folder
        The run's.
    number
        The attempt's, unlike any other's in this folder.
    """

    def __init__(self, folder: str, number: int) -> None:
        self._said = f"{folder}{os.sep}{number}.said"
        self._stop = f"{folder}{os.sep}{number}.stop"
        self._folder = folder
        self._looked = -1.0
        self._is_stopped = False

    def message(self, content: object) -> None:
        """Say something; nobody hears it once the run has ended."""
        body = pickle.dumps(content, protocol=5)
        with suppress(OSError):
            fd = os.open(self._said, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(fd, _LENGTH.pack(len(body)) + body)
            finally:
                os.close(fd)

    def cancelled(self) -> bool:
        """Tell whether the attempt is asked to stop, as it was a tenth of a second ago at the latest."""
        if not self._is_stopped and (now := time.monotonic()) - self._looked >= _LOOK_S:
            self._looked = now
            self._is_stopped = self.is_unwanted()
        return self._is_stopped

    def is_unwanted(self) -> bool:
        """Tell whether what the attempt comes to is not wanted any more, as it is now."""
        return os.path.lexists(self._stop) or not os.path.isdir(self._folder)  # noqa: PTH112 - asked often

    def receive(self, timeout: float) -> None:
        """Receive nothing: streams are read here once they are complete."""
        time.sleep(timeout)


class Spool:
    """The run's end, whose folder is made in `parent`, or for temporary files where it is None.

    Those that an earlier owner of the run has left there go, so that what still runs for it knows that it is unwanted.
    """

    def __init__(self, parent: Path | None = None) -> None:
        if parent is not None:
            parent.mkdir(parents=True, exist_ok=True)
            for left in parent.glob(f"{_PREFIX}*"):
                shutil.rmtree(left, ignore_errors=True)
        self.folder = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
        self._read: dict[int, int] = {}  # bytes of what each attempt has said

    def hear(self, number: int) -> Iterator[object]:
        """Yield what an attempt has said since the last time; half a message is left for the next."""
        try:
            with open(f"{self.folder}{os.sep}{number}.said", "rb") as file:  # noqa: PTH123 - asked often
                file.seek(self._read.get(number, 0))
                while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
                    (size,) = _LENGTH.unpack(head)
                    body = file.read(size)
                    if len(body) < size:
                        return
                    self._read[number] = file.tell()
                    yield pickle.loads(body)
        except FileNotFoundError:
            return

    def stop(self, number: int) -> None:
        """Ask an attempt to stop."""
        with suppress(OSError):
            Path(self.folder, f"{number}.stop").touch()

    def forget(self, number: int) -> None:
        """Remove what an attempt has said that has ended."""
        self._read.pop(number, None)
        with suppress(OSError):
            os.unlink(f"{self.folder}{os.sep}{number}.said")  # noqa: PTH108 - as above

    def close(self) -> None:
        """Remove the folder, whereupon attempts that still run know that nobody waits for them."""
        shutil.rmtree(self.folder, ignore_errors=True)
