"""A pool of worker processes, usable on its own as a `concurrent.futures.Executor`.

A worker runs one call at a time. While calls are short, several more may wait in its lane, and are taken back from
there when the worker dies, when another is idle, or when they are cancelled.
"""

from dpnb.orchestrator.pool.call import Call, CallOptions
from dpnb.orchestrator.pool.options import PoolOptions
from dpnb.orchestrator.pool.process_pool import ProcessPool
from dpnb.orchestrator.pool.wire import Frame

__all__ = ["Call", "CallOptions", "Frame", "PoolOptions", "ProcessPool"]
