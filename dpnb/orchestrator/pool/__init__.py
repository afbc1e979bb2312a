"""A pool of worker processes, usable on its own as a `concurrent.futures.Executor`."""

from dpnb.orchestrator.pool.call import CallOptions
from dpnb.orchestrator.pool.options import PoolOptions
from dpnb.orchestrator.pool.process_pool import ProcessPool

__all__ = ["CallOptions", "PoolOptions", "ProcessPool"]
