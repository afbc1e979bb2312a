"""The files that a task says it reads by itself (``@task(reads=…)``): what they hold now, and what has changed."""

from __future__ import annotations

from dpnb.registry.declared_reads.contents import FileDigests
from dpnb.registry.declared_reads.differences import changes_between
from dpnb.registry.declared_reads.meanwhile import reads_meanwhile
from dpnb.registry.declared_reads.record import FileState, ReadsState
from dpnb.registry.declared_reads.state import state_of_reads

__all__ = ["FileDigests", "FileState", "ReadsState", "changes_between", "reads_meanwhile", "state_of_reads"]
