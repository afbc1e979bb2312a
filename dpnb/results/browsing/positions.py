"""Room for the positions of rows: memory for as many as fit into some megabytes, else a file that goes by itself."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_IN_MEMORY = 1 << 24
"""So many positions, 64 MB, are kept in memory; more lie in the folder of temporary files."""


class Positions:
    """Takes `count` positions in the order in which they come, and gives them back as an array.

    Examples
    --------
    >>> positions = Positions(3)
    >>> positions.add([5, 7])
    >>> positions.add([2])
    >>> positions.array().tolist()
    [5, 7, 2]
    """

    def __init__(self, count: int) -> None:
        import numpy as np

        self._count, self._at = count, 0
        self._file = tempfile.TemporaryFile() if count > MOST_IN_MEMORY else None  # noqa: SIM115  # mapped at the end
        self._found = np.empty(0 if self._file is not None else count, "uint32")

    def add(self, positions: Any) -> None:
        """Take some positions."""
        import numpy as np

        if self._file is not None:
            self._file.write(np.ascontiguousarray(positions, "uint32").data)
        else:
            self._found[self._at : self._at + len(positions)] = positions
        self._at += len(positions)

    def array(self) -> NDArray[np.uint32]:
        """Return all of them; those in a file are read where somebody looks, and nowhere else."""
        import numpy as np

        if self._file is None:
            return self._found[: self._at]
        with self._file as file:
            file.flush()
            return np.memmap(file, "uint32", "r", shape=(self._at,))


def positions_in(passes: NDArray[np.bool], step: int = 1 << 18) -> NDArray[np.uint32]:
    """Return the positions of what is true, found piece by piece: whole, they would take eight bytes each."""
    import numpy as np

    positions = Positions(int(np.count_nonzero(passes)))
    for start in range(0, len(passes), step):
        positions.add(np.flatnonzero(passes[start : start + step]) + start)
    return positions.array()
