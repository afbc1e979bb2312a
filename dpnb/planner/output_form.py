"""How a task's result is stored, as part of what the task is.

What is stored of a generator is one list or many chunks, and of anything a pickle or a file in another format. Whoever
asks for another form wants files of that form in the run, so that a stored result of the old one does not stand: the
task runs again. What comes after it is given the same values from other bytes, and runs again too.
"""

from __future__ import annotations

import re

_IN_CHUNKS = ":chunks"
_AS = ":as="
_FORMAT = re.compile(r":as=([a-z0-9_+.-]+)", re.ASCII)


def with_form(code: str, *, in_chunks: bool, file_format: str) -> str:
    """Return a digest of code with the form of what is stored.

    Examples
    --------
    >>> with_form("7c9e", in_chunks=True, file_format="parquet"), with_form("7c9e", in_chunks=False, file_format="")
    ('7c9e:chunks:as=parquet', '7c9e')
    """
    return f"{code}{_IN_CHUNKS if in_chunks else ''}{_AS + file_format if file_format else ''}"


def format_in(code: str | None) -> str:
    """Return the format that `with_form` has noted; ``"pickle"`` where there is none.

    Examples
    --------
    >>> format_in("7c9e:chunks:as=parquet"), format_in("7c9e")
    ('parquet', 'pickle')
    """
    found = _FORMAT.search(code or "")
    return found[1] if found else "pickle"
