from __future__ import annotations

import gc

import pytest

from dpnb.errors import PlanError
from dpnb.planner.collector import paused_collector


def test_the_collector_rests_within_the_block_and_works_after_it():
    with paused_collector():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_a_refused_plan(planner):
    with pytest.raises(PlanError):
        planner.create_execution_plan()
    assert gc.isenabled()


def test_who_had_it_off_keeps_it_off():
    gc.disable()
    try:
        with paused_collector(), paused_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
