"""Libraries are told how many processors an attempt was given, and told otherwise afterwards."""

from __future__ import annotations

import os
import sys
import types

import pytest

from dpnb.orchestrator.worker import processors


@pytest.mark.parametrize(("cpus", "told"), [(1, "1"), (1.5, "2"), (0.25, "1"), (8, "8")])
def test_the_environment_tells_whole_threads_and_is_put_back(monkeypatch, cpus, told):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with processors.given(cpus):
        assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == told
    assert os.environ["OMP_NUM_THREADS"] == "5"
    assert "MKL_NUM_THREADS" not in os.environ


def test_without_a_number_nothing_is_told(monkeypatch):
    before = dict(os.environ)
    with processors.given(None):
        assert dict(os.environ) == before


def test_libraries_that_are_loaded_are_told_and_put_back_after_a_failure(monkeypatch):
    counts = [6]
    arrow = types.SimpleNamespace(cpu_count=lambda: counts[-1], set_cpu_count=counts.append)
    monkeypatch.setitem(sys.modules, "pyarrow", arrow)

    with pytest.raises(ValueError, match="why"), processors.given(2):
        raise ValueError("why")
    assert counts == [6, 2, 6]
