"""Starts the kernel of a notebook that runs as a task: ``python -m dpnb.notebook.tasks.kernel_main -f …``.

It is ipykernel's own, but for this: it dies with the worker that has started it, however that ends. Jupyter gives each
kernel a session of its own, so that the signals which end a worker's process group do not reach it.
"""

from __future__ import annotations

import os
import runpy
from contextlib import suppress

from dpnb.orchestrator.pool import linux


def main() -> None:
    """Bind this process to its parent, and become the kernel."""
    with suppress(ValueError):
        linux.die_with_parent(int(os.environ.get("JPY_PARENT_PID", "")))
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
