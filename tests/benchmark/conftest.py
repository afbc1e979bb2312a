"""What the benchmarks share: peers in turns, folders that stay until the end, and the table."""

from __future__ import annotations

import os
import shutil
import tempfile
from math import inf
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmark.peers import dask_client, process_pool_executor, ray_session
from tests.benchmark.table import HEAD, measured, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    type Run = Callable[[], object]

ROUNDS = 3


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    every = [measured(bench) for bench in getattr(session, "benchmarks", ()) if not bench.has_error]
    if not every:
        return
    rows = [HEAD, *table(every)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section("dpnb and its peers, best of all rounds")
    for row in rows:
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        terminalreporter.write_line("  ".join(cells).rstrip())


@pytest.fixture
def in_turns(benchmark) -> Callable[..., None]:
    """Give a function that measures ours and its peers alternately, so that noise comes to all alike."""

    def measure(ours: Run, peers: Mapping[str, Run], *, rounds: int = ROUNDS) -> None:
        best = dict.fromkeys(peers, inf)

        def run_peers() -> None:
            for name, run in peers.items():
                started = perf_counter()
                run()
                best[name] = min(best[name], perf_counter() - started)

        benchmark.pedantic(ours, setup=run_peers, rounds=rounds, warmup_rounds=1)
        benchmark.extra_info["peers_s"] = best

    return measure


@pytest.fixture(scope="session")
def fresh_folder() -> Iterator[Callable[..., Path]]:
    """Give a function that makes a folder, on disk or in another file system; all go at the session's end.

    None goes before: for half a minute after thousands of files were deleted, ext4 makes new ones 5 to 20 times as
    slowly, since it looks for inodes that were not in use lately. Who deletes between rounds measures that.
    """
    made: list[str] = []

    def make(parent: Path | None = None) -> Path:
        made.append(tempfile.mkdtemp(prefix="dpnb-bench-", dir=parent))
        return Path(made[-1])

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def submit() -> Iterator[Callable[..., Any]]:
    """Give what submits a call to warm workers of `ProcessPoolExecutor`."""
    with process_pool_executor() as made:
        yield made


@pytest.fixture
def client() -> Iterator[Any]:
    """Give a client of Dask distributed whose workers are warm."""
    with dask_client() as made:
        yield made


@pytest.fixture
def ray() -> Iterator[Any]:
    """Give Ray, its workers warm."""
    with ray_session() as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def importable() -> Iterator[None]:
    """Let the peers' workers import the tasks of the benchmarks from where pytest does."""
    root = str(Path(__file__).parents[2])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (root, before)))
    yield
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
