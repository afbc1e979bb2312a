"""``import dpnb`` beside a bare interpreter: both as fresh processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

ROUNDS = 15
GOAL_S = 0.060

pytestmark = pytest.mark.benchmark(group="import dpnb in a fresh process", min_rounds=ROUNDS)


def start(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def test_import_dpnb(benchmark):
    benchmark.extra_info["goal_extra_s"] = GOAL_S
    benchmark.pedantic(start, args=("from dpnb import task, get_registry",), rounds=ROUNDS, warmup_rounds=2)


def test_import_nothing_peer(benchmark):
    benchmark.extra_info["peer"] = "bare interpreter"
    benchmark.pedantic(start, args=("",), rounds=ROUNDS, warmup_rounds=2)
