"""Workers know how deep they are."""

from __future__ import annotations

import pytest

from dpnb.errors import NestedRunError
from dpnb.orchestrator.pool.nesting import environment_of_workers


@pytest.mark.parametrize(("here", "there"), [(None, "1"), ("1", "2"), ("2", "3")])
def test_workers_are_one_deeper_than_their_pool(monkeypatch, here, there):
    monkeypatch.setenv("OTHER", "말")
    if here is None:
        monkeypatch.delenv("DPNB_DEPTH", raising=False)
    else:
        monkeypatch.setenv("DPNB_DEPTH", here)
    environment = environment_of_workers()
    assert (environment["DPNB_DEPTH"], environment["OTHER"]) == (there, "말")


def test_too_deep_is_refused(monkeypatch):
    monkeypatch.setenv("DPNB_DEPTH", "3")
    with pytest.raises(NestedRunError, match="3 runs deep"):
        environment_of_workers()
