"""Results wherever fsspec reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.results.adapters.fsspec_objects import FsspecObjects
from dpnb.results.adapters.remote import CACHE_BYTES, RemoteIOManager

if TYPE_CHECKING:
    from pathlib import Path


class FsspecIOManager(RemoteIOManager):
    """Keeps results as objects below a URL: ``s3://bucket/prefix``, ``gs://…``, ``abfs://…``, ``sftp://…``, ``file://…``.

    Objects are the files that `FilesystemIOManager` writes, under the same paths. A result appears whole or not at all.
    Large ones travel in parts and are never whole in memory; what was written or read on this machine is kept here, up
    to a limit, and mapped from there. A reused result is copied by the server.

    Parameters
    ----------
    url
        Any URL of fsspec. Its package comes with an extra: ``dpnb[s3]``, ``dpnb[gcs]``, ``dpnb[azure]``,
        ``dpnb[sftp]``, ``dpnb[fsspec]`` for all others.
    trust
        Load results whoever made the store. Unpickling runs code: say so only of stores to which only those may write
        whom you trust. Otherwise those are loaded that this user of this machine has made.
    cache
        The folder for files of this machine; below ``$DPNB_CACHE_HOME``, ``$XDG_CACHE_HOME/dpnb`` or ``~/.cache/dpnb``
        where it is None.
    cache_bytes
        How much of them is kept; 10 GiB where nothing is said.
    storage_options
        What the file system takes, such as ``endpoint_url``, ``profile`` or ``key`` and ``secret``. They travel to this
        machine's workers, and are shown and recorded nowhere. Where nothing is given, the library takes credentials
        from the environment and its own files.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> io_manager = FsspecIOManager("memory://example", cache=mkdtemp())
    >>> io_manager.save(run_id="run_1", task_name="extract", task_result_id="result_001", value=[1, 2])
    'memory://example/run_1/extract/result_001.pkl'
    >>> io_manager.load(run_id="run_1", task_name="extract", task_result_id="result_001")
    [1, 2]
    """

    def __init__(
        self,
        url: str,
        *,
        trust: bool = False,
        cache: Path | str | None = None,
        cache_bytes: int = CACHE_BYTES,
        **storage_options: Any,
    ) -> None:
        super().__init__(FsspecObjects(url, storage_options), trust=trust, cache=cache, cache_bytes=cache_bytes)
