"""Turns whatever pickling a value raises into one error that names the part which refuses."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from dpnb.errors import UnstorableResultError
from dpnb.results.mapped_pickle.culprit import find_culprit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def storable(value: Any, *, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Raise `UnstorableResultError` for any exception in the block, `unless` it was not the value's fault."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if unless():
            raise
        culprit, part = find_culprit(value)
        raise UnstorableResultError(
            type_name=type(value).__qualname__,
            culprit=culprit,
            culprit_type=type(part).__qualname__,
            reason=str(error) or type(error).__name__,
        ) from error
