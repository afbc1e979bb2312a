"""An id for a DAG made of what it is: the same in any process, order of registration and hash seed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.planner.dag import DAG
    from dpnb.planner.node import Node


def dag_id(dag: DAG) -> str:
    """Return ``dag_`` and 16 hexadecimal digits over names, signatures, upstream and the parameters that take results.

    Code and the run's parameters are not part of it: runs of one pipeline belong together while its code changes.
    """
    content = hashlib.blake2b(digest_size=8)
    for node in dag.nodes.values():
        content.update(_text(node).encode())
    return f"dag_{content.hexdigest()}"


def _text(node: Node) -> str:
    """Write a node down so that different nodes never look the same; `ascii` quotes whatever a name holds."""
    taken = [(binding.parameter, binding.task) for binding in node.bindings if binding.task is not None]
    return ascii((node.name, node.task.signature_digest, node.upstream, taken))
