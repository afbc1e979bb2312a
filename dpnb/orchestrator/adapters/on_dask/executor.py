"""The executor that users name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dpnb.errors import ExecutorKindError
from dpnb.orchestrator.adapters.on_dask.needs import Needs
from dpnb.orchestrator.guarantees import Guarantees

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.adapters.on_dask.session import DaskSession
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.ports import Report

_AHEAD = 16  # attempts that wait at a worker, for each that runs there, while attempts are short


class DaskExecutor:
    """Where attempts run: on a Dask cluster, in worker processes of dpnb's own beside each Dask worker.

    Nothing of a pipeline changes but ``Orchestrator(executor=DaskExecutor(client))``. The workers, and the scheduler,
    must have dpnb installed (``dpnb[dask]``).

    Results go to the workspace's storage where every worker shares it; else they stay in Dask as long as cluster and
    client do, and come to the workspace when they are first read. Which of the two it is, is found out as a run starts.

    Parameters
    ----------
    client
        Of `distributed`, and not asynchronous.
    workers
        How many attempts run at once; as many as the cluster's workers have threads where it is None.
    annotations
        What Dask is told of tasks, by their names or tags: ``resources`` that workers must declare, names or addresses
        of ``workers``, ``allow_other_workers``, ``priority``. `cpus` and `memory_limit` of tasks are told by themselves
        where workers declare resources of the names ``cpus`` and ``memory``.
    share_storage
        Whether the workers share the workspace's storage, in place of finding it out.

    Raises
    ------
    ExecutorKindError
        The client is none, or asynchronous.
    ValueError
        An annotation that there is not.

    Examples
    --------
    >>> from distributed import Client  # doctest: +SKIP
    >>> client = Client("tcp://scheduler:8786")  # doctest: +SKIP
    >>> executor = DaskExecutor(client, annotations={"train": {"resources": {"GPU": 1}}})  # doctest: +SKIP
    >>> Orchestrator(executor=executor).start_pipeline(plan)  # doctest: +SKIP
    """

    is_inline = False
    name = "a Dask cluster"
    short_s = 0.05

    def __init__(
        self,
        client: Any,
        *,
        workers: int | None = None,
        annotations: Mapping[str, Mapping[str, Any]] | None = None,
        share_storage: bool | None = None,
    ) -> None:
        if not hasattr(client, "submit") or not hasattr(client, "subscribe_topic") or client.asynchronous:
            raise ExecutorKindError(client)
        self.client: Any = client  # distributed has hardly any annotations
        self.share_storage = share_storage
        self.annotations = dict(annotations or {})
        Needs(annotations=self.annotations)
        self._workers = workers
        self.guarantees = Guarantees(surroundings=False)

    @property
    def capacity(self) -> int:
        """How many attempts run at once."""
        return self._workers or max(1, sum(self.client.nthreads().values()))

    @property
    def lookahead(self) -> int:
        """How many more it is given while attempts are short, for the way to a worker takes as long as they do."""
        return self.capacity * _AHEAD

    def open(self, context: ExecutionContext, report: Report) -> DaskSession:
        """Begin a run, and find out whether its workers share its storage.

        Raises
        ------
        OSError
            The cluster does not answer.
        """
        from dpnb.orchestrator.adapters.on_dask.session import DaskSession

        session = DaskSession(self, context, report)
        self.guarantees = replace(self.guarantees, live_streams=not session.is_kept)
        return session
