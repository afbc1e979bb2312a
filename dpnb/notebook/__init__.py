"""What a person sees in Jupyter, and notebooks without a person: headless execution."""

from __future__ import annotations

from dpnb.notebook.conclusion import (
    claim_first_run,
    conclude_with_plan,
    conclude_with_rerun,
    conclude_with_resumed_run,
    conclude_with_run,
    withhold_runs,
)

__all__ = [
    "claim_first_run",
    "conclude_with_plan",
    "conclude_with_rerun",
    "conclude_with_resumed_run",
    "conclude_with_run",
    "withhold_runs",
]
