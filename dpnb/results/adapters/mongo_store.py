"""Results in MongoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.results.adapters.gridfs_objects import GridFSObjects
from dpnb.results.adapters.remote import CACHE_BYTES, RemoteIOManager

if TYPE_CHECKING:
    from pathlib import Path


class MongoIOManager(RemoteIOManager):
    """Keeps results in a MongoDB database, on GridFS, whose files have no limit of size.

    A result appears whole or not at all. A reused result takes no room of its own: two runs name the same bytes, which
    stay as long as one of them does. What was written or read on this machine is kept here too, up to a limit.

    Parameters
    ----------
    uri
        ``mongodb://host/database`` or ``mongodb+srv://…``, with the options that pymongo takes; the database is
        ``dpnb`` where none is named. User and password are shown and recorded nowhere.
    trust
        Load results whoever made the store. Unpickling runs code: say so only of stores to which only those may write
        whom you trust. Otherwise those are loaded that this user of this machine has made.
    cache, cache_bytes
        As for `FsspecIOManager`.

    Examples
    --------
    >>> io_manager = MongoIOManager("mongodb://user:secret@localhost/results")
    >>> io_manager
    MongoIOManager('mongodb://localhost/results')
    """

    def __init__(
        self, uri: str, *, trust: bool = False, cache: Path | str | None = None, cache_bytes: int = CACHE_BYTES
    ) -> None:
        super().__init__(GridFSObjects(uri), trust=trust, cache=cache, cache_bytes=cache_bytes)
