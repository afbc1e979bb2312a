"""Any Unicode name as one path segment: readable where that is safe, told apart by a hash where it is not.

A name is its own segment if every file system keeps it as it is and apart from every other such name: it is NFC, has
no upper-case letters (``Foo`` and ``foo`` are one file on macOS and Windows), consists of letters, digits and a few
harmless signs, is no reserved name and at most 120 bytes long. ``run_20250115_001`` and ``일별_집계`` are. Any other
name becomes a readable slug, ``~``, and 80 bits of its hash: ``Load Data`` is ``Load Data~…``, ``a/b`` is ``a-b~…``. A
name that holds ``~`` itself is always hashed, hence no name can pretend to be another's segment.

Windows' rules for names: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b32encode
from functools import lru_cache
from hashlib import blake2b

LONGEST_BYTES = 120  # leaves room for a suffix and for the name files in the 255 bytes that file systems grant
_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_-]{0,79}")
_HARMLESS = frozenset("-_.+=@,() ")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³")],
)
_OURS = frozenset({"store.json", "notebook.ipynb", "notebook.html"})


@lru_cache(maxsize=8192)
def encode_segment(name: str) -> str:
    """Return the path segment for `name`: different for every name, also where case or normal form do not count.

    Examples
    --------
    >>> encode_segment("run_20250115_001"), encode_segment("일별 집계")
    ('run_20250115_001', '일별 집계')
    >>> encode_segment("a/b"), encode_segment("..")
    ('a-b~ubnhh5to3xkbyih7', '~65a5hzj22gimwew3')
    """
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return name if _is_its_own_segment(name) else f"{_slug(name)}~{_hash(name)}"


def _is_its_own_segment(name: str) -> bool:
    return (
        0 < len(name.encode("utf-8", "surrogatepass")) <= LONGEST_BYTES
        and all(map(_is_safe, name))
        and name[0] not in ". "
        and name[-1] not in ". "
        and name.partition(".")[0].rstrip() not in _RESERVED
        and name not in _OURS
        and unicodedata.normalize("NFC", name) == name
        and unicodedata.normalize("NFC", name.upper().casefold()) == name
    )


def _is_safe(character: str) -> bool:
    return character.isalnum() or character in _HARMLESS or unicodedata.category(character) in ("Mn", "Mc")


def _slug(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    safe = "".join(character if _is_safe(character) else "-" for character in text)
    tidy = re.sub(r"-{2,}", "-", safe).strip(" .-")
    return tidy.encode()[: LONGEST_BYTES - 17].decode(errors="ignore").rstrip(" .-")


def _hash(name: str) -> str:
    return b32encode(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=10).digest()).decode().lower()
