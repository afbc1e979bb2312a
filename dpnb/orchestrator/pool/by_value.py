"""Pickles by value what another process cannot import: functions of cells, with the names of the files they are from.

cloudpickle 3.1.3 gives every function that it makes again the file name ``<dynamic-code>``. A traceback then has no
source lines, and nobody can tell which cell a frame is of; so code keeps its name here.
"""

from __future__ import annotations

import io
from functools import cache
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pickle
    from collections.abc import Callable


def dumps_by_value(value: object) -> bytes:
    """Return a pickle of `value`. Raises whatever pickling raises.

    Examples
    --------
    >>> import pickle
    >>> double = pickle.loads(dumps_by_value(lambda number: number * 2))
    >>> double(21), "<dynamic-code>" in double.__code__.co_filename
    (42, False)
    """
    file = io.BytesIO()
    by_value_pickler()(file, protocol=5).dump(value)
    return file.getvalue()


@cache
def by_value_pickler() -> type[pickle.Pickler]:
    """Return the class of picklers; cloudpickle loads when it is first asked for."""
    import cloudpickle

    from dpnb.results.mapped_pickle.rebuilt import Rebuilder

    class ByValuePickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no annotations
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._rebuilder = Rebuilder()
            super().__init__(*args, **kwargs)

        def reducer_override(self, obj: Any) -> Any:
            if type(obj) is CodeType:
                make, parts = self.dispatch_table[CodeType](obj)
                # A string of its own each time: whether two codes share one must not show in the pickle.
                return code_of_file, ("".join(obj.co_filename), make, parts)
            rebuilt = self._rebuilder.reduce(obj)
            return super().reducer_override(obj) if rebuilt is None else rebuilt

    pickler: type[pickle.Pickler] = ByValuePickler
    return pickler


def code_of_file(name: str, make: Callable[..., CodeType], parts: tuple[Any, ...]) -> CodeType:
    """Make a code object anew, under the name of the file that it is from."""
    return make(*parts).replace(co_filename=name)
