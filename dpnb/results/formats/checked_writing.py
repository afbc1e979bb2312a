"""Writes a value in a format, and refuses the format where it would give back something else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

from dpnb.errors import DpnbError, FormatError, LossyFormatError
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from dpnb.results.formats.serializer import Serializer


def write_checked(serializer: Serializer, value: Any, file: BinaryIO) -> None:
    """Write a value into a file that can be read too, and compare what is read with it.

    Raises
    ------
    FormatError
        The format's library cannot write it.
    LossyFormatError
        What would come back is something else.
    """
    if problem := serializer.refusal(value):
        raise LossyFormatError(serializer.format, type_name=type_name(type(value)), loss=problem)
    _write(serializer, value, file)
    file.flush()
    if serializer.difference is None:
        return
    file.seek(0)
    try:
        problem = serializer.difference(value, serializer.read(file))
    except (DpnbError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - what cannot be read is lost
        problem = f"it cannot be read again ({type(error).__name__}: {error})"
    if problem:
        raise LossyFormatError(serializer.format, type_name=type_name(type(value)), loss=problem)


def serialized(serializer: Serializer, value: Any) -> bytes:
    """Return what `write_checked` writes."""
    file = io.BytesIO()
    write_checked(serializer, value, file)
    return file.getvalue()


def _write(serializer: Serializer, value: Any, file: BinaryIO) -> None:
    try:
        serializer.write(value, file)
    except (DpnbError, MemoryError, OSError):
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300].rstrip(".")
        raise FormatError(
            f"A {type_name(type(value))} cannot be written as {serializer.format!r}: {reason}.",
            hint="change what does not fit, or leave format out: a pickle holds anything.",
        ) from error
