"""Which files a pattern finds, each with a stamp that another version of it does not have."""

from __future__ import annotations

import glob
import os
import re
import stat
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# What editors, browsers, office programs, rsync and copying tools write before a file is complete.
_TEMPORARY = re.compile(
    r"(.*\.(tmp|temp|part|partial|crdownload|download|filepart|swp|swx|swo)|.*~|~\$.*|\.~.*|\.#.*|#.*#"
    r"|\..*\.[A-Za-z0-9]{6}|4913|\.DS_Store|Thumbs\.db|desktop\.ini)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a file was written and how large it is; the same on every machine that sees it."""

    modified_ns: int
    size_bytes: int


def is_temporary(name: str) -> bool:
    """Tell whether a file of this name is not complete, by the custom of the program that writes it.

    Examples
    --------
    >>> [is_temporary(name) for name in ("판매.csv", "판매.csv.part", "~$sales.xlsx", ".sales.csv.Ab3xY9")]
    [False, True, True, True]
    """
    return _TEMPORARY.fullmatch(name) is not None


def list_files(pattern: str) -> dict[str, Stamp]:
    """Return the files that an absolute glob pattern finds, by path; ``**`` is any number of folders.

    Names match whether their letters are composed (``é``, ``가``) or not, as different systems store them. Temporary
    files count only where the pattern asks for them by name; names that are not valid text never do.
    """
    wanted = is_temporary(os.path.basename(pattern))  # noqa: PTH119 - a pattern is no path
    forms = {pattern, *(unicodedata.normalize(form, pattern) for form in ("NFC", "NFD"))}
    found: dict[str, Stamp] = {}
    for path in sorted({path for form in forms for path in glob.iglob(form, recursive=True)}):  # noqa: PTH207 - Path.glob finds hidden files
        if not _is_text(path):
            continue
        if wanted or not is_temporary(os.path.basename(path)):  # noqa: PTH119 - many paths, and quickly
            with suppress(OSError):  # it has just gone, or may not be read
                facts = os.stat(path)  # noqa: PTH116 - as above
                if stat.S_ISREG(facts.st_mode):
                    found[path] = Stamp(modified_ns=facts.st_mtime_ns, size_bytes=facts.st_size)
    return found


def _is_text(path: str) -> bool:
    """Whether JSON and databases can carry a path: names of other bytes have lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in path)


def fixed_folder(pattern: str) -> tuple[Path, bool]:
    """Return the folder that all files of an absolute pattern are in, and whether they may be deeper inside."""
    parts = Path(pattern).parts
    fixed = 0
    while fixed < len(parts) - 1 and not glob.has_magic(parts[fixed]):
        fixed += 1
    return Path(*parts[:fixed]), fixed < len(parts) - 1
